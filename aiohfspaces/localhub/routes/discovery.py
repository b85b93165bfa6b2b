"""Finding repositories: lists, and one on its own.

Source: huggingface_hub 2.4.0, ``SpaceInfo`` and ``HfApi.list_spaces``; the Hub's OpenAPI document of 2026-08-22,
``/api/trending``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.cards import listed_in
from aiohfspaces.localhub.descriptions import (
    Subject,
    describe,
    describe_found,
    describe_on_its_own,
    properties_in_lists,
    tags,
)
from aiohfspaces.localhub.git_reading import DeletedError
from aiohfspaces.localhub.life import look
from aiohfspaces.localhub.refusals import bad_request
from aiohfspaces.localhub.repositories import Repository, count_look
from aiohfspaces.localhub.routes.reading import (
    API,
    caller_of,
    is_set,
    listed,
    page_limit,
    page_of,
    readable,
    repo_type_of,
    segment,
    world_of,
)
from aiohfspaces.localhub.searching import relevancy, words_of

_MOST = 1000
_MOST_IN_DETAIL = 100
_MOST_FOUND = 100
_SORT_KEYS: dict[str, Callable[[Repository], tuple[float, float]]] = {
    "createdAt": lambda repository: (repository.created_at, 0),
    "lastModified": lambda repository: (repository.tip.at, repository.created_at),
    "likes": lambda repository: (len(repository.likes), repository.created_at),
    "trendingScore": lambda repository: (len(repository.likes), repository.created_at),
}


async def list_all(request: Request) -> JSONResponse:
    """``GET /api/{kind}``: what the caller may see, newest first, in pages.

    Where it tells runtimes, a Space that plays a script counts that as a look.
    """
    world, repo_type = world_of(request), repo_type_of(request)
    expand, full = listed(request, "expand"), is_set(request, "full")
    limit = page_limit(request, _MOST_IN_DETAIL if expand or full else _MOST)
    page, link = page_of(request, _find(request, repo_type), limit)
    properties = expand or properties_in_lists(repo_type, full=full)
    now = world.clock.now()

    def tell() -> list[dict[str, object]]:
        told = []
        for repository in page:
            with suppress(DeletedError):
                told.append(describe(Subject(repository, now), properties))
                if "runtime" in properties and repository.space is not None:
                    count_look(repository, now)
        return told

    return JSONResponse(await run_in_threadpool(tell), headers=link)


def _find(request: Request, repo_type: str) -> list[Repository]:
    query = request.query_params
    key = _SORT_KEYS.get(query.get("sort", "createdAt"))
    if key is None:
        raise bad_request(f'"sort" must be one of [{", ".join(_SORT_KEYS)}]')
    if query.get("direction", "-1") != "-1":
        raise bad_request('"direction" must be -1')
    found = [repository for repository in _visible(request, repo_type) if _matches(request, repository)]
    return sorted(found, key=key, reverse=True)


def _visible(request: Request, repo_type: str) -> Iterator[Repository]:
    repositories, caller = world_of(request).repositories, caller_of(request)
    return (each for each in repositories if each.type == repo_type and repositories.sees(caller, each))


def _matches(request: Request, repository: Repository) -> bool:
    author, search = request.query_params.get("author"), request.query_params.get("search", "")
    return (
        (author is None or repository.namespace.lower() == author.lower())
        and search.lower() in repository.repo_id.lower()
        and set(tags(repository)).issuperset(listed(request, "filter"))
        and _uses(request, repository)
    )


def _uses(request: Request, repository: Repository) -> bool:
    """Tell whether a Space's card names the models and datasets that are asked for, or any if it is to be linked."""
    used = {kind: set(listed_in(repository.tip.card, kind)) for kind in ("models", "datasets")}
    named = all(used[kind].issuperset(listed(request, kind)) for kind in used)
    return named and (any(used.values()) or not is_set(request, "linked"))


async def search(request: Request) -> JSONResponse:
    """``GET /api/spaces/semantic-search``: what fits best first, and then what is liked most.

    Source: huggingface_hub 2.4.0, ``HfApi.search_spaces``.
    """
    words, now = words_of(request.query_params.get("q", "")), world_of(request).clock.now()
    if not words:
        raise bad_request('"q" is required')
    sdks, wanted = listed(request, "sdk"), listed(request, "filter")
    scored = [
        (score, len(space.likes), space)
        for space in _visible(request, "space")
        if (score := relevancy(words, space)) > 0
        and (not sdks or space.required_space.life.sdk in sdks)
        and set(tags(space)).issuperset(wanted)
        and (is_set(request, "includeNonRunning") or look(space.required_space.life, now).is_up)
    ]
    scored.sort(key=lambda found: found[:2], reverse=True)

    def tell() -> list[dict[str, object]]:
        return [describe_found(Subject(space, now), score) for score, _, space in scored[:_MOST_FOUND]]

    return JSONResponse(await run_in_threadpool(tell))


async def show(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}`` and ``GET /api/{kind}/{id}/revision/{rev}``."""
    repository, now = readable(request), world_of(request).clock.now()
    properties = listed(request, "expand")

    def tell() -> dict[str, object]:
        sha = repository.git.resolve(segment(request, "revision")) if "revision" in request.path_params else None
        subject = Subject(repository, now, sha, is_set(request, "blobs"))
        return describe(subject, properties) if properties else describe_on_its_own(subject)

    return JSONResponse(await run_in_threadpool(tell))


ROUTES = [
    Route("/api/spaces/semantic-search", search),
    Route("/api/{kind}", list_all),
    Route(API, show),
    Route(f"{API}/revision/{{revision}}", show),
]
