"""Telling what happens while somebody listens, as server-sent events.

Nothing happens by itself here: a Space is looked at again and again, as long as the listener stays and the
hub runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import anyio
from attrs import frozen
from starlette.responses import StreamingResponse

from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.world import World

KEEP_ALIVE_S = 30.0
"""How often a listener is told that there is still somebody, by the hub's clock."""

COMMENT = ": keep-alive\n\n"

_LOOK_EVERY_S = 0.05


@frozen
class News:
    """What there is to tell at one look: events as they travel, and whether that was all there will ever be."""

    events: list[str]
    is_over: bool = False


Look = Callable[[float], News]
"""Tells what is new at a time."""


def event(data: str, name: str | None = None) -> str:
    """Write an event as it travels; its data is of one line."""
    return f"event: {name}\ndata: {data}\n\n" if name else f"data: {data}\n\n"


def stream(world: World, repository: Repository, look: Look, *, keep_alive: str) -> StreamingResponse:
    """Tell what ``look`` finds until that is over, the listener leaves, the repository is deleted, or the hub stops."""
    events = _telling(world, repository, look, keep_alive)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


async def _telling(world: World, repository: Repository, look: Look, keep_alive: str) -> AsyncIterator[str]:
    world.open_streams += 1
    kept_alive_at = float("-inf")
    try:
        while not world.is_closing and world.repositories.find(repository.type, repository.repo_id) is repository:
            now = world.clock.now()
            news = look(now)
            for told in news.events:
                yield told
            if news.is_over:
                return
            if now - kept_alive_at >= KEEP_ALIVE_S:
                yield keep_alive
                kept_alive_at = now
            await anyio.sleep(_LOOK_EVERY_S)
    finally:
        world.open_streams -= 1
