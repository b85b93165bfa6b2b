"""Attachments: what the Hub takes, and where it is then."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiohfspaces._wire.attachments import attachment_reply, checked_content_type, upload_attachment
from aiohfspaces._wire.calls import FileRange, StreamBody
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError, UsageError


def reply(content: bytes) -> Reply:
    """Build a reply."""
    return Reply(status=200, headers={}, content=content, url="https://hub.test/uploads", endpoint="https://hub.test")


@pytest.mark.parametrize(
    ("name", "expected"), [("a.png", "image/png"), ("A.JPEG", "image/jpeg"), ("a.b.wav", "audio/wav")]
)
def test_the_end_of_its_name_tells_what_it_is(name: str, expected: str) -> None:
    """Whatever its case."""
    assert expected == checked_content_type(Path(name))


@pytest.mark.parametrize("name", ["a.txt", "png", "a.png.exe", "a.svg"])
def test_nothing_else_is_taken(name: str) -> None:
    """The error names what is."""
    with pytest.raises(UsageError, match=r"^path: expected a file that ends in one of \.gif, \.jpeg"):
        checked_content_type(Path(name))


def test_its_bytes_travel_as_they_are() -> None:
    """Each time they get another address, so it is not repeated blindly."""
    content = FileRange(Path("a.png"), 0, 9)
    call = upload_attachment(content, "image/png")
    assert ("POST", "/uploads", StreamBody((content,), "image/png"), False) == (
        call.method,
        call.path,
        call.body,
        call.repeatable,
    )


def test_the_reply_is_its_address() -> None:
    """A text, and nothing but that."""
    assert "https://cdn.test/a.png" == attachment_reply(reply(b"https://cdn.test/a.png\n"))


@pytest.mark.parametrize("content", [b"", b"OK", b"javascript:alert(1)"])
def test_a_reply_that_is_no_address_is_malformed(content: bytes) -> None:
    """It would end up in somebody's Markdown."""
    with pytest.raises(MalformedReplyError):
        attachment_reply(reply(content))
