"""What a commit is asked to do: read, and doubted."""

from __future__ import annotations

from typing import Any

import pytest

from aiohfspaces._plan.orders import (
    Branch,
    Copy,
    LocalFile,
    Order,
    Origin,
    Removal,
    contested,
    doubts,
    files_of,
    itself_and_above,
    ordered,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import CommitOperationCopy, CommitOperationDelete

TO = Branch(repo_id="me/app", repo_type="space", revision="dev", create_pr=False)


def local(path: str, content: bytes = b"x") -> LocalFile:
    """Build a file in memory."""
    return LocalFile(path=path, source=content, size=len(content), sample=content)


@pytest.mark.parametrize(
    ("path", "is_folder", "expected"),
    [
        ("a/b", "auto", Removal(path="a/b")),
        ("a/b/", "auto", Removal(path="a/b", is_folder=True)),
        ("a/b", True, Removal(path="a/b", is_folder=True)),
        ("a/b/", True, Removal(path="a/b", is_folder=True)),
        ("./a", False, Removal(path="a")),
    ],
)
def test_a_removal_is_of_a_file_or_of_a_folder(path: str, is_folder: Any, expected: Removal) -> None:
    """A slash at the end tells, unless it is said; it does not travel."""
    assert expected == ordered(CommitOperationDelete(path, is_folder), TO)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({}, None),
        ({"src_revision": "v1"}, Origin(repo_id="me/app", repo_type="space", revision="v1")),
        (
            {"src_repo_id": "her/data", "src_repo_type": "dataset"},
            Origin(repo_id="her/data", repo_type="dataset", revision="main"),
        ),
        (
            {"src_repo_id": "her/data", "src_repo_type": "dataset", "src_revision": "refs/pr/1"},
            Origin(repo_id="her/data", repo_type="dataset", revision="refs/pr/1"),
        ),
    ],
)
def test_a_copy_comes_from_somewhere(source: dict[str, Any], expected: Origin | None) -> None:
    """The branch that is committed to, unless another revision or repository is named."""
    assert Copy(path="b", origin=expected, source_path="a") == ordered(CommitOperationCopy("a", "b", **source), TO)


@pytest.mark.parametrize(
    ("operation", "argument"),
    [
        (CommitOperationDelete("../x"), "path_in_repo"),
        (CommitOperationDelete("/x"), "path_in_repo"),
        (CommitOperationDelete(".git/config"), "path_in_repo"),
        (CommitOperationDelete("a/", is_folder=False), "path_in_repo"),
        (CommitOperationDelete("/", is_folder=True), "path_in_repo"),
        (CommitOperationDelete(None), "path_in_repo"),  # type: ignore[arg-type]
        (CommitOperationDelete("a", is_folder="yes"), "is_folder"),  # type: ignore[arg-type]
        (CommitOperationCopy("../x", "b"), "src_path_in_repo"),
        (CommitOperationCopy("a", "/b"), "path_in_repo"),
        (CommitOperationCopy("a", "b", src_repo_id="her/app"), "src_repo_id, src_repo_type"),
        (CommitOperationCopy("a", "b", src_repo_type="space"), "src_repo_id, src_repo_type"),
        (CommitOperationCopy("a", "b", src_repo_id="a b", src_repo_type="space"), "src_repo_id"),
        (CommitOperationCopy("a", "b", src_repo_id="a/b", src_repo_type="bucket"), "src_repo_type"),  # type: ignore[arg-type]
        (CommitOperationCopy("a", "b", src_revision=""), "src_revision"),
    ],
)
def test_what_cannot_be_done_is_named(operation: Any, argument: str) -> None:
    """By the argument that is wrong."""
    with pytest.raises(UsageError, match=f"^{argument}: "):
        ordered(operation, TO)


@pytest.mark.parametrize(
    ("orders", "repo_type", "expected"),
    [
        ([local("a"), local("b")], "space", []),
        ([local("a"), local("a")], "space", ["'a' is added twice in the same commit: the last one wins"]),
        ([Removal(path="a"), local("a")], "space", []),
        (
            [local("a"), Removal(path="a")],
            "space",
            ["'a' is removed after the same commit has added it, or something below it"],
        ),
        (
            [local("logs/x"), Removal(path="logs", is_folder=True)],
            "space",
            ["'logs' is removed after the same commit has added it, or something below it"],
        ),
        ([local("a"), Removal(path="a", unless_added=True)], "space", []),
        ([local("x.parquet")], "dataset", []),
        ([local("x.parquet")], "space", ["'x.parquet' looks like data, and goes into a space: is a dataset meant?"]),
    ],
)
def test_what_is_hardly_meant_is_said(orders: list[Order], repo_type: Any, expected: list[str]) -> None:
    """Though the Hub would do it."""
    assert expected == list(doubts(orders, repo_type))


def test_a_copy_wants_its_path_for_itself() -> None:
    """Two copies, or a copy and a file, for the same path: nobody can say which is meant."""
    to_a, to_b = (Copy(path=path, origin=None, source_path="s") for path in "ab")
    assert [] == contested([to_a, to_b, local("c"), local("c"), Removal(path="a")])
    assert ["a", "b"] == contested([to_a, to_b, to_b, local("a")])


def test_of_two_files_for_the_same_path_the_last_one_counts() -> None:
    """As on the Hub."""
    assert [local("a", b"2"), local("b")] == files_of(
        [local("a", b"1"), local("b"), Removal(path="c"), local("a", b"2")]
    )


def test_a_path_lies_in_all_folders_above_it() -> None:
    """From itself up to the topmost."""
    assert ["a/b/c", "a/b", "a"] == list(itself_and_above("a/b/c"))
