"""Counting what is sent: in a block, in its tasks, and in blocks around it."""

from __future__ import annotations

import pytest
from anyio import create_task_group

from aiohfspaces._io.counting import count_sent, counting
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]


async def send() -> None:
    """Count one."""
    count_sent()


async def test_the_tasks_of_a_block_count_into_it() -> None:
    """And into no block beside it."""
    with counting() as other:
        pass
    with counting() as count:
        async with create_task_group() as group:
            group.start_soon(send)
            group.start_soon(send)
    assert (2, 0) == (count.sent, other.sent)


async def test_a_block_counts_those_within_it() -> None:
    """And itself no others."""
    with counting() as outer:
        count_sent()
        with counting() as inner:
            count_sent()
    assert (2, 1) == (outer.sent, inner.sent)


async def test_nobody_has_to_count() -> None:
    """Outside of a block nothing happens."""
    count_sent()
