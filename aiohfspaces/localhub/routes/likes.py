"""Who likes what. There is no call to like something: `LocalHub.like` does what a click on the website would.

Source: huggingface_hub 2.4.0, ``unlike``, ``list_repo_likers``, ``list_liked_repos``; the Hub's OpenAPI document of
2026-08-22, ``/api/users/{username}/likes``.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.accounts import describe_user
from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.routes.accounts import user_named
from aiohfspaces.localhub.routes.reading import API, known_caller, page_limit, page_of, readable, world_of

_MOST = 1000
_USUALLY = 50


async def unlike(request: Request) -> JSONResponse:
    """``DELETE /api/{kind}/{id}/like``; what was not liked stays so."""
    caller, repository = known_caller(request), readable(request)
    with repository.lock:
        repository.likes.pop(caller.name, None)
    return JSONResponse({})


async def list_likers(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/likers``, in pages, the newest like first."""
    accounts, repository = world_of(request).accounts, readable(request)
    likers = [accounts.find(name) for name in reversed(list(repository.likes))]
    page, link = page_of(request, likers, page_limit(request, _MOST, _USUALLY))
    return JSONResponse([describe_user(liker) for liker in page if liker is not None], headers=link)


async def list_likes(request: Request) -> JSONResponse:
    """``GET /api/users/{username}/likes``, in pages: what is public of it, the newest like first."""
    user = user_named(request)
    liked = [
        (repository.likes[user.name], repository)
        for repository in world_of(request).repositories
        if repository.visibility == "public" and user.name in repository.likes
    ]
    liked.sort(key=lambda like: like[0], reverse=True)
    page, link = page_of(request, liked, page_limit(request, _MOST, _USUALLY))
    told = [{"createdAt": iso(at), "repo": {"name": found.repo_id, "type": found.type}} for at, found in page]
    return JSONResponse(told, headers=link)


ROUTES = [
    Route("/api/users/{username}/likes", list_likes),
    Route(f"{API}/like", unlike, methods=["DELETE"]),
    Route(f"{API}/likers", list_likers),
]
