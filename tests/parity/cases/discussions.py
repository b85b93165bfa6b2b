"""Discussions and pull requests."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from tests.parity.wire import Case

DISCUSSION = {
    "num": 2,
    "author": {"name": "me"},
    "repo": {"name": "me/app", "type": "space"},
    "title": "Hello",
    "createdAt": "2025-03-07T12:24:18.657Z",
    "status": "open",
    "isPullRequest": False,
    "events": [],
}
PAGES = cycle([{"discussions": [DISCUSSION], "count": 2, "start": start} for start in (0, 1)])
"""Each client asks for both, and then the next one asks."""


def answer(method: str, path: str) -> Any:
    """Say that a discussion has been begun, or tell it, or a page of them."""
    if path.endswith("/discussions"):
        return {"num": 2} if method == "POST" else next(PAGES)
    return DISCUSSION


CASES: dict[str, Case] = {
    "get_repo_discussions": (
        lambda api: api.get_repo_discussions("me/app", repo_type="space"),
        lambda client: client.get_repo_discussions("me/app"),
    ),
    "get_repo_discussions, everything": (
        lambda api: api.get_repo_discussions(
            "me/data",
            author="ü x",
            discussion_type="pull_request",
            discussion_status="closed",
            repo_type="dataset",
        ),
        lambda client: client.get_repo_discussions(
            "me/data",
            author="ü x",
            discussion_type="pull_request",
            discussion_status="closed",
            repo_type="dataset",
        ),
    ),
    "get_discussion_details": (
        lambda api: api.get_discussion_details("me/app", 2, repo_type="space"),
        lambda client: client.get_discussion_details("me/app", 2),
    ),
    "create_discussion": (
        lambda api: api.create_discussion("me/app", "  Hällo ☃ ", description=" Why \n", repo_type="space"),
        lambda client: client.create_discussion("me/app", "  Hällo ☃ ", description=" Why \n"),
    ),
    "create_discussion, pull_request": (
        lambda api: api.create_discussion("me/m", "Hello", description="x", pull_request=True, repo_type="model"),
        lambda client: client.create_discussion("me/m", "Hello", description="x", pull_request=True, repo_type="model"),
    ),
    "create_discussion, no description": (
        lambda api: api.create_discussion("me/app", "Hello", repo_type="space"),
        lambda client: client.create_discussion("me/app", "Hello"),
        "description",
    ),
    "create_discussion, blank description": (
        lambda api: api.create_discussion("me/app", "Hello", description=" ", repo_type="space"),
        lambda client: client.create_discussion("me/app", "Hello", description=" "),
        "description",
    ),
    "create_pull_request": (
        lambda api: api.create_pull_request("me/app", "Hello", description="ü", repo_type="space"),
        lambda client: client.create_pull_request("me/app", "Hello", description="ü"),
    ),
    "comment_discussion": (
        lambda api: api.comment_discussion("me/app", 2, " Hällo\n", repo_type="space"),
        lambda client: client.comment_discussion("me/app", 2, " Hällo\n"),
    ),
    "edit_discussion_comment": (
        lambda api: api.edit_discussion_comment("me/app", 2, "64F0AA", "ü", repo_type="space"),
        lambda client: client.edit_discussion_comment("me/app", 2, "64F0AA", "ü"),
    ),
    "hide_discussion_comment": (
        lambda api: api.hide_discussion_comment("me/data", 2, "64F0AA", repo_type="dataset"),
        lambda client: client.hide_discussion_comment("me/data", 2, "64F0AA", repo_type="dataset"),
    ),
    "rename_discussion": (
        lambda api: api.rename_discussion("me/app", 2, "Hällo", repo_type="space"),
        lambda client: client.rename_discussion("me/app", 2, "Hällo"),
    ),
    "change_discussion_status": (
        lambda api: api.change_discussion_status("me/app", 2, "open", repo_type="space"),
        lambda client: client.change_discussion_status("me/app", 2, "open"),
    ),
    "change_discussion_status, comment": (
        lambda api: api.change_discussion_status("me/app", 2, "closed", comment=" ü ", repo_type="space"),
        lambda client: client.change_discussion_status("me/app", 2, "closed", comment=" ü "),
    ),
    "change_discussion_status, blank comment": (
        lambda api: api.change_discussion_status("me/app", 2, "closed", comment=" ", repo_type="space"),
        lambda client: client.change_discussion_status("me/app", 2, "closed", comment=" "),
    ),
    "merge_pull_request": (
        lambda api: api.merge_pull_request("me/app", 2, repo_type="space"),
        lambda client: client.merge_pull_request("me/app", 2),
    ),
    "merge_pull_request, comment": (
        lambda api: api.merge_pull_request("me/app", 2, comment=" ü ", repo_type="space"),
        lambda client: client.merge_pull_request("me/app", 2, comment=" ü "),
    ),
}
