"""What a wait has seen, and what it waits for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType, NoneType
from typing import Any, Final, Self, TypeAlias

from attrs import frozen

from aiohfspaces.errors import UsageError
from aiohfspaces.models.words import SpaceHardware, SpaceStage


@frozen
class StageSighting:
    """A runtime as it was first seen in a wait.

    Attributes:
        seconds: Since the wait began.
        stage: Its stage.
        hardware: The flavor it ran on.
    """

    seconds: float
    stage: SpaceStage
    hardware: SpaceHardware | None

    def __str__(self) -> str:
        return f"{self.stage}{f' on {self.hardware}' if self.hardware else ''} at {self.seconds:.0f} s"


@frozen(kw_only=True)
class WaitHandle:
    """What a wait waits for, so that another process can go on with it.

    Attributes:
        repo_id: The Space.
        hardware: The flavor to land on; ``None`` for a wait that only wants it to run.
        revision: The commit that has to run; ``None`` for any.
        as_requested: Whether the flavor is the one that is requested when it is gone on with.
        restarting: Whether the Space was asked for what restarts it, so that a sleep may be left over from before.
    """

    repo_id: str
    hardware: SpaceHardware | None = None
    revision: str | None = None
    as_requested: bool = False
    restarting: bool = False

    def to_json(self) -> str:
        """Write it as text; nothing in it is secret."""
        return json.dumps({name: getattr(self, name) for name in (*_WAIT, *_WAIT_MAYBE)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` has written.

        Raises:
            UsageError: It is not such a text.
        """
        facts = _facts(text, "WaitHandle", _WAIT, _WAIT_MAYBE)
        hardware = facts["hardware"]
        return cls(**{**facts, "hardware": None if hardware is None else SpaceHardware(hardware)})


@frozen(kw_only=True)
class LeaseHandle:
    """What is owed for borrowed hardware, so that another process can give it back.

    Attributes:
        repo_id: The Space.
        hardware: The flavor that was borrowed.
        restore: The flavor to go back to.
        sleep_time: The idle seconds until sleep to go back to with it, ``-1`` for never; ``None`` where they were
            not changed.
        keep_warm: Idle seconds after which it is to sleep instead of being given back; ``None`` for giving it back.
    """

    repo_id: str
    hardware: SpaceHardware
    restore: SpaceHardware
    sleep_time: int | None = None
    keep_warm: int | None = None

    def to_json(self) -> str:
        """Write it as text; nothing in it is secret."""
        return json.dumps({name: getattr(self, name) for name in _LEASE})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` has written.

        Raises:
            UsageError: It is not such a text.
        """
        facts = _facts(text, "LeaseHandle", _LEASE)
        flavors = {name: SpaceHardware(facts[name]) for name in ("hardware", "restore")}
        return cls(**{**facts, **flavors})


_TEXT: Final = (str,)
_MAYBE_TEXT: Final = (str, NoneType)
_MAYBE_NUMBER: Final = (int, NoneType)
_WAIT: Final = {"repo_id": _TEXT, "hardware": _MAYBE_TEXT, "revision": _MAYBE_TEXT}
_WAIT_MAYBE: Final = {"as_requested": (bool,), "restarting": (bool,)}
"""What texts of earlier versions do not have."""
_LEASE: Final = {
    "repo_id": _TEXT,
    "hardware": _TEXT,
    "restore": _TEXT,
    "sleep_time": _MAYBE_NUMBER,
    "keep_warm": _MAYBE_NUMBER,
}


_Fields: TypeAlias = Mapping[str, tuple[type, ...]]


def _facts(text: str, kind: str, fields: _Fields, maybe: _Fields = MappingProxyType({})) -> dict[str, Any]:
    """Read the fields of an object, and those that it may lack; it may have more.

    Raises:
        UsageError: It is not the text of one.
    """
    try:
        facts = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        facts = None
    # a bool is an int, and none of these is one
    if (
        isinstance(facts, dict)
        and facts.keys() >= fields.keys()
        and all(type(facts[name]) in kinds for name, kinds in {**fields, **maybe}.items() if name in facts)
    ):
        return {name: facts[name] for name in (*fields, *maybe) if name in facts}
    raise UsageError(f"handle: expected the text of {kind}.to_json, got {text!r:.100}")
