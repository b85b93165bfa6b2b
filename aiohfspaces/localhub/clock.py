"""The time of one hub, which a test may move."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch: real monotonic time plus what was advanced."""

    def __init__(self, start: float = 0.0) -> None:
        """Start now, or at ``start`` (seconds since the epoch) where that is later."""
        self._offset = max(time.time(), start) - time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the seconds since the epoch, as this hub sees them."""
        return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass at once.

        Raises:
            ValueError: ``seconds`` is negative; time does not run back.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        with self._lock:
            self._offset += seconds


def iso(seconds: float) -> str:
    """Spell a time as the Hub does: ``2025-03-07T12:24:18.657Z``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
