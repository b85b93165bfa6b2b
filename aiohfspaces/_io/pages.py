"""Listings that come in pages."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

from attrs import evolve

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.origins import resolved, same_origin
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError

T = TypeVar("T")

Fetch = Callable[[Call[tuple[T, ...]]], Awaitable[Reply]]

Following = Callable[[Reply], str | None]
"""Reads off a page where the next one is; ``None`` after the last."""

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


class Pages(Generic[T]):
    """A listing: ``async for`` takes it page by page, ``await`` gives the whole list.

    One page is in memory at a time. It can be walked more than once; each walk asks the Hub anew.
    """

    def __init__(
        self,
        fetch: Fetch[T],
        first: Call[tuple[T, ...]],
        limit: int | None = None,
        following: Following | None = None,
    ) -> None:
        self._fetch = fetch
        self._first = first
        self._limit = limit
        self._following = following or next_page

    def __repr__(self) -> str:
        # what asyncio.create_task says of it, since it takes nothing but coroutines
        asked = f"{self._first.method} {self._first.path}"
        return f"<Pages of {asked}: 'async for' takes them one by one, 'await' or asyncio.ensure_future gives a list>"

    async def __aiter__(self) -> AsyncIterator[T]:
        left = self._limit
        if left == 0:
            return
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page if left is None else page[:left]:
                    yield item
                left = None if left is None else left - len(page)
                if left is not None and left <= 0:
                    return
                del page  # before the next one comes, not once it is there

    def __await__(self) -> Generator[object, None, list[T]]:
        return self._whole().__await__()

    async def _whole(self) -> list[T]:
        return [item async for item in self]

    async def pages(self) -> AsyncGenerator[tuple[T, ...], None]:
        """Take whole pages, as the Hub cuts them.

        Raises:
            MalformedReplyError: A page leads back to one that was there before, or to another server.
        """
        call, seen = self._first, set[str]()
        while True:
            reply = await self._fetch(call)
            seen.add(reply.url)
            yield call.parse(reply)
            following = self._following(reply)
            del reply
            if following is None:
                return
            if following in seen:
                raise leads_back()
            call = evolve(call, path=following, query=())


def leads_back() -> MalformedReplyError:
    """Say that a listing would never end."""
    return MalformedReplyError("a page names one before it as the next", field="Link")


def next_page(reply: Reply) -> str | None:
    """Read where the next page is; ``None`` after the last one.

    Raises:
        MalformedReplyError: It is at another server, which must not see the token.
    """
    match = _NEXT.search(reply.headers.get("link", ""))
    if match is None:
        return None
    with suppress(ValueError):
        url = resolved(match[1], reply.url, reply.endpoint)
        if same_origin(url, reply.endpoint):
            return url
    raise MalformedReplyError("the next page is not at the Hub", field="Link")
