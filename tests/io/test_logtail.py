from __future__ import annotations

import anyio
import pytest

from aiohfspaces._io.logtail import log_tail
from aiohfspaces._io.streams import draining
from aiohfspaces._wire.logs import LogKind
from tests.support.events import OPEN, event, whole
from tests.support.scripted import (
    BOTH_LOOPS,
    ScriptedServer,
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

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]


async def tail_of(hub: ScriptedServer, *, lines: int = 3, kind: LogKind = "run", within_s: float = 2) -> list[str]:
    """Read the end of a log."""
    async with client_of(hub) as client:
        return list(await log_tail(draining(client._transport), "me/app", kind, lines=lines, within_s=within_s))


@pytest.mark.parametrize("kind", ["build", "run"])
async def test_the_last_lines_are_read(kind: LogKind) -> None:
    """So many as asked for, of that log."""
    async with serving(whole(*map(event, "abcde"))) as hub:
        assert ["c", "d", "e"] == await tail_of(hub, kind=kind)
        assert [f"/api/spaces/me/app/logs/{kind}?tail=3"] == hub.targets
        assert "text/event-stream" == hub.received[0].headers["accept"]


async def test_an_open_stream_is_left_in_time() -> None:
    """The stream of a running app never ends; what has come is the answer, and the connection is closed."""
    async with serving(stall(OPEN + event("a") + b"keep-alive\n\n: ping\n\n" + event("b"))) as hub:
        with anyio.fail_after(1):
            assert ["a", "b"] == await tail_of(hub, within_s=0.05)
        await hub.until(lambda: not hub.open)


@pytest.mark.parametrize(
    "step",
    [never, hang_up, html("<h1>gone</h1>", 503), reply({"error": "no"}, 403), whole(b"data: {bad\n\n")],
    ids=["no reply", "hang up", "503", "403", "no JSON"],
)
async def test_whatever_goes_wrong_is_no_lines(step: Step) -> None:
    """The log is told along with an error, and must not hide it."""
    async with serving(rest=step) as hub:
        assert [] == await tail_of(hub, within_s=0.05)


@pytest.mark.parametrize("broken", [raw(OPEN + event("a") + event("b")[:-4]), raw(OPEN + event("a") + b"\xff\xfe")])
async def test_what_came_before_it_broke_is_kept(broken: Step) -> None:
    """Half a log is better than none."""
    async with serving(broken) as hub:
        assert ["a"] == await tail_of(hub)


async def test_a_deeply_nested_event_is_left_out() -> None:
    """An event cannot break the decoder."""
    async with serving(whole(b'data: {"data":' + b"[" * 100_000 + b"\n\n", event("a"))) as hub:
        assert ["a"] == await tail_of(hub)


async def test_offline_is_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent then."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    async with serving() as hub:
        assert [] == await tail_of(hub)
        assert [] == hub.received


async def test_lines_keep_what_is_in_them() -> None:
    """Only the end of line goes; separators that are no line ends stay."""
    async with serving(whole(event("  a\u2028b \x1b[0m"), event(""))) as hub:
        assert ["  a\u2028b \x1b[0m", ""] == await tail_of(hub)


async def test_cancelling_is_not_swallowed() -> None:
    """A caller who gives up is not given an answer."""
    async with serving(stall(OPEN)) as hub:
        with anyio.move_on_after(0.05) as scope:
            await tail_of(hub)
        assert scope.cancelled_caught
