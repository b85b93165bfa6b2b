"""Streams of events, opened again where they break off."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from math import inf
from typing import Generic, Protocol, TypeVar

from anyio import CancelScope, current_time
from attrs import evolve, frozen

from aiohfspaces._io.opened import Opened
from aiohfspaces._io.repeating import again
from aiohfspaces._io.transport import Transport, done_by
from aiohfspaces._plan.following import DRAINING_SILENCE_S, FOLLOWING_SILENCE_S, RECONNECTING, Ended, Reading
from aiohfspaces._plan.retrying import RetryQuota, is_passing
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.events import EventDecoder, ServerEvent
from aiohfspaces.errors import HubTimeoutError, MalformedReplyError, SpacesError
from aiohfspaces.options import RetryPolicy

T = TypeVar("T")

_MOST_SHOWN = 200
"""How many bytes of what is no stream an error tells."""


class Open(Protocol):
    """Sends a call and holds its reply open."""

    def __call__(self, call: Call[None], /) -> AbstractAsyncContextManager[Opened]: ...


@frozen(kw_only=True)
class Manner:
    """How a stream is read.

    Attributes:
        open: Sends a call.
        open_within_s: How long the head of the reply may take.
        crowded: Says that there is no free connection; ``None`` if there is one.
        silence_s: How long nothing may come, while somebody waits for it.
        is_followed: Whether silence is a failure, and bytes of any kind break it; else it is the end,
            and only events do.
        policy: How often in a row it is opened again, and after which waits.
        quota: What may still be repeated.
        again_within_s: For how long it is tried to open it again.
    """

    open: Open
    open_within_s: float
    crowded: Callable[[], str | None]
    silence_s: float
    is_followed: bool
    policy: RetryPolicy
    quota: RetryQuota
    again_within_s: float = inf


def following(transport: Transport) -> Manner:
    """Read for as long as it goes on: a call's time in total is for opening it, not for reading."""
    return Manner(
        open=_patient(transport, FOLLOWING_SILENCE_S).open,
        open_within_s=transport.timeout.total,
        crowded=transport.crowded,
        silence_s=FOLLOWING_SILENCE_S,
        is_followed=True,
        policy=RECONNECTING,
        quota=RetryQuota(RECONNECTING.quota),
    )


def draining(transport: Transport) -> Manner:
    """Read what there is, and repeat as other calls do."""
    return Manner(
        open=_patient(transport, DRAINING_SILENCE_S).open,
        open_within_s=transport.timeout.total,
        crowded=transport.crowded,
        silence_s=DRAINING_SILENCE_S,
        is_followed=False,
        policy=transport.retry,
        quota=transport.quota,
        again_within_s=transport.timeout.total,
    )


def _patient(transport: Transport, silence_s: float) -> Transport:
    return transport.with_timeout(evolve(transport.timeout, read=max(transport.timeout.read, silence_s)))


async def told(reading: Reading[T], manner: Manner) -> AsyncGenerator[T, None]:
    """Yield what is new in a stream, over as many connections as it takes.

    A connection that ends as HTTP says is the end. One that breaks off, stays silent or is refused in a
    way that may pass is followed by another; whenever one has brought something new, the count of
    attempts begins anew.

    Raises:
        SpacesError: It was refused, or could not be opened again.
    """
    connection = _Connection(reading, manner)
    try:
        while True:
            try:
                item = await connection.next()
            except SpacesError as failure:
                if not is_passing(failure):
                    raise
                item = await again(
                    connection.next,
                    failure,
                    repeatable=True,
                    policy=manner.policy,
                    quota=manner.quota,
                    until=current_time() + manner.again_within_s,
                )
            if item is Ended.ENDED:
                return
            yield item
    finally:
        await connection.aclose()


class _Connection(Generic[T]):
    """The connection that is open, if one is, and the events of it that nobody has taken yet."""

    def __init__(self, reading: Reading[T], manner: Manner) -> None:
        self._reading = reading
        self._manner = manner
        self._held = AsyncExitStack()
        self._pieces: AsyncGenerator[bytes, None] | None = None
        self._decoder = EventDecoder()
        self._events: deque[ServerEvent] = deque()
        self._path = ""

    async def next(self) -> T | Ended:
        """Wait for the next thing that is new; open the stream if it is not.

        Raises:
            SpacesError: It could not be opened, or has failed; it is not open any more then.
        """
        try:
            if (item := self._reading.ready()) is not None:
                return item
            pieces = await self._open() if self._pieces is None else self._pieces
            return await self._take(pieces)
        except SpacesError:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Let go of the connection, and of what was not taken."""
        self._pieces = None
        self._events.clear()
        await self._held.aclose()

    async def _open(self) -> AsyncGenerator[bytes, None]:
        call, within_s = self._reading.call(), self._manner.open_within_s
        self._path = call.path
        until = current_time() + within_s
        with CancelScope(deadline=until), done_by(until):
            opened = await self._held.enter_async_context(self._manner.open(call))
            return await self._begin(opened)
        # streams may hold their connections for ever: to wait for one again would be no better
        crowded = self._manner.crowded()
        message = f"GET {self._path}: no reply within {within_s:g} s{crowded or ''}"
        raise HubTimeoutError(message, outcome="not done", may_pass=crowded is None)

    async def _begin(self, opened: Opened) -> AsyncGenerator[bytes, None]:
        headers = opened.incoming.headers
        kind = headers.get("content-type", "")
        if not kind.startswith("text/event-stream"):  # of something before the Hub, or an error that is called none
            said = (await opened.read()).content[:_MOST_SHOWN].decode(errors="replace")
            message = f"expected events from {opened.shown_url}, got {kind or 'something without a type'}: {said!r}"
            raise MalformedReplyError(message, field="content-type")
        self._pieces = await self._held.enter_async_context(aclosing(opened.incoming.pieces()))
        self._decoder = EventDecoder()
        self._reading.begin(headers)
        return self._pieces

    async def _take(self, pieces: AsyncGenerator[bytes, None]) -> T | Ended:
        silent_at = current_time() + self._manner.silence_s
        while True:
            while self._events:
                item = self._reading.take(self._events.popleft())
                if item is not None:
                    return item
            piece = await self._piece(pieces, silent_at)
            if piece is None:
                self._reading.end()
                item = self._reading.ready()
                return Ended.ENDED if item is None else item
            self._events.extend(self._decoder.feed(piece))
            if self._manner.is_followed or any(event.data for event in self._events):
                silent_at = current_time() + self._manner.silence_s

    async def _piece(self, pieces: AsyncGenerator[bytes, None], silent_at: float) -> bytes | None:
        """Wait for more bytes; ``None`` after the last ones."""
        with CancelScope(deadline=silent_at):
            return await anext(pieces, None)
        if not self._manner.is_followed:
            return None
        raise HubTimeoutError(f"GET {self._path}: nothing came for {self._manner.silence_s:g} s", outcome="not done")
