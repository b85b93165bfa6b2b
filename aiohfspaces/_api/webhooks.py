"""Webhooks of the account behind the token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import evolve

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._wire import webhooks
from aiohfspaces.errors import NotFoundError, UsageError


class Webhooks(Sender):
    """Having the Hub tell others what happens."""

    async def create_webhook(
        self,
        *,
        url: str | None = None,
        job_id: str | None = None,
        watched: Iterable[models.WebhookWatchedItem | Mapping[str, str]],
        domains: Iterable[Literal["repo", "discussion"]] | None = None,
        secret: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> models.WebhookInfo:
        """Have an address called, or a job started, whenever something happens to what is watched.

        No error and no log shows a secret, not even where the Hub echoes it.

        Args:
            url: The address to call; or else:
            job_id: The job to start anew.
            watched: Repositories and accounts, each a `WebhookWatchedItem` or ``{"type", "name"}``.
            domains: ``"repo"``, ``"discussion"`` or both; ``None`` for both.
            secret: What the Hub sends along in ``X-Webhook-Secret``; printable ASCII.
            secrets: What the job finds in its environment; only with `job_id`.

        Returns:
            The webhook with its ``id``; its secrets cannot be read back.

        Raises:
            UsageError: An argument is wrong, or not exactly one of `url` and `job_id` is given.
            AuthenticationError: There is no token, or it is wrong.
            BadRequestError: The Hub does not take it.

        Wire:
            ``POST /api/settings/webhooks`` ``{"watched", "domains", "url" | "jobSourceId", "secret"?,
            "secrets"?}``; not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_webhook``.
        """
        wish = webhooks.checked_wish(
            url=url,
            job_id=job_id,
            watched=watched,
            domains=webhooks.DOMAINS if domains is None else domains,
            secret=secret,
            secrets=secrets,
        )
        if wish.watched is None:
            raise UsageError("watched: expected one WebhookWatchedItem or more, got None")
        if url is None and job_id is None:
            raise UsageError("url, job_id: expected one of them, got none")
        return await self._send(webhooks.create(wish))

    async def get_webhook(self, webhook_id: str) -> models.WebhookInfo:
        """Tell what is known of a webhook.

        Args:
            webhook_id: Its id.

        Returns:
            The webhook; of its secrets it has only whether there are any, and the names of a job's.

        Raises:
            UsageError: `webhook_id` is none.
            AuthenticationError: There is no token, or it is wrong.
            NotFoundError: This account has no such webhook.

        Wire:
            ``GET /api/settings/webhooks/{webhook_id}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_webhook``.
        """
        return await self._send(webhooks.get_one(webhooks.checked_webhook_id(webhook_id)))

    async def list_webhooks(self) -> list[models.WebhookInfo]:
        """List the webhooks of the account.

        Returns:
            All of them, in the Hub's order; empty without any.

        Raises:
            AuthenticationError: There is no token, or it is wrong.

        Wire:
            ``GET /api/settings/webhooks``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_webhooks``.
        """
        found = await self._send(webhooks.list_all())
        return list(found)

    async def update_webhook(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        job_id: str | None = None,
        watched: Iterable[models.WebhookWatchedItem | Mapping[str, str]] | None = None,
        domains: Iterable[Literal["repo", "discussion"]] | None = None,
        secret: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> models.WebhookInfo:
        """Change a webhook; what is ``None`` stays as it is.

        Args:
            webhook_id: Its id.
            url: The address to call.
            job_id: The job to start instead.
            watched: Repositories and accounts, each a `WebhookWatchedItem` or ``{"type", "name"}``.
            domains: ``"repo"``, ``"discussion"`` or both.
            secret: What the Hub sends along in ``X-Webhook-Secret``; printable ASCII.
            secrets: What the job finds in its environment; only with `job_id`.

        Returns:
            The webhook as it is now.

        Raises:
            UsageError: An argument is wrong, or both of `url` and `job_id` are given.
            AuthenticationError: There is no token, or it is wrong.
            BadRequestError: The Hub does not take it.
            NotFoundError: This account has no such webhook.

        Wire:
            ``POST /api/settings/webhooks/{webhook_id}`` ``{"watched", "domains", "url"?, "jobSourceId"?,
            "secret"?, "secrets"?}``; safe to repeat. The Hub wants the first two each time: where one is not
            given, ``GET`` on the same path tells what it is.

        Source:
            huggingface_hub 2.4.0, ``HfApi.update_webhook``.
        """
        found = webhooks.checked_webhook_id(webhook_id)
        wish = webhooks.checked_wish(
            url=url, job_id=job_id, watched=watched, domains=domains, secret=secret, secrets=secrets
        )
        return await self._send(webhooks.update(found, await self._completed(found, wish)))

    async def _completed(self, webhook_id: str, wish: webhooks.WebhookWish) -> webhooks.WebhookWish:
        """Add what the Hub wants in each update and the caller has not given."""
        if wish.watched is not None and wish.domains is not None:
            return wish
        before = await self._send(webhooks.get_one(webhook_id))
        return evolve(wish, watched=wish.watched or before.watched, domains=wish.domains or before.domains)

    async def enable_webhook(self, webhook_id: str) -> models.WebhookInfo:
        """Switch a webhook on.

        Args:
            webhook_id: Its id.

        Returns:
            The webhook as it is now.

        Raises:
            UsageError: `webhook_id` is none.
            AuthenticationError: There is no token, or it is wrong.
            NotFoundError: This account has no such webhook.

        Wire:
            ``POST /api/settings/webhooks/{webhook_id}/enable``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.enable_webhook``.
        """
        return await self._send(webhooks.switch(webhooks.checked_webhook_id(webhook_id), on=True))

    async def disable_webhook(self, webhook_id: str) -> models.WebhookInfo:
        """Switch a webhook off.

        Args:
            webhook_id: Its id.

        Returns:
            The webhook as it is now.

        Raises:
            UsageError: `webhook_id` is none.
            AuthenticationError: There is no token, or it is wrong.
            NotFoundError: This account has no such webhook.

        Wire:
            ``POST /api/settings/webhooks/{webhook_id}/disable``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.disable_webhook``.
        """
        return await self._send(webhooks.switch(webhooks.checked_webhook_id(webhook_id), on=False))

    async def delete_webhook(self, webhook_id: str) -> None:
        """Remove a webhook.

        Args:
            webhook_id: Its id.

        Raises:
            UsageError: `webhook_id` is none.
            AuthenticationError: There is no token, or it is wrong.
            NotFoundError: This account has no such webhook. Not raised where the call had to be repeated after
                a lost reply, since then it is gone as it should be.

        Wire:
            ``DELETE /api/settings/webhooks/{webhook_id}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_webhook``.
        """
        try:
            await self._send(webhooks.delete_one(webhooks.checked_webhook_id(webhook_id)))
        except NotFoundError as refusal:
            if refusal.outcome == "not done":
                raise
