"""A Space: its settings and its life."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import define, field, frozen

from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.life import Life, look, play
from aiohfspaces.localhub.logbook import Line
from aiohfspaces.localhub.refusals import Refusal, bad_request

STORAGE_TIERS = ("small", "medium", "large")
VOLUME_TYPES = ("bucket", "model", "dataset", "space")
_KEY = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*")


@frozen
class Setting:
    """A secret or a variable."""

    value: str
    updated_at: float
    description: str | None = None


@define
class Space:
    """The part of a repository that only Spaces have."""

    life: Life
    secrets: dict[str, Setting] = field(factory=dict)
    variables: dict[str, Setting] = field(factory=dict)
    storage: str | None = None
    is_dev_mode: bool = False
    replicas: int = 1
    volumes: list[dict[str, object]] = field(factory=list)
    reloaded_sha: str | None = None
    output: list[Line] = field(factory=list)


def describe_runtime(space: Space, domain: str, now: float) -> dict[str, object]:
    """Say what a Space is doing, as ``GET /api/spaces/{id}/runtime`` does."""
    life = play(space.life, now)
    view = look(life, now)
    replicas = {"requested": space.replicas, **({"current": space.replicas} if view.is_up else {})}
    runtime: dict[str, object] = {"stage": view.stage.value}
    if view.error_message is not None:
        runtime["errorMessage"] = view.error_message
    if life.is_static:
        runtime |= {"hardware": {"current": None, "requested": None}, "storage": None, "replicas": replicas}
    else:
        runtime |= {
            "hardware": {"current": view.current, "requested": life.flavor},
            "storage": space.storage,
            "gcTimeout": life.idle_limit,
            "replicas": replicas,
            "devMode": space.is_dev_mode,
            "domains": [{"domain": domain, "stage": "READY"}],
        }
    if space.volumes:
        runtime["volumes"] = space.volumes
    if view.is_up and not life.is_static:
        runtime["sha"] = view.sha
        if space.reloaded_sha not in (None, view.sha):
            replicas_told = [[f"{number:05}", None] for number in range(space.replicas)]
            runtime["hotReloading"] = {"status": "created", "replicaStatuses": replicas_told}
    return runtime


def describe_variables(variables: Mapping[str, Setting]) -> dict[str, dict[str, object]]:
    """List variables as the Hub does after a change."""
    return {key: {"value": setting.value, **_notes(setting)} for key, setting in variables.items()}


def describe_secrets(secrets: Mapping[str, Setting]) -> dict[str, object]:
    """List secrets: never their values."""
    return {key: {"key": key, **_notes(setting)} for key, setting in secrets.items()}


def _notes(setting: Setting) -> dict[str, object]:
    described = {"description": setting.description} if setting.description else {}
    return {**described, "updatedAt": iso(setting.updated_at)}


def check_key(key: str) -> str:
    """Return the name of a secret or a variable.

    Raises:
        Refusal: It is not one: 400.
    """
    if not _KEY.fullmatch(key):
        raise bad_request(f"Invalid key {key!r}: it must match ^[a-zA-Z][_a-zA-Z0-9]*$")
    return key


def check_tier(tier: str, before: str | None) -> str:
    """Return a storage tier that a Space may go up to from the one it has.

    Raises:
        Refusal: There is no such tier, or it is not larger: 400.
    """
    if tier not in STORAGE_TIERS:
        raise bad_request(f"Unknown storage tier {tier!r}: it must be one of {', '.join(STORAGE_TIERS)}")
    if before is not None and STORAGE_TIERS.index(tier) <= STORAGE_TIERS.index(before):
        raise bad_request(
            f"Cannot go from {before} to {tier} storage: it only goes up. Delete the storage first to go down"
        )
    return tier


def check_sleep_time(seconds: int) -> int:
    """Return after how many idle seconds a Space is to sleep.

    Raises:
        Refusal: It is neither a time nor -1 for never: 400.
    """
    if seconds < 1 and seconds != -1:
        raise bad_request(f"Invalid sleep time {seconds}: it must be above 0 seconds, or -1 for never")
    return seconds


def no_machine(doing: str) -> Refusal:
    """Refuse what makes no sense for a static Space."""
    return bad_request(f"Cannot {doing}: a static Space has no machine")
