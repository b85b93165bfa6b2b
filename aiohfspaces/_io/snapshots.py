"""Getting all files of a revision, and finding out which commit it is at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from aiohfspaces._io.crowd import each
from aiohfspaces._io.downloader import UNREACHABLE, Place, note_commit
from aiohfspaces._io.files import in_thread, read_text
from aiohfspaces._plan.caching import (
    CachedRepo,
    Listed,
    checked_filename,
    is_commit,
    listed,
    noted_files,
    written_tree,
)
from aiohfspaces._plan.filtering import Patterns, matching
from aiohfspaces.errors import LocalEntryNotFoundError, MalformedReplyError, OfflineError, UsageError
from aiohfspaces.models import RepoFile

T = TypeVar("T")


@frozen(kw_only=True)
class Located:
    """A commit.

    Attributes:
        commit: Its id.
        reachable: Whether the Hub can be asked about it, as far as is known.
        told: Whether the Hub has just told of it.
    """

    commit: str
    reachable: bool
    told: bool = False


async def locate(revision: str, cached: CachedRepo, ask: Callable[[], Awaitable[str]], *, local_only: bool) -> Located:
    """Find out which commit a revision is at: from the Hub, or what was noted when it was last asked.

    Raises:
        LocalEntryNotFoundError: The Hub cannot, or must not be asked, and nothing was noted.
        HubHTTPError: The Hub refused.
    """
    if is_commit(revision):
        return Located(commit=revision, reachable=not local_only)
    failure: Exception | None = None
    if not local_only:
        try:
            commit = await ask()
        except UNREACHABLE as exc:
            failure = exc
        else:
            await note_commit(cached, revision, commit)
            return Located(commit=commit, reachable=True, told=True)
    noted = await read_text(cached.ref(revision))
    if not noted:
        why = "the Hub must not be asked" if failure is None else str(failure)
        raise LocalEntryNotFoundError(f"It is not known here which commit {revision} is at: {why}") from failure
    return Located(commit=noted.strip(), reachable=False)


async def snapshot(
    at: Located,
    place: Place,
    list_files: Callable[[], Awaitable[list[RepoFile]]],
    get_file: Callable[[Listed], Awaitable[T]],
    *,
    allow: Patterns,
    ignore: Patterns,
    tasks: int,
    force: bool = False,
    dry_run: bool = False,
) -> list[T] | Path:
    """Get all files of a commit that match.

    Args:
        at: The commit.
        place: Where they go.
        list_files: Asks the Hub which there are.
        get_file: Gets one.
        allow: Only what matches one of these.
        ignore: Nothing that matches one of these.
        tasks: Files under way at once.
        force: Whether what is here already does not do.
        dry_run: Whether nothing is noted, and nothing will do but what is known.

    Returns:
        What `get_file` gave for each file; or the folder as it is, where it is not known which files there are
        and nobody can be asked.

    Raises:
        LocalEntryNotFoundError: Nobody can be asked, and nothing is here.
        MalformedReplyError: A path leads out of the folder.
        HubConnectionError: The Hub did not say which files there are.
        HubHTTPError: It refused to.
    """
    known, failure = await in_thread(noted_files, await read_text(place.tree(at.commit))), None
    if known is None and at.reachable:
        try:
            files = await list_files()
        except UNREACHABLE as exc:
            if at.told:  # it is there, and the next call may well get an answer
                raise
            failure = exc
        else:
            known = listed(files)
            if not dry_run:
                await place.note_tree(at.commit, await in_thread(written_tree, files))
    if known is not None:
        return await each(get_file, await in_thread(_wanted, known, allow, ignore, place.barred), tasks=tasks)
    if not (force or dry_run) and await place.holds_any(at.commit):
        return place.whole(at.commit)
    if failure is None or isinstance(failure, OfflineError):
        why = "the Hub cannot be asked" if failure is None else str(failure)
        raise LocalEntryNotFoundError(f"It is not known here what commit {at.commit} has: {why}") from failure
    raise failure


def _wanted(known: Sequence[Listed], allow: Patterns, ignore: Patterns, barred: Patterns) -> list[Listed]:
    by_path = {file.path: file for file in known}
    wanted = matching(by_path, allow=allow, ignore=ignore)
    if matching(wanted, allow=barred) or not all(map(_stays_inside, wanted)):
        raise MalformedReplyError("a path leads where no file of a repository belongs", field="path")
    return [by_path[path] for path in wanted]


def _stays_inside(path: str) -> bool:
    try:
        return bool(checked_filename(path))
    except UsageError:
        return False
