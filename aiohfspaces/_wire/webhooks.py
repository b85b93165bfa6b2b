"""Webhooks of an account.

Source: huggingface_hub 2.4.0, ``create_webhook`` and its counterparts; the Hub's OpenAPI document of 2026-08-22, which
tells whether there is a secret (``hasSecret``) where the former expects the secret itself, and wants ``watched`` and
``domains`` in each update.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from aiohfspaces._wire.calls import Call, JsonValue, delete, get, post
from aiohfspaces._wire.names import checked_choice, checked_value, kind_of
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.errors import UsageError
from aiohfspaces.models import WebhookInfo, WebhookWatchedItem

WATCHED_TYPES = ("bucket", "dataset", "kernel", "model", "org", "space", "user")
DOMAINS = ("repo", "discussion")

_ALL = "/api/settings/webhooks"
_ID = re.compile(r"[0-9a-zA-Z_-]+", re.ASCII)
_SENDABLE = re.compile(r"[\x20-\x7f]*", re.ASCII)


@frozen(kw_only=True)
class WebhookWish:
    """What a webhook is to do; what is ``None`` was not given.

    Attributes:
        url: The address to call.
        job_id: The job to start instead.
        watched: What to watch.
        domains: Which changes count.
        secret: What the Hub has to say with each call.
        secrets: What the job finds in its environment.
    """

    url: str | None = None
    job_id: str | None = None
    watched: tuple[WebhookWatchedItem, ...] | None = None
    domains: tuple[str, ...] | None = None
    secret: str | None = field(default=None, repr=False)
    secrets: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def given(self) -> dict[str, JsonValue]:
        """The fields that were given, in the Hub's spelling."""
        watched = None if self.watched is None else [{"type": one.type, "name": one.name} for one in self.watched]
        fields: dict[str, JsonValue] = {
            "watched": watched,
            "domains": self.domains,
            "url": self.url,
            "jobSourceId": self.job_id,
            "secret": self.secret,
            "secrets": self.secrets,
        }
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What no error may show."""
        own = () if self.secret is None else (self.secret,)
        return (*own, *(self.secrets or {}).values())


def checked_wish(
    *,
    url: str | None,
    job_id: str | None,
    watched: Iterable[WebhookWatchedItem | Mapping[str, str]] | None,
    domains: Iterable[str] | None,
    secret: str | None,
    secrets: Mapping[str, str] | None,
) -> WebhookWish:
    """Accept what a webhook is to do.

    Raises:
        UsageError: An argument is wrong, `url` and `job_id` are both given, or `secrets` without `job_id`.
    """
    if url is not None and job_id is not None:
        raise UsageError("url, job_id: expected one of them, got both")
    if secrets is not None and job_id is None:
        raise UsageError("secrets: expected together with job_id only, since a job finds them")
    return WebhookWish(
        url=None if url is None else _checked_url(url),
        job_id=None if job_id is None else _checked_job_id(job_id),
        watched=None if watched is None else _checked_watched(watched),
        domains=None if domains is None else _checked_domains(domains),
        secret=None if secret is None else _checked_secret(secret),
        secrets=None if secrets is None else _checked_secrets(secrets),
    )


def checked_webhook_id(webhook_id: str) -> str:
    """Accept the id of a webhook.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(webhook_id, str) or not _ID.fullmatch(webhook_id):
        raise UsageError(f"webhook_id: expected letters and digits, got {webhook_id!r}")
    return webhook_id


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(checked_value(url, argument="url"))
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise UsageError(f"url: expected an address such as 'https://example.org/hook', got {url!r}")
    return url


def _checked_job_id(job_id: str) -> str:
    if not isinstance(job_id, str) or not job_id:
        raise UsageError(f"job_id: expected the id of a job, got {job_id!r}")
    return checked_value(job_id, argument="job_id")


def _checked_watched(watched: Iterable[WebhookWatchedItem | Mapping[str, str]]) -> tuple[WebhookWatchedItem, ...]:
    listed = tuple(watched) if isinstance(watched, Iterable) and not isinstance(watched, str | Mapping) else ()
    if not listed:
        raise UsageError(f"watched: expected one WebhookWatchedItem or more, got {watched!r}")
    return tuple(_checked_item(item, f"watched[{index}]") for index, item in enumerate(listed))


def _checked_item(item: WebhookWatchedItem | Mapping[str, str], argument: str) -> WebhookWatchedItem:
    if isinstance(item, Mapping) and item.keys() == {"type", "name"}:
        item = WebhookWatchedItem(type=item["type"], name=item["name"])
    if not isinstance(item, WebhookWatchedItem):
        raise UsageError(f"{argument}: expected a WebhookWatchedItem or {{'type', 'name'}}, got {kind_of(item)}")
    checked_choice(item.type, WATCHED_TYPES, argument=f"{argument}.type")
    if not checked_value(item.name, argument=f"{argument}.name"):
        raise UsageError(f"{argument}.name: expected the name of what is watched, got ''")
    return item


def _checked_domains(domains: Iterable[str]) -> tuple[str, ...]:
    listed = tuple(domains) if isinstance(domains, Iterable) and not isinstance(domains, str) else ()
    if not listed:
        raise UsageError(f"domains: expected one of {', '.join(DOMAINS)} or more, got {domains!r}")
    return tuple(checked_choice(domain, DOMAINS, argument=f"domains[{index}]") for index, domain in enumerate(listed))


def _checked_secret(secret: str) -> str:
    if not _SENDABLE.fullmatch(checked_value(secret, argument="secret")):
        raise UsageError("secret: expected printable ASCII, since it goes into a header")
    return secret


def _checked_secrets(secrets: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(secrets, Mapping):
        raise UsageError(f"secrets: expected a mapping of names to values, got {type(secrets).__name__}")
    if not all(isinstance(key, str) and key for key in secrets):
        raise UsageError("secrets: expected a mapping of names to values, got a name that is none")
    return {key: checked_value(value, argument=_shown(key)) for key, value in secrets.items()}


def _shown(key: str) -> str:
    """Name a secret in an error, unless its key may be the value in the wrong place."""
    return f"secrets[{key!r}]" if key.isidentifier() else "secrets"


def create(wish: WebhookWish) -> Call[WebhookInfo]:
    """``POST /api/settings/webhooks``; a second time it makes a second one."""
    return post(_ALL, webhook_reply, wish.given, repeatable=False, secrets=wish.secret_values)


def get_one(webhook_id: str) -> Call[WebhookInfo]:
    """``GET /api/settings/webhooks/{webhook_id}``."""
    return get(f"{_ALL}/{webhook_id}", webhook_reply)


def list_all() -> Call[tuple[WebhookInfo, ...]]:
    """``GET /api/settings/webhooks``: all of them at once."""
    return get(_ALL, webhooks_reply)


def update(webhook_id: str, wish: WebhookWish) -> Call[WebhookInfo]:
    """``POST /api/settings/webhooks/{webhook_id}``; the second time nothing changes."""
    return post(f"{_ALL}/{webhook_id}", webhook_reply, wish.given, repeatable=True, secrets=wish.secret_values)


def switch(webhook_id: str, *, on: bool) -> Call[WebhookInfo]:
    """``POST /api/settings/webhooks/{webhook_id}/{enable|disable}``."""
    return post(f"{_ALL}/{webhook_id}/{'enable' if on else 'disable'}", webhook_reply, repeatable=True)


def delete_one(webhook_id: str) -> Call[None]:
    """``DELETE /api/settings/webhooks/{webhook_id}``."""
    return delete(f"{_ALL}/{webhook_id}", nothing)


def webhook_reply(reply: Reply) -> WebhookInfo:
    """Read one webhook."""
    return _webhook(reply.json().at("webhook"))


def webhooks_reply(reply: Reply) -> tuple[WebhookInfo, ...]:
    """Read all webhooks, in the Hub's order."""
    return reply.json().items(_webhook)


def _webhook(webhook: Field) -> WebhookInfo:
    return WebhookInfo(
        id=webhook.at("id").text(),
        url=webhook.maybe("url", Field.text),
        job=webhook.maybe("job", _job),
        job_source_id=webhook.maybe("jobSourceId", Field.text),
        watched=webhook.at("watched").items(_watched_item),
        domains=webhook.at("domains").items(Field.text),
        has_secret=bool(webhook.maybe("hasSecret", Field.flag) or webhook.maybe("secret", Field.text)),
        disabled=_disabled(webhook.at("disabled")),
        last_triggered_at=webhook.maybe("lastTriggerAt", Field.moment),
    )


def _disabled(disabled: Field) -> bool | str:
    return disabled.flag() if isinstance(disabled.value, bool) else disabled.text()


def _watched_item(item: Field) -> WebhookWatchedItem:
    return WebhookWatchedItem(type=item.at("type").text(), name=item.at("name").text())


def _job(job: Field) -> dict[str, Any]:
    """Read a job as it is, but for its secrets: should the server tell their values, only the names are kept."""
    described = dict(job.object())
    if "secrets" in described:
        named = described["secrets"]
        described["secrets"] = (
            [name for name in named if isinstance(name, str)] if isinstance(named, list | dict) else []
        )
    return described
