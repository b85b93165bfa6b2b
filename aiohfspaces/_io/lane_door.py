"""The door over lanes: what a client sends through unless it is told otherwise.

It speaks to what is below httpx, h11 and httpcore, without what an `httpx.AsyncClient` spends on cookies, logins,
redirects and hooks that nobody uses here: that took a third of a small call's time (docs/topics/lanes.md).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from functools import lru_cache
from typing import NamedTuple

import anyio.to_thread
import httpcore
import httpx

from aiohfspaces._io.certificates import Verify, ssl_context
from aiohfspaces._io.connecting import connector, shown_proxy
from aiohfspaces._io.http import Door, Incoming, Outgoing, close_content, closed, complete, failure, header_texts
from aiohfspaces._io.http11 import Request
from aiohfspaces._io.lanes import FAILURES, LaneReply, Lanes
from aiohfspaces._wire.calls import READS

_PLAIN = re.compile(r"(https?://[^/?#\s]+)(/[!\"$-~]*)")
_FAILURES: tuple[type[Exception], ...] = (*FAILURES, httpx.DecodingError, httpx.InvalidURL)


class LaneDoor(Door):
    """Sends over lanes; nothing connects, and no certificates are read, before the first call."""

    name = f"httpcore/{httpcore.__version__}"

    def __init__(self, *, max_connections: int, verify: Verify) -> None:
        async def certificates() -> ssl.SSLContext:
            return await anyio.to_thread.run_sync(ssl_context, verify)

        self._most = max_connections
        self._lanes = Lanes(connector(certificates), max_connections)
        self._is_closed = False

    @property
    def crowd(self) -> int | None:
        return self._most if self._lanes.is_full else None

    async def open(self, request: Outgoing) -> Incoming:
        if self._is_closed:
            raise closed(request)
        try:
            reply = await self._lanes.send(_built(request))
        except _FAILURES as exc:
            raise failure(type(exc).__name__, exc, request, proxy=shown_proxy(request.url)) from exc
        finally:
            await close_content(request)
        return _Reply(reply, request)

    async def aclose(self) -> None:
        """Close the idle lanes; the others close when their replies do."""
        self._is_closed = True
        await self._lanes.aclose()


class _Reply(Incoming):
    def __init__(self, reply: LaneReply, request: Outgoing) -> None:
        self.status = reply.status
        self.headers = header_texts(reply.headers)
        self._reply = reply
        self._request = request

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        encoding = self.headers.get("content-encoding")
        try:
            async for piece in self._reply if encoding is None else _decoded(self._reply, encoding):
                yield piece
        except _FAILURES as exc:
            raise failure(type(exc).__name__, exc, self._request) from exc

    async def aclose(self) -> None:
        await self._reply.aclose()


class _Encoded(httpx.AsyncByteStream):
    def __init__(self, body: AsyncIterable[bytes]) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)


def _decoded(body: AsyncIterable[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Have httpx decompress a body."""
    return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=_Encoded(body)).aiter_bytes()


class _Server(NamedTuple):
    origin: httpcore.Origin
    name: bytes


@lru_cache(maxsize=1024)
def _server(origin: str) -> _Server:
    parsed = httpx.URL(origin)
    url = httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=b"/")
    return _Server(url.origin, parsed.netloc)


def _address(url: str) -> tuple[_Server, bytes]:
    """Take an address apart, sending a plain one as it is; httpx would take ten times as long to read it."""
    if plain := _PLAIN.fullmatch(url):
        return _server(plain[1]), plain[2].encode()
    parsed = httpx.URL(url)
    return _server(f"{parsed.scheme}://{parsed.netloc.decode()}"), parsed.raw_path


def _built(request: Outgoing) -> Request:
    server, target = _address(request.url)
    content = request.content
    headers = [(name.encode(), value.encode()) for name, value in complete(request.headers).items()]
    if isinstance(content, bytes) or (content is None and request.method not in READS):
        headers.append((b"Content-Length", b"%d" % len(content or b"")))
    return Request(
        origin=server.origin,
        method=request.method,
        target=target,
        headers=[(b"Host", server.name), *headers],
        content=content,
        timeout_s=request.timeout_s,
        repeatable=request.repeatable and (content is None or isinstance(content, bytes)),
    )
