from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aiohfspaces import FileChangedError, UploadError, UsageError
from aiohfspaces._io.files import (
    READ_BYTES,
    sha256_of,
)
from aiohfspaces._io.sources import _find_files, find_files, local_file, raise_if_changed
from aiohfspaces._plan.orders import LocalFile

pytestmark = pytest.mark.anyio

BIG = os.urandom(2 * READ_BYTES + 1234)


async def found(folder: Path, below: str = "", *, allow: Any = None, ignore: Any = None) -> list[str]:
    """Find the paths of what a folder's upload consists of."""
    return [file.path for file in await find_files(folder, below, allow=allow, ignore=ignore)]


def tree(root: Path, *paths: str) -> Path:
    """Make files that hold their own paths."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    return root


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Make a folder of a user who, unlike root, cannot read everything."""
    with tempfile.TemporaryDirectory() as name:
        root = os.geteuid() == 0
        if root:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


async def test_a_folder_is_walked_in_the_order_of_its_paths(tmp_path: Path) -> None:
    """Hidden files too, but neither git's own nor this library's notes."""
    tree(tmp_path, "b/c.txt", "a.txt", ".env", ".git/config", "b/.git/config", ".cache/huggingface/x", "b/a/d")
    assert [".env", "a.txt", "b/a/d", "b/c.txt"] == await found(tmp_path)
    assert ["up/a.txt"] == await found(tmp_path, "up", allow="*.txt", ignore=["b/"])


async def test_what_was_found_tells_size_and_beginning(tmp_path: Path) -> None:
    """The Hub decides by them how a file is stored."""
    (tmp_path / "big").write_bytes(BIG)
    (file,) = await find_files(tmp_path, "", allow=None, ignore=None)
    assert (len(BIG), BIG[:512]) == (file.size, file.sample)
    assert (tmp_path / "big").stat().st_mtime_ns == file.modified_ns


async def test_links_inside_the_folder_are_followed(tmp_path: Path) -> None:
    """To files and to folders, under the names of the links."""
    root = tree(tmp_path / "root", "data/a.txt")
    (root / "link.txt").symlink_to("data/a.txt")
    (root / "more").symlink_to(root / "data")
    assert ["data/a.txt", "link.txt", "more/a.txt"] == await found(root)


async def test_a_folder_that_is_a_link_itself_is_walked(tmp_path: Path) -> None:
    """Inside means below where it leads."""
    tree(tmp_path / "root", "a.txt")
    (tmp_path / "link").symlink_to("root")
    assert ["a.txt"] == await found(tmp_path / "link")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("../outside.txt", "out of the folder"),
        ("/etc", "out of the folder"),
        ("missing", "nothing"),
        (".", "a folder that it is in"),
        ("..", "a folder that it is in"),
        ("bad", "nothing"),
    ],
)
async def test_a_link_that_cannot_be_followed_is_named(tmp_path: Path, target: str, why: str) -> None:
    """Links out of the folder, to nothing, and round in a circle."""
    root = tree(tmp_path, "outside.txt", "root/sub/a.txt") / "root"
    (root / ("sub" if target == ".." else "") / "bad").symlink_to(target)
    with pytest.raises(UploadError) as caught:
        await found(root)
    assert ["sub/bad" if target == ".." else "bad"] == list(caught.value.failures)
    assert why in str(caught.value)


async def test_a_link_that_is_left_out_does_no_harm(tmp_path: Path) -> None:
    """What is not uploaded need not be uploadable."""
    tree(tmp_path, "a.txt")
    (tmp_path / "bad").symlink_to("/etc/passwd")
    assert ["a.txt"] == await found(tmp_path, ignore="bad")


@pytest.mark.parametrize(
    ("link", "target"), [("config", ".git/config"), ("inner", ".git"), ("cache", ".cache/huggingface")]
)
async def test_a_link_does_not_bring_in_what_is_never_uploaded(tmp_path: Path, link: str, target: str) -> None:
    """A token in git's configuration would be published."""
    tree(tmp_path, "a.txt", ".git/config", ".cache/huggingface/x")
    (tmp_path / link).symlink_to(target)
    with pytest.raises(UploadError, match="never uploaded") as caught:
        await found(tmp_path)
    assert [link] == list(caught.value.failures)


@pytest.mark.parametrize("allow", ["*.py", "out/*", "out/sub/*", "?ut/*", ["x", "o*"]])
async def test_a_link_out_of_the_folder_is_refused_where_something_below_it_may_be_meant(
    tmp_path: Path, allow: Any
) -> None:
    """What is there is not looked at, so it cannot be said that nothing is."""
    tree(tmp_path, "a.py")
    (tmp_path / "out").symlink_to("/etc")
    with pytest.raises(UploadError) as caught:
        await found(tmp_path, allow=allow)
    assert {"out": "a link out of the folder"} == caught.value.failures


@pytest.mark.parametrize(("allow", "ignore"), [("a.py", None), ("a*", "b"), (None, "out"), (None, "out/"), ("*", "o*")])
async def test_a_link_out_of_the_folder_does_no_harm_where_nothing_below_it_is_meant(
    tmp_path: Path, allow: Any, ignore: Any
) -> None:
    """Patterns that name something else, or leave it out."""
    tree(tmp_path, "a.py")
    (tmp_path / "out").symlink_to("/etc")
    assert ["a.py"] == await found(tmp_path, allow=allow, ignore=ignore)


async def test_all_that_cannot_be_uploaded_is_named_at_once(tmp_path: Path) -> None:
    """A pipe, a link to nothing and a name that is no UTF-8, each with its reason."""
    tree(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "lost").symlink_to("missing")
    (tmp_path / os.fsdecode(b"\xff")).write_text("x")
    with pytest.raises(UploadError, match="3 of 4") as caught:
        await found(tmp_path)
    assert {"pipe", "lost", os.fsdecode(b"\xff")} == set(caught.value.failures)
    str(caught.value).encode()


async def test_unreadable_files_and_folders_are_named() -> None:
    """Everything that would fail later is told now."""
    with as_nobody() as folder:
        tree(folder, "good", "bad", "closed/a", "listed/a")
        (folder / "bad").chmod(0)
        (folder / "closed").chmod(0)
        (folder / "listed").chmod(0o400)
        try:
            with pytest.raises(UploadError, match="3 of 4") as caught:
                await found(folder)
        finally:
            (folder / "closed").chmod(0o700)
            (folder / "listed").chmod(0o700)
    assert {"bad", "closed", "listed/a"} == {path.rstrip("/") for path in caught.value.failures}
    assert {"Permission denied"} == set(caught.value.failures.values())


@pytest.mark.parametrize(("allow", "ignore"), [(None, "closed/"), (None, "closed"), ("good", None), (None, "c*")])
async def test_an_unreadable_folder_does_no_harm_where_nothing_in_it_is_wanted(allow: Any, ignore: Any) -> None:
    """Nor does one that is left out by its name, for nobody knows what is in it."""
    with as_nobody() as folder:
        tree(folder, "good", "closed/a")
        (folder / "closed").chmod(0)
        try:
            assert ["good"] == await found(folder, allow=allow, ignore=ignore)
        finally:
            (folder / "closed").chmod(0o700)


async def test_a_folder_that_is_unreadable_itself_is_named() -> None:
    """Whatever is wanted of it: nobody knows what is in it."""
    with as_nobody() as folder:
        folder.chmod(0)
        try:
            with pytest.raises(UploadError, match="1 of 1") as caught:
                await found(folder, allow="*.py")
        finally:
            folder.chmod(0o700)
    assert {".": "Permission denied"} == caught.value.failures


def test_a_walk_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    """However many files there are, it looks at no other one."""
    looked: list[str] = []
    for number in range(9):
        tree(tmp_path, f"{number}/a.txt")

    def is_given_up() -> bool:
        looked.append("")
        return len(looked) > 3

    assert [] == _find_files(is_given_up, tmp_path, "", None, None)
    assert len(looked) < 9


def test_a_file_that_becomes_something_else_meanwhile_is_named(tmp_path: Path) -> None:
    """A folder can be opened too, and has a size."""
    tree(tmp_path, "a.txt")
    asked: list[str] = []

    def is_given_up() -> bool:
        asked.append("")
        if len(asked) == 2:  # first for the folder, then for the file
            (tmp_path / "a.txt").unlink()
            (tmp_path / "a.txt").mkdir()
        return False

    with pytest.raises(UploadError) as caught:
        _find_files(is_given_up, tmp_path, "", None, None)
    assert {"a.txt": "not a regular file"} == caught.value.failures


@pytest.mark.parametrize("kind", ["file", "nothing"])
async def test_a_folder_has_to_be_one(tmp_path: Path, kind: str) -> None:
    """The mistake is told with what was found there."""
    if kind == "file":
        (tmp_path / "folder").write_text("x")
    with pytest.raises(UsageError, match=f"found .*{kind}"):
        await found(tmp_path / "folder")


async def test_an_empty_folder_has_nothing_to_upload(tmp_path: Path) -> None:
    """That is no error."""
    assert [] == await found(tmp_path)


async def test_one_file_can_be_given_in_four_ways(tmp_path: Path) -> None:
    """A path, its name, its bytes, or an open file, wherever that was read to."""
    path = tmp_path / "a.bin"
    path.write_bytes(BIG)
    with path.open("rb") as opened:
        opened.read(5)
        for content in (path, str(path), BIG, opened):
            file = await local_file(content, "a.bin")
            assert (len(BIG), BIG[:512]) == (file.size, file.sample)
            assert hashlib.sha256(BIG).hexdigest() == await sha256_of(file)


@pytest.mark.parametrize("content", [5, None, io.StringIO("text"), "missing", "."])
async def test_what_is_no_file_is_refused(content: Any) -> None:
    """Text files too, whose bytes are a matter of opinion."""
    with pytest.raises(UsageError, match="path_or_fileobj"):
        await local_file(content, "a.bin")


async def test_files_that_changed_are_all_named(tmp_path: Path) -> None:
    """By size, by time, and by being gone; those that did not are not."""
    tree(tmp_path, "longer", "touched", "gone", "same")
    files = await find_files(tmp_path, "", allow=None, ignore=None)
    await raise_if_changed(files)
    (tmp_path / "longer").write_text("another length")
    os.utime(tmp_path / "touched", ns=(1, 1))
    (tmp_path / "gone").unlink()
    with pytest.raises(FileChangedError) as caught:
        await raise_if_changed([*files, await local_file(b"bytes", "memory")])
    assert {"longer", "touched", "gone"} == set(caught.value.failures)


def test_a_local_file_is_a_value() -> None:
    """Two that say the same are equal."""
    one = LocalFile(path="a", source=b"x", size=1, sample=b"x")
    assert one == LocalFile(path="a", source=b"x", size=1, sample=b"x")
