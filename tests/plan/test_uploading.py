"""Uploading: what is there already, and what the commit says."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.orders import Copy, LocalFile, Order, Removal
from aiohfspaces._plan.states import Ignored, Ready, Settled, Unchanged
from aiohfspaces._plan.uploading import (
    Changes,
    Copied,
    Step,
    batches,
    changes,
    commit_lines,
    holds,
    landed,
    modes_of,
)
from aiohfspaces._wire.calls import Base64File
from aiohfspaces._wire.commits import LfsFile, RegularFile, RemovedPath
from aiohfspaces._wire.uploads import FileMode, LfsObject
from aiohfspaces.errors import UploadError
from aiohfspaces.models import BlobLfsInfo, GitCommitInfo, RepoFile, RepoFolder

OBJECT = LfsObject("1", 1)


def local(path: str, content: bytes = b"x") -> LocalFile:
    """Build a file in memory."""
    return LocalFile(path=path, source=content, size=len(content), sample=content)


def added(*paths: str) -> list[Order]:
    """Order files."""
    return [local(path) for path in paths]


def new(*paths: str, stored: LfsObject | None = None) -> dict[str, Settled]:
    """Settle files that the repository does not have like this, regular unless they are stored."""
    return {path: Ready(local(path), stored) for path in paths}


def same(*paths: str, stored: LfsObject | None = None) -> dict[str, Settled]:
    """Settle files that the repository has like this."""
    return {path: Unchanged(local(path), stored) for path in paths}


def ignored(*paths: str) -> dict[str, Settled]:
    """Settle files that the repository does not want."""
    return {path: Ignored(local(path)) for path in paths}


def copied(path: str = "copy", *, is_there: bool = False, **content: Any) -> Copied:
    """Build a copy that was looked up."""
    return Copied(path=path, blob_id="id", is_there=is_there, **content)


def steps(*found: Step, objects: dict[str, LfsObject] | None = None) -> Changes:
    """Build changes."""
    return Changes(steps=found, objects=objects or {}, unchanged=())


def summary(todo: Changes) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Tell what a commit does, shortly: ``a`` adds, ``-a`` removes; what it removes and what it leaves alone."""
    done = [f"-{step.path}" if isinstance(step, Removal) else step.path for step in todo.steps]
    return " ".join(done), todo.removed, todo.unchanged


@given(st.lists(st.integers()), st.integers(1, 10))
def test_batches_are_full_but_the_last(items: list[int], size: int) -> None:
    """Nothing is lost, nothing comes twice, and no batch is empty."""
    cut = list(batches(iter(items), size))
    assert items == [item for batch in cut for item in batch]
    assert all(size == len(batch) for batch in cut[:-1])
    assert all(0 < len(batch) <= size for batch in cut)


def mode(path: str) -> FileMode:
    """Build the Hub's word on a new regular file."""
    return FileMode(path=path, lfs=False, ignored=False, oid=None)


def test_the_hubs_word_on_a_file_is_found_by_its_path() -> None:
    """Whatever the order, and whatever else it speaks of."""
    found = modes_of([local("b"), local("a")], iter([mode("a"), mode("stranger"), mode("b")]))
    assert (mode("a"), mode("b")) == (found["a"], found["b"])


def test_all_files_that_the_hub_leaves_out_are_named() -> None:
    """Guessing how it wants them could commit what its ``.gitignore`` keeps out."""
    with pytest.raises(UploadError) as caught:
        modes_of([local("a"), local("b"), local("c")], [mode("b")])
    assert ["a", "c"] == list(caught.value.failures)


@pytest.mark.parametrize(
    ("orders", "states", "expected"),
    [
        ([], {}, ("", (), ())),
        (
            added("d", "b", "c", "a"),
            same("a") | new("b") | new("c", stored=OBJECT) | same("d", stored=OBJECT),
            ("b c", (), ("a", "d")),
        ),
        (
            [*(Removal(path=path, unless_added=True) for path in "acz"), *added("a", "c")],
            new("a", "c"),
            ("-z a c", ("z",), ()),
        ),
        ([Removal(path="a", unless_added=True), *added("a")], same("a"), ("", (), ("a",))),
        ([Removal(path="a"), *added("a")], same("a"), ("-a a", ("a",), ())),
        ([Removal(path="a"), *added("a")], new("a"), ("-a a", ("a",), ())),
        (
            [*added("logs/x/y"), Removal(path="logs", is_folder=True)],
            same("logs/x/y"),
            ("logs/x/y -logs", ("logs",), ()),
        ),
        ([Removal(path="log", is_folder=True), *added("logs")], same("logs"), ("-log", ("log",), ("logs",))),
        ([Removal(path="a", unless_added=True), *added("a")], ignored("a"), ("", (), ())),
        (added("a", "b"), ignored("a") | new("b"), ("b", (), ())),
    ],
    ids=[
        "nothing",
        "some is there",
        "all is new",
        "replaced by itself",
        "removed first",
        "removed first and new",
        "removed after",
        "something else removed",
        "ignored and removed",
        "ignored",
    ],
)
def test_what_is_there_already_is_left_out(
    orders: list[Order], states: dict[str, Settled], expected: tuple[Any, ...]
) -> None:
    """What the same commit removes is not there; a removal may make way for what is added."""
    assert expected == summary(changes(orders, states))


def test_what_was_compared_with_another_commit_is_not_left_out() -> None:
    """It is there, but maybe not on the parent that the commit has to meet."""
    orders: list[Order] = [*added("a"), Copy(path="copy", origin=None, source_path="s")]
    todo = changes(orders, same("a"), {"copy": copied(is_there=True)}, is_compared=False)
    assert ("a copy", (), ()) == summary(todo)


def test_of_two_files_for_the_same_path_the_last_one_counts() -> None:
    """It goes where it stands."""
    first, last = local("a", b"first"), local("a", b"last")
    todo = changes([first, local("b"), last], {"a": Ready(last, None)} | new("b"))
    assert [b"x", b"last"] == [file.source for file in todo.files]


def test_large_files_of_the_same_content_share_an_object() -> None:
    """Each path has its object all the same."""
    todo = changes(added("a", "b"), new("a", "b", stored=OBJECT))
    assert {"a": OBJECT, "b": OBJECT} == todo.objects


def test_a_large_file_that_has_to_come_again_keeps_its_object() -> None:
    """The storage has it, though the commit that is named removes it first."""
    orders: list[Order] = [Removal(path="a"), *added("a")]
    assert {"a": OBJECT} == changes(orders, same("a", stored=OBJECT)).objects


def test_only_what_changes_has_an_object() -> None:
    """Neither what is there already nor what is regular."""
    states = new("a", stored=OBJECT) | same("b", stored=OBJECT) | new("c")
    assert {"a": OBJECT} == changes(added("a", "b", "c"), states).objects


@pytest.mark.parametrize(("is_there", "expected"), [(False, ("copy", (), ())), (True, ("", (), ("copy",)))])
def test_a_copy_that_is_there_already_is_left_out(is_there: bool, expected: tuple[Any, ...]) -> None:
    """As a file is."""
    copy = Copy(path="copy", origin=None, source_path="a")
    assert expected == summary(changes([copy], {}, {"copy": copied(is_there=is_there)}))


def test_a_copy_onto_what_the_same_commit_removes_is_not_there() -> None:
    """As a file is not."""
    orders: list[Order] = [Removal(path="copy"), Copy(path="copy", origin=None, source_path="a")]
    assert ("-copy copy", ("copy",), ()) == summary(changes(orders, {}, {"copy": copied(is_there=True)}))


def test_a_commit_says_its_steps_in_order() -> None:
    """Files and copies with their content or their object, removals by their path."""
    source = BytesIO(b"content")
    todo = steps(
        Removal(path="z"),
        local("a"),
        Removal(path="logs", is_folder=True),
        LocalFile(path="b", source=source, size=7, sample=b"content"),
        LocalFile(path="c", source=b"", size=9, sample=b""),
        copied("d", content=b"same"),
        copied("e", stored=LfsObject("5", 7)),
        objects={"c": LfsObject("3", 9)},
    )
    assert [
        RemovedPath(path="z"),
        RegularFile(path="a", content=Base64File(b"x", 1)),
        RemovedPath(path="logs", is_folder=True),
        RegularFile(path="b", content=Base64File(source, 7)),
        LfsFile(path="c", oid="3", size=9),
        RegularFile(path="d", content=Base64File(b"same", 4)),
        LfsFile(path="e", oid="5"),
    ] == commit_lines(todo)


def test_a_content_is_called_by_its_path_where_it_cannot_be_read() -> None:
    """A file of the disk and a copy alike."""
    lines = commit_lines(steps(local("a"), copied("d", content=b"same")))
    assert ["a", "d"] == [line.content.name for line in lines if isinstance(line, RegularFile)]


@pytest.mark.parametrize(
    ("found", "outcome", "new_paths"),
    [
        ([], {}, ()),
        ([local("b"), copied("a")], {"a": copied("a"), "b": local("b")}, ("a", "b")),
        ([Removal(path="a"), local("a")], {"a": local("a")}, ("a",)),
        ([local("a"), Removal(path="a")], {"a": None}, ()),
        ([local("logs/x"), Removal(path="logs")], {"logs": None}, ()),
        ([Removal(path="logs"), local("logs/x")], {"logs/x": local("logs/x")}, ("logs/x",)),
        (
            [local("logs/x"), Removal(path="logs"), local("logs/y")],
            {"logs/y": local("logs/y")},
            ("logs/y",),
        ),
        ([Removal(path="log"), local("logs")], {"log": None, "logs": local("logs")}, ("logs",)),
    ],
)
def test_what_a_commit_leaves_behind_is_known(
    found: list[Step], outcome: dict[str, Step | None], new_paths: tuple[str, ...]
) -> None:
    """A later step has the last word, and so has the removal of a folder on what was in it."""
    todo = steps(*found)
    assert outcome == todo.outcome
    assert new_paths == todo.added


def test_a_path_that_was_removed_is_told_even_if_it_comes_again() -> None:
    """In the order of the steps."""
    assert ("z", "a") == steps(Removal(path="z"), Removal(path="a"), local("a")).removed


def test_what_has_no_object_goes_into_the_commit() -> None:
    """Of the files; a copy has its content elsewhere."""
    todo = steps(local("a"), local("b"), copied(), Removal(path="z"), objects={"b": OBJECT})
    assert [local("a")] == todo.regular
    assert [local("a"), local("b")] == todo.files


@pytest.mark.parametrize(
    ("todo", "expected"),
    [
        (steps(), False),
        (steps(local("a"), copied(content=b"x")), False),
        (steps(local("a"), objects={"a": OBJECT}), True),
        (steps(copied(stored=OBJECT)), True),
    ],
    ids=["nothing", "regular", "a large file", "a large copy"],
)
def test_a_commit_knows_whether_it_names_large_files(todo: Changes, expected: bool) -> None:
    """For these the Hub may add to ``.gitattributes``."""
    assert expected is todo.stores


def entry(path: str, oid: str, sha: str | None = None) -> RepoFile:
    """Build a file that a revision has."""
    lfs = None if sha is None else BlobLfsInfo(size=1, sha256=sha)
    return RepoFile(path=path, size=1, blob_id=oid, lfs=lfs)


FOLDER = RepoFolder(path="logs", tree_id="tree")


@pytest.mark.parametrize(
    ("found", "there", "expected"),
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
def test_a_commit_is_known_by_what_it_leaves_behind(found: list[Step], there: list[Any], expected: bool) -> None:
    """Every content is there, by its id, and everything else is gone that was to go."""
    ids = {"a": "git", "large": "sha", "logs/new": "new"}
    assert expected is holds(steps(*found), ids, {each.path: each for each in there})


@pytest.mark.parametrize(("objects", "expected"), [({"a": OBJECT}, True), ({}, False)])
def test_git_attributes_may_differ_where_large_files_came(objects: dict[str, LfsObject], expected: bool) -> None:
    """The Hub adds to them what these need; without one, they are as they were sent."""
    ids = {"a": "id", ".gitattributes": "ours"}
    there = {"a": entry("a", "id"), ".gitattributes": entry(".gitattributes", "theirs")}
    assert expected is holds(steps(local("a"), local(".gitattributes"), objects=objects), ids, there)


def past(*commits: tuple[str, str]) -> list[GitCommitInfo]:
    """Build a history, newest first, of ids and titles."""
    then = datetime(2025, 1, 1, tzinfo=UTC)
    return [
        GitCommitInfo(commit_id=oid, title=title, created_at=then, authors=(), message="") for oid, title in commits
    ]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (past(("c2", "Ours"), ("c1", "Before")), "c2"),
        (past(("c3", "Theirs"), ("c2", "Ours"), ("c1", "Before")), "c2"),
        (past(("c3", "Ours"), ("c2", "Theirs"), ("c1", "Before")), None),
        (past(("c1", "Ours")), None),
        (past(("c9", "Ours"), ("c8", "Before")), None),
        ([], None),
    ],
    ids=["the newest", "followed by another", "somebody else's", "the parent itself", "another history", "no history"],
)
def test_a_commit_of_ours_is_the_child_of_its_parent_under_our_words(
    history: list[GitCommitInfo], expected: str | None
) -> None:
    """Who else says the same, but on another commit, is not us."""
    found = landed(history, "c1", "Ours")
    assert expected == (found and found.commit_id)


def test_a_parent_is_known_by_its_first_digits_and_a_message_by_its_first_line() -> None:
    """A history shows whole ids, and titles only."""
    (ours, *_) = history = past(("c0ffee", "Ours"), ("badcafe", "Before"))
    assert ours == landed(history, "badc", "Ours\n\nand why")
