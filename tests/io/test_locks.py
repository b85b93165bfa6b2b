"""Locks are taken in turn, with the library that the official client locks with, and waiting for one blocks nobody."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import anyio
import anyio.to_thread
import filelock
import pytest

from aiohfspaces._io.locks import _Lock, holding
from tests.support.scripted import BOTH_LOOPS

pytestmark = pytest.mark.anyio


def open_files(path: Path) -> list[Path]:
    """List this process' descriptors of a file."""
    return [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and fd.readlink() == path]


@BOTH_LOOPS
async def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """Each in turn, however many want it."""
    path, inside, most = tmp_path / ".locks" / "a" / "x.lock", 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with holding(path):
            inside += 1
            most = max(most, inside)
            await anyio.lowlevel.checkpoint()
            inside -= 1

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(work)
    assert (0, 1, []) == (inside, most, open_files(path))
    assert 0o664 == stat.S_IMODE(path.stat().st_mode)


async def test_the_official_clients_lock_is_the_same(tmp_path: Path) -> None:
    """What filelock holds is waited for, and what is held here filelock waits for."""
    path, got = tmp_path / "x.lock", anyio.Event()
    theirs = filelock.FileLock(path, thread_local=False)

    async def work() -> None:
        async with holding(path):
            got.set()
            with pytest.raises(filelock.Timeout):
                await anyio.to_thread.run_sync(lambda: theirs.acquire(blocking=False))

    await anyio.to_thread.run_sync(theirs.acquire)
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await anyio.wait_all_tasks_blocked()
        assert not got.is_set()
        await anyio.to_thread.run_sync(theirs.release)
    assert got.is_set()
    await anyio.to_thread.run_sync(lambda: theirs.acquire(blocking=False))
    await anyio.to_thread.run_sync(theirs.release)


@BOTH_LOOPS
@pytest.mark.parametrize("turns", range(6))
async def test_waiting_is_given_up_at_any_moment(tmp_path: Path, turns: int) -> None:
    """And nothing of the wait is left."""
    path = tmp_path / "x.lock"
    async with holding(path):
        with anyio.move_on_after(10) as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(_hold, path)
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
                scope.cancel()
        assert 1 == len(open_files(path))
    assert [] == open_files(path)
    async with holding(path):
        pass


async def _hold(path: Path) -> None:
    async with holding(path):
        raise AssertionError("somebody else holds it")


async def test_a_native_cancellation_leaves_no_lock(tmp_path: Path) -> None:
    """`asyncio.Task.cancel` while a thread takes it: the thread lets go of it again."""
    path = tmp_path / "x.lock"
    for turns in range(12):
        task = asyncio.ensure_future(_pass(path))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with holding(path):
        pass
    assert [] == open_files(path)


async def _pass(path: Path) -> None:
    async with holding(path):
        await asyncio.sleep(0)


def test_a_lock_taken_too_late_is_let_go(tmp_path: Path) -> None:
    """A thread cannot be cancelled: it finds that nobody wants the lock any more."""
    lock = _Lock(tmp_path / "x.lock")
    lock.give_up()
    assert lock.take()
    assert [] == open_files(tmp_path / "x.lock")


def test_a_removed_file_guards_nothing(tmp_path: Path) -> None:
    """Whoever locks it while another is made in its place has to try again."""
    lock, path = _Lock(tmp_path / "x.lock"), tmp_path / "x.lock"
    assert lock.take()
    path.unlink()
    other = _Lock(path)
    assert other.take()
    lock.give_up()
    other.give_up()
    assert [] == open_files(path)


async def test_where_no_lock_can_be_had_the_work_goes_on(tmp_path: Path) -> None:
    """A lock saves a second transfer, no more."""
    (tmp_path / "file").touch()
    async with holding(tmp_path / "file" / "x.lock"):
        pass
    (tmp_path / "x.lock").mkdir()
    async with holding(tmp_path / "x.lock"):
        pass


async def test_a_process_that_was_forked_meanwhile_keeps_no_lock(tmp_path: Path) -> None:
    """Its copy of the descriptor stays open, here by a duplicate, which shares the lock as a child's would."""
    path = tmp_path / "x.lock"
    async with holding(path):
        copy = os.dup(int(open_files(path)[0].name))
    try:
        with anyio.fail_after(5):
            async with holding(path):
                pass
    finally:
        os.close(copy)
