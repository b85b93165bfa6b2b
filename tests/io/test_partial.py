"""What is there of a large file outlives its download, and is taken over whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from aiohfspaces._io.partial import Partial
from aiohfspaces._plan.pieces import cut

CONTENT = os.urandom(1000)
PIECES = cut(len(CONTENT), 300)


def begun(target: Path, *, is_noted: bool = True) -> Partial:
    """Begin a file, or go on with it."""
    partial = Partial(target, PIECES, is_noted=is_noted)
    partial.begin()
    return partial


def fill(partial: Partial, *numbers: int, upto: int | None = None) -> None:
    """Write pieces, or the first bytes of them, in two steps."""
    for piece in (PIECES[number] for number in numbers):
        data = CONTENT[piece.start : piece.end][:upto]
        partial.write(piece, data[:7])
        partial.write(piece, data[7:])


def names_in(folder: Path) -> list[str]:
    """List what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_pieces_come_in_any_order(tmp_path: Path) -> None:
    """Nothing has the final name before the end, and nothing else is left then."""
    partial = begun(tmp_path / "blobs" / "x")
    fill(partial, 3, 0, 2)
    assert all(name.endswith(".incomplete") for name in names_in(tmp_path / "blobs"))
    fill(partial, 1)
    digest = hashlib.sha256()
    for piece in PIECES:
        partial.hash_piece(piece, digest)
    partial.finish()
    assert hashlib.sha256(CONTENT).digest() == digest.digest()
    assert (["x"], CONTENT) == (names_in(tmp_path / "blobs"), (tmp_path / "blobs" / "x").read_bytes())


def test_what_is_there_is_taken_over(tmp_path: Path) -> None:
    """Whole pieces, and the beginnings of others."""
    left = begun(tmp_path / "x")
    fill(left, 2)
    fill(left, 0, upto=50)
    partial = begun(tmp_path / "x")
    assert (True, [50, 0, 300, 0]) == (partial.is_resumed, partial.counts)
    partial.write(PIECES[0], CONTENT[50:300])
    fill(partial, 1, 3)
    partial.finish()
    assert CONTENT == (tmp_path / "x").read_bytes()


def test_only_one_takes_it_over(tmp_path: Path) -> None:
    """The other begins anew, beside it; and whose file was taken away learns of it."""
    left = begun(tmp_path / "x")
    first, second = begun(tmp_path / "x"), Partial(tmp_path / "x", PIECES, is_noted=False)
    second.begin()
    assert (True, False) == (first.is_resumed, second.is_resumed)
    with pytest.raises(FileNotFoundError):
        left.write(PIECES[0], b"x")


@pytest.mark.parametrize("damage", ["no data", "other size", "no note", "bad note", "other file"])
def test_what_cannot_be_trusted_is_begun_anew(tmp_path: Path, damage: str) -> None:
    """And nothing of it is left but what is begun."""
    fill(begun(tmp_path / "x"), 1)
    note = next(tmp_path.glob("*.pieces.incomplete"))
    data = note.with_name(note.name.replace(".pieces", ""))
    match damage:
        case "no data":
            data.unlink()
        case "other size":
            os.truncate(data, 5)
        case "no note":
            note.unlink()
        case "bad note":
            note.write_bytes(b"?")
        case _:
            note.rename(tmp_path / note.name.replace("x.", "y."))
    partial = begun(tmp_path / "x")
    assert (False, [0] * 4) == (partial.is_resumed, partial.counts)
    partial.discard()
    kept = {"no note": [data.name], "other file": [data.name, note.name.replace("x.", "y.")]}
    assert kept.get(damage, []) == names_in(tmp_path)


def test_one_without_a_note_is_not_found_again(tmp_path: Path) -> None:
    """Where nothing could tell whether its bytes are right."""
    fill(begun(tmp_path / "x", is_noted=False), 1)
    assert not begun(tmp_path / "x").is_resumed
