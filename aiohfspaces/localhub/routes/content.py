"""Reading what a repository holds: trees, paths, sizes, refs and history.

Source: huggingface_hub 2.4.0, ``list_repo_tree``, ``get_paths_info`` and ``hf_hub_download``.
"""

from __future__ import annotations

from itertools import islice
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.descriptions import describe_entry, xet_hash
from aiohfspaces.localhub.git_objects import Commitment, Entry
from aiohfspaces.localhub.git_reading import GitReader
from aiohfspaces.localhub.paging import cut_page, next_link
from aiohfspaces.localhub.refusals import bad_request, entry_not_found
from aiohfspaces.localhub.routes.reading import (
    API,
    is_set,
    json_object,
    listed,
    page_limit,
    readable,
    segment,
    whole_number,
    world_of,
)

_MOST_ENTRIES = 1000
_MOST_EXPANDED = 100
_MOST_PATHS = 2000
_UNSCANNED = "unscanned"
"""What is said of every file: nothing looks for malware here."""
_SCANS = ("avScan", "pickleImportScan")


async def list_tree(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/tree/{rev}/{path}``."""
    git, folder = readable(request).git, _path(request)
    expand = is_set(request, "expand")
    limit = page_limit(request, _MOST_EXPANDED if expand else _MOST_ENTRIES)
    objects = world_of(request).objects

    def real_hash(entry: Entry) -> str | None:
        return None if entry.lfs_oid is None else objects.xet_hash(entry.lfs_oid)

    def tell() -> JSONResponse:
        commit = git.resolve(segment(request, "revision"))
        entries = git.entries(commit, folder, recursive=is_set(request, "recursive"))
        if entries is None:
            raise entry_not_found(folder, commit)
        page, cursor = cut_page(entries, request.query_params.get("cursor"), limit)
        url = f"{world_of(request).url}{request.url.path}"
        link = next_link(url, request.query_params.multi_items(), {"cursor": cursor}) if cursor else {}
        return JSONResponse(
            [_with_xet_hash(_tell_entry(git, commit, entry, expand=expand), real_hash(entry)) for entry in page],
            headers={**link, "X-Repo-Commit": commit},
        )

    return await run_in_threadpool(tell)


def _path(request: Request) -> str:
    return segment(request, "path").strip("/") if "path" in request.path_params else ""


def _tell_entry(git: GitReader, commit: str, entry: Entry, *, expand: bool) -> dict[str, object]:
    told = describe_entry(entry)
    if not expand:
        return told
    change = git.last_change(commit, entry.path)
    if change is not None:
        told["lastCommit"] = {"id": change.oid, "title": change.title, "date": iso(change.at)}
    if not entry.is_folder:
        told["securityFileStatus"] = {"status": _UNSCANNED, **{scan: {"status": _UNSCANNED} for scan in _SCANS}}
    return told


async def paths_info(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/paths-info/{rev}``, as JSON or as a form; unknown paths are left out."""
    git = readable(request).git
    paths, expand = await _read_paths(request)
    objects = world_of(request).objects
    if len(paths) > _MOST_PATHS:
        raise bad_request(f"At most {_MOST_PATHS} paths at a time")

    def any_hash(entry: Entry) -> str | None:
        """Say by which hash a copy may be asked for. Trees say only the real one: clients fetch by it."""
        return None if entry.lfs_oid is None else objects.xet_hash(entry.lfs_oid) or xet_hash(entry.lfs_oid)

    def tell() -> list[dict[str, object]]:
        commit = git.resolve(segment(request, "revision"))
        found = [git.entry(commit, path.strip("/")) for path in paths]
        entries = [entry for entry in found if entry is not None]
        return [_with_xet_hash(_tell_entry(git, commit, entry, expand=expand), any_hash(entry)) for entry in entries]

    return JSONResponse(await run_in_threadpool(tell))


def _with_xet_hash(told: dict[str, object], name: str | None) -> dict[str, object]:
    return told if name is None else {**told, "xetHash": name}


async def _read_paths(request: Request) -> tuple[list[str], bool]:
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await json_object(request)
        paths, expand = body.get("paths", []), [body.get("expand")]
    else:
        form = _read_form(await request.body())
        paths, expand = form.get("paths", []), list(form.get("expand", []))
    if not isinstance(paths, str | list):
        raise bad_request('"paths" must be a list of strings')
    listed_paths = [paths] if isinstance(paths, str) else paths
    return [str(path) for path in listed_paths], any(str(value).lower() in ("true", "1") for value in expand)


def _read_form(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(), errors="strict")
    except ValueError as exc:
        raise bad_request("The body is not a form") from exc


async def tree_size(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/treesize/{rev}/{path}``: bytes, with all folders below."""
    git, folder = readable(request).git, _path(request)

    def tell() -> int:
        commit = git.resolve(segment(request, "revision"))
        entries = git.entries(commit, folder, recursive=True)
        if entries is None:
            raise entry_not_found(folder, commit)
        return sum(entry.size for entry in entries)

    return JSONResponse({"path": folder, "size": await run_in_threadpool(tell)})


async def compare(request: Request) -> Response:
    """``GET /api/{kind}/{id}/compare/{a}..{b}``: a diff, as JSON or, with ``raw``, as text."""
    git = readable(request).git
    base, dots, head = segment(request, "compare").partition("..")
    if not (base and dots and head):
        raise bad_request("Expected two revisions with two dots between them")
    diff = await run_in_threadpool(lambda: git.diff(git.resolve(base), git.resolve(head)))
    return PlainTextResponse(diff) if is_set(request, "raw") else JSONResponse(diff)


async def list_refs(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/refs``."""
    git = readable(request).git

    def tell(prefix: str) -> list[dict[str, str]]:
        refs = git.refs(prefix)
        return [{"name": name, "ref": prefix + name, "targetCommit": oid} for name, oid in refs.items()]

    prefixes = {"branches": "refs/heads/", "tags": "refs/tags/", "converts": "refs/convert/"}
    if is_set(request, "include_prs"):
        prefixes["pullRequests"] = "refs/pr/"
    return JSONResponse({key: await run_in_threadpool(tell, prefix) for key, prefix in prefixes.items()})


async def list_commits(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/commits/{rev}``: newest first."""
    git, limit = readable(request).git, page_limit(request, 1000, default=50)
    asked = whole_number(request.query_params.get("p", "0"), "page")
    first = asked * limit

    def read() -> tuple[list[Commitment], int]:
        with git.lock:
            commit = git.resolve(segment(request, "revision"))
            history = git.history(commit)
            skipped = len(list(islice(history, first)))
            page = list(islice(history, limit))
            return page, skipped + len(page) + sum(1 for _ in history)

    page, total = await run_in_threadpool(read)
    headers = {"X-Total-Count": str(total)}
    if first + limit < total:
        url = f"{world_of(request).url}{request.url.path}"
        headers |= next_link(url, request.query_params.multi_items(), {"p": str(asked + 1)})
    formatted = "formatted" in listed(request, "expand")
    return JSONResponse([_tell_commit(commit, formatted=formatted) for commit in page], headers=headers)


def _tell_commit(commit: Commitment, *, formatted: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "id": commit.oid,
        "title": commit.title,
        "message": commit.body,
        "authors": [{"user": commit.author}],
        "date": iso(commit.at),
    }
    if formatted:
        told["formatted"] = {"title": commit.title, "message": commit.body}
    return told


ROUTES = [
    Route(f"{API}/tree/{{revision}}", list_tree),
    Route(f"{API}/tree/{{revision}}/{{path:path}}", list_tree),
    Route(f"{API}/paths-info/{{revision}}", paths_info, methods=["POST"]),
    Route(f"{API}/treesize/{{revision}}", tree_size),
    Route(f"{API}/treesize/{{revision}}/{{path:path}}", tree_size),
    Route(f"{API}/compare/{{compare}}", compare),
    Route(f"{API}/refs", list_refs),
    Route(f"{API}/commits/{{revision}}", list_commits),
]
