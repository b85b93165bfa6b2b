"""Large files: where to put them and where to get them. The bytes travel to and from the other origin.

Source: git-lfs, ``docs/api/batch.md``; huggingface_hub 2.4.0, ``lfs``, for the transfer in parts.
"""

from __future__ import annotations

import secrets
from math import ceil

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.commits import text
from aiohfspaces.localhub.refusals import Refusal, bad_request
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.reading import (
    downloadable,
    json_object,
    objects,
    optional_number,
    proposable,
    required_text,
    world_of,
    writable,
)
from aiohfspaces.localhub.world import World

_MEDIA_TYPE = "application/vnd.git-lfs+json"
_MISSING = {"code": 404, "message": "Object does not exist"}
_JOIN = "/api/complete_multipart"
_PATHS = ("/{kind}/{namespace}/{name}.git/info/lfs", "/{namespace}/{name}.git/info/lfs")


async def batch(request: Request) -> JSONResponse:
    """``POST /{id}.git/info/lfs/objects/batch``."""
    body, world = await json_object(request), world_of(request)
    uploading = required_text(body, "operation") == "upload"
    # Clients name no ref for a pull request, which takes no right to write.
    allowed = downloadable if not uploading else writable if "ref" in body else proposable
    repository = allowed(request)
    transfers = body.get("transfers")
    in_parts = isinstance(transfers, list) and "multipart" in transfers
    wishes = [(required_text(wish, "oid"), optional_number(wish, "size") or 0) for wish in objects(body, "objects")]

    def tell(oid: str, size: int) -> dict[str, object]:
        try:
            is_stored = world.objects.size(oid) is not None
        except ValueError as exc:
            return {"oid": oid, "size": size, "error": {"code": 422, "message": str(exc)}}
        told: dict[str, object] = {"oid": oid, "size": size, "authenticated": True}
        if uploading and not is_stored:
            told["actions"] = _upload_actions(world, repository, oid, size, in_parts)
        elif not uploading:
            told |= _download(world, oid) if is_stored else {"error": _MISSING}
        return told

    told = await run_in_threadpool(lambda: [tell(oid, size) for oid, size in wishes])
    is_multipart = in_parts and any(size >= world.multipart_bytes for _, size in wishes)
    reply = {"transfer": "multipart" if is_multipart else "basic", "objects": told}
    return JSONResponse(reply, media_type=_MEDIA_TYPE)


def _download(world: World, oid: str) -> dict[str, object]:
    return {"actions": {"download": {"href": link_to(world, oid)}}}


def _upload_actions(world: World, repository: Repository, oid: str, size: int, in_parts: bool) -> dict[str, object]:
    divided = in_parts and size >= world.multipart_bytes
    upload = _upload_in_parts(world, oid, size) if divided else _upload_at_once(world, oid, size)
    # Signed, since git-lfs sends no token with the actions of an object that is called authenticated.
    verify = world.signer.sign("POST", f"/{repository.url_path}.git/info/lfs/objects/verify", world.clock.now())
    return {"upload": upload, "verify": {"href": world.url + verify}}


def link_to(world: World, oid: str, **query: str) -> str:
    """Make a link that lets its bearer download an object for a while."""
    return world.storage_url + world.signer.sign("GET", f"/objects/{oid}", world.clock.now(), **query)


def _upload_at_once(world: World, oid: str, size: int) -> dict[str, object]:
    return {"href": world.storage_url + world.signer.sign("PUT", f"/objects/{oid}", world.clock.now(), size=size)}


def _upload_in_parts(world: World, oid: str, size: int) -> dict[str, object]:
    upload_id, now = secrets.token_hex(16), world.clock.now()
    parts = {
        f"{number:05}": world.storage_url + world.signer.sign("PUT", f"/parts/{upload_id}/{number}", now)
        for number in range(1, ceil(size / world.part_bytes) + 1)
    }
    href = world.url + world.signer.sign("POST", _JOIN, now, uploadId=upload_id, oid=oid)
    return {"href": href, "header": {"chunk_size": str(world.part_bytes), **parts}}


async def join_parts(request: Request) -> JSONResponse:
    """``POST /api/complete_multipart``: signed, so without a token."""
    world, query = world_of(request), dict(request.query_params)
    if not world.signer.permits("POST", _JOIN, query, world.clock.now()):
        raise Refusal(403, "The signature of this link is wrong, or has expired")
    body = await json_object(request)
    etags = {optional_number(part, "partNumber") or 0: text(part, "etag") for part in objects(body, "parts")}
    if not await run_in_threadpool(world.objects.join_parts, query["uploadId"], etags, query["oid"]):
        raise bad_request("The parts do not make the object that was announced")
    return JSONResponse({})


async def verify(request: Request) -> JSONResponse:
    """``POST /{id}.git/info/lfs/objects/verify``: whether an object arrived whole."""
    world = world_of(request)
    if not world.signer.permits("POST", request.url.path, request.query_params, world.clock.now()):
        writable(request)
    body = await json_object(request)
    oid, size = required_text(body, "oid"), optional_number(body, "size")
    try:
        stored = await run_in_threadpool(world.objects.size, oid)
    except ValueError as exc:
        raise bad_request(str(exc)) from exc
    if stored is None:
        raise Refusal(404, f"The object {oid} did not arrive, or not with these bytes")
    if stored != size:
        raise bad_request(f"The object {oid} has {stored} bytes, not {size}")
    return JSONResponse({}, media_type=_MEDIA_TYPE)


ROUTES = [
    Route(_JOIN, join_parts, methods=["POST"]),
    *(Route(f"{path}/objects/batch", batch, methods=["POST"]) for path in _PATHS),
    *(Route(f"{path}/objects/verify", verify, methods=["POST"]) for path in _PATHS),
]
