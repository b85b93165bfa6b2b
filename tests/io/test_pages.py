from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakSet

import pytest
from attrs import evolve

from aiohfspaces import MalformedReplyError, NotFoundError, Pages, SpaceInfo
from aiohfspaces._io.pages import next_page
from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.replies import Field, Reply
from tests.support.scripted import BOTH_LOOPS, STOPS_READING, Exchange, ScriptedServer, Step, client_of, reply, serving

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

FIRST = get("/api/numbers", lambda answer: answer.json().items(Field.integer), (("q", "a b"),))
REPLY = Reply(status=200, headers={}, content=b"[]", url="https://hub/api/numbers?q=1", endpoint="https://hub")


def page(*numbers: int, following: str | None = None) -> Step:
    """Answer with a page, and where the next one is."""
    return reply(list(numbers), headers={"Link": f'<{following}>; rel="next"'} if following else {})


@asynccontextmanager
async def numbers(
    *steps: Step, rest: Step | None = None, limit: int | None = None
) -> AsyncIterator[tuple[ScriptedServer, Pages[int]]]:
    """List the numbers that a server has."""
    async with serving(*steps, rest=rest) as hub, client_of(hub) as client:
        yield hub, Pages(client._transport.fetch, FIRST, limit)


async def test_awaiting_gives_the_whole_list() -> None:
    """All pages, in order, each asked for as the one before said."""
    async with numbers(page(1, 2, following="/api/numbers?cursor=a"), page(3, following="?cursor=b"), page()) as (
        hub,
        listing,
    ):
        assert [1, 2, 3] == await listing
        assert ["/api/numbers?q=a+b", "/api/numbers?cursor=a", "/api/numbers?cursor=b"] == hub.targets


@STOPS_READING
async def test_walking_asks_for_a_page_when_it_is_needed() -> None:
    """Who has found what they looked for pays for no further page."""
    async with numbers(page(1, 2, following="/2"), page(3)) as (hub, listing):
        walk = aiter(listing)
        assert [1, 2] == [await anext(walk), await anext(walk)]
        assert 1 == len(hub.received)
        assert 3 == await anext(walk)
        assert 2 == len(hub.received)


async def test_who_takes_it_for_a_coroutine_is_told_what_it_is() -> None:
    """`asyncio.create_task` shows what it was given: that says how to take it."""
    async with numbers(page(1)) as (_, listing):
        assert "<Pages of GET /api/numbers: 'async for' takes them one by one, 'await' " in repr(listing)


async def test_each_walk_begins_anew() -> None:
    """A listing is a description, not a reply."""
    async with numbers(page(1), page(1, 2)) as (_, listing):
        assert [1] == await listing
        assert [1, 2] == [number async for number in listing]


async def test_ten_thousand_spaces_hold_one_page_in_memory() -> None:
    """When the next page is asked for, nothing is left of those before but the Space that the caller has."""
    alive, left_over = WeakSet[SpaceInfo](), list[int]()

    def thousand(number: int) -> Step:
        following = {"Link": f'</api/spaces?cursor={number + 1}>; rel="next"'} if number < 9 else {}
        answer = reply([{"id": f"me/{number}-{index}"} for index in range(1000)], headers=following)

        async def step(exchange: Exchange) -> bool:
            left_over.append(len(alive))
            return await answer(exchange)

        return step

    count = most = 0
    async with serving(*map(thousand, range(10))) as hub, client_of(hub) as client:
        async for space in client.list_spaces():
            alive.add(space)
            count, most = count + 1, max(most, len(alive))
    assert (10_000, 10) == (count, len(hub.received))
    assert [0] + [1] * 9 == left_over
    assert 1001 >= most


@STOPS_READING
@pytest.mark.parametrize(("limit", "requests"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (9, 3)])
async def test_a_limit_stops_at_the_page_that_reaches_it(limit: int, requests: int) -> None:
    """No more numbers, and no more requests, than needed."""
    async with numbers(page(1, 2, following="/2"), page(3, 4, following="/3"), page(5), limit=limit) as (hub, listing):
        assert [1, 2, 3, 4, 5][:limit] == await listing
        assert requests == len(hub.received)


async def test_pages_can_be_taken_whole() -> None:
    """As the Hub cuts them, empty ones too."""
    async with numbers(page(1, 2, following="/2"), page(following="/3"), page(3)) as (_, listing):
        assert [(1, 2), (), (3,)] == [each async for each in listing.pages()]


async def test_a_listing_may_tell_the_next_page_in_its_own_way() -> None:
    """Its `following` is asked instead of the Link header."""

    def following(page: Reply) -> str | None:
        return f"{page.endpoint}/api/numbers?p=1" if page.content == b"[1]" else None

    async with serving(page(1, following="/elsewhere"), page(2)) as hub, client_of(hub) as client:
        assert [1, 2] == await Pages(client._transport.fetch, FIRST, following=following)
        assert ["/api/numbers?q=a+b", "/api/numbers?p=1"] == hub.targets


@STOPS_READING
async def test_the_next_page_is_at_the_hub() -> None:
    """Another server is not asked, since the token would go there."""
    async with serving() as elsewhere, numbers(page(1, following=f"{elsewhere.url}/2")) as (_, listing):
        with pytest.raises(MalformedReplyError) as caught:
            await listing
        assert "Link" == caught.value.field
        assert [] == elsewhere.received


async def test_a_failure_on_the_way_is_raised() -> None:
    """Half a list is no list."""
    async with numbers(page(1, following="/2"), reply(status=404)) as (_, listing):
        with pytest.raises(NotFoundError):
            await listing


@pytest.mark.parametrize("pages", [[], [page(1, following="/2")], [page(1, following="/2"), page(1, following="/3")]])
async def test_pages_in_a_circle_end_the_walk(pages: list[Step]) -> None:
    """A listing cannot go on for ever."""
    async with numbers(*pages, rest=page(1, following="/api/numbers?q=a+b")) as (hub, listing):
        with pytest.raises(MalformedReplyError, match="one before it"):
            await listing
        assert len(pages) + 1 == len(hub.received)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("", None),
        ('<https://hub/2>; rel="prev"', None),
        ('<https://hub/2>; rel="next"', "https://hub/2"),
        ("<https://hub/2>; rel=next", "https://hub/2"),
        ('<https://hub/1>; rel="prev", <https://hub/2>; title="x"; rel="next"', "https://hub/2"),
        ("</2?a=b,c>; rel=next", "https://hub/2?a=b,c"),
        ('<https://huggingface.co/2>; rel="next"', "https://hub/2"),
    ],
)
def test_the_link_header_tells_the_next_page(link: str, expected: str | None, anyio_backend: str) -> None:
    """Other relations are none of ours, and addresses of huggingface.co lead to the mirror."""
    assert expected == next_page(evolve(REPLY, headers={"link": link}))


@pytest.mark.parametrize(
    "address", ["http://hub/2", "https://hub:444/2", "https://hub@evil/2", "https://hub.evil/2", "ftp://hub/2", "//["]
)
def test_what_is_not_the_hub_is_refused(address: str, anyio_backend: str) -> None:
    """Scheme, host and port have to be the same."""
    with pytest.raises(MalformedReplyError):
        next_page(evolve(REPLY, headers={"link": f"<{address}>; rel=next"}))


def test_the_first_call_is_a_value(anyio_backend: str) -> None:
    """What is sent can be looked at without a network."""
    call: Call[Any] = FIRST
    assert ("GET", "/api/numbers") == (call.method, call.path)
    assert (1, 2) == call.parse(evolve(REPLY, content=json.dumps([1, 2]).encode()))
