"""Webhooks: what somebody wants to be told of. This hub keeps them, and calls nobody.

Source: the Hub's OpenAPI document of 2026-08-22, ``/api/settings/webhooks``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from attrs import field, frozen

from aiohfspaces.localhub.accounts import Account
from aiohfspaces.localhub.refusals import Refusal


@frozen
class Webhook:
    """A webhook.

    Attributes:
        owner: The account's name.
        watched: Types and names.
        job_secrets: The names of a job's secrets.
    """

    id: str
    owner: str
    url: str | None
    job_source_id: str | None
    watched: tuple[tuple[str, str], ...]
    domains: tuple[str, ...]
    secret: str | None = field(default=None, repr=False)
    job_secrets: tuple[str, ...] = ()
    is_disabled: bool = False


class Webhooks:
    """All webhooks of one hub."""

    def __init__(self, known: Iterable[Webhook] = ()) -> None:
        """Begin with the webhooks of an earlier run."""
        self._lock = threading.Lock()
        self._by_id = {webhook.id: webhook for webhook in known}

    def __iter__(self) -> Iterator[Webhook]:
        """Iterate over all webhooks, oldest first."""
        return iter(list(self._by_id.values()))

    def find(self, owner: Account, webhook_id: str) -> Webhook:
        """Find a webhook of somebody.

        Raises:
            Refusal: They have none of this id: 404.
        """
        found = self._by_id.get(webhook_id)
        if found is None or found.owner != owner.name:
            raise Refusal(404, "Webhook not found")
        return found

    def add(self, webhook: Webhook) -> Webhook:
        """Keep a new webhook."""
        with self._lock:
            self._by_id[webhook.id] = webhook
            return webhook

    def change(self, owner: Account, webhook_id: str, step: Callable[[Webhook], Webhook]) -> Webhook:
        """Change a webhook of somebody, and nobody else meanwhile.

        Raises:
            Refusal: They have none of this id: 404.
        """
        with self._lock:
            changed = self._by_id[webhook_id] = step(self.find(owner, webhook_id))
            return changed

    def remove(self, owner: Account, webhook_id: str) -> None:
        """Forget a webhook of somebody.

        Raises:
            Refusal: They have none of this id: 404.
        """
        with self._lock:
            del self._by_id[self.find(owner, webhook_id).id]


def describe_webhook(webhook: Webhook) -> dict[str, object]:
    """Say what a webhook is: never its secret."""
    told: dict[str, object] = {
        "id": webhook.id,
        "watched": [{"type": kind, "name": name} for kind, name in webhook.watched],
        "domains": list(webhook.domains),
        "hasSecret": webhook.secret is not None,
        "disabled": webhook.is_disabled,
    }
    if webhook.job_source_id is None:
        return {**told, "url": webhook.url}
    job: dict[str, object] = {
        "flavor": "cpu-basic",
        "environment": {},
        "timeoutSeconds": None,
        "secrets": list(webhook.job_secrets),
    }
    return {**told, "jobSourceId": webhook.job_source_id, "job": job}
