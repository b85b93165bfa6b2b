"""Server-sent events come out the same, wherever their bytes were cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.events import LONGEST_EVENT, EventDecoder, ServerEvent, event_stream
from aiohfspaces._wire.replies import nothing


def events(*pieces: bytes) -> list[ServerEvent]:
    """Feed a decoder piece by piece."""
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


def data(*pieces: bytes) -> list[str]:
    """Feed a decoder, and take the data of its events only."""
    return [event.data for event in events(*pieces)]


def test_a_stream_is_asked_for() -> None:
    """As what it is, and not out of a cache; the call may be repeated."""
    assert Call(
        method="GET",
        path="/x",
        parse=nothing,
        query=(("tail", "1"),),
        headers=(("Accept", "text/event-stream"), ("Cache-Control", "no-store")),
        repeatable=True,
    ) == event_stream("/x", (("tail", "1"),))


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"", []),
        (b"data: a\n\n", ["a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data: a\r\n\rdata: b\n\r\n", ["a", "b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data:a\n\ndata:  b\n\n", ["a", " b"]),
        (b"data\n\n", [""]),
        (b"data\ndata\n\n", ["\n"]),
        (b"data: a: b\n\n", ["a: b"]),
        (b": keep-alive\n\n\n\n", []),
        (b"datum: a\n\n", []),
        (b"Data: a\n\n", []),
        (b" data: a\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
        ("data: a\u2028b\x85c\x0bd\n\n".encode(), ["a\u2028b\x85c\x0bd"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"data: not ended\n", []),
    ],
)
def test_a_stream_is_read_as_the_standard_says(stream: bytes, expected: list[str]) -> None:
    """Lines end in CR, LF or both and nothing else; an event ends with an empty one."""
    assert expected == data(stream)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"event: stage\ndata: a\n\ndata: b\n\n", [ServerEvent("a", "stage"), ServerEvent("b")]),
        (b"event: stage\n\ndata: b\n\n", [ServerEvent("b")]),
        (b"event: a\nevent\ndata: b\n\n", [ServerEvent("b")]),
        (b"id: 7\ndata: a\n\ndata: b\n\n", [ServerEvent("a", id="7"), ServerEvent("b", id="7")]),
        (b"id: 7\n\ndata: b\n\n", [ServerEvent("b", id="7")]),
        (b"id: 7\ndata: a\nid\n\n", [ServerEvent("a")]),
        (b"id: 7\nid: \x00\ndata: a\n\n", [ServerEvent("a", id="7")]),
        (b"retry: 1500\n\ndata: a\n\n", [ServerEvent("a", retry_ms=1500)]),
        (b"retry: 1500\nretry: -1\nretry: 1.5\nretry:\ndata: a\n\n", [ServerEvent("a", retry_ms=1500)]),
        ("retry: \u0665\ndata: a\n\n".encode(), [ServerEvent("a")]),
    ],
)
def test_an_event_has_a_name_an_id_and_a_time_to_retry(stream: bytes, expected: list[ServerEvent]) -> None:
    """The name is the event's own; id and time hold until they change; what is none of them counts for nothing."""
    assert expected == events(stream)


def test_an_event_is_there_with_its_last_byte() -> None:
    """Also where that is a CR, after which an LF might still come."""
    decoder = EventDecoder()
    assert [] == decoder.feed(b"data: a\r")
    assert [ServerEvent("a")] == decoder.feed(b"\r")
    assert [] == decoder.feed(b"\ndata: b\r")
    assert [] == decoder.feed(b"")
    assert [ServerEvent("b\nc")] == decoder.feed(b"\ndata: c\n\n")


WORDS = [
    b"data: ",
    b"data",
    b"event: x",
    b"id: 1",
    b"retry: 2",
    b":",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    "é😀\u2028".encode(),
    b"\xef\xbb\xbf",
    b"\xff",
    b"x",
]
STREAMS = st.lists(st.sampled_from(WORDS)).map(b"".join)


@given(stream=STREAMS | st.binary(), cuts=st.lists(st.integers(0, 60)))
@example(stream=b"data: a\r\n\r\n", cuts=[8, 10])
@example(stream="data: 😀\r\r\n\n".encode(), cuts=[7, 8, 9, 11, 12])
def test_any_cut_of_the_bytes_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    """Neither a character nor the end of a line has to come in one piece."""
    ends = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    assert events(stream) == events(*(stream[start:end] for start, end in pairwise(ends)))


@given(stream=STREAMS)
def test_byte_by_byte_gives_the_same_events(stream: bytes) -> None:
    """The hardest cut of all."""
    assert events(stream) == events(*(bytes([byte]) for byte in stream))


TOO_LONG = LONGEST_EVENT + 1


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data:" + b"x" * (LONGEST_EVENT - 5) + b"\n\n", ["x" * (LONGEST_EVENT - 5), "next"]),
        (b"data:" + b"x" * (LONGEST_EVENT - 4) + b"\n\n", ["next"]),
        (b"data: before\n" + b"data:" + b"x" * TOO_LONG + b"\r\ndata: after\r\n\r\n", ["next"]),
        (b"data: " + b"x" * (LONGEST_EVENT // 2) + b"\ndata: " + b"x" * (LONGEST_EVENT // 2) + b"\n\n", ["next"]),
        (b"data: a\n: " + b"x" * TOO_LONG + b"\n\n", ["next"]),
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
    assert expected == data(*(whole[start : start + size] for start in range(0, len(whole), size)))


@pytest.mark.parametrize("piece", [b"x" * LONGEST_EVENT, b"data: " + b"x" * 1000 + b"\n"])
def test_an_event_without_an_end_takes_no_more_memory_than_the_longest(piece: bytes) -> None:
    """What is kept of it stays below the limit, be it a line without an end, or lines."""
    decoder = EventDecoder()
    for _ in range(3 * LONGEST_EVENT // len(piece) + 1):
        decoder.feed(piece)
        assert sum(map(len, decoder._line)) + sum(map(len, decoder._data)) <= LONGEST_EVENT
