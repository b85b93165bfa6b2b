from __future__ import annotations

import html as html_escapes
import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    AuthenticationError,
    BadRequestError,
    FileChangedError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    HubTimeoutError,
    MalformedReplyError,
    OfflineError,
    RetryPolicy,
    Timeout,
)
from aiohfspaces._io.opened import LONGEST_REPLY
from aiohfspaces._plan.redirecting import MOST_REDIRECTS
from aiohfspaces._wire.calls import Base64File, Call, FileRange, JsonBody, StreamBody
from aiohfspaces._wire.replies import body_value, nothing
from tests.support.scripted import (
    BOTH_LOOPS,
    STOPS_READING,
    TOKEN,
    Exchange,
    Step,
    client_of,
    encoded,
    hang_up,
    html,
    never,
    raw,
    redirect,
    reply,
    serving,
    stall,
    trickle,
)

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

ONCE = RetryPolicy(attempts=1)
BEARER = f"Bearer {TOKEN}"
SECRET = "alpha1 \"bravo2\" <b>&amp;\ncharlie3  'delta4' é"


async def test_the_token_goes_to_the_endpoint_only() -> None:
    """Not to another port of the same host, and again to the endpoint when the way leads back."""
    async with serving() as hub, serving() as elsewhere:
        hub._steps.append(redirect(f"{elsewhere.url}/object"))
        elsewhere._steps.append(redirect(f"{hub.url}/back"))
        hub._steps.append(reply("right"))
        async with client_of(hub) as client:
            assert "right" == await client.request("GET", "/file")
        assert [BEARER, BEARER] == [request.authorization for request in hub.received]
        assert [None] == [request.authorization for request in elsewhere.received]


async def test_a_storage_address_gets_no_token() -> None:
    """An address that the Hub gives for uploads leads elsewhere and carries its own signature."""
    async with serving() as hub, serving() as storage, client_of(hub) as client:
        call = Call(method="PUT", path=f"{storage.url}/part?sig=1", parse=body_value, repeatable=True)
        await client._transport.send(call)
        assert ["/part?sig=1"] == storage.targets
        assert None is storage.received[0].authorization
        assert [] == hub.received


@pytest.mark.parametrize("address", ["ftp://storage/x?sig=s3cr3t", "http://storage:port/x?sig=s3cr3t", "file:///x"])
async def test_an_address_that_http_cannot_reach_is_malformed(address: str) -> None:
    """What the Hub gives as an address is checked, and shown without its signature."""
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError) as caught:
            await client._transport.send(Call(method="GET", path=address, parse=body_value, repeatable=True))
        assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_never_leaves_the_origin(status: int) -> None:
    """What has a body may hold a secret; a redirect elsewhere is an error."""
    async with serving() as elsewhere, serving(redirect(f"{elsewhere.url}/x", status)) as hub, client_of(hub) as client:
        with pytest.raises(HubHTTPError) as caught:
            await client.request("POST", "/x", json={"key": "value"})
        assert status == caught.value.status
        assert [] == elsewhere.received
        assert 1 == len(hub.received)


@pytest.mark.parametrize("status", [307, 308])
async def test_a_post_repeats_itself_where_its_method_is_kept(status: int) -> None:
    """On its own origin, with method, body and token as before."""
    async with serving(redirect("/renamed?a=b", status)) as hub, client_of(hub) as client:
        await client.request("POST", "/old", json={"key": "value"})
        assert ["/old", "/renamed?a=b"] == hub.targets
        assert 1 == len({(each.method, each.body, each.authorization) for each in hub.received})


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_post_is_not_turned_into_a_get(status: int) -> None:
    """A redirect that changes the method says that something else was meant."""
    async with serving(redirect("/elsewhere", status)) as hub, client_of(hub) as client:
        with pytest.raises(HubHTTPError):
            await client.request("POST", "/x")
        assert ["/x"] == hub.targets


@pytest.mark.parametrize("location", ["http://[", "ftp://x/", "//", "/again"])
async def test_redirects_that_lead_nowhere_end_as_an_error(location: str) -> None:
    """Neither a broken address nor a circle keeps a call going for ever."""
    async with serving(rest=redirect(location)) as hub, client_of(hub, retry=ONCE) as client:
        with pytest.raises((HubHTTPError, HubConnectionError)):
            await client.request("GET", "/x")
        assert 1 + MOST_REDIRECTS >= len(hub.received)


async def test_addresses_of_the_default_endpoint_lead_to_the_mirror() -> None:
    """A mirror passes on what names huggingface.co; a client of the mirror stays with it."""
    async with serving(redirect("https://huggingface.co/api/renamed")) as mirror, client_of(mirror) as client:
        await client.request("GET", "/api/old")
        assert ["/api/old", "/api/renamed"] == mirror.targets
        assert [BEARER, BEARER] == [request.authorization for request in mirror.received]


ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@pytest.mark.parametrize(
    "step",
    [never, stall(ENDLESS[:9]), trickle(ENDLESS, every_s=0.01), trickle(ENDLESS.replace(b"200", b"500"), every_s=0.01)],
    ids=["no reply", "half a head", "trickling", "trickling refusal"],
)
async def test_no_reply_outlives_the_total_time(step: Step) -> None:
    """However the server keeps a call waiting, it ends in time, and its connection with it."""
    async with serving(step) as hub, client_of(hub, timeout=Timeout(read=1, total=0.1)) as client:
        with anyio.fail_after(1), pytest.raises(HubTimeoutError, match=r"0\.1 s") as caught:
            await client.request("GET", "/x")
        assert isinstance(caught.value, TimeoutError)
        await hub.until(lambda: not hub.open)
        assert {} == await client.with_options(timeout=Timeout()).request("GET", "/x")
        assert [1, 2] == hub.connections


async def test_a_file_adds_to_the_total_time_what_its_size_takes() -> None:
    """At the slowest rate that is allowed; each attempt and the wait between them count into that."""
    barely = Timeout(total=1e-6, slowest=0.1)
    put = Call(method="PUT", path="/x", parse=body_value, body=StreamBody((b"some bytes",)), repeatable=True)
    async with serving(reply(status=503)) as hub, client_of(hub, timeout=barely) as client:
        await client._transport.send(put)
        assert [b"some bytes"] * 2 == [request.body for request in hub.received]
        with pytest.raises(HubTimeoutError):
            await client.request("PUT", "/x", json="some bytes")
        with pytest.raises(HubTimeoutError, match="within 1e-06 s"):
            await client._transport.send(Call(**{**_fields(put), "body": StreamBody(())}))


async def test_no_file_outlives_the_time_that_its_size_takes() -> None:
    """What is slower than the slowest is given up."""
    put = Call(method="PUT", path="/x", parse=body_value, body=StreamBody((b"some bytes",)), repeatable=True)
    limits = Timeout(total=0.02, slowest=10 / 0.02)
    async with serving(never) as hub, client_of(hub, timeout=limits) as client:
        with pytest.raises(HubTimeoutError, match=r"within 0\.04 s") as caught:
            await client._transport.send(put)
        assert "unknown" == caught.value.outcome


async def created(exchange: Exchange) -> bool:
    """Create what is asked for, after a moment."""
    await anyio.wait_all_tasks_blocked()
    name = json.loads(exchange.request.body)["name"]
    return await reply({"url": f"http://{exchange.request.headers['host']}/spaces/me/{name}"})(exchange)


async def test_creations_of_an_account_take_turns() -> None:
    """Whichever client makes them: the Hub refuses an account that creates twice at once."""
    async with serving(rest=created) as hub, client_of(hub) as one, client_of(hub) as two:
        async with anyio.create_task_group() as group:
            for number in range(3):
                for client in (one, one.with_options(timeout=9), two, two.with_options(token=lambda: TOKEN)):
                    group.start_soon(partial(client.create_repo, f"me/app{number}", space_sdk="static"))
        assert (12, 1) == (len(hub.received), hub.most_under_way)


async def test_creations_of_another_account_wait_for_none() -> None:
    """Not for those of a sibling either, with which it shares the connections."""
    async with serving(never, rest=created) as hub, client_of(hub) as client, anyio.create_task_group() as group:
        group.start_soon(partial(client.create_repo, "me/app", space_sdk="static"))
        await hub.until(lambda: len(hub.received) == 1)
        await client.with_options(token="hf_another").create_repo("me/app", space_sdk="static")
        group.cancel_scope.cancel()


async def test_a_creation_whose_turn_does_not_come_was_not_done() -> None:
    """Its time is up before it was sent."""
    async with serving(never) as hub, client_of(hub) as client, anyio.create_task_group() as group:
        group.start_soon(partial(client.create_repo, "me/app", space_sdk="static"))
        await hub.until(lambda: len(hub.received) == 1)
        with pytest.raises(HubTimeoutError) as caught:
            await client.with_options(timeout=0.05).create_repo("me/other", space_sdk="static")
        assert ("not done", 1) == (caught.value.outcome, len(hub.received))
        group.cancel_scope.cancel()


async def test_a_permit_that_does_not_come_is_a_timeout() -> None:
    """Waiting for a free lane counts too."""
    async with serving(never) as hub, client_of(hub, max_connections=1) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.request, "GET", "/long")
            await hub.until(lambda: len(hub.received) == 1)
            with pytest.raises(HubTimeoutError):
                await client.with_options(timeout=0.05).request("GET", "/short")
            group.cancel_scope.cancel()
        assert ["/long"] == hub.targets


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [({"connect": 0.05, "total": 5}, "not done"), ({"connect": 5, "total": 0.05}, "unknown")],
    ids=["connect", "total"],
)
async def test_a_server_that_does_not_shake_hands_is_left(limits: dict[str, float], outcome: str) -> None:
    """A port that accepts and says nothing costs the time allowed, and its connection is closed."""
    options: dict[str, Any] = {"timeout": Timeout(**limits), "retry": ONCE}
    async with (
        serving() as silent,
        AsyncSpacesClient(TOKEN, endpoint=f"https://127.0.0.1:{silent.port}", **options) as client,
    ):
        with pytest.raises(HubTimeoutError) as caught:
            await client.request("POST", "/")
        assert outcome == caught.value.outcome
        await silent.until(lambda: not silent.open)


async def test_a_cancelled_call_leaves_no_half_read_connection() -> None:
    """The next call gets its own reply, not the rest of the other one."""
    wrong = stall(encoded("wrong" * 10)[:-5])
    async with serving(wrong, rest=reply("right")) as hub, client_of(hub, max_connections=1) as client:
        with anyio.move_on_after(0.05):
            await client.request("GET", "/wrong")
        await hub.until(lambda: not hub.open)
        assert "right" == await client.request("GET", "/right")
        assert [1, 2] == hub.connections


@pytest.mark.parametrize("step", [raw(encoded({"a": 1})[:-3]), hang_up], ids=["cut short", "no reply"])
async def test_a_reply_cut_short_is_asked_for_again(step: Step) -> None:
    """A body shorter than announced is no reply; a read is repeated."""
    async with serving(step, reply("right")) as hub, client_of(hub) as client:
        assert "right" == await client.request("GET", "/x")
        assert [1, 2] == hub.connections


@pytest.mark.parametrize("step", [html("<p>hello</p>"), reply(b'{"stage": "RUNN')], ids=["HTML", "half JSON"])
async def test_a_page_instead_of_json_is_malformed(step: Step) -> None:
    """A portal's login page with a 200 is not taken for an answer."""
    async with serving(rest=step) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError) as caught:
            await client.get_space_runtime("me/app")
        assert "body" == caught.value.field
        assert 1 == len(hub.received)


async def test_an_error_page_is_readable() -> None:
    """What a proxy says in HTML comes as a sentence, without markup, styles and scripts."""
    page = "<html><style>p {color: red}</style><script>x()</script><h1>Service\n Unavailable</h1><p>back &amp; soon</p>"
    async with serving(rest=html(page, 503)) as hub, client_of(hub, retry=ONCE) as client:
        with pytest.raises(HubServerError) as caught:
            await client.request("GET", "/x")
        assert "Service Unavailable back & soon" == caught.value.server_message


@STOPS_READING
async def test_an_endless_reply_is_not_taken_in() -> None:
    """There is a most that is held in memory, however well it compresses."""

    async def flood(exchange: Exchange) -> bool:
        await exchange.stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        for _ in range(LONGEST_REPLY // (4 << 20) + 2):
            await exchange.stream.send(bytes(4 << 20))
        return False

    async with serving(flood) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError, match="longer than"):
            await client.request("GET", "/x")
        assert "right" == await _after(hub, client)


@STOPS_READING
async def test_an_endless_refusal_still_tells_its_status() -> None:
    """Of an error page only the beginning is read."""

    async def flood(exchange: Exchange) -> bool:
        await exchange.stream.send(b"HTTP/1.1 400 No\r\nContent-Type: text/plain\r\nContent-Length: 999999999\r\n\r\n")
        while True:
            await exchange.stream.send(b"no " * 20000)

    async with serving(flood) as hub, client_of(hub) as client:
        with pytest.raises(BadRequestError) as caught:
            await client.request("GET", "/x")
        assert 500 >= len(caught.value.server_message)
        assert "right" == await _after(hub, client)


async def _after(hub: Any, client: AsyncSpacesClient) -> Any:
    hub._steps.append(reply("right"))
    return await client.request("GET", "/after")


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
async def test_offline_sends_nothing(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``HF_HUB_OFFLINE`` is read at each call."""
    async with serving() as hub, client_of(hub) as client:
        await client.request("GET", "/before")
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        with pytest.raises(OfflineError, match="/api/x"):
            await client.request("GET", "/api/x")
        assert ["/before"] == hub.targets


async def test_a_token_is_asked_for_once_more_after_a_401() -> None:
    """An expired one may be renewed; nothing was done, so even a POST goes out again."""
    tokens = iter(["hf_old", "hf_new", "hf_newer"])
    async with serving(reply(status=401)) as hub, client_of(hub, lambda: next(tokens)) as client:
        await client.request("POST", "/x", json={"a": 1})
        await client.request("GET", "/y")
        assert ["Bearer hf_old", "Bearer hf_new", "Bearer hf_newer"] == [each.authorization for each in hub.received]
        assert hub.received[0].body == hub.received[1].body


async def test_a_second_401_is_the_answer() -> None:
    """A token that is refused twice is wrong."""
    async with serving(rest=reply(status=401)) as hub, client_of(hub, lambda: "hf_wrong") as client:
        with pytest.raises(AuthenticationError):
            await client.request("GET", "/x")
        assert 2 == len(hub.received)


@pytest.mark.parametrize("token", [TOKEN, False], ids=["given", "anonymous"])
async def test_what_cannot_be_renewed_is_not_asked_for_again(token: Any) -> None:
    """The same token, or none, would get the same answer."""
    async with serving(rest=reply(status=401)) as hub, client_of(hub, token) as client:
        with pytest.raises(AuthenticationError):
            await client.request("GET", "/x")
        assert 1 == len(hub.received)


ECHOES: dict[str, Callable[[str], Step]] = {
    "JSON": lambda secret: reply({"error": f"bad value {secret}"}, 400),
    "JSON in JSON": lambda secret: reply({"error": f"bad body {json.dumps({'value': secret})}"}, 400),
    "object": lambda secret: reply({"error": [{"message": {"value": secret}}]}, 400),
    "HTML": lambda secret: html(f"<p>bad value {html_escapes.escape(secret)}</p>", 400),
    "numeric entities": lambda secret: html(html_escapes.escape(secret).replace("&#x27;", "&#39;"), 400),
    "unescaped HTML": lambda secret: html(f"<p>bad value {secret}</p>", 400),
    "text": lambda secret: reply(f"bad value {secret}", 400),
    "at the cut": lambda secret: reply({"error": "x" * 490 + secret}, 400),
    "header": lambda secret: reply(status=400, headers={"X-Error-Message": secret.replace("\n", " ")}),
    "malformed": lambda secret: reply(f'{{"value": "{secret}', 200),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("secret", [SECRET, "tango5-hidden9"], ids=["awkward", "plain"])
async def test_an_echoed_secret_is_blotted(echo: Callable[[str], Step], secret: str) -> None:
    """However the server repeats it, no word of it is in the error."""
    async with serving(rest=echo(secret)) as hub, client_of(hub) as client:
        with pytest.raises((BadRequestError, MalformedReplyError)) as caught:
            await client.create_repo("me/app", space_sdk="docker", space_secrets=[{"key": "KEY", "value": secret}])
        words = re.findall(r"\w{4,}", secret)
        shown = str(caught.value) + repr(caught.value.__dict__)
        assert [] == [word for word in words if word in shown]


@pytest.mark.parametrize("echo", ["JSON", "text", "at the cut"])
async def test_an_echoed_token_is_blotted(echo: str) -> None:
    """A debugging proxy that repeats our headers does not get the token into a log."""
    async with serving(rest=ECHOES[echo](TOKEN)) as hub, client_of(hub) as client:
        with pytest.raises(BadRequestError) as caught:
            await client.request("GET", "/x")
        assert TOKEN[:8] not in str(caught.value)


async def test_the_log_tells_calls_and_nothing_secret(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG each exchange is a line, without token, values and signatures."""
    caplog.set_level(logging.DEBUG)
    async with (
        serving(rest=reply("bytes")) as storage,
        serving(reply({}, headers={"X-Request-Id": "Root=1-abc"}), redirect(f"{storage.url}/o?sig=s1gned")) as hub,
        client_of(hub) as client,
    ):
        await client.add_space_secret("me/app", "KEY", "s3cr3t")
        await client.request("GET", "/file")
    own = [record.getMessage() for record in caplog.records if record.name == "aiohfspaces"]
    assert ["POST /api/spaces/me/app/secrets -> 200", "GET /file -> 302", "GET /o -> 200"] == [
        line.partition(" in ")[0] for line in own
    ]
    assert "[Root=1-abc]" in own[0]
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpcore"))
    assert [] == [word for word in (TOKEN, "s3cr3t", "s1gned") if word in logged]


async def test_a_streamed_body_says_its_length_and_comes_again(tmp_path: Path, anyio_backend: str) -> None:
    """Storage refuses chunks; a redirect and a repetition begin the file anew, whatever it is."""
    (tmp_path / "file").write_bytes(b"from disk")
    path: Path | BinaryIO = tmp_path / "file" if anyio_backend == "asyncio" else BytesIO(b"from disk")
    body = StreamBody((b"<", FileRange(path, 0, 9), Base64File(BytesIO(b"object"), 6), b">"), "text/plain")
    call = Call(method="PUT", path="/x", parse=body_value, body=body, repeatable=True)
    async with serving(redirect("/y", 307), reply(status=503)) as hub, client_of(hub) as client:
        await client._transport.send(call)
        assert [b"<from disk" + b64encode(b"object") + b">"] * 3 == [request.body for request in hub.received]
        assert ["/x", "/y", "/x"] == hub.targets
        assert {(str(body.length), "text/plain", None)} == {
            (each.headers["content-length"], each.headers["content-type"], each.headers.get("transfer-encoding"))
            for each in hub.received
        }


async def test_a_file_that_changes_while_it_is_sent_ends_the_call() -> None:
    """Its connection is closed, since nobody can take back the length that was said."""
    body = StreamBody((FileRange(BytesIO(b"short"), 0, 9),))
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(FileChangedError):
            await client._transport.send(Call(method="PUT", path="/x", parse=body_value, body=body, repeatable=True))
        await hub.until(lambda: not hub.open)
        assert {} == await client.request("GET", "/x")


async def test_each_exchange_names_itself() -> None:
    """The trace id of the Hub's support is new each time; the caller is told in the user agent."""
    async with serving() as hub, client_of(hub, user_agent="my-service/1.2") as client:
        await client.request("GET", "/x")
        await client.request("GET", "/x")
        assert 2 == len({request.headers["x-amzn-trace-id"] for request in hub.received})
        assert hub.received[0].headers["user-agent"].startswith("aiohfspaces/")
        assert hub.received[0].headers["user-agent"].endswith("; my-service/1.2")


async def test_headers_of_a_call_do_not_stand_beside_ours() -> None:
    """A header that the Hub gives for a transfer replaces the one of the same name, however it is spelt."""
    async with serving() as hub, client_of(hub) as client:
        given = (("authorization", "Basic upload"), ("content-type", "text/plain"))
        call = Call(method="PUT", path=f"{hub.url}/lfs", parse=body_value, headers=given, repeatable=True)
        await client._transport.send(call)
        await client._transport.send(Call(**{**_fields(call), "body": JsonBody({})}))
        assert ["Basic upload", "Basic upload"] == [request.authorization for request in hub.received]
        assert ["text/plain"] == [request.headers["content-type"] for request in hub.received[1:]]


def _fields(call: Call[Any]) -> dict[str, Any]:
    names = ("method", "path", "parse", "headers", "repeatable")
    return {name: getattr(call, name) for name in names}


async def test_no_token_is_renewed_where_none_was_shown() -> None:
    """A 401 of the storage says nothing of the token, which it has not seen."""
    asked: list[str] = []

    def token() -> str:
        asked.append("asked")
        return "hf_renewable"

    async with serving(rest=reply("no", 401)) as storage, serving() as hub, client_of(hub, token) as client:
        url, body = f"{storage.url}/o?sig=1", StreamBody((b"x",))
        call = Call(method="PUT", path=url, parse=nothing, body=body, repeatable=True)
        with pytest.raises(AuthenticationError):
            await client._transport.send(call)
        assert (1, 1) == (len(asked), len(storage.received))


async def test_what_only_asks_does_not_wait_for_own_transfers() -> None:
    """One connection in four carries no file; a transfer that waits for its turn has all its time then."""
    go_on = anyio.Event()

    async def slow(exchange: Exchange) -> bool:
        if exchange.request.method == "PUT":
            await go_on.wait()
        return await reply("right")(exchange)

    async with serving(rest=slow) as hub, client_of(hub, max_connections=4) as client:
        brief = client.with_options(timeout=Timeout(total=0.5, slowest=1.0))._transport
        async with anyio.create_task_group() as group:
            for _ in range(6):
                body = StreamBody((FileRange(b"file", 0, 4, "a"),))
                group.start_soon(
                    brief.send, Call(method="PUT", path="/part", parse=body_value, body=body, repeatable=True)
                )
            await hub.until(lambda: len(hub.received) == 3)
            assert "right" == await client.request("GET", "/file")
            assert ["PUT"] * 3 + ["GET"] == [request.method for request in hub.received]
            go_on.set()
        assert 7 == len(hub.received)
