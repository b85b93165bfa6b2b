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


def test_an_account_whose_calls_are_spent_holds_up_no_other() -> None:
    """Its looks wait for the window to turn; those of a sibling with another token go on meanwhile."""

    async def test() -> None:
        spent = reply({}, headers={"RateLimit": '"api";r=0;t=300'})
        async with serving(spent, rest=LANDED) as hub, client_of(hub, timeout=600) as client:
            await client.request("GET", "/api/x")
            other = client.with_options(token="hf_another")
            async with anyio.create_task_group() as group:
                for number in range(2 * MOST_LOOKS):
                    group.start_soon(client.wait_for_hardware, f"me/app{number}", "t4-small")
                await anyio.wait_all_tasks_blocked()
                with anyio.fail_after(10):
                    await other.wait_for_hardware("her/app", "t4-small")
                group.cancel_scope.cancel()

    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0.05))


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
