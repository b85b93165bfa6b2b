"""Who there is, and what they have."""

from __future__ import annotations

from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.accounts import Account, describe, organization_overview, user_overview
from aiohfspaces.localhub.cards import check_card
from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.descriptions import Subject
from aiohfspaces.localhub.git_reading import DeletedError
from aiohfspaces.localhub.refusals import Refusal, bad_request, not_yours
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.reading import (
    caller_of,
    json_object,
    known_caller,
    optional_text,
    page_limit,
    page_of,
    required_text,
    segment,
    world_of,
)

_MOST = 1000
_USUALLY = 50
_STORED_TYPES = ("dataset", "model", "space", "bucket", "kernel")
_SORT_KEYS = ("storage", "updatedAt")
_DIRECTIONS = ("desc", "asc")


async def whoami(request: Request) -> JSONResponse:
    """``GET /api/whoami-v2``."""
    caller = known_caller(request)
    return JSONResponse(describe(caller, world_of(request).accounts.organizations_of(caller)))


async def validate_yaml(request: Request) -> JSONResponse:
    """``POST /api/validate-yaml``.

    Source: huggingface_hub 2.4.0, ``HfApi._validate_yaml``.
    """
    body = await json_object(request)
    errors, warnings = check_card(required_text(body, "content"), optional_text(body, "repoType") or "model")
    said = {
        "errors": [{"message": message} for message in errors],
        "warnings": [{"message": message} for message in warnings],
    }
    return JSONResponse(said, 400 if errors else 200)


def user_named(request: Request) -> Account:
    """Find the user that the path names.

    Raises:
        Refusal: There is none: 404.
    """
    found = world_of(request).accounts.find(segment(request, "username"))
    if found is None or found.is_organization:
        raise Refusal(404, "This user does not exist")
    return found


def _organization_named(request: Request) -> Account:
    found = world_of(request).accounts.find(segment(request, "organization"))
    if found is None or not found.is_organization:
        raise Refusal(404, "This organization does not exist")
    return found


async def tell_user(request: Request) -> JSONResponse:
    """``GET /api/users/{username}/overview``."""
    user, world = user_named(request), world_of(request)
    likes = sum(user.name in repository.likes for repository in world.repositories)
    counts = {**_counts(request, user), "numLikes": likes}
    return JSONResponse(user_overview(user, world.accounts.organizations_of(user), counts))


async def tell_organization(request: Request) -> JSONResponse:
    """``GET /api/organizations/{organization}/overview``."""
    organization = _organization_named(request)
    return JSONResponse(organization_overview(organization, _counts(request, organization)))


def _counts(request: Request, owner: Account) -> dict[str, int]:
    """Count what the caller may see of somebody's repositories."""
    counts = {"numModels": 0, "numDatasets": 0, "numSpaces": 0}
    repositories, caller = world_of(request).repositories, caller_of(request)
    for repository in repositories:
        if repository.namespace == owner.name and repositories.sees(caller, repository):
            counts[f"num{repository.type.capitalize()}s"] += 1
    return counts


async def list_own(request: Request) -> JSONResponse:
    """``GET /api/settings/repositories``."""
    return await _list_stored(request, known_caller(request))


async def list_of_organization(request: Request) -> JSONResponse:
    """``GET /api/organizations/{organization}/settings/repositories``, for its members."""
    caller, organization = known_caller(request), _organization_named(request)
    if caller.name not in organization.members:
        raise not_yours(f"see what {organization.name} stores")
    return await _list_stored(request, organization)


async def _list_stored(request: Request, owner: Account) -> JSONResponse:
    """List what somebody has, and what it takes.

    Source: the Hub's OpenAPI document of 2026-08-22, ``/api/settings/repositories``.
    """
    query = request.query_params
    wanted, search = query.get("type"), query.get("search", "").lower()
    sort, direction = query.get("sort", _SORT_KEYS[0]), query.get("direction", _DIRECTIONS[0])
    for name, value, known in (("sort", sort, _SORT_KEYS), ("direction", direction, _DIRECTIONS)):
        if value not in known:
            raise bad_request(f'"{name}" must be one of [{", ".join(known)}]')
    if wanted is not None and wanted not in _STORED_TYPES:
        raise bad_request(f'"type" must be one of [{", ".join(_STORED_TYPES)}]')
    owned = [repository for repository in world_of(request).repositories if repository.namespace == owner.name]
    sizes = await run_in_threadpool(_measure, owned)
    found = [
        (repository, size)
        for repository, size in sizes
        if wanted in (None, repository.type) and search in repository.repo_id.lower()
    ]
    found.sort(key=lambda each: each[1] if sort == "storage" else each[0].tip.at, reverse=direction == "desc")
    page, link = page_of(request, found, page_limit(request, _MOST, _USUALLY))
    total = sum(size for _, size in sizes)
    return JSONResponse([_describe_stored(repository, size, total) for repository, size in page], headers=link)


def _measure(repositories: list[Repository]) -> list[tuple[Repository, int]]:
    measured = []
    for repository in repositories:
        with suppress(DeletedError):
            measured.append((repository, Subject(repository, 0).storage))
    return measured


def _describe_stored(repository: Repository, size: int, total: int) -> dict[str, object]:
    return {
        "id": repository.repo_id,
        "type": repository.type,
        "updatedAt": iso(repository.tip.at),
        "visibility": repository.visibility,
        "storage": size,
        "storagePercent": 100 * size / total if total else 0,
    }


ROUTES = [
    Route("/api/whoami-v2", whoami),
    Route("/api/validate-yaml", validate_yaml, methods=["POST"]),
    Route("/api/users/{username}/overview", tell_user),
    Route("/api/organizations/{organization}/overview", tell_organization),
    Route("/api/settings/repositories", list_own),
    Route("/api/organizations/{organization}/settings/repositories", list_of_organization),
]
