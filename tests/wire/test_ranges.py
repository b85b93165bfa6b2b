from __future__ import annotations

import pytest

from aiohfspaces import MalformedReplyError
from aiohfspaces._wire.ranges import ContentRange, part, read_content_range, whole


def test_a_part_is_asked_for_by_its_first_and_last_byte() -> None:
    """As it is, since a compressed part is none of the file."""
    call = part("https://storage/x?sig=1", 5, 10)
    assert ("GET", "https://storage/x?sig=1", True) == (call.method, call.path, call.repeatable)
    assert (("Accept-Encoding", "identity"), ("Range", "bytes=5-9")) == call.headers
    assert (("Accept-Encoding", "identity"),) == whole("https://storage/x").headers


@pytest.mark.parametrize(
    ("told", "expected"),
    [("bytes 5-9/20", ContentRange(5, 10, 20)), (" bytes 0-0/* ", ContentRange(0, 1, None))],
)
def test_a_reply_tells_which_part_it_has(told: str, expected: ContentRange) -> None:
    """And of how many bytes, if the server knows."""
    assert expected == read_content_range(told)


@pytest.mark.parametrize("told", ["", "bytes", "bytes 5-9", "bytes */20", "lines 5-9/20", "bytes 5-9/20, 11-12/20"])
def test_what_tells_of_no_one_part_is_malformed(told: str) -> None:
    """The error names the header."""
    with pytest.raises(MalformedReplyError, match="Content-Range"):
        read_content_range(told)
