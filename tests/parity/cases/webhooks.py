"""Webhooks."""

from __future__ import annotations

from typing import Any

import huggingface_hub

import aiohfspaces
from tests.parity.wire import Case

URL = "https://example.org/hook?a=ü"
WATCHED: Any = [{"type": "space", "name": "me/app"}, {"type": "org", "name": "ü"}]
THEIRS: Any = [huggingface_hub.WebhookWatchedItem(**item) for item in WATCHED]
OURS = [aiohfspaces.WebhookWatchedItem(**item) for item in WATCHED]


def answer(method: str, path: str) -> Any:
    """Tell a webhook."""
    webhook = {"id": "w1", "url": URL, "watched": WATCHED, "domains": ["repo"], "hasSecret": True, "disabled": False}
    return {"webhook": webhook} if path != "/api/settings/webhooks" or method == "POST" else [webhook]


CASES: dict[str, Case] = {
    "create_webhook": (
        lambda api: api.create_webhook(url=URL, watched=WATCHED),
        lambda client: client.create_webhook(url=URL, watched=WATCHED),
    ),
    "create_webhook, everything": (
        lambda api: api.create_webhook(url=URL, watched=THEIRS, domains=["discussion"], secret="hush"),
        lambda client: client.create_webhook(url=URL, watched=OURS, domains=["discussion"], secret="hush"),
    ),
    "create_webhook, job": (
        lambda api: api.create_webhook(job_id="job-1", watched=THEIRS, secret="", secrets={"A": "ü"}),
        lambda client: client.create_webhook(job_id="job-1", watched=OURS, secret="", secrets={"A": "ü"}),
    ),
    "get_webhook": (lambda api: api.get_webhook("w1"), lambda client: client.get_webhook("w1")),
    "list_webhooks": (lambda api: api.list_webhooks(), lambda client: client.list_webhooks()),
    "update_webhook, everything": (
        lambda api: api.update_webhook("w1", url=URL, watched=THEIRS, domains=["repo", "discussion"], secret="hush"),
        lambda client: client.update_webhook(
            "w1", url=URL, watched=OURS, domains=["repo", "discussion"], secret="hush"
        ),
    ),
    "update_webhook, job": (
        lambda api: api.update_webhook("w1", job_id="job-1", watched=THEIRS, domains=["repo"], secrets={"A": "x"}),
        lambda client: client.update_webhook("w1", job_id="job-1", watched=OURS, domains=["repo"], secrets={"A": "x"}),
    ),
    "update_webhook, url": (
        lambda api: api.update_webhook("w1", url=URL),
        lambda client: client.update_webhook("w1", url=URL),
        "what stays",
    ),
    "update_webhook, domains": (
        lambda api: api.update_webhook("w1", domains=["repo"]),
        lambda client: client.update_webhook("w1", domains=["repo"]),
        "what stays",
    ),
    "enable_webhook": (lambda api: api.enable_webhook("w1"), lambda client: client.enable_webhook("w1")),
    "disable_webhook": (lambda api: api.disable_webhook("w1"), lambda client: client.disable_webhook("w1")),
    "delete_webhook": (lambda api: api.delete_webhook("w1"), lambda client: client.delete_webhook("w1")),
}
