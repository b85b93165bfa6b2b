"""Calls over aiohttp, as a transport and by an injected client: the same word on what a failed one has done."""

from __future__ import annotations

import gzip
import socket
import ssl
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest
import trustme
from anyio.abc import SocketAttribute, SocketStream
from httpx_aiohttp import HttpxAiohttpClient

from aiohfspaces import (
    AsyncSpacesClient,
    HubConnectionError,
    HubHTTPError,
    HubTimeoutError,
    MalformedReplyError,
    RetryPolicy,
    Timeout,
    UsageError,
)
from aiohfspaces._loading import LaterModule
from aiohfspaces._wire.calls import Call, FileRange, StreamBody
from aiohfspaces._wire.replies import nothing
from aiohfspaces.localhub import LocalHub
from tests.support.scripted import (
    BOTH_LOOPS,
    ScriptedServer,
    client_of,
    encoded,
    hang_up,
    never,
    raw,
    redirect,
    reply,
    serving,
    stall,
    tunnel,
)

pytestmark = pytest.mark.anyio

ONCE = RetryPolicy(attempts=1)
SHORT = Timeout(read=0.05)

Over: TypeAlias = Callable[..., AbstractAsyncContextManager[AsyncSpacesClient]]


@asynccontextmanager
async def transport(server: ScriptedServer, **options: Any) -> AsyncIterator[AsyncSpacesClient]:
    """Go over aiohttp because the client is told to."""
    async with client_of(server, transport="aiohttp", **options) as client:
        yield client


@asynccontextmanager
async def injected(server: ScriptedServer, **options: Any) -> AsyncIterator[AsyncSpacesClient]:
    """Go over it because a user's client does."""
    async with HttpxAiohttpClient() as http_client:
        yield client_of(server, http_client=http_client, **options)


@asynccontextmanager
async def resetting() -> AsyncIterator[int]:
    """Listen, and reset each connection once a request has begun; give the port."""

    async def reset(stream: SocketStream) -> None:
        await stream.receive()
        linger = stream.extra(SocketAttribute.raw_socket)
        linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        await stream.aclose()

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, reset)
        yield listener.extra(SocketAttribute.local_port)
        group.cancel_scope.cancel()


BOTH = pytest.mark.parametrize("over", [transport, injected])


@BOTH
@pytest.mark.parametrize(
    ("step", "error"),
    [
        (hang_up, HubConnectionError),
        (raw(b"nonsense\r\n\r\n"), HubConnectionError),
        (raw(encoded({"a": 1})[:-3]), HubConnectionError),
        (never, HubTimeoutError),
        (stall(encoded({"a": 1})[:-3]), HubTimeoutError),
    ],
    ids=["hang up", "no HTTP", "cut", "no reply", "stalled"],
)
async def test_what_may_have_been_done_is_not_sent_again(
    step: Any, error: type[HubConnectionError], over: Over
) -> None:
    """httpx-aiohttp calls a connection that breaks off a failed connect, after which anything might be repeated."""
    async with serving(step, rest=reply({})) as server, over(server, timeout=SHORT) as client:
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert (error, "unknown") == (type(caught.value), caught.value.outcome)
        assert 1 == len(server.received)


@BOTH
async def test_where_nobody_listens_nothing_is_done(over: Over) -> None:
    """That is a failed connect indeed."""
    async with serving() as server:
        pass
    async with over(server, retry=ONCE) as client:
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert "not done" == caught.value.outcome


@BOTH
async def test_files_travel_both_ways(over: Over, tmp_path: Path) -> None:
    """Bodies with their length, replies piece by piece."""
    (tmp_path / "app.py").write_bytes(b"print('hello')\n" * 100)
    (tmp_path / "model.bin").write_bytes(bytes(range(256)) * 10_000)
    async with LocalHub() as hub, over(hub, token=hub.token) as client:
        await client.create_repo("me/app", space_sdk="static")
        report = await client.upload_folder(repo_id="me/app", folder_path=tmp_path)
        found = await client.snapshot_download("me/app", cache_dir=tmp_path / "cache")
        assert {"app.py", "model.bin"} <= set(report.uploaded)
        assert (tmp_path / "model.bin").read_bytes() == Path(found, "model.bin").read_bytes()


@pytest.mark.parametrize("host", ["hub..invalid", "h" * 64])
async def test_a_name_that_is_none_is_a_failed_connect(host: str) -> None:
    """As over lanes."""
    async with AsyncSpacesClient("hf_x", endpoint=f"http://{host}", transport="aiohttp", retry=ONCE) as client:
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
    assert "not done" == caught.value.outcome


async def test_no_call_is_repeated_behind_our_back() -> None:
    """Aiohttp would send a deletion again whose reply was lost, and tell the 404 of the second one."""
    async with serving(hang_up, reply({}, 404)) as server, transport(server, retry=ONCE) as client:
        with pytest.raises(HubConnectionError) as caught:
            await client.request("DELETE", "/")
        assert "unknown" == caught.value.outcome
        assert 1 == len(server.received)


async def test_a_call_that_must_not_be_repeated_is_not_for_a_stale_connection() -> None:
    """Whether the server took it before it closed, nobody can say."""
    async with serving(reply({}), hang_up) as server, transport(server) as client:
        await client.request("GET", "/before")
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert "unknown" == caught.value.outcome
        assert ["GET", "POST"] == [request.method for request in server.received]


@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_stale_connection_is_told_from_a_new_one(repeatable: bool) -> None:
    """Only what had been idle can have been closed unnoticed: there a repeatable call goes out again at once."""
    call = Call(method="POST", path="/x", parse=nothing, repeatable=repeatable)
    async with serving(hang_up, reply({}), hang_up) as server, transport(server, retry=ONCE) as client:
        with pytest.raises(HubConnectionError):
            await client._transport.send(call)
        await client._transport.send(call)
        if repeatable:
            await client._transport.send(call)
        else:
            with pytest.raises(HubConnectionError):
                await client._transport.send(call)
        assert [1, 2, 2, 3][: 3 + repeatable] == server.connections


async def test_an_early_refusal_stops_the_body(tmp_path: Path) -> None:
    """Aiohttp sends from a task of its own, which goes on when the reply is there already."""
    (tmp_path / "big").write_bytes(bytes(16 << 20))
    body = StreamBody((FileRange(tmp_path / "big", 0, 16 << 20),))
    call = Call(method="PUT", path="/x", parse=nothing, body=body, repeatable=False)

    async def refuse(stream: SocketStream) -> None:
        async with stream:
            while b"\r\n\r\n" not in await stream.receive():
                pass
            await stream.send(encoded({"error": "too big"}, 413))
            await anyio.sleep_forever()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, refuse)
        endpoint = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"
        async with AsyncSpacesClient("hf_x", endpoint=endpoint, transport="aiohttp", retry=ONCE) as client:
            with pytest.raises(HubHTTPError) as caught:
                await client._transport.send(call)
        assert 413 == caught.value.status
        group.cancel_scope.cancel()


async def test_what_is_being_read_is_closed_when_that_has_stopped() -> None:
    """An injected client sends from a task of its own, too, which is reading when the refusal comes."""

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            time.sleep(0.02)
            return super().read(size)

    call = Call(
        method="PUT",
        path="/x",
        parse=nothing,
        body=StreamBody((FileRange(Slow(bytes(16 << 20)), 0, 16 << 20),)),
        repeatable=False,
    )

    async def refuse(stream: SocketStream) -> None:
        async with stream:
            while b"\r\n\r\n" not in await stream.receive():
                pass
            await stream.send(encoded({"error": "too big"}, 413))
            with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                while await stream.receive():
                    pass

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as group, HttpxAiohttpClient() as http_client:
        group.start_soon(listener.serve, refuse)
        endpoint = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"
        async with AsyncSpacesClient("hf_x", endpoint=endpoint, http_client=http_client, retry=ONCE) as client:
            with pytest.raises(HubHTTPError) as caught:
                await client._transport.send(call)
        assert 413 == caught.value.status
        group.cancel_scope.cancel()


async def test_what_reading_a_file_raises_is_raised(tmp_path: Path) -> None:
    """Aiohttp says only that it could not send."""
    body = StreamBody((FileRange(tmp_path / "gone", 0, 9),))
    call = Call(method="PUT", path="/x", parse=nothing, body=body, repeatable=False)
    async with serving() as server, transport(server) as client, client_of(server) as usual:
        with pytest.raises(Exception) as expected:  # noqa: PT011  # whatever it is over lanes
            await usual._transport.send(call)
        with pytest.raises(type(expected.value)) as caught:
            await client._transport.send(call)
        assert str(expected.value) == str(caught.value)


async def test_a_cancelled_call_gives_its_connection_up() -> None:
    """What comes next finds room, on a connection of its own."""
    async with serving(never, rest=reply("right")) as server, transport(server, max_connections=1) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.request, "GET", "/")
            await server.until(lambda: len(server.received) == 1)
            group.cancel_scope.cancel()
        assert "right" == await client.request("GET", "/")
        assert [1, 2] == server.connections


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    """Whatever is asked for at once."""
    async with serving() as server, transport(server, max_connections=3) as client:
        async with anyio.create_task_group() as group:
            for index in range(12):
                group.start_soon(client.request, "GET", f"/{index}")
        assert 12 == len(server.received)
        assert 3 >= server.most_under_way


async def test_a_signed_address_goes_out_as_it_was_given() -> None:
    """Written in another way it would not be the one that was signed."""
    target = "/a%2Fb/~c?X-Signature=%7E%2b+%20s3cr3t"
    async with (
        serving(rest=reply("bytes")) as storage,
        serving(rest=redirect(storage.url + target)) as hub,
        transport(hub) as client,
    ):
        assert "bytes" == await client.request("GET", "/file")
        assert [target] == storage.targets
        assert [None] == [request.authorization for request in storage.received]


@BOTH
@pytest.mark.parametrize("failing", ["no HTTP", "reset", "no connection"])
async def test_no_failure_shows_a_signature(failing: str, over: Over) -> None:
    """Aiohttp names the whole address: neither the error nor its traceback may."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as other:
        other.setblocking(False)
        other.connect_ex(full.getsockname())  # it takes no other
        async with serving(raw(b"nonsense\r\n\r\n")) as server, resetting() as resets, over(server) as client:
            place = {"no HTTP": server.port, "reset": resets, "no connection": full.getsockname()[1]}[failing]
            call = Call(
                method="PUT",
                path=f"http://127.0.0.1:{place}/o?X-Amz-Signature=s3cr3t",
                parse=nothing,
                body=StreamBody((bytes(16 << 20),)) if failing == "reset" else None,
                repeatable=False,
            )
            with pytest.raises(HubConnectionError, match="/o") as caught:
                await client._transport.with_timeout(Timeout(connect=0.1, total=5)).send(call)
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


async def test_a_call_that_waits_is_not_sent_by_a_client_that_is_closed() -> None:
    """It says so, as one does that comes later."""
    async with serving(never) as server, transport(server, max_connections=1) as client:

        async def wait() -> None:
            with pytest.raises(UsageError, match="closed"):
                await client.request("GET", "/second")

        async def hold() -> None:
            with pytest.raises(HubConnectionError):
                await client._transport.without_repeating().send(
                    Call(method="GET", path="/first", parse=nothing, repeatable=False)
                )

        async with anyio.create_task_group() as group:
            group.start_soon(hold)
            await server.until(lambda: len(server.received) == 1)
            group.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            await client.aclose()
        assert ["/first"] == server.targets


async def test_a_call_on_a_kept_connection_fails_when_its_client_is_closed() -> None:
    """There is nothing left to send it again through."""
    async with serving(reply({}), never) as server, transport(server, retry=ONCE) as client:
        await client.request("GET", "/before")

        async def call() -> None:
            with pytest.raises(HubConnectionError):
                await client.request("GET", "/")

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await server.until(lambda: len(server.received) == 2)
            await client.aclose()


async def test_what_http_cannot_send_is_escaped() -> None:
    """As over lanes; a login in an address is none of the Hub's."""
    async with serving() as server:
        steps = redirect(server.url.replace("//", "//me:pw@") + "/a b/\u00e9?x=y z#f"), reply({})
        server._steps.extend(steps * 2)
        async with transport(server) as client, client_of(server) as usual:
            await client.request("GET", "/")
            await usual.request("GET", "/")
        assert ["/", "/a%20b/%C3%A9?x=y%20z"] * 2 == server.targets
        assert ["Bearer hf_scriptedtoken"] * 4 == [request.authorization for request in server.received]


async def test_a_proxy_that_does_not_answer_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands until it has connected."""
    async with serving(rest=never) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        limits = Timeout(connect=0.1, total=30)
        async with AsyncSpacesClient(
            "hf_x", endpoint="https://hub.invalid", transport="aiohttp", timeout=limits, retry=ONCE
        ) as client:
            with anyio.fail_after(5), pytest.raises(HubTimeoutError) as caught:
                await client.request("POST", "/")
        assert "not done" == caught.value.outcome


async def test_cookies_are_never_sent_back() -> None:
    """Siblings share the door."""
    async with serving(rest=reply({}, headers={"Set-Cookie": "session=mine; Path=/"})) as server:
        async with transport(server) as client:
            for _ in range(2):
                await client.request("GET", "/")
        assert [False, False] == ["cookie" in request.headers for request in server.received]


async def test_replies_are_unpacked() -> None:
    """And what cannot be is malformed."""
    packed = {"Content-Encoding": "gzip"}
    steps = reply(gzip.compress(b'{"a": 1}'), headers=packed), reply(b"not packed", headers=packed)
    async with serving(*steps) as server, transport(server) as client:
        assert {"a": 1} == await client.request("GET", "/")
        with pytest.raises(MalformedReplyError):
            await client.request("GET", "/")


async def test_tls_is_checked_with_the_certificates_that_were_named(authority: trustme.CA, tmp_path: Path) -> None:
    """Without them nothing is sent."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(served)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with serving(rest=reply("right"), tls=served) as server:
        async with transport(server, verify=tmp_path / "ca.pem") as client:
            assert "right" == await client.request("GET", "/")
        async with transport(server, retry=ONCE) as client:
            with pytest.raises(HubConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
                await client.request("POST", "/")
        assert "not done" == caught.value.outcome
        assert ["GET"] == [request.method for request in server.received]


@pytest.mark.parametrize("secure", [False, True])
async def test_the_proxy_of_the_environment_gets_its_own_password(
    secure: bool, monkeypatch: pytest.MonkeyPatch, authority: trustme.CA, tmp_path: Path
) -> None:
    """And the token of the Hub only where it has to pass it on."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(served)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with (
        serving(rest=reply("right"), tls=served if secure else None) as server,
        serving(rest=tunnel if secure else reply("right")) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY" if secure else "HTTP_PROXY", proxy.url.replace("//", "//me:p%40ss@"))
        async with transport(server, verify=tmp_path / "ca.pem") as client:
            assert "right" == await client.request("GET", "/")
        assert [f"localhost:{server.port}" if secure else f"{server.url}/"] == proxy.targets
        assert "Basic bWU6cEBzcw==" == proxy.received[0].headers["proxy-authorization"]
        assert secure == (proxy.received[0].authorization is None)
        assert not secure or "proxy-authorization" not in server.received[0].headers


@pytest.mark.parametrize("proxy", ["http://proxy:notaport", "socks5://proxy:1"])
async def test_a_proxy_that_aiohttp_cannot_use_is_named(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its variable, before anything is sent."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    async with AsyncSpacesClient("hf_x", endpoint="http://hub.invalid", transport="aiohttp") as client:
        with pytest.raises(UsageError, match="http_proxy"):
            await client.request("GET", "/")


@BOTH_LOOPS
async def test_it_runs_on_asyncio_only(anyio_backend: str) -> None:
    """On another loop the first call says so."""
    async with serving(rest=reply("right")) as server, transport(server) as client:
        if anyio_backend == "asyncio":
            assert "right" == await client.request("GET", "/")
        else:
            with pytest.raises(UsageError, match="asyncio"):
                await client.request("GET", "/")


def test_the_extra_is_named_where_aiohttp_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the client is made."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "aiohfspaces._io.aiohttp_door", raising=False)
    monkeypatch.setattr("aiohfspaces.client.aiohttp_door", LaterModule("aiohfspaces._io.aiohttp_door"))
    with pytest.raises(UsageError, match=r"aiohfspaces\[aiohttp\]"):
        AsyncSpacesClient("hf_x", transport="aiohttp")


@pytest.mark.parametrize(
    "options", [{"transport": "pigeon"}, {"transport": None}, {"transport": "aiohttp", "http_client": object()}]
)
def test_a_transport_is_lanes_or_aiohttp(options: Any) -> None:
    """And a client that is injected brings its own."""
    with pytest.raises(UsageError, match="transport"):
        AsyncSpacesClient("hf_x", **options)
