"""A Space's logs, as server-sent events.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``; ``tail``: the Hub's OpenAPI document of
2026-08-22; the event stream: WHATWG HTML, 9.2.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Literal, TypeAlias

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.names import api_path
from aiohfspaces._wire.replies import nothing

LogKind: TypeAlias = Literal["build", "run"]

LONGEST_EVENT = 1 << 20
"""Characters of one event beyond which it is dropped."""

_LINE_END = re.compile(r"\r\n|\n|\r")


def fetch_logs(repo_id: str, kind: LogKind, tail: int) -> Call[None]:
    """``GET /api/spaces/{repo_id}/logs/{kind}?tail=N``: the buffer first, then what follows."""
    return Call(
        method="GET",
        path=f"{api_path(repo_id)}/logs/{kind}",
        parse=nothing,
        query=(("tail", str(tail)),),
        headers=(("Accept", "text/event-stream"),),
        repeatable=True,
    )


class EventDecoder:
    """Cuts a stream of bytes into the data of its events, wherever the pieces were cut."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
        self._pending = self._half = ""
        self._data: list[str] = []
        self._length = 0

    def feed(self, piece: bytes) -> list[str]:
        """Take the next bytes; return the data of each event that they complete."""
        text = self._half + self._decode(piece)
        self._half = "\r" if text.endswith("\r") else ""  # the other half of a CRLF may still come
        first, *others = _LINE_END.split(text.removesuffix(self._half))
        *lines, self._pending = [self._pending + first, *others]
        events = [event for line in lines if (event := self._take(line)) is not None]
        if len(self._pending) > LONGEST_EVENT:
            self._length, self._pending = len(self._pending), self._pending[:1]
        return events

    def _take(self, line: str) -> str | None:
        """Take a line; return the data of the event that it ends."""
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            if name == "data" or len(line) > LONGEST_EVENT:
                self._length += len(line)
            if self._length > LONGEST_EVENT:
                self._data.clear()
            return None
        event = "\n".join(self._data) if self._data else None
        self._data.clear()
        self._length = 0
        return event


def log_line(data: str) -> str | None:
    """Read the text of one event; ``None`` for a keep-alive."""
    if not data.startswith("{"):
        return None
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return None
    text = event.get("data")
    return text.rstrip("\r\n") if isinstance(text, str) else None
