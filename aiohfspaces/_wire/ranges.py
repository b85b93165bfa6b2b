"""A file's bytes, all of them or a part, as HTTP asks for them and tells of them.

Source: RFC 9110, section 14.
"""

from __future__ import annotations

import re

from attrs import evolve, frozen

from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.replies import nothing
from aiohfspaces.errors import MalformedReplyError

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_AS_IT_IS = ("Accept-Encoding", "identity")


@frozen
class ContentRange:
    """Which part of a file a reply has.

    Attributes:
        start: Its first byte.
        end: The byte after its last one.
        size: Bytes of the whole; ``None`` if the server does not say.
    """

    start: int
    end: int
    size: int | None


def whole(location: str) -> Call[None]:
    """``GET {location}``."""
    return evolve(get(location, nothing), headers=(_AS_IT_IS,))


def part(location: str, start: int, end: int) -> Call[None]:
    """``GET {location}`` with ``Range: bytes={start}-{end - 1}``."""
    return evolve(get(location, nothing), headers=(_AS_IT_IS, ("Range", f"bytes={start}-{end - 1}")))


def read_content_range(told: str) -> ContentRange:
    """Read what ``Content-Range`` tells.

    Raises:
        MalformedReplyError: It tells of no one part.
    """
    found = _CONTENT_RANGE.fullmatch(told.strip())
    if found is None:
        raise MalformedReplyError("expected one part of a file", field="Content-Range")
    first, last, size = found.groups()
    return ContentRange(int(first), int(last) + 1, None if size == "*" else int(size))
