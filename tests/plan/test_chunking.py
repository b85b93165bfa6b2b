"""Which files go into Xet storage, and when a transfer stands still."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from aiohfspaces._plan.chunking import Standstill, goes_in_chunks, look_of, suspected_twins
from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.calls import Source


def file(path: str = "a", source: Source = b"content", *, size: int = 7, stored: str | None = None) -> LocalFile:
    """Make a file."""
    return LocalFile(path=path, source=source, size=size, sample=b"co", stored=stored)


@pytest.mark.parametrize(
    ("found", "goes"),
    [
        (file(), True),
        (file(source=Path("a")), True),
        (file(source="/tmp/ä"), True),
        (file(source="/tmp/\udcff"), False),
        (file(source=BytesIO(b"content")), False),
        (file(source=b"", size=0), False),
        (file(stored="1"), False),
    ],
    ids=["bytes", "a path", "its name", "one that is not UTF-8", "an open file", "an empty one", "one that is stored"],
)
def test_what_hf_xet_can_read_goes_in_chunks(found: LocalFile, goes: bool) -> None:
    """And nothing that is there already."""
    assert goes == goes_in_chunks(found)


def test_files_of_one_look_may_be_twins() -> None:
    """One size and one beginning; what does not go in chunks is nobody's twin."""
    assert {look_of(file())} == suspected_twins([file("a"), file("b"), file("c", size=8)])
    assert set() == suspected_twins([file("a"), file("b", source=BytesIO(b"content"))])


def test_a_transfer_stands_still_when_nothing_has_moved_for_long() -> None:
    """Whatever moves begins it anew, also in another transfer that it may have to wait for."""
    still = Standstill(patience_s=10, since_s=0)
    assert not still.is_over((1,), 9)
    assert not still.is_over((1,), 18.9)
    assert not still.is_over((2,), 19)
    assert still.is_over((2,), 29)
    assert not still.is_over((2,), 29, others_s=20)
