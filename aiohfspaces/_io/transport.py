"""Sending calls: whose token goes where, what is repeated, and when it has taken too long."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from anyio import CancelScope, Semaphore, current_time
from anyio.lowlevel import checkpoint
from attrs import Factory, define, evolve, field, frozen

from aiohfspaces._io import files, repeating
from aiohfspaces._io.counting import count_sent
from aiohfspaces._io.credentials import TokenSource
from aiohfspaces._io.http import Door, Incoming, Outgoing
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.opened import Opened
from aiohfspaces._io.pacing import account_of, coming
from aiohfspaces._io.turns import turns_at
from aiohfspaces._plan.redirecting import MOST_REDIRECTS, REDIRECTS, next_url
from aiohfspaces._plan.retrying import RetryQuota, may_repeat
from aiohfspaces._wire.calls import READS, Call, JsonBody, StreamBody
from aiohfspaces._wire.limits import bucket_of, window_state
from aiohfspaces._wire.origins import same_origin, shown
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import HubTimeoutError, MalformedReplyError, OfflineError, Outcome, SpacesError
from aiohfspaces.models import PacedCall, RateLimitState
from aiohfspaces.options import RateBudget, RetryPolicy, Timeout

T = TypeVar("T")

_TRUE = frozenset({"1", "ON", "YES", "TRUE"})

_UNTIL: ContextVar[float | None] = ContextVar("aiohfspaces_until", default=None)
"""When the call that a task is sending has to be done, by its event loop's clock."""

logger = logging.getLogger("aiohfspaces")


@frozen(kw_only=True)
class Transport:
    """Sends calls to one Hub for one account; siblings share the door and the quota.

    Attributes:
        door: What HTTP goes through.
        endpoint: The Hub, without a slash at the end.
        token: Who calls.
        timeout: How long a call may take.
        retry: How a failed call is repeated.
        quota: How much repeating is left.
        transfers: How many more calls may carry a file; what only asks finds a connection that none of them has.
        user_agent: What the Hub is told of the caller.
        budget: Lets requests to the Hub through, each in its turn.
        steps_s: How long each step of a request may take.
    """

    door: Door
    endpoint: str
    token: TokenSource
    timeout: Timeout
    retry: RetryPolicy
    quota: RetryQuota = field(repr=False)
    transfers: PerLoop[Semaphore] = field(repr=False)
    user_agent: str
    budget: RateBudget = field(repr=False)
    steps_s: Mapping[str, float] = field(
        init=False, repr=False, default=Factory(lambda self: _steps(self.timeout), takes_self=True)
    )

    def with_timeout(self, timeout: Timeout) -> Transport:
        """Make one that waits for another time."""
        return evolve(self, timeout=timeout)

    def without_repeating(self) -> Transport:
        """Make one that sends each call once, for whoever repeats by other rules."""
        return evolve(self, retry=evolve(self.retry, attempts=1))

    def crowded(self) -> str | None:
        """Say that there is no free connection; ``None`` if there is one, or nobody knows."""
        most = self.door.crowd
        return (
            None
            if most is None
            else f": no connection was free, for other calls and open streams hold all {most} (max_connections)"
        )

    def rate_limit(self) -> dict[str, RateLimitState]:
        """Tell what is known of the account's windows, by bucket."""
        return dict(self.budget.state(self.endpoint, account_of(self.token.last))) if self.token.is_known else {}

    async def identify(self, call: Call[T], name_of: Callable[[T], str]) -> T:
        """Send a call whose reply names the account, so that all of its tokens share one budget."""
        tokens: list[str | None] = []
        told = call.parse(await self.fetch(call, on_sent=tokens.append))
        self.budget.named(self.endpoint, account_of(tokens[-1]), name_of(told))
        return told

    async def send(self, call: Call[T]) -> T:
        """Send a call and read the reply.

        Raises:
            SpacesError: Whatever went wrong, in the classes of `aiohfspaces.errors`.
        """
        return call.parse(await self.fetch(call))

    async def fetch(
        self, call: Call[T], *, is_listing: bool = False, on_sent: Callable[[str | None], None] | None = None
    ) -> Reply:
        """Send a call and take in the whole reply, as a value.

        Args:
            call: What to send.
            is_listing: Whether it leaves the last calls of the budget to others.
            on_sent: Is told with which token it went.

        Raises:
            SpacesError: Whatever went wrong.
        """
        size = call.body.length if isinstance(call.body, StreamBody) else 0

        async def once() -> Reply:
            opened = await self._opened(call, is_listing=is_listing)
            try:
                if on_sent is not None:
                    on_sent(opened.token)
                return await opened.read()
            finally:
                await opened.incoming.aclose()

        return await self.repeat(once, call, transferred_bytes=size)

    async def repeat(self, step: Callable[[], Awaitable[T]], call: Call[Any], *, transferred_bytes: int | None) -> T:
        """Take a step of a call, and again where it fails and that is safe, within a time for all of it.

        Args:
            step: Raises a `SpacesError` if it fails.
            call: What it sends.
            transferred_bytes: How much of a file it carries, either way; ``None`` for as much as there is. It waits
                for its turn then, and the time does not run before that.
        """
        total_s = self.timeout.total_with(transferred_bytes or 0)
        if transferred_bytes == 0:
            return await self._repeat_in_time(step, call, total_s)
        async with self.transfers.here():
            return await self._repeat_in_time(step, call, total_s)

    async def _repeat_in_time(self, step: Callable[[], Awaitable[T]], call: Call[Any], total_s: float) -> T:
        until, tried = current_time() + total_s, _Tried()
        with CancelScope(deadline=until), done_by(until):
            if not call.exclusive:
                return await self._once_or_again(step, call, until, tried)
            async with self._turn_to_create():
                return await self._once_or_again(step, call, until, tried)
        why = self.crowded() or "" if tried.failure is None else f", the last time because of {tried.failure}"
        outcome: Outcome = "unknown" if tried.was_begun and call.method not in READS else "not done"
        raise HubTimeoutError(f"{_shown(call)}: not done within {total_s:g} s in total{why}", outcome=outcome)

    @asynccontextmanager
    async def _turn_to_create(self) -> AsyncIterator[None]:
        """Wait for the account's turn: the Hub refuses one that creates twice at once."""
        place = f"{self.endpoint}/api/repos/create", account_of(await self.token.get())
        async with turns_at(place).taken(is_patient=True):  # each has a deadline of its own
            yield

    async def _once_or_again(self, step: Callable[[], Awaitable[T]], call: Call[Any], until: float, tried: _Tried) -> T:
        tried.was_begun = True
        try:
            result = await step()
        except SpacesError as failure:
            tried.failure = failure
            if not may_repeat(failure, repeatable=call.repeatable):
                raise
            return await repeating.again(
                partial(tried.repeat, step),
                failure,
                repeatable=call.repeatable,
                policy=self.retry,
                quota=self.quota,
                until=until,
            )
        self.quota.succeeded()
        return result

    @asynccontextmanager
    async def open(self, call: Call[Any], *, is_listing: bool = False) -> AsyncIterator[Opened]:
        """Send a call once, when it is its turn, and hold the reply open, its body not read yet.

        Raises:
            SpacesError: It was refused, or no reply came.
        """
        opened = await self._opened(call, is_listing=is_listing)
        try:
            yield opened
        finally:
            await opened.incoming.aclose()

    async def _opened(self, call: Call[Any], *, is_listing: bool) -> Opened:
        """Send a call once; the reply is the caller's to close."""
        if os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE:
            raise OfflineError(f"HF_HUB_OFFLINE is set, so {_shown(call)} was not sent")
        token = await self.token.get()
        opened = await self._follow(call, token, is_listing=is_listing)
        try:
            if opened.incoming.status == 401 and opened.own and token and self.token.renewable:
                await opened.incoming.aclose()
                token = await self.token.get()
                opened = await self._follow(call, token, is_listing=is_listing)
            await opened.raise_if_refused(token, self.token.origin)
        except BaseException:
            await opened.incoming.aclose()
            raise
        return opened

    async def _follow(self, call: Call[T], token: str | None, *, is_listing: bool) -> Opened:
        """Send a call and follow where it is redirected."""
        url = self.endpoint + call.path if call.path.startswith("/") else call.path
        if call.query:
            url += f"{'&' if '?' in url else '?'}{urlencode(call.query)}"
        hops = 0
        while True:
            opened = await self._exchange(call, url, token, is_listing=is_listing, is_first=hops == 0)
            target = self._redirected(call, url, opened.incoming)
            if target is None or hops == MOST_REDIRECTS:
                return opened
            await opened.incoming.aclose()
            url, hops = target, hops + 1

    def _redirected(self, call: Call[T], url: str, incoming: Incoming) -> str | None:
        """Tell where a reply sends the request; ``None`` if it is the reply, or leads nowhere."""
        location = incoming.headers.get("location")
        if incoming.status not in REDIRECTS or location is None:
            return None
        target = next_url(call.method, incoming.status, url, location, self.endpoint)
        elsewhere = target is not None and not same_origin(target, self.endpoint)
        return None if call.stops_at_origin and elsewhere else target

    async def _exchange(
        self, call: Call[T], url: str, token: str | None, *, is_listing: bool, is_first: bool
    ) -> Opened:
        """Send one request and wait for the head of its reply."""
        own, shown_url = self._whose(call, url)
        request = Outgoing(
            method=call.method,
            url=url,
            shown_url=shown_url,
            headers=self._headers(call, token if own else None),
            content=_content(call.body),
            timeout_s=self.steps_s,
            repeatable=call.repeatable,
        )
        turn = await self._turn(request, token, is_listing=is_listing) if own else None
        try:
            await checkpoint()  # so that calls that are ready send together, in short turns of the loop
            if is_first:
                count_sent()
            incoming = await self._sent(request)
        except BaseException:
            if turn is not None:
                turn.told(None)
            raise
        opened = Opened(call, incoming, shown_url, self.endpoint, own=own, token=token)
        try:
            if turn is not None:
                turn.told(incoming)
        except BaseException:
            await incoming.aclose()
            raise
        return opened

    def _whose(self, call: Call[T], url: str) -> tuple[bool, str]:
        """Tell whether an address is the endpoint's, which may see the token, and how it may be shown."""
        is_made_here = call.path.startswith("/")
        if is_made_here and url.startswith(self.endpoint + call.path):
            return True, url
        try:
            return same_origin(url, self.endpoint), shown(url, self.endpoint, is_own=is_made_here)
        except ValueError:
            said = url.partition("?")[0]
            raise MalformedReplyError(
                f"the Hub gave an address that HTTP cannot reach: {said!r}", field="url"
            ) from None

    async def _turn(self, request: Outgoing, token: str | None, *, is_listing: bool) -> Turn | None:
        """Wait for a request's turn; there is none to wait for where it counts for nothing."""
        bucket = bucket_of(request.url.removeprefix(self.endpoint))
        if bucket is None:
            return None
        paced = PacedCall(
            endpoint=self.endpoint,
            account=account_of(token),
            bucket=bucket,
            method=request.method,
            url=request.shown_url,
            is_listing=is_listing,
            coming=coming,
        )
        until = _UNTIL.get()
        taken = await self.budget.take(paced, timeout=None if until is None else until - current_time())
        return Turn(self.budget, bucket, taken)

    async def _sent(self, request: Outgoing) -> Incoming:
        """Send a request, and log how it went."""
        began = time.perf_counter()
        ending, request_id = "cancelled", "-"
        try:
            incoming = await self.door.open(request)
            ending, request_id = str(incoming.status), incoming.headers.get("x-request-id", "-")
            return incoming
        except SpacesError as exc:
            ending = type(exc).__name__
            raise
        finally:
            if logger.isEnabledFor(logging.DEBUG):
                milliseconds = (time.perf_counter() - began) * 1000
                path = urlsplit(request.shown_url).path
                logger.debug("%s %s -> %s in %.0f ms [%s]", request.method, path, ending, milliseconds, request_id)

    def _headers(self, call: Call[T], token: str | None) -> dict[str, str]:
        headers = {"User-Agent": self.user_agent, "X-Amzn-Trace-Id": os.urandom(16).hex()}
        if isinstance(call.body, JsonBody):
            headers["Content-Type"] = call.body.content_type
        elif isinstance(call.body, StreamBody):
            headers["Content-Length"] = str(call.body.length)
            if call.body.content_type is not None:
                headers["Content-Type"] = call.body.content_type
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if not call.headers:
            return headers
        given = {name.lower() for name, _ in call.headers}
        return {**{name: value for name, value in headers.items() if name.lower() not in given}, **dict(call.headers)}


@define(eq=False)
class _Tried:
    """What came of a call so far: whether it was begun, and how it failed the last time."""

    was_begun: bool = False
    failure: SpacesError | None = None

    async def repeat(self, step: Callable[[], Awaitable[T]]) -> T:
        """Take a step again, and note how it fails."""
        try:
            return await step()
        except SpacesError as exc:
            self.failure = exc
            raise


@frozen
class Turn:
    """What a budget has let through, and has to be told of."""

    budget: RateBudget
    bucket: str
    taken: Any

    def told(self, incoming: Incoming | None) -> None:
        """Tell what came; ``None`` for nothing."""
        status, limit = (None, None) if incoming is None else (incoming.status, window_state(incoming.headers))
        self.budget.told(self.taken, status, limit if limit is not None and limit.bucket == self.bucket else None)


def _steps(timeout: Timeout) -> dict[str, float]:
    return {"connect": timeout.connect, "read": timeout.read, "write": timeout.write, "pool": timeout.total}


@contextmanager
def done_by(until: float) -> Iterator[None]:
    """Let whatever waits for its turn in a block know when it has to be done."""
    before = _UNTIL.set(until)
    try:
        yield
    finally:
        _UNTIL.reset(before)


def _shown(call: Call[Any]) -> str:
    """Name a call without its query, which may be a signature."""
    return f"{call.method} {call.path.partition('?')[0]}"


def _content(body: JsonBody | StreamBody | None) -> bytes | AsyncGenerator[bytes, None] | None:
    match body:
        case None:
            return None
        case JsonBody():
            return body.encode()
        case StreamBody():
            return files.stream_parts(body)
