"""The logs of a Space, as a stream of server-sent events.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``; ``tail``: the Hub's OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import anyio
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from aiohfspaces.localhub.life import Life
from aiohfspaces.localhub.logbook import Line, build_log, is_app_over, is_build_over, run_log
from aiohfspaces.localhub.refusals import no_such_page
from aiohfspaces.localhub.routes.reading import API, segment, whole_number, world_of, writable
from aiohfspaces.localhub.spaces import Space
from aiohfspaces.localhub.world import World

_LOOK_EVERY_S = 0.05
_KEEP_ALIVE_EVERY = 300
_LONGEST = 72_000

Log = Callable[[Life, float], list[Line]]
Over = Callable[[Life, float], bool]
_LOGS: dict[str, tuple[Log, Over]] = {"build": (build_log, is_build_over), "run": (run_log, is_app_over)}


async def follow(request: Request) -> StreamingResponse:
    """``GET /api/spaces/{id}/logs/{build|run}``: what was printed, then what is being printed."""
    space, world = writable(request).required_space, world_of(request)
    kind, tail = segment(request, "log"), request.query_params.get("tail")
    if kind not in _LOGS:
        raise no_such_page()
    newest = None if tail is None else whole_number(tail, "tail")
    events = _events(world, space, *_LOGS[kind], newest)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


async def _events(world: World, space: Space, log: Log, is_over: Over, tail: int | None) -> AsyncIterator[str]:
    started = space.life.start
    sent = 0 if tail is None else max(0, len(log(space.life, world.clock.now())) - tail)
    for look in range(_LONGEST):
        life, now = space.life, world.clock.now()
        if life.start is not started or world.is_closing:
            return
        lines = log(life, now)
        for line in lines[sent:]:
            yield f"data: {json.dumps(line.describe(), ensure_ascii=False)}\n\n"
        sent = max(sent, len(lines))
        if is_over(life, now):
            return
        if look % _KEEP_ALIVE_EVERY == 0:
            yield "data:\n\n"
        await anyio.sleep(_LOOK_EVERY_S)


ROUTES = [Route(f"{API}/logs/{{log}}", follow)]
