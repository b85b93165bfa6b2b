"""Commits on a Hub: adding, removing, copying, and what may be wrong with them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest
from huggingface_hub import HfApi

from aiohfspaces import (
    AsyncSpacesClient,
    BadRequestError,
    CommitConflictError,
    CommitOperation,
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    CommitTooLargeError,
    EntryNotFoundError,
    RepoFile,
    RepoFolder,
    UploadError,
    UsageError,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

LARGE = bytes(range(256)) * 400


async def contents(client: AsyncSpacesClient, repo_id: str, folder: Path, **options: Any) -> dict[str, bytes]:
    """Download everything but what every repository begins with."""
    root = Path(await client.snapshot_download(repo_id, local_dir=folder, **options))
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    kept = {path: file.read_bytes() for path, file in found.items() if not path.startswith(".")}
    return {path: content for path, content in kept.items() if path not in ("README.md", "app.py")}


@pytest.fixture
async def filled(space: str, client: AsyncSpacesClient) -> str:
    """Have a Space with a regular file, a large one and a folder."""
    operations = [
        CommitOperationAdd("a.txt", b"words"),
        CommitOperationAdd("model.bin", LARGE),
        CommitOperationAdd("logs/1.txt", b"one"),
        CommitOperationAdd("logs/old/2.txt", b"two"),
    ]
    await client.create_commit(space, operations, commit_message="Fill it")
    return space


async def test_a_commit_does_all_it_is_asked_to(filled: str, client: AsyncSpacesClient, tmp_path: Path) -> None:
    """Files, removals and copies in one; unchanged files are left out."""
    (tmp_path / "on disk.txt").write_text("from disk")
    report = await client.create_commit(
        filled,
        [
            CommitOperationAdd("a.txt", b"words"),
            CommitOperationAdd("ünï/on disk.txt", tmp_path / "on disk.txt"),
            CommitOperationDelete("logs/"),
            CommitOperationCopy("a.txt", "copies/a.txt"),
            CommitOperationCopy("model.bin", "copies/model.bin"),
        ],
        commit_message="Change it",
        commit_description="in one go",
    )
    assert ("Change it", "in one go", True) == (report.commit_message, report.commit_description, report.committed)
    assert ("copies/a.txt", "copies/model.bin", "ünï/on disk.txt") == report.uploaded
    assert (("a.txt",), ("logs",)) == (report.unchanged, report.deleted)
    assert {
        "a.txt": b"words",
        "copies/a.txt": b"words",
        "copies/model.bin": LARGE,
        "model.bin": LARGE,
        "ünï/on disk.txt": b"from disk",
    } == await contents(client, filled, tmp_path / "back")
    assert report.oid == (await client.list_repo_commits(filled))[0].commit_id


async def test_a_commit_that_changes_nothing_is_none(filled: str, client: AsyncSpacesClient, hub: LocalHub) -> None:
    """The report names the head that was found."""
    head = (await client.list_repo_commits(filled))[0].commit_id
    same: list[CommitOperation] = [
        CommitOperationAdd("a.txt", b"words"),
        CommitOperationCopy("logs/1.txt", "logs/1.txt"),
    ]
    report = await client.create_commit(filled, same, commit_message="Nothing")
    assert (False, head, ("a.txt", "logs/1.txt")) == (report.committed, report.oid, report.unchanged)
    assert head == (await client.list_repo_commits(filled))[0].commit_id


async def test_a_file_is_renamed_by_a_copy_and_a_removal(
    filled: str, client: AsyncSpacesClient, hub: LocalHub, tmp_path: Path
) -> None:
    """A large one without its bytes travelling; if the reply is lost, the commit is found all the same."""
    rename: list[CommitOperation] = [CommitOperationCopy("model.bin", "best.bin"), CommitOperationDelete("model.bin")]
    hub.inject_fault("POST", f"/api/spaces/{filled}/commit/main", status=500, after=True)
    report = await client.create_commit(filled, rename, commit_message="Rename it")
    assert (True, True) == (report.committed, report.reconciled)
    files = await client.list_repo_files(filled)
    assert ("best.bin" in files, "model.bin" in files) == (True, False)
    assert 2 == len(
        [commit for commit in await client.list_repo_commits(filled) if commit.title in ("Rename it", "Fill it")]
    )
    assert ["PUT"] == [request.method for request in hub.requests if request.method == "PUT"]


async def test_a_stale_parent_is_an_error(filled: str, client: AsyncSpacesClient) -> None:
    """Of a removal as of everything else."""
    first = (await client.list_repo_commits(filled))[-1].commit_id
    with pytest.raises(CommitConflictError) as caught:
        await client.delete_file("a.txt", filled, parent_commit=first)
    assert first == caught.value.expected


async def test_files_are_stored_ahead_of_their_commit(
    space: str, client: AsyncSpacesClient, hub: LocalHub, tmp_path: Path
) -> None:
    """Large ones are let go; the commit that names them sends them no more."""
    additions = [CommitOperationAdd("model.bin", LARGE), CommitOperationAdd("a.txt", b"words")]
    await client.preupload_lfs_files(space, additions)
    assert (hashlib.sha256(LARGE).hexdigest(), len(LARGE)) == (additions[0].lfs.sha256, additions[0].lfs.size)  # type: ignore[union-attr]
    assert (b"", None, b"words") == (additions[0].path_or_fileobj, additions[1].lfs, additions[1].path_or_fileobj)
    await client.preupload_lfs_files(space, additions)
    report = await client.create_commit(space, additions, commit_message="Add both")
    assert ("a.txt", "model.bin") == report.uploaded
    assert 1 == len([request for request in hub.requests if request.method == "PUT"])
    assert {"a.txt": b"words", "model.bin": LARGE} == await contents(client, space, tmp_path / "back")


async def test_what_was_let_go_cannot_be_sent_again(space: str, client: AsyncSpacesClient) -> None:
    """Where the storage has it no more, the error says so, and nothing is committed."""
    addition = CommitOperationAdd("model.bin", LARGE)
    await client.preupload_lfs_files(space, [addition])
    await client.create_commit(space, [addition], commit_message="Add it")
    await client.permanently_delete_lfs_files(space, await client.list_lfs_files(space))
    with pytest.raises(UploadError, match="let go") as caught:
        await client.create_commit(space, [addition], commit_message="Add it again")
    assert ["model.bin"] == list(caught.value.failures)


async def test_a_pull_request_is_opened_for_a_commit(filled: str, client: AsyncSpacesClient) -> None:
    """The branch stays as it is until somebody merges it."""
    report = await client.delete_file("a.txt", filled, create_pr=True)
    assert report.pr_revision == f"refs/pr/{report.pr_num}"
    assert "a.txt" in await client.list_repo_files(filled)
    assert "a.txt" not in await client.list_repo_files(filled, revision=report.pr_revision)


async def test_files_are_removed_by_name_by_folder_and_by_pattern(filled: str, client: AsyncSpacesClient) -> None:
    """Each with one commit; ``.gitattributes`` stays."""
    assert ("a.txt",) == (await client.delete_file("a.txt", filled)).deleted
    assert ("logs/old",) == (await client.delete_folder("logs/old/", filled)).deleted
    assert ("logs/1.txt", "model.bin") == (await client.delete_files(filled, ["*.bin", "logs/", ".git*"])).deleted
    assert [".gitattributes", "README.md", "app.py"] == sorted(await client.list_repo_files(filled))
    with pytest.warns(UserWarning, match="matches"):
        assert not (await client.delete_files(filled, "*.nothing")).committed


@pytest.mark.parametrize(("path", "name"), [("gone.txt", "delete_file"), ("gone", "delete_folder")])
async def test_what_is_not_there_cannot_be_removed(
    path: str, name: str, filled: str, client: AsyncSpacesClient
) -> None:
    """The error says how folders are removed."""
    with pytest.raises(EntryNotFoundError, match="delete_folder"):
        await getattr(client, name)(path, filled)


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("{}/a.txt", "{}/b.txt", ["b.txt"]),
        ("{}/a.txt", "{}/logs", ["logs/a.txt"]),
        ("{}/a.txt", "{}/new/", ["new/a.txt"]),
        ("{}/logs", "{}/copy", ["copy/1.txt", "copy/old/2.txt"]),
        ("{}/logs/old", "{}/logs", []),
        ("{}/logs/", "{}", ["1.txt", "old/2.txt"]),
        ("{}@main/model.bin", "{}/again.bin", ["again.bin"]),
    ],
)
async def test_files_and_folders_are_copied(
    source: str, destination: str, expected: list[str], filled: str, client: AsyncSpacesClient, official: HfApi
) -> None:
    """Where they would go with ``cp -r``, and where the official client puts them."""
    await client.duplicate_space(filled, "me/twin")
    report = await client.copy_files(*(f"hf://spaces/{where.format(filled)}" for where in (source, destination)))
    assert expected == list(report.uploaded)
    there, to = (f"hf://spaces/{where.format('me/twin')}" for where in (source, destination))
    await anyio.to_thread.run_sync(lambda: official.copy_files(there, to))
    assert sorted(await client.list_repo_files("me/twin")) == sorted(await client.list_repo_files(filled))


async def test_files_are_copied_to_another_repository(filled: str, client: AsyncSpacesClient, tmp_path: Path) -> None:
    """Large ones are given to it by the Hub."""
    await client.create_repo("me/data", repo_type="dataset")
    report = await client.copy_files(f"hf://spaces/{filled}/", "hf://datasets/me/data/space")
    assert {"space/a.txt", "space/model.bin", "space/logs/1.txt"} <= set(report.uploaded)
    back = await contents(client, "me/data", tmp_path / "back", repo_type="dataset")
    assert (LARGE, b"words") == (back["space/model.bin"], back["space/a.txt"])


async def test_all_copies_that_cannot_be_are_named(filled: str, client: AsyncSpacesClient) -> None:
    """Nothing is committed."""
    head = (await client.list_repo_commits(filled))[0].commit_id
    copies = [CommitOperationCopy(path, f"copies/{path}") for path in ("a.txt", "gone.txt", "logs")]
    with pytest.raises(UploadError) as caught:
        await client.create_commit(filled, copies, commit_message="Copy")
    assert ["copies/gone.txt", "copies/logs"] == list(caught.value.failures)
    with pytest.raises(UploadError, match="no file is there"):
        await client.copy_files(f"hf://spaces/{filled}/gone", f"hf://spaces/{filled}/copy")
    assert head == (await client.list_repo_commits(filled))[0].commit_id


async def test_a_card_is_checked_before_anything_is_sent(space: str, client: AsyncSpacesClient, hub: LocalHub) -> None:
    """What is wrong is an error with the Hub's words, what is doubtful a warning."""
    before = len(hub.requests)
    with pytest.raises(BadRequestError, match=r'"sdk" must be one of.*README\.md'):
        await client.upload_file(path_or_fileobj=b"---\nsdk: flask\n---\n", path_in_repo="README.md", repo_id=space)
    assert ["/api/validate-yaml"] == [request.path for request in list(hub.requests)[before:]]
    with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
        await client.upload_file(path_or_fileobj=b"# Hello\n", path_in_repo="README.md", repo_id=space)


async def test_what_is_hardly_meant_warns(space: str, client: AsyncSpacesClient) -> None:
    """As the official client does, where it does."""
    with pytest.warns(UserWarning, match="'a.txt' is added twice") as caught:
        await client.create_commit(
            space, [CommitOperationAdd("a.txt", b"1"), CommitOperationAdd("a.txt", b"2")], commit_message="Twice"
        )
    assert __file__ == caught[0].filename
    with pytest.warns(UserWarning, match="is a dataset meant"):
        await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.parquet", repo_id=space)


async def test_a_path_that_two_want_is_refused(filled: str, client: AsyncSpacesClient) -> None:
    """Nobody can say which of a copy and a file is meant."""
    both: list[CommitOperation] = [CommitOperationCopy("a.txt", "b.txt"), CommitOperationAdd("b.txt", b"x")]
    with pytest.raises(UsageError, match=r"^operations: .*b\.txt"):
        await client.create_commit(filled, both, commit_message="Both")


async def test_a_tree_is_listed_page_by_page(filled: str, client: AsyncSpacesClient) -> None:
    """A folder, or all that is below it, and the last commit of each if that is wanted."""
    top = await client.list_repo_tree(filled)
    assert {"a.txt": RepoFile, "logs": RepoFolder} == {e.path: type(e) for e in top if e.path in ("a.txt", "logs")}
    below = [entry async for entry in client.list_repo_tree(filled, "logs", recursive=True, expand=True)]
    assert ["logs/1.txt", "logs/old", "logs/old/2.txt"] == [entry.path for entry in below]
    assert {"Fill it"} == {entry.last_commit.title for entry in below if entry.last_commit}
    with pytest.raises(EntryNotFoundError):
        await client.list_repo_tree(filled, "gone")


async def test_paths_are_told_of(filled: str, client: AsyncSpacesClient) -> None:
    """What is not there is left out; a large file is known by its content."""
    found = await client.get_paths_info(filled, ["model.bin", "gone", "logs"])
    large, folder = found
    assert isinstance(large, RepoFile)
    assert large.lfs is not None
    assert (hashlib.sha256(LARGE).hexdigest(), len(LARGE)) == (large.lfs.sha256, large.size)
    assert isinstance(folder, RepoFolder)
    assert ["a.txt"] == [entry.path for entry in await client.get_paths_info(filled, "a.txt")]


async def test_a_repository_has_a_size(filled: str, client: AsyncSpacesClient) -> None:
    """Of all files below a folder, large ones as they are."""
    assert 6 == await client.get_repo_size(filled, "logs")
    assert await client.get_repo_size(filled) > len(LARGE)
    with pytest.raises(EntryNotFoundError):
        await client.get_repo_size(filled, "gone")


async def test_revisions_are_compared(filled: str, client: AsyncSpacesClient) -> None:
    """As ``git diff`` writes it."""
    await client.create_tag(filled, tag="before/it")
    await client.upload_file(path_or_fileobj=b"other words", path_in_repo="a.txt", repo_id=filled)
    diff = await client.compare_revisions(filled, "before/it", "main")
    assert ("-words" in diff, "+other words" in diff) == (True, True)
    assert "" == await client.compare_revisions(filled, "main", "main")


async def test_large_files_are_deleted_for_good(filled: str, client: AsyncSpacesClient, hub: LocalHub) -> None:
    """From all commits, so that nothing leads to them any more."""
    (found,) = [file async for file in client.list_lfs_files(filled)]
    assert ("model.bin", hashlib.sha256(LARGE).hexdigest(), len(LARGE)) == (found.filename, found.file_oid, found.size)
    await client.permanently_delete_lfs_files(filled, [found])
    assert [] == await client.list_lfs_files(filled)
    assert "model.bin" not in await client.list_repo_files(filled)
    assert "a.txt" in await client.list_repo_files(filled)


async def test_a_picture_is_uploaded_for_a_discussion(client: AsyncSpacesClient, tmp_path: Path) -> None:
    """Whoever has its address can see it."""
    (tmp_path / "a.png").write_bytes(b"picture")
    url = await client.upload_attachment(tmp_path / "a.png")
    async with httpx.AsyncClient() as http:
        shown = await http.get(url)
    assert (b"picture", "image/png") == (shown.content, shown.headers["content-type"])


async def test_a_running_app_takes_a_change_of_one_file_as_it_is(
    running: str, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """It goes on with the commit that it was started from, and tells of the reload; whatever else is built anew."""
    before = await client.get_space_runtime(running)
    await client.upload_file(path_or_fileobj=b"print(2)\n", path_in_repo="app.py", repo_id=running, hot_reload=True)
    after = await client.get_space_runtime(running)
    assert ("RUNNING", before.sha) == (after.stage, after.sha)
    assert after.hot_reloading is not None
    assert ("created", 1) == (after.hot_reloading.status, len(after.hot_reloading.replica_statuses))
    await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=running, hot_reload=True)
    built = await client.get_space_runtime(running)
    assert ("RUNNING_BUILDING", None) == (built.stage, built.hot_reloading)


async def test_files_of_all_kinds_share_the_bytes_of_a_commit(filled: str, client: AsyncSpacesClient) -> None:
    """Uploaded, and copied from wherever; large files and what is there already count for nothing."""
    operations: list[CommitOperation] = [
        CommitOperationAdd("a.txt", b"words"),
        CommitOperationAdd("new.txt", b"12345"),
        CommitOperationCopy("model.bin", "copies/model.bin"),
        CommitOperationCopy("logs/1.txt", "copies/1.txt"),
        CommitOperationCopy("logs/old/2.txt", "copies/2.txt", src_revision="main"),
    ]
    with pytest.raises(CommitTooLargeError, match="3 regular files have 11 bytes, where one commit holds 10") as caught:
        await client.create_commit(filled, operations, commit_message="Copy", max_commit_bytes=10)
    assert (("new.txt", "copies/1.txt"), ["copies/2.txt"]) == (caught.value.fits, list(caught.value.failures))
    report = await client.create_commit(filled, operations, commit_message="Copy", max_commit_bytes=11)
    assert ("a.txt",) == report.unchanged
