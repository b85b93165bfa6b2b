"""Whose token it is, who else there is, what they like and what they have."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from attrs import frozen


class _Organization(TypedDict):
    name: str
    roleInOrg: NotRequired[str]
    plan: NotRequired[str | None]


class WhoAmI(TypedDict):
    """The account behind a token, in the Hub's own spelling (a ``dict``, as in ``HfApi.whoami``)."""

    type: str
    name: str
    id: NotRequired[str]
    fullname: NotRequired[str]
    email: NotRequired[str | None]
    isPro: NotRequired[bool]
    canPay: NotRequired[bool]
    orgs: NotRequired[list[_Organization]]
    auth: NotRequired[dict[str, Any]]


@frozen(kw_only=True)
class Organization:
    """An organization; what was not told is ``None``.

    Attributes:
        name: As it stands before the slash of a ``repo_id``.
        fullname: What people read.
        avatar_url: Its picture.
        details: Its own words.
        is_verified: Whether the Hub has made sure that it is who it says.
        is_following: Whether the caller follows it.
        num_users: How many members it has.
        num_models: How many models.
        num_datasets: How many datasets.
        num_spaces: How many Spaces.
        num_followers: How many accounts follow it.
        num_papers: How many papers.
        plan: Its subscription, e.g. ``team``.
    """

    name: str
    fullname: str
    avatar_url: str
    details: str | None = None
    is_verified: bool | None = None
    is_following: bool | None = None
    num_users: int | None = None
    num_models: int | None = None
    num_datasets: int | None = None
    num_spaces: int | None = None
    num_followers: int | None = None
    num_papers: int | None = None
    plan: str | None = None


@frozen(kw_only=True)
class User:
    """A user; what was not told is ``None``.

    Attributes:
        username: As it stands before the slash of a ``repo_id``.
        fullname: What people read.
        avatar_url: The picture.
        user_type: The Hub's word for this kind of account.
        created_at: Since when there is such an account.
        details: The user's own words.
        is_pro: Whether the account is a PRO one.
        is_following: Whether the caller follows it.
        num_models: How many models it has.
        num_datasets: How many datasets.
        num_spaces: How many Spaces.
        num_discussions: In how many discussions it took part.
        num_papers: How many papers it has.
        num_upvotes: How many upvotes it gave.
        num_likes: How many repositories it likes.
        num_following: How many accounts it follows.
        num_followers: How many accounts follow it.
        orgs: The organizations that it belongs to.
    """

    username: str
    fullname: str
    avatar_url: str
    user_type: str | None = None
    created_at: datetime | None = None
    details: str | None = None
    is_pro: bool | None = None
    is_following: bool | None = None
    num_models: int | None = None
    num_datasets: int | None = None
    num_spaces: int | None = None
    num_discussions: int | None = None
    num_papers: int | None = None
    num_upvotes: int | None = None
    num_likes: int | None = None
    num_following: int | None = None
    num_followers: int | None = None
    orgs: tuple[Organization, ...] = ()


@frozen(kw_only=True)
class LikedRepo:
    """A repository that a user likes.

    Attributes:
        repo_id: ``owner/name``.
        repo_type: ``space``, ``dataset``, ``model``, or whatever else the Hub has.
        created_at: Since when.
    """

    repo_id: str
    repo_type: str
    created_at: datetime


@frozen(kw_only=True)
class UserLikes:
    """What a user likes.

    Attributes:
        user: Who.
        likes: All of it, in the Hub's order.
    """

    user: str
    likes: tuple[LikedRepo, ...]

    @property
    def total(self) -> int:
        """How many repositories, of whatever kind."""
        return len(self.likes)

    @property
    def spaces(self) -> tuple[str, ...]:
        """The ids of the Spaces."""
        return self._ids("space")

    @property
    def datasets(self) -> tuple[str, ...]:
        """The ids of the datasets."""
        return self._ids("dataset")

    @property
    def models(self) -> tuple[str, ...]:
        """The ids of the models."""
        return self._ids("model")

    @property
    def kernels(self) -> tuple[str, ...]:
        """The ids of the kernels."""
        return self._ids("kernel")

    def _ids(self, repo_type: str) -> tuple[str, ...]:
        return tuple(like.repo_id for like in self.likes if like.repo_type == repo_type)


@frozen(kw_only=True)
class RepoStorageInfo:
    """A repository, and what it takes.

    Attributes:
        id: ``owner/name``.
        type: ``space``, ``dataset``, ``model``, or whatever else the Hub has.
        updated_at: When it was changed last.
        visibility: ``public``, ``private`` or ``protected``.
        storage: In bytes.
        storage_percent: Of what the account has stored, in percent.
    """

    id: str
    type: str
    updated_at: datetime
    visibility: str
    storage: int
    storage_percent: float
