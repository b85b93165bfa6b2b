"""Watching many Spaces, round by round: each page and each look is one call, and what fails is read again later.

The reads of a round run beside one another and are over before its first change is given, so that no task runs while
the caller has the floor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from math import inf
from typing import TypeVar

from anyio import current_time
from attrs import frozen

from aiohfspaces._io.crowd import each
from aiohfspaces._io.pages import leads_back
from aiohfspaces._io.repeating import TimeUp, look_for_news
from aiohfspaces._io.tracebacks import without_frames
from aiohfspaces._plan.retrying import asked_delay, is_passing
from aiohfspaces._plan.watching import Change, Listing, Roster, Sight, Told, concerns_one, shown, spaced
from aiohfspaces._wire.calls import Call
from aiohfspaces.errors import NotFoundError, RateLimitError, SpacesError
from aiohfspaces.models import SpaceRuntime
from aiohfspaces.options import PollPolicy

T = TypeVar("T")

AT_ONCE = 16
"""Reads of a round under way at once, at the most."""


@frozen
class Reading:
    """How Spaces are read; it knows no client.

    Attributes:
        look: Reads the runtime of one, once.
        turn: Reads a page of a listing, once, and tells what reads the next one; ``None`` after the last.
    """

    look: Callable[[str], Awaitable[SpaceRuntime]]
    turn: Callable[[Call[Told]], Awaitable[tuple[Told, Call[Told] | None]]]


class Rounds:
    """Looks at all Spaces of a roster, again and again.

    Attributes:
        roster: The Spaces, and what was seen of them.
        failures: Why a Space could not be looked at the last time.
        looks: How often each was looked at by itself.
    """

    def __init__(self, reading: Reading, roster: Roster) -> None:
        self.roster = roster
        self.failures: dict[str, SpacesError] = {}
        self.looks = Counter[str]()
        self._reading = reading
        self._failure: SpacesError | None = None

    async def look(self) -> tuple[Change, ...]:
        """Look at all of them once, and tell what has changed.

        What fails in a way that may pass is left for the next round, which a 429 ends at once.

        Raises:
            SpacesError: Nothing could be read, or the Hub refused for good. What the Hub said in the last round about
                coming back later is raised in this one, before anything is read.
        """
        owed = self._take_failure()
        if owed is not None and asked_delay(owed) is not None:
            raise owed
        await self._each(self._read, self.roster.begin())
        await self._each(self.look_at, self.roster.singles())
        changes = self.roster.changes()
        failure = None if self.roster.calls else self._take_failure()
        if failure is not None:
            raise failure
        return changes

    async def look_at(self, repo_id: str) -> None:
        """Look at one by itself."""
        if self._is_refused:
            return
        sight: Sight
        self.looks[repo_id] += 1
        try:
            sight = await self._reading.look(repo_id)
        except SpacesError as failure:
            if is_passing(failure):
                self._failure = self.failures[repo_id] = without_frames(failure)
                return
            if not concerns_one(failure):
                raise
            sight = without_frames(failure)
        self.failures.pop(repo_id, None)
        self.roster.saw(repo_id, sight, current_time())

    async def _read(self, listing: Listing) -> None:
        """Read a listing from the page on that is to be read next."""
        pages = set[str]()
        while listing.page is not None and not self._is_refused:
            pages.add(listing.page.path)
            try:
                told, following = await self._reading.turn(listing.page)
            except NotFoundError:
                told, following = (), None  # an owner who is not there has no Spaces
            except SpacesError as failure:
                if not is_passing(failure):
                    raise
                self._failure = failure
                return
            if following is not None and following.path in pages:
                raise leads_back()
            self.roster.take(listing, told, following, current_time())

    def _take_failure(self) -> SpacesError | None:
        failure, self._failure = self._failure, None
        return failure

    @property
    def _is_refused(self) -> bool:
        return isinstance(self._failure, RateLimitError)

    async def _each(self, read: Callable[[T], Awaitable[None]], wanted: Sequence[T]) -> None:
        if wanted:
            await each(read, wanted, tasks=min(AT_ONCE, len(wanted)))


async def sightings(rounds: Rounds, policy: PollPolicy) -> AsyncGenerator[tuple[str, SpaceRuntime | None], None]:
    """Yield what each Space is found as, then each change; ``None`` for what is not there, or not for this caller.

    Raises:
        SpacesError: The Hub refused for good.
    """
    last: tuple[Change, ...] | None = None
    while True:
        pace = spaced(policy, rounds.roster.calls)
        news = await look_for_news(rounds.look, last, policy=pace, due=inf, until=inf)
        last = ()
        for repo_id, sight in () if isinstance(news, TimeUp) else news:
            yield repo_id, shown(sight)
