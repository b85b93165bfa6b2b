"""Webhooks: what is asked for, what a reply means, and that no secret shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import webhooks
from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces._wire.webhooks import WebhookWish, checked_webhook_id, checked_wish, webhook_reply, webhooks_reply
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import WebhookInfo, WebhookWatchedItem

ALL = "/api/settings/webhooks"
SPACE = WebhookWatchedItem(type="space", name="me/app")
GIVEN: dict[str, Any] = {"watched": [{"type": "space", "name": "me/app"}], "domains": ["repo"]}
TOLD = {"id": "w1", "url": "https://example.org", **GIVEN, "hasSecret": False, "disabled": False, "new": 1}
INFO = WebhookInfo(id="w1", url="https://example.org", watched=(SPACE,), domains=("repo",), disabled=False)


def wish(**given: Any) -> WebhookWish:
    """Check what is given."""
    nothing_given = dict.fromkeys(("url", "job_id", "watched", "domains", "secret", "secrets"))
    return checked_wish(**{**nothing_given, **given})


def reply(value: object) -> Reply:
    """Build a reply of JSON."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url=f"https://hub.test{ALL}", endpoint="https://hub.test")


def read(**told: Any) -> WebhookInfo:
    """Read a webhook."""
    return webhook_reply(reply({"webhook": {**TOLD, **told}}))


@pytest.mark.parametrize("watched", [[SPACE], iter([SPACE]), GIVEN["watched"]])
def test_a_webhook_is_created_by_a_call_that_hides_its_secret(watched: Any) -> None:
    """What is watched may be models or dicts; a second time it would be a second webhook."""
    asked = wish(url="https://example.org", watched=watched, domains=("repo",), secret="hush")
    built = webhooks.create(asked)
    body = JsonBody({**GIVEN, "domains": ("repo",), "url": "https://example.org", "secret": "hush"})
    assert Call(method="POST", path=ALL, parse=webhook_reply, body=body, repeatable=False, secrets=("hush",)) == built
    assert "hush" not in f"{built!r}{asked!r}"


def test_the_secrets_of_a_job_are_secrets() -> None:
    """All of them."""
    asked = wish(job_id="job-1", watched=[SPACE], domains=["repo"], secret="hush", secrets={"A": "quiet", "B": ""})
    built = webhooks.update("w1", asked)
    assert (f"{ALL}/w1", ("hush", "quiet", ""), True) == (built.path, built.secrets, built.repeatable)
    assert built.body == JsonBody(
        {
            **GIVEN,
            "domains": ("repo",),
            "jobSourceId": "job-1",
            "secret": "hush",
            "secrets": {"A": "quiet", "B": ""},
        }
    )
    assert "quiet" not in f"{built!r}{asked!r}"


@pytest.mark.parametrize(
    ("built", "method", "path", "parse"),
    [
        (webhooks.get_one("w1"), "GET", f"{ALL}/w1", webhook_reply),
        (webhooks.list_all(), "GET", ALL, webhooks_reply),
        (webhooks.switch("w1", on=True), "POST", f"{ALL}/w1/enable", webhook_reply),
        (webhooks.switch("w1", on=False), "POST", f"{ALL}/w1/disable", webhook_reply),
        (webhooks.delete_one("w1"), "DELETE", f"{ALL}/w1", nothing),
    ],
)
def test_the_rest_is_safe_to_repeat(built: Call[Any], method: str, path: str, parse: Any) -> None:
    """And sends no body."""
    assert Call(method=method, path=path, parse=parse, repeatable=True) == built


def test_a_webhook_is_read() -> None:
    """Whatever the Hub has added; a reason to be off is kept as it is spelt."""
    assert INFO == read()
    assert (INFO, INFO) == webhooks_reply(reply([TOLD, TOLD]))
    more = read(disabled="suspended-after-failure", lastTriggerAt="2025-03-07T12:24:18Z", domains=["weather"])
    assert ("suspended-after-failure", datetime(2025, 3, 7, 12, 24, 18, tzinfo=UTC), ("weather",)) == (
        more.disabled,
        more.last_triggered_at,
        more.domains,
    )
    job = {"flavor": "cpu-basic", "environment": {"A": "1"}}
    started = read(url=None, job=job, jobSourceId="job-1")
    assert (None, job, "job-1") == (started.url, started.job, started.job_source_id)


@pytest.mark.parametrize(
    ("told", "expected"),
    [({"hasSecret": True}, True), ({"hasSecret": False}, False), ({"secret": "hush"}, True), ({"secret": None}, False)],
)
def test_only_whether_there_is_a_secret_is_kept(told: dict[str, Any], expected: bool) -> None:
    """Even if a server should tell the secret itself."""
    found = read(**{"hasSecret": None, **told})
    assert expected == found.has_secret
    assert "hush" not in repr(found)


@pytest.mark.parametrize("secrets", [{"TOKEN": "hush"}, ["TOKEN"], ["TOKEN", {"value": "hush"}]])
def test_only_the_names_of_a_jobs_secrets_are_kept(secrets: object) -> None:
    """However they are told."""
    found = read(job={"secrets": secrets})
    assert {"secrets": ["TOKEN"]} == found.job
    assert "hush" not in repr(found)


def test_secrets_of_another_shape_are_dropped() -> None:
    """A text could be one."""
    assert {"secrets": []} == read(job={"secrets": "hush"}).job


@pytest.mark.parametrize(
    ("told", "field"),
    [({"watched": [{"type": "space"}]}, "webhook.watched[0].name"), ({"disabled": None}, "webhook.disabled")],
)
def test_what_is_missing_is_named(told: dict[str, Any], field: str) -> None:
    """As a path from the root."""
    with pytest.raises(MalformedReplyError) as caught:
        read(**told)
    assert field == caught.value.field


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("url, job_id", {"url": "https://example.org", "job_id": "job-1"}),
        ("url", {"url": "example.org"}),
        ("url", {"url": "ftp://example.org"}),
        ("url", {"url": "https://"}),
        ("url", {"url": "https://[x"}),
        ("url", {"url": "https://example.org/a b"}),
        ("url", {"url": 5}),
        ("job_id", {"job_id": ""}),
        ("job_id", {"job_id": 5}),
        ("watched", {"watched": []}),
        ("watched", {"watched": "me/app"}),
        ("watched", {"watched": {"type": "space", "name": "me/app"}}),
        ("watched", {"watched": 5}),
        ("watched[1]", {"watched": [SPACE, "me/app"]}),
        ("watched[0]", {"watched": [{"type": "space"}]}),
        ("watched[0].type", {"watched": [{"type": "planet", "name": "x"}]}),
        ("watched[0].name", {"watched": [{"type": "user", "name": ""}]}),
        ("watched[0].name", {"watched": [{"type": "user", "name": None}]}),
        ("domains", {"domains": []}),
        ("domains", {"domains": "repo"}),
        ("domains[1]", {"domains": ["repo", "weather"]}),
        ("secret", {"secret": "h\u00fcsh"}),
        ("secret", {"secret": "hush\n"}),
        ("secret", {"secret": b"hush"}),
        ("secrets", {"secrets": {"A": "hush"}}),
        ("secrets", {"job_id": "job-1", "secrets": ["hush"]}),
        ("secrets", {"job_id": "job-1", "secrets": {"": "hush"}}),
        ("secrets['A']", {"job_id": "job-1", "secrets": {"A": 5}}),
    ],
)
def test_a_wrong_argument_is_named_and_no_secret_shown(argument: str, given: dict[str, Any]) -> None:
    """The error begins with the name."""
    with pytest.raises(UsageError) as caught:
        wish(**given)
    assert str(caught.value).startswith(f"{argument}: ")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("webhook_id", ["", "a/b", "..", "ü", None, 5])
def test_what_is_no_id_is_refused(webhook_id: Any) -> None:
    """It becomes a part of the path."""
    with pytest.raises(UsageError, match=r"^webhook_id: expected"):
        checked_webhook_id(webhook_id)
