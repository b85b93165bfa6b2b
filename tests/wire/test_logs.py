"""Logs: events come out the same, wherever their bytes were cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.logs import LONGEST_EVENT, EventDecoder, fetch_logs, log_line
from aiohfspaces._wire.replies import nothing


def events(*pieces: bytes) -> list[str]:
    """Feed a decoder piece by piece."""
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


def test_logs_are_asked_for_as_a_stream() -> None:
    """The tail comes first, and the call may be repeated."""
    assert Call(
        method="GET",
        path="/api/spaces/me/app/logs/build",
        parse=nothing,
        query=(("tail", "20"),),
        headers=(("Accept", "text/event-stream"),),
        repeatable=True,
    ) == fetch_logs("me/app", "build", 20)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"", []),
        (b"data: a\n\n", ["a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r.", ["a", "b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data:a\n\ndata:  b\n\n", ["a", " b"]),
        (b"data\n\n", [""]),
        (b"data: a: b\n\n", ["a: b"]),
        (b": keep-alive\n\n\n\n", []),
        (b"event: log\nid: 7\nretry: 1\ndata: a\n\n", ["a"]),
        (b"datum: a\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        ("data: a\u2028b\x85c\x0bd\n\n".encode(), ["a\u2028b\x85c\x0bd"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"data: not ended\n", []),
    ],
)
def test_a_stream_is_read_as_the_standard_says(stream: bytes, expected: list[str]) -> None:
    """Lines end in CR, LF or both and nothing else; an event ends with an empty one."""
    assert expected == events(stream)


WORDS = [b"data: ", b"data", b":", b"\r", b"\n", b"\r\n", b"\n\n", "é😀".encode(), b"\xef\xbb\xbf", b"\xff", b"x"]
STREAMS = st.lists(st.sampled_from(WORDS)).map(b"".join)


@given(stream=STREAMS | st.binary(), cuts=st.lists(st.integers(0, 60)))
@example(stream=b"data: a\r\n\r\n", cuts=[8, 10])
def test_any_cut_of_the_bytes_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    """Neither a character nor the end of a line has to come in one piece."""
    ends = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    assert events(stream) == events(*(stream[start:end] for start, end in pairwise(ends)))


TOO_LONG = LONGEST_EVENT + 1


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data:" + b"x" * (LONGEST_EVENT - 5) + b"\n\n", ["x" * (LONGEST_EVENT - 5), "next"]),
        (b"data:" + b"x" * (LONGEST_EVENT - 4) + b"\n\n", ["next"]),
        (b"data: before\n" + b"data:" + b"x" * TOO_LONG + b"\r\ndata: after\r\n\r\n", ["next"]),
        (b"data: " + b"x" * (LONGEST_EVENT // 2) + b"\ndata: " + b"x" * (LONGEST_EVENT // 2) + b"\n\n", ["next"]),
        (b": " + b"x" * TOO_LONG + b"\n\n", ["next"]),
        (b": keep-alive\n" * (LONGEST_EVENT // 10) + b"data: a\n\n", ["a", "next"]),
    ],
    ids=[
        "just short enough",
        "one too long",
        "line too long",
        "lines too long together",
        "comment too long",
        "comments",
    ],
)
@pytest.mark.parametrize("size", [1 << 12, 1 << 16, 1 << 24])
def test_an_event_that_is_too_long_is_dropped_whole(stream: bytes, expected: list[str], size: int) -> None:
    """Not a part of it is given, the next one is, and both are so however the bytes come."""
    whole = stream + b"data: next\n\n"
    assert expected == events(*(whole[start : start + size] for start in range(0, len(whole), size)))


def test_a_line_without_an_end_takes_no_more_memory_than_an_event() -> None:
    """What is kept of it stays below the limit."""
    decoder = EventDecoder()
    for _ in range(5):
        decoder.feed(b"x" * LONGEST_EVENT)
    assert len(decoder._pending) <= LONGEST_EVENT


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"data": "Running on local URL\\n", "timestamp": "2025"}', "Running on local URL"),
        ('{"data": "  indented\\r\\n"}', "  indented"),
        ('{"data": ""}', ""),
        ('{"data": 5}', None),
        ("{}", None),
        ("{broken", None),
        ('{"a":' + "[" * 100_000, None),
        ('["data"]', None),
        ("keep-alive", None),
        ("", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_line_is_the_text_of_its_event(data: str, expected: str | None) -> None:
    """Its own end is cut off; what is no line of a log is none."""
    assert expected == log_line(data)
