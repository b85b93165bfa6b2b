"""Whole repositories: got, resolved, verified, and found again without the Hub."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any, assert_type

import anyio.to_thread
import huggingface_hub
import pytest
from huggingface_hub import HfApi

from aiohfspaces import (
    AsyncSpacesClient,
    CommitOperationAdd,
    DryRunFileInfo,
    EntryNotFoundError,
    LocalEntryNotFoundError,
    MalformedReplyError,
    Mismatch,
    RepositoryNotFoundError,
    ResolvedRevision,
    RetryPolicy,
    RevisionNotFoundError,
    UsageError,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

LARGE = bytes(range(256)) * 400
FILES = {"app.py": b"print()\n", "ünï/a b.txt": b"words", "model.bin": LARGE, "empty.txt": b""}


@pytest.fixture
async def filled(client: AsyncSpacesClient) -> str:
    """Have a Space with regular files and a large one."""
    await client.create_repo("me/app", space_sdk="gradio")
    additions = [CommitOperationAdd(path, content) for path, content in FILES.items()]
    await client.create_commit("me/app", additions, commit_message="Fill it")
    return "me/app"


def read(folder: str | Path) -> dict[str, bytes]:
    """Read what was uploaded out of a folder."""
    return {path: (Path(folder) / path).read_bytes() for path in FILES}


async def head(client: AsyncSpacesClient, repo_id: str) -> str:
    """Tell the newest commit."""
    return (await client.list_repo_commits(repo_id))[0].commit_id


@pytest.mark.parametrize("into", ["cache_dir", "local_dir"])
async def test_a_snapshot_of_nothing_is_an_empty_folder(
    filled: str, client: AsyncSpacesClient, tmp_path: Path, into: str
) -> None:
    """It is there even if no file matches."""
    places: dict[str, Any] = {into: tmp_path / "new"}
    folder = await client.snapshot_download(filled, allow_patterns="*.nothing", **places)
    assert [] == [path for path in Path(folder).rglob("*") if path.is_file() and ".cache" not in path.parts]
    assert Path(folder).is_dir()


async def test_all_files_come_from_one_commit(
    filled: str, client: AsyncSpacesClient, official: HfApi, tmp_path: Path, hub: LocalHub
) -> None:
    """Into the cache, where the official client finds them without a request of its own for any file."""
    commit = await head(client, filled)
    folder = await client.snapshot_download(filled, cache_dir=tmp_path)
    assert str(tmp_path / "spaces--me--app" / "snapshots" / commit) == folder
    assert FILES == read(folder)
    before = len(hub.requests)
    options: dict[str, Any] = {"repo_type": "space", "cache_dir": tmp_path}
    assert folder == await anyio.to_thread.run_sync(lambda: official.snapshot_download(filled, **options))
    assert [f"/api/spaces/{filled}/revision/main"] == [request.path for request in list(hub.requests)[before:]]
    offline = {**options, "local_files_only": True}
    assert folder == await anyio.to_thread.run_sync(lambda: official.snapshot_download(filled, **offline))


async def test_what_the_official_client_downloaded_is_found(
    filled: str, client: AsyncSpacesClient, official: HfApi, tmp_path: Path, hub: LocalHub
) -> None:
    """Its note of the tree is read, too."""
    options: dict[str, Any] = {"repo_type": "space", "cache_dir": tmp_path}
    theirs = await anyio.to_thread.run_sync(lambda: official.snapshot_download(filled, **options))
    before = len(hub.requests)
    assert theirs == await client.snapshot_download(filled, cache_dir=tmp_path)
    assert [f"/api/spaces/{filled}/revision/main"] == [request.path for request in list(hub.requests)[before:]]
    assert theirs == await client.snapshot_download(filled, cache_dir=tmp_path, local_files_only=True)


async def test_patterns_choose(filled: str, client: AsyncSpacesClient, tmp_path: Path) -> None:
    """Into a folder of one's own, beside which it is noted what it is."""
    chosen = {"allow_patterns": ["*.txt", "*.py"], "ignore_patterns": "empty*"}
    folder = Path(await client.snapshot_download(filled, local_dir=tmp_path / "x", **chosen))  # type: ignore[call-overload]
    assert tmp_path / "x" == folder
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"app.py", "ünï/a b.txt"} == {path for path in found if not path.startswith(".cache")}
    again = await client.snapshot_download(filled, local_dir=tmp_path / "x", max_workers=1, **chosen)  # type: ignore[call-overload]
    assert str(folder) == again


async def test_a_dry_run_only_tells(filled: str, client: AsyncSpacesClient, tmp_path: Path) -> None:
    """Size and fate of each file; nothing is written of them."""
    await client.hf_hub_download(filled, "app.py", cache_dir=tmp_path)
    told = await client.snapshot_download(filled, cache_dir=tmp_path, dry_run=True, allow_patterns=list(FILES))
    assert {path: (len(content), path != "app.py") for path, content in FILES.items()} == {
        file.filename: (file.file_size, file.will_download) for file in told
    }
    assert not (tmp_path / "spaces--me--app" / "trees").exists()


@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_comes_of_a_download_is_known_to_the_type_checker(
    filled: str, client: AsyncSpacesClient, tmp_path: Path, *, dry_run: bool
) -> None:
    """Also where whether it is a dry run is only known later."""
    file = await client.hf_hub_download(filled, "app.py", cache_dir=tmp_path, dry_run=dry_run)
    folder = await client.snapshot_download(filled, cache_dir=tmp_path, dry_run=dry_run)
    assert_type(file, str | DryRunFileInfo)
    assert_type(folder, str | list[DryRunFileInfo])
    assert dry_run is not isinstance(file, str)
    assert dry_run is not isinstance(folder, str)


async def test_a_commit_that_is_not_here_needs_the_hub(
    filled: str, client: AsyncSpacesClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ``HF_HUB_OFFLINE`` keeps it away, the error says so."""
    commit = await head(client, filled)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(LocalEntryNotFoundError, match="HF_HUB_OFFLINE"):
        await client.snapshot_download(filled, revision=commit, cache_dir=tmp_path)


async def test_without_the_hub_what_is_here_is_as_good(
    filled: str, client: AsyncSpacesClient, hub: LocalHub, tmp_path: Path
) -> None:
    """If it is all there; a part of it is not passed off as the whole."""
    folder = await client.snapshot_download(filled, cache_dir=tmp_path)
    hub.inject_fault("*", "*", status=None, times=1000)
    async with AsyncSpacesClient(hub.token, endpoint=hub.url, retry=RetryPolicy(attempts=1)) as cut_off:
        assert folder == await cut_off.snapshot_download(filled, cache_dir=tmp_path)
        (Path(folder) / "app.py").unlink()
        with pytest.raises(LocalEntryNotFoundError, match=r"app\.py"):
            await cut_off.snapshot_download(filled, cache_dir=tmp_path)
        assert folder == await cut_off.snapshot_download(filled, cache_dir=tmp_path, ignore_patterns="app.py")
        with pytest.raises(LocalEntryNotFoundError, match="which commit"):
            await cut_off.snapshot_download(filled, cache_dir=tmp_path, revision="dev")


async def test_a_cache_without_a_note_of_the_tree_is_taken_as_it_is(
    filled: str, client: AsyncSpacesClient, tmp_path: Path
) -> None:
    """Older libraries write none."""
    folder = Path(await client.snapshot_download(filled, cache_dir=tmp_path))
    (tmp_path / "spaces--me--app" / "trees" / f"{folder.name}.json").unlink()
    assert str(folder) == await client.snapshot_download(filled, cache_dir=tmp_path, local_files_only=True)
    with pytest.raises(LocalEntryNotFoundError):
        await client.snapshot_download("me/other", cache_dir=tmp_path, local_files_only=True, revision="a" * 40)


async def test_a_tree_cannot_write_elsewhere(
    filled: str, client: AsyncSpacesClient, hub: LocalHub, tmp_path: Path
) -> None:
    """A path that leads out of the folder is no path of a repository."""
    evil = [{"type": "file", "path": "../../evil", "oid": "0" * 40, "size": 1}]
    hub.inject_fault("GET", "/api/spaces/*/tree/*", status=200, body=json.dumps(evil))
    with pytest.raises(MalformedReplyError):
        await client.snapshot_download(filled, cache_dir=tmp_path)
    assert not (tmp_path / "evil").exists()


async def test_a_revision_is_resolved_and_noted(filled: str, client: AsyncSpacesClient, tmp_path: Path) -> None:
    """It reads as what was asked for and knows its commit; downloads that are given it stay with that commit."""
    commit = await head(client, filled)
    resolved = await client.resolve_revision(filled, cache_dir=tmp_path)
    assert ("main", None, commit) == (resolved, resolved.initial, resolved.resolved)
    assert pickle.loads(pickle.dumps(resolved)).resolved == commit
    await client.upload_file(path_or_fileobj=b"new", path_in_repo="app.py", repo_id=filled)
    path = await client.hf_hub_download(filled, "app.py", revision=resolved, cache_dir=tmp_path)
    assert FILES["app.py"] == Path(path).read_bytes()
    assert commit == Path(await client.snapshot_download(filled, revision=resolved, cache_dir=tmp_path)).name
    later = await client.resolve_revision(filled, cache_dir=tmp_path, revision="main")
    assert ("main", "main", await head(client, filled)) == (later, later.initial, later.resolved)
    here = await client.resolve_revision(filled, cache_dir=tmp_path, local_files_only=True)
    assert later.resolved == here.resolved
    again = await client.resolve_revision(filled, cache_dir=tmp_path, revision=resolved)
    assert (commit, None) == (again.resolved, again.initial)


async def test_what_was_resolved_for_one_repository_means_nothing_in_another(
    filled: str, client: AsyncSpacesClient, tmp_path: Path
) -> None:
    """There it is the name that was asked for."""
    foreign = ResolvedRevision("a" * 40, "main", repo_id="her/app", repo_type="space")
    path = await client.hf_hub_download(filled, "app.py", revision=foreign, cache_dir=tmp_path)
    assert FILES["app.py"] == Path(path).read_bytes()


async def test_a_commit_is_resolved_already(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """Nobody is asked."""
    assert "a" * 40 == (await client.resolve_revision("me/app", revision="a" * 40)).resolved
    assert [] == list(hub.requests)


@pytest.mark.parametrize(
    ("repo_id", "revision", "error"),
    [("me/gone", None, RepositoryNotFoundError), ("me/app", "gone", RevisionNotFoundError)],
)
async def test_what_is_not_there_is_not_resolved(
    repo_id: str, revision: str | None, error: type[Exception], filled: str, client: AsyncSpacesClient, tmp_path: Path
) -> None:
    """Nor downloaded, whatever the cache may hold."""
    with pytest.raises(error):
        await client.resolve_revision(repo_id, revision=revision, cache_dir=tmp_path)
    with pytest.raises(error):
        await client.snapshot_download(repo_id, revision=revision, cache_dir=tmp_path)


async def test_a_file_is_looked_up_by_its_address(
    filled: str, client: AsyncSpacesClient, official: HfApi, hub: LocalHub
) -> None:
    """As the official client does it."""
    url = huggingface_hub.hf_hub_url(filled, "model.bin", repo_type="space", endpoint=hub.url)
    ours = await client.get_hf_file_metadata(url=url)
    theirs = await anyio.to_thread.run_sync(lambda: official.get_hf_file_metadata(url=url))
    assert (theirs.commit_hash, theirs.etag, theirs.size) == (ours.commit_hash, ours.etag, ours.size)
    with pytest.raises(EntryNotFoundError):
        await client.get_hf_file_metadata(url=f"{hub.url}/spaces/{filled}/resolve/main/gone", timeout=5)


async def test_files_on_disk_are_compared(
    filled: str, client: AsyncSpacesClient, official: HfApi, tmp_path: Path
) -> None:
    """What differs, what is missing, what is too many; as the official client tells it."""
    folder = Path(await client.snapshot_download(filled, local_dir=tmp_path / "x"))
    (folder / "app.py").write_text("edited")
    (folder / "model.bin").write_bytes(LARGE[::-1])
    (folder / "empty.txt").unlink()
    (folder / "more.txt").touch()
    found = await client.verify_repo_checksums(filled, local_dir=folder)
    assert (("empty.txt",), ("more.txt",)) == (found.missing_paths, found.extra_paths)
    assert {"app.py": "git-sha1", "model.bin": "sha256"} == {each.path: each.algorithm for each in found.mismatches}
    theirs = await anyio.to_thread.run_sync(
        lambda: official.verify_repo_checksums(filled, repo_type="space", local_dir=folder)
    )
    assert [Mismatch(**mismatch) for mismatch in theirs.mismatches] == list(found.mismatches)
    assert (theirs.checked_count, theirs.revision) == (found.checked_count, found.revision)


async def test_a_snapshot_in_the_cache_is_compared_with_its_commit(
    filled: str, client: AsyncSpacesClient, tmp_path: Path
) -> None:
    """However the branch has moved meanwhile."""
    folder = Path(await client.snapshot_download(filled, cache_dir=tmp_path))
    await client.upload_file(path_or_fileobj=b"new", path_in_repo="app.py", repo_id=filled)
    found = await client.verify_repo_checksums(filled, cache_dir=tmp_path)
    assert ((), (), ()) == (found.mismatches, found.missing_paths, found.extra_paths)
    assert (folder.name, folder) == (found.revision, found.verified_path)


async def test_there_has_to_be_something_to_compare(filled: str, client: AsyncSpacesClient, tmp_path: Path) -> None:
    """A folder, or a snapshot, and not both."""
    with pytest.raises(UsageError, match=r"^local_dir: "):
        await client.verify_repo_checksums(filled, local_dir=tmp_path / "gone")
    with pytest.raises(UsageError, match=r"^local_dir, cache_dir: "):
        await client.verify_repo_checksums(filled, local_dir=tmp_path, cache_dir=tmp_path)
    with pytest.raises(LocalEntryNotFoundError):
        await client.verify_repo_checksums(filled, cache_dir=tmp_path)
