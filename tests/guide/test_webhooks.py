"""Webhooks on a living Hub, by both clients."""

from __future__ import annotations

import logging

import pytest
from anyio import to_thread
from huggingface_hub import HfApi

from aiohfspaces import (
    AsyncSpacesClient,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    RetryPolicy,
    WebhookWatchedItem,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

URL = "https://example.org/hook"
SPACE = WebhookWatchedItem(type="space", name="me/app")
USER = WebhookWatchedItem(type="user", name="me")


async def test_a_webhook_lives(client: AsyncSpacesClient) -> None:
    """What is not given to an update stays."""
    made = await client.create_webhook(url=URL, watched=[SPACE, {"type": "user", "name": "me"}], secret="hush")
    assert (URL, (SPACE, USER), ("repo", "discussion"), True, False) == (
        made.url,
        made.watched,
        made.domains,
        made.has_secret,
        made.disabled,
    )
    assert ([made], made) == (await client.list_webhooks(), await client.get_webhook(made.id))
    moved = await client.update_webhook(made.id, url=f"{URL}/2")
    assert (f"{URL}/2", made.watched, made.domains, True) == (moved.url, moved.watched, moved.domains, moved.has_secret)
    narrowed = await client.update_webhook(made.id, watched=[USER], domains=["repo"])
    assert (f"{URL}/2", (USER,), ("repo",)) == (narrowed.url, narrowed.watched, narrowed.domains)
    assert (await client.disable_webhook(made.id)).disabled
    assert not (await client.enable_webhook(made.id)).disabled
    await client.delete_webhook(made.id)
    for gone in (client.get_webhook(made.id), client.delete_webhook(made.id), client.update_webhook(made.id, url=URL)):
        with pytest.raises(NotFoundError):
            await gone
    assert [] == await client.list_webhooks()


async def test_a_webhook_may_start_a_job(client: AsyncSpacesClient) -> None:
    """The names of its secrets can be read, their values not."""
    made = await client.create_webhook(job_id="job-1", watched=[SPACE], secrets={"TOKEN": "hush"})
    assert (None, "job-1", ["TOKEN"]) == (made.url, made.job_source_id, (made.job or {})["secrets"])
    assert "hush" not in repr(made)


async def test_a_removal_whose_reply_was_lost_is_one(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """Repeated, it finds nothing to remove, and that is what was wanted."""
    made = await client.create_webhook(url=URL, watched=[SPACE])
    hub.inject_fault("DELETE", "/api/settings/webhooks/*", status=502, after=True)
    await client.with_options(retry=RetryPolicy(initial=0, jitter=0)).delete_webhook(made.id)
    assert [] == await client.list_webhooks()


@pytest.mark.parametrize(
    "body", ["{secret} and {other}", '{{"error": "{secret} {other}"}}', '{{"secret": "{secret}"}}']
)
@pytest.mark.parametrize("status", [200, 400])
async def test_no_secret_is_shown(
    client: AsyncSpacesClient, hub: LocalHub, caplog: pytest.LogCaptureFixture, status: int, body: str
) -> None:
    """Not even where the server echoes it, in a refusal or in what is no answer."""
    caplog.set_level(logging.DEBUG)
    echo = body.format(secret="hush-hush", other="quiet-quiet")
    hub.inject_fault("POST", "/api/settings/webhooks*", status=status, body=echo, times=2)
    for call in (
        client.create_webhook(job_id="job-1", watched=[SPACE], secret="hush-hush", secrets={"A": "quiet-quiet"}),
        client.update_webhook(
            "w1",
            job_id="job-1",
            watched=[SPACE],
            domains=["repo"],
            secret="hush-hush",
            secrets={"A": "quiet-quiet"},
        ),
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
            await call
        shown = f"{caught.value!r} {caught.value} {vars(caught.value)} {caplog.text}"
        assert "hush-hush" not in shown
        assert "quiet-quiet" not in shown


async def test_refusals_have_their_classes(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """Another's is not found; without a token nothing is."""
    made = await client.create_webhook(url=URL, watched=[SPACE])
    other, nobody = client.with_options(token=hub.add_user("other")), client.with_options(token=False)
    assert [] == await other.list_webhooks()
    with pytest.raises(NotFoundError):
        await other.disable_webhook(made.id)
    with pytest.raises(AuthenticationError):
        await nobody.list_webhooks()
    with pytest.raises(BadRequestError):
        await client.request("POST", f"/api/settings/webhooks/{made.id}", json={"watched": [], "domains": ["repo"]})


async def test_the_official_client_manages_what_ours_made(official: HfApi, client: AsyncSpacesClient) -> None:
    """And the other way round."""
    made = await client.create_webhook(url=URL, watched=[SPACE])

    def manage() -> str:
        [found] = official.list_webhooks()
        assert (made.id, URL, False) == (found.id, found.url, found.disabled)
        assert ["me/app"] == [item.name for item in official.get_webhook(made.id).watched]
        updated = official.update_webhook(
            made.id, url=URL, watched=[{"type": "org", "name": "x"}], domains=["discussion"], secret="hush"
        )
        assert ["discussion"] == updated.domains
        assert official.disable_webhook(made.id).disabled
        assert not official.enable_webhook(made.id).disabled
        own = official.create_webhook(job_id="job-1", watched=[{"type": "space", "name": "me/app"}])
        assert own.job is not None
        official.delete_webhook(made.id)
        return own.id

    own = await to_thread.run_sync(manage)
    [left] = await client.list_webhooks()
    assert (own, "job-1", None) == (left.id, left.job_source_id, left.url)
