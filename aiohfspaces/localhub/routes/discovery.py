"""Finding repositories: lists, and one on its own.

Source: huggingface_hub 2.4.0, ``SpaceInfo`` and ``HfApi.list_spaces``; the Hub's OpenAPI document of 2026-08-22,
``/api/trending``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.cards import tags_of
from aiohfspaces.localhub.descriptions import Subject, describe, properties_in_lists, properties_on_its_own
from aiohfspaces.localhub.git import DeletedError
from aiohfspaces.localhub.paging import cut_page, next_link
from aiohfspaces.localhub.refusals import bad_request
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.reading import (
    API,
    caller_of,
    is_set,
    listed,
    page_limit,
    readable,
    repo_type_of,
    segment,
    world_of,
)

_MOST = 1000
_MOST_IN_DETAIL = 100
_SORT_KEYS: dict[str, Callable[[Repository], float]] = {
    "createdAt": lambda repository: repository.created_at,
    "lastModified": lambda repository: repository.tip.at,
    "likes": lambda repository: repository.created_at,
    "trendingScore": lambda repository: repository.created_at,
}


async def list_all(request: Request) -> JSONResponse:
    """``GET /api/{kind}``: what the caller may see, newest first, in pages."""
    world, repo_type = world_of(request), repo_type_of(request)
    expand, full = listed(request, "expand"), is_set(request, "full")
    limit = page_limit(request, _MOST_IN_DETAIL if expand or full else _MOST)
    page, cursor = cut_page(_find(request, repo_type), request.query_params.get("cursor"), limit)
    properties = expand or properties_in_lists(repo_type, full=full)
    now = world.clock.now()

    def tell() -> list[dict[str, object]]:
        told = []
        for repository in page:
            with suppress(DeletedError):
                told.append(describe(Subject(repository, now), properties))
        return told

    query = request.query_params.multi_items()
    link = next_link(f"{world.url}{request.url.path}", query, {"cursor": cursor}) if cursor else {}
    return JSONResponse(await run_in_threadpool(tell), headers=link)


def _find(request: Request, repo_type: str) -> list[Repository]:
    query, caller = request.query_params, caller_of(request)
    repositories = world_of(request).repositories
    key = _SORT_KEYS.get(query.get("sort", "createdAt"))
    if key is None:
        raise bad_request(f'"sort" must be one of [{", ".join(_SORT_KEYS)}]')
    found = [
        repository
        for repository in repositories
        if repository.type == repo_type and repositories.sees(caller, repository) and _matches(request, repository)
    ]
    return sorted(found, key=key, reverse=True)


def _matches(request: Request, repository: Repository) -> bool:
    author, search = request.query_params.get("author"), request.query_params.get("search", "")
    sdk = [repository.space.life.sdk] if repository.space else []
    tags = {*tags_of(repository.tip.card), *sdk}
    right_author = author is None or repository.namespace.lower() == author.lower()
    return right_author and search.lower() in repository.repo_id.lower() and tags.issuperset(listed(request, "filter"))


async def show(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}`` and ``GET /api/{kind}/{id}/revision/{rev}``."""
    repository, now = readable(request), world_of(request).clock.now()
    properties = listed(request, "expand") or properties_on_its_own(repository.type)

    def tell() -> dict[str, object]:
        sha = repository.git.resolve(segment(request, "revision")) if "revision" in request.path_params else None
        return describe(Subject(repository, now, sha, is_set(request, "blobs")), properties)

    return JSONResponse(await run_in_threadpool(tell))


ROUTES = [
    Route("/api/{kind}", list_all),
    Route(API, show),
    Route(f"{API}/revision/{{revision}}", show),
]
