"""Many waits at once, over sockets, on a clock that jumps ahead wherever everybody waits."""

from __future__ import annotations

import anyio
import trio
import trio.testing

from aiohfspaces._api.waiting import MOST_LOOKS
from tests.support.scripted import Exchange, client_of, reply, serving

LANDED = reply({"stage": "RUNNING", "hardware": {"current": "t4-small", "requested": "t4-small"}})


async def slow(exchange: Exchange) -> bool:
    """Answer after a second."""
    await anyio.sleep(1)
    return await LANDED(exchange)


def test_looks_take_turns() -> None:
    """However many waits there are, a few looks are under way at once, so that the loop stays free."""

    async def test() -> None:
        async with serving(rest=slow) as hub, client_of(hub) as client, anyio.create_task_group() as group:
            sibling = client.with_options(timeout=60)
            for number in range(2 * MOST_LOOKS):
                group.start_soon(client.wait_for_hardware, f"me/app{number}", "t4-small")
                group.start_soon(sibling.wait_for_hardware, f"me/sib{number}", "t4-small")
        assert 4 * MOST_LOOKS == len(hub.received)
        assert MOST_LOOKS == hub.most_under_way

    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0.05))
