"""Files appear whole, or not at all, whatever stops their writing."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from aiohfspaces import HubConnectionError, MalformedReplyError
from aiohfspaces._io.writing import WRITE_BYTES, gathered, link, move, naming, write_text, write_whole
from aiohfspaces._plan.checksums import Checksum
from tests.support.scripted import BOTH_LOOPS

pytestmark = pytest.mark.anyio

BIG = os.urandom(2 * WRITE_BYTES + 1234)


async def pieces_of(*pieces: bytes | Exception) -> AsyncIterator[bytes]:
    """Come piece by piece, and fail where an exception stands."""
    for piece in pieces:
        await anyio.lowlevel.checkpoint()
        if isinstance(piece, Exception):
            raise piece
        yield piece


def names_in(folder: Path) -> list[str]:
    """List what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def written(target: Path, pieces: AsyncIterator[bytes], expected: int | None, sha256: str | None) -> int:
    """Write a file that is called ``x``."""
    checksum = Checksum("sha256", sha256) if sha256 else None
    return await write_whole(target, pieces, name="x", expected=expected, checksum=checksum)


async def test_a_file_appears_whole(tmp_path: Path) -> None:
    """With its folders, with nothing beside it, and with as many bytes as came."""
    target = tmp_path / "a" / "b" / "file"
    sha256 = hashlib.sha256(BIG).hexdigest()
    assert len(BIG) == await written(target, pieces_of(BIG[:5], b"", BIG[5:]), len(BIG), sha256)
    assert BIG == target.read_bytes()
    assert ["file"] == names_in(target.parent)


FAILURES: dict[str, tuple[tuple[bytes | Exception, ...], int | None, str | None, type[Exception]]] = {
    "broken off": ((b"half", HubConnectionError("gone")), None, None, HubConnectionError),
    "too short": ((b"half",), 8, None, HubConnectionError),
    "too long": ((b"half", b"and more"), 8, None, HubConnectionError),
    "another hash": ((b"half",), 4, "0" * 64, MalformedReplyError),
    "at once": ((HubConnectionError("gone"),), None, None, HubConnectionError),
}


@pytest.mark.parametrize(("pieces", "expected", "sha256", "error"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("before", [None, b"old"])
async def test_what_is_not_whole_does_not_appear(
    tmp_path: Path, pieces: Any, expected: int | None, sha256: str | None, error: type[Exception], before: bytes | None
) -> None:
    """What was there before stays, and nothing lies beside it."""
    target = tmp_path / "file"
    if before is not None:
        target.write_bytes(before)
    with pytest.raises(error):
        await written(target, pieces_of(*pieces), expected, sha256)
    assert ([] if before is None else ["file"]) == names_in(tmp_path)
    assert before == (target.read_bytes() if target.exists() else None)


@BOTH_LOOPS
@pytest.mark.parametrize("moment", range(0, 24, 2))
async def test_a_cancelled_write_leaves_nothing(tmp_path: Path, moment: int) -> None:
    """At whatever moment: while the file is opened, written, or closed."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            await anyio.lowlevel.checkpoint()
            yield bytes(WRITE_BYTES)

    async with anyio.create_task_group() as group:
        group.start_soon(lambda: written(tmp_path / "file", endless(), None, None))
        for _ in range(moment):
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    await anyio.sleep(0.01)
    assert [] == names_in(tmp_path)


async def test_a_note_is_replaced_whole(tmp_path: Path) -> None:
    """And left alone where it says so already."""
    note = tmp_path / "refs" / "main"
    await write_text(note, "one")
    before = note.stat()
    await write_text(note, "one")
    assert before.st_ino == note.stat().st_ino
    await write_text(note, "two")
    assert "two" == note.read_text()
    assert ["main"] == names_in(note.parent)


async def test_a_link_survives_moving_its_folder(tmp_path: Path) -> None:
    """It is relative, and replaces what was under its name."""
    for path in ("blobs/abc", "snapshots/one/file"):
        (tmp_path / "cache" / path).parent.mkdir(parents=True)
        (tmp_path / "cache" / path).write_text(f"cache/{path}")
    await link(tmp_path / "cache/blobs/abc", tmp_path / "cache/snapshots/one/file")
    (tmp_path / "cache").rename(tmp_path / "moved")
    assert "cache/blobs/abc" == (tmp_path / "moved/snapshots/one/file").read_text()
    assert (tmp_path / "moved/snapshots/one/file").is_symlink()


async def test_a_native_cancellation_leaves_nothing(tmp_path: Path) -> None:
    """`asyncio.Task.cancel` at any moment of a download: no file, open or closed."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield BIG[:WRITE_BYTES]
            await asyncio.sleep(0)

    for turns in range(40):
        task = asyncio.ensure_future(written(tmp_path / "f", pieces(), None, None))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await anyio.to_thread.run_sync(lambda: None)
    assert [] == list(tmp_path.iterdir())


async def test_what_came_before_a_failure_comes_before_it_does() -> None:
    """So that it is written, and need not come again."""
    runs = gathered(pieces_of(b"ab", b"c", HubConnectionError("gone")), 2)
    assert [b"ab", b"c"] == [await anext(runs), await anext(runs)]
    with pytest.raises(HubConnectionError):
        await anext(runs)


def test_an_error_of_the_disk_names_the_file(tmp_path: Path) -> None:
    """One of a full disk does not by itself; one that does is left as it is."""
    with pytest.raises(OSError, match="file") as caught, naming(tmp_path / "file"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (errno.ENOSPC, str(tmp_path / "file")) == (caught.value.errno, caught.value.filename)
    with pytest.raises(FileNotFoundError) as missing, naming(tmp_path / "file"):
        (tmp_path / "gone").stat()
    assert str(tmp_path / "gone") == missing.value.filename


def full_disk(source: object, target: Path) -> None:
    """Stand for a disk that has room for half of a file."""
    Path(target).write_bytes(b"ha")
    raise OSError(errno.ENOSPC, "No space left on device")


def no_links(link: object, way: object) -> None:
    """Stand for a file system without links."""
    raise OSError(errno.EPERM, "Operation not permitted")


async def test_a_note_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one stays, and so does what is beside it: the official client would take more for notes."""
    note, blobs = tmp_path / "refs" / "main", tmp_path / "blobs"
    await write_text(note, "one", via=blobs)
    monkeypatch.setattr(Path, "write_text", lambda path, text, encoding: full_disk(text, path))
    with pytest.raises(OSError, match="No space left") as caught:
        await write_text(note, "two", via=blobs)
    assert blobs == Path(caught.value.filename).parent
    assert ("one", ["main"], []) == (note.read_text(), names_in(note.parent), names_in(blobs))


async def test_where_links_cannot_be_made_a_copy_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its folder, whole or not at all, and nothing else appears beside it."""
    blob, target = tmp_path / "blobs" / "abc", tmp_path / "snapshots" / "one" / "file"
    blob.parent.mkdir()
    blob.write_bytes(b"hello")
    monkeypatch.setattr(Path, "symlink_to", no_links)
    with monkeypatch.context() as disk:
        disk.setattr(shutil, "copyfile", full_disk)
        with pytest.raises(OSError, match="No space left"):
            await link(blob, target)
    assert (["abc"], []) == (names_in(blob.parent), names_in(target.parent))
    await link(blob, target)
    assert (["abc"], ["file"]) == (names_in(blob.parent), names_in(target.parent))
    assert b"hello" == target.read_bytes()
    assert not target.is_symlink()


async def test_a_file_is_moved_to_another_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a copy that appears whole, or not at all."""
    source, target = tmp_path / "one" / "file", tmp_path / "other" / "file"
    source.parent.mkdir()
    source.write_bytes(b"hello")
    replace = Path.replace

    def within(path: Path, to: Path) -> Path:
        if path.parent != to.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", within)
    with monkeypatch.context() as disk:
        disk.setattr(shutil, "copyfile", full_disk)
        with pytest.raises(OSError, match="No space left"):
            await move(source, target)
    assert (["file"], []) == (names_in(source.parent), names_in(target.parent))
    await move(source, target)
    assert ([], ["file"], b"hello") == (names_in(source.parent), names_in(target.parent), target.read_bytes())
