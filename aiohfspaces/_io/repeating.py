"""Doing something again: a call that failed, a look that showed nothing new. The one door to tenacity.

In both, what was had before counts as the first attempt, so that the usual case, a call that
succeeds or a Space that is there already, never comes here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from anyio import CancelScope, current_time
from attrs import frozen
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, retry_if_result, wait_exponential_jitter

from aiohfspaces._plan.retrying import RetryQuota, asked_delay, is_passing, may_repeat, repetition_cost
from aiohfspaces.errors import HubConnectionError, HubHTTPError, SpacesError
from aiohfspaces.options import PollPolicy, RetryPolicy

T = TypeVar("T")

LAST_LOOK_S = 2.0
"""How long a look may take that begins when the time for looking is up."""

_TICK_S = 1e-3
"""By how much a sleep may end too early: clocks are not that fine."""


async def again(
    step: Callable[[], Awaitable[T]],
    failure: SpacesError,
    *,
    repeatable: bool,
    policy: RetryPolicy,
    quota: RetryQuota,
    until: float,
    passing: type[SpacesError] | None = None,
) -> T:
    """Repeat a step that has failed once, as often as policy, quota and time allow.

    Args:
        step: Raises a `SpacesError` if it fails.
        failure: How it failed the first time.
        repeatable: Whether taking it twice does no more than taking it once.
        policy: How often, and with which waits; what the Hub asks for goes before those.
        quota: What the client as a whole may still repeat.
        until: The time after which no further attempt begins, by the event loop's clock.
        passing: What may pass here, too, although it is for good elsewhere; ``None`` for nothing.

    Raises:
        SpacesError: The last failure; its outcome is unknown if any attempt's was.
    """
    had, spent, uncertain = [failure], 0, False
    backoff = wait_exponential_jitter(multiplier=policy.initial, max=policy.maximum, jitter=policy.jitter)

    async def attempt() -> T:
        if had:
            raise had.pop()
        return await step()

    def worth_it(exc: BaseException) -> bool:
        nonlocal uncertain
        uncertain = uncertain or getattr(exc, "outcome", None) == "unknown"
        if passing is not None and isinstance(exc, passing):
            return True
        return isinstance(exc, SpacesError) and may_repeat(exc, repeatable=repeatable)

    def delay(state: RetryCallState) -> float:
        asked = asked_delay(_failure(state))
        return backoff(state) if asked is None else asked

    def stop(state: RetryCallState) -> bool:
        nonlocal spent
        if state.attempt_number >= policy.attempts or current_time() + state.upcoming_sleep >= until:
            return True
        cost = repetition_cost(_failure(state) or failure)
        spent += cost
        return not quota.take(cost)

    retrying = AsyncRetrying(sleep=anyio.sleep, retry=retry_if_exception(worth_it), wait=delay, stop=stop, reraise=True)
    try:
        result: T = await retrying(attempt)
    except (HubHTTPError, HubConnectionError) as exc:
        exc.outcome = "unknown" if uncertain else exc.outcome
        raise
    quota.succeeded(spent)
    return result


@frozen
class TimeUp:
    """Nothing new was seen in time.

    Attributes:
        failure: How the last look ended; ``None`` if it went well.
    """

    failure: SpacesError | None


async def look_for_news(
    look: Callable[[], Awaitable[T]], last: T | None, *, policy: PollPolicy, due: float, until: float
) -> T | TimeUp:
    """Look until something else is seen than the last time, or anything at all once that is due.

    Looks that fail in a way that may pass are lived through: they are no news.

    Args:
        look: Raises a `SpacesError` if it fails.
        last: What was seen last; ``None`` if nothing was, and then the first look comes at once.
        policy: With which waits; where the Hub asks for a longer one, that is waited.
        due: When even the same is news, by the event loop's clock; a wait that would reach beyond
            it is cut to end then, unless the Hub has asked for it.
        until: When the time is up; the last wait is cut to end then, with one more look, and so is a look
            that began before.

    Raises:
        SpacesError: A look failed for good.
    """
    had = [] if last is None else [last]
    failure: SpacesError | None = None
    backoff = wait_exponential_jitter(multiplier=policy.initial, max=policy.maximum, jitter=policy.jitter)

    async def attempt() -> tuple[T | TimeUp, bool]:
        nonlocal failure
        if had:
            return had.pop(), False
        now = current_time()
        with CancelScope(deadline=until if now < until - _TICK_S else now + LAST_LOOK_S):
            try:
                seen = await look()
            except SpacesError as exc:
                failure = exc
                raise
            failure = None
            return seen, seen != last or current_time() >= due
        return TimeUp(failure), True

    def delay(state: RetryCallState) -> float:
        asked, wanted, now = asked_delay(_failure(state)), backoff(state), current_time()
        if asked is not None:
            wanted = max(asked, wanted)
        elif due > now:
            wanted = min(wanted, due - now)
        return max(0.0, min(wanted, until - now))

    retrying = AsyncRetrying(
        sleep=anyio.sleep,
        retry=retry_if_result(lambda attempted: not attempted[1]) | retry_if_exception(_may_pass),
        wait=delay,
        stop=lambda state: current_time() >= until,
        retry_error_callback=lambda state: None,
    )
    attempted: tuple[T | TimeUp, bool] | None = await retrying(attempt)
    return TimeUp(failure) if attempted is None else attempted[0]


def _failure(state: RetryCallState) -> SpacesError | None:
    exc = state.outcome.exception() if state.outcome is not None else None
    return exc if isinstance(exc, SpacesError) else None


def _may_pass(exc: BaseException) -> bool:
    return isinstance(exc, SpacesError) and is_passing(exc)
