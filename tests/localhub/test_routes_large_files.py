"""Large files of a repository by their content, differences, and attachments."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError

from aiohfspaces.localhub import LocalHub

from .conftest import Caller

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def api(hub: LocalHub) -> HfApi:
    """The official client of the hub's first user."""
    return HfApi(endpoint=hub.url, token=hub.token)


def upload(api: HfApi, path: str, content: bytes, revision: str = "main") -> str:
    """Commit a large file to a dataset; return the SHA-256 of its content."""
    addition = CommitOperationAdd(path, content)
    words = f"Add {path}"
    api.create_commit("me/data", [addition], commit_message=words, repo_type="dataset", revision=revision)
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def shas(api: HfApi) -> list[str]:
    """Have a dataset with two large files, one of which is gone from its newest commit, and one on a branch."""
    api.create_repo("me/data", repo_type="dataset")
    found = [upload(api, f"{name}.bin", os.urandom(100)) for name in ("old", "kept")]
    api.delete_file("old.bin", "me/data", repo_type="dataset")
    api.create_tag("me/data", tag="v1", tag_message="signed", repo_type="dataset")
    api.create_branch("me/data", branch="dev", repo_type="dataset")
    return [*found, upload(api, "dev.bin", os.urandom(100), revision="dev")]


def test_all_that_ever_came_is_listed(api: HfApi, me: Caller, shas: list[str]) -> None:
    """Also what only an old commit or a branch has; in pages."""
    listed = {file.file_oid: file.filename for file in api.list_lfs_files("me/data", repo_type="dataset")}
    assert dict(zip(shas, ["old.bin", "kept.bin", "dev.bin"], strict=True)) == listed
    first = me.get("/api/datasets/me/data/lfs-files?limit=2")
    second = me.get(first.links["next"]["url"])
    assert (2, 1) == (len(first.json()), len(second.json()))
    assert set(shas) == {file["fileOid"] for file in first.json() + second.json()}


def test_what_is_deleted_was_never_there(api: HfApi, me: Caller, shas: list[str]) -> None:
    """All commits are written anew, of branches and of tags, and say what they said."""
    before = [commit.title for commit in api.list_repo_commits("me/data", repo_type="dataset")]
    files = [file for file in api.list_lfs_files("me/data", repo_type="dataset") if file.file_oid != shas[1]]
    api.permanently_delete_lfs_files("me/data", files, repo_type="dataset")
    assert [shas[1]] == [file.file_oid for file in api.list_lfs_files("me/data", repo_type="dataset")]
    assert before == [commit.title for commit in api.list_repo_commits("me/data", repo_type="dataset")]
    for revision in ("main", "dev", "v1"):
        assert "kept.bin" in api.list_repo_files("me/data", repo_type="dataset", revision=revision)
    assert "dev.bin" not in api.list_repo_files("me/data", repo_type="dataset", revision="dev")
    assert 200 == me.delete(f"/api/datasets/me/data/lfs-files/{shas[1]}").status_code
    assert [] == list(api.list_lfs_files("me/data", repo_type="dataset"))


def test_history_may_stay_as_it_is(api: HfApi, shas: list[str]) -> None:
    """Then pointers are left that lead to nothing."""
    head = api.list_repo_commits("me/data", repo_type="dataset")[0].commit_id
    files = list(api.list_lfs_files("me/data", repo_type="dataset"))
    api.permanently_delete_lfs_files("me/data", files, rewrite_history=False, repo_type="dataset")
    assert head == api.list_repo_commits("me/data", repo_type="dataset")[0].commit_id
    with pytest.raises(HfHubHTTPError):
        api.hf_hub_download("me/data", "kept.bin", repo_type="dataset")


def test_what_another_repository_has_too_is_kept_for_it(api: HfApi, shas: list[str], tmp_path: Path) -> None:
    """The store keeps each content once, for all."""
    api.duplicate_repo("me/data", "me/copy", repo_type="dataset")
    api.permanently_delete_lfs_files(
        "me/data", list(api.list_lfs_files("me/data", repo_type="dataset")), repo_type="dataset"
    )
    assert Path(api.hf_hub_download("me/copy", "kept.bin", repo_type="dataset", cache_dir=tmp_path)).is_file()


def test_large_files_are_the_owners_to_delete(other: Caller, shas: list[str]) -> None:
    """And to list."""
    deletions = {"deletions": {"sha": shas, "rewriteHistory": True}}
    assert 403 == other.get("/api/datasets/me/data/lfs-files").status_code
    assert 403 == other.post("/api/datasets/me/data/lfs-files/batch", json=deletions).status_code


@pytest.mark.parametrize("body", [{}, {"deletions": {}}, {"deletions": {"sha": "x"}}, {"deletions": {"sha": []}}])
def test_a_deletion_names_what_goes(me: Caller, shas: list[str], body: dict[str, object]) -> None:
    """Otherwise it is refused."""
    assert 400 == me.post("/api/datasets/me/data/lfs-files/batch", json=body).status_code


def test_large_files_are_given_to_another_repository(api: HfApi, me: Caller, other: Caller, shas: list[str]) -> None:
    """By the hash that a look at their paths tells; what cannot be given is named."""
    me.create("app")
    api.copy_files("hf://datasets/me/data/kept.bin", "hf://spaces/me/app/kept.bin")
    assert "kept.bin" in api.list_repo_files("me/app", repo_type="space")
    path = "/api/datasets/me/data/lfs-files/duplicate"
    wrong = {"xetHash": "0" * 64, "sha256": shas[1]}
    body = {"target": {"type": "space", "name": "me/app"}, "files": [wrong]}
    reply = me.post(path, json=body)
    assert (207, False, 0) == (reply.status_code, reply.json()["success"], reply.json()["succeeded"])
    assert [shas[1]] == [failure["sha256"] for failure in reply.json()["failed"]]
    assert 403 == other.post(path, json=body).status_code


def test_two_revisions_are_compared(me: Caller) -> None:
    """As JSON, or as text if that is asked for."""
    app = me.create("app")
    for content in (b"one\n", b"two\n"):
        me.commit(app, {"a.txt": content})
    last, before = (commit["id"] for commit in me.get(f"/api/spaces/{app}/commits/main?limit=2").json())
    plain = me.get(f"/api/spaces/{app}/compare/{before}..{last}?raw=1")
    assert plain.headers["content-type"].startswith("text/plain")
    assert ("-one" in plain.text, "+two" in plain.text) == (True, True)
    assert plain.text == me.get(f"/api/spaces/{app}/compare/{before}..main").json()
    assert 400 == me.get(f"/api/spaces/{app}/compare/{before}").status_code
    assert "RevisionNotFound" == me.get(f"/api/spaces/{app}/compare/{before}..gone").headers["X-Error-Code"]


def test_an_attachment_has_an_address(api: HfApi, me: Caller, nobody: Caller, tmp_path: Path) -> None:
    """Whoever has it can see it; only who has a token can make one."""
    (tmp_path / "a.webp").write_bytes(b"picture")
    url = api.upload_attachment(tmp_path / "a.webp")
    shown = nobody.get(url)
    assert (b"picture", "image/webp") == (shown.content, shown.headers["content-type"])
    assert 404 == nobody.get(f"{url}x").status_code
    picture = {"Content-Type": "image/png"}
    assert 401 == nobody.post("/uploads", content=b"x", headers=picture).status_code
    assert 415 == me.post("/uploads", content=b"x", headers={"Content-Type": "text/html"}).status_code
    assert 413 == me.post("/uploads", content=bytes(10 * 1024 * 1024 + 1), headers=picture).status_code
