"""Repositories for git itself: clone, fetch and push over HTTP, with or without ``.git`` behind the name.

Source: git 2.39, "http-protocol" of its technical documentation; the Hub's docs, "Getting started with repositories".
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aiohfspaces.localhub.git_http import MAIN_REF, GitServer, Visit
from aiohfspaces.localhub.pull_requests import note_commit, voice_of
from aiohfspaces.localhub.refusals import bad_request
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.committing import advance_tip
from aiohfspaces.localhub.routes.reading import caller_of, downloadable, world_of, writable

_PATHS = (
    "/{kind}/{namespace}/{name}.git",
    "/{kind}/{namespace}/{name}",
    "/{namespace}/{name}.git",
    "/{namespace}/{name}",
)


async def advertise(request: Request) -> ASGIApp:
    """``GET /{id}/info/refs?service=…``: what there is to fetch, or to push to."""
    match request.query_params.get("service"):
        case "git-upload-pack":
            return _answer(request, downloadable(request))
        case "git-receive-pack":
            return _answer(request, writable(request))
        case service:
            raise bad_request(f"Unsupported service: {service}")


async def upload_pack(request: Request) -> ASGIApp:
    """``POST /{id}/git-upload-pack``: clone and fetch."""
    return _answer(request, downloadable(request))


async def receive_pack(request: Request) -> ASGIApp:
    """``POST /{id}/git-receive-pack``: push."""
    return _answer(request, writable(request))


def _answer(request: Request, repository: Repository) -> ASGIApp:
    world, server = world_of(request), request.app.state.git
    assert isinstance(server, GitServer)

    def note(ref: str, oid: str) -> None:
        caller = caller_of(request)
        if ref == MAIN_REF:
            advance_tip(repository, world.clock.now())
        elif caller is not None:
            note_commit(repository, ref, oid, voice_of(world, caller, repository))

    visit = Visit(repository.git, world.objects.size, note)

    async def reply(scope: Scope, receive: Receive, send: Send) -> None:
        await server.serve(visit, scope, receive, send)

    return reply


ROUTES = [
    *(Route(f"{path}/info/refs", advertise) for path in _PATHS),
    *(Route(f"{path}/git-upload-pack", upload_pack, methods=["POST"]) for path in _PATHS),
    *(Route(f"{path}/git-receive-pack", receive_pack, methods=["POST"]) for path in _PATHS),
]
