"""Who somebody is, what they like, and what they have.

Source: huggingface_hub 2.4.0, ``whoami``, ``get_user_overview``, ``get_organization_overview``, ``unlike``,
``list_liked_repos``, ``list_repo_likers``, ``list_user_repos``; the Hub's OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from aiohfspaces._wire.calls import Call, delete, get
from aiohfspaces._wire.names import api_path
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.models import LikedRepo, Organization, RepoStorageInfo, RepoType, User, WhoAmI

STORED_TYPES = ("model", "dataset", "space", "bucket", "kernel")
"""Kinds of repositories that take storage."""

STORAGE_SORT_KEYS = {"storage": "storage", "updated_at": "updatedAt"}
"""The names that callers use, and the ones that travel."""

DIRECTIONS = ("asc", "desc")


def whoami() -> Call[WhoAmI]:
    """``GET /api/whoami-v2``."""
    return get("/api/whoami-v2", account_reply)


def user_overview(username: str) -> Call[User]:
    """``GET /api/users/{username}/overview``."""
    return get(f"/api/users/{quote(username, safe='')}/overview", user_reply)


def organization_overview(organization: str) -> Call[Organization]:
    """``GET /api/organizations/{organization}/overview``."""
    return get(f"/api/organizations/{quote(organization, safe='')}/overview", organization_reply)


def list_storage(
    namespace: str | None,
    *,
    search: str | None,
    repo_type: str | None,
    sort: str | None,
    direction: str | None,
    limit: int | None,
) -> Call[tuple[RepoStorageInfo, ...]]:
    """``GET /api[/organizations/{namespace}]/settings/repositories``, its first page."""
    owner = "" if namespace is None else f"/organizations/{quote(namespace, safe='')}"
    given = (
        ("search", search),
        ("type", repo_type),
        ("sort", None if sort is None else STORAGE_SORT_KEYS[sort]),
        ("direction", direction),
        ("limit", None if limit is None else str(limit)),
    )
    query = tuple((name, value) for name, value in given if value is not None)
    return get(f"/api{owner}/settings/repositories", storage_reply, query)


def list_likes(username: str) -> Call[tuple[LikedRepo, ...]]:
    """``GET /api/users/{username}/likes``, its first page."""
    return get(f"/api/users/{quote(username, safe='')}/likes", likes_reply)


def list_likers(repo_id: str, repo_type: RepoType) -> Call[tuple[User, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/likers``, its first page."""
    return get(f"{api_path(repo_id, repo_type)}/likers", likers_reply)


def unlike(repo_id: str, repo_type: RepoType) -> Call[None]:
    """``DELETE /api/{repo_type}s/{repo_id}/like``."""
    return delete(f"{api_path(repo_id, repo_type)}/like", nothing)


def account_reply(reply: Reply) -> WhoAmI:
    """Read an account; its name and its kind are sure to be there."""
    account = reply.json()
    account.at("name").text()
    account.at("type").text()
    return cast(WhoAmI, account.object())


def user_reply(reply: Reply) -> User:
    """Read a user."""
    return _user(reply.json())


def likers_reply(reply: Reply) -> tuple[User, ...]:
    """Read a page of users."""
    return reply.json().items(_user)


def organization_reply(reply: Reply) -> Organization:
    """Read an organization."""
    return _organization(reply.json())


def storage_reply(reply: Reply) -> tuple[RepoStorageInfo, ...]:
    """Read a page of repositories and what they take."""
    return reply.json().items(_stored)


def likes_reply(reply: Reply) -> tuple[LikedRepo, ...]:
    """Read a page of what somebody likes."""
    return reply.json().items(_like)


def _user(user: Field) -> User:
    return User(
        username=user.at("user").text(),
        fullname=user.at("fullname").text(),
        avatar_url=user.at("avatarUrl").text(),
        user_type=user.maybe("type", Field.text),
        created_at=user.maybe("createdAt", Field.moment),
        details=user.maybe("details", Field.text),
        is_pro=user.maybe("isPro", Field.flag),
        is_following=user.maybe("isFollowing", Field.flag),
        num_models=user.maybe("numModels", Field.integer),
        num_datasets=user.maybe("numDatasets", Field.integer),
        num_spaces=user.maybe("numSpaces", Field.integer),
        num_discussions=user.maybe("numDiscussions", Field.integer),
        num_papers=user.maybe("numPapers", Field.integer),
        num_upvotes=user.maybe("numUpvotes", Field.integer),
        num_likes=user.maybe("numLikes", Field.integer),
        num_following=user.maybe("numFollowing", Field.integer),
        num_followers=user.maybe("numFollowers", Field.integer),
        orgs=user.maybe("orgs", lambda orgs: orgs.items(_organization)) or (),
    )


def _organization(organization: Field) -> Organization:
    return Organization(
        name=organization.at("name").text(),
        fullname=organization.at("fullname").text(),
        avatar_url=organization.at("avatarUrl").text(),
        details=organization.maybe("details", Field.text),
        is_verified=organization.maybe("isVerified", Field.flag),
        is_following=organization.maybe("isFollowing", Field.flag),
        num_users=organization.maybe("numUsers", Field.integer),
        num_models=organization.maybe("numModels", Field.integer),
        num_datasets=organization.maybe("numDatasets", Field.integer),
        num_spaces=organization.maybe("numSpaces", Field.integer),
        num_followers=organization.maybe("numFollowers", Field.integer),
        num_papers=organization.maybe("numPapers", Field.integer),
        plan=organization.maybe("plan", Field.text),
    )


def _stored(repository: Field) -> RepoStorageInfo:
    return RepoStorageInfo(
        id=repository.at("id").text(),
        type=repository.at("type").text(),
        updated_at=repository.at("updatedAt").moment(),
        visibility=repository.at("visibility").text(),
        storage=repository.at("storage").integer(),
        storage_percent=repository.maybe("storagePercent", Field.number) or 0.0,
    )


def _like(like: Field) -> LikedRepo:
    repository = like.at("repo")
    return LikedRepo(
        repo_id=repository.at("name").text(),
        repo_type=repository.at("type").text(),
        created_at=like.at("createdAt").moment(),
    )
