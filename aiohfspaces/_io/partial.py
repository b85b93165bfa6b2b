"""A large file whose pieces come in any order, and what of it outlives an interruption.

The bytes stand under a name of this download's own, beside a note of which are there. Whoever downloads the same
content next takes both over by renaming them, and goes on. Two that write to one file, where locks do not hold,
write the same bytes to the same places.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from aiohfspaces._io.writing import naming, temporary_name, write_all
from aiohfspaces._plan.pieces import Piece, noted_count, read_note, written_note

HASH_BYTES = 1024 * 1024

_DATA, _NOTE = ".incomplete", ".pieces.incomplete"  # the official client prunes both


class Partial:
    """A file that is not whole yet; its methods run in threads, one at a time for each piece.

    Attributes:
        pieces: What it consists of.
        counts: How many bytes of each piece are there, from its start on.
        is_resumed: Whether an earlier download left something of it.
    """

    def __init__(self, target: Path, pieces: Sequence[Piece], *, is_noted: bool) -> None:
        self.pieces = pieces
        self.counts = [0] * len(pieces)
        self.is_resumed = False
        self._inherited_bytes = 0
        self._target = target
        self._data = temporary_name(target)
        self._note = self._data.with_name(self._data.name.removesuffix(_DATA) + _NOTE) if is_noted else None

    @property
    def has_grown(self) -> bool:
        """Whether more is there than an earlier download left."""
        return sum(self.counts) > self._inherited_bytes

    def begin(self) -> None:
        """Go on with what an interrupted download left, or make room on the disk. Raises OSError."""
        self._data.parent.mkdir(parents=True, exist_ok=True)
        if self._note is not None:
            self.is_resumed = any(self._take_over(left, self._note) for left in _left_of(self._target))
        if not self.is_resumed:
            self.begin_anew()

    def begin_anew(self) -> None:
        """Have nothing of it. Raises OSError."""
        self.discard()
        self.counts, self.is_resumed = [0] * len(self.pieces), False
        with naming(self._data):
            with self._data.open("xb") as file:
                file.truncate(self.pieces[-1].end)
            if self._note is not None:
                self._note.write_bytes(written_note(self.pieces))

    def write(self, piece: Piece, data: bytes) -> None:
        """Write more of a piece, then note it. Raises OSError."""
        with naming(self._data):
            _write_at(self._data, piece.start + self.counts[piece.number], data)
            self.counts[piece.number] += len(data)
            if self._note is not None:
                _write_at(self._note, *noted_count(piece, self.counts[piece.number]))

    def hash_piece(self, piece: Piece, digest: hashlib._Hash) -> None:
        """Hash a piece that is all there. Raises OSError."""
        buffer, left = memoryview(bytearray(HASH_BYTES)), piece.size
        with naming(self._data), self._data.open("rb", buffering=0) as file:
            file.seek(piece.start)
            while left and (count := file.readinto(buffer[:left])):
                digest.update(buffer[:count])
                left -= count

    def finish(self) -> None:
        """Let the whole file appear under its name. Raises OSError."""
        self._data.replace(self._target)
        self.discard()

    def discard(self) -> None:
        """Leave nothing of it."""
        for path in (self._data, self._note):
            if path is not None:
                path.unlink(missing_ok=True)

    def _take_over(self, left: Path, note: Path) -> bool:
        data = left.with_name(left.name.removesuffix(_NOTE) + _DATA)
        try:
            left.rename(note)  # whoever renames it has it
            data.rename(self._data)
            is_of_this_size = self._data.stat().st_size == self.pieces[-1].end
            counts = read_note(note.read_bytes(), self.pieces) if is_of_this_size else None
        except OSError:
            counts = None
        if counts is None:
            self.discard()
            return False
        self.counts, self._inherited_bytes = counts, sum(counts)
        return True


def is_begun(target: Path) -> bool:
    """Tell whether an interrupted download has left something of a file."""
    return any(_left_of(target))


def _left_of(target: Path) -> Iterator[Path]:
    return target.parent.glob(f"{glob.escape(target.name)}.*{_NOTE}")


def _write_at(path: Path, start: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    try:
        os.lseek(descriptor, start, os.SEEK_SET)
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
