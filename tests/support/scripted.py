"""A server on loopback that answers as it is told, and remembers what it was asked.

It speaks HTTP/1.1 over plain or TLS sockets, well or badly: what a mock inside the process
cannot do (trickle, break off, hang up, never answer) is what it is for.
"""

from __future__ import annotations

import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import anyio
import pytest
from anyio import BrokenResourceError, ClosedResourceError, EndOfStream, IncompleteRead
from anyio.abc import ByteStream, Listener, SocketAttribute
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener
from attrs import frozen

from aiohfspaces import AsyncSpacesClient, RetryPolicy

BOTH_LOOPS = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
"""For what must not depend on the event loop."""

STOPS_READING = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
"""For where a reply is not read to its end: trio tells of the generators inside httpx, which nobody can close."""

AT_ONCE = RetryPolicy(initial=0, jitter=0)
"""Retries as usual, without their waits."""

TOKEN = "hf_scriptedtoken"

_LONGEST_HEAD = 64 << 10
_LONGEST_BODY = 16 << 20
_MOST_CONNECTIONS = 200
_PATIENCE_S = 2.0
_GONE = (BrokenResourceError, ClosedResourceError, EndOfStream, IncompleteRead)


@frozen
class Received:
    """A request as it came, and on which connection, counted from 1."""

    connection: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def authorization(self) -> str | None:
        """The header that carries the token."""
        return self.headers.get("authorization")


@frozen
class Exchange:
    """What a step works with."""

    request: Received
    stream: ByteStream
    reader: BufferedByteReceiveStream

    async def until_hung_up(self) -> None:
        """Wait until the client closes the connection."""
        while True:
            await self.reader.receive()


Step: TypeAlias = Callable[[Exchange], Awaitable[bool]]
"""Answers one request; tells whether the connection stays open."""


def encoded(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """Write a whole reply: bytes and text as they are, anything else as JSON, ``None`` as nothing."""
    kind = "text/plain" if isinstance(body, str) else "application/json"
    content = body if isinstance(body, bytes) else _text(body).encode()
    fields = {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1") + content


def reply(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Step:
    """Answer in full and keep the connection."""

    async def step(exchange: Exchange) -> bool:
        whole = encoded(body, status, headers)
        await exchange.stream.send(whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if _is_head(exchange) else whole)
        return True

    return step


def html(text: str, status: int = 200) -> Step:
    """Answer with a page, as a proxy in front of the Hub does."""
    return reply(text, status, {"Content-Type": "text/html"})


def redirect(location: str, status: int = 302) -> Step:
    """Point elsewhere."""
    return reply(status=status, headers={"Location": location})


def raw(data: bytes) -> Step:
    """Send these bytes, whatever they mean, and hang up."""

    async def step(exchange: Exchange) -> bool:
        await exchange.stream.send(data)
        return False

    return step


def last(answer: Step) -> Step:
    """Answer, then close the connection although it could have been kept."""

    async def step(exchange: Exchange) -> bool:
        await answer(exchange)
        return False

    return step


async def hang_up(exchange: Exchange) -> bool:
    """Close the connection without an answer."""
    return False


async def never(exchange: Exchange) -> bool:
    """Keep the client waiting until it hangs up."""
    await exchange.until_hung_up()
    return False


def stall(data: bytes) -> Step:
    """Send these bytes and no more until the client hangs up."""

    async def step(exchange: Exchange) -> bool:
        await exchange.stream.send(data)
        return await never(exchange)

    return step


def trickle(data: bytes, *, every_s: float) -> Step:
    """Send these bytes, then spaces, one by one, until the client hangs up."""

    async def step(exchange: Exchange) -> bool:
        await exchange.stream.send(data)
        while True:
            await anyio.sleep(every_s)
            await exchange.stream.send(b" ")

    return step


async def tunnel(exchange: Exchange) -> bool:
    """Answer ``CONNECT`` as a proxy does: join the two connections."""
    host, _, port = exchange.request.target.rpartition(":")
    async with await anyio.connect_tcp(host, int(port)) as upstream, anyio.create_task_group() as group:
        await exchange.stream.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        group.start_soon(_pump, upstream, exchange.stream, group.cancel_scope)
        group.start_soon(_pump, exchange.reader, upstream, group.cancel_scope)
    return False


class ScriptedServer:
    """Answers each request with the next step, and all that come after the last one with `rest`.

    Attributes:
        received: The requests, in the order in which they came.
        open: The connections that are open.
        most_under_way: How many requests were being answered at once, at the most.
    """

    def __init__(self, url: str, steps: tuple[Step, ...], rest: Step) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.received: list[Received] = []
        self.open: set[int] = set()
        self.most_under_way = 0
        self._steps = deque(steps)
        self._rest = rest
        self._under_way = 0
        self._accepted = 0
        self._moved = anyio.Event()

    @property
    def targets(self) -> list[str]:
        """What was asked for."""
        return [request.target for request in self.received]

    @property
    def connections(self) -> list[int]:
        """On which connection each request came."""
        return [request.connection for request in self.received]

    async def until(self, come: Callable[[], bool]) -> None:
        """Wait for a request, or for a connection to open or close, that makes something true."""
        with anyio.fail_after(_PATIENCE_S):
            while not come():
                await self._moved.wait()

    async def serve(self, stream: ByteStream) -> None:
        """Answer what comes on one connection."""
        self._accepted = number = self._accepted + 1
        assert number <= _MOST_CONNECTIONS
        self.open.add(number)
        self._tell()
        try:
            async with stream:
                await self._converse(number, stream)
        except _GONE:
            pass
        finally:
            self.open.discard(number)
            self._tell()

    async def _converse(self, number: int, stream: ByteStream) -> None:
        reader = BufferedByteReceiveStream(stream)
        kept = True
        while kept:
            request = await _read(reader, number)
            self.received.append(request)
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
            self._tell()
            step = self._steps.popleft() if self._steps else self._rest
            try:
                kept = await step(Exchange(request, stream, reader))
            finally:
                self._under_way -= 1

    def _tell(self) -> None:
        moved, self._moved = self._moved, anyio.Event()
        moved.set()


@asynccontextmanager
async def serving(
    *steps: Step, rest: Step | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedServer]:
    """Run a server for as long as the block lasts; what the block raises is raised as it is."""
    listener: Listener[Any] = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)
    url = f"http://127.0.0.1:{port}" if tls is None else f"https://localhost:{port}"
    if tls is not None:
        listener = TLSListener(listener, tls, standard_compatible=False)
    server = ScriptedServer(url, steps, rest or reply({}))
    failure: BaseException | None = None
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, server.serve)
        try:
            yield server
        except (Exception, pytest.fail.Exception) as exc:
            failure = exc
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure


def client_of(
    server: ScriptedServer, token: Any = TOKEN, *, timeout: Any = 5, retry: RetryPolicy = AT_ONCE, **options: Any
) -> AsyncSpacesClient:
    """Make a client that does not wait between its attempts."""
    return AsyncSpacesClient(token, endpoint=server.url, timeout=timeout, retry=retry, **options)


def _text(body: Any) -> str:
    return "" if body is None else body if isinstance(body, str) else json.dumps(body)


async def _read(reader: BufferedByteReceiveStream, connection: int) -> Received:
    head = await reader.receive_until(b"\r\n\r\n", _LONGEST_HEAD)
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = [line.partition(":") for line in lines]
    headers: dict[str, str] = {}
    for name, _, value in pairs:
        headers[name.lower()] = ", ".join(filter(None, [headers.get(name.lower()), value.strip()]))
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b"".join([piece async for piece in _chunks(reader)])
    else:
        length = int(headers.get("content-length", "0"))
        assert length <= _LONGEST_BODY
        body = await reader.receive_exactly(length) if length else b""
    return Received(connection, method, target, headers, body)


async def _chunks(reader: BufferedByteReceiveStream) -> AsyncIterator[bytes]:
    while size := int(await reader.receive_until(b"\r\n", 20), 16):
        yield await reader.receive_exactly(size)
        await reader.receive_exactly(2)
    await reader.receive_exactly(2)


async def _pump(source: Any, sink: ByteStream, scope: anyio.CancelScope) -> None:
    try:
        while True:
            await sink.send(await source.receive())
    except _GONE:
        scope.cancel()


def _is_head(exchange: Exchange) -> bool:
    return exchange.request.method == "HEAD"
