"""Ways to learn what many Spaces run on: this client's, the official one's, and what Python can do at best.

Each imports only what it needs, once it is opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from measuring import TOKEN

if TYPE_CHECKING:
    import httpx

    from aiohfspaces import AsyncSpacesClient

IN_FLIGHT = 32

Ids = list[str]
Look = Callable[[str], object]
"""Reads one Space's runtime, blocking; ``None`` if it was refused."""

ReadAll = Callable[[Ids], Awaitable[int]]
"""Reads the runtime of each Space, and tells how many it has got."""

Opened = Callable[[str], AbstractAsyncContextManager[ReadAll]]
"""Opens a client of an endpoint."""


class Way(NamedTuple):
    """One way.

    Attributes:
        title: What tables call it.
        whose: ``ours``, ``theirs``, or ``limit`` for what a client that does nothing else would do.
        opened: Opens its client.
        in_flight: How many calls it has under way.
    """

    title: str
    whose: str
    opened: Opened
    in_flight: int = IN_FLIGHT


def read_in(results: Iterable[object]) -> int:
    """Count what is there."""
    return sum(result is not None for result in results)


async def crowd(read: Callable[[str], Awaitable[object]], ids: Ids, in_flight: int) -> int:
    """Read all, so many at a time."""
    left, results = iter(ids), []

    async def work() -> None:
        for repo_id in left:
            results.append(await read(repo_id))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(work())
    return read_in(results)


def ours(in_flight: int, **options: Any) -> Opened:
    """Await this client, each call by itself."""

    @asynccontextmanager
    async def opened(endpoint: str) -> AsyncIterator[ReadAll]:
        from aiohfspaces import AsyncSpacesClient

        async with AsyncSpacesClient(TOKEN, endpoint=endpoint, max_connections=in_flight, **options) as client:
            yield lambda ids: crowd(client.get_space_runtime, ids, in_flight)

    return opened


def over(library: str, in_flight: int) -> Opened:
    """Await this client, over an injected one of httpx or httpx2 with the pool that it comes with."""

    @asynccontextmanager
    async def opened(endpoint: str) -> AsyncIterator[ReadAll]:
        from importlib import import_module

        found: Any = import_module(library)
        limits = found.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
        injected: httpx.AsyncClient = found.AsyncClient(limits=limits)
        async with injected, ours(in_flight, http_client=injected)(endpoint) as read_all:
            yield read_all

    return opened


def ours_at_once(read: Callable[[AsyncSpacesClient, Ids], Awaitable[int]]) -> Opened:
    """Await this client, by one operation on all of them."""

    @asynccontextmanager
    async def opened(endpoint: str) -> AsyncIterator[ReadAll]:
        from aiohfspaces import AsyncSpacesClient

        async with AsyncSpacesClient(TOKEN, endpoint=endpoint) as client:
            yield lambda ids: read(client, ids)

    return opened


async def by_bulk(client: AsyncSpacesClient, ids: Ids) -> int:
    """Read each, within the rate budget."""
    report = await client.bulk(client.get_space_runtime, ids, max_concurrency=IN_FLIGHT)
    return len(report.succeeded)


async def by_watching(client: AsyncSpacesClient, ids: Ids) -> int:
    """Watch until each has been seen."""
    async with client.watch_spaces(ids) as changes:
        return len({(await anext(changes))[0] for _ in ids})


def official(endpoint: str) -> Look:
    """Read by the official client."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint, token=TOKEN).get_space_runtime


def unless_refused(endpoint: str) -> Look:
    """Read by the official client, which says of a refusal that it is an error."""
    from huggingface_hub.errors import HfHubHTTPError

    read = official(endpoint)

    def look(repo_id: str) -> object:
        try:
            return read(repo_id)
        except HfHubHTTPError as exc:
            if exc.response.status_code != 429:
                raise
            return None

    return look


def until_answered(endpoint: str) -> Look:
    """Read by the official client, and come back when the Hub has said so, as a careful caller of it has to."""
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils._http import parse_ratelimit_headers

    read = official(endpoint)

    def look(repo_id: str) -> object:
        while True:
            try:
                return read(repo_id)
            except HfHubHTTPError as exc:
                limit = parse_ratelimit_headers(exc.response.headers)
                if exc.response.status_code != 429 or limit is None:
                    raise
                time.sleep(limit.reset_in_seconds)

    return look


def in_threads(made: Callable[[str], Look]) -> Opened:
    """Call in threads of one's own, beside an event loop that has nothing to do."""

    @asynccontextmanager
    async def opened(endpoint: str) -> AsyncIterator[ReadAll]:
        look = made(endpoint)
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            yield lambda ids: asyncio.to_thread(lambda: read_in(threads.map(look, ids)))

    return opened


def to_thread(made: Callable[[str], Look]) -> Opened:
    """Call as users of the official client are told to await it, in the event loop's own threads."""

    @asynccontextmanager
    async def opened(endpoint: str) -> AsyncIterator[ReadAll]:
        look = made(endpoint)
        yield lambda ids: crowd(lambda repo_id: asyncio.to_thread(look, repo_id), ids, IN_FLIGHT)

    return opened


@asynccontextmanager
async def bare_aiohttp(endpoint: str) -> AsyncIterator[ReadAll]:
    """Await aiohttp, and read JSON."""
    import aiohttp

    headers = {"Authorization": f"Bearer {TOKEN}"}
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(headers=headers, connector=connector, raise_for_status=True) as session:

        async def read(repo_id: str) -> object:
            async with session.get(f"{endpoint}/api/spaces/{repo_id}/runtime") as reply:
                return await reply.json()

        yield lambda ids: crowd(read, ids, IN_FLIGHT)


WAYS = {
    "lanes-8": Way("aiohfspaces, 8 in flight", "ours", ours(8), 8),
    "lanes-32": Way("aiohfspaces, 32 in flight", "ours", ours(32)),
    "lanes-200": Way("aiohfspaces, 200 in flight", "ours", ours(200), 200),
    "aiohttp-8": Way('aiohfspaces, transport="aiohttp", 8 in flight', "ours", ours(8, transport="aiohttp"), 8),
    "aiohttp-32": Way('aiohfspaces, transport="aiohttp", 32 in flight', "ours", ours(32, transport="aiohttp")),
    "aiohttp-200": Way('aiohfspaces, transport="aiohttp", 200 in flight', "ours", ours(200, transport="aiohttp"), 200),
    "httpx": Way("aiohfspaces over httpx's pool, 32 in flight", "ours", over("httpx", 32)),
    "httpx2": Way("aiohfspaces over httpx2's pool, 32 in flight", "ours", over("httpx2", 32)),
    "bulk": Way("aiohfspaces, bulk of 32 in flight", "ours", ours_at_once(by_bulk)),
    "watch": Way("aiohfspaces, watch_spaces", "ours", ours_at_once(by_watching)),
    "threads": Way("HfApi in 32 threads", "theirs", in_threads(official)),
    "to-thread": Way("asyncio.to_thread(HfApi), 32 in flight", "theirs", to_thread(official)),
    "threads-refused": Way("HfApi in 32 threads", "theirs", in_threads(unless_refused)),
    "to-thread-refused": Way("asyncio.to_thread(HfApi), 32 in flight", "theirs", to_thread(unless_refused)),
    "threads-repeated": Way("HfApi in 32 threads, repeated as told", "theirs", in_threads(until_answered)),
    "to-thread-repeated": Way("asyncio.to_thread(HfApi), repeated as told", "theirs", to_thread(until_answered)),
    "bare": Way("bare aiohttp, 32 in flight", "limit", bare_aiohttp),
}
