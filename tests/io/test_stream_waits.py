"""The time that streams take, on a clock that jumps ahead wherever everybody waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise

import anyio
import pytest
import trio
import trio.testing
from anyio import current_time

from aiohfspaces import HubConnectionError, HubTimeoutError, RateBudgetError, RetryPolicy
from tests.support.events import OPEN, cut, event, whole
from tests.support.scripted import STOPS_READING, Exchange, Step, client_of, never, reply, serving, stall

pytestmark = STOPS_READING


def in_no_time(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test whose waits are over at once, and are seen to have been as long as they were."""
    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0.05))


def test_the_waits_before_opening_a_stream_again_double_to_ten_seconds() -> None:
    """They begin with one."""

    async def test() -> None:
        asked: list[float] = []

        async def noted(exchange: Exchange) -> bool:
            asked.append(current_time())
            return False

        async with serving(rest=noted) as hub, client_of(hub) as client:
            with pytest.raises(HubConnectionError):
                await anext(client.fetch_space_logs("me/app", follow=True))
        waits = [round(later - earlier) for earlier, later in pairwise(asked)]
        assert [1, 2, 4, 8, 10] == waits

    in_no_time(test)


def test_the_hub_may_ask_for_another_wait() -> None:
    """Which is waited."""

    async def test() -> None:
        busy = reply({"error": "too many"}, 429, {"Retry-After": "77"})
        async with serving(busy, whole(event("a"))) as hub, client_of(hub) as client:
            began = current_time()
            assert "a\n" == await anext(client.fetch_space_logs("me/app", follow=True))
            assert 77 == round(current_time() - began)

    in_no_time(test)


def test_a_stream_that_cannot_get_its_turn_in_time_says_so() -> None:
    """It is not sent, as any other call; one that is followed is asked for when there is a turn again."""

    async def test() -> None:
        spent = reply({}, headers={"RateLimit": '"api";r=0;t=300'})
        async with serving(spent) as hub, client_of(hub, timeout=5) as client:
            await client.request("GET", "/api/x")
            with anyio.fail_after(1), pytest.raises(RateBudgetError):
                await anext(client.fetch_space_logs("me/app"))
            with anyio.move_on_after(60) as scope:
                await anext(client.fetch_space_logs("me/app", follow=True))
            assert (True, 1) == (scope.cancelled_caught, len(hub.received))

    in_no_time(test)


def every(seconds: float, sent: bytes, *, times: int) -> Step:
    """Send the same again and again, on a stream that then stalls."""

    async def step(exchange: Exchange) -> bool:
        await exchange.stream.send(OPEN)
        for _ in range(times):
            await anyio.sleep(seconds)
            await exchange.stream.send(sent)
        return await never(exchange)

    return step


def test_following_outlives_the_time_of_a_call() -> None:
    """Lines may come an hour apart, as long as something comes every two minutes."""

    async def test() -> None:
        kept_alive = every(100, b": keep-alive\n\n", times=36)
        async with serving(kept_alive, whole(event("a"))) as hub, client_of(hub, timeout=5) as client:
            began = current_time()
            assert "a\n" == await anext(client.fetch_space_logs("me/app", follow=True))
            assert 3600 + 120 + 1 == round(current_time() - began)
            assert 2 == len(hub.received)

    in_no_time(test)


def test_silence_is_a_failure_of_what_is_followed() -> None:
    """After two minutes, and in the end it is an error."""

    async def test() -> None:
        async with serving(rest=stall(OPEN)) as hub, client_of(hub) as client:
            began = current_time()
            with pytest.raises(HubTimeoutError, match="nothing came for 120 s"):
                await anext(client.fetch_space_logs("me/app", follow=True))
            assert 6 * 120 + 1 + 2 + 4 + 8 + 10 == round(current_time() - began)

    in_no_time(test)


@pytest.mark.parametrize("sent", [b"data:\n\n", b": keep-alive\n\n", b""])
def test_silence_is_the_end_of_what_is_not_followed(sent: bytes) -> None:
    """Five seconds after the last line; keep-alives are none."""

    async def test() -> None:
        async with serving(stall(OPEN + event("a")), every(2, sent, times=100)) as hub, client_of(hub) as client:
            for expected in (["a\n"], []):
                began = current_time()
                assert expected == [line async for line in client.fetch_space_logs("me/app")]
                assert 5 == round(current_time() - began)

    in_no_time(test)


def test_what_is_not_followed_ends_with_what_was_there() -> None:
    """A line that was printed after the reply began ends it at once, for an app that never is silent."""

    async def test() -> None:
        head = OPEN.replace(b"\r\n\r\n", b"\r\nDate: Thu, 01 Jan 2026 00:00:10 GMT\r\n\r\n")
        async with serving(stall(head + event("a", 11) + event("b", 12))) as hub, client_of(hub) as client:
            began = current_time()
            assert ["a\n"] == [line async for line in client.fetch_space_logs("me/app")]
            assert 0 == round(current_time() - began)

    in_no_time(test)


@pytest.mark.parametrize("follow", [True, False])
def test_opening_a_stream_has_the_time_of_a_call(follow: bool) -> None:
    """Whatever comes after."""

    async def test() -> None:
        once = RetryPolicy(attempts=1)
        async with serving(rest=never) as hub, client_of(hub, timeout=7, retry=once) as client:
            began = current_time()
            with pytest.raises(HubTimeoutError):
                await anext(client.fetch_space_logs("me/app", follow=follow))
            assert (6 * 7 + 25 if follow else 7) == round(current_time() - began)

    in_no_time(test)


@pytest.mark.parametrize("follow", [True, False])
def test_a_stream_that_finds_no_free_connection_says_so(follow: bool) -> None:
    """Once, after the time of a call: the streams that hold them may go on for ever."""

    async def test() -> None:
        async with (
            serving(rest=stall(OPEN + event("a"))) as hub,
            client_of(hub, timeout=7, max_connections=2) as client,
        ):
            streams = [client.fetch_space_logs("me/app", follow=True) for _ in range(2)]
            for stream in streams:
                await anext(stream)
            began = current_time()
            with pytest.raises(HubTimeoutError, match=r"no connection was free.* hold all 2 \(max_connections\)"):
                await anext(client.fetch_space_logs("me/app", follow=follow))
            assert 7 == round(current_time() - began)
            with pytest.raises(HubTimeoutError, match="max_connections"):
                await client.get_space_runtime("me/app")
            for stream in streams:
                await stream.aclose()
            assert "a\n" == await anext(client.fetch_space_logs("me/app", follow=follow))
            assert 3 == len(hub.received)

    in_no_time(test)


@pytest.mark.parametrize("follow", [True, False])
def test_a_stream_that_gets_no_reply_does_not_blame_the_others(follow: bool) -> None:
    """The connection that it holds itself is none of theirs."""

    async def test() -> None:
        once = RetryPolicy(attempts=1)
        async with serving(rest=never) as hub, client_of(hub, timeout=7, retry=once, max_connections=1) as client:
            with pytest.raises(HubTimeoutError) as caught:
                await anext(client.fetch_space_logs("me/app", follow=follow))
            assert "max_connections" not in str(caught.value)

    in_no_time(test)


def test_events_and_metrics_are_opened_again_alike() -> None:
    """A state that is told again is no news; a measurement is."""

    async def test() -> None:
        stage = b"event: stage\ndata: RUNNING\n\n"
        paused = b"event: stage\ndata: PAUSED\n\n"
        metric = b'event: metric\ndata: {"replica": "a"}\n\n'
        steps = [cut(stage), cut(stage), whole(stage, b": hi\n\n", paused), cut(metric), whole(metric, stage)]
        async with serving(*steps) as hub, client_of(hub) as client:
            stages = [event.stage async for event in client.stream_space_events("me/app")]
            assert ["RUNNING", "PAUSED"] == stages
            assert ["a", "a"] == [measured.replica async for measured in client.stream_space_metrics("me/app")]
            assert ["/api/spaces/me/app/events"] * 3 + ["/api/spaces/me/app/metrics"] * 2 == hub.targets

    in_no_time(test)
