"""What answers when an application breaks down."""

import logging

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from aiohfspaces.localhub import LocalHub
from aiohfspaces.localhub.guard import Guard

from .conftest import Caller


def sorry() -> Response:
    """What is answered."""
    return PlainTextResponse("sorry", 500)


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that breaks down before it answers."""
    raise LookupError("a secret of the server")


async def broken_later(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that breaks down within its answer."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise LookupError("too late")


def test_a_break_down_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The client learns that it happened, the log what it was."""
    reply = TestClient(Guard(broken, sorry)).get("/somewhere")
    assert (500, "sorry") == (reply.status_code, reply.text)
    assert "GET /somewhere broke down" in caplog.text
    assert "a secret of the server" in caplog.text


def test_what_has_begun_is_not_answered_twice() -> None:
    """The server cuts it."""
    with pytest.raises(LookupError, match="too late"):
        TestClient(Guard(broken_later, sorry)).get("/")


def test_the_hub_answers_it_as_json(hub: LocalHub, me: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """With all headers of its replies, and the connection goes on."""
    repo_id = me.create()
    found = hub._world.repositories.find("space", repo_id)
    assert found is not None
    found.git.path.rename(found.git.path.with_suffix(".lost"))
    found.git.close()
    with caplog.at_level(logging.CRITICAL, "aiohfspaces.localhub.guard"):
        reply = me.get(f"/api/spaces/{repo_id}/tree/main")
    assert (500, {"error"}) == (reply.status_code, reply.json().keys())
    assert "Traceback" not in reply.text
    assert {"x-request-id", "ratelimit"} <= set(reply.headers)
    assert 200 == me.get("/api/whoami-v2").status_code
