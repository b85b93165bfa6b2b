"""Who somebody is, what they like, and what they have."""

from __future__ import annotations

from typing import Literal

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io.pages import Pages
from aiohfspaces._wire import accounts
from aiohfspaces._wire.names import checked_account, checked_choice, checked_flags, checked_repo_id, checked_repo_type
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoType
from aiohfspaces.options import whole_number


class Accounts(Sender):
    """Users and organizations: the token's own and others."""

    _account: models.WhoAmI | None = None

    async def whoami(self, *, cache: bool = False) -> models.WhoAmI:
        """Tell whose token this is.

        The Hub limits this call more strictly than others.

        Args:
            cache: Whether an answer that this client has had before will do; not where the token is
                asked for, since it may be another's by now.

        Returns:
            The account: its ``name``, its ``type`` (``"user"`` or ``"org"``), its ``orgs`` and more.

        Raises:
            UsageError: `cache` is neither ``True`` nor ``False``.
            AuthenticationError: There is no token, or it is wrong.
            RateLimitError: It was called too often.

        Wire:
            ``GET /api/whoami-v2``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.whoami``.
        """
        checked_flags(cache=cache)
        if cache and self._account is not None and not self._transport.token.renewable:
            return self._account
        account = await self._transport.identify(accounts.whoami(), lambda told: told["name"])
        self._account = account
        return account

    async def get_full_repo_name(self, model_id: str, *, organization: str | None = None) -> str:
        """Put the owner before the name of a repository, of whatever kind.

        Args:
            model_id: A name; ``owner/name`` is full already.
            organization: The owner; ``None`` for the token's.

        Returns:
            ``owner/name``; nobody looks whether there is such a repository.

        Raises:
            UsageError: `model_id` is no name, or has an owner although `organization` is given.
            AuthenticationError: The owner is the token's, and there is no token, or it is wrong.

        Wire:
            For the token's own name ``GET /api/whoami-v2``, the first time; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_full_repo_name``, which puts a second owner before a full name.
        """
        name = checked_repo_id(model_id, argument="model_id")
        if organization is None:
            return await self._with_owner(name)
        if "/" in name:
            raise UsageError(f"model_id, organization: expected one owner, got {model_id!r} and {organization!r}")
        return f"{checked_account(organization, argument='organization')}/{name}"

    async def _with_owner(self, repo_id: str) -> str:
        return repo_id if "/" in repo_id else f"{(await self.whoami(cache=True))['name']}/{repo_id}"

    async def get_user_overview(self, username: str) -> models.User:
        """Tell what is known of a user.

        Args:
            username: As it stands before the slash of a ``repo_id``.

        Returns:
            The user; what the Hub does not tell is ``None``.

        Raises:
            UsageError: `username` is none.
            NotFoundError: There is no such user.

        Wire:
            ``GET /api/users/{username}/overview``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_user_overview``.
        """
        return await self._send(accounts.user_overview(checked_account(username, argument="username")))

    async def get_organization_overview(self, organization: str) -> models.Organization:
        """Tell what is known of an organization.

        Args:
            organization: As it stands before the slash of a ``repo_id``.

        Returns:
            The organization; what the Hub does not tell is ``None``.

        Raises:
            UsageError: `organization` is none.
            NotFoundError: There is no such organization.

        Wire:
            ``GET /api/organizations/{organization}/overview``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_organization_overview``.
        """
        return await self._send(accounts.organization_overview(checked_account(organization, argument="organization")))

    def list_user_repos(
        self,
        namespace: str | None = None,
        *,
        search: str | None = None,
        repo_type: Literal["space", "dataset", "model", "bucket", "kernel"] | None = None,
        sort: Literal["storage", "updated_at"] | None = None,
        direction: Literal["asc", "desc"] | None = None,
        limit: int | None = None,
    ) -> Pages[models.RepoStorageInfo]:
        """List what the token's owner has, or an organization, and what it takes.

        Args:
            namespace: An organization; ``None`` for the token's owner.
            search: A part of their names.
            repo_type: One kind only, of whatever takes storage; ``None`` for all.
            sort: ``"storage"``, as the Hub does by itself, or ``"updated_at"``.
            direction: ``"desc"``, as the Hub does by itself, or ``"asc"``.
            limit: How many at the most.

        Returns:
            Pages: ``async for repository in …`` takes one page at a time, ``await …`` gives a list.

        Raises:
            UsageError: An argument is wrong.
            AuthenticationError: There is no token, or it is wrong.
            PermissionDeniedError: The token's owner does not belong to the organization.
            NotFoundError: There is no such organization.

        Wire:
            ``GET /api/settings/repositories`` or ``GET /api/organizations/{namespace}/settings/repositories``,
            then the ``next`` of its ``Link`` headers; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_user_repos``; for all but `namespace`, the Hub's OpenAPI document
            of 2026-08-22.
        """
        if repo_type is not None:
            checked_choice(repo_type, accounts.STORED_TYPES, argument="repo_type")
        if sort is not None:
            checked_choice(sort, accounts.STORAGE_SORT_KEYS, argument="sort")
        if direction is not None:
            checked_choice(direction, accounts.DIRECTIONS, argument="direction")
        first = accounts.list_storage(
            None if namespace is None else checked_account(namespace, argument="namespace"),
            search=search,
            repo_type=repo_type,
            sort=sort,
            direction=direction,
            limit=None if limit is None else whole_number("limit", limit, least=0),
        )
        return self._pages(first, limit)

    async def list_liked_repos(self, user: str | None = None) -> models.UserLikes:
        """Tell what a user likes, as far as it is public.

        Args:
            user: Who; ``None`` for the token's owner.

        Returns:
            All of it: ``spaces``, ``datasets``, ``models`` and more, and ``likes`` with the times.

        Raises:
            UsageError: `user` is none; or not given, and the token is not a user's.
            AuthenticationError: `user` is not given, and there is no token, or it is wrong.
            NotFoundError: There is no such user.

        Wire:
            ``GET /api/users/{user}/likes``, then the ``next`` of its ``Link`` headers; safe to repeat. For a user
            that is not given, ``GET /api/whoami-v2`` before.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_liked_repos``.
        """
        name = await self._own_name() if user is None else checked_account(user, argument="user")
        return models.UserLikes(user=name, likes=tuple(await self._pages(accounts.list_likes(name))))

    async def _own_name(self) -> str:
        account = await self.whoami(cache=True)
        if account["type"] != "user":
            raise UsageError(f"user: expected a name, since the token is not a user's but of type {account['type']!r}")
        return account["name"]

    def list_repo_likers(self, repo_id: str, *, repo_type: RepoType = "space") -> Pages[models.User]:
        """List who likes a repository.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            Pages: ``async for user in …`` takes one page at a time, ``await …`` gives a list.

        Raises:
            UsageError: `repo_id` or `repo_type` is none.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/likers``, then the ``next`` of its ``Link`` headers; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_repo_likers``.
        """
        return self._pages(accounts.list_likers(checked_repo_id(repo_id), checked_repo_type(repo_type)))

    async def unlike(self, repo_id: str, *, repo_type: RepoType = "space") -> None:
        """Take a like back; there is no call to give one, the Hub leaves that to people.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: `repo_id` or `repo_type` is none.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.

        Wire:
            ``DELETE /api/{repo_type}s/{repo_id}/like``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.unlike``.
        """
        await self._send(accounts.unlike(checked_repo_id(repo_id), checked_repo_type(repo_type)))
