"""Repositories as a whole: delete, move, and who sees them; what makes them is in `creation`."""

from __future__ import annotations

from typing import Literal

from aiohfspaces._api.creation import Creation
from aiohfspaces._wire import lifecycle
from aiohfspaces._wire.names import (
    checked_flags,
    checked_full_id,
    checked_gated,
    checked_repo_id,
    checked_repo_type,
    checked_visibility,
)
from aiohfspaces.errors import RepositoryNotFoundError, UsageError
from aiohfspaces.models import RepoType, RepoVisibility


class Repos(Creation):
    """Creating, deleting, moving and duplicating repositories, and changing who sees them."""

    async def delete_repo(self, repo_id: str, *, repo_type: RepoType = "space", missing_ok: bool = False) -> None:
        """Delete a repository with all its history; there is no way back.

        Args:
            repo_id: ``owner/name``; without an owner it is the token's.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            missing_ok: Whether it is no error if there is none.

        Raises:
            UsageError: `repo_id` or `repo_type` is none.
            RepositoryNotFoundError: There is none, or the token may not see it. Not raised where the
                call had to be repeated after a lost reply, since then it is gone as it should be.
            PermissionDeniedError: The token may not delete it.

        Wire:
            ``DELETE /api/repos/delete`` ``{"name", "organization", "type"}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_repo``.
        """
        checked_flags(missing_ok=missing_ok)
        try:
            await self._send(lifecycle.delete_repository(checked_repo_id(repo_id), checked_repo_type(repo_type)))
        except RepositoryNotFoundError as refusal:
            if not missing_ok and refusal.outcome == "not done":
                raise

    async def move_repo(self, from_id: str, to_id: str, *, repo_type: RepoType = "space") -> None:
        """Give a repository another name, or another owner; its old address goes on leading to it.

        Args:
            from_id: ``owner/name`` as it is.
            to_id: ``owner/name`` as it is to be.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            ConflictError: The new name is taken.
            PermissionDeniedError: The token may not take it away, or not bring it there.

        Wire:
            ``POST /api/repos/move`` ``{"fromRepo", "toRepo", "type"}``; not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.move_repo``.
        """
        source, target = checked_full_id(from_id, argument="from_id"), checked_full_id(to_id, argument="to_id")
        await self._send(lifecycle.move(source, target, checked_repo_type(repo_type)))

    async def update_repo_settings(
        self,
        repo_id: str,
        *,
        gated: Literal["auto", "manual", False] | None = None,
        private: bool | None = None,
        visibility: RepoVisibility | None = None,
        repo_type: RepoType = "space",
    ) -> None:
        """Change who sees a repository; what is not given stays as it is.

        Args:
            repo_id: ``owner/name``.
            gated: Whether access has to be asked for: ``"auto"``, ``"manual"`` or ``False``.
            private: Whether only its owner sees it; not with `visibility`.
            visibility: ``"public"``, ``"private"`` or ``"protected"``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong, or none is given.
            BadRequestError: The Hub accepts something of it not.
            PaymentRequiredError: The account's plan does not allow it.
            PermissionDeniedError: The token may not manage it.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``PUT /api/{repo_type}s/{repo_id}/settings`` ``{"gated"?, "visibility"?}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.update_repo_settings``.
        """
        seen_by = checked_visibility(private, visibility)
        if gated is None and seen_by is None:
            raise UsageError("gated, private, visibility: expected one of them at least, got none")
        call = lifecycle.update_settings(
            checked_repo_id(repo_id), checked_repo_type(repo_type), gated=checked_gated(gated), visibility=seen_by
        )
        await self._send(call)
