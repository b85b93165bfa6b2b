"""The door over aiohttp, whose parser is not written in Python (extra ``aiohttp``). It runs on asyncio only."""

from __future__ import annotations

import asyncio
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote

import aiohttp
import anyio.to_thread
from anyio import Semaphore
from attrs import field, frozen
from yarl import URL

from aiohfspaces._io.certificates import Verify, ssl_context
from aiohfspaces._io.connecting import IDLE_S, proxy_for, shown_proxy, split_proxy
from aiohfspaces._io.http import Door, Incoming, LentContent, Outgoing, cause, closed, complete, failure, header_texts
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._wire.origins import origin
from aiohfspaces.errors import SpacesError, UsageError

_IS_NEW: ContextVar[bool] = ContextVar("aiohfspaces_is_new")
"""Whether a request of this task has made a connection of its own."""

_AS_GIVEN = re.compile(r"[!-~]+")
_MOST_WAYS = 1024
_LONGEST_HEADER = 64 * 1024
_FAILURES = (aiohttp.ClientError, asyncio.TimeoutError, ssl.SSLError, UnicodeError)
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientHttpProxyError, "ProxyError"),
    (aiohttp.ClientConnectorError, "ConnectError"),
    (UnicodeError, "ConnectError"),  # no name can be so long, or have an empty part
    (aiohttp.ConnectionTimeoutError, "ConnectTimeout"),
    (asyncio.TimeoutError, "ReadTimeout"),
    (aiohttp.InvalidURL, "InvalidURL"),
    (aiohttp.NonHttpUrlClientError, "InvalidURL"),
    (aiohttp.ClientResponseError, "RemoteProtocolError"),
)
"""What httpx calls a failure: the first that fits, and else ``ReadError``."""


class AiohttpDoor(Door):
    """Sends through a session of aiohttp for each event loop; nothing connects before the first call."""

    name = f"aiohttp/{aiohttp.__version__}"

    def __init__(self, *, max_connections: int, verify: Verify) -> None:
        self._most = max_connections
        self._verify = verify
        self._permits = PerLoop(partial(Semaphore, max_connections, fast_acquire=True))
        self._sessions = PerLoop(_session)
        self._ways: dict[str, _Way] = {}
        self._is_closed = False

    @property
    def crowd(self) -> int | None:
        return self._most if self._permits.here().value == 0 else None

    async def open(self, request: Outgoing) -> Incoming:
        if self._is_closed:
            raise closed(request)
        permits, content = self._permits.here(), request.content
        body = None if content is None or isinstance(content, bytes) else LentContent(content)
        await permits.acquire()
        try:
            if self._is_closed:
                raise closed(request)
            response = await self._sent(request, body)
        except BaseException:
            permits.release()
            if body is not None:
                await body.aclose()
            raise
        return _Reply(response, request, body, permits)

    async def aclose(self) -> None:
        """Close this loop's connections; those of other loops are closed when they are forgotten."""
        self._is_closed = True
        session = self._sessions.known()
        if session is not None:
            await session.close()

    async def _sent(self, request: Outgoing, body: LentContent | None) -> aiohttp.ClientResponse:
        """Send a request; a repeatable one again at once if the server had closed a connection that was idle."""
        try:
            url = _url(request.url)
        except ValueError as problem:
            raise failure("InvalidURL", problem, request) from None
        way = self._ways.get(_origin(request.url)) or await self._way_to(request.url)
        while True:
            _IS_NEW.set(False)
            try:
                return await self._sessions.here().request(
                    request.method,
                    url,
                    headers={**complete(request.headers), **way.headers},
                    data=body or request.content,
                    allow_redirects=False,
                    timeout=_timeout(**request.timeout_s),
                    ssl=way.certificates,
                    proxy=way.proxy,
                    proxy_headers=way.proxy_headers,
                )
            except _Broken as broken:
                if request.repeatable and body is None and not _IS_NEW.get() and not self._is_closed:
                    continue  # each time there is one connection less
                exc: Exception = broken.reason
            except _FAILURES as failed:
                exc = failed
            if body is not None and body.problem is not None:
                raise body.problem
            raise _failure(exc, request, proxy=shown_proxy(request.url)) from cause(exc)

    async def _way_to(self, url: str) -> _Way:
        """Find out how a server is reached, as the environment says when it is first asked for."""
        scheme, host, port = origin(url)
        proxy = proxy_for(scheme, host, port)
        secure = scheme == "https" or (proxy is not None and proxy.startswith("https:"))
        certificates = await anyio.to_thread.run_sync(ssl_context, self._verify) if secure else None
        if len(self._ways) >= _MOST_WAYS:
            self._ways.clear()
        found = self._ways[_origin(url)] = _way(scheme, proxy, certificates)
        return found


class _Broken(Exception):
    """What aiohttp would itself repeat: it cannot know that the Hub may have done it."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _Broken(exc) from exc


class _Connector(aiohttp.TCPConnector):
    async def _create_connection(self, *args: Any, **kwargs: Any) -> Any:
        _IS_NEW.set(True)
        return await super()._create_connection(*args, **kwargs)


class _Reply(Incoming):
    def __init__(
        self, response: aiohttp.ClientResponse, request: Outgoing, body: LentContent | None, permits: Semaphore
    ) -> None:
        self.status = response.status
        self.headers = header_texts(response.raw_headers)
        self._response = response
        self._request = request
        self._body = body
        self._permits: Semaphore | None = permits

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except _FAILURES as exc:
            raise _failure(exc, self._request) from cause(exc)

    async def aclose(self) -> None:
        permits, self._permits = self._permits, None
        if permits is None:
            return
        self._response.release()  # which closes the connection of a reply that was not read to its end
        permits.release()
        if self._body is not None:
            await self._body.aclose()


@frozen
class _Way:
    """How a server is reached."""

    certificates: ssl.SSLContext | bool
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    proxy: URL | None = None
    proxy_headers: Mapping[str, str] | None = field(default=None, repr=False)


def _origin(url: str) -> str:
    """Cut an address before its path."""
    end = url.find("/", len("https://"))
    return url if end < 0 else url[:end]


def _url(address: str) -> URL:
    """Take an address as it was given, if HTTP can have it so, and without a login, which is none of the Hub's."""
    url = URL(address, encoded=True) if _AS_GIVEN.fullmatch(address) else URL(address.replace(" ", "%20"))
    return url if url.raw_user is None else url.with_user(None)


def _way(scheme: str, proxy: str | None, certificates: ssl.SSLContext | None) -> _Way:
    """Split the address of a proxy into what aiohttp takes.

    Raises:
        UsageError: aiohttp does not speak to such a proxy.
    """
    if proxy is None:
        return _Way(certificates or True)
    try:
        parts, url = split_proxy(proxy), URL(proxy).with_user(None)
    except ValueError as exc:
        raise UsageError(f"{scheme}_proxy: the environment names a proxy that cannot be used: {exc}") from None
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"{scheme}_proxy: aiohttp knows no proxy of {parts.scheme}, only of http and https")
    login = (
        {"Proxy-Authorization": _basic(unquote(parts.username), unquote(parts.password or ""))}
        if parts.username
        else {}
    )
    if scheme == "https":
        return _Way(certificates or True, proxy=url, proxy_headers=login)
    return _Way(certificates or True, headers=login, proxy=url)


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _session() -> aiohttp.ClientSession:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError("transport: 'aiohttp' runs on asyncio only") from None
    return aiohttp.ClientSession(
        connector=_Connector(limit=0, keepalive_timeout=IDLE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_once,),
        skip_auto_headers=("Content-Type",),
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
    )


@lru_cache(maxsize=64)
def _timeout(connect: float, read: float, **_: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=connect, sock_connect=connect, sock_read=read)


def _failure(exc: Exception, request: Outgoing, *, proxy: str | None = None) -> SpacesError:
    encoded = "content-encoding" in str(exc)
    kind = next((kind for error, kind in _KINDS if isinstance(exc, error)), "ReadError")
    return failure("DecodingError" if encoded else kind, exc, request, proxy=proxy)
