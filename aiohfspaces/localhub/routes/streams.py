"""What a Space tells of itself while it is listened to: events and metrics.

Source: the Hub's OpenAPI document of 2026-08-22 for the paths; huggingface_hub 2.4.0, ``fetch_job_metrics``, for the
metrics; the events, and who may have them, as observed by others.
"""

from __future__ import annotations

import json
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from aiohfspaces.localhub.hardware import ZERO_GPU, Flavor, find_flavor
from aiohfspaces.localhub.life import View
from aiohfspaces.localhub.life import look as look_at
from aiohfspaces.localhub.refusals import Refusal
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.reading import API, readable, world_of, writable
from aiohfspaces.localhub.spaces import Space
from aiohfspaces.localhub.streaming import COMMENT, Look, News, event, stream
from aiohfspaces.models import SpaceStage

METRICS_EVERY_S = 1.0
"""How often each replica is measured, by the hub's clock."""

_GIB = 1 << 30


async def follow_events(request: Request) -> StreamingResponse:
    """``GET /api/spaces/{id}/events``: what is, then what changes; open to whoever may see the Space."""
    repository = readable(request)
    return stream(world_of(request), repository, changes(repository, repository.required_space), keep_alive=COMMENT)


async def follow_metrics(request: Request) -> StreamingResponse:
    """``GET /api/spaces/{id}/metrics``: how busy each replica is, as long as it runs."""
    repository, world = writable(request), world_of(request)
    space = repository.required_space
    if space.life.is_static:
        raise Refusal(406, "Space is stale")
    if not look_at(space.life, world.clock.now()).is_up:
        raise Refusal(406, "Space is not running")
    return stream(world, repository, measurements(repository, space), keep_alive=COMMENT)


def changes(repository: Repository, space: Space) -> Look:
    """Tell what a Space is at the first look, and what has changed at each other."""
    told: dict[str, str] = {}

    def look(now: float) -> News:
        state = _state(repository, space, now)
        changed = {name: data for name, data in state.items() if told.get(name) != data}
        told.update(changed)
        return News([event(data, name) for name, data in changed.items()])

    return look


def _state(repository: Repository, space: Space, now: float) -> dict[str, str]:
    """Say what a Space is, event by event."""
    life, view = space.life, look_at(space.life, now)
    # observed on the Hub: a static Space, which runs all the same, is told like this
    stage = SpaceStage.CONFIG_ERROR if life.is_static else view.stage
    state = {"stage": stage.value}
    if life.flavor == ZERO_GPU:
        state["zero-gpu-count"] = "0"
    return {**state, "space": json.dumps(_describe(repository, space, view, stage))}


def _describe(repository: Repository, space: Space, view: View, stage: SpaceStage) -> dict[str, object]:
    life = space.life
    spec = {"sdk": life.sdk, "hardwareFlavor": life.flavor, "region": "us", "gcTimeout": life.idle_limit}
    status = {
        "stage": stage.value,
        "readyReplicas": space.replicas if view.is_up else 0,
        "targetReplicas": space.replicas,
    }
    message = "Static SDK is not supported" if life.is_static else view.error_message
    return {
        "compute": {"spec": spec, "current": {"spec": spec, "status": status}, "status": {"message": message}},
        "service": {"status": {"domains": [{"domain": f"{repository.subdomain}.hf.space", "stage": "READY"}]}},
    }


def measurements(repository: Repository, space: Space) -> Look:
    """Tell how busy each replica is, as often as the Hub does."""
    due = float("-inf")

    def look(now: float) -> News:
        nonlocal due
        view = look_at(space.life, now)
        if not view.is_up:
            return News([], is_over=True)
        if now < due:
            return News([])
        due = now + METRICS_EVERY_S
        flavor = find_flavor(view.current or space.life.flavor)
        assert flavor is not None
        replicas = [_replica(repository, number) for number in range(space.replicas)]
        return News([event(json.dumps(_metric(flavor, replica)), "metric") for replica in replicas])

    return look


def _metric(flavor: Flavor, replica: str) -> dict[str, object]:
    """Say how busy an app is that does nothing much."""
    accelerator = flavor.accelerator
    count = accelerator.quantity if accelerator else 0
    vram_bytes = accelerator.vram_gb * _GIB // count if accelerator else 0
    gpu = {"utilization": 0, "memory_used_bytes": 0, "memory_total_bytes": vram_bytes}
    return {
        "cpu_usage_pct": 1.5,
        "cpu_millicores": flavor.cpu * 1000,
        "memory_used_bytes": 256 << 20,
        "memory_total_bytes": flavor.ram_gb * _GIB,
        "rx_bps": 10,
        "tx_bps": 20,
        "gpus": {str(number): gpu for number in range(count)},
        "replica": replica,
    }


def _replica(repository: Repository, number: int) -> str:
    return sha256(f"{repository.repo_id} {number}".encode()).hexdigest()[:5]


ROUTES = [Route(f"{API}/events", follow_events), Route(f"{API}/metrics", follow_metrics)]
