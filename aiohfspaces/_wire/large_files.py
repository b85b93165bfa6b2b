"""The large files of a repository, by their content: listed, deleted for good, given to another repository.

Source: huggingface_hub 2.4.0, ``list_lfs_files``, ``permanently_delete_lfs_files`` and ``_duplicate_lfs_files``;
the Hub's OpenAPI document of 2026-08-22, ``lfs-files``.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from aiohfspaces._wire.calls import Call, JsonValue, get, post
from aiohfspaces._wire.names import api_path
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.models import LFSFileInfo, RepoType

DELETED_AT_ONCE = 1000
"""The most objects of one deletion."""

DUPLICATED_AT_ONCE = 500
"""The most objects that a client gives to another repository in one call."""


@frozen(kw_only=True)
class XetObject:
    """An object in Xet storage, which another repository can have without its bytes travelling."""

    sha256: str
    xet_hash: str
    path: str


def list_lfs_files(repo_id: str, repo_type: RepoType) -> Call[tuple[LFSFileInfo, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/lfs-files``, its first page."""
    return get(f"{api_path(repo_id, repo_type)}/lfs-files", lfs_files_reply)


def delete_lfs_files(
    repo_id: str, repo_type: RepoType, file_oids: Iterable[str], *, rewrite_history: bool
) -> Call[None]:
    """``POST /api/{repo_type}s/{repo_id}/lfs-files/batch``, up to `DELETED_AT_ONCE`; what is gone stays gone."""
    deletions: dict[str, JsonValue] = {"sha": list(file_oids), "rewriteHistory": rewrite_history}
    path = f"{api_path(repo_id, repo_type)}/lfs-files/batch"
    return post(path, nothing, {"deletions": deletions}, repeatable=True)


def duplicate_lfs_files(
    repo_id: str, repo_type: RepoType, target_id: str, target_type: RepoType, files: Iterable[XetObject]
) -> Call[dict[str, str]]:
    """``POST /api/{repo_type}s/{repo_id}/lfs-files/duplicate``, on the source, up to `DUPLICATED_AT_ONCE`.

    The reply is what failed: SHA-256 to why.
    """
    described: list[JsonValue] = [
        {"xetHash": file.xet_hash, "sha256": file.sha256, "filename": file.path} for file in files
    ]
    body: dict[str, JsonValue] = {"target": {"type": target_type, "name": target_id}, "files": described}
    return post(f"{api_path(repo_id, repo_type)}/lfs-files/duplicate", failures_reply, body, repeatable=True)


def lfs_files_reply(reply: Reply) -> tuple[LFSFileInfo, ...]:
    """Read a page of large files, in the Hub's order."""
    return reply.json().items(_lfs_file)


def failures_reply(reply: Reply) -> dict[str, str]:
    """Read what could not be given to the other repository."""
    failed = reply.json().maybe("failed", lambda failed: failed.items(_failure)) or ()
    return dict(failed)


def _lfs_file(file: Field) -> LFSFileInfo:
    return LFSFileInfo(
        file_oid=file.at("fileOid").text(),
        oid=file.at("oid").text(),
        filename=file.maybe("filename", Field.text),
        size=file.at("size").integer(),
        pushed_at=file.at("pushedAt").moment(),
        ref=file.maybe("ref", Field.text),
        xet_hash=file.maybe("xetHash", Field.text),
    )


def _failure(failed: Field) -> tuple[str, str]:
    return failed.at("sha256").text(), failed.maybe("error", Field.text) or "the Hub does not say why"
