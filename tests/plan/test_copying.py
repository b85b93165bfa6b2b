"""Copies: which files, from where, to where."""

from __future__ import annotations

import pytest

from aiohfspaces._plan.copying import (
    Target,
    copied_file,
    grouped,
    is_copied,
    missing_sources,
    objects_to_duplicate,
    target_in_folder,
    target_of_file,
    travelling,
)
from aiohfspaces._plan.orders import Copy, Origin
from aiohfspaces._plan.uploading import Copied
from aiohfspaces._wire.large_files import XetObject
from aiohfspaces._wire.uploads import LfsObject
from aiohfspaces.errors import UploadError
from aiohfspaces.models import BlobLfsInfo, RepoFile, RepoFolder

HERE = Origin(repo_id="me/app", repo_type="space", revision="main")
THERE = Origin(repo_id="her/data", repo_type="dataset", revision="main")


def copy(source: str, path: str = "copy", origin: Origin | None = None) -> Copy:
    """Build a copy within the repository."""
    return Copy(path=path, origin=origin, source_path=source)


def file(path: str, *, sha: str | None = None, xet: str | None = None, oid: str = "id", size: int = 9) -> RepoFile:
    """Build a file of the Hub, large if it has a SHA-256."""
    lfs = None if sha is None else BlobLfsInfo(size=size, sha256=sha)
    return RepoFile(path=path, size=size, blob_id=oid, lfs=lfs, xet_hash=xet)


ROOT = Target(path="", is_folder=True, exists=True)
FILE = Target(path="to/x", is_folder=False, exists=False)
NEW = Target(path="to", is_folder=True, exists=False)
FOLDER = Target(path="to", is_folder=True, exists=True)


@pytest.mark.parametrize(("to", "expected"), [(ROOT, "a.txt"), (FILE, "to/x"), (NEW, "to/a.txt"), (FOLDER, "to/a.txt")])
def test_a_file_goes_into_a_folder_or_takes_a_name(to: Target, expected: str) -> None:
    """As with ``cp``."""
    assert expected == target_of_file("in/a.txt", to)


@pytest.mark.parametrize(
    ("folder", "to", "contents_only", "expected"),
    [
        ("in", FOLDER, False, "to/in/sub/a"),
        ("in", FOLDER, True, "to/sub/a"),
        ("in", NEW, False, "to/sub/a"),
        ("in", FILE, False, "to/x/sub/a"),
        ("in", ROOT, False, "in/sub/a"),
        ("in", ROOT, True, "sub/a"),
        ("in/sub", FOLDER, False, "to/sub/a"),
        ("", FOLDER, False, "to/in/sub/a"),
        ("", ROOT, False, "in/sub/a"),
    ],
)
def test_a_folder_goes_into_a_folder_that_is_there(folder: str, to: Target, contents_only: bool, expected: str) -> None:
    """And takes the name of one that is not; as with ``cp -r``, and rsync's slash."""
    assert expected == target_in_folder("in/sub/a", folder, to, contents_only=contents_only)


def test_copies_from_the_same_place_go_together() -> None:
    """Those within the repository come first."""
    before = Origin(repo_id="me/app", repo_type="space", revision="v1")
    origins = {"a": THERE, "b": None, "c": THERE, "d": before, "e": None}
    groups = grouped([copy(path, origin=origin) for path, origin in origins.items()], HERE)
    assert [(None, ["b", "e"]), (before, ["d"]), (THERE, ["a", "c"])] == [
        (origin, [each.source_path for each in group]) for origin, group in groups
    ]


def test_all_sources_that_are_no_files_are_named() -> None:
    """What is missing, and what is a folder."""
    sources: dict[str, RepoFile | RepoFolder] = {"a": file("a"), "logs": RepoFolder(path="logs", tree_id="t")}
    failures = missing_sources([copy("a", "1"), copy("b", "2"), copy("logs", "3")], sources, HERE)
    assert {
        "2": "there is no b in space me/app at main",
        "3": "logs is a folder of space me/app at main: copy_files copies those",
    } == failures


def test_a_large_file_is_given_away_once() -> None:
    """By its SHA-256 and its hash in Xet storage; regular ones travel with the commit."""
    files = [file("a"), file("b", sha="1", xet="x"), file("c", sha="1", xet="x"), file("d", sha="2", xet="y")]
    assert [
        XetObject(sha256="1", xet_hash="x", path="c"),
        XetObject(sha256="2", xet_hash="y", path="d"),
    ] == objects_to_duplicate(files, THERE)


def test_what_is_not_in_xet_storage_cannot_leave_its_repository() -> None:
    """All such files are named."""
    with pytest.raises(UploadError) as caught:
        objects_to_duplicate([file("a", sha="1"), file("b", sha="2", xet="y"), file("c", sha="3")], THERE)
    assert ["a", "c"] == list(caught.value.failures)


def test_a_source_that_is_there_is_not_missing() -> None:
    """Several copies may come from it."""
    assert {} == missing_sources([copy("a", "1"), copy("a", "2")], {"a": file("a")}, HERE)


def test_regular_files_travel_and_go_by_their_new_path() -> None:
    """Each as often as it is copied; a large one stays where it is."""
    sources = {"a": file("a", size=5), "large": file("large", sha="1", size=900)}
    copies = [copy("a", "x"), copy("large", "y"), copy("a", "z")]
    assert [file("x", size=5), file("z", size=5)] == travelling(copies, sources)


@pytest.mark.parametrize(
    ("there", "is_there"),
    [
        (None, False),
        (file("copy", oid="other"), False),
        (file("copy"), True),
        (RepoFolder(path="copy", tree_id="id"), False),
    ],
    ids=["nothing", "another content", "the same", "a folder"],
)
def test_the_same_git_id_is_the_same_content(there: RepoFile | RepoFolder | None, is_there: bool) -> None:
    """So such a copy changes nothing."""
    assert is_there is is_copied(file("a"), there)
    assert Copied(path="copy", blob_id="id", content=b"x", is_there=is_there) == copied_file(
        copy("a"), file("a"), {"id": b"x", "other": b"y"}, there
    )


def test_what_is_there_already_need_not_be_fetched() -> None:
    """Its content is not going to travel."""
    assert copied_file(copy("a"), file("a"), {}, file("copy")).is_there


@pytest.mark.parametrize(("there", "is_there"), [(None, False), (file("copy", sha="1"), True)])
def test_a_large_file_is_copied_by_its_object(there: RepoFile | None, is_there: bool) -> None:
    """No byte of it travels."""
    assert Copied(path="copy", blob_id="id", stored=LfsObject("1", 9), is_there=is_there) == copied_file(
        copy("a"), file("a", sha="1"), {}, there
    )
