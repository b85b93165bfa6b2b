"""One Space of many that are waited for: when it is worth a look of its own, and what those looks say.

A listing may be older than the last request. So it ends no wait: where it shows what would, the Space is looked at by
itself, and the verdict is the one that `aiohfspaces._plan.settling` gives on such looks alone.
"""

from __future__ import annotations

from attrs import define

from aiohfspaces._plan.settling import Expired, Goal, Verdict, Wait, Watched, judge
from aiohfspaces.models import SpaceRuntime


@define
class Awaited:
    """How far the wait for one Space has come; all times are seconds since it began.

    Attributes:
        goal: What is waited for.
        watched: What was seen of it, in listings and by itself; ``None`` before anything was.
        proven: What was seen of it by itself.
    """

    goal: Goal
    watched: Watched | None = None
    proven: Watched | None = None

    def note(self, runtime: SpaceRuntime, seen_at: float) -> bool:
        """Add what a listing shows, or a look; tell whether that is new."""
        before, self.watched = self.watched, _added(self.watched, runtime, seen_at)
        return before is None or before.runtime != runtime

    def prove(self, runtime: SpaceRuntime, seen_at: float) -> bool:
        """Add a look at the Space itself; tell whether that is new. The first one says what is requested."""
        if self.proven is None:
            self.goal = self.goal.met(runtime)
        self.proven = _added(self.proven, runtime, seen_at)
        return self.note(runtime, seen_at)

    @property
    def aim(self) -> Goal:
        """What is waited for, as far as anybody knows."""
        return self.goal.met(self.watched.runtime) if self._is_open and self.watched else self.goal

    @property
    def _is_open(self) -> bool:
        return self.goal.as_requested and self.proven is None

    def is_worth_a_look(self, now: float) -> bool:
        """Tell whether the wait seems to be over, or nobody knows yet what is waited for."""
        if self.watched is None:
            return False
        return self._is_open or not isinstance(judge(self.aim, self.watched, now), Wait | Expired)

    def verdict(self, now: float) -> Verdict:
        """Judge the looks at the Space itself."""
        return Wait() if self.proven is None else judge(self.goal, self.proven, now)

    def due(self, now: float) -> float | None:
        """Tell from when on a round decides even if it shows nothing new; ``None`` for never.

        That is the next one where a look is worth while, and none has gone well yet.
        """
        if self.watched is None:
            return None
        if self._is_open:
            return now
        hint = judge(self.aim, self.watched, now)
        proven = self.verdict(now)
        if isinstance(proven, Wait) and proven.due is not None:
            return proven.due
        return hint.due if isinstance(hint, Wait) else now


def _added(watched: Watched | None, runtime: SpaceRuntime, seen_at: float) -> Watched:
    return Watched.first(runtime, seen_at) if watched is None else watched.saw(runtime, seen_at)
