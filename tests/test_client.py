from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    HubConnectionError,
    HubTimeoutError,
    MalformedReplyError,
    NotFoundError,
    PollPolicy,
    RetryPolicy,
    SpaceHardware,
    Timeout,
    UsageError,
)
from tests.support.scripted import (
    AT_ONCE,
    BOTH_LOOPS,
    STOPS_READING,
    TOKEN,
    client_of,
    never,
    raw,
    reply,
    serving,
)

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

NO_WAIT = PollPolicy(initial=0, maximum=0, jitter=0)
RUNNING = {"stage": "RUNNING", "hardware": {"current": "cpu-basic", "requested": "cpu-basic"}, "storage": None}


def made(**options: Any) -> AsyncSpacesClient:
    """Make a client that never connects."""
    return AsyncSpacesClient(TOKEN, **options)


WRONG: dict[str, Callable[[], object]] = {
    "no connections": lambda: made(max_connections=0),
    "a bool of connections": lambda: made(max_connections=True),
    "half a connection": lambda: made(max_connections=1.5),
    "an endpoint without scheme": lambda: made(endpoint="huggingface.co"),
    "an endpoint of another kind": lambda: made(endpoint="ftp://huggingface.co"),
    "an endpoint with a user": lambda: made(endpoint="https://me@huggingface.co"),
    "an endpoint with a query": lambda: made(endpoint="https://huggingface.co?a=b"),
    "no time": lambda: made(timeout=0),
    "negative time": lambda: made(timeout=-1),
    "time in words": lambda: made(timeout="10"),
    "a user agent of two lines": lambda: made(user_agent="a\r\nX-Evil: 1"),
    "another user agent": lambda: made(user_agent="caf\u00e9"),
    "a sibling's token": lambda: made().with_options(token=""),
    "a sibling's time": lambda: made().with_options(timeout=0),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_told_when_the_client_is_made(make: Callable[[], object], anyio_backend: str) -> None:
    """Before anything is sent, with the argument's name."""
    with pytest.raises(UsageError, match=r"^(max_connections|endpoint|timeout|user_agent|token): "):
        make()


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        (None, None, "https://huggingface.co"),
        (None, "https://hub.example/", "https://hub.example"),
        ("http://127.0.0.1:1/hub/", "https://hub.example", "http://127.0.0.1:1/hub"),
        (None, "", "https://huggingface.co"),
    ],
)
def test_the_endpoint_is_found(
    given: str | None, environment: str | None, expected: str, monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> None:
    """The argument, then ``HF_ENDPOINT``, then the Hub."""
    if environment is not None:
        monkeypatch.setenv("HF_ENDPOINT", environment)
    assert expected == AsyncSpacesClient(False, endpoint=given).endpoint


@pytest.mark.parametrize(
    ("timeout", "total", "read"),
    [(3, 3, 3), (timedelta(minutes=2), 120, 60), (Timeout(read=7), 600, 7), (None, 600, 60)],
)
def test_the_time_for_a_call_is_seconds_or_says_more(
    timeout: Any, total: float, read: float, anyio_backend: str
) -> None:
    """Its parts are never longer than the whole."""
    found = made(timeout=timeout)._transport.timeout
    assert (total, read) == (found.total, found.read)


async def test_nothing_connects_before_the_first_call() -> None:
    """Making a client and closing it is free."""
    async with serving() as hub:
        async with client_of(hub):
            pass
        assert set() == hub.open
        assert [] == hub.received


async def test_closing_twice_does_no_harm() -> None:
    """``async with`` and ``aclose`` may meet."""
    async with serving() as hub, client_of(hub) as client:
        await client.request("GET", "/")
        await client.aclose()
        await hub.until(lambda: not hub.open)


REPLIES: dict[str, tuple[bytes, str, object]] = {
    "JSON": (b'{"a": [1, null]}', "application/json", {"a": [1, None]}),
    "JSON of another name": (b"[]", "application/problem+json; charset=utf-8", []),
    "text": (b"OK", "text/plain", "OK"),
    "no kind": (b"OK", "", "OK"),
    "nothing": (b"", "application/json", None),
    "bytes": (b"\xff", "application/octet-stream", "\ufffd"),
}


@pytest.mark.parametrize(("body", "kind", "expected"), REPLIES.values(), ids=REPLIES)
async def test_request_gives_what_the_reply_holds(body: bytes, kind: str, expected: object) -> None:
    """JSON as values, other text as text, and ``None`` for nothing."""
    async with serving(reply(body, headers={"Content-Type": kind})) as hub, client_of(hub) as client:
        assert expected == await client.request("GET", "/x")


async def test_request_says_when_json_is_none() -> None:
    """A reply that calls itself JSON has to be it."""
    async with serving(reply(b"{half")) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError):
            await client.request("GET", "/x")


async def test_request_without_a_body() -> None:
    """A 204 has no length and no body, and the connection goes on."""
    empty = b"HTTP/1.1 204 No Content\r\n\r\n"

    async def no_content(exchange: Any) -> bool:
        await exchange.stream.send(empty)
        return True

    async with serving(no_content) as hub, client_of(hub) as client:
        assert None is await client.request("DELETE", "/x")
        await client.request("GET", "/x")
        assert [1, 1] == hub.connections


@pytest.mark.parametrize("method", ["get", "POST", "Put", "PATCH", "DELETE", "HEAD"])
async def test_request_sends_what_it_is_given(method: str) -> None:
    """Method, path, query and body as they are, with the token and the type."""
    async with serving() as hub, client_of(hub) as client:
        params: dict[str, str | int | list[str]] = {"a": "x y&z", "list": ["1", "2"], "flag": True, "n": 3}
        await client.request(method, "/api/a%20b", params=params, json={"key": "é", "none": None})
        (request,) = hub.received
        assert method.upper() == request.method
        assert "/api/a%20b?a=x+y%26z&list=1&list=2&flag=true&n=3" == request.target
        assert {"key": "é", "none": None} == json.loads(request.body)
        assert "application/json" == request.headers["content-type"]
        assert f"Bearer {TOKEN}" == request.authorization


async def test_a_query_in_the_path_is_kept() -> None:
    """Parameters join it, and an address in it is no address to go to."""
    async with serving() as hub, client_of(hub) as client:
        await client.request("GET", "/api/x?url=https://evil/", params={"a": "b"})
        assert ["/api/x?url=https://evil/&a=b"] == hub.targets


@pytest.mark.parametrize("method", ["", "CONNECT", "GET /evil HTTP/1.1\r\n", "TRACE"])
async def test_request_refuses_what_is_no_method(method: str) -> None:
    """Nothing is sent."""
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(UsageError, match="method"):
            await client.request(method, "/x")
        assert [] == hub.received


@pytest.mark.parametrize(
    "path",
    ["", "api", "//evil/x", "https://evil/x", "/a b", "/caf\u00e9", "/x#y", "/x\r\nX-Evil: 1", "@evil/"],
)
async def test_request_refuses_what_is_no_path(path: str) -> None:
    """Least of all an address elsewhere."""
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(UsageError, match="path"):
            await client.request("GET", path)
        assert [] == hub.received


async def test_request_has_the_same_errors() -> None:
    """A status is an error of ours, with what the Hub said."""
    async with serving(rest=reply({"error": "no such scan"}, 404)) as hub, client_of(hub) as client:
        with pytest.raises(NotFoundError, match="no such scan") as caught:
            await client.request("GET", "/api/x", params={"a": "b"})
        assert f"{hub.url}/api/x?a=b" == caught.value.url


async def test_a_sibling_shares_connections_and_quota() -> None:
    """One service, many accounts: what differs is who calls."""
    async with serving() as hub, client_of(hub) as elder:
        sibling = elder.with_options(token="hf_other")
        await elder.request("GET", "/")
        await sibling.request("GET", "/")
        await elder.with_options(token=False).request("GET", "/")
        assert [1, 1, 1] == hub.connections
        assert [f"Bearer {TOKEN}", "Bearer hf_other", None] == [each.authorization for each in hub.received]
        assert elder._transport.quota is sibling._transport.quota


async def test_closing_a_sibling_keeps_the_elders_connections() -> None:
    """They belong to the one that was made first."""
    async with serving() as hub, client_of(hub) as elder:
        await elder.request("GET", "/")
        async with elder.with_options(token="hf_other") as sibling:
            await sibling.request("GET", "/")
        await elder.request("GET", "/")
        assert [1, 1, 1] == hub.connections


async def test_a_sibling_differs_in_what_it_was_given() -> None:
    """Time and retries too; the elder stays as it is, and answers of one account are not the other's."""
    async with serving(rest=reply({"type": "user", "name": "me"})) as hub, client_of(hub) as elder:
        sibling = elder.with_options(timeout=3, retry=RetryPolicy(attempts=1))
        assert (3, 1) == (sibling._transport.timeout.total, sibling._transport.retry.attempts)
        assert (5, AT_ONCE) == (elder._transport.timeout.total, elder._transport.retry)
        await elder.whoami(cache=True)
        await elder.with_options(token="hf_other").whoami(cache=True)
        assert 2 == len(hub.received)


async def test_each_request_of_a_service_has_its_own_token() -> None:
    """However many siblings call at once over however few connections, no token goes with another's call."""

    async def serve(number: int) -> None:
        assert number == await client.with_options(token=f"hf_{number}").request("GET", f"/{number}")

    async def judge(exchange: Any) -> bool:
        number = int(exchange.request.target[1:])
        assert f"Bearer hf_{number}" == exchange.request.authorization
        return await reply(number)(exchange)

    async with serving(rest=judge) as hub, client_of(hub, max_connections=3) as client:
        async with anyio.create_task_group() as group:
            for number in range(40):
                group.start_soon(serve, number)
        assert 40 == len(hub.received)


async def test_a_method_answers_with_values() -> None:
    """The way from a name of ``HfApi`` to a typed reply."""
    async with serving(reply(RUNNING)) as hub, client_of(hub) as client:
        runtime = await client.get_space_runtime("me/app")
        assert SpaceHardware.CPU_BASIC == runtime.hardware
        assert ["/api/spaces/me/app/runtime"] == hub.targets


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.get_space_runtime("app"),
        lambda client: client.add_space_secret("me/app", "1KEY", "x"),
        lambda client: client.create_repo("me/app"),
        lambda client: client.upload_folder(repo_id="me/app", folder_path="/nowhere"),
        lambda client: client.hf_hub_download("me/app", "../x"),
    ],
)
async def test_a_mistake_is_told_before_anything_is_sent(call: Callable[[AsyncSpacesClient], Any]) -> None:
    """It costs no call."""
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(UsageError):
            await call(client)
        assert [] == hub.received


async def test_an_injected_client_has_all_methods() -> None:
    """What it is made of does not matter to what it does."""
    async with serving(reply(RUNNING)) as hub, httpx.AsyncClient() as http_client:
        client = client_of(hub, http_client=http_client)
        assert "RUNNING" == (await client.get_space_runtime("me/app")).stage


async def test_many_clients_leave_no_threads() -> None:
    """Nothing but the loop works for a client that is closed."""
    async with serving() as hub:
        async with client_of(hub) as client:
            await client.request("GET", "/")
        before = threading.active_count()
        for _ in range(5):
            async with client_of(hub) as client:
                await client.request("GET", "/")
        assert before >= threading.active_count()


async def test_a_deleted_space_is_waited_for_no_longer() -> None:
    """The public wait has the poller's manners."""
    gone = reply({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
    async with serving(reply({**RUNNING, "stage": "BUILDING"}), gone) as hub, client_of(hub) as client:
        with pytest.raises(NotFoundError):
            await client.wait_for_space("me/app", poll=NO_WAIT)


async def test_leaving_the_block_with_a_call_under_way_ends_it() -> None:
    """Structured: the call is cancelled by its own task group, and its connection goes."""
    async with serving(never) as hub, client_of(hub) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.request, "GET", "/")
            await hub.until(lambda: len(hub.received) == 1)
            group.cancel_scope.cancel()
        await hub.until(lambda: not hub.open)


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 64, b"HTTP/1.1 abc\r\n\r\n", b"A" * 200_000, b"HTTP/1.1 200 OK\r\nA\r\n\r\n"]
)
async def test_what_is_no_http_is_a_connection_error(garbage: bytes) -> None:
    """Whatever is on that port, no exception of another library comes out."""
    async with serving(rest=raw(garbage)) as hub, client_of(hub) as client:
        with pytest.raises(HubConnectionError):
            await client.request("GET", "/")


async def test_nobody_is_no_account_of_a_sibling() -> None:
    """A service whose user has no token must not act as itself instead."""
    async with AsyncSpacesClient(TOKEN) as client:
        with pytest.raises(UsageError, match="token: None is nobody's"):
            client.with_options(token=None)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_threads_with_loops_of_their_own_share_a_client(anyio_backend: str) -> None:
    """Each event loop has its own connections, so that calls of several at once do not meet."""

    async def echo(exchange: Any) -> bool:
        return await reply(exchange.request.target)(exchange)

    async with serving(rest=echo) as hub, client_of(hub) as client:

        async def calls() -> None:
            for number in range(20):
                assert f"/{number}" == await client.request("GET", f"/{number}")

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(anyio.to_thread.run_sync, partial(anyio.run, calls, backend=anyio_backend))
            group.start_soon(calls)
        assert 4 == len(set(hub.connections))
    gc.collect()  # what the ended loops have left warns here, where it is expected


@STOPS_READING
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.space_info("me/app", timeout=0.05),
        lambda client: client.repo_info("me/app", timeout=0.05),
        lambda client: client.repo_info("me/rows", repo_type="dataset", timeout=0.05),
    ],
)
async def test_one_call_may_be_given_less_time(ask: Callable[[AsyncSpacesClient], Any]) -> None:
    """However patient the client is; what it has stays as it was."""
    async with serving(never, reply({"id": "me/app"})) as hub, client_of(hub, timeout=600) as client:
        once = client.with_options(retry=RetryPolicy(attempts=1))
        with pytest.raises(HubTimeoutError):
            await ask(once)
        assert "me/app" == (await once.space_info("me/app")).id
