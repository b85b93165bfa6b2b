"""What is in a repository: trees, histories, and where a file is.

Source: huggingface_hub 2.4.0, ``list_repo_tree``, ``list_repo_commits``, ``get_hf_file_metadata``.
"""

from __future__ import annotations

import re

from attrs import frozen

from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.discovery import lfs_info
from aiohfspaces._wire.names import api_path, git_path, quoted_path, quoted_revision
from aiohfspaces._wire.replies import Field, Reply
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import GitCommitInfo, RepoFile, RepoFolder, RepoType

_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)
_FILE_NAME = re.compile(r"(?!\.+$)[\w.+=~-]+", re.ASCII)


@frozen(kw_only=True)
class FileMetadata:
    """Where a file's bytes are, and how to know them again.

    Attributes:
        commit_hash: The commit that the revision is at.
        etag: The git id of a regular file, the SHA-256 of an LFS file.
        location: Where to get it; elsewhere than the endpoint for most LFS files.
        size: In bytes; ``None`` if the Hub does not say.
    """

    commit_hash: str
    etag: str
    location: str
    size: int | None


def list_tree(
    repo_id: str, repo_type: RepoType, revision: str, path: str = "", *, recursive: bool
) -> Call[tuple[RepoFile | RepoFolder, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/tree/{revision}[/{path}]``, its first page."""
    below = f"/{quoted_path(path)}" if path else ""
    query = (("recursive", "true"),) if recursive else ()
    return get(f"{api_path(repo_id, repo_type)}/tree/{quoted_revision(revision)}{below}", tree_reply, query)


def list_commits(
    repo_id: str, repo_type: RepoType, revision: str, *, formatted: bool
) -> Call[tuple[GitCommitInfo, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/commits/{revision}``, its first page."""
    query = (("expand[]", "formatted"),) if formatted else ()
    return get(f"{api_path(repo_id, repo_type)}/commits/{quoted_revision(revision)}", commits_reply, query)


def resolve_path(repo_id: str, repo_type: RepoType, revision: str, path: str) -> str:
    """Build the path under which a file is served."""
    return f"{git_path(repo_id, repo_type)}/resolve/{quoted_revision(revision)}/{quoted_path(path)}"


def file_metadata(repo_id: str, repo_type: RepoType, revision: str, path: str) -> Call[FileMetadata]:
    """``HEAD {repo}/resolve/{revision}/{path}``; a redirect to the storage is the reply."""
    return Call(
        method="HEAD",
        path=resolve_path(repo_id, repo_type, revision, path),
        parse=file_metadata_reply,
        headers=(("Accept-Encoding", "identity"),),
        repeatable=True,
        stops_at_origin=True,
    )


def tree_reply(reply: Reply) -> tuple[RepoFile | RepoFolder, ...]:
    """Read a page of a tree, in the Hub's order; what is neither file nor folder is left out."""
    entries = reply.json().items(_tree_entry)
    return tuple(entry for entry in entries if entry is not None)


def commits_reply(reply: Reply) -> tuple[GitCommitInfo, ...]:
    """Read a page of a history, newest first."""
    return reply.json().items(_commit)


def file_metadata_reply(reply: Reply) -> FileMetadata:
    """Read where a file is off the headers alone."""
    linked = "x-linked-etag" if "x-linked-etag" in reply.headers else "etag"
    redirected = "location" in reply.headers
    size = reply.headers.get("x-linked-size") or (None if redirected else reply.headers.get("content-length"))
    if size is not None and not _SIZE.fullmatch(size):
        raise MalformedReplyError("expected a size in bytes", field="X-Linked-Size")
    return FileMetadata(
        commit_hash=_file_name(reply.header("X-Repo-Commit"), "X-Repo-Commit"),
        etag=_file_name(normalized_etag(reply.header(linked)), linked),
        location=reply.target(reply.headers.get("location", ""), field="Location"),
        size=None if size is None else int(size),
    )


def normalized_etag(etag: str) -> str:
    """Strip the quotes and the mark of a weak tag, so that it can name a file."""
    return etag.removeprefix("W/").strip('"')


def _file_name(name: str, field: str) -> str:
    """Refuse a name that would leave the folder of the cache that it names a file in."""
    if not _FILE_NAME.fullmatch(name):
        raise MalformedReplyError("expected what can name a file", field=field)
    return name


def _tree_entry(entry: Field) -> RepoFile | RepoFolder | None:
    kind, path, oid = entry.at("type").text(), entry.at("path").text(), entry.at("oid").text()
    if kind == "directory":
        return RepoFolder(path=path, tree_id=oid)
    if kind != "file":
        return None
    return RepoFile(
        path=path,
        size=entry.at("size").integer(),
        blob_id=oid,
        lfs=entry.maybe("lfs", lfs_info),
        xet_hash=entry.maybe("xetHash", Field.text),
    )


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
