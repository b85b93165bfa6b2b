from __future__ import annotations

from collections.abc import Iterator

import anyio
import anyio.lowlevel
import pytest

from aiohfspaces import UsageError
from aiohfspaces._io.crowd import each
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]


async def squared(number: int) -> int:
    """Square a number, later numbers sooner."""
    for _ in range(20 - number):
        await anyio.lowlevel.checkpoint()
    return number * number


@pytest.mark.parametrize("tasks", [1, 3, 50])
async def test_results_come_in_the_order_of_the_items(tasks: int) -> None:
    """Whichever is ready first."""
    assert [number * number for number in range(20)] == await each(squared, range(20), tasks=tasks)


async def test_nothing_gives_nothing() -> None:
    """No item, no task, no result."""
    assert [] == await each(squared, [], tasks=3)


@pytest.mark.parametrize("tasks", [1, 3])
async def test_so_many_run_at_once_and_no_more(tasks: int) -> None:
    """And no item is taken before a task is free for it."""
    running, most, taken = 0, 0, 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(20):
            taken += 1
            assert taken <= number - done + tasks + done
            yield number

    done = 0

    async def work(number: int) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await anyio.lowlevel.checkpoint()
        running -= 1
        done += 1
        assert taken - done <= tasks

    await each(work, items(), tasks=tasks)
    assert tasks == most


async def test_the_first_failure_is_raised_as_it_is() -> None:
    """Not in a group; what is under way is cancelled, and what waits does not begin."""
    begun: list[int] = []
    cancelled: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        if number == 2:
            raise UsageError("two")
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            cancelled.append(number)
            raise

    with pytest.raises(UsageError, match="two"):
        await each(work, range(10), tasks=3)
    assert [0, 1, 2] == sorted(begun)
    assert [0, 1] == sorted(cancelled)


async def test_items_that_fail_to_come_are_raised_as_they_are() -> None:
    """A source of items may fail as well as what is done with them."""

    def items() -> Iterator[int]:
        yield 1
        raise UsageError("no more")

    with pytest.raises(UsageError, match="no more"):
        await each(squared, items(), tasks=2)


async def test_cancelling_cancels_all() -> None:
    """No task outlives the call."""
    running = 0

    async def work(number: int) -> None:
        nonlocal running
        running += 1
        try:
            await anyio.sleep_forever()
        finally:
            running -= 1

    with anyio.move_on_after(0.02):
        await each(work, range(10), tasks=4)
    assert 0 == running
