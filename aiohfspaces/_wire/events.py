"""Server-sent events: bytes in, events out, wherever the bytes were cut.

Source: WHATWG HTML, 9.2.5 and 9.2.6.
"""

from __future__ import annotations

import codecs
import re

from attrs import frozen

from aiohfspaces._wire.calls import Call, Query
from aiohfspaces._wire.replies import nothing

LONGEST_EVENT = 1 << 20
"""Characters of one event beyond which it is dropped."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_DIGITS = re.compile(r"[0-9]{1,18}")


@frozen
class ServerEvent:
    r"""One event of a stream.

    Attributes:
        data: Its lines, joined with ``\n``.
        name: ``message`` where the stream gives none.
        id: The last id that the stream has given, with this event or before it; empty without.
        retry_ms: After how long the stream last asked to be reconnected to; ``None`` if it did not.
    """

    data: str
    name: str = "message"
    id: str = ""
    retry_ms: int | None = None


def event_stream(path: str, query: Query = ()) -> Call[None]:
    """Ask for a stream of events; its body is read while it comes."""
    headers = (("Accept", "text/event-stream"), ("Cache-Control", "no-store"))
    return Call(method="GET", path=path, parse=nothing, query=query, headers=headers, repeatable=True)


class EventDecoder:
    """Cuts a stream of bytes into its events. It keeps no more of one than `LONGEST_EVENT` characters."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
        self._is_after_cr = False
        self._line: list[str] = []
        self._line_length = 0
        self._data: list[str] = []
        self._data_length = 0
        self._is_too_long = False
        self._name = self._id = ""
        self._retry_ms: int | None = None

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Take the next bytes; return the events that they complete."""
        text = self._decode(piece)
        if not text:
            return []
        if self._is_after_cr:  # which has ended its line already
            text = text.removeprefix("\n")
        self._is_after_cr = text.endswith("\r")
        *ended, rest = _LINE_END.split(text)
        events = []
        for part in ended:
            self._extend(part)
            if (event := self._end_line()) is not None:
                events.append(event)
        self._extend(rest)
        return events

    def _extend(self, part: str) -> None:
        self._line_length += len(part)
        if self._line_length + self._data_length > LONGEST_EVENT:
            self._is_too_long = True
        if self._is_too_long:
            self._line.clear()
            self._data.clear()
        elif part:
            self._line.append(part)

    def _end_line(self) -> ServerEvent | None:
        """Take the line that has ended; return the event that it ends, an empty one ending it."""
        length, line = self._line_length, "".join(self._line)
        self._line_length = 0
        self._line.clear()
        if not length:
            return self._end_event()
        if not self._is_too_long:
            self._take_field(line)
        return None

    def _take_field(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._data_length += len(line)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and _DIGITS.fullmatch(value):
            self._retry_ms = int(value)

    def _end_event(self) -> ServerEvent | None:
        event = None
        if self._data and not self._is_too_long:
            event = ServerEvent("\n".join(self._data), self._name or "message", self._id, self._retry_ms)
        self._name = ""
        self._data.clear()
        self._data_length = 0
        self._is_too_long = False
        return event
