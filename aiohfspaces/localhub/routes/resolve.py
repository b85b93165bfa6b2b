"""Downloading files: small ones from here, LFS objects by a link to the other origin.

Source: huggingface_hub 2.4.0, ``list_repo_tree``, ``get_paths_info`` and ``hf_hub_download``.
"""

from __future__ import annotations

import re
from mimetypes import MimeTypes
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from aiohfspaces.localhub.git_objects import Entry
from aiohfspaces.localhub.git_reading import GitReader
from aiohfspaces.localhub.refusals import Refusal, entry_not_found
from aiohfspaces.localhub.routes.lfs import link_to
from aiohfspaces.localhub.routes.reading import downloadable, segment, world_of
from aiohfspaces.localhub.routes.xet import FILE_INFO, XetLinks, xet_links

_TYPES = MimeTypes()  # of its own: the shared one reads files when it is first asked
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def resolve(request: Request) -> Response:
    """``GET|HEAD /{id}/resolve/{rev}/{path}``."""
    repository, path = downloadable(request), segment(request, "path")
    commit, entry, data = await run_in_threadpool(
        _find, repository.git, segment(request, "revision"), path, with_pointers=False
    )
    etag = f'"{entry.lfs_oid or entry.oid}"'
    headers = {"X-Repo-Commit": commit, "ETag": etag, "Accept-Ranges": "bytes", **_disposition(path)}
    links = await run_in_threadpool(xet_links, world_of(request), repository, commit, entry)
    if links is not None:
        headers |= links.headers
    if request.headers.get("if-none-match") == etag:
        return Response(None, 304, headers)
    if links is not None and request.headers.get("accept") == FILE_INFO:
        return _file_info(links, etag, entry.size, headers)
    if entry.lfs_oid is not None:
        headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(entry.size)}
        return RedirectResponse(link_to(world_of(request), entry.lfs_oid, filename=_name(path)), 302, headers)
    is_current = request.headers.get("if-range", etag) == etag
    asked = request.headers.get("range") if is_current else None
    return _part_of(data, asked, _TYPES.guess_type(path)[0], headers)


def _file_info(links: XetLinks, etag: str, size: int, headers: dict[str, str]) -> JSONResponse:
    told = {
        "hash": links.hash,
        "refreshUrl": links.refresh_url,
        "reconstructionUrl": links.reconstruction_url,
        "etag": etag,
        "size": size,
    }
    return JSONResponse(told, headers=headers, media_type=FILE_INFO)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _disposition(path: str) -> dict[str, str]:
    return {"Content-Disposition": f"inline; filename*=UTF-8''{quote(_name(path))}"}


def _part_of(data: bytes, asked: str | None, media_type: str | None, headers: dict[str, str]) -> Response:
    media_type = media_type or "text/plain"
    found = _RANGE.fullmatch(asked) if asked else None
    if found is None or not any(found.groups()):
        return Response(data, 200, headers, media_type)
    first, last = found[1], found[2]
    if not data and first == "0":
        # The JavaScript client asks for the first byte of every file, and reads the size in this header.
        return Response(data, 200, {**headers, "Content-Range": "bytes */0"}, media_type)
    begin = int(first) if first else max(0, len(data) - int(last))
    end = min(int(last) + 1, len(data)) if first and last else len(data)
    if begin >= end:
        raise Refusal(416, "Range not satisfiable", headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(data)}"
    return Response(data[begin:end], 206, headers, media_type)


async def raw(request: Request) -> Response:
    """``GET|HEAD /{id}/raw/{rev}/{path}``: what git has, of an LFS object the pointer."""
    git, path = downloadable(request).git, segment(request, "path")
    commit, entry, data = await run_in_threadpool(_find, git, segment(request, "revision"), path, with_pointers=True)
    headers = {"X-Repo-Commit": commit, "ETag": f'"{entry.oid}"', "Accept-Ranges": "bytes", **_disposition(path)}
    return _part_of(data, request.headers.get("range"), "text/plain", headers)


def _find(git: GitReader, revision: str, path: str, *, with_pointers: bool) -> tuple[str, Entry, bytes]:
    commit = git.resolve(revision)
    entry = git.entry(commit, path)
    if entry is None or entry.is_folder:
        raise entry_not_found(path, commit)
    return commit, entry, git.read(entry) if with_pointers or entry.lfs_oid is None else b""


ROUTES = [
    Route("/{kind}/{namespace}/{name}/resolve/{revision}/{path:path}", resolve),
    Route("/{namespace}/{name}/resolve/{revision}/{path:path}", resolve),
    Route("/{kind}/{namespace}/{name}/raw/{revision}/{path:path}", raw),
    Route("/{namespace}/{name}/raw/{revision}/{path:path}", raw),
]
