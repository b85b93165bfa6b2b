"""Telling what happens while somebody listens."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import Caller, caller_of


def until(come: Callable[[], bool]) -> None:
    """Wait until something is true in the server's thread."""
    late = time.monotonic() + 5
    while not come():
        assert time.monotonic() < late
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("path", "keep_alive"), [("logs/run", "data:"), ("events", ": keep-alive"), ("metrics", ": keep-alive")]
)
def test_a_listener_is_told_that_there_is_still_somebody(hub: LocalHub, me: Caller, path: str, keep_alive: str) -> None:
    """At first, and then twice a minute by the hub's clock."""
    repo_id = me.running_space(hub)
    with me.stream("GET", f"/api/spaces/{repo_id}/{path}") as stream:
        received = stream.iter_lines()
        for _ in range(3):
            assert keep_alive in received  # reads on until it comes
            hub.clock.advance(30)


@pytest.mark.parametrize("path", ["logs/run", "events", "metrics"])
def test_nothing_goes_on_when_the_listener_has_left(hub: LocalHub, me: Caller, path: str) -> None:
    """Whom nobody had to tell anything."""
    repo_id = me.running_space(hub)
    for _ in range(2):
        with me.stream("GET", f"/api/spaces/{repo_id}/{path}") as stream:
            received = stream.iter_raw()
            next(received)
            assert 1 == hub.open_streams
        until(lambda: not hub.open_streams)


@pytest.mark.parametrize("path", ["logs/run", "events", "metrics"])
def test_a_hub_that_stops_ends_its_streams(path: str) -> None:
    """Well, and so its thread has ended, too."""
    with LocalHub(stage_seconds=1000) as hub, caller_of(hub, hub.token) as me:
        repo_id = me.running_space(hub)
        with me.stream("GET", f"/api/spaces/{repo_id}/{path}") as stream:
            received = stream.iter_raw()
            next(received)
            hub.stop()
            assert b"" == b"".join(received).rpartition(b"\n\n")[2]
    assert "localhub" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("path", ["logs/run", "events", "metrics"])
def test_with_the_space_its_streams_end(hub: LocalHub, me: Caller, path: str) -> None:
    """There is nothing more to tell."""
    repo_id = me.running_space(hub)
    with me.stream("GET", f"/api/spaces/{repo_id}/{path}") as stream:
        received = stream.iter_raw()
        next(received)
        me.request("DELETE", "/api/repos/delete", json={"name": "app", "type": "space"}).raise_for_status()
        b"".join(received)
    assert 404 == me.get(f"/api/spaces/{repo_id}/{path}").status_code


def test_a_stream_can_be_cut_anywhere(hub: LocalHub, me: Caller) -> None:
    """So many bytes of it arrive, and it has no end."""
    repo_id = me.running_space(hub)
    whole = me.get(f"/api/spaces/{repo_id}/logs/build").content
    for size in (0, 1, len(whole) // 2, len(whole) - 1):
        hub.inject_fault("GET", "*/logs/build", cut_after=size)
        arrived = bytearray()
        with pytest.raises(httpx.RemoteProtocolError), me.stream("GET", f"/api/spaces/{repo_id}/logs/build") as cut:  # noqa: PT012
            for piece in cut.iter_raw():
                arrived += piece
        assert whole[:size] == arrived
    until(lambda: not hub.open_streams)
