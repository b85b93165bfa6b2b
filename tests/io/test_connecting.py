from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from aiohfspaces import AsyncSpacesClient, UsageError
from aiohfspaces._io.connecting import Lane, connector, proxy_for, shown_proxy
from aiohfspaces._io.http11 import Request
from tests.support.scripted import BOTH_LOOPS, ScriptedServer, client_of, reply, serving

TOO_LONG_S = 3600.0
A_MOMENT_S = 1.0


class Clock:
    """Time as httpcore reads it, which a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let connections, and nothing else, go by a clock of the test's own."""
    clock = Clock()
    monkeypatch.setattr("httpcore._async.http11.time", clock)
    monkeypatch.setattr("aiohfspaces._io.http11.time", clock)
    return clock


async def connected(server: ScriptedServer, *, origin: str | None = None) -> Lane:
    """Send one request on a new lane, and read its reply to the end."""

    async def no_certificates() -> ssl.SSLContext:
        raise AssertionError("read certificates without TLS")

    url = httpcore.URL((origin or server.url) + "/")
    lane = await connector(no_certificates)(url.origin, 5.0)
    answer = await lane.send(Request(url.origin, "GET", b"/", [(b"Host", b"here")], None, {}, True))
    assert b"{}" == b"".join([piece async for piece in answer.body])
    await answer.body.aclose()
    return lane


def direct(_: pytest.MonkeyPatch, server: ScriptedServer) -> str:
    """Reach the server itself."""
    return server.url


def by_proxy(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer) -> str:
    """Reach a server through this one."""
    monkeypatch.setenv("HTTP_PROXY", server.url)
    return "http://hub.invalid"


WAYS = pytest.mark.parametrize("way", [direct, by_proxy])


@pytest.mark.anyio
@BOTH_LOOPS
@WAYS
async def test_an_idle_lane_has_its_time(
    way: Callable[[pytest.MonkeyPatch, ScriptedServer], str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon after a reply it is good for the next request, and long after it is not."""
    async with serving(rest=reply({})) as server:
        lane = await connected(server, origin=way(monkeypatch, server))
        clock.now += A_MOMENT_S
        soon = lane.is_good
        clock.now += TOO_LONG_S
        assert (True, False) == (soon, lane.is_good)
        await lane.aclose()


@pytest.mark.anyio
@BOTH_LOOPS
async def test_after_its_time_a_lane_is_closed_and_another_one_made(clock: Clock) -> None:
    """A server closes what is idle for long; a request that must not be sent twice does not find out by failing."""
    async with serving(rest=reply({})) as server, client_of(server) as client:
        await client.request("POST", "/first")
        clock.now += A_MOMENT_S
        await client.request("POST", "/soon")
        clock.now += TOO_LONG_S
        await client.request("POST", "/later")
        assert [1, 1, 2] == server.connections
        await server.until(lambda: server.open == {2})


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://proxy:1"}, "http://proxy:1"),
        ({"HTTP_PROXY": "proxy:1"}, "http://proxy:1"),
        ({"ALL_PROXY": "socks5://proxy:1"}, "socks5://proxy:1"),
        ({"HTTP_PROXY": "http://own:1", "ALL_PROXY": "http://all:1"}, "http://own:1"),
        ({"HTTPS_PROXY": "http://proxy:1"}, None),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "hub"}, None),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "hub:80"}, None),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "hub:81,other"}, "http://proxy:1"),
    ],
)
def test_the_environment_names_the_proxy(
    variables: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the scheme of what is reached, unless the host is excepted."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert expected == proxy_for("http", "hub", 80)


@pytest.mark.anyio
@pytest.mark.parametrize("transport", ["lanes", "aiohttp"])
@pytest.mark.parametrize("proxy", ["http://[::1", "http://me:s3c/ret@proxy:1", "http://me:33/ret@proxy:1"])
async def test_a_proxy_that_cannot_be_read_is_named_by_its_variable(
    transport: Any, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what may be a part of its password is not shown."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    async with AsyncSpacesClient("hf_x", endpoint="http://hub.invalid", transport=transport) as client:
        with pytest.raises(UsageError, match="http_proxy: the env") as caught:
            await client.request("GET", "/")
    assert "s3c" not in str(caught.value)
    assert "33" not in str(caught.value)


def test_a_proxy_is_shown_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error may name it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:p%40ss@proxy:3128")
    assert "http://proxy:3128" == shown_proxy("https://hub/api")
    assert None is shown_proxy("http://hub/api")
