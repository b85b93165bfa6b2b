"""What the Hub says of discussions: in lists, on their own, and event by event.

Source: the Hub's OpenAPI document of 2026-08-22, ``/api/{repoType}/{namespace}/{repo}/discussions``; huggingface_hub
2.4.0, ``deserialize_event`` and ``get_discussion_details``.
"""

from __future__ import annotations

import html

from aiohfspaces.localhub.accounts import Accounts
from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.discussions import Comment, Discussion, Event
from aiohfspaces.localhub.git_reading import GitReader
from aiohfspaces.localhub.repositories import Repository

_HIDDEN = "This comment has been hidden"

Told = dict[str, object]


def describe_in_list(discussion: Discussion, repository: Repository, accounts: Accounts) -> Told:
    """Say what a listing says of a discussion."""
    return {
        **_overview(discussion, repository, accounts),
        "numComments": len(discussion.comments),
        "topReactions": [],
        "numReactionUsers": 0,
        "pinned": False,
    }


def describe_on_its_own(discussion: Discussion, repository: Repository, accounts: Accounts, *, has_diff: bool) -> Told:
    """Say all of a discussion; of a pull request with ``has_diff`` also what it would change. Reads the disk."""
    return {
        "_id": discussion.id,
        **_overview(discussion, repository, accounts),
        "events": [describe_event(event, accounts) for event in discussion.events],
        "pinned": False,
        "locked": False,
        "collection": "discussions",
        "isReport": False,
        **(_describe_change(discussion, repository.git, has_diff=has_diff) if discussion.is_pull_request else {}),
    }


def _overview(discussion: Discussion, repository: Repository, accounts: Accounts) -> Told:
    return {
        "num": discussion.num,
        **_author(discussion.author, accounts),
        "repo": {"name": repository.repo_id, "type": repository.type},
        "title": discussion.title,
        "createdAt": iso(discussion.created_at),
        "status": discussion.status,
        "isPullRequest": discussion.is_pull_request,
    }


def _describe_change(discussion: Discussion, git: GitReader, *, has_diff: bool) -> Told:
    base, is_merged = str(discussion.base), discussion.status == "merged"
    with git.lock:
        refs = git.refs("")
        onto, head = refs.get(base), refs.get(discussion.ref)
        told: Told = {"filesWithConflicts": [] if is_merged else True}
        if onto and head and not is_merged:
            told["filesWithConflicts"] = git.merge(onto, head).conflicts
        if onto and head and has_diff:
            told["diff"] = git.diff(git.fork(onto, head), head)
    changes: Told = {"base": base, "refDeleted": head is None}
    if head:
        changes["headCommitId"] = head
    if discussion.merge_commit:
        changes["mergeCommitId"] = discussion.merge_commit
    return {**told, "changes": changes}


def describe_event(event: Event, accounts: Accounts) -> Told:
    """Say what has happened."""
    return {
        "id": event.id,
        **_author(event.author, accounts),
        "createdAt": iso(event.at),
        "type": "comment" if isinstance(event, Comment) else event.kind,
        "data": _describe_comment(event, accounts) if isinstance(event, Comment) else dict(event.data),
    }


def _describe_comment(comment: Comment, accounts: Accounts) -> Told:
    latest, is_hidden = comment.versions[-1], comment.hidden_by is not None
    text = _HIDDEN if is_hidden else latest.text
    editors = list(dict.fromkeys(version.author for version in comment.versions))
    return {
        "edited": len(comment.versions) > 1,
        "hidden": is_hidden,
        **({"hiddenBy": comment.hidden_by} if is_hidden else {}),
        "latest": {
            "raw": text,
            "html": f"<p>{html.escape(text)}</p>",
            "updatedAt": iso(latest.at),
            **_author(latest.author, accounts),
        },
        "numEdits": len(comment.versions) - 1,
        "editors": editors,
        "editorAvatarUrls": [],
        "reactions": [],
    }


def _author(name: str, accounts: Accounts) -> Told:
    """Say who somebody is; nothing of who is no account, as the Hub does of those that are gone."""
    account = accounts.find(name)
    if account is None:
        return {}
    told = {"_id": account.id, "name": name, "fullname": name, "avatarUrl": f"/avatars/{account.id}.svg"}
    return {"author": {**told, "type": "user", "isPro": False, "isHf": False, "isHfAdmin": False, "isMod": False}}
