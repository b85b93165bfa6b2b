"""What a wait has seen, and what it waits for."""

from __future__ import annotations

import json
from typing import Self

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
    """

    repo_id: str
    hardware: SpaceHardware | None = None
    revision: str | None = None

    def to_json(self) -> str:
        """Write it as text; nothing in it is secret."""
        facts = {"repo_id": self.repo_id, "hardware": self.hardware, "revision": self.revision}
        return json.dumps(facts)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` has written.

        Raises:
            UsageError: It is not such a text.
        """
        try:
            facts = json.loads(text)
            repo_id, hardware, revision = facts["repo_id"], facts["hardware"], facts["revision"]
            if not isinstance(repo_id, str) or not isinstance(revision, str | None):
                raise TypeError
            return cls(
                repo_id=repo_id,
                hardware=None if hardware is None else SpaceHardware(hardware),
                revision=revision,
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UsageError(f"handle: expected the text of WaitHandle.to_json, got {text!r}") from None
