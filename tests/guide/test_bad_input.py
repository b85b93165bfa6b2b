"""What is wrong before anything is sent: an error that names the argument, and no request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import huggingface_hub
import pytest
from attrs import evolve

from aiohfspaces import (
    AsyncSpacesClient,
    BadRequestError,
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    LeaseHandle,
    RetryPolicy,
    SpaceHardware,
    SpacesError,
    UsageError,
    Volume,
    WaitHandle,
    WebhookWatchedItem,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

Doing = Callable[[AsyncSpacesClient], Awaitable[Any]]

HOOK = "https://example.org/hook"
HOOKED = WebhookWatchedItem(type="space", name="me/app")
BAD_IDS = ["me/a\r\nb", "me/a\n", "me/..", "me/a?b", "me/my app", "me/a/b", "", "/app", "me/", "me/app.git", "app"]


def volume(**wrong: Any) -> Volume:
    """Build a volume that would do but for what is given."""
    return Volume(**{"type": "bucket", "source": "me/b", "mount_path": "/data", **wrong})


LEASE = LeaseHandle(repo_id="me/app", hardware=SpaceHardware.T4_SMALL, restore=SpaceHardware.CPU_BASIC)


def at_once(make: Callable[[AsyncSpacesClient], object]) -> Doing:
    """Do what is refused where it is called, before anything is awaited."""

    async def doing(client: AsyncSpacesClient) -> None:
        make(client)

    return doing


WRONG: dict[str, Doing] = {
    "key: empty": lambda client: client.add_space_secret("me/app", "", "x"),
    "key: digit": lambda client: client.add_space_secret("me/app", "1A", "x"),
    "key: dash": lambda client: client.add_space_variable("me/app", "A-B", "x"),
    "key: newline": lambda client: client.delete_space_secret("me/app", "A\n"),
    "value: none": lambda client: client.add_space_secret("me/app", "A", None),  # type: ignore[arg-type]
    "space_sdk: unknown": lambda client: client.create_repo("me/app", space_sdk="flask"),
    "space_sdk: missing": lambda client: client.create_repo("me/app"),
    "space_secrets[0]: shape": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_secrets=[{"name": "A"}]
    ),
    "space_secrets[0].key: bad": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_secrets=[{"key": "1", "value": "x"}]
    ),
    "sleep_time: negative": lambda client: client.set_space_sleep_time("me/app", -5),
    "sleep_time: words": lambda client: client.set_space_sleep_time("me/app", "soon"),
    "sleep_time: in a request": lambda client: client.request_space_hardware("me/app", "t4-small", sleep_time=-2),
    "region: unknown": lambda client: client.create_repo("me/app", space_sdk="gradio", region="moon"),
    "region: number": lambda client: client.create_repo("me/app", space_sdk="gradio", region=5),  # type: ignore[arg-type]
    "resource_group_id: a name": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", resource_group_id="research"
    ),
    "resource_group_id: number": lambda client: client.create_repo(
        "me/app",
        space_sdk="gradio",
        resource_group_id=5,  # type: ignore[arg-type]
    ),
    "resource_group_id: of a duplicate": lambda client: client.duplicate_repo("me/app", resource_group_id=""),
    "space_secrets[1].key: twice": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_secrets=[{"key": "A", "value": "x"}, {"key": "A", "value": "y"}]
    ),
    "space_variables[2].key: twice": lambda client: client.duplicate_repo(
        "me/app", space_variables=[{"key": key, "value": "x"} for key in "ABA"]
    ),
    "secrets[1].key: twice": lambda client: client.duplicate_space(
        "me/app", secrets=[{"key": "A", "value": "x"}, {"key": "A", "value": "x"}]
    ),
    "tag_message: number": lambda client: client.create_tag("me/app", tag="v1", tag_message=5),  # type: ignore[arg-type]
    "commit_message: number, of a squash": lambda client: client.super_squash_history("me/app", commit_message=5),  # type: ignore[arg-type]
    "commit_message: zero, of a squash": lambda client: client.super_squash_history("me/app", commit_message=0),  # type: ignore[arg-type]
    "commit_message: long, of a squash": lambda client: client.super_squash_history("me/app", commit_message="x" * 501),
    "cache: words": lambda client: client.whoami(cache="no"),  # type: ignore[arg-type]
    "formatted: words": lambda client: client.list_repo_commits("me/app", formatted="no"),  # type: ignore[arg-type]
    "include_pull_requests: words": lambda client: client.list_repo_refs("me/app", include_pull_requests="no"),  # type: ignore[arg-type]
    "hardware: classic": lambda client: client.request_space_hardware("me/app", "cpu-classic"),
    "space_hardware: classic": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_hardware="cpu-classic"
    ),
    "hardware: of a duplicate": lambda client: client.duplicate_space("me/app", hardware="cpu-classic"),
    "from_id: bad": lambda client: client.duplicate_space("me/a b"),
    "to_id: bad": lambda client: client.duplicate_space("me/app", "a/b/c"),
    "repo_type: unknown": lambda client: client.list_repo_files("me/app", repo_type="kernel"),  # type: ignore[arg-type]
    "private, visibility: both": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", private=True, visibility="public"
    ),
    "expand, full: both": lambda client: client.list_spaces(expand=["sha"], full=True),
    "expand, files_metadata: both": lambda client: client.space_info("me/app", expand=["sha"], files_metadata=True),
    "expand, files_metadata: of a dataset": lambda client: client.repo_info(
        "me/rows", repo_type="dataset", expand=["sha"], files_metadata=True
    ),
    "repo_type: of an info": lambda client: client.repo_info("me/app", repo_type="kernel"),  # type: ignore[call-overload]
    "repo_id: space without owner": lambda client: client.repo_info("app"),
    "private, visibility: with a template": lambda client: client.create_repo(
        "me/app", space_template="JupyterLab", private=True, visibility="public"
    ),
    "space_template: empty": lambda client: client.create_repo("me/app", space_template=""),
    "space_sdk: unknown, with a template": lambda client: client.create_repo(
        "me/app", space_template="JupyterLab", space_sdk="flask"
    ),
    "space_*: a template of a dataset": lambda client: client.create_repo(
        "me/rows", repo_type="dataset", space_template="JupyterLab"
    ),
    "space_*: dev mode of a model": lambda client: client.create_repo("me/net", repo_type="model", space_dev_mode=True),
    "space_*: description of a model": lambda client: client.create_repo(
        "me/net", repo_type="model", short_description="A net"
    ),
    "short_description: long": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", short_description="x" * 61
    ),
    "license: none": lambda client: client.create_repo("me/app", space_sdk="gradio", license=""),
    "files: out": lambda client: client.create_repo("me/app", space_sdk="gradio", files={"../x": ""}),
    "files: git": lambda client: client.create_repo("me/app", space_sdk="gradio", files={".git/config": b""}),
    "files['app.py']: a path": lambda client: client.create_repo(
        "me/app",
        space_sdk="gradio",
        files={"app.py": Path("app.py")},  # type: ignore[dict-item]
    ),
    "query: empty": lambda client: client.search_spaces("  "),
    "username: two parts": lambda client: client.get_user_overview("me/app"),
    "organization: climbing": lambda client: client.get_organization_overview(".."),
    "organization: none": lambda client: client.get_full_repo_name("app", organization=""),
    "model_id: bad": lambda client: client.get_full_repo_name("a b"),
    "model_id, organization: two owners": lambda client: client.get_full_repo_name("me/app", organization="us"),
    "namespace: empty": lambda client: client.list_user_repos(""),
    "repo_type: of what is stored": lambda client: client.list_user_repos(repo_type="app"),  # type: ignore[arg-type]
    "sort: of what is stored": lambda client: client.list_user_repos(sort="updatedAt"),  # type: ignore[arg-type]
    "direction: up": lambda client: client.list_user_repos(direction="up"),  # type: ignore[arg-type]
    "limit: of what is stored": lambda client: client.list_user_repos(limit=-1),
    "user: no name": lambda client: client.list_liked_repos("me/app"),
    "repo_type: of likers": lambda client: client.list_repo_likers("me/app", repo_type="kernel"),  # type: ignore[arg-type]
    "repo_id: of a like": lambda client: client.unlike("a b"),
    "path_in_repo: out": lambda client: client.upload_file(path_or_fileobj=b"", path_in_repo="../x", repo_id="me/app"),
    "path_in_repo: git": lambda client: client.upload_file(
        path_or_fileobj=b"", path_in_repo=".git/config", repo_id="me/app"
    ),
    "path_or_fileobj: missing": lambda client: client.upload_file(
        path_or_fileobj="/nowhere/app.py", path_in_repo="x", repo_id="me/app"
    ),
    "parent_commit: no commit": lambda client: client.upload_file(
        path_or_fileobj=b"", path_in_repo="x", repo_id="me/app", parent_commit="main"
    ),
    "max_workers: no request": lambda client: client.upload_folder(repo_id="me/app", folder_path=".", max_workers=0),
    "max_commit_bytes: less than none": lambda client: client.upload_folder(
        repo_id="me/app", folder_path=".", max_commit_bytes=-1
    ),
    "folder_path: missing": lambda client: client.upload_folder(repo_id="me/app", folder_path="/nowhere"),
    "folder_path: file": lambda client: client.upload_folder(repo_id="me/app", folder_path=Path(__file__)),
    "create_pr, revision: both": lambda client: client.upload_folder(
        repo_id="me/app", folder_path="/nowhere", create_pr=True, revision="dev"
    ),
    "path_in_repo: no string": lambda client: client.upload_folder(
        repo_id="me/app",
        folder_path=Path(__file__).parent,
        path_in_repo=Path("src"),  # type: ignore[arg-type]
    ),
    "path_in_repo: folder out": lambda client: client.upload_folder(
        repo_id="me/app", folder_path=Path(__file__).parent, path_in_repo="../src/"
    ),
    "filename: none": lambda client: client.hf_hub_download("me/app", None, subfolder="a"),  # type: ignore[call-overload]
    "subfolder: out": lambda client: client.hf_hub_download("me/app", "a", subfolder="../b"),
    "subfolder: no string": lambda client: client.hf_hub_download("me/app", "a", subfolder=5),  # type: ignore[call-overload]
    "limit: negative": lambda client: client.list_spaces(limit=-1),
    "sort: words": lambda client: client.list_spaces(sort=["likes"]),  # type: ignore[arg-type]
    "from_id: no owner": lambda client: client.move_repo("app", "me/app", repo_type="dataset"),
    "to_id: no owner": lambda client: client.move_repo("me/app", "app"),
    "gated: unknown": lambda client: client.update_repo_settings("me/app", gated="maybe"),  # type: ignore[arg-type]
    "gated: zero": lambda client: client.update_repo_settings("me/app", gated=0),  # type: ignore[arg-type]
    "gated, private, visibility: none": lambda client: client.update_repo_settings("me/app"),
    "filename: out": lambda client: client.hf_hub_download("me/app", "../../etc/passwd"),
    "timeout: negative": lambda client: client.wait_for_space("me/app", timeout=-1),
    "revision: no commit": lambda client: client.wait_for_space("me/app", revision="main"),
    "replicas: none": lambda client: client.set_space_replicas("me/app", 0),
    "volumes: none": lambda client: client.set_space_volumes("me/app", []),
    "volumes[0].mount_path: relative": lambda client: client.set_space_volumes("me/app", [volume(mount_path="data")]),
    "volumes[0].mount_path: none": lambda client: client.set_space_volumes("me/app", [volume(mount_path=None)]),
    "volumes[1].mount_path: twice": lambda client: client.set_space_volumes(
        "me/app", [volume(), volume(mount_path="/data/")]
    ),
    "volumes[0].source: none": lambda client: client.set_space_volumes("me/app", [volume(source=None)]),
    "volumes[0].source: empty": lambda client: client.set_space_volumes("me/app", [volume(source="")]),
    "volumes[1].source: number": lambda client: client.set_space_volumes("me/app", [volume(), volume(source=5)]),
    "volumes[0].type: unknown": lambda client: client.set_space_volumes("me/app", [volume(type="disk")]),
    "volumes[0].type: none": lambda client: client.set_space_volumes("me/app", [volume(type=None)]),
    "volumes[0].revision: number": lambda client: client.set_space_volumes("me/app", [volume(revision=5)]),
    "volumes[0].read_only: words": lambda client: client.set_space_volumes("me/app", [volume(read_only="no")]),
    "volumes[0].path: number": lambda client: client.set_space_volumes("me/app", [volume(path=5)]),
    "space_volumes[0].mount_path: number": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_volumes=[volume(mount_path=5)]
    ),
    "space_volumes[1].mount_path: of a duplicate": lambda client: client.duplicate_repo(
        "me/app", space_volumes=[volume(), volume(type="model")]
    ),
    "space_volumes: words": lambda client: client.create_repo(
        "me/app",
        space_sdk="gradio",
        space_volumes=["me/b"],  # type: ignore[list-item]
    ),
    "author: no string": lambda client: client.get_repo_discussions("me/app", author=5),  # type: ignore[arg-type]
    "discussion_type: unknown": lambda client: client.get_repo_discussions(
        "me/app",
        discussion_type="issue",  # type: ignore[arg-type]
    ),
    "discussion_status: draft": lambda client: client.get_repo_discussions(
        "me/app",
        discussion_status="draft",  # type: ignore[arg-type]
    ),
    "discussion_num: zero": lambda client: client.get_discussion_details("me/app", 0),
    "discussion_num: negative": lambda client: client.comment_discussion("me/app", -1, "x"),
    "discussion_num: flag": lambda client: client.merge_pull_request("me/app", True),
    "discussion_num: words": lambda client: client.hide_discussion_comment("me/app", "1", "c1"),  # type: ignore[arg-type]
    "title: short": lambda client: client.create_discussion("me/app", " ab "),
    "title: long": lambda client: client.create_pull_request("me/app", "x" * 201),
    "new_title: empty": lambda client: client.rename_discussion("me/app", 1, ""),
    "description: long": lambda client: client.create_discussion("me/app", "Hello", description="x" * 65_537),
    "comment: blank": lambda client: client.comment_discussion("me/app", 1, " \n"),
    "comment: no string": lambda client: client.merge_pull_request("me/app", 1, comment=5),  # type: ignore[arg-type]
    "comment_id: path": lambda client: client.edit_discussion_comment("me/app", 1, "../1", "x"),
    "new_content: empty": lambda client: client.edit_discussion_comment("me/app", 1, "c1", ""),
    "new_status: merged": lambda client: client.change_discussion_status(
        "me/app",
        1,
        "merged",  # type: ignore[arg-type]
    ),
    "url, job_id: none": lambda client: client.create_webhook(watched=[HOOKED]),
    "url, job_id: both": lambda client: client.create_webhook(url=HOOK, job_id="job-1", watched=[HOOKED]),
    "url, job_id: both in an update": lambda client: client.update_webhook("w1", url=HOOK, job_id="job-1"),
    "url: no address": lambda client: client.create_webhook(url="example", watched=[HOOKED]),
    "watched: nothing": lambda client: client.create_webhook(url=HOOK, watched=[]),
    "watched: none": lambda client: client.create_webhook(url=HOOK, watched=None),  # type: ignore[arg-type]
    "watched: nothing in an update": lambda client: client.update_webhook("w1", watched=[]),
    "watched[1].type: unknown": lambda client: client.create_webhook(
        url=HOOK, watched=[HOOKED, {"type": "planet", "name": "x"}]
    ),
    "domains: nothing": lambda client: client.create_webhook(url=HOOK, watched=[HOOKED], domains=[]),
    "domains[0]: unknown": lambda client: client.create_webhook(
        url=HOOK,
        watched=[HOOKED],
        domains=["weather"],  # type: ignore[list-item]
    ),
    "secret: not for a header": lambda client: client.create_webhook(url=HOOK, watched=[HOOKED], secret="a\nb"),
    "secrets: without a job": lambda client: client.create_webhook(url=HOOK, watched=[HOOKED], secrets={"A": "x"}),
    "webhook_id: path": lambda client: client.delete_webhook("../w1"),
    "tail: negative": lambda client: anext(client.fetch_space_logs("me/app", tail=-1)),
    "tail: words": lambda client: anext(client.fetch_space_logs("me/app", tail="all")),  # type: ignore[arg-type]
    "tail: flag": lambda client: anext(client.fetch_space_logs("me/app", tail=True)),
    "follow: words": lambda client: anext(client.fetch_space_logs("me/app", follow="no")),  # type: ignore[arg-type]
    "operations: none": lambda client: client.create_commit("me/app", None, commit_message="x"),  # type: ignore[arg-type]
    "operations[1]: no operation": lambda client: client.create_commit(
        "me/app",
        [CommitOperationAdd("a", b""), "b"],  # type: ignore[list-item]
        commit_message="x",
    ),
    "operations[0].path_in_repo: out": lambda client: client.create_commit(
        "me/app", [CommitOperationAdd("a/../../b", b"")], commit_message="x"
    ),
    "operations[0].path_in_repo: absolute": lambda client: client.create_commit(
        "me/app", [CommitOperationAdd("/a", b"")], commit_message="x"
    ),
    "operations[0].path_in_repo: git": lambda client: client.create_commit(
        "me/app", [CommitOperationDelete("a/.git/config")], commit_message="x"
    ),
    "operations[1].src_path_in_repo: out": lambda client: client.create_commit(
        "me/app", [CommitOperationDelete("a"), CommitOperationCopy("../a", "b")], commit_message="x"
    ),
    "operations[0].path_or_fileobj: missing": lambda client: client.create_commit(
        "me/app", [CommitOperationAdd("a", "/nowhere/a")], commit_message="x"
    ),
    "operations: contested": lambda client: client.create_commit(
        "me/app", [CommitOperationCopy("a", "b"), CommitOperationCopy("c", "b")], commit_message="x"
    ),
    "commit_message: empty": lambda client: client.create_commit("me/app", [], commit_message=" "),
    "create_pr, revision: both in a commit": lambda client: client.create_commit(
        "me/app", [], commit_message="x", create_pr=True, revision="dev"
    ),
    "parent_commit: short": lambda client: client.create_commit("me/app", [], commit_message="x", parent_commit="abc"),
    "additions[0]: no addition": lambda client: client.preupload_lfs_files(
        "me/app",
        [CommitOperationDelete("a")],  # type: ignore[list-item]
    ),
    "additions[0].path_in_repo: out": lambda client: client.preupload_lfs_files(
        "me/app", [CommitOperationAdd("../a", b"")]
    ),
    "path_in_repo: of a removal": lambda client: client.delete_file("../a", "me/app"),
    "path_in_repo: of a folder": lambda client: client.delete_folder("/", "me/app"),
    "delete_patterns: none": lambda client: client.delete_files("me/app", []),
    "source: elsewhere": lambda client: client.copy_files("spaces/me/app/a", "hf://spaces/me/app/b"),
    "destination: bucket": lambda client: client.copy_files("hf://spaces/me/app/a", "hf://buckets/me/b"),
    "path_in_repo: absolute": lambda client: client.upload_folder(
        repo_id="me/app", folder_path=Path(__file__).parent, path_in_repo="/src"
    ),
    "path_in_repo: of a tree, absolute": lambda client: client.list_repo_tree("me/app", "/a"),
    "path: of a size, absolute": lambda client: client.get_repo_size("me/app", "/a/"),
    "path_in_repo: of a tree": lambda client: client.list_repo_tree("me/app", "../a"),
    "paths: out": lambda client: client.get_paths_info("me/app", ["a", "../b"]),
    "path: of a size": lambda client: client.get_repo_size("me/app", "../a"),
    "base: empty": lambda client: client.compare_revisions("me/app", "", "main"),
    "head: out": lambda client: client.compare_revisions("me/app", "main", "../x"),
    "lfs_files[0]: words": lambda client: client.permanently_delete_lfs_files("me/app", ["a"]),  # type: ignore[list-item]
    "url: elsewhere": lambda client: client.get_hf_file_metadata(url="https://example.org/me/x/resolve/main/a"),
    "local_dir, cache_dir: both": lambda client: client.verify_repo_checksums("me/app", local_dir="a", cache_dir="b"),
    "max_workers: none": lambda client: client.snapshot_download("me/app", max_workers=0),
    "path: no picture": lambda client: client.upload_attachment(Path(__file__)),
    "path: missing": lambda client: client.upload_attachment("/nowhere/a.png"),
    "handle: words": lambda client: client.resume_wait("later"),
    "poll: seconds": lambda client: client.wait_for_space("me/app", poll=5),  # type: ignore[arg-type]
    "poll: of a wait for hardware": lambda client: client.wait_for_hardware("me/app", poll=None),  # type: ignore[arg-type]
    "poll: of a wait that goes on": lambda client: client.resume_wait(WaitHandle(repo_id="me/app"), poll=5),  # type: ignore[arg-type]
    "handle: of a lease": lambda client: client.resume_wait(LEASE.to_json()),
    "handle: of a wait": lambda client: client.end_lease(WaitHandle(repo_id="me/app").to_json()),
    "handle: number": lambda client: client.end_lease(5),  # type: ignore[arg-type]
    "hardware: of a lease": lambda client: client.end_lease(evolve(LEASE, hardware=SpaceHardware("cpu-classic"))),
    "restore: of a lease": lambda client: client.end_lease(evolve(LEASE, restore=SpaceHardware("cpu-classic"))),
    "sleep_time: of a lease": lambda client: client.end_lease(evolve(LEASE, sleep_time=-5)),
    "keep_warm: of a lease": lambda client: client.end_lease(evolve(LEASE, keep_warm=0)),
    "hardware: of an upgrade": lambda client: client.start_hardware_upgrade("me/app", "cpu-classic"),
    "timeout: of an upgrade": lambda client: client.start_hardware_upgrade("me/app", "t4-small", timeout=-1),
    "poll: of an upgrade": lambda client: client.start_hardware_upgrade("me/app", "t4-small", poll=5),  # type: ignore[arg-type]
    "sleep_time: of an upgrade": lambda client: client.start_hardware_upgrade("me/app", "t4-small", sleep_time=-2),
    "poll: of what is watched": at_once(lambda client: client.watch_space("me/app", poll=5)),  # type: ignore[arg-type]
    "hardware: borrowed": at_once(lambda client: client.temporary_hardware("me/app", "cpu-classic")),
    "sleep_time: borrowed": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", sleep_time="soon")),
    "timeout: borrowed": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", timeout=-1)),
    "restore: what is borrowed": at_once(
        lambda client: client.temporary_hardware("me/app", "t4-small", restore="t4-small")
    ),
    "restore: classic": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", restore="cpu-classic")),
    "keep_warm: zero": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", keep_warm=0)),
    "keep_warm: never": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", keep_warm=-1)),
    "keep_warm: what is free": at_once(lambda client: client.temporary_hardware("me/app", "cpu-basic", keep_warm=60)),
    "keep_warm: and given back": at_once(
        lambda client: client.temporary_hardware("me/app", "t4-small", restore="cpu-basic", keep_warm=60)
    ),
    "on_lease: words": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", on_lease="print")),  # type: ignore[arg-type]
    "on_change: of what is borrowed": at_once(
        lambda client: client.temporary_hardware("me/app", "t4-small", on_change=5)  # type: ignore[arg-type]
    ),
    "poll: borrowed": at_once(lambda client: client.temporary_hardware("me/app", "t4-small", poll=5)),  # type: ignore[arg-type]
    "on_change: words": lambda client: client.wait_for_space("me/app", on_change="print"),  # type: ignore[arg-type]
    "on_change: of a wait for hardware": lambda client: client.wait_for_hardware("me/app", on_change=5),  # type: ignore[arg-type]
    "check: words": lambda client: client.wait_for_space("me/app", check="no"),  # type: ignore[arg-type]
    "wake: words": lambda client: client.wait_for_hardware("me/app", wake="no"),  # type: ignore[arg-type]
    "filter: number": lambda client: client.list_spaces(filter=5),  # type: ignore[arg-type]
    "filter[1]: none": lambda client: client.list_spaces(filter=["a", None]),  # type: ignore[list-item]
    "datasets[0]: number": lambda client: client.list_spaces(datasets=[5]),  # type: ignore[list-item]
    "models: number": lambda client: client.list_spaces(models=5),  # type: ignore[arg-type]
    "expand[0]: none": lambda client: client.list_spaces(expand=[None]),  # type: ignore[list-item]
    "author: number": lambda client: client.list_spaces(author=5),  # type: ignore[arg-type]
    "search: number": lambda client: client.list_spaces(search=5),  # type: ignore[arg-type]
    "limit: flag": lambda client: client.list_spaces(limit=True),
    "linked: words": lambda client: client.list_spaces(linked="no"),  # type: ignore[arg-type]
    "sdk: number": lambda client: client.search_spaces("photos", sdk=5),  # type: ignore[arg-type]
    "filter: bytes": lambda client: client.search_spaces("photos", filter=b"a"),  # type: ignore[arg-type]
    "expand: number": lambda client: client.space_info("me/app", expand=5),  # type: ignore[arg-type]
    "expand[0]: number": lambda client: client.repo_info("me/app", repo_type="model", expand=[5]),  # type: ignore[call-overload]
    "files_metadata: words": lambda client: client.space_info("me/app", files_metadata="no"),  # type: ignore[arg-type]
    "private: words": lambda client: client.create_repo("me/app", space_sdk="gradio", private="no"),  # type: ignore[arg-type]
    "private: of settings": lambda client: client.update_repo_settings("me/app", private="no"),  # type: ignore[arg-type]
    "private: of a duplicate": lambda client: client.duplicate_space("me/app", private=1),  # type: ignore[arg-type]
    "exist_ok: words": lambda client: client.create_repo("me/app", space_sdk="gradio", exist_ok="no"),  # type: ignore[arg-type]
    "missing_ok: words": lambda client: client.delete_repo("me/app", missing_ok="no"),  # type: ignore[arg-type]
    "factory_reboot: words": lambda client: client.restart_space("me/app", factory_reboot="no"),  # type: ignore[arg-type]
    "create_pr: words": lambda client: client.create_commit("me/app", [], commit_message="x", create_pr="no"),  # type: ignore[arg-type]
    "strict: words": lambda client: client.create_commit("me/app", [], commit_message="x", strict="no"),  # type: ignore[arg-type]
    "recursive: words": lambda client: client.list_repo_tree("me/app", recursive="no"),  # type: ignore[arg-type]
    "pull_request: words": lambda client: client.create_discussion("me/app", "Hello", pull_request="no"),  # type: ignore[arg-type]
    "dry_run: words": lambda client: client.snapshot_download("me/app", dry_run="no"),  # type: ignore[call-overload]
    "sleep_time: flag": lambda client: client.set_space_sleep_time("me/app", True),
    "etag_timeout: zero": lambda client: client.hf_hub_download("me/app", "a", etag_timeout=0),
    "etag_timeout: words": lambda client: client.snapshot_download("me/app", etag_timeout="10"),  # type: ignore[call-overload]
    "revision: empty": lambda client: client.snapshot_download("me/app", revision=""),
    "revision: empty, of a file": lambda client: client.hf_hub_download("me/app", "a", revision=""),
    "allow_patterns[0]: number": lambda client: client.snapshot_download("me/app", allow_patterns=[5]),  # type: ignore[list-item]
    "local_dir: a file": lambda client: client.hf_hub_download("me/app", "a", local_dir=__file__),
    "local_dir: below a file": lambda client: client.snapshot_download("me/app", local_dir=Path(__file__) / "a"),
    "cache_dir: a file": lambda client: client.snapshot_download("me/app", cache_dir=__file__),
    "cache_dir: a file, for one": lambda client: client.hf_hub_download("me/app", "a", cache_dir=__file__),
    "http_client: synchronous": lambda client: AsyncSpacesClient(http_client=httpx.Client()).whoami(),  # type: ignore[arg-type]
    "method: none": lambda client: client.request(None, "/api/spaces"),  # type: ignore[arg-type]
    "path: none": lambda client: client.request("GET", None),  # type: ignore[arg-type]
    "params: words": lambda client: client.request("GET", "/api/spaces", params="a=1"),  # type: ignore[arg-type]
    "params['a']: none": lambda client: client.request("GET", "/api/spaces", params={"a": 1.5}),  # type: ignore[dict-item]
    "params['a'][0]: number": lambda client: client.request("GET", "/api/spaces", params={"a": [5]}),  # type: ignore[list-item]
    "json: bytes": lambda client: client.request("POST", "/api/spaces", json={"a": b"x"}),
    "json: no number": lambda client: client.request("POST", "/api/spaces", json=float("nan")),
    "method: unknown": lambda client: client.request("BREW", "/api/spaces"),
    "path: elsewhere": lambda client: client.request("GET", "https://example.org/"),
}

TOKEN = "hf_" + "aBcDeFgHiJ" * 3
PASSWORD = "correct-horse"
AT = f"https://me:{PASSWORD}@hub.example.org"

TELLTALE: dict[str, Doing] = {
    "key: a token": lambda client: client.add_space_secret("me/app", TOKEN, "KEY"),
    "key: a password": lambda client: client.add_space_secret("me/app", PASSWORD, "KEY"),
    "key: a token for all to see": lambda client: client.add_space_variable("me/app", TOKEN, "KEY"),
    "key: to remove": lambda client: client.delete_space_secret("me/app", PASSWORD),
    "space_secrets[0]: a mapping": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_secrets=[{TOKEN: PASSWORD}]
    ),
    "space_variables[0].key: a password": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_variables=[{"key": PASSWORD, "value": "KEY"}]
    ),
    "secrets: of a webhook": lambda client: client.create_webhook(
        job_id="job-1",
        watched=[HOOKED],
        secrets={PASSWORD: None},  # type: ignore[dict-item]
    ),
    "space_variables[1].key: a password twice": lambda client: client.create_repo(
        "me/app", space_sdk="gradio", space_variables=[{"key": PASSWORD.replace("-", "_"), "value": "KEY"}] * 2
    ),
    "repo_id: a token": lambda client: client.space_info(f"me/{TOKEN}!"),
    "repo_id: an address": lambda client: client.space_info(f"{AT}/spaces/me/app"),
    "revision: a token": lambda client: client.space_info("me/app", revision=f"{TOKEN}//"),
    "hardware: a token": lambda client: client.request_space_hardware("me/app", {"token": TOKEN}),  # type: ignore[arg-type]
    "url: an address": lambda client: client.get_hf_file_metadata(url=f"{AT}/me/app"),
    "url: of a webhook": lambda client: client.create_webhook(url=f"ftp://me:{PASSWORD}@x/", watched=[HOOKED]),
    "path: an address": lambda client: client.request("GET", f"{AT}/api/spaces"),
    "endpoint: an address": lambda client: AsyncSpacesClient(endpoint=f"ftp://{PASSWORD}@x/").whoami(),
}

THEIRS: dict[str, Doing] = {
    "operations[0]": lambda client: client.create_commit(
        "me/app",
        [huggingface_hub.CommitOperationAdd("a", b"")],  # type: ignore[list-item]
        commit_message="x",
    ),
    "additions[0]": lambda client: client.preupload_lfs_files(
        "me/app",
        [huggingface_hub.CommitOperationAdd("a", b"")],  # type: ignore[list-item]
    ),
    "volumes[0]": lambda client: client.set_space_volumes(
        "me/app",
        [huggingface_hub.Volume(type="bucket", source="me/b", mount_path="/data")],  # type: ignore[list-item]
    ),
    "watched[0]": lambda client: client.create_webhook(
        url=HOOK,
        watched=[huggingface_hub.WebhookWatchedItem(type="space", name="me/app")],  # type: ignore[list-item]
    ),
}

ON_A_SPACE: dict[str, Callable[[AsyncSpacesClient, str], Awaitable[Any]]] = {
    "get_space_runtime": lambda client, repo_id: client.get_space_runtime(repo_id),
    "request_space_hardware": lambda client, repo_id: client.request_space_hardware(repo_id, "t4-small"),
    "add_space_secret": lambda client, repo_id: client.add_space_secret(repo_id, "A", "x"),
    "wait_for_hardware": lambda client, repo_id: client.wait_for_hardware(repo_id),
    "start_hardware_upgrade": lambda client, repo_id: client.start_hardware_upgrade(repo_id, "t4-small"),
    "end_lease": lambda client, repo_id: client.end_lease(evolve(LEASE, repo_id=repo_id)),
    "space_info": lambda client, repo_id: client.space_info(repo_id),
    "fetch_space_logs": lambda client, repo_id: anext(client.fetch_space_logs(repo_id)),
    "stream_space_events": lambda client, repo_id: anext(client.stream_space_events(repo_id)),
    "stream_space_metrics": lambda client, repo_id: anext(client.stream_space_metrics(repo_id)),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_argument_is_named_and_nothing_is_sent(
    wrong: str, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """`UsageError` begins with the argument's name, and the Hub has seen no request."""
    with pytest.raises(UsageError) as caught:
        await WRONG[wrong](client)
    assert str(caught.value).startswith(wrong.partition(":")[0])
    assert [] == list(hub.requests)


@pytest.mark.parametrize("wrong", TELLTALE)
async def test_a_wrong_argument_is_quoted_without_its_secrets(
    wrong: str, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """No `UsageError` shows a token, a password in an address, or a key that may be the value in the wrong place."""
    with pytest.raises(UsageError) as caught:
        await TELLTALE[wrong](client)
    told = f"{caught.value} {caught.value!r} {caught.value.args}"
    assert str(caught.value).startswith(wrong.partition(":")[0])
    assert TOKEN not in told
    assert PASSWORD not in told.replace("_", "-")
    assert [] == list(hub.requests)


@pytest.mark.parametrize("argument", THEIRS)
async def test_what_is_the_official_clients_is_told_apart(
    argument: str, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """Something of the same name out of ``huggingface_hub`` is refused with the word where to import it from."""
    with pytest.raises(UsageError, match="of huggingface_hub: import it from aiohfspaces") as caught:
        await THEIRS[argument](client)
    assert str(caught.value).startswith(f"{argument}: ")
    assert [] == list(hub.requests)


async def test_words_of_the_official_client_do(client: AsyncSpacesClient, space: str) -> None:
    """Its enums are strings, and count as these."""
    theirs = huggingface_hub.SpaceHardware.T4_SMALL
    assert "t4-small" == (await client.request_space_hardware(space, theirs)).requested_hardware


@pytest.mark.parametrize("name", ON_A_SPACE)
@pytest.mark.parametrize("repo_id", BAD_IDS)
async def test_a_wrong_repo_id_is_refused(repo_id: str, name: str, client: AsyncSpacesClient, hub: LocalHub) -> None:
    """No method sends a ``repo_id`` that is not ``owner/name``."""
    with pytest.raises(UsageError, match=r"^repo_id: expected 'owner/name'"):
        await ON_A_SPACE[name](client, repo_id)
    assert [] == list(hub.requests)


async def test_the_free_flavor_is_named_where_the_guide_says_cpu_classic(client: AsyncSpacesClient) -> None:
    """``cpu-classic``, which older guides name, is answered with the name the Hub knows."""
    with pytest.raises(UsageError, match="'cpu-basic'"):
        await client.request_space_hardware("me/app", "cpu-classic")


async def test_an_unknown_flavor_is_the_hubs_to_refuse(client: AsyncSpacesClient, running: str) -> None:
    """A flavor that this library does not know is sent, and the Hub's answer reported."""
    with pytest.raises(BadRequestError, match="warp-drive"):
        await client.request_space_hardware(running, "warp-drive")


async def test_a_sleep_time_on_the_free_flavor_warns(client: AsyncSpacesClient, running: str) -> None:
    """As the official client, ours warns that ``cpu-basic`` has no sleep time of its own."""
    with pytest.warns(UserWarning, match=f"^{running}: .*cpu-basic"):
        await client.request_space_hardware(running, "cpu-basic", sleep_time=60)
    with pytest.warns(UserWarning, match=r"^me/other: .*cpu-basic"):
        await client.create_repo("me/other", space_sdk="gradio", space_sleep_time=60)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html><h1>Welcome</h1></html>"),
        (200, '{"stage": "RUN'),
        (502, "<html><h1>Bad gateway</h1></html>"),
        (200, ""),
    ],
)
async def test_what_is_no_answer_is_an_error_of_ours(
    client: AsyncSpacesClient, hub: LocalHub, space: str, status: int, body: str
) -> None:
    """HTML, cut JSON and silence are `MalformedReplyError` or `HubHTTPError`, never a library's own."""
    hub.inject_fault("GET", "/api/spaces/*/runtime", status=status, body=body)
    with pytest.raises(SpacesError) as caught:
        await client.with_options(retry=RetryPolicy(attempts=1)).get_space_runtime(space)
    assert ("HubServerError" if status == 502 else "MalformedReplyError") == type(caught.value).__name__
