"""A Space's logs, as server-sent events.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``; ``tail``: the Hub's OpenAPI document of
2026-08-22.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.events import event_stream
from aiohfspaces._wire.limits import epoch_of
from aiohfspaces._wire.names import api_path
from aiohfspaces._wire.replies import Field
from aiohfspaces.errors import MalformedReplyError

LogKind: TypeAlias = Literal["build", "run"]

DATE_PRECISION_S = 1.0


@frozen
class LogLine:
    """What was printed at once, normally a line.

    Attributes:
        text: As it was printed, its end included.
        printed_at: When; ``None`` where the Hub does not say.
    """

    text: str
    printed_at: datetime | None = None


def fetch_logs(repo_id: str, kind: LogKind, tail: int | None) -> Call[None]:
    """``GET /api/spaces/{repo_id}/logs/{kind}?tail=N``: the buffer first, then what follows."""
    query = () if tail is None else (("tail", str(tail)),)
    return event_stream(f"{api_path(repo_id)}/logs/{kind}", query)


def log_line(data: str) -> LogLine | None:
    """Read an event; ``None`` for a keep-alive, and for what is no line of a log."""
    if not data.startswith("{"):
        return None
    try:
        line = Field(json.loads(data))
        text = line.at("data").text()
    except (ValueError, RecursionError, MalformedReplyError):
        return None
    with suppress(MalformedReplyError):
        return LogLine(text, line.maybe("timestamp", Field.moment))
    return LogLine(text)


def answered_by(headers: Mapping[str, str]) -> float | None:
    """Tell when a reply began, in seconds since the epoch, rounded up; ``None`` if it has no ``Date``.

    Source: huggingface_hub 2.4.0, ``_stream_sse_events``: what was printed later was not there yet.
    """
    began = epoch_of(headers.get("date", ""))
    return None if began is None else began + DATE_PRECISION_S
