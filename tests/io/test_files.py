from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import anyio.to_thread
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiohfspaces import FileChangedError
from aiohfspaces._io.files import (
    READ_BYTES,
    _Opening,
    git_blob_id_of,
    read_text,
    sha256_of,
    stream_parts,
    text_of,
)
from aiohfspaces._io.sources import local_file
from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.calls import Base64File, FileRange, StreamBody

pytestmark = pytest.mark.anyio

BIG = os.urandom(2 * READ_BYTES + 1234)


class Stingy(io.BytesIO):
    """A file object that gives fewer bytes than asked for, as raw ones may."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most seven bytes."""
        return super().read(min(7, size) if size is not None and size > 0 else size)


async def joined(body: StreamBody) -> bytes:
    """Stream a body and join what came."""
    return b"".join([piece async for piece in stream_parts(body)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(size=st.integers(0, 3 * READ_BYTES + 5), kind=st.sampled_from(["path", "object", "stingy"]))
def test_streaming_in_base64_equals_the_whole(tmp_path: Path, size: int, kind: str) -> None:
    """However the file is read, the pieces join as if it had been encoded at once."""
    content = (BIG * 2)[:size] if kind != "stingy" else BIG[: size % 1000]
    source: Path | BinaryIO = tmp_path / "file"
    if kind == "path":
        (tmp_path / "file").write_bytes(content)
    else:
        source = io.BytesIO(content) if kind == "object" else Stingy(content)
    part = Base64File(source, len(content))
    body = anyio.run(joined, StreamBody((b"{", part, b"}")))
    assert b"{" + base64.b64encode(content) + b"}" == body
    assert len(body) == StreamBody((b"{", part, b"}")).length


@pytest.mark.parametrize(("start", "size"), [(0, 0), (0, 10), (7, READ_BYTES), (READ_BYTES - 1, READ_BYTES + 2)])
@pytest.mark.parametrize("kind", ["path", "object"])
async def test_a_range_of_a_file_is_read(tmp_path: Path, start: int, size: int, kind: str) -> None:
    """Exactly that part, however often it is asked for."""
    (tmp_path / "file").write_bytes(BIG)
    source: Path | BinaryIO = tmp_path / "file" if kind == "path" else io.BytesIO(BIG)
    body = StreamBody((FileRange(source, start, size),))
    assert BIG[start : start + size] == await joined(body) == await joined(body)


@pytest.mark.parametrize("change", ["shorter", "gone", "closed"])
async def test_a_file_that_changes_under_way_is_told(tmp_path: Path, change: str) -> None:
    """An upload never sends other bytes than announced in silence."""
    path = tmp_path / "file"
    path.write_bytes(BIG)
    source: Path | BinaryIO = path
    match change:
        case "shorter":
            os.truncate(path, 10)
        case "gone":
            path.unlink()
        case _:
            source = io.BytesIO(BIG)
            source.close()
    with pytest.raises(FileChangedError) as caught:
        await joined(StreamBody((FileRange(source, 0, len(BIG)),)))
    assert 1 == len(caught.value.failures)


@pytest.mark.parametrize("size", [0, 1, READ_BYTES, len(BIG)])
async def test_hashes_are_those_of_the_whole(tmp_path: Path, size: int) -> None:
    """SHA-256 for the storage, git's own for the commit."""
    (tmp_path / "file").write_bytes(BIG[:size])
    file = await local_file(tmp_path / "file", "file")
    assert hashlib.sha256(BIG[:size]).hexdigest() == await sha256_of(file)
    assert hashlib.sha1(b"blob %d\0" % size + BIG[:size]).hexdigest() == await git_blob_id_of(file)


async def test_text_is_read_whatever_is_in_it(tmp_path: Path) -> None:
    """A ``.gitignore`` in another encoding does not stop an upload."""
    (tmp_path / "file").write_bytes(b"a\xffb")
    assert "a\ufffdb" == await text_of(await local_file(tmp_path / "file", "file"), 100)
    assert "a\ufffdb" == await read_text(tmp_path / "file")
    assert None is await read_text(tmp_path / "missing")
    assert None is await read_text(tmp_path)


def test_a_file_that_is_opened_too_late_is_closed_again(tmp_path: Path) -> None:
    """A thread cannot be cancelled: what it opens after nobody wants it, it closes."""
    path = tmp_path / "late"
    path.touch()
    opening = _Opening(path)
    opening.give_up()
    opening.run()
    assert [] == [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and path == fd.readlink()]


async def test_a_body_given_up_halfway_leaves_no_file_open(tmp_path: Path) -> None:
    """Closing it closes what it reads from, before it returns."""
    path = _written(tmp_path / "file", bytes(2 * READ_BYTES))
    body: Any = stream_parts(StreamBody((FileRange(path, 0, 2 * READ_BYTES),)))
    await anext(body)
    before = asyncio.all_tasks()
    await body.aclose()
    opened = [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and path == fd.readlink()]
    assert ([], before) == (opened, asyncio.all_tasks())


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


class Slow(io.BytesIO):
    """A file whose reads wait."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.begun, self.released = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        """Wait, then read."""
        self.begun.set()
        self.released.wait(10)
        return super().read(size)


async def test_a_slow_file_holds_up_no_other() -> None:
    """Each has a lock of its own."""
    slow = Slow(BIG)
    async with anyio.create_task_group() as group:
        group.start_soon(sha256_of, LocalFile(path="slow", source=slow, size=len(BIG), sample=b""))
        await anyio.to_thread.run_sync(slow.begun.wait, 5)
        with anyio.fail_after(5):
            assert hashlib.sha256(b"x").hexdigest() == await sha256_of(
                LocalFile(path="x", source=io.BytesIO(b"x"), size=1, sample=b"x")
            )
        slow.released.set()


async def test_who_gives_up_does_not_wait_for_a_slow_file() -> None:
    """Its thread ends with the read that it is at."""
    slow = Slow(BIG)
    async with anyio.create_task_group() as group:
        group.start_soon(sha256_of, LocalFile(path="slow", source=slow, size=len(BIG), sample=b""))
        await anyio.to_thread.run_sync(slow.begun.wait, 5)
        group.cancel_scope.cancel()
    assert not slow.released.is_set()
    slow.released.set()
