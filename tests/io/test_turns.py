"""Turns: one writer of the process at a branch, in order, whichever event loop it belongs to."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
import pytest

from aiohfspaces._io.turns import Turns, _begin_anew, turns_at
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]


async def writes(turns: Turns, name: str, told: list[str], work: Callable[[], Awaitable[object]]) -> None:
    """Note when the turn begins and when it ends."""
    async with turns.taken():
        told.append(name)
        await work()
        told.append(f"{name} ends")


async def until_standing(turns: Turns, count: int) -> None:
    """Let tasks run until so many stand in the line, the one that has the turn among them."""
    with anyio.fail_after(5):
        while len(turns._line) < count:
            await anyio.lowlevel.checkpoint()


def in_another_loop(function: Callable[[], Awaitable[object]], backend: str) -> threading.Thread:
    """Run a function in an event loop and a thread of its own."""
    thread = threading.Thread(target=lambda: anyio.run(function, backend=backend), daemon=True)
    thread.start()
    return thread


async def test_writers_come_in_order_and_one_at_a_time() -> None:
    """Whoever came first commits first."""
    turns, told = Turns(), list[str]()
    async with anyio.create_task_group() as group, turns.taken():
        for number in range(3):
            group.start_soon(writes, turns, str(number), told, anyio.lowlevel.checkpoint)
            await until_standing(turns, number + 2)
    assert ["0", "0 ends", "1", "1 ends", "2", "2 ends"] == told


@pytest.mark.parametrize("other", ["asyncio", "trio"])
async def test_writers_of_two_event_loops_take_turns(other: str) -> None:
    """The one waits without blocking its own loop, and is called from the other thread."""
    turns, told = Turns(), list[str]()
    async with turns.taken():
        thread = in_another_loop(lambda: writes(turns, "there", told, anyio.lowlevel.checkpoint), other)
        await until_standing(turns, 2)
        told.append("here ends")
    await anyio.to_thread.run_sync(thread.join)
    assert ["here ends", "there", "there ends"] == told


@pytest.mark.parametrize("other", ["asyncio", "trio"])
async def test_nobody_is_passed_over_in_a_crowd_of_threads(other: str) -> None:
    """Four loops of ten writers each: every one has its turn, and never two at once."""
    turns, told = Turns(), list[str]()

    async def many() -> None:
        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(writes, turns, str(number), told, anyio.lowlevel.checkpoint)

    for thread in [in_another_loop(many, other) for _ in range(4)]:
        await anyio.to_thread.run_sync(thread.join)
    assert 80 == len(told)
    assert [f"{name} ends" for name in told[::2]] == told[1::2]


async def test_cancelled_while_it_waits_it_leaves_the_line() -> None:
    """Who stands behind it is not kept waiting."""
    turns, told = Turns(), list[str]()
    async with anyio.create_task_group() as group, turns.taken():
        scope = anyio.CancelScope()
        group.start_soon(cancelled_in, scope, turns, told)
        await until_standing(turns, 2)
        group.start_soon(writes, turns, "last", told, anyio.lowlevel.checkpoint)
        await until_standing(turns, 3)
        scope.cancel()
        await anyio.wait_all_tasks_blocked()
        assert [] == told
    assert ["last", "last ends"] == told


async def test_cancelled_when_its_turn_has_just_come_it_passes_it_on() -> None:
    """It was called already, and has not run since."""
    turns, told = Turns(), list[str]()
    scope = anyio.CancelScope()
    async with anyio.create_task_group() as group:
        async with turns.taken():
            group.start_soon(cancelled_in, scope, turns, told)
            await until_standing(turns, 2)
            group.start_soon(writes, turns, "last", told, anyio.lowlevel.checkpoint)
            await until_standing(turns, 3)
        scope.cancel()
    assert ["last", "last ends"] == told


async def cancelled_in(scope: anyio.CancelScope, turns: Turns, told: list[str]) -> None:
    """Want a turn inside a scope."""
    with scope:
        await writes(turns, "cancelled", told, anyio.lowlevel.checkpoint)


async def test_an_error_ends_the_turn() -> None:
    """And is raised."""
    turns = Turns()

    async def fail() -> None:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await writes(turns, "first", [], fail)
    with anyio.fail_after(5):
        await writes(turns, "second", [], anyio.lowlevel.checkpoint)


def abandoned(turns: Turns, count: int) -> asyncio.Task[None]:
    """Make a writer wait in a loop that is closed then, though the writer was not cancelled."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(writes(turns, "abandoned", [], anyio.sleep_forever))
    while len(turns._line) < count:
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    return task


@pytest.mark.parametrize("had_turn", [False, True])
async def test_a_writer_whose_loop_has_ended_holds_nobody_up(*, had_turn: bool) -> None:
    """Whether it waited for its turn or had it: the next one finds that it cannot be called."""
    turns, told = Turns(), list[str]()
    if had_turn:
        kept = await anyio.to_thread.run_sync(abandoned, turns, 1)
    else:
        async with turns.taken():
            kept = await anyio.to_thread.run_sync(abandoned, turns, 2)
    with anyio.fail_after(5):
        await writes(turns, "next", told, anyio.lowlevel.checkpoint)
    assert (False, ["next", "next ends"]) == (kept.done(), told)
    del kept
    gc.collect()


async def test_a_branch_is_forgotten_with_its_last_writer() -> None:
    """Nothing of it is left in the process."""
    place = ("https://hub.test/spaces/me/app", "main")
    turns = turns_at(place)
    turns.head = "c1"
    assert turns is turns_at(place)
    assert turns is not turns_at((place[0], "other"))
    del turns
    gc.collect()
    assert turns_at(place).head is None


async def test_a_turn_that_never_ends_holds_up_nobody_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that commit at once meet as conflicts, which is not as bad as waiting."""
    monkeypatch.setattr("aiohfspaces._io.turns.LONGEST_TURN_S", 0)
    turns, told = Turns(), list[str]()
    async with turns.taken():
        await writes(turns, "other", told, anyio.lowlevel.checkpoint)
    assert ["other", "other ends"] == told


async def test_a_forked_process_begins_anew() -> None:
    """Whoever has the turn in the process before is not there to end it."""
    place = ("https://hub.test/me/app", "main")
    before = turns_at(place)
    async with before.taken():
        _begin_anew()
        with anyio.fail_after(5):
            async with turns_at(place).taken():
                assert before is not turns_at(place)
