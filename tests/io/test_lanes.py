from __future__ import annotations

import asyncio
import gc
import ssl
import weakref

import anyio
import anyio.lowlevel
import httpcore
import pytest
from anyio.from_thread import start_blocking_portal

from aiohfspaces import AsyncSpacesClient, HubConnectionError
from aiohfspaces._io.connecting import connector
from aiohfspaces._io.http11 import Request
from aiohfspaces._io.lanes import LaneReply, Lanes
from tests.support.scripted import (
    BOTH_LOOPS,
    ScriptedServer,
    client_of,
    hang_up,
    last,
    never,
    reply,
    serving,
    stall,
)

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]


def lanes_of(most: int = 4, idle_s: float = 30.0) -> Lanes:
    """Make lanes without TLS."""

    async def no_certificates() -> ssl.SSLContext:
        raise AssertionError("read certificates without TLS")

    return Lanes(connector(no_certificates, idle_s), most, idle_s)


def request_to(server: ScriptedServer, method: str = "GET", *, repeatable: bool = True) -> Request:
    """Make a request that does not wait long."""
    headers = [(b"Host", b"here"), (b"Content-Length", b"0")]
    origin = httpcore.URL(server.url).origin
    return Request(origin, method, b"/", headers, None, {"read": 2}, repeatable)


async def whole(answer: LaneReply) -> bytes:
    """Read a reply to its end and give the lane back."""
    try:
        return b"".join([piece async for piece in answer])
    finally:
        await answer.aclose()


async def test_a_read_reply_leaves_its_lane_to_the_next_request() -> None:
    """Requests that follow one another share a connection."""
    async with serving() as server:
        lanes = lanes_of()
        for _ in range(3):
            assert b"{}" == await whole(await lanes.send(request_to(server)))
        assert [1, 1, 1] == server.connections
        await lanes.aclose()


async def test_the_lane_used_last_is_taken_first() -> None:
    """Idle lanes are a stack, whose top is the likeliest to be alive."""
    async with serving() as server:
        lanes = lanes_of()
        first = await lanes.send(request_to(server))
        second = await lanes.send(request_to(server))
        await whole(second)
        await whole(first)
        await whole(await lanes.send(request_to(server)))
        assert [1, 2, 1] == server.connections
        await lanes.aclose()


async def test_a_reply_given_up_halfway_closes_its_lane() -> None:
    """A connection with half a reply on it serves no other request."""
    async with serving(stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")) as server:
        lanes = lanes_of()
        answer = await lanes.send(request_to(server))
        await answer.aclose()
        await server.until(lambda: 1 not in server.open)
        assert b"{}" == await whole(await lanes.send(request_to(server)))
        assert [1, 2] == server.connections
        await lanes.aclose()


async def test_closing_a_reply_twice_gives_its_lane_back_once() -> None:
    """A permit given back twice would let more requests out than allowed."""
    async with serving() as server:
        lanes = lanes_of(most=1)
        answer = await lanes.send(request_to(server))
        await whole(answer)
        await answer.aclose()
        held = await lanes.send(request_to(server))
        with anyio.move_on_after(0.02) as scope:
            await lanes.send(request_to(server))
        assert scope.cancelled_caught
        await whole(held)
        await lanes.aclose()


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    """Whatever is asked for at once, the server sees at most so many."""
    async with serving() as server, client_of(server, max_connections=3) as client:
        async with anyio.create_task_group() as group:
            for index in range(12):
                group.start_soon(client.request, "GET", f"/{index}")
        assert 12 == len(server.received)
        assert 3 >= server.most_under_way
        assert {1, 2, 3} >= set(server.connections)


async def test_idle_lanes_are_closed_after_a_while(anyio_backend: str) -> None:
    """Though nothing more is sent; and what comes then finds a connection of its own."""
    if anyio_backend != "asyncio":
        pytest.skip("only asyncio calls back")
    async with serving() as server:
        lanes = lanes_of(idle_s=0.01)
        first = await lanes.send(request_to(server))
        await whole(await lanes.send(request_to(server)))
        await whole(first)
        await server.until(lambda: not server.open)
        assert b"{}" == await whole(await lanes.send(request_to(server, repeatable=False)))
        assert [1, 2, 3] == server.connections
        await lanes.aclose()


async def test_the_timer_of_idle_lanes_holds_nobody(anyio_backend: str) -> None:
    """Lanes that are forgotten without being closed are gone, with their sockets."""
    if anyio_backend != "asyncio":
        pytest.skip("only asyncio calls back")
    async with serving() as server:
        lanes = lanes_of()
        await whole(await lanes.send(request_to(server)))
        gone = weakref.ref(lanes)
        await lanes.aclose()
        del lanes
        gc.collect()
        assert gone() is None


async def test_aclose_closes_the_idle_lanes() -> None:
    """After the client's end the server has no connection left."""
    async with serving() as server:
        lanes = lanes_of()
        first = await lanes.send(request_to(server))
        await whole(await lanes.send(request_to(server)))
        await whole(first)
        assert {1, 2} == server.open
        await lanes.aclose()
        await server.until(lambda: not server.open)


async def test_lanes_may_be_closed_by_two_at_once() -> None:
    """Neither stumbles over what the other has closed."""
    async with serving() as server:
        lanes = lanes_of()
        for answer in [await lanes.send(request_to(server)) for _ in range(3)]:
            await whole(answer)
        async with anyio.create_task_group() as group:
            group.start_soon(lanes.aclose)
            group.start_soon(lanes.aclose)
        await server.until(lambda: not server.open)


async def test_replies_may_come_back_while_lanes_are_closed() -> None:
    """And no lane is left open."""
    async with serving() as server:
        lanes = lanes_of()
        held = [await lanes.send(request_to(server)) for _ in range(4)]
        for answer in held[:2]:
            await whole(answer)
        async with anyio.create_task_group() as group:
            group.start_soon(lanes.aclose)
            for answer in held[2:]:
                group.start_soon(whole, answer)
        await server.until(lambda: not server.open)


async def test_a_reply_read_after_aclose_closes_its_lane() -> None:
    """A lane that comes back after the end is not kept for nobody."""
    async with serving() as server:
        lanes = lanes_of()
        answer = await lanes.send(request_to(server))
        await lanes.aclose()
        assert b"{}" == await whole(answer)
        await server.until(lambda: not server.open)


async def test_a_lane_that_the_server_has_closed_is_not_used() -> None:
    """A close that was noticed costs nothing, whether the request may be repeated or not."""
    async with serving(last(reply({}))) as server:
        lanes = lanes_of()
        await whole(await lanes.send(request_to(server)))
        await server.until(lambda: not server.open)
        await anyio.wait_all_tasks_blocked()
        await whole(await lanes.send(request_to(server, "POST", repeatable=False)))
        assert [1, 2] == server.connections
        await lanes.aclose()


async def test_a_repeatable_request_survives_a_close_unnoticed() -> None:
    """It goes out again at once on a new connection, at no cost to the retries."""
    async with serving(reply({}), hang_up) as server, client_of(server) as client:
        quota = client._transport.quota
        await client.request("GET", "/first")
        left = quota.left
        await client.request("GET", "/second")
        assert ["/first", "/second", "/second"] == server.targets
        assert [1, 1, 2] == server.connections
        assert left <= quota.left


async def test_a_close_unnoticed_leaves_a_post_unknown() -> None:
    """What must not be sent twice is not; nobody can say whether it took effect."""
    async with serving(reply({}), hang_up) as server, client_of(server) as client:
        await client.request("GET", "/")
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert "unknown" == caught.value.outcome
        assert ["GET", "POST"] == [request.method for request in server.received]


async def test_a_request_on_a_new_lane_is_not_repeated_here() -> None:
    """Only a lane that had been idle can have been closed unnoticed."""
    async with serving(hang_up) as server:
        lanes = lanes_of()
        with pytest.raises(httpcore.RemoteProtocolError):
            await lanes.send(request_to(server))
        assert 1 == len(server.received)


async def test_a_failed_connect_gives_its_permit_back() -> None:
    """A server that is not there does not use up the lanes."""
    async with serving() as server:
        pass
    lanes = lanes_of(most=1)
    for _ in range(3):
        with pytest.raises(httpcore.ConnectError):
            await lanes.send(request_to(server))


@pytest.mark.parametrize("waiting_for", ["head", "body", "permit"])
async def test_cancelling_leaves_nothing_behind(waiting_for: str) -> None:
    """Wherever a call is cancelled, its connection closes and the next call gets the right answer."""
    half = stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with (
        serving(half if waiting_for == "body" else never, rest=reply("right")) as server,
        client_of(server, max_connections=1) as client,
    ):
        async with anyio.create_task_group() as group:
            group.start_soon(client.request, "GET", "/")
            await server.until(lambda: len(server.received) == 1)
            if waiting_for == "permit":
                group.start_soon(client.request, "GET", "/")
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        await server.until(lambda: not server.open)
        assert "right" == await client.request("GET", "/")
        assert [1, 2] == server.connections


async def test_permits_outlive_cancelled_waiters() -> None:
    """Many calls cancelled at many moments leave one lane that works."""
    async with serving(rest=reply("right")) as server, client_of(server, max_connections=1) as client:
        for moment in range(30):
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(client.request, "GET", "/")
                for _ in range(moment):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
        assert "right" == await client.request("GET", "/")
        assert 1 == server.most_under_way


@pytest.mark.parametrize("waiting_for", ["head", "body", "permit"])
async def test_asyncios_own_cancellation_leaves_nothing_behind(waiting_for: str, anyio_backend: str) -> None:
    """``task.cancel`` comes once, and not again as anyio's does; web frameworks know no other."""
    if anyio_backend != "asyncio":
        pytest.skip("asyncio has it")
    half = stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with (
        serving(half if waiting_for == "body" else never, rest=reply("right")) as server,
        client_of(server, max_connections=1) as client,
    ):
        calls = [asyncio.ensure_future(client.request("GET", "/"))]
        await server.until(lambda: len(server.received) == 1)
        if waiting_for == "permit":
            calls.append(asyncio.ensure_future(client.request("GET", "/")))
        await anyio.wait_all_tasks_blocked()
        for call in reversed(calls):
            call.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*calls, return_exceptions=True)
        )
        await server.until(lambda: not server.open)
        assert "right" == await client.request("GET", "/")
        assert [1, 2] == server.connections


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("calls", [1, 0])
def test_one_client_serves_two_loops_in_turn(anyio_backend: str, calls: int) -> None:
    """Lanes of a loop that has ended are forgotten, so that the next one begins anew, or closes what is left."""

    async def first(client: AsyncSpacesClient) -> None:
        await client.request("GET", "/first")

    async def second(client: AsyncSpacesClient) -> None:
        async with client:
            for _ in range(calls):
                await client.request("GET", "/second")

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving()) as server:
        client = client_of(server)
        anyio.run(first, client, backend=anyio_backend)
        anyio.run(second, client, backend=anyio_backend)
        assert ["/first", "/second"][: 1 + calls] == server.targets
        assert [1, 2][: 1 + calls] == server.connections
    gc.collect()  # the first loop's connection warns here, where it is expected


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_loops_that_have_ended_are_forgotten(anyio_backend: str) -> None:
    """A client that outlives many of them would keep their sockets."""
    if anyio_backend != "asyncio":
        pytest.skip("a socket of asyncio's knows its loop")
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def call(client: AsyncSpacesClient) -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await client.request("GET", "/")

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving()) as server:
        client = client_of(server)
        for _ in range(3):
            anyio.run(call, client)
        gc.collect()
        assert [True, True] == [loop() is None for loop in loops[:2]]
    del client
    gc.collect()
