"""Pull requests, opened, listed and merged by the clients of others."""

from __future__ import annotations

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from aiohfspaces.localhub import LocalHub
from tests.interop.javascript import run_javascript


@pytest.mark.parametrize("repo_type", ["space", "dataset", "model"])
def test_the_official_client_merges(api: HfApi, repo_type: str) -> None:
    """What a pull request changed is on ``main`` then, and a Space restarts."""
    api.create_repo("me/it", repo_type=repo_type, space_sdk="gradio" if repo_type == "space" else None)
    before = api.repo_info("me/it", repo_type=repo_type).sha
    opened = api.upload_file(
        path_or_fileobj=b"print()",
        path_in_repo="app.py",
        repo_id="me/it",
        repo_type=repo_type,
        create_pr=True,
        commit_message="A title",
        commit_description="Why it is better.",
    )
    assert 1 == opened.pr_num
    [listed] = api.get_repo_discussions("me/it", repo_type=repo_type)
    assert (1, "A title", "open", True, "me") == (
        listed.num,
        listed.title,
        listed.status,
        listed.is_pull_request,
        listed.author,
    )
    api.comment_discussion("me/it", 1, comment="Looks good.", repo_type=repo_type)
    assert before == api.repo_info("me/it", repo_type=repo_type).sha

    api.merge_pull_request("me/it", 1, comment="Thanks.", repo_type=repo_type)
    details = api.get_discussion_details("me/it", 1, repo_type=repo_type)
    after = api.repo_info("me/it", repo_type=repo_type).sha
    assert ("merged", "refs/heads/main", after) == (details.status, details.target_branch, details.merge_commit_oid)
    assert before != after
    assert "app.py" in api.list_repo_files("me/it", repo_type=repo_type)
    if repo_type == "space":
        assert "BUILDING" == api.get_space_runtime("me/it").stage
    with pytest.raises(HfHubHTTPError):
        api.merge_pull_request("me/it", 1, repo_type=repo_type)


def test_a_draft_is_filled_and_merged(api: HfApi) -> None:
    """Opened without changes, committed to by its ref, and then merged."""
    api.create_repo("me/it")
    draft = api.create_pull_request("me/it", title="To come", description="Soon.")
    assert ("draft", "refs/pr/1") == (draft.status, draft.git_reference)
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id="me/it", revision="refs/pr/1")
    api.change_discussion_status("me/it", 1, new_status="open")
    api.merge_pull_request("me/it", 1)
    assert "x.txt" in api.list_repo_files("me/it")


def test_the_javascript_client_merges(hub: LocalHub, api: HfApi) -> None:
    """What it proposed with ``isPullRequest`` is on ``main`` then, beside what was committed meanwhile."""
    run_javascript(hub, "live", "space", "me/js")
    assert {"proposedOnMain": True} == run_javascript(hub, "merge", "space", "me/js")
    files = api.list_repo_files("me/js", repo_type="space")
    assert "proposed.txt" in files
    assert "seed.txt" not in files
