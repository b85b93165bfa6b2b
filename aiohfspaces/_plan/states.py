"""What is known of each file of an upload, and what has to be found out next.

Each state is a value; what is learnt turns it into the next one::

    Found ── how the Hub wants it ─▶ Ignored | Ready | ToHash
    ToHash ── its id ─▶ Unchanged | Ready | ToStore
    ToStore ── the storage has it ─▶ Ready
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from attrs import frozen

from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.uploads import FileMode, LfsObject


@frozen
class Ignored:
    """The repository's ``.gitignore`` keeps it out."""

    file: LocalFile


@frozen
class Unchanged:
    """It is there already with this content; a large one as an object."""

    file: LocalFile
    stored: LfsObject | None


@frozen
class Ready:
    """The commit can name it: a large one by its object, a regular one with its content."""

    file: LocalFile
    stored: LfsObject | None


Settled: TypeAlias = Ignored | Unchanged | Ready


@frozen
class ToStore:
    """The storage has to have it before a commit can name it."""

    file: LocalFile
    wanted: LfsObject

    def stored(self) -> Ready:
        """Learn that the storage has it."""
        return Ready(self.file, self.wanted)


@frozen
class ToHash:
    """Its id has to be known: a large one is called by it, and either is unchanged if it is there under it."""

    file: LocalFile
    is_large: bool
    present: str | None

    def hashed(self, oid: str) -> Unchanged | Ready | ToStore:
        """Learn its id: the SHA-256 of a large file, the git id of a regular one."""
        stored = LfsObject(oid, self.file.size) if self.is_large else None
        if oid == self.present:
            return Unchanged(self.file, stored)
        return Ready(self.file, None) if stored is None else ToStore(self.file, stored)


def classified(file: LocalFile, mode: FileMode) -> Ignored | Ready | ToHash:
    """Learn how the Hub wants a file; an empty one is never large, one that is stored already is."""
    if mode.ignored:
        return Ignored(file)
    is_large = file.size > 0 and (mode.lfs or file.stored is not None)
    if not is_large and mode.oid is None:
        return Ready(file, None)
    return ToHash(file, is_large, mode.oid)


def regular_among(states: Iterable[Settled]) -> list[LocalFile]:
    """Pick the files whose content goes into the commit."""
    return [state.file for state in states if isinstance(state, Ready) and state.stored is None]
