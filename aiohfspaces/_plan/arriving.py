"""Whether what arrives of a file is what was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from aiohfspaces._wire.content import normalized_etag
from aiohfspaces._wire.ranges import read_content_range
from aiohfspaces.errors import FileReplacedError, MalformedReplyError
from aiohfspaces.models import HfFileMetadata


def reach(status: int, headers: Mapping[str, str], *, start: int, end: int, size: int) -> int | None:
    """Tell up to which byte the reply to a request for bytes `start` to `end` goes.

    Returns:
        The byte after the last one, at most `end`; ``None`` if the server sends the whole file instead.

    Raises:
        MalformedReplyError: It is another part, or one of another file.
    """
    if status != 206:
        return end if (start, end) == (0, size) else None
    told = read_content_range(headers.get("content-range", ""))
    if told.start != start or not start < told.end <= end or told.size not in (None, size):
        said = f"bytes {told.start} to {told.end} of {told.size}"
        raise MalformedReplyError(
            f"expected bytes {start} to at most {end} of {size}, got {said}", field="Content-Range"
        )
    return told.end


def raise_if_replaced(path: str, found: HfFileMetadata, headers: Mapping[str, str]) -> None:
    """Compare the etag that the Hub sends with the bytes to the one that it announced.

    The storage's etags are of its own making: its first one only tells that later ones are of the same content.

    Raises:
        FileReplacedError: It is another one.
    """
    etag = headers.get("x-linked-etag", headers.get("etag"))
    if etag is not None and "x-repo-commit" in headers:
        raise_if_another(path, found.etag, etag)


def raise_if_another(path: str, expected: str | None, actual: str | None) -> None:
    """Compare two etags, if there are two; a weak one is as good, since all that comes is verified.

    Raises:
        FileReplacedError: They differ.
    """
    if expected is None or actual is None:
        return
    before, now = normalized_etag(expected), normalized_etag(actual)
    if before != now:
        raise FileReplacedError(path, expected=before, actual=now)
