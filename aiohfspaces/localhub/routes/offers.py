"""What the Hub offers to Spaces.

Source: the Hub's OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.hardware import FLAVORS
from aiohfspaces.localhub.routes.reading import known_caller
from aiohfspaces.localhub.templates import TEMPLATES

_GPU_SECONDS = 300
_RUNS = 20


async def list_hardware(request: Request) -> JSONResponse:
    """``GET /api/spaces/hardware``."""
    return JSONResponse([flavor.describe() for flavor in FLAVORS.values()])


async def list_templates(request: Request) -> JSONResponse:
    """``GET /api/spaces/templates``."""
    return JSONResponse({"templates": [template.describe() for template in TEMPLATES.values()]})


async def tell_quota(request: Request) -> JSONResponse:
    """``GET /api/spaces/zero-gpu/quota``: all of it is left, since nothing here runs on a GPU."""
    known_caller(request)
    runs = {"used": 0, "limit": _RUNS, "remaining": _RUNS, "resetsAt": None}
    quota = {"base": _GPU_SECONDS, "current": _GPU_SECONDS, "resetsAt": None, "overquotaUsed": 0, "runs": runs}
    return JSONResponse(quota)


ROUTES = [
    Route("/api/spaces/hardware", list_hardware),
    Route("/api/spaces/templates", list_templates),
    Route("/api/spaces/zero-gpu/quota", tell_quota),
]
