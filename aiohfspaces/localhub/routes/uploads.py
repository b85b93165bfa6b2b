"""Pictures and recordings for discussions.

Source: huggingface_hub 2.4.0, ``HfApi.upload_attachment``.
"""

from __future__ import annotations

import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from aiohfspaces._wire.attachments import CONTENT_TYPES
from aiohfspaces.localhub.refusals import Refusal, no_such_page
from aiohfspaces.localhub.routes.reading import known_caller, world_of

_MOST_BYTES = 10 * 1024 * 1024
_SUFFIXES = {kind: suffix for suffix, kind in CONTENT_TYPES.items()}


async def upload(request: Request) -> PlainTextResponse:
    """``POST /uploads``: the bytes as they are; the reply is their address."""
    caller, world = known_caller(request), world_of(request)
    suffix = _SUFFIXES.get(request.headers.get("content-type", ""))
    if suffix is None:
        raise Refusal(415, f"Unsupported media type: expected one of {', '.join(_SUFFIXES)}")
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > _MOST_BYTES:
            raise Refusal(413, f"An attachment may have {_MOST_BYTES} bytes at the most")
    name = f"{secrets.token_urlsafe(15)}{suffix}"
    await run_in_threadpool(world.objects.keep_attachment, name, bytes(content))
    return PlainTextResponse(f"{world.url}/uploads/{caller.id}/{name}")


async def show(request: Request) -> Response:
    """``GET /uploads/{owner}/{name}``: to whomever has the address."""
    path = world_of(request).objects.attachment(request.path_params["name"])
    if not await run_in_threadpool(path.is_file):
        raise no_such_page()
    return FileResponse(path, media_type=CONTENT_TYPES[path.suffix])


ROUTES = [
    Route("/uploads", upload, methods=["POST"]),
    Route("/uploads/{owner}/{name}", show),
]
