"""Both clients put the same requests on the wire."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, SpaceHardware, Volume

import aiohfspaces
from aiohfspaces import AsyncSpacesClient

from .wire import Sent, official_requests, our_requests

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::UserWarning")]

Official = Callable[[HfApi], Any]
Ours = Callable[[AsyncSpacesClient], Awaitable[Any]]

REVISIONS = [None, "dev", "refs/pr/1", "feature/ü x"]
PATHS = ["app.py", "data/ünï code.txt", "a b/c#d?e%f.txt", "plus+sign/ampers&and.txt"]
SETTINGS = [{"key": "A", "value": "1"}, {"key": "B", "value": "ü", "description": "why"}]
T4 = SpaceHardware.T4_MEDIUM
VOLUME = {"type": "bucket", "source": "me/b", "mount_path": "/data", "read_only": True, "path": "sub"}


def answer(method: str, path: str) -> Any:
    """Say just enough for both clients to go on to their next request."""
    if path == "/api/whoami-v2":
        return {"type": "user", "name": "me"}
    if "/preupload/" in path:
        return {"files": [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in ["x.txt", *PATHS]]}
    if "/tree/" in path:
        names = ["old.txt", "sub/old.txt", ".gitattributes"]
        return [{"type": "file", "path": name, "oid": "0" * 40, "size": 1} for name in names]
    if "/commits/" in path:
        return []
    return None


CASES: dict[str, tuple[Official, Ours]] = {
    "whoami": (lambda api: api.whoami(), lambda client: client.whoami()),
    "get_space_runtime": (
        lambda api: api.get_space_runtime("me/app"),
        lambda client: client.get_space_runtime("me/app"),
    ),
    "request_space_hardware": (
        lambda api: api.request_space_hardware("me/app", T4),
        lambda client: client.request_space_hardware("me/app", "t4-medium"),
    ),
    "request_space_hardware, sleep_time": (
        lambda api: api.request_space_hardware("me/app", T4, sleep_time=7200),
        lambda client: client.request_space_hardware("me/app", "t4-medium", sleep_time="7200"),
    ),
    "set_space_sleep_time": (
        lambda api: api.set_space_sleep_time("me/app", -1),
        lambda client: client.set_space_sleep_time("me/app", -1),
    ),
    "pause_space": (lambda api: api.pause_space("me/app"), lambda client: client.pause_space("me/app")),
    "restart_space": (lambda api: api.restart_space("me/app"), lambda client: client.restart_space("me/app")),
    "restart_space, factory_reboot": (
        lambda api: api.restart_space("me/app", factory_reboot=True),
        lambda client: client.restart_space("me/app", factory_reboot=True),
    ),
    "enable_space_dev_mode": (
        lambda api: api.enable_space_dev_mode("me/app"),
        lambda client: client.enable_space_dev_mode("me/app"),
    ),
    "disable_space_dev_mode": (
        lambda api: api.disable_space_dev_mode("me/app"),
        lambda client: client.disable_space_dev_mode("me/app"),
    ),
    "set_space_volumes": (
        lambda api: api.set_space_volumes(
            "me/app", [Volume(**VOLUME), Volume(type="model", source="a/b", mount_path="/m")]
        ),
        lambda client: client.set_space_volumes(
            "me/app",
            [
                aiohfspaces.Volume(**VOLUME),  # type: ignore[arg-type]
                aiohfspaces.Volume(type="model", source="a/b", mount_path="/m"),
            ],
        ),
    ),
    "delete_space_volumes": (
        lambda api: api.delete_space_volumes("me/app"),
        lambda client: client.delete_space_volumes("me/app"),
    ),
    "get_space_secrets": (
        lambda api: api.get_space_secrets("me/app"),
        lambda client: client.get_space_secrets("me/app"),
    ),
    "add_space_secret": (
        lambda api: api.add_space_secret("me/app", "KEY", "ü"),
        lambda client: client.add_space_secret("me/app", "KEY", "ü"),
    ),
    "add_space_secret, description": (
        lambda api: api.add_space_secret("me/app", "KEY", "x", description="why"),
        lambda client: client.add_space_secret("me/app", "KEY", "x", description="why"),
    ),
    "delete_space_secret": (
        lambda api: api.delete_space_secret("me/app", "KEY"),
        lambda client: client.delete_space_secret("me/app", "KEY"),
    ),
    "get_space_variables": (
        lambda api: api.get_space_variables("me/app"),
        lambda client: client.get_space_variables("me/app"),
    ),
    "create_repo": (
        lambda api: api.create_repo("me/app", repo_type="space", space_sdk="gradio"),
        lambda client: client.create_repo("me/app", space_sdk="gradio"),
    ),
    "create_repo, no owner": (
        lambda api: api.create_repo("app", repo_type="space", space_sdk="docker", private=True),
        lambda client: client.create_repo("app", space_sdk="docker", private=True),
    ),
    "create_repo, public dataset": (
        lambda api: api.create_repo("me/data", repo_type="dataset", private=False, exist_ok=True),
        lambda client: client.create_repo("me/data", repo_type="dataset", private=False, exist_ok=True),
    ),
    "create_repo, model": (
        lambda api: api.create_repo("me/model", repo_type="model", visibility="public", region="eu"),
        lambda client: client.create_repo("me/model", repo_type="model", visibility="public", region="eu"),
    ),
    "create_repo, everything": (
        lambda api: api.create_repo(
            "me/app",
            repo_type="space",
            space_sdk="gradio",
            visibility="protected",
            resource_group_id="66670e5163145ca562cb1988",
            region="us",
            space_hardware=T4,
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
            space_volumes=[Volume(**VOLUME)],
        ),
        lambda client: client.create_repo(
            "me/app",
            space_sdk="gradio",
            visibility="protected",
            resource_group_id="66670e5163145ca562cb1988",
            region="us",
            space_hardware="t4-medium",
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
            space_volumes=[aiohfspaces.Volume(**VOLUME)],  # type: ignore[arg-type]
        ),
    ),
    "delete_repo": (
        lambda api: api.delete_repo("me/app", repo_type="space"),
        lambda client: client.delete_repo("me/app"),
    ),
    "delete_repo, no owner": (
        lambda api: api.delete_repo("data", repo_type="dataset"),
        lambda client: client.delete_repo("data", repo_type="dataset"),
    ),
    "duplicate_repo": (
        lambda api: api.duplicate_repo("her/app", repo_type="space"),
        lambda client: client.duplicate_repo("her/app"),
    ),
    "duplicate_repo as duplicate_space": (
        lambda api: api.duplicate_repo(
            "her/app",
            "me/copy",
            repo_type="space",
            private=True,
            space_hardware=T4,
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
        ),
        lambda client: client.duplicate_space(
            "her/app",
            "me/copy",
            private=True,
            hardware="t4-medium",
            sleep_time=60,
            secrets=SETTINGS,
            variables=SETTINGS,
        ),
    ),
    "duplicate_repo, dataset": (
        lambda api: api.duplicate_repo("her/data", "copy", repo_type="dataset", visibility="private"),
        lambda client: client.duplicate_repo("her/data", "copy", repo_type="dataset", visibility="private"),
    ),
    "repo_exists": (
        lambda api: api.repo_exists("me/app", repo_type="space"),
        lambda client: client.repo_exists("me/app"),
    ),
    "revision_exists": (
        lambda api: api.revision_exists("me/app", "refs/pr/1", repo_type="space"),
        lambda client: client.revision_exists("me/app", "refs/pr/1"),
    ),
    "file_exists": (
        lambda api: api.file_exists("me/app", "a b/ü.txt", repo_type="space", revision="a/b"),
        lambda client: client.file_exists("me/app", "a b/ü.txt", revision="a/b"),
    ),
    "auth_check": (
        lambda api: api.auth_check("me/app", repo_type="space"),
        lambda client: client.auth_check("me/app"),
    ),
    "auth_check, write": (
        lambda api: api.auth_check("me/data", repo_type="dataset", write=True),
        lambda client: client.auth_check("me/data", repo_type="dataset", write=True),
    ),
    "move_repo": (
        lambda api: api.move_repo("me/app", "org/app", repo_type="space"),
        lambda client: client.move_repo("me/app", "org/app"),
    ),
    "update_repo_settings": (
        lambda api: api.update_repo_settings("me/app", repo_type="space", private=True),
        lambda client: client.update_repo_settings("me/app", private=True),
    ),
    "update_repo_settings, gated": (
        lambda api: api.update_repo_settings("me/m", repo_type="model", gated="auto", visibility="public"),
        lambda client: client.update_repo_settings("me/m", repo_type="model", gated="auto", visibility="public"),
    ),
    "update_repo_settings, not gated": (
        lambda api: api.update_repo_settings("me/m", repo_type="model", gated=False),
        lambda client: client.update_repo_settings("me/m", repo_type="model", gated=False),
    ),
    "list_repo_refs": (
        lambda api: api.list_repo_refs("me/app", repo_type="space"),
        lambda client: client.list_repo_refs("me/app"),
    ),
    "list_repo_refs, include_pull_requests": (
        lambda api: api.list_repo_refs("me/app", repo_type="space", include_pull_requests=True),
        lambda client: client.list_repo_refs("me/app", include_pull_requests=True),
    ),
    "create_branch": (
        lambda api: api.create_branch("me/app", branch="dev/ü x", repo_type="space"),
        lambda client: client.create_branch("me/app", branch="dev/ü x"),
    ),
    "create_branch, revision": (
        lambda api: api.create_branch("me/app", branch="dev", revision="refs/pr/1", repo_type="space", exist_ok=True),
        lambda client: client.create_branch("me/app", branch="dev", revision="refs/pr/1", exist_ok=True),
    ),
    "delete_branch": (
        lambda api: api.delete_branch("me/app", branch="dev/x", repo_type="space"),
        lambda client: client.delete_branch("me/app", branch="dev/x"),
    ),
    "create_tag": (
        lambda api: api.create_tag("me/app", tag="v1", repo_type="space"),
        lambda client: client.create_tag("me/app", tag="v1"),
    ),
    "create_tag, everything": (
        lambda api: api.create_tag("me/app", tag="v/1", tag_message="ü", revision="a/b", repo_type="space"),
        lambda client: client.create_tag("me/app", tag="v/1", tag_message="ü", revision="a/b"),
    ),
    "delete_tag": (
        lambda api: api.delete_tag("me/app", tag="v/1", repo_type="space"),
        lambda client: client.delete_tag("me/app", tag="v/1"),
    ),
    "super_squash_history": (
        lambda api: api.super_squash_history("me/app", branch="a/b", commit_message="One", repo_type="space"),
        lambda client: client.super_squash_history("me/app", branch="a/b", commit_message="One"),
    ),
    "space_info": (lambda api: api.space_info("me/app"), lambda client: client.space_info("me/app")),
    "space_info, files_metadata": (
        lambda api: api.space_info("me/app", revision="refs/pr/1", files_metadata=True),
        lambda client: client.space_info("me/app", revision="refs/pr/1", files_metadata=True),
    ),
    "space_info, expand": (
        lambda api: api.space_info("me/app", expand=["runtime", "sha"]),
        lambda client: client.space_info("me/app", expand=["runtime", "sha"]),
    ),
    "list_spaces": (lambda api: api.list_spaces(), lambda client: client.list_spaces()),
    "list_spaces, everything": (
        lambda api: api.list_spaces(
            filter=["a", "b"],
            author="me",
            search="ü x",
            datasets="d",
            models=["m", "n"],
            linked=True,
            sort="last_modified",
            limit=5,
            full=True,
        ),
        lambda client: client.list_spaces(
            filter=["a", "b"],
            author="me",
            search="ü x",
            datasets="d",
            models=["m", "n"],
            linked=True,
            sort="last_modified",
            limit=5,
            full=True,
        ),
    ),
    "list_spaces, expand": (
        lambda api: api.list_spaces(expand=["runtime"], sort="likes"),
        lambda client: client.list_spaces(expand=["runtime"], sort="likes"),
    ),
    "list_repo_commits, formatted": (
        lambda api: api.list_repo_commits("me/app", repo_type="space", revision="a/b", formatted=True),
        lambda client: client.list_repo_commits("me/app", revision="a/b", formatted=True),
    ),
}


async def compare(theirs: Official, ours: Ours) -> tuple[list[Sent], list[Sent]]:
    """Take down both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return official_requests(answer, theirs), await our_requests(answer, ours)


@pytest.mark.parametrize("name", CASES)
async def test_an_operation_sends_what_the_official_client_sends(name: str) -> None:
    """Method, path with its encoding, query, body and authorization are equal."""
    theirs, ours = await compare(*CASES[name])
    assert [] != theirs
    assert theirs == ours


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_history_is_asked_for_alike(revision: str | None) -> None:
    """Also of a revision with slashes, blanks and umlauts."""
    theirs, ours = await compare(
        lambda api: api.list_repo_commits("me/app", repo_type="space", revision=revision),
        lambda client: client.list_repo_commits("me/app", revision=revision),
    )
    assert theirs == ours


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("path", PATHS)
async def test_a_file_is_looked_up_alike(path: str, revision: str | None, tmp_path: Path) -> None:
    """The address of a file has the same encoding."""
    theirs, ours = await compare(
        lambda api: api.hf_hub_download("me/app", path, repo_type="space", revision=revision, cache_dir=tmp_path / "a"),
        lambda client: client.hf_hub_download("me/app", path, revision=revision, cache_dir=tmp_path / "b"),
    )
    assert theirs[:1] == ours[:1]


def as_chosen(requests: list[Sent]) -> list[Any]:
    """Leave out what is deliberately other.

    The official client also says ``recursive`` and ``expand`` where they are false. A commit of ours
    names its parent: the head that the files were compared with, which preupload or the history tells.
    """
    shown = []
    for request in requests:
        query = tuple(pair for pair in request.query if pair[1] != "false")
        body = request.body
        if isinstance(body, list):
            header = {key: value for key, value in body[0]["value"].items() if key != "parentCommit"}
            body = [{**body[0], "value": header}, *body[1:]]
        if "/commits/" not in request.target:
            shown.append((request.method, request.target, query, body, request.authorization))
    return shown


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_listing_of_files_is_asked_for_alike(revision: str | None) -> None:
    """But for what is false anyway."""
    theirs, ours = await compare(
        lambda api: api.list_repo_files("me/app", repo_type="space", revision=revision),
        lambda client: client.list_repo_files("me/app", revision=revision),
    )
    assert as_chosen(theirs) == as_chosen(ours)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"commit_message": "ü", "commit_description": "more", "revision": "dev/x"},
        {"create_pr": True},
        {"parent_commit": "c0ffee1"},
    ],
)
@pytest.mark.parametrize("repo_type", ["space", "dataset", "model"])
async def test_a_file_is_uploaded_alike(options: dict[str, Any], repo_type: Any) -> None:
    """Preupload and commit, to every kind of repository; a description goes along even if it is empty."""
    options = {"commit_message": "Add x", **options}
    theirs, ours = await compare(
        lambda api: api.upload_file(
            path_or_fileobj=b"x\n", path_in_repo="x.txt", repo_id="me/app", repo_type=repo_type, **options
        ),
        lambda client: client.upload_file(
            path_or_fileobj=b"x\n", path_in_repo="x.txt", repo_id="me/app", repo_type=repo_type, **options
        ),
    )
    assert 2 == len(theirs)
    assert as_chosen(theirs) == as_chosen(ours)


async def test_a_folder_is_uploaded_alike(tmp_path: Path) -> None:
    """Unicode paths, patterns, and deletions that come first."""
    for path in PATHS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    options: dict[str, Any] = {
        "repo_id": "me/app",
        "folder_path": tmp_path,
        "commit_message": "Fill it",
        "ignore_patterns": ["plus*"],
        "delete_patterns": "*.txt",
    }
    theirs, ours = await compare(
        lambda api: api.upload_folder(repo_type="space", **options), lambda client: client.upload_folder(**options)
    )
    assert ["GET", "POST", "POST"] == [request.method for request in theirs]
    assert as_chosen(theirs) == as_chosen(ours)
