"""Who the caller is, and what the Hub offers everybody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.accounts import describe
from aiohfspaces.localhub.cards import check_card
from aiohfspaces.localhub.hardware import FLAVORS
from aiohfspaces.localhub.routes.reading import json_object, known_caller, optional_text, required_text, world_of


async def whoami(request: Request) -> JSONResponse:
    """``GET /api/whoami-v2``."""
    caller = known_caller(request)
    return JSONResponse(describe(caller, world_of(request).accounts.organizations_of(caller)))


async def list_hardware(request: Request) -> JSONResponse:
    """``GET /api/spaces/hardware``."""
    return JSONResponse([flavor.describe() for flavor in FLAVORS.values()])


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


ROUTES = [
    Route("/api/whoami-v2", whoami),
    Route("/api/spaces/hardware", list_hardware),
    Route("/api/validate-yaml", validate_yaml, methods=["POST"]),
]
