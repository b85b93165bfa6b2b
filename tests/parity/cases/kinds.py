"""The same for another kind of repository, and optional parameters that the other families do not say."""

from __future__ import annotations

from typing import Any

from huggingface_hub import Volume

import aiohfspaces
from tests.parity.cases import commits
from tests.parity.cases.values import HEAD, SETTINGS, T4, VOLUME
from tests.parity.wire import ENDPOINT, Case, Official, Ours

DATASET: dict[str, Any] = {"repo_type": "dataset"}
GROUP = "66670e5163145ca562cb1988"


def answer(method: str, path: str) -> Any:
    """Say what commits need to know."""
    if path == "/api/whoami-v2":
        return {"type": "user", "name": "me"}
    return commits.answer(method, path)


def ask(name: str, *args: Any, **options: Any) -> tuple[Official, Ours]:
    """Ask either client in the same words."""
    return (
        lambda api: getattr(api, name)(*args, **options),
        lambda client: getattr(client, name)(*args, **options),
    )


def of_a_dataset(name: str, *args: Any, **options: Any) -> tuple[Official, Ours]:
    """Ask for it of a dataset."""
    return ask(name, "me/data", *args, **DATASET, **options)


KINDS: dict[str, Case] = {
    "change_discussion_status": of_a_dataset("change_discussion_status", 2, "open"),
    "comment_discussion": of_a_dataset("comment_discussion", 2, "ü"),
    "create_branch": of_a_dataset("create_branch", branch="dev"),
    "create_pull_request": of_a_dataset("create_pull_request", "Hello", description="x"),
    "create_tag": of_a_dataset("create_tag", tag="v1", exist_ok=True),
    "delete_branch": of_a_dataset("delete_branch", branch="dev"),
    "delete_tag": of_a_dataset("delete_tag", tag="v1"),
    "edit_discussion_comment": of_a_dataset("edit_discussion_comment", 2, "64F0AA", "ü"),
    "file_exists": of_a_dataset("file_exists", "a.txt"),
    "get_discussion_details": of_a_dataset("get_discussion_details", 2),
    "get_paths_info": (*of_a_dataset("get_paths_info", ["a"]), "form"),
    "list_lfs_files": of_a_dataset("list_lfs_files"),
    "list_repo_commits": of_a_dataset("list_repo_commits"),
    "list_repo_files": (*of_a_dataset("list_repo_files"), "false query"),
    "list_repo_refs": of_a_dataset("list_repo_refs"),
    "list_repo_tree": (*of_a_dataset("list_repo_tree"), "false query"),
    "merge_pull_request": of_a_dataset("merge_pull_request", 2),
    "move_repo": ask("move_repo", "me/data", "us/data", **DATASET),
    "rename_discussion": of_a_dataset("rename_discussion", 2, "Hällo"),
    "repo_exists": of_a_dataset("repo_exists"),
    "revision_exists": of_a_dataset("revision_exists", "v1"),
    "super_squash_history": of_a_dataset("super_squash_history", commit_message="One"),
}

CASES: dict[str, Case] = {
    **{f"{name}, other kind": case for name, case in KINDS.items()},
    "upload_folder, everything": commits.upload_folder(
        commit_message="Fill it",
        commit_description="ü",
        path_in_repo="up",
        allow_patterns=["*.py", "a b/*"],
        revision="a/b",
        parent_commit=HEAD,
    ),
    "upload_folder, create_pr": (*commits.upload_folder(commit_message="Fill it", create_pr=True), "parentCommit"),
    "delete_file, create_pr": (*commits.removal("delete_file", "a.txt", create_pr=True), "parentCommit"),
    "delete_folder, create_pr": (*commits.removal("delete_folder", "logs", create_pr=True), "parentCommit"),
    "delete_folder, revision": commits.removal("delete_folder", "logs", revision="a/b", parent_commit=HEAD),
    "delete_files, create_pr": (
        *commits.removal("delete_files", ["*.txt"], create_pr=True),
        "parentCommit",
        "false query",
    ),
    "delete_files, revision": (
        *commits.removal("delete_files", ["*.txt"], revision="a/b", parent_commit=HEAD),
        "false query",
        "listed at the parent",
    ),
    "delete_repo, missing_ok": ask("delete_repo", "me/data", missing_ok=True, **DATASET),
    "get_hf_file_metadata, timeout": ask(
        "get_hf_file_metadata", url=f"{ENDPOINT}/spaces/me/app/resolve/main/a.txt", timeout=9
    ),
    "space_info, timeout": ask("space_info", "me/app", timeout=9),
    "duplicate_repo, everything": (
        lambda api: api.duplicate_repo(
            "her/app",
            "me/copy",
            repo_type="space",
            private=True,
            exist_ok=True,
            resource_group_id=GROUP,
            space_hardware=T4,
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
            space_volumes=[Volume(**VOLUME)],
        ),
        lambda client: client.duplicate_repo(
            "her/app",
            "me/copy",
            private=True,
            exist_ok=True,
            resource_group_id=GROUP,
            space_hardware="t4-medium",
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
            space_volumes=[aiohfspaces.Volume(**VOLUME)],  # type: ignore[arg-type]
        ),
    ),
}
