from __future__ import annotations

import gzip
import logging
import ssl
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import trustme
from anyio import create_task_group

from aiohfspaces import (
    AsyncSpacesClient,
    HubConnectionError,
    HubTimeoutError,
    MalformedReplyError,
    RetryPolicy,
    Timeout,
    UsageError,
)
from aiohfspaces._io.certificates import _ssl_context, ssl_context
from aiohfspaces._io.http import Outgoing
from aiohfspaces._io.lane_door import _built
from aiohfspaces._wire.calls import Call, FileRange, StreamBody
from aiohfspaces._wire.replies import nothing
from tests.support.scripted import (
    BOTH_LOOPS,
    STOPS_READING,
    TOKEN,
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

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

ONCE = RetryPolicy(attempts=1)
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Make the server's side of TLS for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """Write the authority's certificate to a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


async def test_tls_with_a_private_authority_by_argument(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """``verify=path`` trusts the certificates of that file."""
    async with serving(rest=reply("right"), tls=server_tls) as server, client_of(server, verify=ca_file) as client:
        assert "right" == await client.request("GET", "/")


async def test_tls_with_a_private_authority_by_environment(
    server_tls: ssl.SSLContext, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``SSL_CERT_FILE`` counts as it does everywhere."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    async with serving(rest=reply("right"), tls=server_tls) as server, client_of(server) as client:
        assert "right" == await client.request("GET", "/")


async def test_tls_without_a_check(server_tls: ssl.SSLContext) -> None:
    """``verify=False`` trusts anybody."""
    async with serving(rest=reply("right"), tls=server_tls) as server, client_of(server, verify=False) as client:
        assert "right" == await client.request("GET", "/")


async def test_an_unknown_authority_stops_even_a_post_before_it_is_sent(server_tls: ssl.SSLContext) -> None:
    """Without trust nothing is sent, and the error knows it."""
    async with serving(tls=server_tls) as server, client_of(server, retry=ONCE) as client:
        with pytest.raises(HubConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await client.request("POST", "/", json={})
        assert "not done" == caught.value.outcome
        assert [] == server.received


async def test_a_record_that_breaks_tls_is_a_connection_error(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """What goes wrong inside TLS after the handshake is translated like any other failure."""

    async def garble(exchange: Any) -> bool:
        await exchange.stream.transport_stream.send(b"\x17\x03\x03\x00\x05nonse")
        return False

    async with (
        serving(rest=garble, tls=server_tls) as server,
        client_of(server, retry=ONCE, verify=ca_file) as client,
    ):
        with pytest.raises(HubConnectionError):
            await client.request("GET", "/")


def test_one_ssl_context_serves_all_clients(anyio_backend: str) -> None:
    """Reading the certificates costs 50 ms, and is done once."""
    assert ssl_context(True) is ssl_context(True)


async def test_many_first_calls_read_the_certificates_once(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """Calls that begin together wait for one reading."""
    before = _ssl_context.cache_info().misses
    async with (
        serving(rest=reply({}), tls=server_tls) as server,
        client_of(server, verify=ca_file) as client,
        create_task_group() as calls,
    ):
        for _ in range(8):
            calls.start_soon(client.request, "GET", "/")
    assert before + 1 == _ssl_context.cache_info().misses


@pytest.mark.parametrize("verify", [3, None, b"ca.pem"])
def test_verify_is_a_bool_a_path_or_a_context(anyio_backend: str, verify: Any) -> None:
    """Anything else is refused when the client is made."""
    with pytest.raises(UsageError, match="verify"):
        AsyncSpacesClient(verify=verify)


async def test_a_missing_authority_is_named(tmp_path: Path, server_tls: ssl.SSLContext) -> None:
    """A path without certificates is the caller's mistake, told by name."""
    async with serving(tls=server_tls) as server, client_of(server, verify=tmp_path / "none.pem") as client:
        with pytest.raises(UsageError, match=r"none\.pem"):
            await client.request("GET", "/")


async def test_http_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forward proxy gets the whole address, and its own password only in its own header."""
    async with serving(rest=reply("by proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//me:p%40ss@"))
        async with AsyncSpacesClient(TOKEN, endpoint="http://hub.invalid", retry=ONCE) as client:
            assert "by proxy" == await client.request("GET", "/api/x", params={"a": "b"})
        assert ["http://hub.invalid/api/x?a=b"] == proxy.targets
        assert "Basic bWU6cEBzcw==" == proxy.received[0].headers["proxy-authorization"]


@pytest.mark.parametrize("bypassed", ["127.0.0.1", "127.0.0.1:{port}", "*"])
async def test_no_proxy_goes_past_it(monkeypatch: pytest.MonkeyPatch, bypassed: str) -> None:
    """Hosts that ``NO_PROXY`` names are reached directly."""
    async with serving(rest=reply("by proxy")) as proxy, serving(rest=reply("direct")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", bypassed.format(port=server.port))
        async with client_of(server) as client:
            assert "direct" == await client.request("GET", "/")
        assert [] == proxy.received


async def test_https_goes_through_a_tunnel_of_the_proxy(
    server_tls: ssl.SSLContext, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy sees ``CONNECT`` and nothing of what goes through, the token least of all."""
    async with serving(rest=reply("right"), tls=server_tls) as server, serving(rest=tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with client_of(server, verify=ca_file) as client:
            assert "right" == await client.request("GET", "/")
            assert "right" == await client.request("GET", "/")
        assert [f"localhost:{server.port}"] == proxy.targets
        assert [None] == [request.authorization for request in proxy.received]
        assert [1, 1] == server.connections


@pytest.mark.parametrize("secure", [True, False])
async def test_a_signature_stays_out_of_what_the_proxy_is_asked(
    secure: bool, server_tls: ssl.SSLContext, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A presigned address is reached through a proxy like any other."""
    async with (
        serving(rest=reply("bytes"), tls=server_tls if secure else None) as storage,
        serving(rest=tunnel if secure else reply("bytes")) as proxy,
        serving(rest=redirect(f"{storage.url}/object?signature=s3cr3t")) as hub,
    ):
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", f"127.0.0.1:{hub.port}")
        async with client_of(hub, verify=ca_file) as client:
            assert "bytes" == await client.request("GET", "/file")
        if secure:
            assert [f"localhost:{storage.port}"] == proxy.targets
            assert ["/object?signature=s3cr3t"] == storage.targets
        else:
            assert [f"{storage.url}/object?signature=s3cr3t"] == proxy.targets


async def test_a_proxy_that_refuses_is_a_connection_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a closed proxy nothing was done."""
    async with serving(rest=reply(status=407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with AsyncSpacesClient(TOKEN, endpoint="https://hub.invalid", retry=ONCE) as client:
            with pytest.raises(HubConnectionError, match="407") as caught:
                await client.request("POST", "/")
        assert "not done" == caught.value.outcome


async def test_a_request_on_its_way_shows_no_secret() -> None:
    """A log of what a function worked with would have its token, its body and its signature."""
    request = Outgoing(
        method="POST",
        url="https://hub/o?signature=s3cr3t",
        shown_url="https://hub/o",
        headers={"Authorization": "Bearer s3cr3t"},
        content=b"s3cr3t",
        timeout_s={},
        repeatable=False,
    )
    assert "https://hub/o" in repr(request)
    assert "s3cr3t" not in repr(request) + repr(_built(request))


@pytest.mark.parametrize("proxy", ["http://proxy:notaport", "carrier-pigeon://proxy", "socks5://proxy"])
async def test_a_proxy_that_cannot_be_used_is_named(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is told, since nothing in the program names the proxy."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    async with AsyncSpacesClient(TOKEN, endpoint="http://hub.invalid") as client:
        with pytest.raises(UsageError, match="http_proxy"):
            await client.request("GET", "/")


@LIBRARIES
async def test_an_injected_client_is_used_and_left_open(library: Any) -> None:
    """Its own settings hold, and it stays the user's to close."""
    async with serving(rest=reply("right")) as server, library.AsyncClient(headers={"X-Own": "1"}) as http_client:
        async with client_of(server, http_client=http_client) as client:
            assert "right" == await client.request("GET", "/")
        assert not http_client.is_closed
        assert "1" == server.received[0].headers["x-own"]
        assert library.__name__ in server.received[0].headers["user-agent"]


@LIBRARIES
@pytest.mark.parametrize("token", [TOKEN, False])
async def test_an_injected_clients_login_and_cookies_stay_behind(library: Any, token: Any) -> None:
    """The account is ours alone to say: no header, no auth and no cookie of that client goes along."""
    http_client = library.AsyncClient(
        headers={"Authorization": "Bearer other"}, cookies={"session": "other"}, auth=("other", "other")
    )
    async with serving(reply({}, headers={"Set-Cookie": "set=1"})) as server, http_client:
        client = client_of(server, token, http_client=http_client)
        for _ in range(2):
            await client.request("GET", "/")
        expected = f"Bearer {TOKEN}" if token else None
        assert [expected, expected] == [request.authorization for request in server.received]
        assert [False, False] == ["cookie" in request.headers for request in server.received]


@LIBRARIES
@pytest.mark.parametrize(
    ("step", "error", "outcome"),
    [
        (hang_up, HubConnectionError, "unknown"),
        (raw(b"nonsense\r\n\r\n"), HubConnectionError, "unknown"),
        (raw(encoded({"a": 1})[:-3]), HubConnectionError, "unknown"),
        (never, HubTimeoutError, "unknown"),
        (stall(encoded({"a": 1})[:-3]), HubTimeoutError, "unknown"),
    ],
    ids=["hang up", "no HTTP", "cut", "no reply", "stalled"],
)
async def test_failures_of_an_injected_client_are_translated(
    library: Any, step: Any, error: type[HubConnectionError], outcome: str
) -> None:
    """No exception of httpx or httpx2 reaches a caller."""
    short = Timeout(read=0.05)
    async with serving(step) as server, library.AsyncClient() as http_client:
        client = client_of(server, http_client=http_client, timeout=short, retry=ONCE)
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert error is type(caught.value)
        assert outcome == caught.value.outcome
        assert isinstance(caught.value, TimeoutError) == (error is HubTimeoutError)


@LIBRARIES
async def test_a_refused_connection_is_not_done(library: Any) -> None:
    """Where nobody listens nothing happens."""
    async with serving() as server:
        pass
    async with library.AsyncClient() as http_client:
        client = client_of(server, http_client=http_client, retry=ONCE)
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert "not done" == caught.value.outcome


async def test_no_other_thing_is_taken_for_a_client(anyio_backend: str) -> None:
    """What is not of httpx or httpx2 is refused when the client is made."""
    with pytest.raises(UsageError, match="http_client"):
        AsyncSpacesClient(http_client=object())  # type: ignore[arg-type]


@pytest.mark.parametrize("injected", [True, False])
async def test_a_closed_client_says_so(injected: bool) -> None:
    """A call after the end is a mistake of the program, in our own words."""
    async with serving() as server:
        http_client = httpx.AsyncClient() if injected else None
        client = client_of(server, http_client=http_client)
        await (http_client or client).aclose()
        with pytest.raises(UsageError, match="closed"):
            await client.request("GET", "/")
        assert [] == server.received


async def test_gzip_is_unpacked() -> None:
    """A compressed reply reads like any other."""
    packed = reply(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    async with serving(packed) as server, client_of(server) as client:
        assert {"a": 1} == await client.request("GET", "/")


@STOPS_READING
async def test_bad_gzip_is_malformed() -> None:
    """What cannot be unpacked is no reply, and asking again does not help."""
    async with serving(rest=reply(b"not packed", headers={"Content-Encoding": "gzip"})) as server:
        async with client_of(server) as client:
            with pytest.raises(MalformedReplyError) as caught:
                await client.request("GET", "/")
        assert "body" == caught.value.field
        assert 1 == len(server.received)


@pytest.mark.parametrize("attempts", [1, 2])
async def test_a_streamed_body_is_not_begun_twice_on_a_stale_lane(attempts: int) -> None:
    """It may be used up; a call that may be repeated is, as a whole, with the whole body on one new connection."""
    body = StreamBody((b"<", FileRange(BytesIO(b"object"), 0, 6), b">"))
    call = Call(method="PUT", path="/x", parse=nothing, body=body, repeatable=True)
    policy = RetryPolicy(attempts=attempts, initial=0, jitter=0)
    async with serving(reply({}), hang_up) as server, client_of(server, retry=policy) as client:
        await client.request("GET", "/before")
        expected = pytest.raises(HubConnectionError) if attempts == 1 else nullcontext()
        with expected:
            await client._transport.send(call)
        await client.request("GET", "/after")
        assert [b"", *[b"<object>"] * attempts, b""] == [request.body for request in server.received]
        assert [1, 1, 2, 2][: 2 + attempts] == server.connections


async def test_a_streamed_body_that_is_not_repeatable_is_sent_once() -> None:
    """Whether the server took it before it closed, nobody can say."""
    call = Call(method="POST", path="/x", parse=nothing, body=StreamBody((b"line",)), repeatable=False)
    async with serving(reply({}), hang_up) as server, client_of(server) as client:
        await client.request("GET", "/before")
        with pytest.raises(HubConnectionError) as caught:
            await client._transport.send(call)
        assert "unknown" == caught.value.outcome
        assert ["GET", "POST"] == [request.method for request in server.received]


async def test_cookies_are_never_sent_back() -> None:
    """Siblings share the door: what one account was given must not go with another's call."""
    async with serving(rest=reply({}, headers={"Set-Cookie": "session=mine; Path=/"})) as server:
        async with client_of(server) as client:
            await client.request("GET", "/")
            await client.with_options(token="hf_other").request("GET", "/")
        assert [False, False] == ["cookie" in request.headers for request in server.received]


async def test_no_log_shows_a_signature(caplog: pytest.LogCaptureFixture) -> None:
    """Presigned addresses come without what signs them, and httpx logs nothing."""
    caplog.set_level(logging.DEBUG, "httpx")
    caplog.set_level(logging.DEBUG, "aiohfspaces")
    async with (
        serving(rest=reply("bytes")) as storage,
        serving(rest=redirect(f"{storage.url}/object?X-Signature=s3cr3t")) as hub,
        client_of(hub) as client,
    ):
        assert "bytes" == await client.request("GET", "/file")
        assert ["/object?X-Signature=s3cr3t"] == storage.targets
    assert "/object" in caplog.text
    assert "s3cr3t" not in caplog.text
    assert TOKEN not in caplog.text
