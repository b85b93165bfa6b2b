"""The hub's own origin: all endpoints put together, and errors turned into replies."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from aiohfspaces.localhub.git_http import GitServer
from aiohfspaces.localhub.git_reading import DeletedError
from aiohfspaces.localhub.guard import Guard
from aiohfspaces.localhub.refusals import Moved, Refusal, no_such_page, repository_not_found, who_are_you
from aiohfspaces.localhub.routes import (
    accounts,
    committing,
    content,
    discovery,
    discussions,
    git,
    large_files,
    lfs,
    likes,
    logs,
    offers,
    refs,
    repos,
    resolve,
    runtime,
    settings,
    streams,
    uploads,
    webhooks,
    xet,
)
from aiohfspaces.localhub.routes.reading import caller_of
from aiohfspaces.localhub.world import World

_FAMILIES = (
    runtime,
    offers,
    accounts,
    likes,
    repos,
    committing,
    content,
    settings,
    refs,
    lfs,
    git,
    large_files,
    resolve,
    logs,
    streams,
    discussions,
    uploads,
    webhooks,
    xet,
    discovery,
)


def build_app(world: World) -> Starlette:
    """Build the application of the hub's own origin."""
    app = Starlette(
        routes=[route for family in _FAMILIES for route in family.ROUTES],
        exception_handlers={
            Moved: _lead_on,
            Refusal: _refuse,
            HTTPException: _refuse_path,
            DeletedError: _refuse_deleted,
        },
        middleware=[Middleware(Guard, respond=broken)],
    )
    app.router.redirect_slashes = False
    app.state.world = world
    app.state.git = GitServer()
    return app


async def _refuse(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refusal)
    return exc.response_in(request.scope)


async def _lead_on(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Moved)
    return exc.response()


async def _refuse_deleted(request: Request, exc: Exception) -> Response:
    return (repository_not_found() if caller_of(request) else who_are_you(is_missing=True)).response_in(request.scope)


def broken() -> Response:
    """Build the reply to what the hub itself got wrong."""
    return Refusal(500, "Internal Error - We're working hard to fix this as soon as possible!").response()


async def _refuse_path(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    return (no_such_page() if exc.status_code == 404 else Refusal(exc.status_code, exc.detail)).response()
