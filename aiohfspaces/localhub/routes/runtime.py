"""What a Space runs on, and whether it does.

Source: huggingface_hub 2.4.0, the methods of the same names; storage: 0.36.2; recorded replies of March 2025.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub import life
from aiohfspaces.localhub.creation import check_flavor, check_storage_is_offered
from aiohfspaces.localhub.descriptions import runtime_of
from aiohfspaces.localhub.life import Life
from aiohfspaces.localhub.refusals import bad_request
from aiohfspaces.localhub.repositories import Repository, count_look
from aiohfspaces.localhub.routes.reading import (
    API,
    Body,
    json_object,
    objects,
    optional_number,
    optional_text,
    readable,
    required_number,
    required_text,
    world_of,
    writable,
)
from aiohfspaces.localhub.spaces import VOLUME_TYPES, check_sleep_time, check_tier, no_machine


async def show(request: Request) -> JSONResponse:
    """``GET /api/spaces/{id}/runtime``; a Space that plays a script counts it."""
    repository, now = readable(request), world_of(request).clock.now()
    described = runtime_of(repository, now)
    count_look(repository, now)
    return JSONResponse(described)


def _reply(request: Request, repository: Repository) -> JSONResponse:
    return JSONResponse(runtime_of(repository, world_of(request).clock.now()))


def _with_machine(request: Request, doing: str) -> Repository:
    repository = writable(request)
    if repository.required_space.life.is_static:
        raise no_machine(doing)
    return repository


def _live_on(request: Request, repository: Repository, change: Callable[[Life, float], Life]) -> JSONResponse:
    space, now = repository.required_space, world_of(request).clock.now()
    with repository.lock:
        space.life = change(life.play(space.life, now), now)
    return _reply(request, repository)


async def request_hardware(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/hardware``."""
    repository, body = _with_machine(request, "request hardware"), await json_object(request)
    sdk = repository.required_space.life.sdk
    flavor = check_flavor(world_of(request), required_text(body, "flavor"), sdk, repository.repo_id).name
    seconds = optional_number(body, "sleepTimeSeconds")
    if seconds is not None:
        check_sleep_time(seconds)

    def change(before: Life, now: float) -> Life:
        after = life.request_hardware(before, now, flavor)
        return after if seconds is None else life.set_sleep_time(after, seconds)

    return _live_on(request, repository, change)


async def set_sleep_time(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/sleeptime``."""
    repository, body = _with_machine(request, "set a sleep time"), await json_object(request)
    seconds = check_sleep_time(required_number(body, "seconds"))
    return _live_on(request, repository, lambda before, now: life.set_sleep_time(before, seconds))


async def pause(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/pause``."""
    return _live_on(request, _with_machine(request, "pause"), lambda before, now: life.pause(before))


async def restart(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/restart``; ``?factory=true`` makes no difference to what is seen."""
    return _live_on(request, _with_machine(request, "restart"), life.restart)


async def set_dev_mode(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/dev-mode``."""
    repository, body = _with_machine(request, "set dev mode"), await json_object(request)
    enabled = body.get("enabled")
    if not isinstance(enabled, bool):
        raise bad_request('"enabled" must be a boolean')
    with repository.lock:
        repository.required_space.is_dev_mode = enabled
        return _live_on(request, repository, life.reconfigure)


async def set_replicas(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/replicas``."""
    repository, body = _with_machine(request, "set replicas"), await json_object(request)
    replicas = required_number(body, "replicas")
    if replicas < 1:
        raise bad_request('"replicas" must be above 0')
    with repository.lock:
        repository.required_space.replicas = replicas
        return _reply(request, repository)


async def add_storage(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/storage``."""
    repository, body = _with_machine(request, "add storage"), await json_object(request)
    check_storage_is_offered(world_of(request))
    space = repository.required_space
    with repository.lock:
        space.storage = check_tier(required_text(body, "tier"), space.storage)
        return _live_on(request, repository, life.reconfigure)


async def delete_storage(request: Request) -> JSONResponse:
    """``DELETE /api/spaces/{id}/storage``."""
    repository = _with_machine(request, "delete storage")
    space = repository.required_space
    with repository.lock:
        if space.storage is None:
            raise bad_request("There is no persistent storage to delete")
        space.storage = None
        return _live_on(request, repository, life.reconfigure)


def read_volumes(body: Body) -> list[dict[str, object]]:
    """Return the volumes that a body names; empty if it names none.

    Raises:
        Refusal: One of them is none, or two are to be in the same place: 400.
    """
    volumes = [_read_volume(volume) for volume in objects(body, "volumes")]
    places = [str(volume["mountPath"]).rstrip("/") for volume in volumes]
    if len(set(places)) < len(places):
        raise bad_request('"mountPath" must be another for each volume')
    return volumes


def _read_volume(volume: Body) -> dict[str, object]:
    if required_text(volume, "type") not in VOLUME_TYPES:
        raise bad_request(f'"type" of a volume must be one of [{", ".join(VOLUME_TYPES)}]')
    required_text(volume, "source")
    if not required_text(volume, "mountPath").startswith("/"):
        raise bad_request('"mountPath" must begin with a slash')
    for key in ("revision", "path"):
        optional_text(volume, key)
    if not isinstance(volume.get("readOnly", False), bool):
        raise bad_request('"readOnly" must be a boolean')
    return dict(volume)


async def set_volumes(request: Request) -> JSONResponse:
    """``PUT /api/spaces/{id}/volumes``: all of them at once."""
    repository, body = _with_machine(request, "attach volumes"), await json_object(request)
    volumes = read_volumes(body)
    if not volumes:
        raise bad_request('"volumes" must name at least one volume')
    with repository.lock:
        repository.required_space.volumes = volumes
        return _live_on(request, repository, life.reconfigure)


async def delete_volumes(request: Request) -> JSONResponse:
    """``DELETE /api/spaces/{id}/volumes``."""
    repository = _with_machine(request, "delete volumes")
    with repository.lock:
        if not repository.required_space.volumes:
            raise bad_request("There are no volumes to delete")
        repository.required_space.volumes = []
        return _live_on(request, repository, life.reconfigure)


ROUTES = [
    Route(f"{API}/runtime", show),
    Route(f"{API}/hardware", request_hardware, methods=["POST"]),
    Route(f"{API}/sleeptime", set_sleep_time, methods=["POST"]),
    Route(f"{API}/pause", pause, methods=["POST"]),
    Route(f"{API}/restart", restart, methods=["POST"]),
    Route(f"{API}/dev-mode", set_dev_mode, methods=["POST"]),
    Route(f"{API}/replicas", set_replicas, methods=["POST"]),
    Route(f"{API}/storage", add_storage, methods=["POST"]),
    Route(f"{API}/storage", delete_storage, methods=["DELETE"]),
    Route(f"{API}/volumes", set_volumes, methods=["PUT"]),
    Route(f"{API}/volumes", delete_volumes, methods=["DELETE"]),
]
