"""States: what is known of a file, and what has to be found out next."""

from __future__ import annotations

import pytest

from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._plan.states import (
    Ignored,
    Ready,
    Settled,
    ToHash,
    ToStore,
    Unchanged,
    classified,
    regular_among,
)
from aiohfspaces._wire.uploads import FileMode, LfsObject

FILE = LocalFile(path="a", source=b"abc", size=3, sample=b"abc")
EMPTY = LocalFile(path="a", source=b"", size=0, sample=b"")
STORED = LocalFile(path="a", source=b"", size=3, sample=b"abc", stored="sha")
OBJECT = LfsObject("sha", 3)


def mode(*, lfs: bool = False, ignored: bool = False, oid: str | None = None) -> FileMode:
    """Build the Hub's word on the file, by default new and regular."""
    return FileMode(path="a", lfs=lfs, ignored=ignored, oid=oid)


@pytest.mark.parametrize(
    ("file", "said", "expected"),
    [
        (FILE, mode(), Ready(FILE, None)),
        (FILE, mode(oid="git"), ToHash(FILE, False, "git")),
        (FILE, mode(lfs=True), ToHash(FILE, True, None)),
        (FILE, mode(lfs=True, oid="sha"), ToHash(FILE, True, "sha")),
        (FILE, mode(ignored=True, oid="git"), Ignored(FILE)),
        (FILE, mode(ignored=True, lfs=True), Ignored(FILE)),
        (EMPTY, mode(lfs=True), Ready(EMPTY, None)),
        (EMPTY, mode(lfs=True, oid="git"), ToHash(EMPTY, False, "git")),
        (STORED, mode(), ToHash(STORED, True, None)),
        (STORED, mode(ignored=True), Ignored(STORED)),
    ],
    ids=[
        "new",
        "there",
        "new and large",
        "there and large",
        "ignored",
        "ignored and large",
        "empty",
        "empty and there",
        "stored",
        "stored and ignored",
    ],
)
def test_a_file_travels_as_the_hub_wants_it(
    file: LocalFile, said: FileMode, expected: Ignored | Ready | ToHash
) -> None:
    """An empty one is never large, one that is stored already is; only a new regular one needs no id."""
    assert expected == classified(file, said)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ToHash(FILE, False, "id"), Unchanged(FILE, None)),
        (ToHash(FILE, False, "other"), Ready(FILE, None)),
        (ToHash(FILE, True, "id"), Unchanged(FILE, LfsObject("id", 3))),
        (ToHash(FILE, True, "other"), ToStore(FILE, LfsObject("id", 3))),
        (ToHash(FILE, True, None), ToStore(FILE, LfsObject("id", 3))),
    ],
    ids=["unchanged", "changed", "unchanged and large", "changed and large", "new and large"],
)
def test_an_id_tells_whether_a_file_has_changed(state: ToHash, expected: Unchanged | Ready | ToStore) -> None:
    """A large one that has is stored next; a regular one goes into the commit."""
    assert expected == state.hashed("id")


def test_a_commit_can_name_what_the_storage_has() -> None:
    """By the object."""
    assert Ready(FILE, OBJECT) == ToStore(FILE, OBJECT).stored()


def test_only_changed_regular_files_go_into_the_commit() -> None:
    """In the order in which they were settled."""
    other = LocalFile(path="b", source=b"b", size=1, sample=b"b")
    states: list[Settled] = [
        Ready(other, None),
        Ignored(FILE),
        Unchanged(FILE, None),
        Unchanged(FILE, OBJECT),
        Ready(FILE, OBJECT),
        Ready(FILE, None),
    ]
    assert [other, FILE] == regular_among(iter(states))
