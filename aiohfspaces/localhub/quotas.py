"""How many calls an account may make: fixed windows, as the Hub's ``RateLimit`` headers report them."""

from __future__ import annotations

import math
import threading

from attrs import frozen

FREE_CALLS = {"api": 1000, "resolvers": 5000}
ANONYMOUS_CALLS = {"api": 500, "resolvers": 3000}
WINDOW_S = 300.0


@frozen
class Allowance:
    """What is left of an account's window after a call."""

    bucket: str
    quota: int
    window_s: float
    left: int
    resets_in_s: float
    is_exceeded: bool = False

    def headers(self) -> dict[str, str]:
        """Say it as the Hub does, in whole seconds."""
        return {
            "RateLimit": f'"{self.bucket}";r={self.left};t={math.ceil(self.resets_in_s)}',
            "RateLimit-Policy": f'"fixed window";"{self.bucket}";q={self.quota};w={math.ceil(self.window_s)}',
        }


class Quotas:
    """The calls of all accounts, counted.

    Without a limit the Hub's own numbers are reported and nobody is refused: a window of which half is used is
    followed by a new one at once, so that a client which paces itself is not held up.
    """

    def __init__(self, limit: int | tuple[int, float] | None = None) -> None:
        """Refuse calls beyond ``limit``: so many in 300 s, or in the seconds that stand beside it."""
        calls, self._window_s = limit if isinstance(limit, tuple) else (limit, WINDOW_S)
        self._limit = calls
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str | None], tuple[float, int]] = {}

    def count(self, bucket: str, caller: str | None, now: float) -> Allowance:
        """Count one call of ``caller``, ``None`` for anonymous ones."""
        quota = self._limit if self._limit is not None else (FREE_CALLS if caller else ANONYMOUS_CALLS)[bucket]
        with self._lock:
            began, used = self._windows.get((bucket, caller), (now, 0))
            is_over = now >= began + self._window_s
            if is_over or (self._limit is None and used >= quota // 2):
                began, used = now, 0
            exceeded = used >= quota
            used = min(used + 1, quota)
            self._windows[bucket, caller] = (began, used)
        return Allowance(bucket, quota, self._window_s, quota - used, began + self._window_s - now, exceeded)
