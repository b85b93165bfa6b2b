"""Files on disk, never touched on the event loop. The one door to aiofiles."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from itertools import takewhile
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar
from weakref import WeakKeyDictionary

import anyio.to_thread
from aiofiles.threadpool import wrap
from aiofiles.threadpool.binary import AsyncBufferedIOBase

from aiohfspaces._plan import orders
from aiohfspaces._plan.bodies import BodyPart, runs
from aiohfspaces._plan.checksums import git_blob_header
from aiohfspaces._wire.calls import Base64File, FileRange, Source, StreamBody
from aiohfspaces.errors import FileChangedError

T = TypeVar("T")

READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # which only Windows has

READ_BYTES = 384 * 1024
"""Bytes of one read: a multiple of 3, so that base64 pieces join without padding."""

HASH_BYTES = 1024 * 1024
"""Bytes of one read for hashing, which nothing on the event loop has to do with."""

HASH_RUN_BYTES = 8 * 1024 * 1024
"""Bytes that a thread hashes before it asks the event loop, which is busy sending."""


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Run what touches the disk in a worker thread."""
    return await anyio.to_thread.run_sync(function, *args)


async def in_stoppable_thread(function: Callable[..., T], *args: Any) -> T:
    """Run what may take long in a worker thread; whoever gives up does not wait for it.

    Args:
        function: Gets a function first that says whether nobody waits any more; it ends soon then.
        args: What it gets besides.
    """
    given_up = threading.Event()
    try:
        return await anyio.to_thread.run_sync(function, given_up.is_set, *args, abandon_on_cancel=True)
    finally:
        given_up.set()


async def read_text(path: Path) -> str | None:
    """Read a small text file, whatever bytes are in it; ``None`` if it is not there or cannot be read."""
    try:
        return await in_thread(path.read_text, "utf-8", "replace")
    except OSError:
        return None


async def text_of(file: orders.LocalFile, most_bytes: int) -> str:
    """Read a file as text, or its beginning if it is longer than that."""
    async with aclosing(_read(file.source, 0, min(file.size, most_bytes), file.path)) as pieces:
        content = b"".join([piece async for piece in pieces])
    return content.decode("utf-8", errors="replace")


async def stream_parts(body: StreamBody) -> AsyncGenerator[bytes, None]:
    """Read a body piece by piece, and tell how far that has come.

    Raises:
        FileChangedError: A file has changed, or cannot be read any more; it is not sent to its end.
    """
    sent, length = 0, body.length
    async with aclosing(_pieces(body)) as pieces:
        async for piece in pieces:
            yield piece
            sent += len(piece)
            if body.on_sent is not None:
                body.on_sent(sent, length)


async def _pieces(body: StreamBody) -> AsyncGenerator[bytes, None]:
    for run in runs(body.parts, READ_BYTES):
        if len(run) > 1 or isinstance(run[0], bytes):
            yield await in_thread(_joined, run)
            continue
        part = run[0]
        start, left = part.start if isinstance(part, FileRange) else 0, part.size
        async with aclosing(_read(part.source, start, part.size, part.name)) as pieces:
            async for piece in pieces:
                left -= len(piece)
                if not left:
                    await in_thread(_raise_if_newer, part)
                yield piece if isinstance(part, FileRange) else base64.b64encode(piece)


def _changed(name: str, why: str) -> FileChangedError:
    return FileChangedError("A file changed during its upload:", failures={name: why})


def _joined(parts: Sequence[BodyPart]) -> bytes:
    """Read short parts in one go: hopping to a thread for each would take longer than reading it."""
    return b"".join(part if isinstance(part, bytes) else _read_short(part) for part in parts)


def _read_short(part: FileRange | Base64File) -> bytes:
    start = part.start if isinstance(part, FileRange) else 0
    try:
        content, modified_ns = _read_at(part.source, start, part.size)
    except (OSError, ValueError) as exc:  # ValueError: it was closed
        raise _changed(part.name, str(exc)) from exc
    if len(content) < part.size:
        raise _changed(part.name, "it became shorter")
    _raise_if_another(part, modified_ns)
    return content if isinstance(part, FileRange) else base64.b64encode(content)


def _raise_if_newer(part: FileRange | Base64File) -> None:
    if not isinstance(part.source, str | Path):
        return
    try:
        modified_ns = Path(part.source).stat().st_mtime_ns
    except OSError as exc:
        raise _changed(part.name, str(exc)) from exc
    _raise_if_another(part, modified_ns)


def _raise_if_another(part: FileRange | Base64File, modified_ns: int | None) -> None:
    if part.modified_ns is not None and modified_ns != part.modified_ns:
        raise _changed(part.name, "its time of change is another")


def _read_at(source: Source, start: int, size: int) -> tuple[bytes, int | None]:
    """Read some bytes, and tell the time of change that a named file has after that."""
    if isinstance(source, bytes):
        return source[start : start + size], None
    if not isinstance(source, str | Path):
        return _read_object_at(source, start, size), None
    descriptor = os.open(source, READ_ONLY)  # of many small files: a file object takes three times as long
    try:
        os.lseek(descriptor, start, os.SEEK_SET)
        content = os.read(descriptor, size)
        while len(content) < size and (more := os.read(descriptor, size - len(content))):
            content += more
        return content, os.fstat(descriptor).st_mtime_ns
    finally:
        os.close(descriptor)


async def sha256_of(file: orders.LocalFile) -> str:
    """Hash a file, or bytes in memory."""
    return await _digest(file, hashlib.sha256())


async def git_blob_id_of(file: orders.LocalFile) -> str:
    """Compute the id that git gives to a file's content."""
    return await _digest(file, hashlib.sha1(git_blob_header(file.size), usedforsecurity=False))


async def _digest(file: orders.LocalFile, digest: hashlib._Hash) -> str:
    if file.size <= HASH_BYTES:
        digest.update(await in_thread(_read_short, FileRange(file.source, 0, file.size, file.path)))
        return digest.hexdigest()
    for start in range(0, file.size, HASH_RUN_BYTES):
        part = FileRange(file.source, start, min(HASH_RUN_BYTES, file.size - start), file.path)
        await in_stoppable_thread(_digest_run, part, digest)
    return digest.hexdigest()


def _digest_run(is_given_up: Callable[[], bool], part: FileRange, digest: hashlib._Hash) -> None:
    """Hash a part of a file, read into one buffer again and again."""
    if not isinstance(part.source, str | Path):
        starts = range(part.start, part.start + part.size, HASH_BYTES)
        for at in takewhile(lambda _: not is_given_up(), starts):
            size = min(HASH_BYTES, part.start + part.size - at)
            digest.update(_read_short(FileRange(part.source, at, size, part.name)))
        return
    buffer, left = memoryview(bytearray(HASH_BYTES)), part.size
    try:
        with Path(part.source).open("rb", buffering=0) as file:
            file.seek(part.start)
            while left and not is_given_up() and (count := file.readinto(buffer[:left])):
                digest.update(buffer[:count])
                left -= count
    except OSError as exc:
        raise _changed(part.name, str(exc)) from exc
    if left:
        raise _changed(part.name, "it became shorter")


async def _read(source: Source, start: int, size: int, name: str) -> AsyncGenerator[bytes, None]:
    """Read `size` bytes in pieces, the last one shorter; errors call it by `name`."""
    if isinstance(source, bytes):
        for at in range(start, start + size, READ_BYTES):
            yield source[at : min(at + READ_BYTES, start + size)]
        return
    read = _read_path(source, start, size) if isinstance(source, str | Path) else _read_object(source, start, size)
    try:
        async with aclosing(read) as pieces:
            async for piece in pieces:
                size -= len(piece)
                yield piece
    except (OSError, ValueError) as exc:  # ValueError: it was closed
        raise _changed(name, str(exc)) from exc
    if size > 0:
        raise _changed(name, "it became shorter")


async def _read_path(source: str | Path, start: int, size: int) -> AsyncGenerator[bytes, None]:
    async with _opened(source) as file:
        await file.seek(start)
        while size > 0 and (piece := await file.read(min(READ_BYTES, size))):
            size -= len(piece)
            yield piece


@asynccontextmanager
async def _opened(path: str | Path) -> AsyncIterator[AsyncBufferedIOBase]:
    """Open a file to read and close it, whatever cancels it meanwhile.

    `asyncio.Task.cancel` does not wait for a thread, not even under anyio's shield, so the thread
    that opens the file is itself asked whether anybody still wants it.
    """
    opening = _Opening(path)
    try:
        await in_thread(opening.run)
        file = wrap(opening.file)
        yield file
        await file.close()
    finally:
        opening.give_up()


class _Opening:
    """A file that is opened in a thread, which closes it again if nobody wants it any more."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._given_up = False
        self._files: list[IO[bytes]] = []

    @property
    def file(self) -> IO[bytes]:
        """The file, once `run` has come to its end."""
        return self._files[0]

    def run(self) -> None:
        """Open the file. Raises OSError."""
        file = Path(self._path).open("rb")  # noqa: SIM115  # `give_up` closes it
        with self._lock:
            if not self._given_up:
                self._files.append(file)
                return
        file.close()

    def give_up(self) -> None:
        """Close the file, now or when it will have been opened; a closed one stays so."""
        with self._lock:
            self._given_up = True
        for file in self._files:
            file.close()


async def _read_object(source: BinaryIO, start: int, size: int) -> AsyncGenerator[bytes, None]:
    while size > 0 and (piece := await in_thread(_read_object_at, source, start, min(READ_BYTES, size))):
        start, size = start + len(piece), size - len(piece)
        yield piece


_LOCKS: WeakKeyDictionary[BinaryIO, threading.Lock] = WeakKeyDictionary()
"""Held while a file object is sought and read: it may be given for several paths, and has one position."""

_OTHERS = threading.Lock()
"""For those that cannot be remembered, and for a look into the memory of the others."""


def _lock_of(source: BinaryIO) -> threading.Lock:
    try:
        with _OTHERS:
            return _LOCKS.setdefault(source, threading.Lock())
    except TypeError:  # it cannot be hashed, or referred to weakly
        return _OTHERS


def _read_object_at(source: BinaryIO, start: int, size: int) -> bytes:
    with _lock_of(source):
        source.seek(start)
        return _read_whole(source, size)


def _read_whole(source: BinaryIO, size: int) -> bytes:
    """Read so many bytes, or up to the end; a raw file may give fewer at a time, which would break base64."""
    piece = bytearray()
    while len(piece) < size and (more := source.read(size - len(piece))):
        piece += more
    return bytes(piece)


async def exists(path: Path) -> bool:
    """Tell whether a path leads to something."""
    return await in_thread(path.exists)


async def any_below(folder: Path, pattern: str) -> bool:
    """Tell whether anything below a folder has such a name."""
    return await in_thread(lambda: any(True for _ in folder.rglob(pattern)))


async def first_of(*paths: Path) -> Path | None:
    """Give the first path that leads to something; ``None`` if none does."""
    return await in_thread(lambda: next((path for path in paths if path.exists()), None))


async def size_of(path: Path) -> int:
    """Tell how many bytes a file has."""
    return (await in_thread(path.stat)).st_size


async def unchanged_since(path: Path, epoch_s: float) -> bool:
    """Tell whether a file is there and was not written to later, the second's grace of a coarse clock aside."""
    return await in_thread(_unchanged_since, path, epoch_s)


def _unchanged_since(path: Path, epoch_s: float) -> bool:
    try:
        return path.stat().st_mtime - 1 <= epoch_s
    except OSError:
        return False
