"""Doing something again: a call that failed, a look that showed nothing new. The one door to tenacity.

In both, what was had before counts as the first attempt, so that the usual case, a call that
succeeds or a Space that is there already, never comes here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

import anyio
from anyio import CancelScope, current_time
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, retry_if_result, wait_exponential_jitter

from aiohfspaces._plan.retrying import RetryQuota, asked_delay, is_passing, may_repeat, repetition_cost
from aiohfspaces.errors import HubConnectionError, HubHTTPError, SpacesError
from aiohfspaces.options import PollPolicy, RetryPolicy

T = TypeVar("T")

LAST_LOOK_S = 5.0
"""How long a look may take that is under way when the time for looking is up."""


async def again(
    step: Callable[[], Awaitable[T]],
    failure: SpacesError,
    *,
    repeatable: bool,
    policy: RetryPolicy,
    quota: RetryQuota,
    until: float,
) -> T:
    """Repeat a step that has failed once, as often as policy, quota and time allow.

    Args:
        step: Raises a `SpacesError` if it fails.
        failure: How it failed the first time.
        repeatable: Whether taking it twice does no more than taking it once.
        policy: How often, and with which waits; what the Hub asks for goes before those.
        quota: What the client as a whole may still repeat.
        until: The time after which no further attempt begins, by the event loop's clock.

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


async def until_changed(
    look: Callable[[], Awaitable[T]],
    last: T,
    *,
    policy: PollPolicy,
    until: float | None,
    patience_s: float = LAST_LOOK_S,
) -> T:
    """Look again until something else is seen, or the time is up.

    Looks that fail in a way that may pass are lived through.

    Args:
        look: Raises a `SpacesError` if it fails.
        last: What was seen last.
        policy: With which waits; what the Hub asks for goes before those.
        until: When the time is up, by the event loop's clock; ``None`` for never. The last wait is
            cut to end then.
        patience_s: How long a look that is under way then may still take.

    Returns:
        What was seen; `last` if the time is up.

    Raises:
        SpacesError: A look failed for good.
    """
    had = [last]
    backoff = wait_exponential_jitter(multiplier=policy.initial, max=policy.maximum, jitter=policy.jitter)

    async def attempt() -> T:
        return had.pop() if had else await look()

    def delay(state: RetryCallState) -> float:
        asked = asked_delay(_failure(state))
        wanted = backoff(state) if asked is None else asked
        return wanted if until is None else max(0.0, min(wanted, until - current_time()))

    retrying = AsyncRetrying(
        sleep=anyio.sleep,
        retry=retry_if_result(lambda seen: seen == last) | retry_if_exception(_may_pass),
        wait=delay,
        stop=lambda state: until is not None and current_time() >= until,
        retry_error_callback=lambda state: last,
    )
    with CancelScope(deadline=inf if until is None else until + patience_s):
        seen: T = await retrying(attempt)
        return seen
    return last


def _failure(state: RetryCallState) -> SpacesError | None:
    exc = state.outcome.exception() if state.outcome is not None else None
    return exc if isinstance(exc, SpacesError) else None


def _may_pass(exc: BaseException) -> bool:
    return isinstance(exc, SpacesError) and is_passing(exc)
