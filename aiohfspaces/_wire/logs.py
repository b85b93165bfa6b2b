"""A Space's logs, as server-sent events.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``; ``tail``: the Hub's OpenAPI document of
2026-08-22; the event stream: WHATWG HTML, 9.2.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
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
        self._pending = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[str]:
        """Take the next bytes; yield the data of each event that they complete."""
        self._pending += self._decode(piece)
        while (end := _LINE_END.search(self._pending)) is not None:
            if end.end() == len(self._pending) and end.group() == "\r":
                return  # the other half of a CRLF may still come
            line, self._pending = self._pending[: end.start()], self._pending[end.end() :]
            yield from self._take(line)
        self._pending = self._pending[:LONGEST_EVENT]

    def _take(self, line: str) -> Iterator[str]:
        if line:
            name, _, value = line.partition(":")
            if name == "data" and sum(map(len, self._data)) + len(value) <= LONGEST_EVENT:
                self._data.append(value.removeprefix(" "))
            return
        if self._data:
            yield "\n".join(self._data)
            self._data.clear()


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
