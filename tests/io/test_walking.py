"""Walking: which files there are below a folder, and which folders are not looked into."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from aiohfspaces import UploadError
from aiohfspaces._io.walking import MAX_LINKED_PATHS, Found, walk
from aiohfspaces._plan.filtering import NEVER_UPLOADED, matching, uploadable

TREE = [
    ".cache/huggingface/x",
    ".cache/x",
    ".git/config",
    "[a]/b.py",
    "a/a/a.py",
    "a/a/b.txt",
    "a/b.py",
    "ab/a.py",
    "app.py",
    "b/a/.git/config",
    "b/a/a.py",
    "b/.cache/huggingface/a/x",
    "b\\a/a.txt",
]

PATTERNS: list[Any] = [
    None,
    [],
    "",
    "*",
    "**",
    "*.py",
    "a",
    "a/",
    "a/*",
    "a/a/",
    "a/?",
    "a/?*",
    "a*",
    "*/a/*",
    "**/a/**",
    "?/",
    "?/a/*",
    "[ab]/*",
    "[[]a]/*",
    "[!a]*",
    "[a",
    "[*",
    "[*]",
    "b\\a/",
    "b/a/*",
    "*/",
    "/a/*",
    "./a/*",
    ["b/*", "a/a/*"],
    ["*.py", "a/"],
]


def tree(root: Path, *paths: str) -> Path:
    """Make files that hold their own paths."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    return root


def walked(root: Path, *, allow: Any = None, ignore: Any = None) -> tuple[list[Found], int]:
    """Walk a folder, and count the folders looked into, each as often as it was come to."""
    folders: list[str] = []

    def is_given_up() -> bool:
        folders.append("")
        return False

    found = sorted(walk(os.path.realpath(root), uploadable(allow=allow, ignore=ignore), is_given_up))
    return found, len(folders)


def paths_of(found: list[Found]) -> list[str]:
    """List the paths of what can be uploaded."""
    return [one.path for one in found if one.refusal is None]


def multiplied(root: Path, *, depth: int) -> Path:
    """Make folders with two links each to the next, and a file in the last."""
    for number in range(depth):
        (root / f"{number:02}").mkdir(parents=True)
        for name in "ab":
            (root / f"{number:02}" / name).symlink_to(f"../{number + 1:02}")
    return tree(root, f"{depth:02}/file")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have a folder of folders, with links to two of them."""
    root = tree(tmp_path_factory.mktemp("tree"), *TREE)
    (root / "a" / "link").symlink_to("../b")
    (root / "c").symlink_to("a")
    return root


@pytest.mark.parametrize("patterns", PATTERNS, ids=repr)
@pytest.mark.parametrize("argument", ["allow", "ignore"])
def test_a_folder_that_is_not_looked_into_has_nothing_that_is_wanted(
    folder: Path, argument: str, patterns: Any
) -> None:
    """What is found is what would be kept of all that is there."""
    linked = [f"a/link/{path[2:]}" for path in TREE if path.startswith("b/")]
    there = [*TREE, *linked, *(f"c/{path[2:]}" for path in [*TREE, *linked] if path.startswith("a/"))]
    meant: dict[str, Any] = {argument: patterns}
    expected = matching(matching(sorted(there), **meant), ignore=NEVER_UPLOADED)
    assert expected == paths_of(walked(folder, **meant)[0])


@pytest.mark.parametrize(
    ("allow", "ignore"),
    [(None, "modules/"), (None, "modules/*"), (None, "mod*"), ("app.py", None), (["src/", "a*"], None)],
)
def test_folders_without_anything_wanted_are_not_looked_into(tmp_path: Path, allow: Any, ignore: Any) -> None:
    """They may hold more than all the others, and what is wrong with it does no harm."""
    tree(tmp_path, "app.py", "modules/a/b/x", "modules/b/x", ".git/objects/x", ".cache/huggingface/x")
    (tmp_path / "modules" / "out").symlink_to("/etc")
    (tmp_path / "modules" / "lost").symlink_to("missing")
    found, folders = walked(tmp_path, allow=allow, ignore=ignore)
    assert [("app.py", None)] == [(one.path, one.refusal) for one in found]
    assert folders <= 2, "the folder itself and .cache"


@pytest.mark.parametrize("name", [".git", ".cache/huggingface"])
def test_a_link_in_the_place_of_what_is_never_uploaded_does_no_harm(tmp_path: Path, name: str) -> None:
    """Working trees have a git folder elsewhere."""
    (tree(tmp_path, "app.py", ".cache/CACHEDIR.TAG") / name).symlink_to("/etc")
    assert [None, None] == [one.refusal for one in walked(tmp_path)[0]]


def test_links_may_lead_through_linked_folders(tmp_path: Path) -> None:
    """Releases share their data, and one of them is the current one."""
    tree(tmp_path, "shared/x", "releases/2/app.py", "releases/3/app.py")
    for release in "23":
        (tmp_path / "releases" / release / "data").symlink_to("../../shared")
    (tmp_path / "current").symlink_to("releases/3")
    found = {one.path: one.place for one in walked(tmp_path)[0]}
    releases = [
        f"{release}/{file}" for release in ("current", "releases/2", "releases/3") for file in ("app.py", "data/x")
    ]
    assert [*releases, "shared/x"] == list(found)
    assert str(tmp_path / "shared" / "x") == found["current/data/x"]


def test_links_that_lead_to_each_other_end(tmp_path: Path) -> None:
    """Each is followed once, and refused where it would lead to what it is in."""
    tree(tmp_path, "a/x", "b/x")
    (tmp_path / "a" / "b").symlink_to("../b")
    (tmp_path / "b" / "a").symlink_to("../a")
    found, _ = walked(tmp_path)
    assert ["a/b/x", "a/x", "b/a/x", "b/x"] == paths_of(found)
    assert {"a/b/a", "b/a/b"} == {one.path for one in found if one.refusal == "a link to a folder that it is in"}


@pytest.mark.parametrize(("allow", "ignore"), [("x", None), ("*/x", "loop"), (None, "loop")])
def test_a_loop_that_is_not_wanted_does_no_harm(tmp_path: Path, allow: Any, ignore: Any) -> None:
    """All that is below it is found elsewhere, so only its own name counts."""
    (tree(tmp_path, "x", "a/x") / "loop").symlink_to(".")
    found, _ = walked(tmp_path, allow=allow, ignore=ignore)
    assert {None} == {one.refusal for one in found}


def test_a_link_from_a_linked_folder_to_one_above_it_is_refused(tmp_path: Path) -> None:
    """Above where it really is: the way that led there does not count alone."""
    tree(tmp_path, "real/inner/x")
    (tmp_path / "link").symlink_to("real/inner")
    (tmp_path / "real" / "inner" / "up").symlink_to("..")
    found, _ = walked(tmp_path)
    assert ["link/x", "real/inner/x"] == paths_of(found)
    assert ["link/up", "real/inner/up"] == [one.path for one in found if one.refusal]


def test_where_the_folder_is_does_not_matter(tmp_path: Path) -> None:
    """A link to all of it is a loop, although a cache's files are never uploaded."""
    root = tree(tmp_path / ".cache" / "huggingface" / "app", "x")
    (root / "all").symlink_to(root)
    assert [("all", "a link to a folder that it is in"), ("x", None)] == [
        (one.path, one.refusal) for one in walked(root)[0]
    ]


def test_links_that_multiply_a_folder_are_refused(tmp_path: Path) -> None:
    """A few dozen could stand for more paths than there are files in the world."""
    root = multiplied(tmp_path, depth=40)
    with pytest.raises(UploadError, match=f"{MAX_LINKED_PATHS:,} paths") as caught:
        walked(root)
    ((link, _),) = caught.value.failures.items()
    assert (root / link).is_symlink()
    assert (root / link).parent == (root / link).parent.resolve(), "by the path that it is found at without a link"
    assert ["40/file"] == paths_of(walked(root, ignore="*/[ab]/*")[0])


def test_links_may_multiply_a_folder_up_to_a_bound(tmp_path: Path) -> None:
    """What is in it is found under every path."""
    root = multiplied(tmp_path, depth=8)
    assert 2**9 - 1 == len(paths_of(walked(root)[0]))


def test_folders_may_be_nested_deeper_than_functions(tmp_path: Path) -> None:
    """The system alone bounds it, by the length of a path."""
    deep = tree(tmp_path, "e")
    for _ in range(600):
        deep /= "d"
        deep.mkdir()
    tree(deep, "x")
    try:
        assert ["d/" * 600 + "x", "e"] == paths_of(walked(tmp_path)[0])
    finally:
        (deep / "x").unlink()
        os.removedirs(deep)  # unlike what cleans up after tests, it does not recurse
