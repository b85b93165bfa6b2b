"""Which pieces a large file comes in, and the note of what of them is there.

The note stands beside the partial file: the sizes of file and pieces, then for each piece how many of its bytes are
there from its start on. A piece's number is overwritten in place, after its bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

PIECE_BYTES = 16 << 20
"""Bytes of a piece: few enough that all connections end together, enough that asking costs little."""

PIECES_AT_ONCE = 12
"""Pieces under way at once, over all calls of a client; each has a connection to the storage."""

MOST_PIECES = 10_000
"""Of a file that would have more, the pieces are longer: a server may announce any size."""

SHORT_BYTES = 1024 * 1024
"""A file up to so long comes whole, in one request, which is begun anew if it breaks off."""

_HEAD = struct.Struct(">QQ")
_COUNT = struct.Struct(">Q")


@frozen
class Piece:
    """A piece of a file.

    Attributes:
        number: From 0 on.
        start: Its first byte.
        end: The byte after its last one.
    """

    number: int
    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start


def most_pieces(connections: int) -> int:
    """Tell how many of a client's connections may carry pieces: half of them, so that small files come meanwhile."""
    return min(PIECES_AT_ONCE, max(1, connections // 2))


def is_short(size: int | None) -> bool:
    """Tell whether a file comes whole; one of unknown size has to."""
    return size is None or size <= SHORT_BYTES


def cut(size: int, piece_bytes: int) -> tuple[Piece, ...]:
    """Cut a file of so many bytes; the last piece is the shortest, and there are never too many."""
    step = max(piece_bytes, -(-size // MOST_PIECES))
    edges = pairwise([*range(0, size, step), size])
    return tuple(Piece(number, start, end) for number, (start, end) in enumerate(edges))


def written_note(pieces: Sequence[Piece]) -> bytes:
    """Write the note of a file of which nothing is there yet."""
    return _HEAD.pack(pieces[-1].end, pieces[0].size) + bytes(_COUNT.size * len(pieces))


def noted_count(piece: Piece, count: int) -> tuple[int, bytes]:
    """Write how much of a piece is there: where in the note, and what."""
    return _HEAD.size + _COUNT.size * piece.number, _COUNT.pack(count)


def read_note(note: bytes, pieces: Sequence[Piece]) -> list[int] | None:
    """Read how many bytes of each piece are there; ``None`` if the note is of other pieces, or none at all."""
    if len(note) != _HEAD.size + _COUNT.size * len(pieces):
        return None
    if _HEAD.unpack_from(note) != (pieces[-1].end, pieces[0].size):
        return None
    counts = [count for (count,) in _COUNT.iter_unpack(note[_HEAD.size :])]
    return counts if all(count <= piece.size for count, piece in zip(counts, pieces, strict=True)) else None
