"""The official client, unchanged, against the local Hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import CommitOperationAdd, HfApi, RepoFile, SpaceHardware
from huggingface_hub.errors import (
    BadRequestError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S

# huggingface_hub 2.4.0 uploads with an argument that httpx2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No connections left open."""
    yield
    huggingface_hub.close_session()


@pytest.fixture
def api(hub: LocalHub) -> HfApi:
    """The official client of the hub's first user."""
    return HfApi(endpoint=hub.url, token=hub.token)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an app: regular files, an empty one, an ignored one and an LFS file."""
    folder = tmp_path / "app"
    (folder / "data" / "\u00fcber uns").mkdir(parents=True)
    (folder / "app.py").write_text("print('hello')\n")
    (folder / "empty.txt").write_text("")
    (folder / "debug.log").write_text("noise\n")
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "model.bin").write_bytes(os.urandom(200_000))
    (folder / "data" / "\u00fcber uns" / "a b.txt").write_text("text\n")
    return folder


def test_the_whole_guide(api: HfApi, hub: LocalHub, app: Path) -> None:
    """From creating a Space to deleting it, as the guide on managing Spaces goes."""
    url = api.create_repo("me/app", repo_type="space", space_sdk="gradio")
    assert "me/app" == url.repo_id
    assert "NO_APP_FILE" == api.get_space_runtime("me/app").stage
    commit = api.upload_folder(repo_id="me/app", repo_type="space", folder_path=app)
    assert "BUILDING" == api.get_space_runtime("me/app").stage
    hub.clock.advance(2 * STAGE_S)
    assert api.get_space_runtime("me/app").raw["sha"] == commit.oid

    api.add_space_secret("me/app", "HF_SECRET", "hush", description="for models")
    assert "for models" == api.get_space_secrets("me/app")["HF_SECRET"].description
    assert "bert" == api.add_space_variable("me/app", "MODEL", "bert")["MODEL"].value
    assert "MODEL" == api.get_space_variables("me/app")["MODEL"].key
    api.delete_space_secret("me/app", "HF_SECRET")
    assert {} == api.delete_space_variable("me/app", "MODEL")
    hub.clock.advance(2 * STAGE_S)

    runtime = api.request_space_hardware("me/app", SpaceHardware.T4_MEDIUM, sleep_time=3600)
    assert (
        "RUNNING_BUILDING",
        "cpu-basic",
        "t4-medium",
    ) == (runtime.stage, runtime.hardware, runtime.requested_hardware)
    hub.clock.advance(2 * STAGE_S)
    runtime = api.wait_for_space("me/app", timeout=5)
    assert ("RUNNING", "t4-medium", 3600) == (runtime.stage, runtime.hardware, runtime.sleep_time)
    assert 7200 == api.set_space_sleep_time("me/app", 7200).sleep_time
    assert api.enable_space_dev_mode("me/app").dev_mode
    assert "PAUSED" == api.pause_space("me/app").stage
    assert "BUILDING" == api.restart_space("me/app", factory_reboot=True).stage

    copy = api.duplicate_repo("me/app", "me/copy", repo_type="space", space_hardware=SpaceHardware.T4_SMALL)
    assert "me/copy" == copy.repo_id
    assert "t4-small" == api.get_space_runtime("me/copy").requested_hardware
    assert {"me/app", "me/copy"} == {space.id for space in api.list_spaces(author="me")}
    api.delete_repo("me/app", repo_type="space")
    with pytest.raises(RepositoryNotFoundError):
        api.get_space_runtime("me/app")


def test_files_come_back_as_they_went(api: HfApi, app: Path, tmp_path: Path) -> None:
    """Regular, empty and LFS files, with any name; ignored ones stay at home."""
    api.create_repo("me/app", repo_type="space", space_sdk="gradio")
    api.upload_folder(repo_id="me/app", repo_type="space", folder_path=app)
    there = api.snapshot_download("me/app", repo_type="space", local_dir=tmp_path / "back")
    for path in app.rglob("*"):
        if path.is_file() and path.name != "debug.log":
            assert (Path(there) / path.relative_to(app)).read_bytes() == path.read_bytes()
    tree = {entry.path: entry for entry in api.list_repo_tree("me/app", repo_type="space", recursive=True)}
    assert "debug.log" not in tree
    model, empty = tree["model.bin"], tree["empty.txt"]
    assert isinstance(model, RepoFile)
    assert isinstance(empty, RepoFile)
    assert model.lfs is not None
    assert (200_000, None) == (model.lfs.size, empty.lfs)
    assert "data/\u00fcber uns" in tree
    cached = api.hf_hub_download("me/app", "model.bin", repo_type="space", cache_dir=tmp_path / "cache")
    assert Path(cached).read_bytes() == (app / "model.bin").read_bytes()


def test_an_unchanged_folder_makes_no_commit(api: HfApi, app: Path) -> None:
    """The ids that preupload tells are those that the client computes."""
    api.create_repo("me/app", repo_type="space", space_sdk="gradio")
    (app / "debug.log").unlink()
    first = api.upload_folder(repo_id="me/app", repo_type="space", folder_path=app)
    second = api.upload_folder(repo_id="me/app", repo_type="space", folder_path=app)
    assert second.oid == first.oid


def test_history_refs_and_paths(api: HfApi, tmp_path: Path) -> None:
    """What git knows, the client sees."""
    api.create_repo("me/data", repo_type="dataset")
    api.upload_file(path_or_fileobj=b"a\n", path_in_repo="a.txt", repo_id="me/data", repo_type="dataset")
    api.create_tag("me/data", tag="v1", tag_message="first", repo_type="dataset")
    api.create_branch("me/data", branch="feature/x", repo_type="dataset")
    changed = api.upload_file(
        path_or_fileobj=b"b\n",
        path_in_repo="a.txt",
        repo_id="me/data",
        repo_type="dataset",
        revision="feature/x",
    )
    commits = api.list_repo_commits("me/data", repo_type="dataset", revision="feature/x", formatted=True)
    assert commits[0].commit_id == changed.oid
    assert "initial commit" == [commit.title for commit in commits][-1]
    assert ["me"] == commits[0].authors
    refs = api.list_repo_refs("me/data", repo_type="dataset", include_pull_requests=True)
    assert ["feature/x", "main"] == [branch.name for branch in refs.branches]
    assert ["v1"] == [tag.name for tag in refs.tags]
    assert refs.tags[0].target_commit == api.repo_info("me/data", repo_type="dataset").sha
    [info] = api.get_paths_info("me/data", ["a.txt", "nowhere"], repo_type="dataset", expand=True)
    assert info.last_commit is not None
    assert "Upload a.txt with huggingface_hub" == info.last_commit.title
    old, new = (
        Path(
            api.hf_hub_download("me/data", "a.txt", repo_type="dataset", revision=revision, cache_dir=tmp_path)
        ).read_bytes()
        for revision in ("v1", "feature/x")
    )
    assert (b"a\n", b"b\n") == (old, new)
    api.delete_branch("me/data", branch="feature/x", repo_type="dataset")
    api.delete_tag("me/data", tag="v1", repo_type="dataset")
    assert 1 == len(api.list_repo_refs("me/data", repo_type="dataset").branches)


def test_deleting_copying_and_squashing(api: HfApi, app: Path) -> None:
    """All operations of a commit."""
    api.create_repo("me/app", repo_type="space", space_sdk="gradio")
    api.upload_folder(repo_id="me/app", repo_type="space", folder_path=app)
    api.copy_files("hf://spaces/me/app/model.bin", "hf://spaces/me/app/copies/model.bin")
    api.delete_file("empty.txt", "me/app", repo_type="space")
    api.delete_folder("data", "me/app", repo_type="space")
    api.super_squash_history("me/app", repo_type="space")
    files = set(api.list_repo_files("me/app", repo_type="space"))
    assert {".gitattributes", ".gitignore", "README.md", "app.py", "model.bin", "copies/model.bin"} == files
    assert 1 == len(api.list_repo_commits("me/app", repo_type="space"))


def test_a_pull_request_leaves_main_alone(api: HfApi) -> None:
    """And can be committed to."""
    api.create_repo("me/app", repo_type="space", space_sdk="static")
    before = api.space_info("me/app").sha
    opened = api.upload_file(
        path_or_fileobj=b"x", path_in_repo="x", repo_id="me/app", repo_type="space", create_pr=True
    )
    assert 1 == opened.pr_num
    assert "refs/pr/1" == opened.pr_revision
    api.upload_file(path_or_fileobj=b"y", path_in_repo="y", repo_id="me/app", repo_type="space", revision="refs/pr/1")
    assert api.space_info("me/app").sha == before
    assert "y" in api.list_repo_files("me/app", repo_type="space", revision="refs/pr/1")


def test_multipart_uploads(tmp_path: Path) -> None:
    """A big file travels in parts."""
    with LocalHub(multipart_threshold=1000, part_size=400) as hub:
        api = HfApi(endpoint=hub.url, token=hub.token)
        api.create_repo("me/model")
        data = os.urandom(1100)
        api.upload_file(path_or_fileobj=data, path_in_repo="m.bin", repo_id="me/model")
        assert 3 == sum(served.path.startswith("/parts/") for served in hub.requests)
        assert Path(api.hf_hub_download("me/model", "m.bin", local_dir=tmp_path)).read_bytes() == data


def test_errors_are_the_ones_the_client_knows(api: HfApi, hub: LocalHub) -> None:
    """Each finds its class."""
    with pytest.raises(RepositoryNotFoundError):
        api.space_info("me/nothing")
    api.create_repo("me/app", repo_type="space", space_sdk="static")
    with pytest.raises(RevisionNotFoundError):
        api.space_info("me/app", revision="nowhere")
    with pytest.raises(RemoteEntryNotFoundError):
        api.hf_hub_download("me/app", "nothing.txt", repo_type="space")
    with pytest.raises(BadRequestError, match="no machine"):
        api.pause_space("me/app")
    with pytest.raises(HfHubHTTPError, match="already created") as conflict:
        api.create_repo("me/app", repo_type="space", space_sdk="static")
    assert 409 == conflict.value.response.status_code
    assert "me/app" == api.create_repo("me/app", repo_type="space", space_sdk="static", exist_ok=True).repo_id
    with pytest.raises(HfHubHTTPError, match="Invalid credentials"):
        HfApi(endpoint=hub.url, token="hf_wrong").space_info("me/app")
    with pytest.raises(HfHubHTTPError, match="A commit has happened since"):
        api.create_commit(
            "me/app",
            [CommitOperationAdd("a", b"a")],
            commit_message="late",
            repo_type="space",
            parent_commit="0" * 40,
        )


def test_settings_moves_and_what_else_there_is(api: HfApi, hub: LocalHub) -> None:
    """Visibility, names, hardware, access and the caller."""
    hub.add_organization("org", members=["me"])
    api.create_repo("org/app", repo_type="space", space_sdk="docker", visibility="private")
    api.update_repo_settings("org/app", repo_type="space", visibility="public")
    assert api.space_info("org/app").private is False
    api.move_repo("org/app", "me/moved", repo_type="space")
    assert api.repo_exists("me/moved", repo_type="space")
    assert "me/moved" == api.space_info("org/app").id
    api.auth_check("me/moved", repo_type="space", write=True)
    assert 29 == len(api.list_spaces_hardware())
    who: Any = api.whoami()
    assert ["org"] == [org["name"] for org in who["orgs"]]
    assert api.file_exists("me/moved", "README.md", repo_type="space")


def test_logs(api: HfApi, hub: LocalHub) -> None:
    """What the build printed."""
    api.create_repo("me/app", repo_type="space", space_sdk="gradio")
    hub.fail_start("me/app", "BUILD_ERROR", "no space left on device")
    api.upload_file(path_or_fileobj=b"", path_in_repo="app.py", repo_id="me/app", repo_type="space")
    hub.clock.advance(2 * STAGE_S)
    assert "no space left on device\n" in list(api.fetch_space_logs("me/app", build=True, follow=True))
    assert "no space left on device" == api.get_space_runtime("me/app").raw["errorMessage"]
