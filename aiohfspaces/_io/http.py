"""One exchange over HTTP: a request goes out, the head of the reply comes back, then its body.

The one door to httpx. A client that a user brings may be httpx's or httpx2's: both have the same
methods and the same names of failures, and neither's leave this module.
"""

from __future__ import annotations

import ssl
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from functools import lru_cache

import anyio
import anyio.to_thread
import httpcore
import httpx
from attrs import frozen

from aiohfspaces._io.certificates import Verify, ssl_context
from aiohfspaces._io.connecting import connector, shown_proxy
from aiohfspaces._io.lanes import FAILURES, LaneReply, Lanes
from aiohfspaces._wire.calls import READS
from aiohfspaces.errors import (
    HubConnectionError,
    HubTimeoutError,
    MalformedReplyError,
    Outcome,
    SpacesError,
    UsageError,
)

_NOT_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "LocalProtocolError"}
)
_LASTING = frozenset({"UnsupportedProtocol", "LocalProtocolError", "ProxyError"})
_CLOSING_S = 2.0
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}


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
        try:
            async for piece in self._response.aiter_bytes():
                yield piece
        except self._failures as exc:
            raise failure(exc, self._request) from exc

    async def aclose(self) -> None:
        """Let go of the connection, cancelled or not."""
        with anyio.move_on_after(_CLOSING_S, shield=True):
            await self._response.aclose()


class Door(ABC):
    """What requests go out through.

    Attributes:
        name: The HTTP library and its version, for the Hub to know.
    """

    def __init__(self, name: str, failures: tuple[type[Exception], ...]) -> None:
        self.name = name
        self._failures = failures

    async def open(self, request: Outgoing) -> Incoming:
        """Send a request and wait for the head of the reply.

        Raises:
            HubConnectionError: No reply came.
            HubTimeoutError: It did not come in time.
            UsageError: The client is closed.
        """
        if self.is_closed:
            raise UsageError(f"{request.method} {request.shown_url} was not sent: the client is closed")
        try:
            response = await self._send(request)
        except self._failures as exc:
            raise failure(exc, request, proxy=self._proxy_of(request)) from exc
        return Incoming(response, request, self._failures)

    @property
    def crowd(self) -> int | None:
        """How many requests are under way, if no other may be; ``None`` while there is room, or nobody knows."""
        return None

    @property
    @abstractmethod
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections, unless they are the user's."""

    @abstractmethod
    async def _send(self, request: Outgoing) -> httpx.Response: ...

    def _proxy_of(self, request: Outgoing) -> str | None:
        """Tell through which proxy a request goes, as far as that is our own doing."""
        return None


class ClientDoor(Door):
    """A client that a user has brought, and closes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        library = sys.modules[_library(client)]
        below = sys.modules.get("aiohttp")  # httpx-aiohttp lets some of its failures through
        others = () if below is None else (below.ClientError,)
        super().__init__(
            f"{library.__name__}/{library.__version__}",
            (library.HTTPError, library.StreamError, library.InvalidURL, *others),
        )
        self._client = client

    @property
    def is_closed(self) -> bool:
        return self._client.is_closed

    async def aclose(self) -> None:
        """Leave it to the user."""

    async def _send(self, request: Outgoing) -> httpx.Response:
        built = self._client.build_request(
            request.method,
            request.url,
            content=request.content,
            headers=dict(request.headers),
            extensions={"timeout": dict(request.timeout_s)},
        )
        for name in {"authorization", "cookie"} - {name.lower() for name in request.headers}:
            built.headers.pop(name, None)  # neither the client's own login nor its cookies go along
        return await self._client.send(built, stream=True, auth=None, follow_redirects=False)


class OwnDoor(Door):
    """A transport of our own: of httpx its requests and replies, without what a client spends on each of them.

    A client's cookies, logins, redirects and hooks are of no use here, and took a third of the time of a small call.
    """

    def __init__(self, transport: OwnTransport) -> None:
        super().__init__(transport.name, (*transport.failures, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL))
        self._transport = transport
        self._is_closed = False

    @property
    def crowd(self) -> int | None:
        return self._transport.crowd

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    async def aclose(self) -> None:
        """Close the connections."""
        self._is_closed = True
        await self._transport.aclose()

    async def _send(self, request: Outgoing) -> httpx.Response:
        url = _url(request.url) if request.url == request.shown_url else httpx.URL(request.url)
        built = httpx.Request(
            request.method,
            url,
            headers={**_HEADERS, **request.headers},
            content=request.content,
            extensions={"timeout": request.timeout_s, "repeatable": request.repeatable},
        )
        return await self._transport.handle_async_request(built)

    def _proxy_of(self, request: Outgoing) -> str | None:
        return shown_proxy(request.url)


class OwnTransport(httpx.AsyncBaseTransport):
    """What an `OwnDoor` sends through.

    Attributes:
        name: The HTTP library and its version.
        failures: What it raises beyond httpx's own.
        crowd: What a door's is.
    """

    name: str
    failures: tuple[type[Exception], ...]
    crowd: int | None = None


class LaneTransport(OwnTransport):
    """Sends over lanes."""

    name = f"httpx/{httpx.__version__}"
    failures = FAILURES

    def __init__(self, *, max_connections: int, verify: Verify) -> None:
        async def certificates() -> ssl.SSLContext:
            return await anyio.to_thread.run_sync(ssl_context, verify)

        self._most = max_connections
        self._lanes = Lanes(connector(certificates), max_connections)

    @property
    def crowd(self) -> int | None:  # type: ignore[override]
        return self._most if self._lanes.is_full else None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url, extensions = request.url, request.extensions
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
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


def _library(client: object) -> str:
    for kind in type(client).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in ("httpx", "httpx2") and kind.__name__ == "AsyncClient":
            return root
    given = f"{type(client).__module__}.{type(client).__name__}"
    raise UsageError(f"http_client: expected an httpx.AsyncClient, got {given.removeprefix('builtins.')}")


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


def failure(exc: Exception, request: Outgoing, *, proxy: str | None = None) -> SpacesError:
    """Make the error that says how an exchange failed, and whether anything was done.

    Args:
        exc: What the HTTP library says.
        request: What was sent.
        proxy: What it went through.
    """
    kind = _kind(exc)
    shown = f"{request.method} {request.shown_url}"
    if kind == "DecodingError":
        return MalformedReplyError(f"{shown}: {exc}", field="body")
    if kind == "InvalidURL":
        return MalformedReplyError(f"{shown}: not an address", field="url")
    outcome: Outcome = "not done" if kind in _NOT_SENT or request.method in READS else "unknown"
    timed_out = kind.endswith(("Timeout", "TimeoutException"))
    error = HubTimeoutError if timed_out else HubConnectionError
    said = str(exc) or ("took too long" if timed_out else "broken off")
    if kind in _NOT_SENT and proxy is not None:
        said += f", through the proxy {proxy} that the environment names"
    may_pass = kind not in _LASTING and not _untrusted(exc)
    return error(f"{shown}: {said} ({kind})", outcome=outcome, may_pass=may_pass)


@lru_cache(maxsize=4096)
def _url(url: str) -> httpx.URL:
    """Parse an address that many requests go to, which takes as long as to send one."""
    return httpx.URL(url)
