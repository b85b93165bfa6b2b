"""Getting what a repository holds."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient
from aiohfspaces._plan.checksums import git_blob_id
from tests.parity.cases.values import HEAD, PATHS, REVISIONS
from tests.parity.wire import ENDPOINT, Case, Official, Ours


def answer(method: str, path: str) -> Any:
    """Name the commit, and one file in it."""
    if "/tree/" in path:
        return [{"type": "file", "path": "sub/a.txt", "oid": git_blob_id(b"{}"), "size": 2}]
    return {"id": "me/app", "sha": HEAD} if path.startswith("/api/") else None


def hf_hub_download(path: str, revision: str | None) -> tuple[Official, Ours]:
    """Look a file up, and find out that there is none."""

    def theirs(api: HfApi) -> Any:
        with TemporaryDirectory() as cache:
            return api.hf_hub_download("me/app", path, repo_type="space", revision=revision, cache_dir=cache)

    async def ours(client: AsyncSpacesClient) -> Any:
        with TemporaryDirectory() as cache:
            return await client.hf_hub_download("me/app", path, revision=revision, cache_dir=cache)

    return theirs, ours


def in_folders(name: str, *what: str, repo_type: str = "space", **options: Any) -> tuple[Official, Ours]:
    """Get something into a folder, beside a cache, where neither has anything yet."""

    def theirs(api: HfApi) -> Any:
        with TemporaryDirectory() as cache, TemporaryDirectory() as folder:
            return getattr(api, name)(
                "me/app", *what, repo_type=repo_type, cache_dir=cache, local_dir=folder, **options
            )

    async def ours(client: AsyncSpacesClient) -> Any:
        with TemporaryDirectory() as cache, TemporaryDirectory() as folder:
            return await getattr(client, name)(
                "me/app", *what, repo_type=repo_type, cache_dir=cache, local_dir=folder, **options
            )

    return theirs, ours


def in_a_cache(name: str, **options: Any) -> tuple[Official, Ours]:
    """Do something with a whole repository, and an empty cache."""

    def theirs(api: HfApi) -> Any:
        with TemporaryDirectory() as cache:
            return getattr(api, name)("me/app", repo_type="space", cache_dir=cache, **options)

    async def ours(client: AsyncSpacesClient) -> Any:
        with TemporaryDirectory() as cache:
            return await getattr(client, name)("me/app", cache_dir=cache, **options)

    return theirs, ours


def verify_repo_checksums(revision: str | None, repo_type: Any = "space") -> tuple[Official, Ours]:
    """Compare an empty folder."""

    def theirs(api: HfApi) -> Any:
        with TemporaryDirectory() as folder:
            return api.verify_repo_checksums("me/app", repo_type=repo_type, revision=revision, local_dir=folder)

    async def ours(client: AsyncSpacesClient) -> Any:
        with TemporaryDirectory() as folder:
            return await client.verify_repo_checksums(
                "me/app", repo_type=repo_type, revision=revision, local_dir=folder
            )

    return theirs, ours


CASES: dict[str, Case] = {
    **{
        f"hf_hub_download, {path} at {revision}": hf_hub_download(path, revision)
        for path in PATHS
        for revision in REVISIONS
    },
    **{
        f"snapshot_download, {revision}": (
            *in_a_cache("snapshot_download", revision=revision),
            "false query",
            "tree tells",
        )
        for revision in (None, "a/b", HEAD)
    },
    **{
        f"resolve_revision, {revision}": in_a_cache("resolve_revision", revision=revision)
        for revision in (None, "refs/pr/1", "ü x")
    },
    "hf_hub_download, everything": in_folders(
        "hf_hub_download",
        "c d.txt",
        repo_type="dataset",
        subfolder="a b",
        revision="a/b",
        force_download=True,
        etag_timeout=5,
    ),
    "hf_hub_download, dry_run": in_folders("hf_hub_download", "a.txt", dry_run=True),
    "snapshot_download, everything": (
        *in_folders(
            "snapshot_download",
            repo_type="dataset",
            revision="a/b",
            force_download=True,
            etag_timeout=5,
            allow_patterns="*.txt",
            ignore_patterns=["b*"],
            max_workers=2,
        ),
        "false query",
        "tree tells",
    ),
    "snapshot_download, dry_run": (*in_folders("snapshot_download", dry_run=True), "false query", "tree tells"),
    "resolve_revision, other kind": (
        lambda api: api.resolve_revision("me/app", revision="dev", repo_type="dataset"),
        lambda client: client.resolve_revision("me/app", revision="dev", repo_type="dataset"),
    ),
    "get_hf_file_metadata": (
        lambda api: api.get_hf_file_metadata(url=f"{ENDPOINT}/spaces/me/app/resolve/a%2Fb/c%20d.txt"),
        lambda client: client.get_hf_file_metadata(url=f"{ENDPOINT}/spaces/me/app/resolve/a%2Fb/c%20d.txt"),
    ),
    "verify_repo_checksums": (*verify_repo_checksums(None), "false query"),
    "verify_repo_checksums, other kind": (*verify_repo_checksums(None, "dataset"), "false query"),
    "verify_repo_checksums, revision": (*verify_repo_checksums("refs/pr/1"), "false query"),
}
