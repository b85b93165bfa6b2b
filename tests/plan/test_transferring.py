"""Transferring: which bytes of an object go where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._plan.states import ToStore
from aiohfspaces._plan.transferring import (
    LONGEST_WAIT_S,
    MOST_BYTES,
    Shipment,
    is_full,
    is_worth_a_call,
    refusals,
    shipments,
)
from aiohfspaces._wire.calls import FileRange
from aiohfspaces._wire.uploads import LFS_BATCH_OBJECTS, LfsObject, LfsUpload

STORAGE = "https://storage.test/x"
MIB = 1 << 20


def local(path: str = "a", content: bytes = b"x", *, size: int | None = None, stored: str | None = None) -> LocalFile:
    """Build a file in memory."""
    return LocalFile(path=path, source=content, size=len(content) if size is None else size, sample=b"", stored=stored)


def let_go(path: str = "a", size: int = 1) -> LocalFile:
    """Build a file that was stored before, and whose bytes are gone."""
    return local(path, b"", size=size, stored="1")


def upload(oid: str = "1", **facts: Any) -> LfsUpload:
    """Build the storage's answer: it wants the object."""
    return LfsUpload(oid=oid, href=STORAGE, **facts)


def in_parts(count: int, part_size: int) -> LfsUpload:
    """Build the storage's answer: it wants the object in parts."""
    return upload(part_size=part_size, parts=tuple(f"{STORAGE}/{number}" for number in range(count)))


def shipment(size: int, answer: LfsUpload, *files: LocalFile) -> Shipment:
    """Build what is to be sent."""
    return Shipment(wanted=LfsObject("1", size), href=STORAGE, upload=answer, files=files)


def test_an_object_goes_at_once_unless_the_storage_wants_parts() -> None:
    """One request then, and errors call the content by its path."""
    (piece,) = shipment(7, upload(), local("a", b"content")).pieces
    assert FileRange(b"content", 0, 7) == piece
    assert "a" == piece.name


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, [(0, 1)]), (4, [(0, 4)]), (5, [(0, 4), (4, 1)]), (8, [(0, 4), (4, 4)]), (9, [(0, 4), (4, 4), (8, 1)])],
)
def test_parts_are_full_but_the_last(size: int, expected: list[tuple[int, int]]) -> None:
    """Each is where it begins, and how many bytes it has."""
    content = bytes(size)
    pieces = shipment(size, in_parts(len(expected), 4), local(content=content)).pieces
    assert tuple(FileRange(content, *bounds) for bounds in expected) == pieces


@given(st.integers(1, 10**12), st.integers(10**10, 10**12))
def test_parts_are_the_whole_without_gaps(size: int, part_size: int) -> None:
    """However large it is; and there are as many as the storage has to give addresses for."""
    pieces = shipment(size, in_parts(0, part_size), local(size=size)).pieces
    assert size == sum(piece.size for piece in pieces)
    assert [piece.start for piece in pieces] == [number * part_size for number in range(len(pieces))]
    assert all(0 < piece.size <= part_size for piece in pieces)
    wanted = {LfsObject("1", size): [local(size=size)]}
    assert {} == refusals(wanted, {"1": in_parts(len(pieces), part_size)})


@pytest.mark.parametrize("answer", [upload(), in_parts(1, 9)], ids=["at once", "in parts"])
def test_of_files_of_one_content_one_that_is_still_there_is_sent(answer: LfsUpload) -> None:
    """Others may have been let go."""
    (piece,) = shipment(1, answer, let_go("gone"), local("a"), local("b")).pieces
    assert (b"x", "a") == (piece.source, piece.name)


def waiting(*sizes: int) -> list[ToStore]:
    """Build large files that wait."""
    return [ToStore(local(size=size), LfsObject("1", size)) for size in sizes]


@pytest.mark.parametrize(
    ("files", "number", "expected"),
    [
        (waiting(1), 1, True),
        (waiting(1), 2, False),
        (waiting(1, 1), 2, True),
        (waiting(1, 1, 1), 3, False),
        (waiting(1, 1, 1, 1), 3, True),
        (waiting(*[1] * 255), 9, False),
        (waiting(*[1] * 256), 9, True),
        (waiting(32 * MIB), 9, True),
        (waiting(32 * MIB - 1), 9, False),
        (waiting(16 * MIB, 16 * MIB), 9, True),
        (waiting(1), 10_000, False),
    ],
)
def test_calls_grow_so_that_the_first_bytes_leave_early(files: list[ToStore], number: int, expected: bool) -> None:
    """Twice as many files each time, or as many bytes as keep the connections busy."""
    assert expected is is_worth_a_call(files, number, 0.0)


@pytest.mark.parametrize(
    ("answer", "files", "expected"),
    [
        (LfsUpload(oid="1"), [let_go()], None),
        (upload(), [local()], None),
        (upload(), [let_go("a"), local("b")], None),
        (upload(), [let_go("a"), let_go("b")], "let go by preupload_lfs_files"),
        (LfsUpload(oid="1", error="too large"), [local()], "too large"),
        (None, [local()], "did not say"),
        (in_parts(1, 9), [local()], None),
        (in_parts(1, 9), [let_go()], "let go by preupload_lfs_files"),
    ],
    ids=[
        "there already",
        "wanted",
        "another has it",
        "let go",
        "refused",
        "left out",
        "in parts",
        "in parts, let go",
    ],
)
def test_a_content_is_refused_that_cannot_be_sent(
    answer: LfsUpload | None, files: list[LocalFile], expected: str | None
) -> None:
    """By the storage, or since it was let go; another file of the same content will do."""
    stored = LfsObject("1", 1)
    found = refusals({stored: files}, {} if answer is None else {"1": answer})
    assert (set() if expected is None else {stored}) == found.keys()
    assert expected is None or expected in found[stored]


@pytest.mark.parametrize(
    ("size", "count", "part_size", "is_refused"),
    [
        (9, 1, 9, False),
        (9, 2, 8, False),
        (10, 3, 4, False),
        (10, 2, 4, True),
        (10, 4, 4, True),
        (10, 0, 4, True),
    ],
)
def test_a_wrong_number_of_parts_is_refused(size: int, count: int, part_size: int, is_refused: bool) -> None:
    """Too few would lose its end, too many are no cut of it."""
    stored = LfsObject("1", size)
    found = refusals({stored: [local(size=size)]}, {"1": in_parts(count, part_size)})
    why = f"the storage wants {count} parts of {part_size} bytes for {size} bytes"
    assert ({stored: why} if is_refused else {}) == found


def test_parts_of_no_size_are_refused() -> None:
    """Nobody could say which bytes they are."""
    stored = LfsObject("1", 9)
    assert [stored] == list(refusals({stored: [local(size=9)]}, {"1": upload(parts=(STORAGE,))}))


def test_all_refused_objects_are_found() -> None:
    """In the order in which they were wanted, among those that are not."""
    wanted = {LfsObject(oid, 1): [local(oid)] for oid in "321"}
    answers = {"1": LfsUpload(oid="1", error="no"), "2": upload(oid="2"), "3": LfsUpload(oid="3", error="never")}
    assert [(LfsObject("3", 1), "never"), (LfsObject("1", 1), "no")] == list(refusals(wanted, answers).items())


def test_only_what_the_storage_lacks_is_sent() -> None:
    """With all files that have this content."""
    wanted = {LfsObject("1", 1): [local("a"), local("b")], LfsObject("2", 1): [local("c")]}
    answers = {"1": upload(headers=(("a", "b"),)), "2": LfsUpload(oid="2")}
    assert [
        Shipment(wanted=LfsObject("1", 1), href=STORAGE, upload=answers["1"], files=(local("a"), local("b")))
    ] == shipments(wanted, answers)


def test_nobody_waits_long_for_slow_hashing() -> None:
    """However many there might be in the end."""
    assert not is_worth_a_call(waiting(1), 10, LONGEST_WAIT_S / 2)
    assert is_worth_a_call(waiting(1), 10, LONGEST_WAIT_S)


def test_a_call_asks_for_no_more_than_it_can_or_than_can_be_sent_soon() -> None:
    """The addresses that it gets are good for some time only."""
    assert not is_full(LFS_BATCH_OBJECTS - 1, MOST_BYTES - 1)
    assert is_full(LFS_BATCH_OBJECTS, 0)
    assert is_full(1, MOST_BYTES)
