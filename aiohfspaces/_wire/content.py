"""What is in a repository: trees, histories, and where a file is.

Source: huggingface_hub 2.4.0, ``list_repo_tree``, ``get_paths_info``, ``list_repo_commits``, ``get_hf_file_metadata``;
the Hub's OpenAPI document of 2026-08-22, ``treesize`` and ``compare``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import quote

from aiohfspaces._wire.calls import Call, JsonValue, get, post
from aiohfspaces._wire.discovery import lfs_info
from aiohfspaces._wire.names import api_path, git_path, quoted_path, quoted_revision
from aiohfspaces._wire.origins import at_endpoint
from aiohfspaces._wire.replies import Field, Reply
from aiohfspaces._wire.xet import xet_file_data
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import (
    BlobSecurityInfo,
    GitCommitInfo,
    HfFileMetadata,
    LastCommitInfo,
    RepoFile,
    RepoFolder,
    RepoType,
)

RepoEntry: TypeAlias = RepoFile | RepoFolder

PATHS_AT_ONCE = 500
"""The most paths that a client asks for in one call; the Hub allows more, and too many are a 413."""

_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)
_FILE_PATH = re.compile(r"(?:/[\w.~%+-]+)+/resolve(?:/[^\x00-\x20/?#\x7f-\U0010ffff]+)+", re.ASCII)
_FILE_NAME = re.compile(r"(?!\.+$)[\w.+=~-]+", re.ASCII)


def list_tree(
    repo_id: str, repo_type: RepoType, revision: str, path: str = "", *, recursive: bool, expand: bool = False
) -> Call[tuple[RepoEntry, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/tree/{revision}[/{path}]``, its first page."""
    below = f"/{quote(path, safe='')}" if path else ""
    flags = (("recursive", recursive), ("expand", expand))
    query = tuple((name, "true") for name, is_set in flags if is_set)
    return get(f"{api_path(repo_id, repo_type)}/tree/{quoted_revision(revision)}{below}", tree_reply, query)


def paths_info(
    repo_id: str, repo_type: RepoType, revision: str, paths: Iterable[str], *, expand: bool = False
) -> Call[tuple[RepoEntry, ...]]:
    """``POST /api/{repo_type}s/{repo_id}/paths-info/{revision}``, up to `PATHS_AT_ONCE`; it changes nothing."""
    body: dict[str, JsonValue] = {"paths": list(paths), "expand": expand}
    path = f"{api_path(repo_id, repo_type)}/paths-info/{quoted_revision(revision)}"
    return post(path, tree_reply, body, repeatable=True)


def tree_size(repo_id: str, repo_type: RepoType, revision: str, path: str) -> Call[int]:
    """``GET /api/{repo_type}s/{repo_id}/treesize/{revision}/{path}``."""
    where = f"{api_path(repo_id, repo_type)}/treesize/{quoted_revision(revision)}/{quoted_path(path)}"
    return get(where, lambda reply: reply.json().at("size").integer())


def compare(repo_id: str, repo_type: RepoType, base: str, head: str) -> Call[str]:
    """``GET /api/{repo_type}s/{repo_id}/compare/{base}..{head}``: what `git diff` would say."""
    between = f"{quoted_revision(base)}..{quoted_revision(head)}"
    return get(f"{api_path(repo_id, repo_type)}/compare/{between}", diff_reply, (("raw", "1"),))


def head_of(repo_id: str, repo_type: RepoType, revision: str | None) -> Call[str]:
    """``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``, for the commit that it is at."""
    at = "" if revision is None else f"/revision/{quoted_revision(revision)}"
    return get(api_path(repo_id, repo_type) + at, lambda reply: _file_name(reply.json().at("sha").text(), "sha"))


def list_commits(
    repo_id: str, repo_type: RepoType, revision: str, *, formatted: bool
) -> Call[tuple[GitCommitInfo, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/commits/{revision}``, its first page."""
    query = (("expand[]", "formatted"),) if formatted else ()
    return get(f"{api_path(repo_id, repo_type)}/commits/{quoted_revision(revision)}", commits_reply, query)


def resolve_path(repo_id: str, repo_type: RepoType, revision: str, path: str) -> str:
    """Build the path under which a file is served."""
    return f"{git_path(repo_id, repo_type)}/resolve/{quoted_revision(revision)}/{quoted_path(path)}"


def file_metadata(repo_id: str, repo_type: RepoType, revision: str, path: str) -> Call[HfFileMetadata]:
    """``HEAD {repo}/resolve/{revision}/{path}``; a redirect to the storage is the reply."""
    return metadata_at(resolve_path(repo_id, repo_type, revision, path))


def checked_file_url(url: str, endpoint: str) -> str:
    """Accept the address of a file at a Hub; the default Hub's stands for any.

    Returns:
        Its path below the endpoint.

    Raises:
        UsageError: It is none.
    """
    moved = at_endpoint(url, endpoint) if isinstance(url, str) else ""
    path = moved.removeprefix(endpoint)
    if not moved.startswith(f"{endpoint}/") or not _FILE_PATH.fullmatch(path):
        raise UsageError(
            f"url: expected the address of a file, such as {endpoint}/me/model/resolve/main/x, got {url!r}"
        )
    return path


def metadata_at(path: str) -> Call[HfFileMetadata]:
    """``HEAD {path}``."""
    return Call(
        method="HEAD",
        path=path,
        parse=file_metadata_reply,
        headers=(("Accept-Encoding", "identity"),),
        repeatable=True,
        stops_at_origin=True,
    )


def whole_file(repo_id: str, repo_type: RepoType, revision: str, path: str) -> Call[bytes]:
    """``GET {repo}/resolve/{revision}/{path}``: a small file as it is."""
    return get(resolve_path(repo_id, repo_type, revision, path), lambda reply: reply.content)


def tree_reply(reply: Reply) -> tuple[RepoEntry, ...]:
    """Read a page of a tree, in the Hub's order; what is neither file nor folder is left out."""
    entries = reply.json().items(_tree_entry)
    return tuple(entry for entry in entries if entry is not None)


def commits_reply(reply: Reply) -> tuple[GitCommitInfo, ...]:
    """Read a page of a history, newest first."""
    return reply.json().items(_commit)


def file_metadata_reply(reply: Reply) -> HfFileMetadata:
    """Read where a file is off the headers alone."""
    linked = "x-linked-etag" if "x-linked-etag" in reply.headers else "etag"
    redirected = "location" in reply.headers
    size = reply.headers.get("x-linked-size") or (None if redirected else reply.headers.get("content-length"))
    if size is not None and not _SIZE.fullmatch(size):
        raise MalformedReplyError("expected a size in bytes", field="X-Linked-Size")
    return HfFileMetadata(
        commit_hash=_file_name(reply.header("X-Repo-Commit"), "X-Repo-Commit"),
        etag=_file_name(normalized_etag(reply.header(linked)), linked),
        location=reply.target(reply.headers.get("location", ""), field="Location"),
        size=None if size is None else int(size),
        xet_file_data=xet_file_data(reply.headers, reply.endpoint),
    )


def normalized_etag(etag: str) -> str:
    """Strip the quotes and the mark of a weak tag, so that it can name a file."""
    return etag.removeprefix("W/").strip('"')


def _file_name(name: str, field: str) -> str:
    """Refuse a name that would leave the folder of the cache that it names a file in."""
    if not _FILE_NAME.fullmatch(name):
        raise MalformedReplyError("expected what can name a file", field=field)
    return name


def _tree_entry(entry: Field) -> RepoEntry | None:
    kind, path, oid = entry.at("type").text(), entry.at("path").text(), entry.at("oid").text()
    last_commit = entry.maybe("lastCommit", _last_commit)
    if kind == "directory":
        return RepoFolder(path=path, tree_id=oid, last_commit=last_commit)
    if kind != "file":
        return None
    return RepoFile(
        path=path,
        size=entry.at("size").integer(),
        blob_id=oid,
        lfs=entry.maybe("lfs", lfs_info),
        xet_hash=entry.maybe("xetHash", Field.text),
        last_commit=last_commit,
        security=entry.maybe("securityFileStatus", _security),
    )


def _last_commit(commit: Field) -> LastCommitInfo:
    return LastCommitInfo(oid=commit.at("id").text(), title=commit.at("title").text(), date=commit.at("date").moment())


def _security(found: Field) -> BlobSecurityInfo:
    return BlobSecurityInfo(
        status=found.at("status").text(),
        av_scan=found.maybe("avScan", Field.object),
        pickle_import_scan=found.maybe("pickleImportScan", Field.object),
    )


def diff_reply(reply: Reply) -> str:
    """Read a diff: text as it is, or as JSON has it."""
    if "json" in reply.headers.get("content-type", ""):
        return reply.json().text()
    return reply.content.decode(errors="replace")


def _commit(commit: Field) -> GitCommitInfo:
    formatted = commit.maybe("formatted", lambda both: both)
    return GitCommitInfo(
        commit_id=commit.at("id").text(),
        authors=commit.at("authors").items(lambda author: author.at("user").text()),
        created_at=commit.at("date").moment(),
        title=commit.at("title").text(),
        message=commit.maybe("message", Field.text) or "",
        formatted_title=formatted.maybe("title", Field.text) if formatted else None,
        formatted_message=formatted.maybe("message", Field.text) if formatted else None,
    )
