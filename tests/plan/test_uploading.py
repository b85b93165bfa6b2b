"""Uploading: which files travel how, and what the commit says."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.orders import Copy, LocalFile, Order, Removal
from aiohfspaces._plan.uploading import (
    Changes,
    Copied,
    Sorted,
    batches,
    changes,
    commit_lines,
    git_blob_header,
    holds,
    raise_if_refused,
    sort_files,
)
from aiohfspaces._wire.calls import Base64File
from aiohfspaces._wire.commits import LfsFile, RegularFile, RemovedPath
from aiohfspaces._wire.uploads import FileMode, LfsObject, LfsUpload
from aiohfspaces.errors import UploadError
from aiohfspaces.models import BlobLfsInfo, RepoFile, RepoFolder


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


def added(paths: str) -> list[Order]:
    """Order files of one letter each."""
    return [local(path) for path in paths]


def summary(todo: Changes) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Tell what a commit does, shortly: ``a`` adds, ``-a`` removes; what it removes and what it leaves alone."""
    steps = [f"-{step.path}" if isinstance(step, Removal) else step.path for step in todo.steps]
    return " ".join(steps), todo.removed, todo.unchanged


@pytest.mark.parametrize(
    ("orders", "files", "ids", "expected"),
    [
        ([], by_kind(), {}, ("", (), ())),
        (
            added("abcd"),
            by_kind("ab", "cd", {"a": "1", "b": "2", "c": "3", "d": "4"}),
            {"d": "4", "a": "1", "b": "new", "c": "new"},
            ("b c", (), ("a", "d")),
        ),
        (
            [Removal(path=path, unless_added=True) for path in "acz"] + added("ac"),
            by_kind("a", "c"),
            {"c": "3"},
            ("-z a c", ("z",), ()),
        ),
        (
            [Removal(path="a", unless_added=True), *added("a")],
            by_kind("a", present={"a": "1"}),
            {"a": "1"},
            ("", (), ("a",)),
        ),
        (
            [Removal(path="a"), *added("a")],
            by_kind("a", present={"a": "1"}),
            {"a": "1"},
            ("-a a", ("a",), ()),
        ),
        (
            [local("logs/x/y"), Removal(path="logs", is_folder=True)],
            Sorted(regular=(local("logs/x/y"),), large=(), ignored=(), present={"logs/x/y": "1"}),
            {"logs/x/y": "1"},
            ("logs/x/y -logs", ("logs",), ()),
        ),
        ([Removal(path="a", unless_added=True), local("a")], by_kind(), {}, ("-a", ("a",), ())),
    ],
    ids=["nothing", "some is there", "all is new", "replaced by itself", "removed first", "removed after", "ignored"],
)
def test_what_is_there_already_is_left_out(
    orders: list[Order], files: Sorted, ids: dict[str, str], expected: tuple[Any, ...]
) -> None:
    """What the same commit removes is not there; a removal may make way for what is added."""
    assert expected == summary(changes(orders, files, ids))


def test_of_two_files_for_the_same_path_the_last_one_counts() -> None:
    """It goes where it stands."""
    first, last = local("a", b"first"), local("a", b"last")
    todo = changes([first, local("b"), last], Sorted(regular=(local("b"), last), large=(), ignored=(), present={}), {})
    assert [b"x", b"last"] == [file.source for file in todo.files]


def test_large_files_of_the_same_content_share_an_object() -> None:
    """Each path has its object all the same."""
    todo = changes(added("ab"), by_kind(large="ab"), {"a": "1", "b": "1"})
    assert {"a": LfsObject("1", 1), "b": LfsObject("1", 1)} == todo.objects


def copied(path: str = "copy", *, is_there: bool = False, **content: Any) -> Copied:
    """Build a copy that was looked up."""
    return Copied(path=path, blob_id="id", is_there=is_there, **content)


@pytest.mark.parametrize(("is_there", "expected"), [(False, ("copy", (), ())), (True, ("", (), ("copy",)))])
def test_a_copy_that_is_there_already_is_left_out(is_there: bool, expected: tuple[Any, ...]) -> None:
    """As a file is."""
    copy = Copy(path="copy", origin=None, source_path="a")
    assert expected == summary(changes([copy], by_kind(), {}, {"copy": copied(is_there=is_there)}))


def test_a_commit_says_its_steps_in_order() -> None:
    """Files and copies with their content or their object, removals by their path."""
    source = BytesIO(b"content")
    on_disk = LocalFile(path="b", source=source, size=7, sample=b"content")
    large = LocalFile(path="c", source=b"", size=9, sample=b"")
    steps = (
        Removal(path="z"),
        local("a"),
        Removal(path="logs", is_folder=True),
        on_disk,
        large,
        copied("d", content=b"same"),
        copied("e", stored=LfsObject("5", 7)),
    )
    assert [
        RemovedPath(path="z"),
        RegularFile(path="a", content=Base64File(b"x", 1)),
        RemovedPath(path="logs", is_folder=True),
        RegularFile(path="b", content=Base64File(source, 7)),
        LfsFile(path="c", oid="3", size=9),
        RegularFile(path="d", content=Base64File(b"same", 4)),
        LfsFile(path="e", oid="5"),
    ] == commit_lines(Changes(steps=steps, objects={"c": LfsObject("3", 9)}, unchanged=()))


def entry(path: str, oid: str, sha: str | None = None) -> RepoFile:
    """Build a file that a revision has."""
    lfs = None if sha is None else BlobLfsInfo(size=1, sha256=sha)
    return RepoFile(path=path, size=1, blob_id=oid, lfs=lfs)


FOLDER = RepoFolder(path="logs", tree_id="tree")


@pytest.mark.parametrize(
    ("steps", "there", "expected"),
    [
        ([local("a")], [entry("a", "git")], True),
        ([local("a")], [entry("a", "other")], False),
        ([local("a")], [], False),
        ([local("large")], [entry("large", "pointer", "sha")], True),
        ([local("large")], [entry("large", "sha")], True),
        ([local("large")], [entry("large", "pointer", "other")], False),
        ([copied()], [entry("copy", "id")], True),
        ([copied()], [entry("copy", "id", "sha")], True),
        ([copied()], [], False),
        ([Removal(path="z")], [], True),
        ([Removal(path="z")], [entry("z", "1")], False),
        ([Removal(path="logs")], [FOLDER], False),
        ([Removal(path="a"), local("a")], [entry("a", "git")], True),
        ([local("a"), Removal(path="a")], [], True),
        ([local("a"), Removal(path="a")], [entry("a", "git")], False),
        ([Removal(path="logs"), local("logs/new")], [FOLDER, entry("logs/new", "new")], True),
        ([local("logs/new"), Removal(path="logs")], [], True),
    ],
)
def test_a_commit_is_known_by_what_it_leaves_behind(steps: list[Any], there: list[Any], expected: bool) -> None:
    """Every content is there, by its id, and everything else is gone that was to go."""
    ids = {"a": "git", "large": "sha", "logs/new": "new"}
    todo = Changes(steps=tuple(steps), objects={}, unchanged=())
    assert expected == holds(todo, ids, {found.path: found for found in there})


@pytest.mark.parametrize(
    ("answer", "sources", "expected"),
    [
        (LfsUpload(oid="1"), [b""], None),
        (LfsUpload(oid="1", href="https://storage.test"), [b"x"], None),
        (LfsUpload(oid="1", href="https://storage.test"), [b"", b"x"], None),
        (LfsUpload(oid="1", href="https://storage.test"), [b""], "let go by preupload_lfs_files"),
        (LfsUpload(oid="1", error="too large"), [b"x"], "too large"),
        (None, [b"x"], "did not say"),
    ],
)
def test_a_content_that_was_let_go_cannot_be_sent(
    answer: LfsUpload | None, sources: list[bytes], expected: str | None
) -> None:
    """Another file of the same content will do."""
    files = [
        LocalFile(path=str(number), source=source, size=1, sample=b"", stored="1")
        for number, source in enumerate(sources)
    ]
    with pytest.raises(UploadError, match=expected) if expected else nullcontext():
        raise_if_refused({LfsObject("1", 1): files}, {} if answer is None else {"1": answer})


def test_a_git_id_is_that_of_git() -> None:
    """The id of the empty file, as every repository knows it."""
    assert "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" == hashlib.sha1(git_blob_header(0)).hexdigest()
    assert b"blob 12\0" == git_blob_header(12)
