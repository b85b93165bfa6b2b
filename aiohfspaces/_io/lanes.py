"""Connections: each is a lane, and idle lanes wait on a stack.

httpx's own pool walks all of its connections and polls each idle socket for every request, so
its cost grows with the square of what is in flight (docs/topics/lanes.md has the figures). Here a
request takes the lane that was used last, which is the one most likely to be alive, and looks at
no other.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from weakref import WeakMethod

import httpcore
from anyio import Semaphore, move_on_after
from anyio.lowlevel import checkpoint

from aiohfspaces._io.connecting import IDLE_S, Connector, Lane
from aiohfspaces._io.http11 import Reply, Request
from aiohfspaces._io.loops import PerLoop

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
_CLOSING_S = 1.0
_LOOKS = 4
"""How often, while a lane is idle for as long as it may be, the others are looked at."""

_TURNS = 2
"""How many turns a loop takes to look at its sockets and tell what it saw; what must not be repeated waits for that."""


class Lanes:
    """The lanes of each event loop that sends: a connection belongs to the loop that made it."""

    def __init__(self, connector: Connector, most: int, idle_s: float = IDLE_S) -> None:
        self._most_idle = most
        self._by_loop = PerLoop(lambda: LoopLanes(connector, most, self._most_idle, idle_s))

    async def send(self, request: Request) -> LaneReply:
        """Send a request and read the head of the reply.

        A repeatable request that fails on a lane which had been idle is sent again on a new one
        at once: the server may have closed it unnoticed.
        """
        return await self._by_loop.here().send(request)

    @property
    def is_full(self) -> bool:
        """Whether this loop has as many requests under way as there may be."""
        return self._by_loop.here().is_full

    async def aclose(self) -> None:
        """Close this loop's idle lanes; those under way, and other loops', close when they come back."""
        self._most_idle = 0
        for lanes in self._by_loop.everywhere():
            lanes.most_idle = 0
        await self._by_loop.here().drop_idle()


class LoopLanes:
    """The lanes of one event loop: at most `most` requests under way, over all origins.

    What nobody has used for `idle_s` seconds is closed then, on asyncio; on other loops when the next lane is idle.

    Attributes:
        most_idle: How many connections may wait for more requests; the oldest give way to new ones.
    """

    def __init__(self, connector: Connector, most: int, most_idle: int, idle_s: float) -> None:
        self.most_idle = most_idle
        self._connector = connector
        self._idle_s = idle_s
        self._timer: asyncio.TimerHandle | None = None
        self._permits = Semaphore(most, fast_acquire=True)
        self._stacks: dict[bytes, list[Lane]] = {}
        self._idle: dict[Lane, bytes] = {}  # the oldest first

    @property
    def is_full(self) -> bool:
        """Whether there is no permit left."""
        return self._permits.value == 0

    async def send(self, request: Request) -> LaneReply:
        """Send a request when there is a permit, and read the head of the reply."""
        stack = _stack_of(request.origin)
        await self._permits.acquire()
        try:
            lane, reply = await self._send_on_a_lane(request, stack)
        except BaseException:
            self._permits.release()
            raise
        return LaneReply(self, lane, reply, stack)

    def give_back(self, lane: Lane, stack: bytes) -> Lane | None:
        """Take back a lane whose reply was read or given up; only one that is clean waits for more.

        Returns:
            A lane to close: this one, or the oldest that waits.
        """
        self._permits.release()
        if not lane.connection.is_available():
            return lane
        self._stacks.setdefault(stack, []).append(lane)
        self._idle[lane] = stack
        if self._timer is None:
            self._timer = _later(self._idle_s, self._expire)
        oldest = next(iter(self._idle))
        if len(self._idle) <= self.most_idle and oldest.is_good:
            return None
        self._forget(oldest)
        return oldest

    async def drop_idle(self) -> None:
        """Close the idle lanes."""
        leaving = list(self._idle)
        for lane in leaving:  # before anything is waited for: others close and take lanes meanwhile
            self._forget(lane)
            lane.drop()
        for lane in leaving:
            await lane.aclose()

    async def _send_on_a_lane(self, request: Request, stack: bytes) -> tuple[Lane, Reply]:
        if not request.repeatable and stack in self._stacks:
            for _ in range(_TURNS):
                await checkpoint()
        if (idle := await self._take_idle(stack)) is not None:
            try:
                return idle, await idle.send(request)
            except _STALE:
                if not request.repeatable:
                    raise
        lane = await self._connector(request.origin, request.timeout_s.get("connect"))
        return lane, await lane.send(request)

    async def _take_idle(self, stack: bytes) -> Lane | None:
        while (lane := self._pop(stack)) is not None:
            if lane.is_good:
                return lane
            await lane.aclose()
        return None

    def _expire(self) -> None:
        """Close what has been idle for too long, and look again as long as there is any."""
        for lane in [lane for lane in self._idle if not lane.is_good]:
            self._forget(lane)
            lane.drop()
        self._timer = _later(self._idle_s / _LOOKS, self._expire) if self._idle else None

    def _pop(self, stack: bytes) -> Lane | None:
        lanes = self._stacks.get(stack)
        if not lanes:
            return None
        lane = lanes[-1]
        self._forget(lane)
        return lane

    def _forget(self, lane: Lane) -> None:
        stack = self._idle.pop(lane)
        self._stacks[stack].remove(lane)
        if not self._stacks[stack]:
            del self._stacks[stack]


class LaneReply:
    """A reply whose body is still on its lane; closing it gives the lane back."""

    def __init__(self, lanes: LoopLanes, lane: Lane, reply: Reply, stack: bytes) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self._lanes = lanes
        self._lane: Lane | None = lane
        self._stack = stack
        self._body = reply.body

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the body as it comes, still compressed if it was."""
        return aiter(self._body)

    async def aclose(self) -> None:
        """Give the lane back, closed if the body was not read to its end."""
        lane, self._lane = self._lane, None
        if lane is None:
            return
        try:
            if not lane.connection.settle():
                with move_on_after(_CLOSING_S, shield=True):
                    await self._body.aclose()
        finally:
            leaving = self._lanes.give_back(lane, self._stack)
            if leaving is not None:
                await leaving.aclose()


def _later(seconds: float, method: Callable[[], None]) -> asyncio.TimerHandle | None:
    """Have asyncio call a method a little later, if its object is still there; ``None`` on other loops."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    known = WeakMethod(method)

    def call() -> None:
        found = known()
        if found is not None:
            found()

    return loop.call_later(seconds * 1.01, call)


def _stack_of(origin: httpcore.Origin) -> bytes:
    return b"%s://%s:%d" % (origin.scheme, origin.host, origin.port)
