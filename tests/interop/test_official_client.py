"""``huggingface_hub`` 2.4.0, unchanged, against the local Hub: the whole life of a repository of each type."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, RepoFile
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from aiohfspaces.localhub import LocalHub
from tests.interop.conftest import PARTS_FROM

# huggingface_hub 2.4.0 uploads with an argument that httpx2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small files, a larger one that travels whole, and one that travels in parts."""
    made = tmp_path / "folder"
    (made / "data").mkdir(parents=True)
    (made / "app.py").write_text("print('grüße')\n", "utf-8")
    (made / "data" / "ü b.txt").write_text("text\n")
    (made / "middle.bin").write_bytes(os.urandom(3000))
    (made / "large.bin").write_bytes(os.urandom(PARTS_FROM + 1))
    return made


@pytest.mark.parametrize("repo_type", ["space", "dataset", "model"])
def test_a_whole_life(hub: LocalHub, api: HfApi, folder: Path, tmp_path: Path, repo_type: str) -> None:
    """Create, upload, list, download, branch, tag, propose and delete."""
    url = api.create_repo("me/py", repo_type=repo_type, space_sdk="gradio" if repo_type == "space" else None)
    assert ("me/py", repo_type) == (url.repo_id, url.repo_type)
    uploaded = api.upload_folder(repo_id="me/py", repo_type=repo_type, folder_path=folder, commit_message="all")
    assert 3 == sum(served.path.startswith("/parts/") for served in hub.requests)
    assert 1 == sum(served.path.startswith("/objects/") for served in hub.requests)

    tree = {
        entry.path: entry for entry in api.list_repo_tree("me/py", repo_type=repo_type, recursive=True, expand=True)
    }
    large = tree["large.bin"]
    assert isinstance(large, RepoFile)
    assert large.lfs is not None
    assert large.last_commit is not None
    assert (PARTS_FROM + 1, "all") == (large.lfs.size, large.last_commit.title)
    back = Path(api.snapshot_download("me/py", repo_type=repo_type, local_dir=tmp_path / "back"))
    for path in (path for path in folder.rglob("*") if path.is_file()):
        assert path.read_bytes() == (back / path.relative_to(folder)).read_bytes()

    api.create_branch("me/py", branch="feature/x", repo_type=repo_type, revision=uploaded.oid)
    with pytest.raises(HfHubHTTPError, match="already exists"):
        api.create_branch("me/py", branch="feature/x", repo_type=repo_type)
    gone, new = CommitOperationDelete("data/", is_folder=True), CommitOperationAdd("new.txt", b"new")
    branched = api.create_commit(
        "me/py", [gone, new], commit_message="branched", repo_type=repo_type, revision="feature/x"
    )
    api.create_tag("me/py", tag="v1", tag_message="the first", revision="feature/x", repo_type=repo_type)
    tagged = set(api.list_repo_files("me/py", repo_type=repo_type, revision="v1"))
    assert {"app.py", "large.bin", "middle.bin", "new.txt"} == tagged - {".gitattributes", "README.md"}

    proposal = api.upload_file(
        path_or_fileobj=b"proposed", path_in_repo="p.txt", repo_id="me/py", repo_type=repo_type, create_pr=True
    )
    refs = api.list_repo_refs("me/py", repo_type=repo_type, include_pull_requests=True)
    assert {"main": uploaded.oid, "feature/x": branched.oid} == {ref.name: ref.target_commit for ref in refs.branches}
    assert {"v1": branched.oid} == {ref.name: ref.target_commit for ref in refs.tags}
    assert {"refs/pr/1": proposal.oid} == {ref.ref: ref.target_commit for ref in refs.pull_requests or ()}
    assert api.file_exists("me/py", "p.txt", repo_type=repo_type, revision="refs/pr/1")
    assert not api.file_exists("me/py", "p.txt", repo_type=repo_type)

    api.delete_files("me/py", ["*.bin"], repo_type=repo_type)
    api.delete_branch("me/py", branch="feature/x", repo_type=repo_type)
    api.delete_tag("me/py", tag="v1", repo_type=repo_type)
    assert {"app.py", "data/ü b.txt"} < set(api.list_repo_files("me/py", repo_type=repo_type))
    assert "large.bin" not in api.list_repo_files("me/py", repo_type=repo_type)
    api.super_squash_history("me/py", repo_type=repo_type)
    assert 1 == len(api.list_repo_commits("me/py", repo_type=repo_type))
    api.delete_repo("me/py", repo_type=repo_type)
    with pytest.raises(RepositoryNotFoundError):
        api.repo_info("me/py", repo_type=repo_type)


def test_what_is_stored_is_not_sent_again(hub: LocalHub, api: HfApi) -> None:
    """Neither whole nor in parts, whatever repository it is for."""
    for size in (3000, PARTS_FROM + 1):
        data = os.urandom(size)
        for name in ("one", "two"):
            api.create_repo(f"me/{name}", exist_ok=True)
            api.upload_file(path_or_fileobj=data, path_in_repo=f"{size}.bin", repo_id=f"me/{name}")
    sent = [served.path.split("/")[1] for served in hub.requests if served.method == "PUT"]
    assert ["objects", "parts", "parts", "parts"] == sent


def test_somebody_who_may_not_write_proposes(hub: LocalHub, api: HfApi) -> None:
    """With small files and LFS objects; and commits nothing."""
    api.create_repo("me/py")
    reader = HfApi(endpoint=hub.url, token=hub.add_user("reader"))
    files = [CommitOperationAdd("a.txt", b"a"), CommitOperationAdd("m.bin", os.urandom(3000))]
    opened = reader.create_commit("me/py", files, commit_message="mine", create_pr=True)
    assert 1 == opened.pr_num
    assert {"a.txt", "m.bin"} < set(api.list_repo_files("me/py", revision="refs/pr/1"))
    with pytest.raises(HfHubHTTPError, match="rights"):
        reader.upload_file(path_or_fileobj=b"b", path_in_repo="b.txt", repo_id="me/py")
