"""The life of repositories: made, copied, moved, changed and deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aiohfspaces.localhub import creation
from aiohfspaces.localhub.cards import MAX_SHORT_DESCRIPTION, SPACE_SDKS
from aiohfspaces.localhub.commits import Order, content_of
from aiohfspaces.localhub.hardware import FREE_FLAVOR, find_flavor
from aiohfspaces.localhub.licenses import LICENSES
from aiohfspaces.localhub.refusals import bad_request, not_yours
from aiohfspaces.localhub.repositories import (
    DISCUSSION_SORTINGS,
    NOTIFICATION_MODES,
    REGIONS,
    REPO_TYPES,
    Preferences,
    Repository,
    check_repo_id,
)
from aiohfspaces.localhub.routes.reading import (
    API,
    Body,
    downloadable,
    flag,
    json_object,
    known_caller,
    objects,
    one_of,
    optional_number,
    optional_text,
    readable,
    repo_type_of,
    required_text,
    visibility,
    world_of,
    writable,
)
from aiohfspaces.localhub.routes.runtime import read_volumes
from aiohfspaces.localhub.routes.settings import new_settings
from aiohfspaces.localhub.templates import TEMPLATES

_GROUP_ID = re.compile(r"[0-9a-fA-F]{24}")
_EMAIL = re.compile(r"[\w'+.-]+@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}", re.ASCII)


async def create(request: Request) -> JSONResponse:
    """``POST /api/repos/create``."""
    caller, world = known_caller(request), world_of(request)
    wish = _read_wish(await json_object(request), caller.name, world.clock.now())
    made = await run_in_threadpool(creation.create, world, caller, wish)
    return JSONResponse({"url": f"{world.url}/{made.url_path}", "name": made.repo_id, "id": made.id})


def _read_wish(body: Body, caller: str, now: float) -> creation.Wish:
    repo_type = _repo_type(body)
    sdk = optional_text(body, "sdk") if repo_type == "space" else None
    if repo_type == "space" and sdk not in SPACE_SDKS:
        raise bad_request(f'"sdk" must be one of [{", ".join(SPACE_SDKS)}]')
    card_keys = ("short_description", "license", "license_name", "license_link")
    card = {key: optional_text(body, key) for key in card_keys}
    if len(card["short_description"] or "") > MAX_SHORT_DESCRIPTION:
        raise bad_request(f'"short_description" must be at most {MAX_SHORT_DESCRIPTION} characters long')
    if card["license"] is not None and card["license"] not in LICENSES:
        raise bad_request(f'"license" must be one that the Hub lists, or "other", not {card["license"]!r}')
    return creation.Wish(
        repo_type,
        _repo_id(body, caller),
        visibility(body, "public"),
        sdk,
        card,
        {**(_read_template(body, sdk) if sdk else {}), **_read_files(body)},
        _read_space_wish(body, now),
        _read_region(body),
        _read_resource_group(body),
    )


def _read_region(body: Body) -> str | None:
    return one_of(body, "region", REGIONS, "") or None


def _read_resource_group(body: Body) -> str | None:
    group_id = optional_text(body, "resourceGroupId")
    if group_id is not None and not _GROUP_ID.fullmatch(group_id):
        raise bad_request('"resourceGroupId" must be 24 hexadecimal digits')
    return group_id


def _read_template(body: Body, sdk: str) -> Mapping[str, bytes]:
    """Take the files of the template that a Space is to begin as; none, if it begins as none."""
    wanted = optional_text(body, "template")
    if wanted is None:
        return {}
    template = TEMPLATES.get(wanted)
    if template is None or template.sdk != sdk:
        raise bad_request(f"There is no template {wanted!r} for {sdk} Spaces")
    return template.files


def _read_files(body: Body) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for file in objects(body, "files"):
        path = Order("file", file).path
        if path in files:
            raise bad_request(f"{path} is there twice")
        files[path] = content_of(file)
    return files


def _read_space_wish(body: Body, now: float) -> creation.SpaceWish:
    asked = optional_text(body, "hardware") or FREE_FLAVOR
    flavor = find_flavor(asked)
    return creation.SpaceWish(
        flavor.name if flavor else asked,
        optional_text(body, "storageTier"),
        optional_number(body, "sleepTimeSeconds"),
        body.get("devModeEnabled") is True,
        new_settings(objects(body, "secrets"), now),
        new_settings(objects(body, "variables"), now),
        read_volumes(body),
    )


def _repo_type(body: Body) -> str:
    repo_type = optional_text(body, "type") or "model"
    if repo_type not in REPO_TYPES:
        raise bad_request(f'"type" must be one of [{", ".join(REPO_TYPES)}]')
    return repo_type


def _repo_id(body: Body, caller: str) -> str:
    return f"{optional_text(body, 'organization') or caller}/{required_text(body, 'name')}"


async def delete(request: Request) -> PlainTextResponse:
    """``DELETE /api/repos/delete``."""
    caller, world = known_caller(request), world_of(request)
    body = await json_object(request)
    found = world.repositories.writable(caller, _repo_type(body), _repo_id(body, caller.name))
    await run_in_threadpool(world.repositories.remove, found)
    return PlainTextResponse("OK")


async def move(request: Request) -> JSONResponse:
    """``POST /api/repos/move``."""
    caller, world = known_caller(request), world_of(request)
    body = await json_object(request)
    repo_type, target = _repo_type(body), check_repo_id(required_text(body, "toRepo"))
    found = world.repositories.writable(caller, repo_type, required_text(body, "fromRepo"))
    if not world.accounts.may_write(caller, target.partition("/")[0]):
        raise not_yours(f"move a {repo_type} to {target}")
    await run_in_threadpool(world.repositories.rename, found, target)
    return JSONResponse({})


async def duplicate(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/duplicate``."""
    caller, world, source = known_caller(request), world_of(request), readable(request)
    body = await json_object(request)
    wish = creation.Wish(
        repo_type_of(request),
        required_text(body, "repository"),
        visibility(body, source.visibility),
        space=_read_space_wish(body, world.clock.now()),
        region=_read_region(body),
        resource_group=_read_resource_group(body),
    )
    made = await run_in_threadpool(creation.duplicate, world, caller, source, wish)
    return JSONResponse({"url": f"{world.url}/{made.url_path}", "filesCopyPending": False})


async def change_settings(request: Request) -> JSONResponse:
    """``PUT /api/{kind}/{id}/settings``: what is not sent stays; answers all of them."""
    repository = writable(request)
    body = await json_object(request)
    gated = body.get("gated", repository.gated)
    if gated not in (False, "auto", "manual"):
        raise bad_request('"gated" must be one of [false, auto, manual]')
    with repository.lock:
        seen = visibility(body, repository.visibility)
        repository.preferences = _read_preferences(body, repository.preferences)
        repository.visibility, repository.gated = seen, gated if isinstance(gated, str) else False
        return JSONResponse(_tell_settings(repository))


def _read_preferences(body: Body, before: Preferences) -> Preferences:
    email = optional_text(body, "gatedNotificationsEmail")
    if email is not None and not _EMAIL.fullmatch(email):
        raise bad_request('"gatedNotificationsEmail" must be an email address')
    return Preferences(
        flag(body, "discussionsDisabled", before.discussions_disabled),
        one_of(body, "discussionsSorting", DISCUSSION_SORTINGS, before.discussions_sorting),
        flag(body, "orgMembersGated", before.org_members_gated),
        email or before.notifications_email,
        one_of(body, "gatedNotificationsMode", NOTIFICATION_MODES, before.notifications_mode),
    )


def _tell_settings(repository: Repository) -> dict[str, object]:
    preferences = repository.preferences
    told: dict[str, object] = {
        "private": repository.visibility != "public",
        "visibility": repository.visibility,
        "discussionsDisabled": preferences.discussions_disabled,
        "discussionsSorting": preferences.discussions_sorting,
        "gated": repository.gated,
        "orgMembersGated": preferences.org_members_gated,
        "gatedNotificationsMode": preferences.notifications_mode,
    }
    email = preferences.notifications_email
    return told if email is None else {**told, "gatedNotificationsEmail": email}


async def check_access(request: Request) -> Response:
    """``GET /api/{kind}/{id}/auth-check``: nothing, if the caller may read."""
    downloadable(request)
    return Response()


async def check_write_access(request: Request) -> Response:
    """``GET /api/{kind}/{id}/auth-check/write``: nothing, if the caller may write."""
    writable(request)
    return Response()


ROUTES = [
    Route("/api/repos/create", create, methods=["POST"]),
    Route("/api/repos/delete", delete, methods=["DELETE"]),
    Route("/api/repos/move", move, methods=["POST"]),
    Route(f"{API}/duplicate", duplicate, methods=["POST"]),
    Route(f"{API}/settings", change_settings, methods=["PUT"]),
    Route(f"{API}/auth-check", check_access),
    Route(f"{API}/auth-check/write", check_write_access),
]
