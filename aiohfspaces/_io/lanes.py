"""Connections: one httpcore connection is a lane, and idle lanes wait on a stack.

httpx's own pool walks all of its connections and polls each idle socket for every request, so
its cost grows with the square of what is in flight (docs/topics/lanes.md has the figures). Here a
request takes the lane that was used last, which is the one most likely to be alive, and looks at
no other. The one door to httpcore.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from typing import TypeAlias, cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
from anyio import Semaphore, move_on_after
from anyio.lowlevel import current_token

from aiohfspaces.errors import UsageError

Lane: TypeAlias = httpcore.AsyncConnectionInterface
Connector: TypeAlias = Callable[[httpcore.Origin], Lane]

FAILURES: tuple[type[Exception], ...] = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    ssl.SSLError,  # after the handshake httpcore lets it through
)
"""What sending and reading may raise."""

_STALE = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
_IDLE_S = 30.0
_CLOSING_S = 1.0


class Lanes:
    """At most `most` requests under way, and as many idle connections, over all origins."""

    def __init__(self, connector: Connector, most: int) -> None:
        self._connector = connector
        self._most = most
        self._permits = Semaphore(most, fast_acquire=True)
        self._idle: dict[bytes, list[Lane]] = {}
        self._idle_count = 0
        self._loop: object = None
        self._closed = False

    async def send(self, request: httpcore.Request, *, repeatable: bool) -> LaneReply:
        """Send a request and read the head of the reply.

        A repeatable request that fails on a lane which had been idle is sent again on a new one
        at once: the server may have closed it unnoticed.
        """
        self._settle_in_this_loop()
        permits = self._permits
        await permits.acquire()
        try:
            lane, response = await self._send_on_a_lane(request, repeatable=repeatable)
        except BaseException:
            permits.release()
            raise
        return LaneReply(self, lane, response, _stack_of(request.url.origin))

    async def give_back(self, lane: Lane, stack: bytes) -> None:
        """Take back a lane whose reply was read or given up; only one that is clean waits for more."""
        self._permits.release()
        if self._closed or not lane.is_available() or self._idle_count >= self._most:
            await _close(lane)
            return
        self._idle.setdefault(stack, []).append(lane)
        self._idle_count += 1

    async def aclose(self) -> None:
        """Close the idle lanes; the others close with their replies."""
        self._closed = True
        self._settle_in_this_loop()
        for stack in list(self._idle):
            while (lane := self._pop(stack)) is not None:
                await _close(lane)

    def _settle_in_this_loop(self) -> None:
        """Forget lanes of an event loop that has ended: they cannot even be closed."""
        if (loop := current_token()) is not self._loop and loop != self._loop:
            self._loop, self._idle, self._idle_count = loop, {}, 0
            self._permits = Semaphore(self._most, fast_acquire=True)

    async def _send_on_a_lane(self, request: httpcore.Request, *, repeatable: bool) -> tuple[Lane, httpcore.Response]:
        if (idle := await self._take_idle(_stack_of(request.url.origin))) is not None:
            try:
                return idle, await _send(idle, request)
            except _STALE:
                if not repeatable:
                    raise
        lane = self._connector(request.url.origin)
        return lane, await _send(lane, request)

    async def _take_idle(self, stack: bytes) -> Lane | None:
        while (lane := self._pop(stack)) is not None:
            if lane.is_available() and not lane.has_expired():
                return lane
            await _close(lane)
        return None

    def _pop(self, stack: bytes) -> Lane | None:
        lanes = self._idle.get(stack)
        if not lanes:
            self._idle.pop(stack, None)
            return None
        self._idle_count -= 1
        return lanes.pop()


class LaneReply:
    """A reply whose body is still on its lane; closing it gives the lane back."""

    def __init__(self, lanes: Lanes, lane: Lane, response: httpcore.Response, stack: bytes) -> None:
        self.status = response.status
        self.headers = response.headers
        self._lanes = lanes
        self._lane: Lane | None = lane
        self._stack = stack
        self._response = response

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read the body as it comes, still compressed if it was."""
        async for piece in cast(AsyncIterable[bytes], self._response.stream):
            yield piece

    async def aclose(self) -> None:
        """Give the lane back, closed if the body was not read to its end."""
        lane, self._lane = self._lane, None
        if lane is None:
            return
        with move_on_after(_CLOSING_S, shield=True):
            try:
                await self._response.aclose()
            finally:
                await self._lanes.give_back(lane, self._stack)


class _Direct(httpcore.AsyncHTTPConnection):
    """A lane to the server itself, which closes in the middle of its handshake too: httpcore loses the socket there."""

    def __init__(self, origin: httpcore.Origin, ssl_context: ssl.SSLContext | None) -> None:
        self._sockets = _Sockets()
        super().__init__(origin, ssl_context, keepalive_expiry=_IDLE_S, network_backend=self._sockets)

    async def aclose(self) -> None:
        await super().aclose()
        await self._sockets.aclose()


class _Sockets(httpcore.AnyIOBackend):
    """Connects on any event loop, and remembers the socket."""

    def __init__(self) -> None:
        self._stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self._stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return self._stream

    async def aclose(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()


def connector(ssl_context: ssl.SSLContext | None) -> Connector:
    """Connect as the environment says: through its proxies, but not where ``NO_PROXY`` names the host."""
    proxies = getproxies()

    def connect(origin: httpcore.Origin) -> Lane:
        scheme, host = origin.scheme.decode(), origin.host.decode()
        proxy = proxies.get(scheme) or proxies.get("all")
        if not proxy or proxy_bypass(f"{host}:{origin.port}") or proxy_bypass(host):
            return _Direct(origin, ssl_context)
        try:
            return _proxy(proxy, ssl_context).create_connection(origin)
        except (KeyError, RuntimeError, ValueError) as exc:
            raise UsageError(f"{scheme}_proxy: the environment names a proxy that cannot be used: {exc}") from None

    return connect


def _proxy(proxy: str, ssl_context: ssl.SSLContext | None) -> httpcore.AsyncConnectionPool:
    """Make what connects through a proxy: of httpcore's pool only its way to connect is used."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    if parts.scheme.startswith("socks5"):
        return httpcore.AsyncSOCKSProxy(url.replace("socks5h", "socks5"), login, ssl_context, keepalive_expiry=_IDLE_S)
    return httpcore.AsyncHTTPProxy(
        url,
        login,
        ssl_context=ssl_context,
        proxy_ssl_context=ssl_context if parts.scheme == "https" else None,
        keepalive_expiry=_IDLE_S,
    )


def _stack_of(origin: httpcore.Origin) -> bytes:
    return b"%s://%s:%d" % (origin.scheme, origin.host, origin.port)


async def _send(lane: Lane, request: httpcore.Request) -> httpcore.Response:
    try:
        return await lane.handle_async_request(request)
    except BaseException:
        await _close(lane)
        raise


async def _close(lane: Lane) -> None:
    with move_on_after(_CLOSING_S, shield=True):
        await lane.aclose()
