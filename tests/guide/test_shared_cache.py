"""One cache, two libraries: both write it at the same time, and each reads what the other wrote."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import rmtree
from typing import Any

import anyio
import anyio.to_thread
import filelock
import huggingface_hub
import pytest
from huggingface_hub import HfApi, scan_cache_dir
from huggingface_hub._local_folder import read_download_metadata

from aiohfspaces import AsyncSpacesClient, CommitOperationAdd, LocalEntryNotFoundError
from aiohfspaces._io.crowd import each
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

LARGE = os.urandom(2_500_000)
FILES = {"app.py": b"print()\n", "a/b.txt": b"words", "model.bin": LARGE, "empty.txt": b""}


@pytest.fixture
async def filled(client: AsyncSpacesClient) -> str:
    """Have a Space with regular files and a large one."""
    await client.create_repo("me/app", space_sdk="gradio")
    additions = [CommitOperationAdd(path, content) for path, content in FILES.items()]
    await client.create_commit("me/app", additions, commit_message="Fill it")
    return "me/app"


async def theirs(official: HfApi, repo_id: str, **options: Any) -> str:
    """Download with the official client, in a thread."""
    return await anyio.to_thread.run_sync(
        lambda: str(official.snapshot_download(repo_id, repo_type="space", **options))
    )


def read(folder: str | Path) -> dict[str, bytes]:
    """Read what was uploaded out of a folder."""
    return {path: (Path(folder) / path).read_bytes() for path in FILES}


def left_over(root: Path) -> list[str]:
    """List what downloads leave only while they last."""
    return [path.name for path in root.rglob("*") if path.suffix in (".incomplete", ".tmp")]


async def test_both_download_the_same_at_once(
    filled: str, client: AsyncSpacesClient, official: HfApi, tmp_path: Path
) -> None:
    """Round after round into an empty cache: whoever comes first, both find all of it, and nothing else is left."""
    cache = tmp_path / "cache"

    async def download(side: str) -> str:
        if side == "ours":
            return await client.snapshot_download(filled, cache_dir=cache)
        return await theirs(official, filled, cache_dir=cache)

    for _ in range(12):
        folders = await each(download, ["ours", "theirs", "ours", "theirs"], tasks=4)
        assert (1, FILES) == (len(set(folders)), read(folders[0]))
        assert [] == left_over(tmp_path)
        rmtree(cache)


async def test_both_download_into_one_folder_at_once(
    filled: str, client: AsyncSpacesClient, official: HfApi, tmp_path: Path
) -> None:
    """Without a cache as well."""
    folder = tmp_path / "folder"

    async def download(side: str) -> str:
        if side == "ours":
            return await client.snapshot_download(filled, local_dir=folder)
        return await theirs(official, filled, local_dir=folder)

    for _ in range(5):
        await each(download, ["ours", "theirs"], tasks=2)
        assert (FILES, []) == (read(folder), left_over(tmp_path))
        metadata = read_download_metadata(folder, "model.bin")
        assert metadata is not None
        rmtree(folder)


async def test_the_official_functions_work_on_what_we_wrote(
    filled: str, client: AsyncSpacesClient, tmp_path: Path
) -> None:
    """The scan counts each content once, and knows the branch."""
    folder = await client.snapshot_download(filled, cache_dir=tmp_path)
    found = huggingface_hub.try_to_load_from_cache(filled, "model.bin", cache_dir=tmp_path, repo_type="space")
    assert f"{folder}/model.bin" == found
    scan = scan_cache_dir(tmp_path)
    assert ([], frozenset()) == (scan.warnings, scan.incomplete_files)
    [repo] = scan.repos
    assert (filled, "space", {"main"}) == (repo.repo_id, repo.repo_type, set(repo.refs))
    assert len(await client.list_repo_files(filled)) == repo.nb_files
    assert sum(file.size_on_disk for revision in repo.revisions for file in revision.files) == scan.size_on_disk


async def test_what_was_interrupted_is_known_to_the_official_client(
    filled: str, client: AsyncSpacesClient, hub: LocalHub, tmp_path: Path
) -> None:
    """As incomplete, so that it can be pruned; and no part of the cache."""
    etag = (await client.get_hf_file_metadata(url=f"{hub.url}/spaces/{filled}/resolve/main/model.bin")).etag
    blobs = tmp_path / "spaces--me--app" / "blobs"
    blobs.mkdir(parents=True)
    for name in (f"{etag}.00000000.incomplete", f"{etag}.00000000.pieces.incomplete"):
        (blobs / name).write_bytes(b"?")
    assert 2 == len(scan_cache_dir(tmp_path).incomplete_files)
    path = await client.hf_hub_download(filled, "model.bin", cache_dir=tmp_path)
    assert (LARGE, []) == (Path(path).read_bytes(), left_over(tmp_path))


@pytest.mark.parametrize("ending", ["released", "cancelled", "brought"])
async def test_a_large_file_that_somebody_fetches_is_waited_for(
    filled: str, client: AsyncSpacesClient, hub: LocalHub, tmp_path: Path, ending: str
) -> None:
    """It is not fetched twice, and the wait can be cancelled."""
    etag = (await client.get_hf_file_metadata(url=f"{hub.url}/spaces/{filled}/resolve/main/model.bin")).etag
    repo, lock_path = tmp_path / "spaces--me--app", tmp_path / ".locks" / "spaces--me--app" / f"{etag}.lock"
    lock_path.parent.mkdir(parents=True)
    lock = filelock.FileLock(lock_path, thread_local=False)
    await anyio.to_thread.run_sync(lock.acquire)
    before = len(hub.requests)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: client.hf_hub_download(filled, "model.bin", cache_dir=tmp_path))
        with anyio.fail_after(5):
            while len(hub.requests) == before:
                await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        if ending == "brought":
            (repo / "blobs").mkdir(parents=True, exist_ok=True)
            (repo / "blobs" / etag).write_bytes(LARGE)
        if ending == "cancelled":
            group.cancel_scope.cancel()
        else:
            await anyio.to_thread.run_sync(lock.release)
    if ending == "cancelled":
        await anyio.to_thread.run_sync(lock.release)
        assert not (repo / "snapshots").exists()
    else:
        found = huggingface_hub.try_to_load_from_cache(filled, "model.bin", cache_dir=tmp_path, repo_type="space")
        assert LARGE == Path(str(found)).read_bytes()
        storage = [request for request in list(hub.requests)[before:] if "/objects/" in request.path]
        assert (1 if ending == "released" else 0) == len(storage)


async def test_without_the_hub_the_cache_is_read(
    filled: str, client: AsyncSpacesClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is found, with the Hub and without it; what is not there is an error."""
    path = await client.hf_hub_download(filled, "app.py", cache_dir=tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for local in (False, True):
        assert path == await client.hf_hub_download(filled, "app.py", cache_dir=tmp_path, local_files_only=local)
        with pytest.raises(LocalEntryNotFoundError):
            await client.hf_hub_download(filled, "model.bin", cache_dir=tmp_path, local_files_only=local)
