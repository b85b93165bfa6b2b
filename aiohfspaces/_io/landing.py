"""Waiting for many Spaces at once: watch them together, and look at each by itself where it seems to have landed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import assert_never

from anyio import CancelScope, current_time

from aiohfspaces._io.crowd import each
from aiohfspaces._io.poller import FIRST_LOOK_S, Watch, never_seen, why_not
from aiohfspaces._io.repeating import TimeUp, look_for_news
from aiohfspaces._io.telling import tell
from aiohfspaces._io.watching import AT_ONCE, Rounds
from aiohfspaces._plan.landing import Awaited
from aiohfspaces._plan.settling import Expired, Failed, Inactive, Settled, Superseded, Unservable, Wait
from aiohfspaces._plan.watching import Change, spaced
from aiohfspaces.errors import SpacesError
from aiohfspaces.models import BulkReport, SpaceOutcome, SpaceRuntime
from aiohfspaces.options import PollPolicy

MOST_DOUBLINGS = 10
"""How often the wait between two rounds is doubled, at the most, where what seems to be over cannot be looked at."""

OnChangeOfOne = Callable[[str, SpaceRuntime], object]


class Landings:
    """The waits for many Spaces; how they end goes into a report."""

    def __init__(
        self,
        awaited: Mapping[str, Awaited],
        rounds: Rounds,
        watch: Callable[[str], Watch],
        on_change: OnChangeOfOne | None,
        report: BulkReport[SpaceRuntime],
    ) -> None:
        self._report = report
        self._pending = dict(awaited)
        self._rounds = rounds
        self._watch = watch
        self._on_change = on_change
        self._began = current_time()

    async def settle(self, policy: PollPolicy, timeout: float | None) -> None:
        """Wait until each has landed or has failed, or the time is up.

        Args:
            policy: How often to look.
            timeout: Seconds for all of it; ``None`` for ever.

        Raises:
            SpacesError: The Hub refused for good, and not on account of one Space.
        """
        for repo_id in self._pending:
            self._report.begin(repo_id)
        until = inf if timeout is None else self._began + timeout
        patience = max(until, self._began + FIRST_LOOK_S)  # a wait of no time at all looks once
        news: tuple[Change, ...] | TimeUp | None = None
        idle = 0  # rounds in a row that had something to decide, and showed nothing new
        while self._pending:
            pace = spaced(policy, self._rounds.roster.calls * 2 ** min(idle, MOST_DOUBLINGS))
            news = await look_for_news(
                self._rounds.look, None if news is None else (), policy=pace, due=self._due(), until=patience
            )
            await self._note()
            if isinstance(news, TimeUp):
                await self._expire(news.failure)
            else:
                await self._look_at_those_that_seem_over(patience)
                idle = 0 if news else idle + 1
            patience = until

    async def _note(self) -> None:
        """Take over what was seen, and tell of what is new."""
        roster = self._rounds.roster
        for repo_id, awaited in self._pending.items():
            sight = roster.sights.get(repo_id)
            if isinstance(sight, SpaceRuntime):
                take = awaited.prove if repo_id in roster.alone else awaited.note
                if take(sight, roster.seen_at[repo_id] - self._began):
                    await tell(self._on_change, repo_id, sight)

    async def _look_at_those_that_seem_over(self, patience: float) -> None:
        """End what is over, and hear of it from the Space itself."""
        now = current_time() - self._began
        sights = self._rounds.roster.sights
        over = [
            repo_id
            for repo_id, awaited in self._pending.items()
            if isinstance(sights.get(repo_id), SpacesError) or awaited.is_worth_a_look(now)
        ]
        if over:
            with CancelScope(deadline=patience):
                unseen = [repo_id for repo_id in over if repo_id not in self._rounds.roster.alone]
                await each(self._rounds.look_at, unseen, tasks=AT_ONCE)
            await self._note()
            await each(self._conclude, over, tasks=AT_ONCE)

    async def _conclude(self, repo_id: str) -> None:
        """End the wait for one if the look at the Space itself says so."""
        awaited, roster = self._pending[repo_id], self._rounds.roster
        sight = roster.sights.get(repo_id)
        if isinstance(sight, SpacesError):
            self._end(repo_id, error=sight)
        elif awaited.watched is not None and awaited.proven is not None:
            match awaited.verdict(current_time() - self._began):
                case Wait() | Expired():
                    pass
                case Settled():
                    self._end(repo_id, value=awaited.proven.runtime)
                case Failed() | Inactive() | Superseded() | Unservable() as verdict:
                    watch = self._watch(repo_id)
                    self._end(repo_id, error=await why_not(verdict, watch, awaited.goal, awaited.watched, None))
                case _ as never:
                    assert_never(never)

    async def _expire(self, failure: SpacesError | None) -> None:
        """Say of each that is left how far it has come."""
        for repo_id, awaited in list(self._pending.items()):
            last = self._rounds.failures.get(repo_id, failure)
            if awaited.watched is None:
                error: SpacesError = never_seen(repo_id, awaited.aim, last)
            else:
                error = await why_not(Expired(), self._watch(repo_id), awaited.aim, awaited.watched, last)
            error.__cause__ = last
            self._end(repo_id, error=error)

    def _end(self, repo_id: str, *, value: SpaceRuntime | None = None, error: SpacesError | None = None) -> None:
        """Report how the wait for one has ended, and watch it no more."""
        seconds, looks = current_time() - self._began, self._rounds.looks[repo_id]
        self._report.note(SpaceOutcome(repo_id=repo_id, value=value, error=error, attempts=looks, seconds=seconds))
        del self._pending[repo_id]
        self._rounds.roster.drop(repo_id)

    def _due(self) -> float:
        now = current_time() - self._began
        dues = (awaited.due(now) for awaited in self._pending.values())
        return self._began + min((due for due in dues if due is not None), default=inf)
