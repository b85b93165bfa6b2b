"""The last lines of a Space's log."""

from __future__ import annotations

from collections import deque
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from anyio import move_on_after

from aiohfspaces._io.transport import Opened
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.logs import EventDecoder, LogKind, fetch_logs, log_line
from aiohfspaces.errors import SpacesError


class Open(Protocol):
    """Sends a call and holds its reply open."""

    def __call__(self, call: Call[None], /) -> AbstractAsyncContextManager[Opened]: ...


async def log_tail(open: Open, repo_id: str, kind: LogKind, *, lines: int, within_s: float) -> tuple[str, ...]:
    """Read the last lines of a log, as many as come in a while: the stream may stay open for ever.

    Whatever goes wrong, what has come until then is the answer: this is told along with an error,
    and must not hide it.
    """
    tail: deque[str] = deque(maxlen=lines)
    decoder = EventDecoder()
    with move_on_after(within_s):
        try:
            async with open(fetch_logs(repo_id, kind, lines)) as opened:
                async for piece in opened.incoming.pieces():
                    tail.extend(line for data in decoder.feed(piece) if (line := log_line(data)) is not None)
        except SpacesError:
            pass
    return tuple(tail)
