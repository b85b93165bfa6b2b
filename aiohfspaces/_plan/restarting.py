"""Which Spaces were asked just now for what restarts them: a sleep that they show may be left over from before."""

from __future__ import annotations

_MOST = 1024


class Restarts:
    """When which Space was asked last; the last ones are remembered. Changes in plain calls, so tasks can share it."""

    def __init__(self) -> None:
        self._asked_at: dict[str, float] = {}

    def note(self, repo_id: str, now: float) -> None:
        """Note that a Space was asked, in seconds of any one clock."""
        self.forget(repo_id)
        if len(self._asked_at) == _MOST:
            del self._asked_at[next(iter(self._asked_at))]
        self._asked_at[repo_id.lower()] = now

    def forget(self, repo_id: str) -> None:
        """Forget it: it was asked to stop since."""
        self._asked_at.pop(repo_id.lower(), None)

    def is_recent(self, repo_id: str, now: float, within_s: float) -> bool:
        """Tell whether a Space was asked less than so many seconds ago."""
        asked_at = self._asked_at.get(repo_id.lower())
        return asked_at is not None and now - asked_at < within_s
