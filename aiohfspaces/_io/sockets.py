"""Sockets as httpcore uses them, straight on asyncio.

A read of anyio's streams registers the socket with the event loop and takes it out again, and whether an idle
connection was closed takes a system call: a third of what httpcore spends on a small call (docs/topics/lanes.md).
Here the loop reads on, up to a bound, and a close is noticed when it comes. Other event loops have anyio's streams.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar, cast

import httpcore
from anyio import Event, create_task_group, fail_after, move_on_after
from anyio.lowlevel import current_token

T = TypeVar("T")

AddressInfo: TypeAlias = tuple[Any, Any, int, str, tuple[Any, ...]]

MOST_UNREAD = 64 * 1024
"""Bytes that wait to be read before the loop stops reading; it brings as many at once, at the most."""

_LEAST_ROOM = 8 * 1024

_NEXT_S = 0.25


def sockets() -> httpcore.AsyncNetworkBackend:
    """Give what connects on the running event loop."""
    if isinstance(current_token().native_token, asyncio.AbstractEventLoop):
        return AsyncioSockets()
    return cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())


class AsyncioSockets(httpcore.AsyncNetworkBackend):
    """Connects on asyncio, and remembers what."""

    def __init__(self) -> None:
        self._streams: list[AsyncioStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> AsyncioStream:
        """Connect, to whichever of a name's addresses answers first.

        Raises:
            httpcore.ConnectError: Nobody listens there, or nobody knows the name.
            httpcore.ConnectTimeout: It took too long.
        """
        local = None if local_address is None else (local_address, 0)
        loop = asyncio.get_running_loop()

        async def connect(address: str) -> Connection:
            return (await loop.create_connection(Connection, address, port, local_addr=local))[1]

        with _connecting(), fail_after(timeout):
            connection = await _first(connect, await _addresses(host, port))
        for option in socket_options or ():
            connection.transport.get_extra_info("socket").setsockopt(*option)
        self._streams.append(AsyncioStream(connection))
        return self._streams[-1]

    def drop(self) -> None:
        """Have the loop close all of them in its next turn."""
        for stream in self._streams:
            stream.drop()


class AsyncioStream(httpcore.AsyncNetworkStream):
    """What goes both ways on one connection; one task at a time reads or writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is, or wait for it; nothing once the other side has ended.

        Raises:
            httpcore.ReadError: The connection broke.
            httpcore.ReadTimeout: Nothing came in time.
        """
        connection = self._connection
        while not connection.unread:
            if connection.problem is not None:
                raise httpcore.ReadError(str(connection.problem)) from connection.problem
            if connection.has_ended:
                return b""
            if not await connection.woken(timeout):
                raise httpcore.ReadTimeout(f"nothing came for {timeout:g} s")
        if connection.unread_bytes >= max_bytes:
            await asyncio.sleep(0)  # of a long body so much at a time, whatever else waits for its turn
        return connection.taken(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, and wait while too much is on its way.

        Raises:
            httpcore.WriteError: The connection broke.
            httpcore.WriteTimeout: Nothing went in time.
        """
        connection = self._connection
        if not buffer:
            return
        if not connection.is_lost:
            connection.transport.write(buffer)
        while connection.is_full and not connection.is_lost:
            if not await connection.woken(timeout):
                raise httpcore.WriteTimeout(f"nothing went for {timeout:g} s")
        if connection.is_lost:
            raise httpcore.WriteError(str(connection.problem or "closed")) from connection.problem

    async def aclose(self) -> None:
        """Close the socket; what was not sent yet is dropped."""
        self.drop()
        if not self._connection.closed.done():
            await asyncio.wait([self._connection.closed])

    def drop(self) -> None:
        """Have the loop close the socket in its next turn."""
        self._connection.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncioStream:
        """Shake hands; if that fails the socket is closed.

        What has come before that was not encrypted: whoever is in between could have sent it, and it would be read as
        the server's reply.

        Raises:
            httpcore.ConnectError: The other side is not trusted, does not speak TLS, or has spoken or ended before.
            httpcore.ConnectTimeout: It took too long.
        """
        connection, loop = self._connection, asyncio.get_running_loop()
        try:
            if connection.unread or connection.has_ended:
                raise httpcore.ConnectError(f"the other side {'spoke' if connection.unread else 'ended'} before TLS")
            with _connecting(), fail_after(timeout):
                secured = await loop.start_tls(
                    connection.transport,
                    connection,
                    ssl_context,
                    server_hostname=server_hostname,
                    ssl_handshake_timeout=None if timeout is None else timeout + 1,  # else asyncio's own, of 60 s
                )
        except BaseException:
            self.drop()
            connection.connection_lost(None)  # which nobody else says before the handshake is done
            raise
        connection.transport = cast(asyncio.Transport, secured)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Tell what httpcore asks for: whether an idle connection has ended, or about the socket and TLS."""
        if info == "is_readable":
            return bool(self._connection.unread) or self._connection.has_ended
        return self._connection.transport.get_extra_info(info)


class Connection(asyncio.BufferedProtocol):
    """What a connection has brought, and how it is.

    Attributes:
        transport: What sends.
        unread: What has come and was not read yet, of `unread_bytes`.
        is_full: Whether too much waits to be sent.
        has_ended: Whether nothing more will come.
        is_lost: Whether nothing more can be sent.
        problem: What it broke of; ``None`` if nothing is wrong.
        closed: Done when the socket is closed.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.unread: deque[bytes | memoryview] = deque()
        self.is_full = self.has_ended = self.is_lost = False
        self.problem: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.unread_bytes = 0
        self._is_paused = False
        self._room = memoryview(bytearray(_LEAST_ROOM))
        self._waiter: asyncio.Future[bool] | None = None

    async def woken(self, timeout: float | None) -> bool:
        """Wait until anything has happened; tell whether it has in time."""
        waiter = self._waiter = self._loop.create_future()
        timer = None if timeout is None else self._loop.call_later(timeout, _resolve, waiter, False)
        try:
            return bool(await waiter)
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def taken(self, most: int) -> bytes:
        """Take so many bytes of what has come, or the first piece of it if that is smaller."""
        piece = self.unread.popleft()
        if len(piece) > most:
            self.unread.appendleft(memoryview(piece)[most:])
            piece = memoryview(piece)[:most]
        self.unread_bytes -= len(piece)
        if self._is_paused and self.unread_bytes < MOST_UNREAD:
            self._is_paused = False
            self.transport.resume_reading()
        return bytes(piece)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        self.unread.append(bytes(self._room[:nbytes]))
        self.unread_bytes += nbytes
        if nbytes == len(self._room) < MOST_UNREAD:
            self._room = memoryview(bytearray(2 * nbytes))
        if self.unread_bytes >= MOST_UNREAD and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.has_ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.has_ended = self.is_lost = True
        self.problem = exc
        _resolve(self.closed, None)
        self._wake()

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            _resolve(self._waiter, True)


async def _addresses(host: str, port: int) -> list[str]:
    """Look a name up; an address needs no look."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        return _by_turns(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _by_turns(found: list[AddressInfo]) -> list[str]:
    """Order addresses so that IPv6 and IPv4 take turns, each in the resolver's order."""
    seen: Counter[int] = Counter()
    ranked = []
    for family, _, _, _, address in found:
        seen[family] += 1
        ranked.append((seen[family], str(address[0])))
    return [address for _, address in sorted(ranked, key=itemgetter(0))]


async def _first(connect: Callable[[str], Awaitable[Connection]], addresses: list[str]) -> Connection:
    """Connect to the first address that answers; the next one begins when the last has failed, or is slow.

    asyncio's own way to do so loses a connection if it is cancelled (seen with Python 3.11.7).

    Source: RFC 8305, "Happy Eyeballs".
    """
    if len(addresses) == 1:
        return await connect(addresses[0])
    connected: list[Connection] = []
    failures: list[OSError] = []

    async def attempt(address: str, ended: Event) -> None:
        try:
            connected.append(await connect(address))
            group.cancel_scope.cancel()
        except OSError as exc:
            failures.append(exc)
        ended.set()

    try:
        async with create_task_group() as group:
            for address in addresses:
                group.start_soon(attempt, address, ended := Event())
                with move_on_after(_NEXT_S):
                    await ended.wait()
        if not connected:
            raise failures[0]
        return connected.pop()
    finally:
        for connection in connected:
            connection.transport.abort()


def _resolve(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


@contextmanager
def _connecting() -> Iterator[None]:
    try:
        yield
    except TimeoutError as exc:
        raise httpcore.ConnectTimeout(str(exc)) from exc
    except (OSError, UnicodeError) as exc:  # UnicodeError: no name can be so long, or have an empty part
        raise httpcore.ConnectError(str(exc)) from exc
