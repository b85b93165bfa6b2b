"""What every request passes."""

import re
import time
from datetime import UTC, datetime

import httpx
import pytest

from aiohfspaces.localhub import LocalHub, Served

from .conftest import Caller, caller_of


def test_every_reply_has_a_request_id(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """Which ends in the caller's own, on either origin."""
    replies = [
        me.get("/api/whoami-v2"),
        nobody.get("/api/whoami-v2"),
        me.get("/nowhere"),
        httpx.get(hub.storage_url),
    ]
    assert all(re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", reply.headers["X-Request-Id"]) for reply in replies)
    traced = me.get("/api/whoami-v2", headers={"X-Amzn-Trace-Id": "mine"})
    assert traced.headers["X-Request-Id"].endswith(";mine")


def test_replies_tell_the_hubs_date(hub: LocalHub, nobody: Caller) -> None:
    """Once, and by its clock: what it says was printed just now is not of the future."""
    hub.clock.advance(86_400 * 365)
    told = nobody.get("/api/spaces").headers.get_list("date")
    assert [str(datetime.fromtimestamp(hub.clock.now(), UTC).year)] == [date.split()[3] for date in told]


@pytest.mark.parametrize("authorization", ["Bearer hf_wrong", "Bearer", "Basic bWU6cGFzcw==", ""])
def test_a_wrong_token_is_worse_than_none(hub: LocalHub, nobody: Caller, authorization: str) -> None:
    """401 even for what everybody may see."""
    reply = nobody.get("/api/spaces", headers={"Authorization": authorization})
    assert 401 == reply.status_code
    assert "Invalid credentials in Authorization header" == reply.headers["X-Error-Message"]
    assert reply.headers["RateLimit"].startswith('"api";r=499;t=')


def test_calls_are_counted_on_every_reply(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """Errors too; downloads have a window of their own."""
    assert me.get("/api/whoami-v2").headers["RateLimit"].startswith('"api";r=999;t=')
    assert me.get("/api/spaces/me/nothing").headers["RateLimit"].startswith('"api";r=998;t=')
    assert '"fixed window";"api";q=500;w=300' == nobody.get("/api/spaces").headers["RateLimit-Policy"]
    assert me.get("/spaces/me/app/resolve/main/x").headers["RateLimit"].startswith('"resolvers"')


def test_a_limit_is_enforced_until_the_window_turns() -> None:
    """By the hub's clock."""
    with LocalHub(rate_limit=(2, 60)) as hub, caller_of(hub, hub.token) as me:
        replies = [me.get("/api/whoami-v2") for _ in range(3)]
        assert [200, 200, 429] == [reply.status_code for reply in replies]
        assert re.fullmatch(r'"api";r=0;t=(60|59)', replies[2].headers["RateLimit"])
        assert "quota of 2 api requests per 1 minutes" in replies[2].json()["error"]
        hub.clock.advance(60)
        assert 200 == me.get("/api/whoami-v2").status_code


def test_a_fault_takes_the_place_of_the_work(hub: LocalHub, me: Caller) -> None:
    """As often as told."""
    hub.inject_fault("POST", "/api/repos/create", times=2)
    wish = {"name": "app", "type": "space", "sdk": "gradio"}
    replies = [me.post("/api/repos/create", json=wish) for _ in range(3)]
    assert [503, 503, 200] == [reply.status_code for reply in replies]
    assert replies[0].headers["content-type"].startswith("text/html")


def test_a_lost_reply_leaves_the_work_done(hub: LocalHub, me: Caller) -> None:
    """And the connection is cut without one, if told."""
    repo_id = me.create()
    hub.inject_fault("POST", "*/commit/main", status=500, body=b'{"error": "oops"}', after=True)
    assert {"error": "oops"} == me.commit(repo_id, {"a": b"a"}).json()
    hub.inject_fault("POST", "*/commit/main", status=None, after=True)
    with pytest.raises(httpx.TransportError):
        me.commit(repo_id, {"b": b"b"})
    assert 3 == len(me.get(f"/api/spaces/{repo_id}/commits/main").json())
    assert hub.requests[-2] == Served("POST", f"/api/spaces/{repo_id}/commit/main", None, True)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_a_reply_is_cut_after_so_many_bytes(hub: LocalHub, nobody: Caller, size: int) -> None:
    """The head and those bytes arrive, and what was asked for was done; a shorter reply is whole."""
    whole = nobody.get("/api/spaces/hardware").content
    hub.inject_fault("GET", "/api/spaces/hardware", cut_after=size)
    hub.inject_fault("GET", "/api/spaces/hardware", cut_after=len(whole) + 1)
    arrived = b""
    with pytest.raises(httpx.RemoteProtocolError), nobody.stream("GET", "/api/spaces/hardware") as reply:  # noqa: PT012
        assert 200 == reply.status_code
        for piece in reply.iter_raw():
            arrived += piece
    assert whole[:size] == arrived
    assert whole == nobody.get("/api/spaces/hardware").content
    with pytest.raises(ValueError, match="cut_after"):
        hub.inject_fault("GET", "*", cut_after=-1)


def test_requests_are_remembered_as_they_were_served(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """On both origins, newest last."""
    nobody.get("/api/spaces?limit=1")
    httpx.get(f"{hub.storage_url}/objects/x")
    assert list(hub.requests) == [
        Served("GET", "/api/spaces?limit=1", 200, False),
        Served("GET", "/objects/x", 403, False),
    ]


def test_latency_holds_every_request_up() -> None:
    """Side by side, not one after the other."""
    with LocalHub(latency=0.05) as hub, caller_of(hub, None) as nobody:
        began = time.monotonic()
        nobody.get("/api/spaces")
        assert time.monotonic() - began >= 0.05
