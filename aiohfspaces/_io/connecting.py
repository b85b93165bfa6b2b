"""How a lane is connected: straight to the server, or through the proxy that the environment names."""

from __future__ import annotations

import os
import ssl
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeAlias, cast
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
from anyio import move_on_after
from attrs import define

from aiohfspaces._io.http11 import Body, Http11, Reply, Request
from aiohfspaces._io.sockets import AsyncioSockets, sockets
from aiohfspaces._wire.origins import origin
from aiohfspaces.errors import UsageError

Connector: TypeAlias = Callable[[httpcore.Origin, float | None], Awaitable["Lane"]]
"""Is told where to, and how many seconds each step may take; what goes through a proxy connects with its request."""
Certificates: TypeAlias = Callable[[], Awaitable[ssl.SSLContext]]

IDLE_S = 30.0
"""How long a connection may wait for its next request."""

_CLOSING_S = 1.0
_VARIABLES = tuple(  # in a CGI script, which has a request method, urllib distrusts HTTP_PROXY
    cased
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method")
    for cased in (name, name.upper())
)
_PORTS = {b"http": 80, b"https": 443}


@define(eq=False)
class Lane:
    """One connection.

    Attributes:
        connection: What speaks HTTP on it.
        network: What it has connected with.
    """

    connection: Http11 | Proxied
    network: httpcore.AsyncNetworkBackend

    @property
    def is_good(self) -> bool:
        """Whether it is idle, and its time is not over, nor has the server closed it."""
        return self.connection.is_available() and not self.connection.has_expired()

    async def send(self, request: Request) -> Reply:
        """Send a request and read the head of the reply; what fails, or is cancelled, closes it."""
        try:
            return await self.connection.send(request)
        except BaseException:
            await self.aclose()
            raise

    def drop(self) -> None:
        """Have asyncio close it in its next turn."""
        if isinstance(self.network, AsyncioSockets):
            self.network.drop()

    async def aclose(self) -> None:
        """Close it, cancelled or not."""
        self.drop()  # httpcore forgets a socket that a SOCKS proxy has not joined with anything yet
        await _close(self.connection)


class Proxied:
    """A connection through a proxy, which httpcore knows how to make."""

    def __init__(self, connection: httpcore.AsyncConnectionInterface) -> None:
        self._connection = connection
        self.is_available = connection.is_available
        self.has_expired = connection.has_expired
        self.aclose = connection.aclose

    def settle(self) -> bool:
        """Tell that only closing the body tells whether the connection is idle."""
        return False

    async def send(self, request: Request) -> Reply:
        """Send a request and read the head of the reply; the first one connects."""
        origin = request.origin
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=origin.scheme,
                host=origin.host,
                port=None if origin.port == _PORTS.get(origin.scheme) else origin.port,
                target=request.target,
            ),
            headers=request.headers,
            content=request.content,
            extensions={"timeout": request.timeout_s},
        )
        try:
            answer = await self._connection.handle_async_request(sent)
        except Exception as exc:
            if type(exc).__module__.startswith("socksio."):  # which httpcore lets through
                raise httpcore.ProxyError(str(exc)) from exc
            raise
        return Reply(answer.status, answer.headers, cast(Body, answer.stream))


def proxy_for(scheme: str, host: str, port: int) -> str | None:
    """Find the proxy that the environment names for a server; ``None`` if there is none, or not for this host."""
    return _proxy_for(scheme, host, port, tuple(map(os.environ.get, _VARIABLES)))


@lru_cache(maxsize=256)  # to read all of the environment takes half as long as to connect
def _proxy_for(scheme: str, host: str, port: int, _: tuple[str | None, ...]) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(f"{host}:{port}") or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def shown_proxy(url: str) -> str | None:
    """Tell through which proxy a URL is reached, without its login; ``None`` for none."""
    scheme, host, port = origin(url)
    proxy = proxy_for(scheme, host, port)
    return None if proxy is None else f"{urlsplit(proxy).scheme}://{urlsplit(proxy).netloc.rpartition('@')[2]}"


def split_proxy(proxy: str) -> SplitResult:
    """Take the address of a proxy apart.

    Raises:
        ValueError: It is none, or what stands for its host is a part of its login.
    """
    parts = urlsplit(proxy)
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("its login has to be percent-encoded")
    return parts


def connector(certificates: Certificates, idle_s: float = IDLE_S) -> Connector:
    """Connect as the environment says at that time; certificates are read only where TLS needs them."""

    async def connect(to: httpcore.Origin, timeout: float | None) -> Lane:
        scheme = to.scheme.decode()
        proxy = proxy_for(scheme, to.host.decode(), to.port)
        secure = scheme == "https" or (proxy is not None and proxy.lower().startswith("https:"))
        context = await certificates() if secure else None
        if proxy is None:
            return await _direct(to, context, timeout, idle_s)
        network = sockets()
        try:
            return Lane(Proxied(_proxy(proxy, context, network, idle_s).create_connection(to)), network)
        except (KeyError, RuntimeError, ValueError) as exc:
            raise UsageError(f"{scheme}_proxy: the environment names a proxy that cannot be used: {exc}") from None

    return connect


async def _direct(to: httpcore.Origin, context: ssl.SSLContext | None, timeout: float | None, idle_s: float) -> Lane:
    host = to.host.decode()
    network = sockets()
    stream = await network.connect_tcp(host, to.port, timeout)
    if context is not None:
        context.set_alpn_protocols(["http/1.1"])
        try:
            stream = await stream.start_tls(context, host, timeout)
        except BaseException:  # cancelled, anyio's stream would be lost
            await _close(stream)
            raise
    return Lane(Http11(stream, idle_s), network)


async def _close(connected: httpcore.AsyncNetworkStream | Http11 | Proxied) -> None:
    with move_on_after(_CLOSING_S, shield=True):
        await connected.aclose()


def _proxy(
    proxy: str, ssl_context: ssl.SSLContext | None, network: httpcore.AsyncNetworkBackend, idle_s: float
) -> httpcore.AsyncConnectionPool:
    """Make what connects through a proxy: of httpcore's pool only its way to connect is used."""
    parts = split_proxy(proxy)
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    login = (unquote(parts.username).encode(), unquote(parts.password or "").encode()) if parts.username else None
    if parts.scheme.startswith("socks5"):
        return httpcore.AsyncSOCKSProxy(
            url.replace("socks5h", "socks5"),
            login,
            ssl_context,
            keepalive_expiry=idle_s,
            network_backend=network,
        )
    return httpcore.AsyncHTTPProxy(
        url,
        login,
        ssl_context=ssl_context,
        proxy_ssl_context=ssl_context if parts.scheme == "https" else None,
        keepalive_expiry=idle_s,
        network_backend=network,
    )
