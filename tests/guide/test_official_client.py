"""The official client and ours on one Hub: each sees what the other left."""

from __future__ import annotations

from pathlib import Path

import pytest
from anyio import to_thread
from huggingface_hub import CommitInfo, HfApi, scan_cache_dir, try_to_load_from_cache

from aiohfspaces import AsyncSpacesClient
from aiohfspaces.localhub import LocalHub

from .conftest import AT_ONCE, STAGE_S

pytestmark = [
    pytest.mark.anyio,
    # the official client's own way of sending LFS objects
    pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning"),
]


async def test_the_official_client_does_the_guide_and_ours_sees_it(
    official: HfApi, client: AsyncSpacesClient, hub: LocalHub, folder: Path
) -> None:
    """Whatever the official client does to a Space here, ours reads the same way."""

    def guide() -> CommitInfo:
        official.create_repo("me/app", repo_type="space", space_sdk="gradio")
        commit = official.upload_folder(repo_id="me/app", repo_type="space", folder_path=folder)
        official.add_space_secret("me/app", "API_KEY", "hush-hush", description="for the API")
        official.add_space_variable("me/app", "MODEL", "one")
        return commit

    commit = await to_thread.run_sync(guide)
    assert commit.oid == (await client.list_repo_commits("me/app"))[0].commit_id
    assert {"app.py", "data/ünï code.txt", "empty.bin", "model.bin"} < set(await client.list_repo_files("me/app"))
    assert {"API_KEY"} == set(await client.get_space_secrets("me/app"))
    assert "one" == (await client.get_space_variables("me/app"))["MODEL"].value
    await client.wait_for_space(
        "me/app", revision=commit.oid, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S)
    )

    def upgrade() -> None:
        official.request_space_hardware("me/app", "t4-medium", sleep_time=7200)  # type: ignore[arg-type]

    await to_thread.run_sync(upgrade)
    landed = await client.wait_for_hardware("me/app", poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S))
    assert ("t4-medium", 7200) == (landed.hardware, landed.sleep_time)
    await to_thread.run_sync(lambda: official.pause_space("me/app"))
    assert "PAUSED" == (await client.get_space_runtime("me/app")).stage
    await to_thread.run_sync(lambda: official.delete_repo("me/app", repo_type="space"))
    assert not await client.repo_exists("me/app")


async def test_ours_does_the_guide_and_the_official_client_sees_it(
    official: HfApi, client: AsyncSpacesClient, running: str, folder: Path
) -> None:
    """Whatever our client does to a Space here, the official one reads the same way."""
    report = await client.upload_folder(repo_id=running, folder_path=folder)
    await client.add_space_secret(running, "API_KEY", "hush-hush", description="for the API")
    await client.add_space_variable(running, "MODEL", "one")
    await client.request_space_hardware(running, "t4-medium", sleep_time=7200)
    await client.request_space_storage(running, "small")
    await client.duplicate_space(running, "me/copy")

    def look() -> None:
        info = official.space_info(running, files_metadata=True)
        runtime = official.get_space_runtime(running)
        siblings = {sibling.rfilename: sibling for sibling in info.siblings or []}
        assert report.oid == info.sha
        assert (1 << 20, None) == (siblings["model.bin"].size, siblings["app.py"].lfs)
        assert siblings["model.bin"].lfs is not None
        assert ("t4-medium", 7200, "small") == (runtime.requested_hardware, runtime.sleep_time, runtime.storage)
        assert "for the API" == official.get_space_secrets(running)["API_KEY"].description
        assert "one" == official.get_space_variables(running)["MODEL"].value
        assert {"me/app", "me/copy"} == {space.id for space in official.list_spaces(author="me")}
        assert "app.py" in official.list_repo_files("me/copy", repo_type="space")

    await to_thread.run_sync(look)


async def test_a_folder_sent_by_one_is_unchanged_for_the_other(
    official: HfApi, client: AsyncSpacesClient, folder: Path
) -> None:
    """Both compute the ids by which the Hub knows a file: neither sends again what the other has sent."""
    await client.create_repo("me/app", space_sdk="gradio")
    report = await client.upload_folder(repo_id="me/app", folder_path=folder)

    def upload() -> CommitInfo:
        return official.upload_folder(repo_id="me/app", repo_type="space", folder_path=folder)

    assert report.oid == (await to_thread.run_sync(upload)).oid
    (folder / "model.bin").write_bytes(b"\x00\x01 other weights")
    commit = await to_thread.run_sync(upload)
    again = await client.upload_folder(repo_id="me/app", folder_path=folder)
    assert (False, commit.oid) == (again.committed, again.oid)


async def test_both_share_one_cache(official: HfApi, client: AsyncSpacesClient, folder: Path, tmp_path: Path) -> None:
    """A file that one has downloaded is found by the other, and the cache scans clean."""
    cache = tmp_path / "cache"
    await client.create_repo("me/app", space_sdk="gradio")
    await client.upload_folder(repo_id="me/app", folder_path=folder)
    ours = await client.hf_hub_download("me/app", "model.bin", cache_dir=cache)

    def look() -> None:
        theirs = official.hf_hub_download("me/app", "app.py", repo_type="space", cache_dir=cache)
        assert ours == try_to_load_from_cache("me/app", "model.bin", cache_dir=cache, repo_type="space")
        assert ours == official.hf_hub_download("me/app", "model.bin", repo_type="space", cache_dir=cache)
        scan = scan_cache_dir(cache)
        assert ([], 1) == (scan.warnings, len(scan.repos))
        assert {"app.py", "model.bin"} == {
            file.file_name for repo in scan.repos for revision in repo.revisions for file in revision.files
        }
        assert Path(theirs).read_bytes() == (folder / "app.py").read_bytes()

    await to_thread.run_sync(look)
    again = await client.hf_hub_download("me/app", "app.py", cache_dir=cache, local_files_only=True)
    assert Path(again).read_bytes() == (folder / "app.py").read_bytes()
