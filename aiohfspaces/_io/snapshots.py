"""Getting all files of a revision, and finding out which commit it is at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from aiohfspaces._io.crowd import each
from aiohfspaces._io.downloader import UNREACHABLE, Place, note_commit
from aiohfspaces._io.files import exists, in_thread, read_text
from aiohfspaces._io.writing import write_text
from aiohfspaces._plan.caching import (
    CachedRepo,
    Listed,
    checked_filename,
    is_commit,
    listed,
    noted_files,
    written_tree,
)
from aiohfspaces._plan.filtering import NEVER_UPLOADED, Patterns, matching
from aiohfspaces.errors import LocalEntryNotFoundError, MalformedReplyError, OfflineError, UsageError
from aiohfspaces.models import RepoFile

T = TypeVar("T")


@frozen(kw_only=True)
class Located:
    """A commit, and whether the Hub can be asked about it."""

    commit: str
    reachable: bool


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
            return Located(commit=commit, reachable=True)
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
    keeps_note: bool = True,
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
        keeps_note: Whether to note which files there are.

    Returns:
        What `get_file` gave for each file; or the folder as it is, where it is not known which files there are
        and nobody can be asked.

    Raises:
        LocalEntryNotFoundError: Nobody can be asked, and nothing is here.
        MalformedReplyError: A path leads out of the folder.
    """
    known = await in_thread(noted_files, await read_text(place.tree(at.commit)))
    if known is None and at.reachable:
        try:
            files = await list_files()
        except UNREACHABLE as exc:
            if not await exists(place.whole(at.commit)):
                if isinstance(exc, OfflineError):
                    raise LocalEntryNotFoundError(f"Nothing of commit {at.commit} is here. {exc}") from exc
                raise
        else:
            known = listed(files)
            if keeps_note:
                await write_text(place.tree(at.commit), await in_thread(written_tree, files))
    if known is None:
        if keeps_note and await exists(place.whole(at.commit)):
            return place.whole(at.commit)
        raise LocalEntryNotFoundError(f"It is not known here what commit {at.commit} has, and the Hub cannot be asked")
    return await each(get_file, await in_thread(_wanted, known, allow, ignore), tasks=tasks)


def _wanted(known: Sequence[Listed], allow: Patterns, ignore: Patterns) -> list[Listed]:
    by_path = {file.path: file for file in known}
    try:
        paths = [checked_filename(path) for path in by_path]
    except UsageError:
        paths = None
    if paths is None or matching(paths, allow=NEVER_UPLOADED):
        raise MalformedReplyError("a path leads where no file of a repository belongs", field="path")
    return [by_path[path] for path in matching(paths, allow=allow, ignore=ignore)]
