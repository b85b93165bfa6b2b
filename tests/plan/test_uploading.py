"""Uploading: which files travel how, and what the commit says."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.uploading import (
    Changes,
    LocalFile,
    Sorted,
    batches,
    changes,
    commit_lines,
    git_blob_header,
    sort_files,
)
from aiohfspaces._wire.calls import Base64File
from aiohfspaces._wire.uploads import DeletedFile, FileMode, LfsFile, LfsObject, RegularFile
from aiohfspaces.errors import UploadError


def local(path: str, content: bytes = b"x") -> LocalFile:
    """Build a file in memory."""
    return LocalFile(path=path, source=content, size=len(content), sample=content)


def mode(path: str, *, lfs: bool = False, ignored: bool = False, oid: str | None = None) -> FileMode:
    """Build the Hub's word on a file, by default new and regular."""
    return FileMode(path=path, lfs=lfs, ignored=ignored, oid=oid)


def by_kind(regular: str = "", large: str = "", present: dict[str, str] | None = None) -> Sorted:
    """Build sorted files of one letter each."""
    return Sorted(regular=tuple(map(local, regular)), large=tuple(map(local, large)), ignored=(), present=present or {})


@given(st.lists(st.integers()), st.integers(1, 10))
def test_batches_are_full_but_the_last(items: list[int], size: int) -> None:
    """Nothing is lost, nothing comes twice, and no batch is empty."""
    cut = list(batches(iter(items), size))
    assert items == [item for batch in cut for item in batch]
    assert all(size == len(batch) for batch in cut[:-1])
    assert all(0 < len(batch) <= size for batch in cut)


def test_files_travel_as_the_hub_wants_them() -> None:
    """In the order given; an empty file is never large, an ignored one does not travel."""
    files = [local("b.bin"), local("a.txt"), local("empty.bin", b""), local("log"), local("log.bin")]
    modes = [
        mode("a.txt", oid="git-a"),
        mode("b.bin", lfs=True, oid="sha-b"),
        mode("empty.bin", lfs=True),
        mode("log", ignored=True, oid="git-log"),
        mode("log.bin", lfs=True, ignored=True),
        mode("stranger"),
    ]
    assert Sorted(
        regular=(local("a.txt"), local("empty.bin", b"")),
        large=(local("b.bin"),),
        ignored=("log", "log.bin"),
        present={"a.txt": "git-a", "b.bin": "sha-b", "log": "git-log"},
    ) == sort_files(files, iter(modes))


def test_all_files_that_the_hub_leaves_out_are_named() -> None:
    """Guessing how it wants them could commit what its ``.gitignore`` keeps out."""
    with pytest.raises(UploadError) as caught:
        sort_files([local("a"), local("b"), local("c")], [mode("b")])
    assert ["a", "c"] == list(caught.value.failures)


@pytest.mark.parametrize(
    ("files", "ids", "deleted", "expected"),
    [
        (by_kind(), {}, [], Changes(regular=(), large=(), objects=(), unchanged=(), deleted=())),
        (
            by_kind("ab", "cd", {"a": "1", "b": "2", "c": "3", "d": "4"}),
            {"d": "4", "a": "1", "b": "new", "c": "new"},
            [],
            Changes(
                regular=(local("b"),),
                large=(local("c"),),
                objects=(LfsObject("new", 1),),
                unchanged=("a", "d"),
                deleted=(),
            ),
        ),
        (
            by_kind("a", "c"),
            {"c": "3"},
            ["a", "c", "z"],
            Changes(
                regular=(local("a"),), large=(local("c"),), objects=(LfsObject("3", 1),), unchanged=(), deleted=("z",)
            ),
        ),
        (
            by_kind("a", present={"a": "1"}),
            {"a": "1"},
            ["a"],
            Changes(regular=(), large=(), objects=(), unchanged=("a",), deleted=()),
        ),
    ],
    ids=["nothing", "some is there", "all is new", "replaced by itself"],
)
def test_what_is_there_already_is_left_out(
    files: Sorted, ids: dict[str, str], deleted: list[str], expected: Changes
) -> None:
    """A path that is added, or stays, is not removed."""
    assert expected == changes(files, ids, deleted)


def test_large_files_of_the_same_content_share_an_object() -> None:
    """Each path has its object all the same."""
    todo = changes(by_kind(large="ab"), {"a": "1", "b": "1"}, [])
    assert {"a": LfsObject("1", 1), "b": LfsObject("1", 1)} == todo.named_objects


def test_a_commit_deletes_first() -> None:
    """Then come the files whose content goes along, then those that are stored."""
    source = BytesIO(b"content")
    on_disk = LocalFile(path="b", source=source, size=7, sample=b"content")
    assert [
        DeletedFile(path="z"),
        RegularFile(path="a", content=Base64File(b"x", 1)),
        RegularFile(path="b", content=Base64File(source, 7)),
        LfsFile(path="c", oid="3", size=9),
    ] == commit_lines([local("a"), on_disk], {"c": LfsObject("3", 9)}, ["z"])


def test_a_git_id_is_that_of_git() -> None:
    """The id of the empty file, as every repository knows it."""
    assert "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" == hashlib.sha1(git_blob_header(0)).hexdigest()
    assert b"blob 12\0" == git_blob_header(12)
