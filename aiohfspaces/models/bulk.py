"""What came of doing something to many Spaces, or of waiting for them."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from attrs import define, field, frozen

_T = TypeVar("_T")


@frozen(kw_only=True)
class SpaceOutcome(Generic[_T]):
    """What came of an action on one Space, or of the wait for it.

    Attributes:
        repo_id: The Space.
        value: What the action returned, or the runtime that was waited for; ``None`` if it failed.
        error: What it raised; ``None`` if it succeeded.
        attempts: How often its calls were sent, all of them together: 1 for one call that succeeded at once. Of a wait,
            how often the Space was looked at by itself.
        seconds: How long it took, waits for the rate budget included.
    """

    repo_id: str
    value: _T | None = None
    error: Exception | None = None
    attempts: int = 0
    seconds: float = 0.0


@define(eq=False)
class BulkReport(Generic[_T]):
    """What has become of each Space so far; every mapping and tuple is in the order in which the ids were given.

    It is true at any moment, also while the action is under way, and after a cancellation. In that of `wait_for_all`
    the action is the wait.
    """

    _outcomes: dict[str, SpaceOutcome[_T] | None] = field(factory=dict, init=False)
    _begun: set[str] = field(factory=set, init=False)
    _again: dict[str, int] = field(factory=dict, init=False)
    _failures: int = field(default=0, init=False)
    _ended: int = field(default=0, init=False)

    def __repr__(self) -> str:
        succeeded = sum(1 for outcome in self.outcomes.values() if outcome.error is None)
        counts = f"succeeded={succeeded}, failed={self._failures}, not_attempted={len(self.not_attempted)}"
        return f"BulkReport({counts}, interrupted={len(self.interrupted)}, duplicates={len(self._again)})"

    @property
    def outcomes(self) -> dict[str, SpaceOutcome[_T]]:
        """What came of each Space on which the action has ended."""
        return {repo_id: outcome for repo_id, outcome in self._outcomes.items() if outcome is not None}

    @property
    def succeeded(self) -> dict[str, _T]:
        """What the action returned, where it did."""
        return {repo_id: cast(_T, outcome.value) for repo_id, outcome in self.outcomes.items() if outcome.error is None}

    @property
    def failed(self) -> dict[str, Exception]:
        """What the action raised, where it did; with tracebacks for the first hundred failures."""
        return {repo_id: outcome.error for repo_id, outcome in self.outcomes.items() if outcome.error is not None}

    @property
    def not_attempted(self) -> tuple[str, ...]:
        """The Spaces on which the action has not begun."""
        return tuple(repo_id for repo_id in self._outcomes if repo_id not in self._begun)

    @property
    def interrupted(self) -> tuple[str, ...]:
        """The Spaces on which the action has begun and not ended: nobody knows how far it came."""
        return tuple(
            repo_id for repo_id, outcome in self._outcomes.items() if outcome is None and repo_id in self._begun
        )

    @property
    def duplicates(self) -> dict[str, int]:
        """The ids that were given more than once, and how often; the action runs once for each."""
        return {repo_id: self._again[repo_id] for repo_id in self._outcomes if repo_id in self._again}

    @property
    def is_new(self) -> bool:
        """Whether no Space has been named to it yet."""
        return not self._outcomes

    @property
    def failures(self) -> int:
        """On how many Spaces the action has failed."""
        return self._failures

    @property
    def unfinished(self) -> int:
        """How many of the Spaces that are known by now have no outcome yet."""
        return len(self._outcomes) - self._ended

    def raise_for_failures(self) -> None:
        """Raise if the action failed on any Space.

        Raises:
            ExceptionGroup: All that it raised; a note on each error says which Space it was.
        """
        failed = self.failed
        for repo_id, error in failed.items():
            if (note := f"Space: {repo_id}") not in getattr(error, "__notes__", ()):
                error.add_note(note)
        if failed:
            left = len(self._outcomes) - len(self._begun)
            others = f", {left} not attempted" if left else ""
            raise ExceptionGroup(f"{len(failed)} of {len(self._outcomes)} Spaces failed{others}", list(failed.values()))

    def expect(self, repo_id: str) -> bool:
        """Note that a Space was named; ``False`` if it was before."""
        if repo_id in self._outcomes:
            self._again[repo_id] = self._again.get(repo_id, 1) + 1
            return False
        self._outcomes[repo_id] = None
        return True

    def begin(self, repo_id: str) -> None:
        """Note that the action begins on a Space that was named."""
        self._begun.add(repo_id)

    def note(self, outcome: SpaceOutcome[_T]) -> None:
        """Note how the action has ended on a Space where it had begun."""
        self._outcomes[outcome.repo_id] = outcome
        self._failures += outcome.error is not None
        self._ended += 1
