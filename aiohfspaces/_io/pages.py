"""Listings that come in pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Generic, TypeVar

from attrs import evolve

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.origins import resolved, same_origin
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError

T = TypeVar("T")

Fetch = Callable[[Call[tuple[T, ...]]], Awaitable[Reply]]

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


class Pages(Generic[T]):
    """A listing: ``async for`` takes it page by page, ``await`` gives the whole list.

    One page is in memory at a time. It can be walked more than once; each walk asks the Hub anew.
    """

    def __init__(self, fetch: Fetch[T], first: Call[tuple[T, ...]], limit: int | None = None) -> None:
        self._fetch = fetch
        self._first = first
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[T]:
        left = self._limit
        async for page in self.pages():
            for item in page if left is None else page[:left]:
                yield item
            left = None if left is None else left - len(page)
            if left is not None and left <= 0:
                return

    def __await__(self) -> Generator[object, None, list[T]]:
        return self._whole().__await__()

    async def _whole(self) -> list[T]:
        return [item async for item in self]

    async def pages(self) -> AsyncIterator[tuple[T, ...]]:
        """Take whole pages, as the Hub cuts them."""
        call: Call[tuple[T, ...]] | None = self._first
        while call is not None:
            reply = await self._fetch(call)
            yield call.parse(reply)
            following = next_page(reply)
            call = None if following is None else evolve(call, path=following, query=())


def next_page(reply: Reply) -> str | None:
    """Read where the next page is; ``None`` after the last one.

    Raises:
        MalformedReplyError: It is at another server, which must not see the token, or leads to itself.
    """
    match = _NEXT.search(reply.headers.get("link", ""))
    if match is None:
        return None
    try:
        url = resolved(match[1], reply.url, reply.endpoint)
        own = same_origin(url, reply.endpoint)
    except ValueError:
        own = False
    if not own:
        raise MalformedReplyError("the next page is not at the Hub", field="Link")
    if url == reply.url:
        raise MalformedReplyError("the page names itself as the next one", field="Link")
    return url
