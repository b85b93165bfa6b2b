from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.pieces import (
    MOST_PIECES,
    PIECE_BYTES,
    PIECES_AT_ONCE,
    SHORT_BYTES,
    Piece,
    cut,
    is_short,
    most_pieces,
    noted_count,
    read_note,
    written_note,
)


@given(size=st.integers(1, 10_000), piece_bytes=st.integers(1, 3000))
def test_pieces_cover_the_file(size: int, piece_bytes: int) -> None:
    """Each byte once, in order, and no piece is longer than asked for."""
    pieces = cut(size, piece_bytes)
    assert list(range(len(pieces))) == [piece.number for piece in pieces]
    assert [0, *(piece.end for piece in pieces)] == [*(piece.start for piece in pieces), size]
    assert all(0 < piece.size <= piece_bytes for piece in pieces)


@pytest.mark.parametrize("size", [10**9, 10**12, 10**18 - 1])
def test_there_are_never_too_many_pieces(size: int) -> None:
    """Whatever size a server announces, it takes no more memory."""
    pieces = cut(size, PIECE_BYTES)
    assert size == pieces[-1].end
    assert len(pieces) <= MOST_PIECES
    assert (pieces[0].size == PIECE_BYTES) == (size < PIECE_BYTES * MOST_PIECES)


@given(size=st.integers(1, 1000), piece_bytes=st.integers(1, 300), data=st.data())
def test_what_is_noted_is_read_again(size: int, piece_bytes: int, data: st.DataObject) -> None:
    """Each count is overwritten in place, whatever the order."""
    pieces = cut(size, piece_bytes)
    counts = [data.draw(st.integers(0, piece.size)) for piece in pieces]
    note = bytearray(written_note(pieces))
    assert [0] * len(pieces) == read_note(bytes(note), pieces)
    for piece in reversed(pieces):
        start, count = noted_count(piece, counts[piece.number])
        note[start : start + len(count)] = count
    assert counts == read_note(bytes(note), pieces)


PIECES = cut(10, 4)
TOO_MANY = bytearray(written_note(PIECES))
TOO_MANY[-1] = 3


@pytest.mark.parametrize(
    "note",
    [b"", b"x", written_note(cut(11, 4)), written_note(cut(10, 5)), written_note(PIECES)[:-1], bytes(TOO_MANY)],
    ids=["empty", "cut off", "of another file", "of other pieces", "too short", "more than there is"],
)
def test_a_note_of_something_else_tells_nothing(note: bytes) -> None:
    """Then all of the file comes again."""
    assert None is read_note(note, PIECES)
    assert 2 == PIECES[-1].size


def test_only_a_longer_file_comes_in_pieces() -> None:
    """One whose size nobody tells cannot."""
    assert (True, True, True, False) == (is_short(None), is_short(0), is_short(SHORT_BYTES), is_short(SHORT_BYTES + 1))
    assert (Piece(0, 0, 1),) == cut(1, 4)


@pytest.mark.parametrize(("connections", "pieces"), [(1, 1), (3, 1), (12, 6), (64, PIECES_AT_ONCE)])
def test_pieces_leave_connections_free(connections: int, pieces: int) -> None:
    """For small files, and for what only asks."""
    assert pieces == most_pieces(connections)
