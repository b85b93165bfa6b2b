"""Branches, tags and pull request refs of a repository.

Source: huggingface_hub 2.4.0, ``list_repo_refs``, ``create_branch``, ``create_tag`` and their counterparts,
``super_squash_history``.
"""

from __future__ import annotations

from aiohfspaces._wire.calls import Call, JsonValue, delete, get, post
from aiohfspaces._wire.names import api_path, checked_value, quoted_revision
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.errors import UsageError
from aiohfspaces.models import GitRefInfo, GitRefs, RepoType

_LONGEST_MESSAGE = 500
"""Characters. Source: the Hub's OpenAPI document of 2026-08-22, ``POST /api/{type}s/{id}/super-squash/{rev}``."""


def checked_squash_message(message: str | None) -> str | None:
    """Accept the message of a squashed branch, or none.

    Raises:
        UsageError: It is no string, or longer than the Hub takes.
    """
    if message is not None and len(checked_value(message, argument="commit_message")) > _LONGEST_MESSAGE:
        raise UsageError(f"commit_message: expected {_LONGEST_MESSAGE} characters at the most, got {len(message)}")
    return message


def list_refs(repo_id: str, repo_type: RepoType, *, include_pull_requests: bool) -> Call[GitRefs]:
    """``GET /api/{repo_type}s/{repo_id}/refs``."""
    query = (("include_prs", "1"),) if include_pull_requests else ()
    return get(f"{api_path(repo_id, repo_type)}/refs", refs_reply, query)


def create_branch(repo_id: str, repo_type: RepoType, branch: str, revision: str | None) -> Call[None]:
    """``POST /api/{repo_type}s/{repo_id}/branch/{branch}``; a second time it is a conflict."""
    body: dict[str, JsonValue] = {} if revision is None else {"startingPoint": revision}
    return post(_path(repo_id, repo_type, "branch", branch), nothing, body, repeatable=False)


def delete_branch(repo_id: str, repo_type: RepoType, branch: str) -> Call[None]:
    """``DELETE /api/{repo_type}s/{repo_id}/branch/{branch}``."""
    return delete(_path(repo_id, repo_type, "branch", branch), nothing)


def create_tag(repo_id: str, repo_type: RepoType, tag: str, message: str | None, revision: str) -> Call[None]:
    """``POST /api/{repo_type}s/{repo_id}/tag/{revision}``: the path has the revision, the body the tag."""
    body: dict[str, JsonValue] = {"tag": tag}
    if message is not None:
        body["message"] = message
    return post(_path(repo_id, repo_type, "tag", revision), nothing, body, repeatable=False)


def delete_tag(repo_id: str, repo_type: RepoType, tag: str) -> Call[None]:
    """``DELETE /api/{repo_type}s/{repo_id}/tag/{tag}``: here the path has the tag."""
    return delete(_path(repo_id, repo_type, "tag", tag), nothing)


def super_squash(repo_id: str, repo_type: RepoType, branch: str, message: str) -> Call[None]:
    """``POST /api/{repo_type}s/{repo_id}/super-squash/{branch}``; not repeated after a lost reply."""
    path = _path(repo_id, repo_type, "super-squash", branch)
    return post(path, nothing, {"message": message}, repeatable=False)


def refs_reply(reply: Reply) -> GitRefs:
    """Read all refs, each kind in the Hub's order; pull requests only where they were asked for."""
    refs = reply.json()
    return GitRefs(
        branches=refs.at("branches").items(_ref),
        converts=refs.maybe("converts", lambda converts: converts.items(_ref)) or (),
        tags=refs.at("tags").items(_ref),
        pull_requests=refs.maybe("pullRequests", lambda requests: requests.items(_ref)),
    )


def _ref(ref: Field) -> GitRefInfo:
    return GitRefInfo(name=ref.at("name").text(), ref=ref.at("ref").text(), target_commit=ref.at("targetCommit").text())


def _path(repo_id: str, repo_type: RepoType, kind: str, name: str) -> str:
    return f"{api_path(repo_id, repo_type)}/{kind}/{quoted_revision(name)}"
