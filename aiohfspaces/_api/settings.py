"""Secrets and variables of a Space. Each change restarts the app."""

from __future__ import annotations

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._wire import settings
from aiohfspaces._wire.names import checked_full_id, checked_key, checked_value


class Settings(Sender):
    """What a Space finds in its environment."""

    async def get_space_secrets(self, repo_id: str) -> dict[str, models.SpaceSecret]:
        """List the secrets of a Space; their values cannot be read.

        Args:
            repo_id: ``owner/name``.

        Returns:
            Key to secret; empty without any.

        Raises:
            UsageError: `repo_id` is none.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/spaces/{repo_id}/secrets``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_space_secrets``.
        """
        return await self._send(settings.get_secrets(checked_full_id(repo_id)))

    async def add_space_secret(self, repo_id: str, key: str, value: str, *, description: str | None = None) -> None:
        """Set a secret of a Space, new or not.

        No error and no log shows the value, not even where the Hub echoes it.

        Args:
            repo_id: ``owner/name``.
            key: Letters, digits and ``_`` after a letter.
            value: What the app reads.
            description: What it is for.

        Raises:
            UsageError: `repo_id` or `key` is none, or `value` or `description` no string.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/secrets`` ``{"key", "value", "description"?}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.add_space_secret``.
        """
        await self._send(
            settings.add_secret(checked_full_id(repo_id), checked_key(key), checked_value(value), description)
        )

    async def delete_space_secret(self, repo_id: str, key: str) -> None:
        """Remove a secret of a Space; one that is not there is no error.

        Args:
            repo_id: ``owner/name``.
            key: Its name.

        Raises:
            UsageError: `repo_id` or `key` is none.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``DELETE /api/spaces/{repo_id}/secrets`` ``{"key"}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_space_secret``.
        """
        await self._send(settings.delete_secret(checked_full_id(repo_id), checked_key(key)))

    async def get_space_variables(self, repo_id: str) -> dict[str, models.SpaceVariable]:
        """List the variables of a Space.

        Args:
            repo_id: ``owner/name``.

        Returns:
            Key to variable; empty without any.

        Raises:
            UsageError: `repo_id` is none.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/spaces/{repo_id}/variables``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_space_variables``.
        """
        return await self._send(settings.get_variables(checked_full_id(repo_id)))

    async def add_space_variable(
        self, repo_id: str, key: str, value: str, *, description: str | None = None
    ) -> dict[str, models.SpaceVariable]:
        """Set a variable of a Space, new or not.

        Args:
            repo_id: ``owner/name``.
            key: Letters, digits and ``_`` after a letter.
            value: What the app reads; everybody can.
            description: What it is for.

        Returns:
            All variables after the change, key to variable.

        Raises:
            UsageError: `repo_id` or `key` is none, or `value` or `description` no string.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/variables`` ``{"key", "value", "description"?}``; safe to repeat.
            Where the Hub answers without the map, ``GET`` on the same path.

        Source:
            huggingface_hub 2.4.0, ``HfApi.add_space_variable``.
        """
        call = settings.add_variable(checked_full_id(repo_id), checked_key(key), checked_value(value), description)
        return await self._send(call) or await self.get_space_variables(repo_id)

    async def delete_space_variable(self, repo_id: str, key: str) -> dict[str, models.SpaceVariable]:
        """Remove a variable of a Space; one that is not there is no error.

        Args:
            repo_id: ``owner/name``.
            key: Its name.

        Returns:
            The variables that remain, key to variable.

        Raises:
            UsageError: `repo_id` or `key` is none.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``DELETE /api/spaces/{repo_id}/variables`` ``{"key"}``; safe to repeat.
            Where the Hub answers without the map, ``GET`` on the same path.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_space_variable``.
        """
        call = settings.delete_variable(checked_full_id(repo_id), checked_key(key))
        return await self._send(call) or await self.get_space_variables(repo_id)
