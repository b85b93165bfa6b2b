"""Webhooks: what the Hub tells others of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class WebhookWatchedItem:
    """Something that a webhook watches.

    Attributes:
        type: ``"space"``, ``"dataset"``, ``"model"``, ``"bucket"``, ``"kernel"``, ``"user"`` or ``"org"``.
        name: ``owner/name`` of a repository, or the name of an account.
    """

    type: str
    name: str


@frozen(kw_only=True)
class WebhookInfo:
    """A webhook; its secret cannot be read back.

    Attributes:
        id: Its id.
        url: The address that is called; ``None`` where a job is started instead.
        job: The job that is started, in the Hub's spelling; of its secrets, only the names.
        job_source_id: The job that it was copied from.
        watched: What is watched.
        domains: ``"repo"`` for changes of files and settings, ``"discussion"`` for discussions.
        has_secret: Whether the Hub says a secret with each call.
        disabled: Whether it is off: ``True``, or why, e.g. ``"suspended-after-failure"``.
        last_triggered_at: When it was last called; ``None`` if it never was.
    """

    id: str
    url: str | None
    job: dict[str, Any] | None = None
    job_source_id: str | None = None
    watched: tuple[WebhookWatchedItem, ...]
    domains: tuple[str, ...]
    has_secret: bool = False
    disabled: bool | str
    last_triggered_at: datetime | None = None
