"""Long lists in pages: a slice, and the ``Link`` header that names the next one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from aiohfspaces.localhub.refusals import bad_request

T = TypeVar("T")
Query = Sequence[tuple[str, str]]


def cut_page(items: Sequence[T], cursor: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    """Cut a page of at most ``limit`` items out of a list.

    Args:
        items: All of them, in an order that does not change.
        cursor: Where the page begins, as the page before said; ``None`` for the first.
        limit: How many it may hold.

    Returns:
        The page, and the cursor of the next one; ``None`` after the last.

    Raises:
        Refusal: The cursor is not one of ours: 400.
    """
    begin = _read_cursor(cursor) if cursor else 0
    end = begin + limit
    return items[begin:end], _write_cursor(end) if end < len(items) else None


def _write_cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"from:{place}".encode()).decode()


def _read_cursor(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).removeprefix(b"from:"))
    except (binascii.Error, ValueError) as exc:
        raise bad_request(f"Invalid cursor: {cursor}") from exc


def next_link(url: str, query: Iterable[tuple[str, str]], changes: Mapping[str, str]) -> dict[str, str]:
    """Build the ``Link`` header of a page that is not the last: the same query with some keys changed."""
    kept = [(key, value) for key, value in query if key not in changes]
    return {"Link": f'<{url}?{urlencode([*kept, *changes.items()])}>; rel="next"'}
