"""The JavaScript client, ``@huggingface/hub`` 2.17.5 of npm, unchanged, against the local Hub."""

from __future__ import annotations

import pytest
from huggingface_hub import HfApi

from aiohfspaces.localhub import LocalHub
from tests.interop.javascript import run_javascript


@pytest.mark.parametrize("repo_type", ["space", "dataset", "model"])
def test_a_whole_life(hub: LocalHub, api: HfApi, repo_type: str) -> None:
    """Create, upload, list, download, branch, tag, propose and delete: both sides see the same."""
    seen = run_javascript(hub, "live", repo_type, "me/js")
    prefix = "" if repo_type == "model" else f"{repo_type}s/"
    info = api.repo_info("me/js", repo_type=repo_type)
    assert ("me", True, f"{hub.url}/{prefix}me/js") == (seen["user"], seen["exists"], seen["created"]["repoUrl"])
    assert (409, 409, 412, 401) == (seen["again"], seen["branchAgain"], seen["stale"], seen["anonymous"])

    # files
    assert seen["expected"] == seen["downloaded"]
    there = {entry["path"]: (entry["type"], entry["size"], entry["last"]) for entry in seen["files"]}
    assert ("file", 100_001, "all at once") == there["large.bin"]
    assert ("directory", 0, "all at once") == there["data"]
    assert ("file", 4, "initial commit") == there["seed.txt"]
    assert 3 == sum(served.path.startswith("/parts/") for served in hub.requests)
    assert seen["expected"]["middle.bin"] in seen["pointer"]
    assert [{"path": "large.bin", "size": 100_001}] == seen["paths"]
    assert (None, True) == (seen["missing"], seen["there"])
    files = set(api.list_repo_files("me/js", repo_type=repo_type))
    assert {"app.py", "empty.txt", "large.bin", "middle.bin"} == files - {".gitattributes", "README.md"}

    # history and refs
    assert info.sha == seen["deleted"]
    titles = [commit.title for commit in api.list_repo_commits("me/js", repo_type=repo_type)]
    assert titles == [title for title, _ in seen["commits"]]
    assert (["me"], len(titles)) == (seen["commits"][0][1], seen["count"])
    refs = api.list_repo_refs("me/js", repo_type=repo_type, include_pull_requests=True)
    branched = {branch.name: branch.target_commit for branch in refs.branches}
    assert {"main": info.sha, "feature/x": seen["branched"]} == branched
    assert [("v1", seen["branched"])] == [(tag.name, tag.target_commit) for tag in refs.tags]
    assert ([], seen["expected"]["app.py"]) == (seen["bare"], seen["tagged"])

    # the pull request
    assert refs.pull_requests is not None
    assert ["refs/pr/1"] == [request.ref for request in refs.pull_requests]
    assert f"{hub.url}/{prefix}me/js/discussions/1" == seen["pullRequest"]
    assert not seen["proposedOnMain"]
    assert api.file_exists("me/js", "proposed.txt", repo_type=repo_type, revision="refs/pr/1")

    assert {"exists": False} == run_javascript(hub, "leave", repo_type, "me/js")
    assert not api.repo_exists("me/js", repo_type=repo_type)


def test_no_token_reaches_the_storage(hub: LocalHub) -> None:
    """Neither an upload nor a redirected download takes it there."""
    run_javascript(hub, "live", "space", "me/js")
    to_storage = [served for served in hub.requests if served.path.startswith(("/objects/", "/parts/"))]
    assert {"PUT", "GET"} == {served.method for served in to_storage}
    assert not any(served.has_authorization for served in to_storage)
