"""Streams that go on where they broke off."""

from __future__ import annotations

import gc
from contextlib import aclosing

import anyio
import pytest
from attrs import evolve

from aiohfspaces import (
    AsyncSpacesClient,
    AuthenticationError,
    ConflictError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    MalformedReplyError,
    NotFoundError,
    OfflineError,
    PermissionDeniedError,
    RepositoryNotFoundError,
    RetryPolicy,
)
from aiohfspaces._io.streams import draining, following, told
from aiohfspaces._plan.following import RECONNECTING, LogReading
from tests.support.events import OPEN, cut, event, whole
from tests.support.scripted import (
    BOTH_LOOPS,
    STOPS_READING,
    Exchange,
    Step,
    client_of,
    hang_up,
    html,
    never,
    raw,
    reply,
    serving,
    stall,
)

pytestmark = [pytest.mark.anyio, BOTH_LOOPS, STOPS_READING]

AT_ONCE = evolve(RECONNECTING, initial=0)
"""As often as usual, without the waits."""


async def lines_of(
    client: AsyncSpacesClient, *, tail: int | None = None, follow: bool = True, taken: list[str] | None = None
) -> list[str]:
    """Read a log to its end, reconnecting at once; `taken` has what came before an error."""
    transport, lines = client._transport, [] if taken is None else taken
    manner = evolve(following(transport), policy=AT_ONCE) if follow else draining(transport)
    async with aclosing(told(LogReading("me/app", "run", tail=tail, follow=follow), manner)) as stream:
        async for line in stream:
            lines.append(line.text.removesuffix("\n"))
    return lines


@pytest.mark.parametrize("follow", [True, False])
async def test_a_stream_is_read_to_its_end(follow: bool) -> None:
    """Which is where HTTP says that it ends, followed or not; its connection is good for more."""
    async with serving(whole(event("a"), event("b\u2028c")), whole()) as hub, client_of(hub) as client:
        assert ["a", "b\u2028c"] == await lines_of(client, follow=follow)
        assert [] == await lines_of(client, follow=follow)
        assert ["/api/spaces/me/app/logs/run"] * 2 == hub.targets
        assert "text/event-stream" == hub.received[0].headers["accept"]
        assert [1, 1] == hub.connections


LOG = event("é", 1) + b": hello\n\ndata:\n\n" + event("same", 1) + event("same", 1).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("tail", [None, 9])
async def test_each_line_comes_once_wherever_the_connection_is_cut(tail: int | None, follow: bool) -> None:
    """Wherever that is, and once more on the way back to where it was."""
    sizes = range(0, len(LOG), 5)
    steps = [step for size in sizes for step in (cut(LOG[:size]), cut(LOG[: size // 2]), whole(LOG, event("d", 2)))]
    async with serving(*steps) as hub, client_of(hub) as client:
        for _ in sizes:
            assert ["é", "same", "same", "d"] == await lines_of(client, tail=tail, follow=follow)
        assert len(steps) == len(hub.targets)


async def test_a_tail_is_asked_for_once() -> None:
    """After a break the whole log tells where it was; before the first line the tail still is to come."""
    steps = [cut(), cut(event("b", 2)), whole(event("a", 1), event("b", 2), event("c", 3))]
    async with serving(*steps) as hub, client_of(hub) as client:
        assert ["b", "c"] == await lines_of(client, tail=1)
        path = "/api/spaces/me/app/logs/run"
        assert [f"{path}?tail=1", f"{path}?tail=1", path] == hub.targets


@pytest.mark.parametrize(("tail", "expected"), [(0, ["c", "d"]), (1, ["b", "c", "d"])])
async def test_what_was_printed_while_nobody_listened_is_told_after_a_tail(tail: int, expected: list[str]) -> None:
    """Also where nothing of the tail had come: the time of its reply divides what was there from what is new."""
    dated = OPEN.replace(b"\r\n", b"\r\nDate: Thu, 01 Jan 2026 00:00:02 GMT\r\n", 1)
    log = [event("a", 1), event("b", 2), event("c", 3), event("d", 4)]
    async with serving(raw(dated), whole(*log)) as hub, client_of(hub) as client:
        assert expected == await lines_of(client, tail=tail)
        path = "/api/spaces/me/app/logs/run"
        assert [f"{path}?tail={tail}", path] == hub.targets


@pytest.mark.parametrize("dated", [True, False])
async def test_a_tail_of_a_log_that_stands_still_is_told_after_a_break(dated: bool) -> None:
    """At its end, or when the Hub only says that it is there: nothing is held back for ever."""
    head = OPEN.replace(b"\r\n", b"\r\nDate: Thu, 01 Jan 2026 00:00:09 GMT\r\n", 1) if dated else OPEN
    tail = [event("a", 1), event("b", 2)]
    async with serving(raw(head), stall(OPEN + b"".join(tail) + b"data:\n\n")) as hub, client_of(hub) as client:
        manner = evolve(following(client._transport), policy=AT_ONCE)
        async with aclosing(told(LogReading("me/app", "run", tail=2, follow=True), manner)) as lines:
            assert ["a\n", "b\n"] == [(await anext(lines)).text, (await anext(lines)).text]


@pytest.mark.parametrize("bad", [hang_up, cut(), cut(event("a")), reply(status=503), reply(status=429)])
async def test_a_stream_is_opened_again_five_times_in_a_row(bad: Step) -> None:
    """Then it fails as the last attempt did; old lines are no progress."""
    async with serving(cut(event("a")), rest=bad) as hub, client_of(hub) as client:
        taken: list[str] = []
        with pytest.raises((HubConnectionError, HubHTTPError)):
            await lines_of(client, taken=taken)
        assert (["a"], 6) == (taken, len(hub.received))


async def test_whatever_is_new_starts_the_count_anew() -> None:
    """A stream that gets on may break off as often as it likes."""
    log = [event(str(number), number) for number in range(10)]
    steps = [step for size in range(1, 10) for step in (cut(*log[:size]), hang_up, hang_up, hang_up, hang_up)]
    async with serving(*steps, whole(*log)) as hub, client_of(hub) as client:
        assert list("0123456789") == await lines_of(client)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (406, ConflictError),
    ],
)
@pytest.mark.parametrize("follow", [True, False])
async def test_a_refusal_is_final(status: int, kind: type[HubHTTPError], follow: bool) -> None:
    """With the Hub's words, first thing or after a break."""
    refused = reply({"error": "not like this"}, status)
    async with serving(refused, cut(), refused) as hub, client_of(hub) as client:
        for asked in (1, 3):
            with pytest.raises(kind, match="not like this"):
                await lines_of(client, follow=follow)
            assert asked == len(hub.received)


async def test_what_is_not_followed_is_repeated_like_other_calls() -> None:
    """As often as the client's own policy has it."""
    async with serving(rest=reply(status=503)) as hub:
        async with client_of(hub, retry=RetryPolicy(attempts=3, initial=0, jitter=0)) as client:
            with pytest.raises(HubServerError):
                await lines_of(client, follow=False)
        assert 3 == len(hub.received)


async def test_following_needs_nothing_of_what_a_client_may_repeat() -> None:
    """Its policy and its quota are for calls that end."""
    never_again = RetryPolicy(attempts=1, quota=0)
    async with serving(cut(), whole(event("a"))) as hub, client_of(hub, retry=never_again) as client:
        assert ["a"] == await lines_of(client)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (html("<h1>Welcome</h1>" * 100), "got text/html: '<h1>Welcome</h1>"),
        (reply({"error": "Not found"}), "got application/json: '.*Not found"),
        (reply(b""), "expected events"),
    ],
)
@pytest.mark.parametrize("follow", [True, False])
async def test_what_is_no_stream_is_an_error(step: Step, said: str, follow: bool) -> None:
    """A page of something before the Hub, or an error that is called a success: with its first words, not all."""
    async with serving(step) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError, match=said) as caught:
            await lines_of(client, follow=follow)
        assert len(str(caught.value)) < 500


async def test_what_cannot_be_decompressed_is_no_end() -> None:
    """A log that is not whole is not taken for one."""
    garbled = reply(b"nothing compressed", headers={"Content-Encoding": "gzip"})
    async with serving(garbled) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError):
            await lines_of(client)


async def test_offline_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream is a call like any other there."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(OfflineError):
            await lines_of(client)
        assert [] == hub.received


async def test_nothing_is_sent_before_the_first_line_is_asked_for() -> None:
    """A stream that nobody reads costs nothing, and closing it neither."""
    async with serving() as hub, client_of(hub) as client:
        stream = client.fetch_space_logs("me/app")
        await stream.aclose()
        assert [] == hub.received


async def test_closing_a_stream_lets_go_of_its_connection() -> None:
    """Also in the middle."""
    async with serving(stall(OPEN + event("a") + event("b"))) as hub, client_of(hub) as client:
        async with aclosing(client.fetch_space_logs("me/app", follow=True)) as lines:
            assert "a\n" == await anext(lines)
            assert {1} == hub.open
        await hub.until(lambda: not hub.open)


async def test_a_loop_that_is_left_lets_go_in_the_end() -> None:
    """When the garbage collector comes, since nobody has closed the stream."""
    async with serving(stall(OPEN + event("a"))) as hub, client_of(hub) as client:
        async for _ in client.fetch_space_logs("me/app", follow=True):
            break
        gc.collect()
        await hub.until(lambda: not hub.open)


@pytest.mark.parametrize("step", [never, stall(OPEN)], ids=["no reply", "no line"])
async def test_waiting_for_a_line_can_be_cancelled(step: Step) -> None:
    """At once, and the connection goes."""
    async with serving(step) as hub, client_of(hub) as client:
        with anyio.move_on_after(0.05) as scope:
            await lines_of(client)
        assert scope.cancelled_caught
        await hub.until(lambda: not hub.open)


async def test_a_stream_takes_one_connection_and_gives_it_back_between() -> None:
    """While it waits to be opened again, other calls have it; the wait can be cancelled."""
    async with serving(cut(event("a")), reply({"stage": "RUNNING"})) as hub:
        client = client_of(hub, max_connections=1)
        async with client, anyio.create_task_group() as group:
            stream = client.fetch_space_logs("me/app", follow=True)
            assert "a\n" == await anext(stream)
            group.start_soon(anext, stream, None)
            await hub.until(lambda: not hub.open)
            assert "RUNNING" == (await client.get_space_runtime("me/app")).stage
            group.cancel_scope.cancel()
        assert 2 == len(hub.received)


async def test_a_missing_space_is_told_as_one() -> None:
    """On each of the streams."""
    missing = reply({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
    async with serving(rest=missing) as hub, client_of(hub) as client:
        for stream in (
            client.fetch_space_logs("me/app"),
            client.stream_space_events("me/app"),
            client.stream_space_metrics("me/app"),
        ):
            with pytest.raises(RepositoryNotFoundError):
                await anext(stream)


async def test_a_log_longer_than_memory_should_hold_is_not_held() -> None:
    """The server cannot send on while nobody takes what has come."""
    sent = 0

    async def flood(exchange: Exchange) -> bool:
        nonlocal sent
        await exchange.stream.send(OPEN.replace(b"Content-Length: 100000", b"Content-Length: 999999999"))
        while True:
            await exchange.stream.send(event("x" * 10_000) * 10)
            sent += 1

    async with serving(flood) as hub, client_of(hub) as client:
        async with aclosing(client.fetch_space_logs("me/app", follow=True)) as lines:
            await anext(lines)
            before = -1
            while sent != before:
                before = sent
                await anyio.sleep(0.02)
            assert sent < 200  # of 100 kB each: what sockets buffer
        await hub.until(lambda: not hub.open)
