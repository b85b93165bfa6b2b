"""HTTP/1.1 on one connection, for one request at a time, by h11.

httpcore's own connection is made for a pool: it locks and traces each step, which took as
long as h11 itself (docs/topics/lanes.md). What goes through a proxy still uses it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import NamedTuple, Protocol, TypeAlias, cast

import h11
import httpcore
from attrs import define, field

_READ_BYTES = 64 * 1024
_LONGEST_HEAD = 100 * 1024
_SENT_TOGETHER = 16 * 1024

Headers: TypeAlias = list[tuple[bytes, bytes]]


@define(eq=False)
class Request:
    """A request as it leaves on a connection to its server.

    Attributes:
        origin: Scheme, host and port.
        headers: All of them, ``Host`` first.
        content: The body, whose length a header tells: whole, in pieces, or ``None`` for none.
        timeout_s: What an `Outgoing` says.
        repeatable: Whether it may be sent twice, body and all.
    """

    origin: httpcore.Origin
    method: str
    target: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    content: bytes | AsyncGenerator[bytes, None] | None = field(repr=False)
    timeout_s: Mapping[str, float]
    repeatable: bool


class Body(Protocol):
    """A reply's body, read as it comes; closing it lets go of the connection."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None:
        """Let go of the connection."""


class Reply(NamedTuple):
    """A reply whose head has come."""

    status: int
    headers: Headers
    body: Body


class Http11:
    """One connection; it is idle between a reply that was read to its end and the next request."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, idle_s: float) -> None:
        self._stream = stream
        self._idle_s = idle_s
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self._idle_until: float | None = None

    async def send(self, request: Request) -> Reply:
        """Send a request and read the head of the reply.

        Raises:
            httpcore.LocalProtocolError: It is no request that HTTP knows.
            httpcore.RemoteProtocolError: What came is no reply.
            httpcore.NetworkError: The connection broke.
            httpcore.TimeoutException: Nothing moved in time.
        """
        self._idle_until = None
        try:
            await self._send(request)
        except httpcore.WriteError:
            pass  # a server may refuse a body before it has read all of it, and say why
        except httpcore.WriteTimeout:
            if not self._stream.get_extra_info("is_readable"):
                raise
        read_s = request.timeout_s.get("read")
        head = await self._head(read_s)
        return Reply(head.status_code, head.headers.raw_items(), _Body(self, read_s))

    def is_available(self) -> bool:
        """Tell whether it is idle."""
        return self._idle_until is not None

    def has_expired(self) -> bool:
        """Tell whether it has been idle for too long, or something has come unasked, such as its end."""
        until = self._idle_until
        return until is not None and (time.monotonic() > until or bool(self._stream.get_extra_info("is_readable")))

    def settle(self) -> bool:
        """Make it idle, if its reply was read to its end and nothing came after that; tell whether it is."""
        state = self._state
        if state.our_state is h11.DONE and state.their_state is h11.DONE and state.trailing_data == (b"", False):
            state.start_next_cycle()
            self._idle_until = time.monotonic() + self._idle_s
        return self.is_available()

    async def aclose(self) -> None:
        """Close it."""
        self._idle_until = None
        await self._stream.aclose()

    async def received(self, timeout: float | None) -> h11.Event | type[h11.PAUSED]:
        """Read as much as the next event takes."""
        while True:
            try:
                event = self._state.next_event()
            except h11.RemoteProtocolError as exc:
                raise httpcore.RemoteProtocolError(str(exc)) from exc
            if event is not h11.NEED_DATA:
                return cast("h11.Event | type[h11.PAUSED]", event)
            data = await self._stream.read(_READ_BYTES, timeout)
            if not data and self._state.their_state is h11.SEND_RESPONSE:
                raise httpcore.RemoteProtocolError("the server has closed the connection without a reply")
            self._state.receive_data(data)

    async def _send(self, request: Request) -> None:
        """Send head and body, in as few small pieces as can be."""
        write_s = request.timeout_s.get("write")
        try:
            unsent = self._encoded(h11.Request(method=request.method, target=request.target, headers=request.headers))
            if isinstance(request.content, bytes):
                unsent += self._encoded(h11.Data(data=request.content))
            elif request.content is not None:
                async for piece in request.content:
                    unsent += self._encoded(h11.Data(data=piece))
                    if len(unsent) > _SENT_TOGETHER:
                        await self._stream.write(unsent, write_s)
                        unsent = b""
            unsent += self._encoded(h11.EndOfMessage())
        except h11.LocalProtocolError as exc:
            raise httpcore.LocalProtocolError(str(exc)) from exc
        if unsent:
            await self._stream.write(unsent, write_s)

    def _encoded(self, event: h11.Event) -> bytes:
        return self._state.send(event) or b""

    async def _head(self, timeout: float | None) -> h11.Response:
        while not isinstance(event := await self.received(timeout), h11.Response):
            pass  # a hint that the reply will come
        return event


class _Body:
    def __init__(self, connection: Http11, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        while isinstance(event := await self._connection.received(self._timeout), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        if not self._connection.settle():
            await self._connection.aclose()
