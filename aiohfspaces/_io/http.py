"""One exchange over HTTP: a request goes out, the head of the reply comes back, then its body.

The one door to httpx. A client that a user brings may be httpx's or httpx2's: both have the same
methods and the same names of failures, and neither's leave this module.
"""

from __future__ import annotations

import os
import ssl
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TypeAlias

import anyio
import anyio.to_thread
import httpcore
import httpx
from attrs import frozen

from aiohfspaces._io.connecting import connector, shown_proxy
from aiohfspaces._io.lanes import FAILURES, LaneReply, Lanes
from aiohfspaces._wire.calls import READS
from aiohfspaces.errors import HubConnectionError, HubTimeoutError, MalformedReplyError, Outcome, UsageError

Verify: TypeAlias = bool | str | Path | ssl.SSLContext

_NOT_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "LocalProtocolError"}
)
_LASTING = frozenset({"UnsupportedProtocol", "LocalProtocolError", "ProxyError"})
_CLOSING_S = 2.0
_READING = threading.Lock()


@frozen(kw_only=True)
class Outgoing:
    """A request as it leaves.

    Attributes:
        method: The HTTP method.
        url: The whole address.
        shown_url: The address as logs may show it.
        headers: All that this library sets; those of an injected client come on top.
        content: The body: bytes, or a stream whose length a header tells.
        timeout_s: ``connect``, ``read``, ``write`` and ``pool``.
        repeatable: Whether sending it twice does no more than sending it once.
    """

    method: str
    url: str
    shown_url: str
    headers: Mapping[str, str]
    content: bytes | AsyncIterable[bytes] | None
    timeout_s: Mapping[str, float]
    repeatable: bool


class Incoming:
    """A reply whose head has come; it must be closed."""

    def __init__(self, response: httpx.Response, request: Outgoing, failures: tuple[type[Exception], ...]) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self._response = response
        self._request = request
        self._failures = failures

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Read the body as it comes, decompressed.

        Raises:
            HubConnectionError: It broke off.
            HubTimeoutError: It stalled.
            MalformedReplyError: It cannot be decompressed.
        """
        with _translated(self._request, self._failures, owned=False):
            async for piece in self._response.aiter_bytes():
                yield piece

    async def aclose(self) -> None:
        """Let go of the connection, cancelled or not."""
        with anyio.move_on_after(_CLOSING_S, shield=True):
            await self._response.aclose()


class HttpDoor:
    """Sends requests through one httpx client."""

    def __init__(self, client: httpx.AsyncClient, *, owned: bool, lanes: LaneTransport | None = None) -> None:
        self._client = client
        self._lanes = lanes
        self._owned = owned
        library = sys.modules[_library(client)]
        below = sys.modules.get("aiohttp")  # httpx-aiohttp lets some of its failures through
        others = () if below is None else (below.ClientError,)
        self._failures = (*FAILURES, library.HTTPError, library.StreamError, library.InvalidURL, *others)
        self.name = f"{library.__name__}/{library.__version__}"

    @classmethod
    def over_lanes(cls, *, max_connections: int, verify: Verify) -> HttpDoor:
        """Make a client of our own; nothing connects, and no certificates are read, before the first call."""
        transport = LaneTransport(max_connections=max_connections, verify=checked_verify(verify))
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        client = httpx.AsyncClient(transport=transport, cookies=no_cookies, trust_env=False)
        return cls(client, owned=True, lanes=transport)

    @property
    def crowd(self) -> int | None:
        """How many requests are under way, if no other may be; ``None`` while there is room, or nobody knows."""
        return self._lanes.most if self._lanes is not None and self._lanes.is_full else None

    async def open(self, request: Outgoing) -> Incoming:
        """Send a request and wait for the head of the reply.

        Raises:
            HubConnectionError: No reply came.
            HubTimeoutError: It did not come in time.
            UsageError: The client is closed.
        """
        if self._client.is_closed:
            raise UsageError(f"{request.method} {request.shown_url} was not sent: the client is closed")
        with _translated(request, self._failures, owned=self._owned):
            response = await self._client.send(self._built(request), stream=True, auth=None, follow_redirects=False)
        return Incoming(response, request, self._failures)

    async def aclose(self) -> None:
        """Close the connections, unless they are the user's."""
        if self._owned:
            await self._client.aclose()

    def _built(self, request: Outgoing) -> httpx.Request:
        """Build it so that neither an injected client's own login nor its cookies go along."""
        extensions: dict[str, object] = {"timeout": dict(request.timeout_s), "repeatable": request.repeatable}
        url = request.url
        if self._owned and request.shown_url != request.url:
            # httpx logs the URL; a signature in it travels as the target instead
            url, extensions["target"] = request.shown_url, _target(request.url)
        built = self._client.build_request(
            request.method, url, content=request.content, headers=dict(request.headers), extensions=extensions
        )
        for name in {"authorization", "cookie"} - {name.lower() for name in request.headers}:
            built.headers.pop(name, None)
        return built


class LaneTransport(httpx.AsyncBaseTransport):
    """Lets an httpx client send over lanes.

    Attributes:
        most: How many requests may be under way at once.
    """

    def __init__(self, *, max_connections: int, verify: Verify) -> None:
        async def certificates() -> ssl.SSLContext:
            return await anyio.to_thread.run_sync(ssl_context, verify)

        self.most = max_connections
        self._lanes = Lanes(connector(certificates), max_connections)

    @property
    def is_full(self) -> bool:
        """Whether as many requests are under way as may be."""
        return self._lanes.is_full

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url, extensions = request.url, dict(request.extensions)
        # as an extension it would also become the target of what httpcore sends to a proxy
        target = extensions.pop("target", url.raw_path)
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target),
            headers=request.headers.raw,
            content=request.stream,
            extensions=extensions,
        )
        replayable = isinstance(request.stream, httpx.ByteStream)
        reply = await self._lanes.send(sent, repeatable=replayable and bool(extensions.get("repeatable")))
        return httpx.Response(reply.status, headers=reply.headers, stream=_LaneStream(reply))

    async def aclose(self) -> None:
        """Close the idle lanes."""
        await self._lanes.aclose()


class _LaneStream(httpx.AsyncByteStream):
    def __init__(self, reply: LaneReply) -> None:
        self._reply = reply

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._reply.pieces()

    async def aclose(self) -> None:
        await self._reply.aclose()


def checked_verify(verify: Verify) -> Verify:
    """Accept what TLS certificates can be checked with.

    Raises:
        UsageError: It is something else.
    """
    if isinstance(verify, bool | ssl.SSLContext):
        return verify
    if isinstance(verify, str | Path):
        return Path(verify)
    raise UsageError(f"verify: expected True, False, a CA file or folder, or an SSLContext, got {verify!r}")


def ssl_context(verify: Verify) -> ssl.SSLContext:
    """Make a context, or take the one made before for the same certificates: each costs some 50 ms.

    ``True`` means the certificates of ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``, else certifi's.

    Raises:
        UsageError: There are no certificates at that path.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")) if verify is True else (verify or None,)
    path = next((Path(name) for name in named if isinstance(name, str | Path) and name), None)
    source = "verify" if isinstance(verify, Path) else "SSL_CERT_FILE, SSL_CERT_DIR"
    try:
        with _READING:
            return _ssl_context(path, path.stat().st_mtime_ns if path else 0, checked=verify is not False)
    except (OSError, ssl.SSLError) as exc:
        raise UsageError(f"{source}: no certificates can be read from {str(path)!r}: {exc}") from None


@lru_cache(maxsize=8)
def _ssl_context(path: Path | None, modified_ns: int, *, checked: bool) -> ssl.SSLContext:
    if path is None:
        return httpx.create_ssl_context(verify=checked, trust_env=False)
    folder = path.is_dir()
    return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)


def _library(client: object) -> str:
    for kind in type(client).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in ("httpx", "httpx2") and kind.__name__ == "AsyncClient":
            return root
    given = f"{type(client).__module__}.{type(client).__name__}"
    raise UsageError(f"http_client: expected an httpx.AsyncClient, got {given.removeprefix('builtins.')}")


def _target(url: str) -> bytes:
    return httpx.URL(url).raw_path


def _untrusted(exc: BaseException | None) -> bool:
    """Tell whether it is a certificate that stands in the way."""
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return True
        exc = exc.__cause__ or exc.__context__
    return False


def _kind(exc: Exception) -> str:
    """Name a failure as httpx does.

    httpx-aiohttp 0.2.0 calls it a failed connect, too, when a connection breaks off after the request was sent; what
    aiohttp itself says is more exact.
    """
    kind, cause = type(exc).__name__, type(exc.__cause__)
    if not cause.__module__.startswith("aiohttp."):
        return kind
    names = {base.__name__ for base in cause.__mro__}
    if "ConnectionTimeoutError" in names:
        return "ConnectTimeout"
    if kind not in ("ConnectTimeout", "ConnectError"):
        return kind
    return "ConnectError" if "ClientConnectorError" in names else "ReadError"


@contextmanager
def _translated(request: Outgoing, failures: tuple[type[Exception], ...], *, owned: bool) -> Iterator[None]:
    try:
        yield
    except failures as exc:
        kind = _kind(exc)
        shown = f"{request.method} {request.shown_url}"
        if kind == "DecodingError":
            raise MalformedReplyError(f"{shown}: {exc}", field="body") from exc
        if kind == "InvalidURL":
            raise MalformedReplyError(f"{shown}: not an address", field="url") from exc
        outcome: Outcome = "not done" if kind in _NOT_SENT or request.method in READS else "unknown"
        timed_out = kind.endswith(("Timeout", "TimeoutException"))
        error = HubTimeoutError if timed_out else HubConnectionError
        said = str(exc) or ("took too long" if timed_out else "broken off")
        if owned and kind in _NOT_SENT and (proxy := shown_proxy(request.url)) is not None:
            said += f", through the proxy {proxy} that the environment names"
        may_pass = kind not in _LASTING and not _untrusted(exc)
        raise error(f"{shown}: {said} ({kind})", outcome=outcome, may_pass=may_pass) from exc
