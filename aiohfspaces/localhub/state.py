"""What survives a restart besides git repositories and LFS objects: one JSON file, replaced as a whole."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from attrs import asdict

from aiohfspaces.localhub.accounts import Account, Accounts
from aiohfspaces.localhub.discussions import Change, Comment, Discussion, Event, Version
from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.life import Failure, Life, Start
from aiohfspaces.localhub.logbook import Line
from aiohfspaces.localhub.repositories import Preferences, Repositories, Repository, read_tip
from aiohfspaces.localhub.spaces import Setting, Space
from aiohfspaces.localhub.webhooks import Webhook, Webhooks
from aiohfspaces.localhub.world import World

if sys.platform != "win32":
    import fcntl

_FILE = "hub.json"
_LOCK = "hub.lock"


def read_state(folder: Path) -> dict[str, Any]:
    """Read what an earlier run left in a folder; empty if there was none."""
    try:
        loaded: dict[str, Any] = json.loads((folder / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return loaded


def load_accounts(state: dict[str, Any]) -> Accounts:
    """Bring the accounts back."""
    return Accounts(Account(**{**saved, "members": tuple(saved["members"])}) for saved in state.get("accounts", ()))


def load_webhooks(state: dict[str, Any]) -> Webhooks:
    """Bring the webhooks back."""
    return Webhooks(_load_webhook(saved) for saved in state.get("webhooks", ()))


def _load_webhook(saved: dict[str, Any]) -> Webhook:
    watched = tuple((kind, name) for kind, name in saved["watched"])
    lists = {name: tuple(saved[name]) for name in ("domains", "job_secrets")}
    return Webhook(**{**saved, **lists, "watched": watched})


def load_repositories(state: dict[str, Any], repositories: Repositories, stage_seconds: float) -> None:
    """Bring the repositories back; stages last as long as they do now."""
    for saved in state.get("repositories", ()):
        git = GitRepository(repositories.path(saved["type"], saved["repo_id"]))
        saved_space = saved.pop("space")
        space = _load_space(saved_space, stage_seconds) if saved_space else None
        tip = read_tip(git, space.life.sdk if space else None)
        discussions = {one["num"]: _load_discussion(one) for one in saved.pop("discussions", ())}
        old_ids = saved.pop("old_ids", ())
        preferences = Preferences(**saved.pop("preferences", {}))
        found = Repository(**saved, git=git, tip=tip, space=space, preferences=preferences, discussions=discussions)
        repositories.add(found)
        repositories.remember(found, old_ids)


def _load_discussion(saved: dict[str, Any]) -> Discussion:
    return Discussion(**{**saved, "events": tuple(map(_load_event, saved["events"]))})


def _load_event(saved: dict[str, Any]) -> Event:
    if "versions" not in saved:
        return Change(**saved)
    return Comment(**{**saved, "versions": tuple(Version(**version) for version in saved["versions"])})


def _load_space(saved: dict[str, Any], stage_seconds: float) -> Space:
    life = {**saved.pop("life"), "stage_seconds": stage_seconds, "script": None, "prints": ()}
    life["start"] = life["start"] and Start(**{**life["start"], "failure": _load_failure(life["start"]["failure"])})
    life["next_failure"] = _load_failure(life["next_failure"])
    for kind in ("secrets", "variables"):
        saved[kind] = {key: Setting(**setting) for key, setting in saved[kind].items()}
    saved["output"] = [Line(**line) for line in saved.get("output", ())]
    return Space(**saved, life=Life(**life))


def _load_failure(saved: dict[str, str] | None) -> Failure | None:
    return Failure(**saved) if saved else None


def describe_state(world: World) -> dict[str, Any]:
    """Put everything that has to survive into what JSON can hold."""
    return {
        "now": world.clock.now(),
        "accounts": [asdict(account) for account in world.accounts],
        "repositories": [
            _describe(repository, world.repositories.old_ids(repository)) for repository in world.repositories
        ],
        "webhooks": [asdict(webhook) for webhook in world.webhooks],
    }


def _describe(repository: Repository, old_ids: list[str]) -> dict[str, Any]:
    kept = ("id", "type", "repo_id", "created_at", "visibility", "gated", "origin", "region", "resource_group")
    with repository.lock:
        space = repository.space and asdict(repository.space)
        likes = dict(repository.likes)
        preferences = asdict(repository.preferences)
        discussions = [asdict(discussion) for discussion in repository.discussions.values()]
    plain = {name: getattr(repository, name) for name in kept}
    return {
        **plain,
        "likes": likes,
        "space": space,
        "preferences": preferences,
        "discussions": discussions,
        "old_ids": old_ids,
    }


def lock_folder(folder: Path) -> int:
    """Keep other hubs out of a folder as long as the file descriptor that is returned is open.

    Where the platform has no such locks, nothing is kept out.

    Raises:
        OSError: Another hub is in it.
    """
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(lock)
            raise OSError(exc.errno, f"another local hub keeps its data in {folder}") from None
    return lock


class Keeper:
    """Writes the state of a world to its folder, for its owner's eyes: there are tokens and secrets in it."""

    def __init__(self, world: World, folder: Path) -> None:
        """Keep the state of ``world`` in ``folder``."""
        self._world = world
        self._file = folder / _FILE
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Replace the file by the state as it is now."""
        with self._lock:
            written = self._file.with_suffix(".new")
            written.touch(mode=0o600)
            written.write_text(json.dumps(describe_state(self._world), indent=1), "utf-8")
            written.replace(self._file)
