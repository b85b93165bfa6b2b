"""What to read to see many Spaces: the listing of their owner, and a look of its own where that says nothing.

A listing is read as far as that is cheaper. Once as many pages are read as there are Spaces left to find, each of those
is looked at by itself; and where a listing has cost as much as looks would have, there are only looks from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from attrs import define, evolve, field

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.discovery import list_runtimes
from aiohfspaces.errors import MalformedReplyError, NotFoundError, PermissionDeniedError, SpacesError
from aiohfspaces.models import SpaceRuntime
from aiohfspaces.options import PollPolicy

LONGEST_ABSENCE = 32
"""After how many rounds, at the most, a Space that was not there is looked for by itself again."""

Sight: TypeAlias = SpaceRuntime | SpacesError | None
"""A Space as it was seen: what it runs on, or why it is not shown; ``None`` if its owner has it no more."""

Told: TypeAlias = tuple[tuple[str, SpaceRuntime | None], ...]
"""A page of a listing."""

Change: TypeAlias = tuple[str, Sight]


def concerns_one(failure: SpacesError) -> bool:
    """Tell whether a look that failed like this says something of that Space only."""
    return isinstance(failure, NotFoundError | PermissionDeniedError | MalformedReplyError)


def shown(sight: Sight) -> SpaceRuntime | None:
    """Tell what there is to see; ``None`` where there is nothing, or nothing for this caller.

    Raises:
        MalformedReplyError: There is something, which does not parse.
    """
    if isinstance(sight, MalformedReplyError):
        raise sight
    return sight if isinstance(sight, SpaceRuntime) else None


def spaced(policy: PollPolicy, calls: int) -> PollPolicy:
    """Let a round of several calls be followed by as long a wait as so many looks at one Space."""
    return evolve(policy, initial=min(policy.initial * max(calls, 1), max(policy.initial, policy.maximum)))


@define
class Listing:
    """The Spaces of one owner.

    Attributes:
        owner: Whose they are.
        wanted: Those that are watched, in order; ``None`` for all there are.
        page: What is to be read next; ``None`` if nothing is.
        pages: How many were read in this round.
        told: Those of the watched that the listing tells of.
        found: Those whose runtime it tells.
        is_dear: Whether looking at each costs no more than the listing.
    """

    owner: str
    wanted: dict[str, None] | None
    page: Call[Told] | None = None
    pages: int = 0
    told: dict[str, None] = field(factory=dict)
    found: set[str] = field(factory=set)
    is_dear: bool = False

    def begin(self) -> None:
        """Begin anew, unless there are pages that could not be read the last time."""
        if self.page is not None:
            return
        if self.wanted is not None:
            cost = self.pages + len(self.left) if self.pages else 1
            self.is_dear = self.is_dear or cost >= len(self.wanted)
        self.page = None if self.is_dear else list_runtimes(self.owner)
        self.pages, self.told, self.found = 0, {}, set()

    def turn(self, told: Sequence[tuple[str, SpaceRuntime | None]], following: Call[Told] | None) -> None:
        """Take what a page tells of those that are watched, and turn to the next one if that is worth it."""
        self.pages += 1
        self.told.update((repo_id, None) for repo_id, _ in told)
        self.found.update(repo_id for repo_id, runtime in told if runtime is not None)
        is_enough = self.wanted is not None and self.pages >= len(self.left)
        self.page = None if is_enough else following

    @property
    def left(self) -> Sequence[str]:
        """Those of which the pages read so far say nothing."""
        return [repo_id for repo_id in (self.told if self.wanted is None else self.wanted) if repo_id not in self.found]


class Roster:
    """The Spaces that are watched, and what each was seen as last. Changes in plain calls.

    Attributes:
        sights: What was seen last, of those only that are watched.
        seen_at: When that was, by the event loop's clock.
        alone: Those that were looked at by themselves in this round.
        calls: How much was read in this round.
    """

    def __init__(self, listings: Iterable[Listing]) -> None:
        self.sights: dict[str, Sight] = {}
        self.seen_at: dict[str, float] = {}
        self.alone: set[str] = set()
        self.calls = 0
        self._listings = {listing.owner: listing for listing in listings}
        self._round = 0
        self._changed: dict[str, None] = {}
        self._missed: set[str] = set()
        self._listed: set[str] = set()
        self._doubted: set[str] = set()
        self._absent: dict[str, tuple[int, int]] = {}

    @classmethod
    def of_ids(cls, repo_ids: Iterable[str]) -> Roster:
        """Watch Spaces by their ids."""
        owners: dict[str, dict[str, None]] = {}
        for repo_id in repo_ids:
            owners.setdefault(repo_id.partition("/")[0], {})[repo_id] = None
        return cls(Listing(owner, wanted) for owner, wanted in owners.items())

    @classmethod
    def of_author(cls, author: str) -> Roster:
        """Watch all Spaces of an owner, those that come later included."""
        return cls([Listing(author, None)])

    def begin(self) -> list[Listing]:
        """Begin a round: these listings are to be read."""
        self.alone, self._listed, self.calls = set(), set(), 0
        self._round += 1
        for listing in self._listings.values():
            listing.begin()
        return [listing for listing in self._listings.values() if listing.page is not None]

    def take(self, listing: Listing, told: Told, following: Call[Told] | None, now: float) -> None:
        """Take a page of a listing."""
        self.calls += 1
        theirs = told if listing.wanted is None else [each for each in told if each[0] in listing.wanted]
        believed = [(repo_id, self._believed(repo_id, runtime)) for repo_id, runtime in theirs]
        listing.turn(believed, following)
        for repo_id, runtime in believed:
            if runtime is not None:
                self._listed.add(repo_id)
                self._note(repo_id, runtime, now)
        if listing.wanted is None and listing.page is None:
            self._miss({repo_id for repo_id in self.sights if repo_id not in listing.told}, now)

    def singles(self) -> list[str]:
        """Name those that are to be looked at by themselves, once the listings are read."""
        left = [each for listing in self._listings.values() if listing.page is None for each in listing.left]
        return [repo_id for repo_id in left if self._round >= self._absent.get(repo_id, (0, 0))[1]]

    def saw(self, repo_id: str, sight: Sight, now: float) -> None:
        """Take a look at one Space.

        If its listing has told otherwise in this round, it is not believed before it agrees.
        """
        self.calls += 1
        if repo_id in self._listed and not _agree(sight, self.sights.get(repo_id)):
            self._doubted.add(repo_id)
        self.alone.add(repo_id)
        self._note(repo_id, sight, now)
        if not isinstance(sight, SpaceRuntime):
            times, _ = self._absent.get(repo_id, (0, 0))
            self._absent[repo_id] = times + 1, self._round + min(2**times, LONGEST_ABSENCE)

    def drop(self, repo_id: str) -> None:
        """Watch a Space no more."""
        listing = self._listings[repo_id.partition("/")[0]]
        if listing.wanted is not None:
            listing.wanted.pop(repo_id, None)
            if not listing.wanted:
                del self._listings[listing.owner]
        self._forget(repo_id)
        self._changed.pop(repo_id, None)

    def changes(self) -> tuple[Change, ...]:
        """Take what has changed since the last time, in the order in which it was seen."""
        changed, self._changed = self._changed, {}
        return tuple((repo_id, self.sights.get(repo_id)) for repo_id in changed)

    def _believed(self, repo_id: str, runtime: SpaceRuntime | None) -> SpaceRuntime | None:
        """Give what a listing tells of a Space; ``None`` where it is older than what a look has shown."""
        if repo_id in self._doubted and not _agree(runtime, self.sights.get(repo_id)):
            return None
        self._doubted.discard(repo_id)
        return runtime

    def _note(self, repo_id: str, sight: Sight, now: float) -> None:
        before = self.sights.get(repo_id)
        is_shown = isinstance(sight, SpaceRuntime) or isinstance(before, SpaceRuntime)
        if repo_id not in self.sights or (is_shown and sight != before):
            self._changed[repo_id] = None
        self.sights[repo_id], self.seen_at[repo_id] = sight, now
        if isinstance(sight, SpaceRuntime):
            self._absent.pop(repo_id, None)

    def _miss(self, missing: set[str], now: float) -> None:
        """Note which known Spaces a listing has left out; twice in a row means that they are gone.

        Once may mean that the pages have shifted while they were read.
        """
        for repo_id in missing & self._missed:
            if isinstance(self.sights[repo_id], SpaceRuntime):
                self._changed[repo_id] = None
            self._forget(repo_id)
        self._missed = missing - self._missed

    def _forget(self, repo_id: str) -> None:
        for known in (self.sights, self.seen_at, self._absent):
            known.pop(repo_id, None)
        self._doubted.discard(repo_id)


def _agree(one: Sight, other: Sight) -> bool:
    """Tell whether two sights show a Space in the same state; the Hub may tell more in the one than in the other."""
    if not isinstance(one, SpaceRuntime) or not isinstance(other, SpaceRuntime):
        return False
    return (one.stage, one.hardware, one.requested_hardware) == (other.stage, other.hardware, other.requested_hardware)
