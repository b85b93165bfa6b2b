"""How often calls are sent, counted for whoever has them made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import define


@define(eq=False)
class Count:
    """How often calls were sent in a block, in all of the tasks that were started there."""

    sent: int = 0


_COUNT: ContextVar[Count | None] = ContextVar("aiohfspaces_sent", default=None)


@contextmanager
def counting() -> Iterator[Count]:
    """Count what is sent in a block; a block around it counts it too."""
    outer, count = _COUNT.get(), Count()
    token = _COUNT.set(count)
    try:
        yield count
    finally:
        _COUNT.reset(token)
        if outer is not None:
            outer.sent += count.sent


def count_sent() -> None:
    """Count one call that is being sent, if anybody does."""
    count = _COUNT.get()
    if count is not None:
        count.sent += 1
