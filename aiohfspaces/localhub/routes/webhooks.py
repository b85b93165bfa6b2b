"""Webhooks of the caller.

Source: huggingface_hub 2.4.0, ``create_webhook`` and its counterparts; the Hub's OpenAPI document of 2026-08-22,
``/api/settings/webhooks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import evolve
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces._wire.webhooks import DOMAINS, WATCHED_TYPES
from aiohfspaces.localhub.accounts import new_id
from aiohfspaces.localhub.refusals import bad_request, no_such_page
from aiohfspaces.localhub.routes.reading import (
    Body,
    json_object,
    known_caller,
    objects,
    optional_text,
    required_text,
    segment,
    world_of,
)
from aiohfspaces.localhub.webhooks import Webhook, describe_webhook

_ACTIONS = {"enable": False, "disable": True}


async def list_all(request: Request) -> JSONResponse:
    """``GET /api/settings/webhooks``: a bare array."""
    caller = known_caller(request)
    own = [webhook for webhook in world_of(request).webhooks if webhook.owner == caller.name]
    return JSONResponse([describe_webhook(webhook) for webhook in own])


async def create(request: Request) -> JSONResponse:
    """``POST /api/settings/webhooks``."""
    caller, body = known_caller(request), await json_object(request)
    made = _read(Webhook(new_id(), caller.name, None, None, (), ()), body)
    if made.url is None and made.job_source_id is None:
        raise bad_request('Either "url" or "jobSourceId" is required')
    return _told(world_of(request).webhooks.add(made))


async def show(request: Request) -> JSONResponse:
    """``GET /api/settings/webhooks/{id}``."""
    return _told(world_of(request).webhooks.find(known_caller(request), segment(request, "webhook_id")))


async def update(request: Request) -> JSONResponse:
    """``POST /api/settings/webhooks/{id}``: what is watched has to be said again; what else is left out stays."""
    caller, body = known_caller(request), await json_object(request)
    webhooks, webhook_id = world_of(request).webhooks, segment(request, "webhook_id")
    return _told(webhooks.change(caller, webhook_id, lambda before: _read(before, body)))


async def switch(request: Request) -> JSONResponse:
    """``POST /api/settings/webhooks/{id}/enable`` and ``…/disable``."""
    caller, action = known_caller(request), segment(request, "action")
    if action not in _ACTIONS:
        raise no_such_page()
    webhooks, webhook_id = world_of(request).webhooks, segment(request, "webhook_id")
    return _told(webhooks.change(caller, webhook_id, lambda before: evolve(before, is_disabled=_ACTIONS[action])))


async def delete(request: Request) -> JSONResponse:
    """``DELETE /api/settings/webhooks/{id}``."""
    world_of(request).webhooks.remove(known_caller(request), segment(request, "webhook_id"))
    return JSONResponse({})


def _told(webhook: Webhook) -> JSONResponse:
    return JSONResponse({"webhook": describe_webhook(webhook)})


def _read(before: Webhook, body: Body) -> Webhook:
    url, job = optional_text(body, "url"), optional_text(body, "jobSourceId")
    if url is not None and job is not None:
        raise bad_request('Send either "url" or "jobSourceId"')
    if url is not None and not urlsplit(url).scheme:
        raise bad_request('"url" must be a URL')
    read = evolve(before, watched=_watched(body), domains=_domains(body), secret=_secret(body) or before.secret)
    if url is not None:
        return evolve(read, url=url, job_source_id=None, job_secrets=())
    return read if job is None else evolve(read, url=None, job_source_id=job, job_secrets=_job_secrets(body))


def _watched(body: Body) -> tuple[tuple[str, str], ...]:
    watched = tuple((required_text(item, "type"), required_text(item, "name")) for item in objects(body, "watched"))
    if not watched:
        raise bad_request('"watched" must have at least 1 item')
    if not {kind for kind, _ in watched} <= set(WATCHED_TYPES):
        raise bad_request(f'"type" must be one of [{", ".join(WATCHED_TYPES)}]')
    return watched


def _domains(body: Body) -> tuple[str, ...]:
    domains = body.get("domains")
    if not isinstance(domains, list) or not domains or not all(domain in DOMAINS for domain in domains):
        raise bad_request(f'"domains" must be one or more of [{", ".join(DOMAINS)}]')
    return tuple(domains)


def _secret(body: Body) -> str | None:
    secret = optional_text(body, "secret")
    if secret is not None and not all(" " <= character <= "\x7f" for character in secret):
        raise bad_request('"secret" must be printable ASCII')
    return secret


def _job_secrets(body: Body) -> tuple[str, ...]:
    secrets = body.get("secrets", {})
    if not isinstance(secrets, Mapping):
        raise bad_request('"secrets" must be an object')
    return tuple(secrets)


_ALL = "/api/settings/webhooks"

ROUTES = [
    Route(_ALL, list_all),
    Route(_ALL, create, methods=["POST"]),
    Route(f"{_ALL}/{{webhook_id}}", show),
    Route(f"{_ALL}/{{webhook_id}}", update, methods=["POST"]),
    Route(f"{_ALL}/{{webhook_id}}", delete, methods=["DELETE"]),
    Route(f"{_ALL}/{{webhook_id}}/{{action}}", switch, methods=["POST"]),
]
