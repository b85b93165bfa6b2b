"""What is in a repository."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import huggingface_hub.hf_api

from aiohfspaces import LFSFileInfo
from tests.parity.cases.values import REVISIONS
from tests.parity.wire import Case, Official, Ours

SHAS = ["1" * 64, "2" * 64]


def answer(method: str, path: str) -> Any:
    """List nothing."""
    return [] if "/commits/" in path or "/tree/" in path else None


def list_repo_commits(revision: str | None, **options: Any) -> tuple[Official, Ours]:
    """Ask for a history."""
    return (
        lambda api: api.list_repo_commits("me/app", repo_type="space", revision=revision, **options),
        lambda client: client.list_repo_commits("me/app", revision=revision, **options),
    )


def list_repo_files(revision: str | None) -> tuple[Official, Ours]:
    """Ask for the files."""
    return (
        lambda api: api.list_repo_files("me/app", repo_type="space", revision=revision),
        lambda client: client.list_repo_files("me/app", revision=revision),
    )


def list_repo_tree(*path: str, **options: Any) -> tuple[Official, Ours]:
    """Ask for a folder."""
    return (
        lambda api: api.list_repo_tree("me/app", *path, repo_type="space", **options),
        lambda client: client.list_repo_tree("me/app", *path, **options),
    )


def get_paths_info(paths: Any, **options: Any) -> tuple[Official, Ours]:
    """Ask what is at some paths."""
    return (
        lambda api: api.get_paths_info("me/app", paths, repo_type="space", **options),
        lambda client: client.get_paths_info("me/app", paths, **options),
    )


def delete_lfs_files(**options: Any) -> tuple[Official, Ours]:
    """Delete two large files."""
    facts = {"filename": "a", "oid": "0", "size": 9, "pushedAt": "2025-01-01T00:00:00.000Z", "ref": "main"}
    pushed = datetime(2025, 1, 1, tzinfo=UTC)
    theirs = [huggingface_hub.hf_api.LFSFileInfo(fileOid=sha, **facts) for sha in SHAS]
    ours = [LFSFileInfo(file_oid=sha, oid="0", filename="a", size=9, pushed_at=pushed) for sha in SHAS]
    return (
        lambda api: api.permanently_delete_lfs_files("me/app", theirs, **{"repo_type": "space", **options}),
        lambda client: client.permanently_delete_lfs_files("me/app", ours, **options),
    )


CASES: dict[str, Case] = {
    **{f"list_repo_commits, {revision}": list_repo_commits(revision) for revision in REVISIONS},
    "list_repo_commits, formatted": list_repo_commits("a/b", formatted=True),
    **{f"list_repo_files, {revision}": (*list_repo_files(revision), "false query") for revision in REVISIONS},
    "list_repo_tree": (*list_repo_tree(), "false query"),
    "list_repo_tree, folder": (*list_repo_tree("data/ünï c#d", revision="refs/pr/1"), "false query"),
    "list_repo_tree, everything": list_repo_tree("a/b", recursive=True, expand=True, revision="a/b"),
    "get_paths_info": (*get_paths_info("a b"), "form"),
    "get_paths_info, several": (*get_paths_info(["a", "ü/b&c"], expand=True, revision="refs/pr/1"), "form"),
    "list_lfs_files": (
        lambda api: api.list_lfs_files("me/app", repo_type="space"),
        lambda client: client.list_lfs_files("me/app"),
    ),
    "permanently_delete_lfs_files": delete_lfs_files(),
    "permanently_delete_lfs_files, other kind": delete_lfs_files(repo_type="dataset"),
    "permanently_delete_lfs_files, rewrite_history": delete_lfs_files(rewrite_history=False),
}
