"""What a repository holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient
from tests.parity.wire import Case, Official, Ours

HEAD = "5e1f" * 10

REVISIONS = [None, "dev", "refs/pr/1", "feature/ü x"]
PATHS = ["app.py", "data/ünï code.txt", "a b/c#d?e%f.txt", "plus+sign/ampers&and.txt"]


def answer(method: str, path: str) -> Any:
    """Say how files are wanted, and what is there."""
    if "/preupload/" in path:
        files = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in ["x.txt", *PATHS]]
        return {"files": files, "commitOid": HEAD}
    if "/tree/" in path:
        names = ["old.txt", "sub/old.txt", ".gitattributes"]
        return [{"type": "file", "path": name, "oid": "0" * 40, "size": 1} for name in names]
    return [] if "/commits/" in path else None


def upload_file(repo_type: Any, **options: Any) -> tuple[Official, Ours]:
    """Put a file there."""
    said = {"path_or_fileobj": b"x\n", "path_in_repo": "x.txt", "repo_id": "me/app", "commit_message": "Add x"}
    return (
        lambda api: api.upload_file(**{**said, "repo_type": repo_type, **options}),
        lambda client: client.upload_file(**{**said, "repo_type": repo_type, **options}),
    )


def upload_folder(**options: Any) -> tuple[Official, Ours]:
    """Put a folder there."""

    @contextmanager
    def folder() -> Iterator[Path]:
        with TemporaryDirectory() as name:
            for path in PATHS:
                Path(name, path).parent.mkdir(parents=True, exist_ok=True)
                Path(name, path).write_text(path)
            yield Path(name)

    def theirs(api: HfApi) -> Any:
        with folder() as path:
            return api.upload_folder(repo_id="me/app", repo_type="space", folder_path=path, **options)

    async def ours(client: AsyncSpacesClient) -> Any:
        with folder() as path:
            return await client.upload_folder(repo_id="me/app", folder_path=path, **options)

    return theirs, ours


def hf_hub_download(path: str, revision: str | None) -> tuple[Official, Ours]:
    """Look a file up, and find out that there is none."""

    def theirs(api: HfApi) -> Any:
        with TemporaryDirectory() as cache:
            return api.hf_hub_download("me/app", path, repo_type="space", revision=revision, cache_dir=cache)

    async def ours(client: AsyncSpacesClient) -> Any:
        with TemporaryDirectory() as cache:
            return await client.hf_hub_download("me/app", path, revision=revision, cache_dir=cache)

    return theirs, ours


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


CASES: dict[str, Case] = {
    **{f"list_repo_commits, {revision}": list_repo_commits(revision) for revision in REVISIONS},
    "list_repo_commits, formatted": list_repo_commits("a/b", formatted=True),
    **{f"list_repo_files, {revision}": (*list_repo_files(revision), "false query") for revision in REVISIONS},
    **{
        f"hf_hub_download, {path} at {revision}": hf_hub_download(path, revision)
        for path in PATHS
        for revision in REVISIONS
    },
    **{f"upload_file, {kind}": (*upload_file(kind), "parentCommit") for kind in ("space", "dataset", "model")},
    "upload_file, words and branch": (
        *upload_file("space", commit_message="ü", commit_description="more", revision="dev/x"),
        "parentCommit",
    ),
    "upload_file, create_pr": (*upload_file("space", create_pr=True), "parentCommit"),
    "upload_file, parent_commit": upload_file("space", parent_commit="c0ffee1"),
    "upload_folder": (*upload_folder(commit_message="Fill it"), "parentCommit"),
    "upload_folder, patterns": (
        *upload_folder(commit_message="Fill it", ignore_patterns=["plus*"], delete_patterns="*.txt"),
        "false query",
        "parentCommit",
    ),
}
