"""Which of what a stream tells is new, after it broke off and was opened again.

The Hub tells a log from its beginning, or its last lines, to whoever connects; so whoever connects
again is told once more what they know.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeVar

from attrs import frozen

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.events import ServerEvent
from aiohfspaces._wire.limits import epoch_of
from aiohfspaces._wire.logs import DATE_PRECISION_S, LogKind, LogLine, answered_by, fetch_logs, log_line
from aiohfspaces._wire.streams import follow_events, follow_metrics, space_event, space_metrics
from aiohfspaces.models import SpaceEvent, SpaceMetrics
from aiohfspaces.options import RetryPolicy

T_co = TypeVar("T_co", covariant=True)

RECONNECTING = RetryPolicy(attempts=6, initial=1, maximum=10, jitter=0)
"""How a stream that is followed is opened again: five times in a row, after 1, 2, 4, 8 and 10 s.

Source: huggingface_hub 2.4.0, ``_stream_sse_events``.
"""

FOLLOWING_SILENCE_S = 120.0
"""How long a stream that is followed may be silent, keep-alives (every 30 s or so) being no silence.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``.
"""

DRAINING_SILENCE_S = 5.0
"""After how long without a line a log that is not followed is taken to be drained.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``.
"""

_MOST_REMEMBERED = 1024
_MOST_NAMES = 100


class Ended(Enum):
    """What a stream has told that is told no further."""

    ENDED = "ended"


class Reading(Protocol[T_co]):
    """What is read from a stream, over as many connections as it takes."""

    def call(self) -> Call[None]:
        """Build what the next connection asks for."""
        ...

    def begin(self, headers: Mapping[str, str]) -> None:
        """Note that a connection stands, and the headers of its reply."""
        ...

    def take(self, event: ServerEvent) -> T_co | Ended | None:
        """Read the next event of it; ``None`` for what says nothing, or nothing new."""
        ...

    def ready(self) -> T_co | Ended | None:
        """Give what was held back and is known to be new by now; ``None`` for nothing."""
        ...

    def end(self) -> None:
        """Note that a connection has told all that it will."""
        ...


class Prompt:
    """What holds nothing back."""

    def ready(self) -> None:
        """Give nothing."""

    def end(self) -> None:
        """Note that a connection has told all that it will."""


class LogReading:
    """Reads a log, each line once."""

    def __init__(self, repo_id: str, kind: LogKind, *, tail: int | None, follow: bool) -> None:
        self._repo_id = repo_id
        self._kind: LogKind = kind
        self._follow = follow
        self._place = Place(tail)
        self._end: float | None = None
        self._ready: deque[LogLine | Ended] = deque()

    def call(self) -> Call[None]:
        """Build what the next connection asks for: no tail once its beginning is read, or it is known when that was."""
        return fetch_logs(self._repo_id, self._kind, self._place.tail)

    def begin(self, headers: Mapping[str, str]) -> None:
        """Note that a connection stands: what is printed from then on is not drained, only followed."""
        self._place.begin(epoch_of(headers.get("date", "")) if self._follow else None)
        self._end = None if self._follow else answered_by(headers)

    def take(self, event: ServerEvent) -> LogLine | Ended | None:
        """Read the next event."""
        line = log_line(event.data)
        if line is None:
            self.end()  # a keep-alive comes when there is nothing else to tell
        elif self._end is not None and line.printed_at is not None and line.printed_at.timestamp() > self._end:
            self.end()
            self._ready.append(Ended.ENDED)
        else:
            self._ready.extend(self._place.take(line))
        return self.ready()

    def ready(self) -> LogLine | Ended | None:
        """Give the next line that was held back and is known to be new by now."""
        return self._ready.popleft() if self._ready else None

    def end(self) -> None:
        """Note that what there is has been told."""
        self._ready.extend(self._place.catch_up())


class Place:
    """How far a log has been read.

    A log that is told from its beginning is known by how many of its lines were read. One that began
    with a tail is told from its beginning, too, once it has broken off; the lines that were read last,
    with their times, are then looked for, and from there on it is known by its number of lines as well.

    In either case a line that was printed later than all that were read is new: the log begins anew when the
    Space does, and the Hub keeps only so much of it. Where a line is another than the one of its number was, those
    that follow are held back, and compared to what was read last when all has been told.

    After a tail a later line may also be one from before it, where times run back; so it is held back until the
    lines that were read last have come, or cannot come any more.

    Where nothing of a tail was read when it broke off, the ``Date`` of its reply divides what was there then, whose
    last lines are the tail, from what is new; of the second that it names, all is told rather than nothing.

    One thing cannot be known: after a tail of which all that was read has one time, and stands in the log
    more than once at that time, the first place is taken for the right one.
    """

    def __init__(self, tail: int | None) -> None:
        self._asked_tail = tail
        self._since: float | None = None  # when the tail was asked for, in seconds since the epoch
        self._is_whole = True
        self._is_retold = False
        self._live_from: float | None = None
        self._told = 0  # lines of this connection
        self._read: int | None = None  # lines of the whole log; None while that is not known
        self._latest: datetime | None = None
        self._last: deque[int] = deque(maxlen=_MOST_REMEMBERED)
        self._retold: deque[int] = deque()
        self._held: deque[LogLine] = deque()

    @property
    def tail(self) -> int | None:
        """With which tail to ask: that of the caller as long as nothing is known."""
        return None if self._last or self._since is not None else self._asked_tail

    def begin(self, answered_at: float | None = None) -> None:
        """Note that a connection stands, which has asked for `tail`.

        Args:
            answered_at: When its reply began, in seconds since the epoch; ``None`` if it does not say, or if what is
                printed later is of no interest.
        """
        self._is_whole = self.tail is None
        self._is_retold = self._is_whole and (bool(self._last) or self._since is not None)
        self._live_from = None if answered_at is None else answered_at + DATE_PRECISION_S
        self._told = 0
        self._retold = deque(maxlen=len(self._last))
        self._held = deque(maxlen=None if self._last else self._asked_tail)
        if self._asked_tail is not None and self._since is None:
            self._since = answered_at

    def take(self, line: LogLine) -> list[LogLine]:
        """Tell what is known to be new with the next line, in order, and note that it is read now."""
        self._told += 1
        if not self._is_retold:
            return self._noted([line])
        if not self._last:
            return self._divided(line)
        if self._read is not None:
            return self._counted(line, self._read)
        return self._looked_for(line)

    def catch_up(self) -> list[LogLine]:
        """Tell what was held back, and is new since what there is has been told."""
        if not self._held:
            return []
        held = list(self._held)
        self._held.clear()
        return self._noted(held if self._read is None else self._unread(held))

    def _noted(self, lines: list[LogLine]) -> list[LogLine]:
        self._is_retold = False
        self._read = self._told if self._is_whole else None
        for line in lines:
            self._last.append(hash(line))
            if self._latest is None or self._is_later(line):
                self._latest = line.printed_at
        return lines

    def _divided(self, line: LogLine) -> list[LogLine]:
        """Hold the tail back until the first line that was printed after it was asked for."""
        is_new = line.printed_at is not None and self._since is not None and line.printed_at.timestamp() > self._since
        if is_new:
            return [*self.catch_up(), *self._noted([line])]
        self._held.append(line)
        return []

    def _counted(self, line: LogLine, read: int) -> list[LogLine]:
        """Count the lines that were read, and hold back what is another than it was: the log is trimmed, or anew."""
        place = len(self._last) - read + self._told - 1
        is_other = 0 <= place < len(self._last) and self._last[place] != hash(line)
        if self._is_later(line):
            return [*self.catch_up(), *self._noted([line])]
        if not self._held and not is_other:
            return [] if self._told <= read else self._noted([line])
        self._held.append(line)
        return self.catch_up() if len(self._held) == _MOST_REMEMBERED else []

    def _unread(self, lines: list[LogLine]) -> list[LogLine]:
        """Leave out those that were read last, if a log begins with them by now; or else what is earlier than those."""
        hashes, last = [hash(line) for line in lines], list(self._last)
        sizes = range(min(len(hashes), len(last)), 0, -1)
        overlap = next((size for size in sizes if hashes[:size] == last[-size:]), 0)
        return lines[overlap:] if overlap else [line for line in lines if not self._is_earlier(line)]

    def _looked_for(self, line: LogLine) -> list[LogLine]:
        """Look for the lines that were read last."""
        self._retold.append(hash(line))
        if self._retold == self._last:
            self._read = self._told
            self._held.clear()
        elif self._is_later(line):
            self._held.append(line)
            if self._is_live(line) or len(self._held) == _MOST_REMEMBERED:
                return self.catch_up()
        return []

    def _is_live(self, line: LogLine) -> bool:
        if line.printed_at is None or self._live_from is None:
            return False
        return line.printed_at.timestamp() > self._live_from

    def _is_later(self, line: LogLine) -> bool:
        return line.printed_at is not None and self._latest is not None and line.printed_at > self._latest

    def _is_earlier(self, line: LogLine) -> bool:
        return line.printed_at is not None and self._latest is not None and line.printed_at < self._latest


class EventReading(Prompt):
    """Reads the events of a Space; a state that is told again after a break is not."""

    def __init__(self, repo_id: str) -> None:
        self._repo_id = repo_id
        self._last: dict[str, int] = {}
        self._retold: dict[str, int] = {}

    def call(self) -> Call[None]:
        """Build what the next connection asks for."""
        return follow_events(self._repo_id)

    def begin(self, headers: Mapping[str, str]) -> None:
        """Note that a connection stands, which begins with what is known already if nothing has changed."""
        self._retold = dict(self._last)

    def take(self, event: ServerEvent) -> SpaceEvent | None:
        """Read the next event."""
        if not event.data and event.name == "message":
            return None  # a keep-alive
        digest = hash(event.data)
        if self._retold.pop(event.name, None) == digest:
            return None
        if event.name in self._last or len(self._last) < _MOST_NAMES:
            self._last[event.name] = digest
        return space_event(event)


@frozen
class MetricsReading(Prompt):
    """Reads the metrics of a Space; each measurement is new."""

    repo_id: str

    def call(self) -> Call[None]:
        """Build what the next connection asks for."""
        return follow_metrics(self.repo_id)

    def begin(self, headers: Mapping[str, str]) -> None:
        """Note that a connection stands."""

    def take(self, event: ServerEvent) -> SpaceMetrics | None:
        """Read the next event."""
        return space_metrics(event)
