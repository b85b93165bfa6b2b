"""Git, as it is installed, against the local Hub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, DiscussionCommit, HfApi, RepoFile

from aiohfspaces.localhub import LocalHub
from tests.interop.working_copy import Git, GitError, WorkingCopy

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

MIB = 1024 * 1024


def address(hub: LocalHub, path: str, token: str | None = None) -> str:
    """Where git finds a repository; a token stands in it as the password."""
    return hub.url.replace("//", f"//anybody:{token}@") + path if token else hub.url + path


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git with an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return Git(home)


@pytest.fixture
def copy(hub: LocalHub, api: HfApi, git: Git) -> WorkingCopy:
    """A clone of a Space, from which may be pushed."""
    api.create_repo("me/app", repo_type="space", space_sdk="gradio")
    return git.clone(address(hub, "/spaces/me/app", hub.token))


@pytest.mark.parametrize("suffix", ["", ".git"])
@pytest.mark.parametrize(("repo_type", "prefix"), [("space", "/spaces"), ("dataset", "/datasets"), ("model", "")])
def test_a_clone_and_a_push_of_each_type(
    hub: LocalHub, api: HfApi, git: Git, repo_type: str, prefix: str, suffix: str
) -> None:
    """What the hub has comes, what is pushed stays; with ``.git`` behind the name and without."""
    api.create_repo("me/it", repo_type=repo_type, space_sdk="static" if repo_type == "space" else None)
    api.upload_file(path_or_fileobj=b"here\n", path_in_repo="ü/a b.txt", repo_id="me/it", repo_type=repo_type)
    copy = git.clone(address(hub, f"{prefix}/me/it{suffix}", hub.token))
    assert b"here\n" == (copy.folder / "ü" / "a b.txt").read_bytes()
    oid = copy.commit({"b.txt": b"there\n"})
    copy.push("main")
    assert oid == api.repo_info("me/it", repo_type=repo_type).sha
    there = api.hf_hub_download("me/it", "b.txt", repo_type=repo_type, local_dir=git.home / "back")
    assert b"there\n" == Path(there).read_bytes()


def test_a_push_restarts_the_space(hub: LocalHub, api: HfApi, copy: WorkingCopy) -> None:
    """As any commit to ``main`` does, and a push elsewhere does not."""
    assert "NO_APP_FILE" == api.get_space_runtime("me/app").stage
    copy.commit({"app.py": b"print()\n"})
    copy.push("main:elsewhere")
    assert "NO_APP_FILE" == api.get_space_runtime("me/app").stage
    copy.push("main")
    assert "BUILDING" == api.get_space_runtime("me/app").stage
    hub.clock.advance(2000)
    assert "RUNNING" == api.get_space_runtime("me/app").stage


def test_branches_and_tags(api: HfApi, copy: WorkingCopy) -> None:
    """Pushed ones are there, deleted ones are not, ``main`` stays."""
    oid = copy.commit({"a.txt": b"a"})
    copy.run("tag", "--annotate", "v1", "--message", "the first")
    copy.run("tag", "light")
    copy.push("main:feature/x", "v1", "light")
    refs = api.list_repo_refs("me/app", repo_type="space")
    assert {"feature/x", "main"} == {branch.name for branch in refs.branches}
    assert {"v1": oid, "light": oid} == {tag.name: tag.target_commit for tag in refs.tags}
    assert "a.txt" in api.list_repo_files("me/app", repo_type="space", revision="v1")
    copy.push(":feature/x", ":v1")
    with pytest.raises(GitError, match="deletion of the current branch prohibited"):
        copy.push(":main")
    refs = api.list_repo_refs("me/app", repo_type="space")
    assert (["main"], ["light"]) == ([branch.name for branch in refs.branches], [tag.name for tag in refs.tags])


def test_what_others_committed_is_fetched_first(api: HfApi, copy: WorkingCopy) -> None:
    """A push behind it is refused; after a pull it goes through; force overwrites."""
    theirs = api.upload_file(path_or_fileobj=b"api", path_in_repo="api.txt", repo_id="me/app", repo_type="space")
    copy.commit({"git.txt": b"git"})
    with pytest.raises(GitError, match="fetch first"):
        copy.push("main")
    copy.run("pull", "--quiet", "--rebase")
    copy.push("main")
    assert {"api.txt", "git.txt"} <= set(api.list_repo_files("me/app", repo_type="space"))
    assert theirs.oid in copy.run("rev-list", "HEAD")
    copy.run("reset", "--quiet", "--hard", "HEAD~2")
    with pytest.raises(GitError, match="non-fast-forward"):
        copy.push("main")
    copy.push("--force", "main")
    assert 1 == len(api.list_repo_commits("me/app", repo_type="space"))


def test_a_pull_request_is_fetched_and_pushed_to(api: HfApi, copy: WorkingCopy) -> None:
    """By its ref; one that nobody opened cannot be made so."""
    api.create_commit(
        "me/app", [CommitOperationAdd("pr.txt", b"1")], commit_message="propose", repo_type="space", create_pr=True
    )
    copy.run("fetch", "--quiet", "origin", "refs/pr/1:pr/1")
    copy.run("checkout", "--quiet", "pr/1")
    assert "1" == (copy.folder / "pr.txt").read_text()
    oid = copy.commit({"pr.txt": b"2"})
    copy.push("pr/1:refs/pr/1")
    assert oid == api.repo_info("me/app", repo_type="space", revision="refs/pr/1").sha
    with pytest.raises(GitError, match="hidden ref"):
        copy.push("pr/1:refs/pr/2")


def test_atomic_pushes(api: HfApi, copy: WorkingCopy) -> None:
    """All refs move or none."""
    copy.commit({"a.txt": b"a"})
    with pytest.raises(GitError, match="atomic push fail"):
        copy.push("--atomic", "main:new", ":main")
    assert ["main"] == [branch.name for branch in api.list_repo_refs("me/app", repo_type="space").branches]


def test_large_files_have_to_be_lfs_objects(hub: LocalHub, api: HfApi, copy: WorkingCopy) -> None:
    """What is refused is nowhere afterwards; ten MiB still pass."""
    before = api.space_info("me/app").sha
    refused = copy.commit({"big/file.txt": bytes(10 * MIB + 1)})
    with pytest.raises(GitError, match="larger than 10 MiB") as failure:
        copy.push("main")
    assert "remote:   - big/file.txt" in str(failure.value)
    assert "pre-receive hook declined" in str(failure.value)
    assert before == api.space_info("me/app").sha
    assert not api.revision_exists("me/app", refused, repo_type="space")
    copy.run("reset", "--quiet", "--hard", "HEAD~1")
    oid = copy.commit({"file.txt": os.urandom(10 * MIB)})
    copy.push("main")
    assert oid == api.space_info("me/app").sha


def test_pointers_need_their_objects(api: HfApi, copy: WorkingCopy) -> None:
    """Refused while the LFS object was never uploaded, and a file like any other once it was."""
    data = os.urandom(2000)
    addition = CommitOperationAdd("m.bin", data)
    oid = addition.upload_info.sha256.hex()
    copy.commit({"m.bin": f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 2000\n".encode()})
    with pytest.raises(GitError, match="LFS pointer pointed to a file that does not exist"):
        copy.push("main")
    api.preupload_lfs_files("me/app", [addition], repo_type="space")
    copy.push("main")
    [found] = api.get_paths_info("me/app", "m.bin", repo_type="space")
    assert isinstance(found, RepoFile)
    assert found.lfs is not None
    assert (oid, 2000) == (found.lfs.sha256, found.size)
    there = api.hf_hub_download("me/app", "m.bin", repo_type="space", local_dir=copy.git.home / "back")
    assert data == Path(there).read_bytes()


def test_shallow_clones(hub: LocalHub, copy: WorkingCopy) -> None:
    """Without history first, and with it later; a clone that asks for no files gets them all the same."""
    for number in range(3):
        copy.commit({"n.txt": str(number).encode()})
    copy.push("main")
    shallow = copy.git.clone(address(hub, "/spaces/me/app"), "--depth", "1", name="shallow")
    assert "1" == shallow.run("rev-list", "--count", "HEAD").strip()
    shallow.run("fetch", "--quiet", "--unshallow")
    assert "4" == shallow.run("rev-list", "--count", "HEAD").strip()
    whole = copy.git.clone(address(hub, "/spaces/me/app"), "--filter=blob:none", name="whole")
    assert "2" == (whole.folder / "n.txt").read_text()


def test_long_requests_come_compressed(hub: LocalHub, api: HfApi, copy: WorkingCopy) -> None:
    """With many commits of its own, git tells of so many that it sends its request gzipped."""
    for number in range(60):
        copy.commit({}, message=f"number {number}")
    api.upload_file(path_or_fileobj=b"new", path_in_repo="new.txt", repo_id="me/app", repo_type="space")
    copy.run("-c", "http.postBuffer=65536", "fetch", "--quiet", "origin")
    assert "new" == copy.run("show", "origin/main:new.txt")
    copy.run("rebase", "--quiet", "origin/main")
    copy.push("main")
    assert 62 == len(api.list_repo_commits("me/app", repo_type="space"))


def test_who_may_what(hub: LocalHub, api: HfApi, git: Git) -> None:
    """Without a token git is asked for one; what somebody may not see is not there; pushing takes rights."""
    other = hub.add_user("other")
    api.create_repo("me/secret", repo_type="space", space_sdk="static", private=True)
    api.create_repo("me/open", repo_type="space", space_sdk="static")
    for path in ("/spaces/me/secret", "/spaces/me/nothing"):
        with pytest.raises(GitError, match="could not read Username"):
            git.clone(address(hub, path))
        with pytest.raises(GitError, match=r"Repository not found\n[^\n]*not found"):
            git.clone(address(hub, path, other))
    with pytest.raises(GitError, match="Authentication failed"):
        git.clone(address(hub, "/spaces/me/secret", "hf_wrong"))
    git.clone(address(hub, "/spaces/me/secret", hub.token), name="secret")
    theirs = git.clone(address(hub, "/spaces/me/open", other), name="open")
    theirs.commit({"a": b""})
    with pytest.raises(GitError, match=r"(?s)rights.*403"):
        theirs.push("main")
    theirs.run("remote", "set-url", "origin", address(hub, "/spaces/me/open"))
    with pytest.raises(GitError, match="could not read Username"):
        theirs.push("main")
    theirs.run("-c", f"http.extraHeader=Authorization: Bearer {hub.token}", "push", "origin", "main")
    assert "a" in api.list_repo_files("me/open", repo_type="space")


def test_gated_repositories(hub: LocalHub, api: HfApi, git: Git) -> None:
    """Their files are for those whom the owner lets in."""
    other = hub.add_user("other")
    api.create_repo("me/gated")
    api.update_repo_settings("me/gated", gated="auto")
    with pytest.raises(GitError, match="403"):
        git.clone(address(hub, "/me/gated", other))
    git.clone(address(hub, "/me/gated", hub.token))


def test_a_push_to_a_pull_request_shows_in_its_discussion(hub: LocalHub, api: HfApi, copy: WorkingCopy) -> None:
    """As a commit to it does."""
    api.create_pull_request("me/app", title="To come", repo_type="space")
    oid = copy.commit({"x.txt": b"x\n"})
    copy.push("main:refs/pr/1")
    events = api.get_discussion_details("me/app", 1, repo_type="space").events
    assert [oid] == [event.oid for event in events if isinstance(event, DiscussionCommit)]
