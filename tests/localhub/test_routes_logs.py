"""Logs as streams."""

import json
from typing import Any

import httpx
import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S, Caller


def lines(reply: httpx.Response) -> list[Any]:
    """The log lines of a stream that has ended."""
    events = [event.removeprefix("data:").strip() for event in reply.text.split("\n\n")]
    return [json.loads(event)["data"] for event in events if event]


def test_a_finished_build_is_replayed_and_closed(hub: LocalHub, me: Caller) -> None:
    """With the commit it was of; a tail is its end."""
    repo_id = me.running_space(hub)
    build = lines(me.get(f"/api/spaces/{repo_id}/logs/build"))
    assert me.get(f"/api/spaces/{repo_id}").json()["sha"][:7] in build[0]
    assert lines(me.get(f"/api/spaces/{repo_id}/logs/build?tail=1")) == build[-1:]
    assert 400 == me.get(f"/api/spaces/{repo_id}/logs/build?tail=-1").status_code
    assert 404 == me.get(f"/api/spaces/{repo_id}/logs/other").status_code


def test_a_running_app_keeps_its_log_open_and_a_restart_ends_it(hub: LocalHub, me: Caller) -> None:
    """Keep-alives are events without data."""
    repo_id = me.running_space(hub)
    with me.stream("GET", f"/api/spaces/{repo_id}/logs/run") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        received = stream.iter_lines()
        seen = [next(received) for _ in range(5)]
        assert "data:" == seen[-1]
        assert "Running on local URL" in seen[2]
        me.post(f"/api/spaces/{repo_id}/pause")
        assert [] == [line for line in received if line]


def test_a_build_is_followed_to_its_end(hub: LocalHub, me: Caller) -> None:
    """The failure is the last that is said."""
    repo_id = me.create()
    hub.fail_start(repo_id, "BUILD_ERROR", "no such package")
    me.commit(repo_id, {"app.py": b""})
    with me.stream("GET", f"/api/spaces/{repo_id}/logs/build") as stream:
        received = stream.iter_lines()
        next(received)
        hub.clock.advance(STAGE_S)
        rest = [line for line in received if line]
    assert "no such package" in rest[-1]


def test_logs_are_the_owners(me: Caller, other: Caller, nobody: Caller) -> None:
    """Even those of public Spaces."""
    repo_id = me.create()
    assert [
        403,
        401,
    ] == [caller.get(f"/api/spaces/{repo_id}/logs/run").status_code for caller in (other, nobody)]


def test_what_an_app_prints_arrives_while_somebody_listens(hub: LocalHub, me: Caller) -> None:
    """Line by line, with whatever is in it; a tail is the end of that."""
    repo_id = me.running_space(hub)
    with me.stream("GET", f"/api/spaces/{repo_id}/logs/run?tail=1") as stream:
        received = (line for line in stream.iter_raw() if line.strip() != b"data:")
        assert b"Running on local URL" in next(received)
        hub.write_log(repo_id, "one\ntwo\u2028three")
        assert b"one\\n" in next(received)
        assert "two\u2028three\\n".encode() in next(received)
    hub.write_log(repo_id, "four")
    with me.stream("GET", f"/api/spaces/{repo_id}/logs/run?tail=2") as stream:
        lines = [line for _, line in zip(range(2), (line for line in stream.iter_raw() if b"{" in line), strict=False)]
    assert [True, True] == ["three" in lines[0].decode(), "four" in lines[1].decode()]


def test_what_an_app_has_printed_is_gone_when_it_starts_anew(hub: LocalHub, me: Caller) -> None:
    """A restart ends the old log and begins another."""
    repo_id = me.running_space(hub)
    hub.write_log(repo_id, "before")
    with me.stream("GET", f"/api/spaces/{repo_id}/logs/run") as stream:
        received = stream.iter_raw()
        next(received)
        me.post(f"/api/spaces/{repo_id}/restart")
        assert b"before" in b"".join(received)
    hub.clock.advance(2 * STAGE_S)
    me.post(f"/api/spaces/{repo_id}/pause")
    assert ["before" in line for line in lines(me.get(f"/api/spaces/{repo_id}/logs/run"))] == [False, False]
    with pytest.raises(KeyError):
        hub.write_log("me/nothing", "x")
