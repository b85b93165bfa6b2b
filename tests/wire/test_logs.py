"""Logs: what is asked for, and what a line is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aiohfspaces._wire.events import event_stream
from aiohfspaces._wire.logs import LogLine, answered_by, fetch_logs, log_line


def test_logs_are_asked_for_as_a_stream() -> None:
    """A tail where one is wanted, and be it of nothing."""
    assert event_stream("/api/spaces/me/app/logs/build", (("tail", "20"),)) == fetch_logs("me/app", "build", 20)
    assert event_stream("/api/spaces/me/app/logs/run", (("tail", "0"),)) == fetch_logs("me/app", "run", 0)
    assert event_stream("/api/spaces/me/app/logs/run") == fetch_logs("me/app", "run", None)


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"data": "Running\\n", "timestamp": "2026-01-01T00:00:00.000Z"}', LogLine("Running\n", NEW_YEAR)),
        ('{"data": "a", "timestamp": "2026-01-01T01:00:00.123456789+01:00"}', NEW_YEAR.replace(microsecond=123456)),
        ('{"data": "a", "timestamp": "2026-01-01T00:00:00"}', NEW_YEAR),
        ('{"data": "a", "timestamp": "just now"}', None),
        ('{"data": "a", "timestamp": 5}', None),
        ('{"data": "a"}', None),
    ],
    ids=repr,
)
def test_a_line_is_the_text_of_its_event_and_when_it_was_printed(data: str, expected: object) -> None:
    """The text as it was printed; the time where it can be read."""
    line = log_line(data)
    assert line is not None
    assert expected == (line if isinstance(expected, LogLine) else line.printed_at)


@pytest.mark.parametrize(
    "data", ['{"data": 5}', "{}", "{broken", '{"a":' + "[" * 100_000, '["data"]', "keep-alive", ""], ids=lambda d: d[:9]
)
def test_what_is_no_line_is_none(data: str) -> None:
    """Keep-alives above all."""
    assert log_line(data) is None


def test_a_reply_began_within_the_second_of_its_date() -> None:
    """The end of that second is told; nothing, where there is no date."""
    assert NEW_YEAR.timestamp() + 1 == answered_by({"date": "Thu, 01 Jan 2026 00:00:00 GMT"})
    assert answered_by({"date": "tomorrow"}) is None
    assert answered_by({}) is None
