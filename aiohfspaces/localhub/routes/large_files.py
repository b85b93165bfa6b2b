"""The large files of a repository by their content: listed, deleted for good, given to another repository.

Source: huggingface_hub 2.4.0, ``list_lfs_files``, ``permanently_delete_lfs_files`` and ``_duplicate_lfs_files``;
the Hub's OpenAPI document of 2026-08-22, ``lfs-files``.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.commits import text
from aiohfspaces.localhub.descriptions import xet_hash
from aiohfspaces.localhub.large_files import Stored, is_needed_elsewhere, large_files_of
from aiohfspaces.localhub.refusals import bad_request
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.committing import advance_tip
from aiohfspaces.localhub.routes.reading import (
    API,
    Body,
    downloadable,
    json_object,
    known_caller,
    objects,
    page_limit,
    page_of,
    required_text,
    segment,
    world_of,
    writable,
)
from aiohfspaces.localhub.world import World

_MOST = 1000


async def list_all(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/lfs-files``: newest first, in pages."""
    git = writable(request).git
    found = await run_in_threadpool(large_files_of, git)
    page, link = page_of(request, list(found.values()), page_limit(request, _MOST))
    names = await run_in_threadpool(lambda: [world_of(request).objects.xet_hash(stored.oid) for stored in page])
    return JSONResponse([_tell(stored, name) for stored, name in zip(page, names, strict=True)], headers=link)


def _tell(stored: Stored, name: str | None) -> dict[str, object]:
    told: dict[str, object] = {
        "fileOid": stored.oid,
        "oid": stored.oid,
        "filename": stored.path,
        "size": stored.size,
        "pushedAt": iso(stored.pushed_at),
        "ref": stored.ref,
        "pusher": {"name": stored.pusher},
    }
    return told if name is None else {**told, "xetHash": name}


async def delete_many(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/lfs-files/batch``."""
    repository, body = writable(request), await json_object(request)
    deletions = body.get("deletions")
    if not isinstance(deletions, dict) or not isinstance(deletions.get("sha"), list):
        raise bad_request('"deletions.sha" must be a list')
    unwanted = {str(oid) for oid in deletions["sha"]}
    if not 1 <= len(unwanted) <= _MOST:
        raise bad_request(f'"deletions.sha" must have 1 to {_MOST} items')
    await run_in_threadpool(_delete, request, repository, unwanted, deletions.get("rewriteHistory", True) is True)
    return JSONResponse({})


async def delete_one(request: Request) -> JSONResponse:
    """``DELETE /api/{kind}/{id}/lfs-files/{sha}``."""
    repository, rewrites = writable(request), request.query_params.get("rewriteHistory", "true") != "false"
    await run_in_threadpool(_delete, request, repository, {segment(request, "sha")}, rewrites)
    return JSONResponse({})


def _delete(request: Request, repository: Repository, unwanted: set[str], rewrites: bool) -> None:
    world = world_of(request)
    with repository.git.lock:
        unwanted &= large_files_of(repository.git).keys()
        if rewrites and unwanted:
            repository.git.rewrite(lambda entry: entry.lfs_oid in unwanted)
            advance_tip(repository, world.clock.now())
    for oid in unwanted:
        if not is_needed_elsewhere(world.repositories, repository, oid):
            world.objects.delete(oid)


async def duplicate(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/lfs-files/duplicate``, on the source: this hub keeps each content once, for all."""
    source, caller, world = downloadable(request), known_caller(request), world_of(request)
    body = await json_object(request)
    target = body.get("target")
    if not isinstance(target, dict):
        raise bad_request('"target" must be an object')
    world.repositories.writable(caller, text(target, "type"), text(target, "name"))
    there = await run_in_threadpool(large_files_of, source.git)
    files = objects(body, "files")
    failed = await run_in_threadpool(lambda: [why for file in files if (why := _cannot_give(world, file, there))])
    count = len(files)
    told = {"success": not failed, "processed": count, "succeeded": count - len(failed), "failed": failed}
    return JSONResponse(told, 207 if failed else 200)


def _cannot_give(world: World, file: Body, there: Collection[str]) -> dict[str, object] | None:
    oid, given = required_text(file, "sha256"), required_text(file, "xetHash")
    if oid in there and given == (world.objects.xet_hash(oid) or xet_hash(oid)):
        return None
    return {"xetHash": given, "sha256": oid, "error": "File not found in the source repository"}


ROUTES = [
    Route(f"{API}/lfs-files", list_all),
    Route(f"{API}/lfs-files/batch", delete_many, methods=["POST"]),
    Route(f"{API}/lfs-files/duplicate", duplicate, methods=["POST"]),
    Route(f"{API}/lfs-files/{{sha}}", delete_one, methods=["DELETE"]),
]
