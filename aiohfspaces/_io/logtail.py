"""The last lines of a Space's log."""

from __future__ import annotations

from collections import deque
from contextlib import aclosing, suppress

from anyio import move_on_after

from aiohfspaces._io.streams import Manner, told
from aiohfspaces._plan.following import LogReading
from aiohfspaces._wire.logs import LogKind
from aiohfspaces.errors import SpacesError


async def log_tail(manner: Manner, repo_id: str, kind: LogKind, *, lines: int, within_s: float) -> tuple[str, ...]:
    """Read the last lines of a log, without their ends, as many as come in a while.

    Whatever goes wrong, what has come until then is the answer: this is told along with an error,
    and must not hide it.
    """
    tail: deque[str] = deque(maxlen=lines)
    reading = LogReading(repo_id, kind, tail=lines, follow=False)
    with move_on_after(within_s), suppress(SpacesError):
        async with aclosing(told(reading, manner)) as told_lines:
            async for line in told_lines:
                tail.append(line.text.rstrip("\r\n"))
    return tuple(tail)
