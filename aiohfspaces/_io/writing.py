"""Writing files on disk so that a reader sees them whole, or not at all; never on the event loop.

Each trip to a thread opens what it writes to and closes it again. So nothing is left open, and nothing is written to a
descriptor that has become another file's, whenever the task is cancelled: a thread does not end with it.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

from anyio import CancelScope

from aiohfspaces._io.files import in_thread
from aiohfspaces._plan.checksums import Checksum
from aiohfspaces.errors import HubConnectionError, MalformedReplyError, SpacesError

WRITE_BYTES = 1024 * 1024
"""Bytes that are gathered before a thread writes them: each of as many connections holds so much in memory."""


async def write_whole(
    target: Path, pieces: AsyncIterable[bytes], *, name: str, expected: int | None, checksum: Checksum | None
) -> int:
    """Write a file that appears under its name only when it is whole.

    Args:
        target: Its final name; a temporary one stands beside it meanwhile.
        pieces: Its content.
        name: What errors call it.
        expected: How many bytes have to come; ``None`` for any number.
        checksum: What they have to hash to; ``None`` for anything.

    Returns:
        The bytes written.

    Raises:
        HubConnectionError: They are not so many.
        MalformedReplyError: They hash to something else.
        OSError: The disk refused.
    """
    writing, coming, last = _Writing(target, name, checksum), 0, b""
    try:
        async with aclosing(gathered(pieces)) as runs:
            async for run in runs:
                if last:
                    await in_thread(writing.append, last)
                coming, last = coming + len(run), run
                if expected is not None and coming > expected:
                    break
        if expected is not None and coming != expected:
            raise HubConnectionError(f"{name}: {coming} bytes came instead of {expected}", outcome="not done")
        await in_thread(writing.finish, last)
    except BaseException:
        with CancelScope(shield=True):
            await in_thread(writing.give_up)
        raise
    return coming


class _Writing:
    """A file under a temporary name; its methods run in threads."""

    def __init__(self, target: Path, name: str, checksum: Checksum | None) -> None:
        self._target = target
        self._temporary = temporary_name(target)
        self._name = name
        self._checksum = checksum
        self._digest = checksum.begun() if checksum else None
        self._lock = threading.Lock()
        self._is_given_up = False

    def append(self, data: bytes) -> None:
        """Write more bytes. Raises OSError."""
        with self._lock, naming(self._temporary):
            self._append(data)

    def finish(self, data: bytes) -> None:
        """Write the last bytes and let the file appear.

        Raises:
            MalformedReplyError: Its bytes hash to something else.
            OSError: The disk refused.
        """
        with self._lock, naming(self._temporary):
            self._append(data)
            if self._checksum and self._digest and self._digest.hexdigest() != self._checksum.expected:
                raise other_bytes(self._name, self._checksum)
            if not self._is_given_up:
                self._temporary.replace(self._target)

    def give_up(self) -> None:
        """Leave nothing but a finished file."""
        with self._lock:
            self._is_given_up = True
            self._temporary.unlink(missing_ok=True)

    def _append(self, data: bytes) -> None:
        if self._is_given_up:
            return
        try:
            file = self._temporary.open("ab", buffering=0)
        except FileNotFoundError:
            self._temporary.parent.mkdir(parents=True, exist_ok=True)
            file = self._temporary.open("ab", buffering=0)
        with file:
            write_all(file.fileno(), data)
        if self._digest:
            self._digest.update(data)


def other_bytes(name: str, checksum: Checksum | None) -> MalformedReplyError:
    """Say that a file's bytes hash to something else."""
    field = checksum.name if checksum else "body"
    return MalformedReplyError(f"{name}: the bytes that came are not those that the Hub announced", field=field)


def temporary_name(target: Path) -> Path:
    """Name what becomes a file as nobody else does, in the form that the official client prunes."""
    return target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.incomplete")


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all bytes; one call may take fewer, e.g. where the disk is full after them."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the disk say which file it is about: one of a full disk does not."""
    try:
        yield
    except OSError as exc:
        if exc.filename is None:
            exc.filename = str(path)
        raise


async def gathered(pieces: AsyncIterable[bytes], size: int = WRITE_BYTES) -> AsyncGenerator[bytes, None]:
    """Join small pieces, so that each trip to a thread carries about `size` bytes.

    What came before a connection broke comes before the error does.
    """
    waiting: list[bytes] = []  # joined once: a bytearray that grows is copied again and again
    length, failure = 0, None
    try:
        async for piece in pieces:
            waiting.append(piece)
            length += len(piece)
            if length >= size:
                run, waiting, length = b"".join(waiting), [], 0
                yield run
    except SpacesError as exc:
        failure = exc
    if length:
        yield b"".join(waiting)
    if failure is not None:
        raise failure


async def make_folder(path: Path) -> None:
    """Make a folder, and those above it, unless it is there."""
    await in_thread(lambda: path.mkdir(parents=True, exist_ok=True))


async def move(source: Path, target: Path) -> None:
    """Move a file to its place, over what is there; to another file system it is copied first."""
    await in_thread(_move, source, target)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError as exc:
        if exc.errno != errno.EXDEV:
            raise
        with _becoming(target, temporary_name(target)) as temporary:
            shutil.copyfile(source, temporary)
        source.unlink()


async def write_text(path: Path, text: str, *, via: Path | None = None) -> None:
    """Write a small file so that a reader sees the old text or the new, unless it says so already.

    Args:
        path: Its name.
        text: What it says.
        via: The folder in which it is written first; ``None`` for its own, where somebody may look meanwhile.

    Raises:
        OSError: The disk refused.
    """
    await in_thread(_write_text, path, text, via or path.parent)


def _write_text(path: Path, text: str, via: Path) -> None:
    with suppress(OSError):
        if path.read_text(encoding="utf-8") == text:
            return
    for folder in (path.parent, via):
        folder.mkdir(parents=True, exist_ok=True)
    with _becoming(path, temporary_name(via / "note")) as temporary:
        temporary.write_text(text, encoding="utf-8")


async def link(source: Path, target: Path) -> None:
    """Point at a file, by a path that survives moving the folder both are in; copy where links cannot be made.

    What has not its name yet stands beside the source: the official client takes all in a snapshot for files of it.
    """
    await in_thread(_link, source, target)


def _link(source: Path, target: Path) -> None:
    way = os.path.relpath(source, target.parent)
    with suppress(OSError):  # there is no such folder yet, something is there, or links cannot be made
        target.symlink_to(way)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with _becoming(target, temporary_name(source)) as temporary:
        try:
            temporary.symlink_to(way)
        except OSError:
            shutil.copyfile(source, temporary)


@contextmanager
def _becoming(target: Path, temporary: Path) -> Iterator[Path]:
    """Let what the block makes appear under its name; nothing is left where it fails."""
    try:
        with naming(temporary):
            yield temporary
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
