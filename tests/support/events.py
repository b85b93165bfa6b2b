"""Streams of events as a scripted server sends them."""

from __future__ import annotations

import json

from tests.support.scripted import Step, raw, reply

OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n"
"""The head of a stream that goes on."""


def event(text: str, second: int = 0) -> bytes:
    """Write a line of a log as the Hub streams it."""
    said = {"data": f"{text}\n", "timestamp": f"2026-01-01T00:00:{second:02}Z"}
    return b"data: " + json.dumps(said, ensure_ascii=False).encode() + b"\n\n"


def whole(*events: bytes) -> Step:
    """Send events, then end as HTTP says."""
    return reply(b"".join(events), headers={"Content-Type": "text/event-stream"})


def cut(*events: bytes) -> Step:
    """Send events, then break off."""
    return raw(OPEN + b"".join(events))
