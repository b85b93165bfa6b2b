"""Which files go into Xet storage, and when a transfer stands still."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from attrs import define

from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.calls import Source

FOLD = 2.0
"""Reads that may take their full time one after the other before a transfer counts as given up by the storage."""


def goes_in_chunks(file: LocalFile) -> bool:
    """Tell whether hf-xet can read a large file; an open one it cannot, and what is stored is only asked for."""
    return file.size > 0 and file.stored is None and _can_be_told(file.source)


def _can_be_told(source: Source) -> bool:
    """Tell whether hf-xet takes it: a path only if it is UTF-8."""
    if not isinstance(source, str | Path):
        return isinstance(source, bytes)
    try:
        str(source).encode()
    except UnicodeEncodeError:
        return False
    return True


def look_of(file: LocalFile) -> tuple[int, bytes]:
    """Tell by what files of the same content are suspected."""
    return file.size, file.sample


def suspected_twins(files: Iterable[LocalFile]) -> set[tuple[int, bytes]]:
    """Find the looks that several files have: hashed first, a content travels once, which hf-xet does not see to."""
    counts = Counter(look_of(file) for file in files if goes_in_chunks(file))
    return {look for look, count in counts.items() if count > 1}


@define
class Standstill:
    """Whether anything has moved lately.

    Attributes:
        patience_s: How long nothing may move.
        since_s: When something did, on the caller's clock.
        seen: How far it was then.
    """

    patience_s: float
    since_s: float
    seen: tuple[int, ...] = ()

    def is_over(self, seen: tuple[int, ...], now_s: float, others_s: float = -math.inf) -> bool:
        """Tell whether nothing has moved for too long, after another look.

        Args:
            seen: How far it is.
            now_s: The time.
            others_s: When another transfer has moved that this one may have to wait for.
        """
        if seen != self.seen:
            self.seen, self.since_s = seen, now_s
        return now_s - max(self.since_s, others_s) >= self.patience_s
