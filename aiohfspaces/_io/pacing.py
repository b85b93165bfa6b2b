"""Waiting for a call's turn, so that the Hub need not refuse any.

One budget for each account of the process, in each bucket, whatever clients, threads and event loops call for it. It
is a value behind a lock, which is held for a look, never for a wait; who has to wait sleeps until a time, since
an event does not reach other event loops.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from math import inf
from threading import RLock
from typing import TypeAlias

import anyio
from attrs import define, field

from aiohfspaces._plan.pacing import Budget, Ticket
from aiohfspaces.errors import RateBudgetError
from aiohfspaces.models import PacedCall, RateLimitState

ANONYMOUS = ""
"""The account of all callers without a token."""

COMING: ContextVar[Callable[[], int] | None] = ContextVar("aiohfspaces_coming", default=None)
"""Tells how many more calls a task is part of, where that is known."""

MOST_BUDGETS = 4096
"""More than so many are not kept, since a service has many users: those that were asked last are."""

LONGEST_SLEEP_S = 2.0
"""After that a waiter asks again: others may have learnt more, or their calls may have failed."""

Key: TypeAlias = tuple[str, str, str]


def account_of(token: str | None) -> str:
    """Name the account of a token until its own name is known; the token cannot be told from it."""
    return ANONYMOUS if token is None else f"token:{hashlib.sha256(token.encode()).hexdigest()[:32]}"


def coming() -> int:
    """Tell how many calls, at the least, the running task is part of."""
    count = COMING.get()
    return 1 if count is None else max(1, count())


@define(eq=False)
class Pacer:
    """The budgets of a process; a `RateBudget`.

    Attributes:
        clock: Tells the time in seconds.
        sleep: Waits for so many of them.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = anyio.sleep
    _lock: RLock = field(factory=RLock, init=False)
    _budgets: dict[Key, Budget] = field(factory=dict, init=False)
    _names: dict[tuple[str, str], str] = field(factory=dict, init=False)

    async def take(self, call: PacedCall, *, timeout: float | None) -> tuple[Budget, Ticket]:
        """Wait until a call may be sent."""
        until, again = inf if timeout is None else self.clock() + timeout, False
        while True:
            with self._lock:
                now, budget = self.clock(), self._budget_of(call)
                verdict = budget.ask(now, is_listing=call.is_listing, coming=call.coming(), again=again, until=until)
                if isinstance(verdict, Ticket):
                    return budget, verdict
                if verdict.until > until:
                    raise _in_vain(call, until - now, verdict.until - now)
                budget.waiting += 1
            try:
                await self.sleep(min(verdict.until - now, LONGEST_SLEEP_S))
            finally:
                with self._lock:
                    budget.waiting -= 1
            again = True

    def told(self, taken: tuple[Budget, Ticket], status: int | None, limit: RateLimitState | None) -> None:
        """Learn from a reply, or from there being none."""
        budget, ticket = taken
        with self._lock:
            if status is None:
                budget.lost(ticket)
            else:
                budget.heard(ticket, self.clock(), limit, refused=status == 429)

    def named(self, endpoint: str, account: str, name: str) -> None:
        """Learn whose token one is: several of one account share its budget."""
        with self._lock:
            if self._names.get((endpoint, account)) == name:
                return
            if len(self._names) >= MOST_BUDGETS:
                self._names.pop(next(iter(self._names)))
            self._names[endpoint, account] = name
            for bucket in [key[2] for key in self._budgets if key[:2] == (endpoint, account)]:
                self._budgets.setdefault((endpoint, name, bucket), self._budgets.pop((endpoint, account, bucket)))

    def state(self, endpoint: str, account: str) -> dict[str, RateLimitState]:
        """Tell what is known of an account, by bucket."""
        with self._lock:
            now, name = self.clock(), self._names.get((endpoint, account), account)
            own = {key[2]: budget for key, budget in self._budgets.items() if key[:2] == (endpoint, name)}
            return {bucket: _state(bucket, budget, now) for bucket, budget in own.items()}

    def forget(self) -> None:
        """Begin anew."""
        self._lock = RLock()
        self._budgets, self._names = {}, {}

    def _budget_of(self, call: PacedCall) -> Budget:
        key = (call.endpoint, self._names.get((call.endpoint, call.account), call.account), call.bucket)
        budget = self._budgets.pop(key, None)
        if budget is None:
            budget = Budget()
            if len(self._budgets) >= MOST_BUDGETS:
                self._budgets.pop(next(iter(self._budgets)))
        self._budgets[key] = budget  # the first is the one that was asked longest ago
        return budget


def _state(bucket: str, budget: Budget, now: float) -> RateLimitState:
    budget.turn(now)
    return RateLimitState(
        bucket=bucket,
        remaining=budget.left,
        quota=budget.quota,
        window=budget.window_s,
        resets_in=None if budget.turns_at is None else budget.turns_at - now,
        waiting=budget.waiting,
    )


def _in_vain(call: PacedCall, left_s: float, wait_s: float) -> RateBudgetError:
    return RateBudgetError(
        status=429,
        method=call.method,
        url=call.url,
        retry_after=wait_s,
        server_message=f"no call is free in the {call.bucket} window for {wait_s:.1f} s; this one has {left_s:.1f} s "
        "of its timeout left",
    )


PACER = Pacer()
"""What all clients of the process share, but for those that are given another budget."""

if hasattr(os, "register_at_fork"):  # which Windows has not
    os.register_at_fork(after_in_child=PACER.forget)
