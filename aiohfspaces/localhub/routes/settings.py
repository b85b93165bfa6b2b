"""Secrets and variables of Spaces.

Source: huggingface_hub 2.4.0, the methods of the same names; recorded replies of March 2025.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.life import reconfigure
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.reading import (
    API,
    Body,
    json_object,
    optional_text,
    readable,
    required_text,
    world_of,
    writable,
)
from aiohfspaces.localhub.spaces import Setting, check_key, describe_secrets, describe_variables


def new_settings(bodies: Iterable[Body], now: float) -> dict[str, Setting]:
    """Read secrets or variables, each an object with key, value and perhaps a description."""
    return {
        check_key(required_text(body, "key")): Setting(
            optional_text(body, "value") or "", now, optional_text(body, "description")
        )
        for body in bodies
    }


def _set(repository: Repository, settings: dict[str, Setting], body: Body, now: float) -> None:
    space = repository.required_space
    with repository.lock:
        settings |= new_settings([body], now)
        space.life = reconfigure(space.life, now)


def _delete(repository: Repository, settings: dict[str, Setting], body: Body, now: float) -> None:
    space = repository.required_space
    with repository.lock:
        if settings.pop(required_text(body, "key"), None) is not None:
            space.life = reconfigure(space.life, now)


async def list_secrets(request: Request) -> JSONResponse:
    """``GET /api/spaces/{id}/secrets``: never their values."""
    return JSONResponse(describe_secrets(writable(request).required_space.secrets))


async def add_secret(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/secrets``."""
    repository, body = writable(request), await json_object(request)
    _set(repository, repository.required_space.secrets, body, world_of(request).clock.now())
    return JSONResponse({})


async def delete_secret(request: Request) -> JSONResponse:
    """``DELETE /api/spaces/{id}/secrets``; deleting what is not there is fine."""
    repository, body = writable(request), await json_object(request)
    _delete(repository, repository.required_space.secrets, body, world_of(request).clock.now())
    return JSONResponse({})


async def list_variables(request: Request) -> JSONResponse:
    """``GET /api/spaces/{id}/variables``, each with its key inside, too."""
    variables = readable(request).required_space.variables
    told = describe_variables(variables)
    return JSONResponse({key: {"key": key, **entry} for key, entry in told.items()})


async def add_variable(request: Request) -> JSONResponse:
    """``POST /api/spaces/{id}/variables``: answers all of them."""
    repository, body = writable(request), await json_object(request)
    variables = repository.required_space.variables
    _set(repository, variables, body, world_of(request).clock.now())
    return JSONResponse(describe_variables(variables))


async def delete_variable(request: Request) -> JSONResponse:
    """``DELETE /api/spaces/{id}/variables``: answers those that are left."""
    repository, body = writable(request), await json_object(request)
    variables = repository.required_space.variables
    _delete(repository, variables, body, world_of(request).clock.now())
    return JSONResponse(describe_variables(variables))


ROUTES = [
    Route(f"{API}/secrets", list_secrets),
    Route(f"{API}/secrets", add_secret, methods=["POST"]),
    Route(f"{API}/secrets", delete_secret, methods=["DELETE"]),
    Route(f"{API}/variables", list_variables),
    Route(f"{API}/variables", add_variable, methods=["POST"]),
    Route(f"{API}/variables", delete_variable, methods=["DELETE"]),
]
