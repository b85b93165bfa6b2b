"""Taking turns with other processes, the official client's among them, at what each would fetch alone.

A lock is a file that its holder has locked with ``flock``, on Windows its first byte. It saves a second transfer, and
no more: what is written stays right without it, since nothing appears under its name before it is whole. So where
no lock can be had, on some file systems or in a folder of another user's, the work goes on without.

Source: filelock 4.2.11, ``UnixFileLock`` and ``WindowsFileLock``, which huggingface_hub 2.4.0 locks with.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from anyio import sleep

from aiohfspaces._io.files import in_thread

FIRST_WAIT_S = 0.01
LONGEST_WAIT_S = 0.25

_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK})
_FOR_THE_GROUP = 0o664  # so that users who share a cache wait for one another


@asynccontextmanager
async def holding(path: Path) -> AsyncIterator[None]:
    """Hold a lock; waiting for it may be cancelled at any moment."""
    lock, wait_s = _Lock(path), FIRST_WAIT_S
    try:
        while not await in_thread(lock.take):
            await sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        yield
    finally:
        lock.give_up()


class _Lock:
    """A lock that may be given up while a thread is taking it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()  # held for no longer than it takes to hand over, or to close
        self._is_given_up = False
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock if it is free, in a thread; tell whether there is nothing to wait for any more."""
        try:
            descriptor = _opened(self._path)
        except OSError:
            return True
        try:
            _lock(descriptor)
            is_locked = _leads_to(self._path, descriptor)  # else somebody has removed it, and it guards nothing
        except OSError as exc:
            os.close(descriptor)
            return exc.errno not in _HELD
        with self._turn:
            if is_locked and not self._is_given_up:
                self._descriptor = descriptor
                return True
        _let_go(descriptor)
        return self._is_given_up

    def give_up(self) -> None:
        """Let the others have it: at once, since a task that is cancelled again gets to no thread any more."""
        with self._turn:
            self._is_given_up = True
            if self._descriptor is not None:
                _let_go(self._descriptor)
                self._descriptor = None


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FOR_THE_GROUP)
    except FileExistsError:
        return os.open(path, os.O_RDWR)
    if sys.platform != "win32":
        with suppress(OSError):
            os.fchmod(descriptor, _FOR_THE_GROUP)
    return descriptor


def _let_go(descriptor: int) -> None:
    """Unlock and close: to close is not enough where a process has been forked meanwhile, which has it open as well."""
    with suppress(OSError):
        _unlock(descriptor)
    os.close(descriptor)


def _leads_to(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
