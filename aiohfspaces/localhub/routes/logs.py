"""The logs of a Space, as a stream of server-sent events.

Source: huggingface_hub 2.4.0, ``fetch_space_logs``; ``tail``: the Hub's OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from aiohfspaces.localhub.logbook import Line, build_log, is_app_over, is_build_over, run_log
from aiohfspaces.localhub.refusals import no_such_page
from aiohfspaces.localhub.routes.reading import API, segment, whole_number, world_of, writable
from aiohfspaces.localhub.spaces import Space
from aiohfspaces.localhub.streaming import Look, News, event, stream

KEEP_ALIVE = "data:\n\n"

Log = Callable[[Space, float], tuple[list[Line], bool]]
"""Tells what was printed by some time, and whether nothing more will be."""


async def follow(request: Request) -> StreamingResponse:
    """``GET /api/spaces/{id}/logs/{build|run}``: what was printed, then what is being printed."""
    repository, world = writable(request), world_of(request)
    space = repository.required_space
    kind, tail = segment(request, "log"), request.query_params.get("tail")
    if kind not in _LOGS:
        raise no_such_page()
    newest = None if tail is None else whole_number(tail, "tail")
    look = _reading(space, _LOGS[kind], newest, world.clock.now())
    return stream(world, repository, look, keep_alive=KEEP_ALIVE)


def _reading(space: Space, log: Log, tail: int | None, now: float) -> Look:
    """Tell of one start: with the next one another log begins."""
    started = space.life.start
    told = 0 if tail is None else max(0, len(log(space, now)[0]) - tail)

    def look(now: float) -> News:
        nonlocal told
        if space.life.start is not started:
            return News([], is_over=True)
        lines, is_over = log(space, now)
        new, told = lines[told:], max(told, len(lines))
        return News([event(json.dumps(line.describe(), ensure_ascii=False)) for line in new], is_over)

    return look


def _build(space: Space, now: float) -> tuple[list[Line], bool]:
    life = space.life
    return build_log(life, now), is_build_over(life, now)


def _run(space: Space, now: float) -> tuple[list[Line], bool]:
    life = space.life
    return run_log(life, now, space.output), is_app_over(life, now)


_LOGS: dict[str, Log] = {"build": _build, "run": _run}

ROUTES = [Route(f"{API}/logs/{{log}}", follow)]
