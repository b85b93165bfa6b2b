"""How a lane is connected: straight to the server, or through the proxy that the environment names."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias, cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from aiohfspaces._wire.origins import origin
from aiohfspaces.errors import UsageError

Lane: TypeAlias = httpcore.AsyncConnectionInterface
Connector: TypeAlias = Callable[[httpcore.Origin], Awaitable[Lane]]
Certificates: TypeAlias = Callable[[], Awaitable[ssl.SSLContext]]

_IDLE_S = 30.0


def proxy_for(scheme: str, host: str, port: int) -> str | None:
    """Find the proxy that the environment names for a server; ``None`` if there is none, or not for this host."""
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


def connector(certificates: Certificates) -> Connector:
    """Connect as the environment says at that time; certificates are read only where TLS needs them."""

    async def connect(to: httpcore.Origin) -> Lane:
        scheme = to.scheme.decode()
        proxy = proxy_for(scheme, to.host.decode(), to.port)
        secure = "https" in (scheme, urlsplit(proxy).scheme if proxy else None)
        context = await certificates() if secure else None
        if proxy is None:
            return _Direct(to, context)
        try:
            return _proxy(proxy, context).create_connection(to)
        except (KeyError, RuntimeError, ValueError) as exc:
            raise UsageError(f"{scheme}_proxy: the environment names a proxy that cannot be used: {exc}") from None

    return connect


def _proxy(proxy: str, ssl_context: ssl.SSLContext | None) -> httpcore.AsyncConnectionPool:
    """Make what connects through a proxy: of httpcore's pool only its way to connect is used."""
    parts = urlsplit(proxy)
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


class _Direct(httpcore.AsyncHTTPConnection):
    """A lane to the server itself, which closes in the middle of its handshake too: httpcore loses the socket there."""

    def __init__(self, origin: httpcore.Origin, ssl_context: ssl.SSLContext | None) -> None:
        self._sockets = _Sockets()
        super().__init__(origin, ssl_context, keepalive_expiry=_IDLE_S, network_backend=self._sockets)

    async def aclose(self) -> None:
        await super().aclose()
        await self._sockets.aclose()


class _Sockets(httpcore.AsyncNetworkBackend):
    """Connects on any event loop, and remembers the socket."""

    def __init__(self) -> None:
        self._backend = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())
        self._stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self._stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return self._stream

    async def aclose(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()
