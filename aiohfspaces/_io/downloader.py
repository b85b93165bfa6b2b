"""Getting a file into the cache that every Hugging Face library shares, or into a folder.

Source of both layouts: huggingface_hub 2.4.0, ``file_download`` and ``_local_folder``.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from attrs import frozen

from aiohfspaces._io.files import any_below, exists, first_of, read_text, size_of, unchanged_since
from aiohfspaces._io.filling import LinkExpiredError
from aiohfspaces._io.locks import holding
from aiohfspaces._io.verifying import hashes_to
from aiohfspaces._io.writing import link, move, write_text
from aiohfspaces._plan.caching import (
    CachedRepo,
    is_commit,
    local_arrival,
    local_lock,
    local_marks,
    local_metadata,
    local_notes,
    local_tree,
)
from aiohfspaces._plan.filtering import GITS_OWN, NOTES
from aiohfspaces._plan.pieces import is_short
from aiohfspaces.errors import (
    EntryNotFoundError,
    FileReplacedError,
    HubConnectionError,
    HubServerError,
    LocalEntryNotFoundError,
    MalformedReplyError,
    OfflineError,
    PermissionDeniedError,
    RateLimitError,
)
from aiohfspaces.models import DryRunFileInfo, HfFileMetadata

LookUp = Callable[[], Awaitable[HfFileMetadata]]
"""Asks the Hub where the file is."""

Fetch = Callable[[HfFileMetadata, Path], Awaitable[None]]
"""Gets the file's bytes under a name: whole, or not at all."""

MOST_LOOKS = 3
"""So often the Hub is asked where a file is, of which no more comes: it may become another, or the link expire."""

UNREACHABLE = (HubConnectionError, HubServerError, OfflineError, RateLimitError, MalformedReplyError)
"""What says that the Hub cannot be asked; a reply that is none of its own comes from a network that wants a login."""


@frozen(kw_only=True)
class Wish:
    """How a file is wanted.

    Attributes:
        revision: Branch, tag or commit.
        filename: Path in the repository.
        force: Whether to fetch it although it is there.
        local_only: Whether the Hub must not be asked.
        dry_run: Whether to tell only what would be done.
    """

    revision: str
    filename: str
    force: bool
    local_only: bool
    dry_run: bool


class Place(Protocol):
    """Where files are kept.

    Attributes:
        barred: Patterns of paths that no file of a repository may have.
    """

    @property
    def barred(self) -> tuple[str, ...]: ...

    def path(self, commit: str, filename: str) -> Path:
        """Name the place of a file of a commit."""
        ...

    def whole(self, commit: str) -> Path:
        """Name the folder in which all files of a commit are."""
        ...

    def tree(self, commit: str) -> Path:
        """Name the note of which files a commit has."""
        ...

    async def note_tree(self, commit: str, tree: str) -> None:
        """Write that note."""
        ...

    async def holds_any(self, commit: str) -> bool:
        """Tell whether a file is there that an earlier download left."""
        ...

    async def commit_of(self, wish: Wish) -> str | None:
        """Tell which commit the revision was at when last heard of; ``None`` if never."""
        ...

    async def holds(self, commit: str, filename: str, etag: str | None) -> bool:
        """Tell whether the file of that commit is there; without an etag the commit decides."""
        ...

    async def keep(self, wish: Wish, found: HfFileMetadata, fetch: Fetch) -> None:
        """Bring the file to its place."""
        ...

    async def note_absence(self, wish: Wish, commit: str) -> None:
        """Remember that the commit has no such file."""
        ...


async def download(
    wish: Wish, place: Place, look_up: LookUp, fetch: Fetch, *, known: HfFileMetadata | None = None
) -> Path | DryRunFileInfo:
    """Get a file, unless it is there already.

    If the Hub cannot be reached, what an earlier download left is as good.

    Args:
        wish: What is wanted.
        place: Where it goes.
        look_up: Asks the Hub about it.
        fetch: Gets its bytes.
        known: What the Hub need not be asked, since it has told already.

    Returns:
        Where it is; for a dry run, what would be done.

    Raises:
        LocalEntryNotFoundError: It is not here, and must not be fetched.
        EntryNotFoundError: The revision has no such file.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached, and the file is not here.
        FileReplacedError: It became another one each time it was fetched.
    """
    if (wish.local_only or (is_commit(wish.revision) and known is None)) and not wish.force:
        here = await _here(wish, place)
        if here is not None:
            return here
    if wish.local_only:
        raise LocalEntryNotFoundError(f"{wish.filename} at {wish.revision} is not here, and the Hub must not be asked")
    return await _fetched(wish, place, look_up, fetch, known)


async def _fetched(
    wish: Wish, place: Place, look_up: LookUp, fetch: Fetch, known: HfFileMetadata | None
) -> Path | DryRunFileInfo:
    """Ask and fetch, and ask again where what was told does not hold any more."""
    looks = 0
    while True:
        if known is None:
            answer, looks = await _asked(wish, place, look_up), looks + 1
            if not isinstance(answer, HfFileMetadata):
                return answer
            known = answer
        path = place.path(known.commit_hash, wish.filename)
        if wish.dry_run:
            held = await place.holds(known.commit_hash, wish.filename, known.etag)
            return _plan(wish, path, known.commit_hash, known.size or 0, held=held)
        try:
            await place.keep(wish, known, fetch)
        except LinkExpiredError:
            known, looks = None, 0
        except (FileReplacedError, PermissionDeniedError):
            if looks >= MOST_LOOKS:
                raise
            known = None  # it is another file by now, or the link to it has expired
        else:
            return path


async def _asked(wish: Wish, place: Place, look_up: LookUp) -> HfFileMetadata | Path | DryRunFileInfo:
    """Ask the Hub about a file; where it cannot be asked, give what is here."""
    try:
        return await look_up()
    except EntryNotFoundError as exc:
        await place.note_absence(wish, exc.commit_hash) if exc.commit_hash else None
        raise
    except UNREACHABLE as exc:
        here = None if wish.force else await _here(wish, place)
        if here is not None:
            return here
        if isinstance(exc, OfflineError):
            raise LocalEntryNotFoundError(f"{wish.filename} at {wish.revision} is not here. {exc}") from exc
        raise


async def _here(wish: Wish, place: Place) -> Path | DryRunFileInfo | None:
    commit = wish.revision if is_commit(wish.revision) else await place.commit_of(wish)
    if commit is None or not await place.holds(commit, wish.filename, None):
        return None
    path = place.path(commit, wish.filename)
    return _plan(wish, path, commit, await size_of(path), held=True) if wish.dry_run else path


def _plan(wish: Wish, path: Path, commit: str, size: int, *, held: bool) -> DryRunFileInfo:
    return DryRunFileInfo(
        commit_hash=commit,
        file_size=size,
        filename=wish.filename,
        local_path=str(path),
        is_cached=held,
        will_download=wish.force or not held,
    )


async def note_commit(repo: CachedRepo, revision: str, commit: str) -> None:
    """Note which commit a branch or tag is at, if the cache can be written: what is asked for is had without."""
    if revision != commit:
        with suppress(OSError):
            await write_text(repo.ref(revision), commit, via=repo.blobs)


@frozen
class Cache:
    """The cache: content once in ``blobs``, commits as links to it, revisions as notes."""

    repo: CachedRepo
    barred = GITS_OWN

    def path(self, commit: str, filename: str) -> Path:
        """Name the link in the commit's snapshot."""
        return self.repo.snapshot(commit, filename)

    def whole(self, commit: str) -> Path:
        """Name the snapshot."""
        return self.repo.snapshot_folder(commit)

    def tree(self, commit: str) -> Path:
        """Name the note beside the snapshots."""
        return self.repo.tree(commit)

    async def note_tree(self, commit: str, tree: str) -> None:
        """Write it as it is."""
        await write_text(self.tree(commit), tree)

    async def holds_any(self, commit: str) -> bool:
        """Look into the snapshot."""
        return await any_below(self.whole(commit), "*")

    async def commit_of(self, wish: Wish) -> str | None:
        """Read the note of the revision."""
        return await read_text(self.repo.ref(wish.revision))

    async def holds(self, commit: str, filename: str, etag: str | None) -> bool:
        """Look for the link, or for the content."""
        by_link = await exists(self.repo.snapshot(commit, filename))
        return by_link or (etag is not None and await exists(self.repo.blob(etag)))

    async def keep(self, wish: Wish, found: HfFileMetadata, fetch: Fetch) -> None:
        """Fetch the content if it is missing, then link it, then note the revision."""
        blob, pointer = self.repo.blob(found.etag), self.repo.snapshot(found.commit_hash, wish.filename)
        there = None if wish.force else await first_of(pointer, blob)
        if there is None and is_short(found.size):  # fetched twice it does no harm
            await fetch(found, blob)
        elif there is None:
            async with holding(self.repo.lock(found.etag)):
                if wish.force or not await exists(blob):
                    await fetch(found, blob)
        if there != pointer:
            await link(blob, pointer)
        await note_commit(self.repo, wish.revision, found.commit_hash)

    async def note_absence(self, wish: Wish, commit: str) -> None:
        """Leave an empty file where the official client looks for one."""
        with suppress(OSError):  # a hint, no more: a folder may be in its way
            await write_text(self.repo.absence(commit, wish.filename), "", via=self.repo.blobs)
        await note_commit(self.repo, wish.revision, commit)


@frozen
class Folder:
    """A folder of the user's: the file itself, and beside it a note of what it is."""

    root: Path
    barred = (*GITS_OWN, *NOTES)

    def path(self, commit: str, filename: str) -> Path:
        """Name the file; whatever the commit, there is one."""
        return self.root / Path(*filename.split("/"))

    def whole(self, commit: str) -> Path:
        """Name the folder itself."""
        return self.root

    def tree(self, commit: str) -> Path:
        """Name the note in the folder's own cache."""
        return local_tree(self.root, commit)

    async def note_tree(self, commit: str, tree: str) -> None:
        """Write it where git does not look."""
        await self._mark()
        await write_text(self.tree(commit), tree)

    async def holds_any(self, commit: str) -> bool:
        """Look for a note: the folder may have files of its own."""
        return await any_below(local_notes(self.root), "*.metadata")

    async def commit_of(self, wish: Wish) -> str | None:
        """Read the note of the file."""
        note = await self._note(wish.filename)
        return note.commit if note else None

    async def holds(self, commit: str, filename: str, etag: str | None) -> bool:
        """Compare the note: by content where its etag is known, else by commit.

        It tells nothing of an edited file, which may be the right one all the same.
        """
        note, path = await self._note(filename), self.path(commit, filename)
        if note is None or not await unchanged_since(path, note.epoch_s):
            return etag is not None and await hashes_to(path, etag)
        return note.etag == etag if etag is not None else note.commit == commit

    async def keep(self, wish: Wish, found: HfFileMetadata, fetch: Fetch) -> None:
        """Fetch the file if its content is another, then note what it is."""
        await self._mark()
        async with holding(local_lock(self.root, wish.filename)):
            if wish.force or not await self.holds(found.commit_hash, wish.filename, found.etag):
                arrival = local_arrival(self.root, wish.filename, found.etag)
                await fetch(found, arrival)
                await move(arrival, self.path(found.commit_hash, wish.filename))
            note = f"{found.commit_hash}\n{found.etag}\n{time.time()}\n"
            await write_text(local_metadata(self.root, wish.filename), note)

    async def note_absence(self, wish: Wish, commit: str) -> None:
        """A folder remembers only what is in it."""

    async def _mark(self) -> None:
        """Keep the notes out of git and of backups, once; what the user has made of that stays."""
        marks = local_marks(self.root)
        if not await exists(next(iter(marks))):
            with suppress(OSError):
                for path, text in marks.items():
                    await write_text(path, text)

    async def _note(self, filename: str) -> _Note | None:
        lines = (await read_text(local_metadata(self.root, filename)) or "").split("\n")
        try:
            return _Note(lines[0], lines[1], float(lines[2]))
        except (IndexError, ValueError):
            return None


@frozen
class _Note:
    commit: str
    etag: str
    epoch_s: float
