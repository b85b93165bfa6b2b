"""Webhooks over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import Caller, caller_of

WEBHOOKS = "/api/settings/webhooks"
WISH = {"watched": [{"type": "space", "name": "me/app"}], "domains": ["repo"], "url": "https://example.org/hook"}


def make(caller: Caller, **wanted: Any) -> Any:
    """Create a webhook."""
    reply = caller.post(WEBHOOKS, json={**WISH, **wanted})
    assert 200 == reply.status_code, reply.text
    return reply.json()["webhook"]


def test_a_webhook_is_made_changed_and_removed(me: Caller) -> None:
    """Its secret is never told."""
    made = make(me, secret="hush")
    path = f"{WEBHOOKS}/{made['id']}"
    assert {**WISH, "id": made["id"], "hasSecret": True, "disabled": False} == made
    assert ({"webhook": made}, [made]) == (me.get(path).json(), me.get(WEBHOOKS).json())
    watched = [{"type": "user", "name": "other"}]
    changed = me.post(path, json={"watched": watched, "domains": ["discussion"]}).json()["webhook"]
    assert {**made, "watched": watched, "domains": ["discussion"]} == changed
    assert [True, False] == [
        me.post(f"{path}/{action}").json()["webhook"]["disabled"] for action in ("disable", "enable")
    ]
    assert 404 == me.post(f"{path}/explode").status_code
    assert {} == me.delete(path).json()
    assert [404, 404] == [me.get(path).status_code, me.delete(path).status_code]
    assert [] == me.get(WEBHOOKS).json()


def test_a_webhook_may_start_a_job(me: Caller) -> None:
    """Of its secrets only the names are told; with an address instead it starts none any more."""
    made = make(me, url=None, jobSourceId="job-1", secrets={"TOKEN": "hush"})
    assert ("job-1", ["TOKEN"]) == (made["jobSourceId"], made["job"]["secrets"])
    assert "url" not in made
    changed = me.post(f"{WEBHOOKS}/{made['id']}", json=WISH).json()["webhook"]
    assert WISH["url"] == changed["url"]
    assert not {"job", "jobSourceId"} & changed.keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"watched": []},
        {"watched": [{"type": "planet", "name": "x"}]},
        {"watched": [{"type": "space"}]},
        {"domains": []},
        {"domains": ["weather"]},
        {"domains": "repo"},
        {"url": None},
        {"url": "example"},
        {"jobSourceId": "job-1"},
        {"secret": "\u00fc"},
        {"url": None, "jobSourceId": "job-1", "secrets": ["A"]},
    ],
)
def test_what_makes_no_sense_is_refused(me: Caller, wrong: dict[str, Any]) -> None:
    """With 400, and nothing is kept."""
    assert 400 == me.post(WEBHOOKS, json={**WISH, **wrong}).status_code
    assert [] == me.get(WEBHOOKS).json()


def test_webhooks_are_their_owners(me: Caller, other: Caller, nobody: Caller) -> None:
    """Others do not find them."""
    path = f"{WEBHOOKS}/{make(me)['id']}"
    assert [404, 404, 404, 404] == [
        reply.status_code
        for reply in (
            other.get(path),
            other.post(path, json=WISH),
            other.post(f"{path}/disable"),
            other.delete(path),
        )
    ]
    assert ([], 401, 401) == (
        other.get(WEBHOOKS).json(),
        nobody.get(WEBHOOKS).status_code,
        nobody.post(WEBHOOKS, json=WISH).status_code,
    )


def test_webhooks_survive_a_restart(tmp_path: Path) -> None:
    """As they were."""
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as me:
        made = [make(me, secret="hush"), make(me, url=None, jobSourceId="job-1", secrets={"TOKEN": "x"})]
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as me:
        assert made == me.get(WEBHOOKS).json()
        assert make(me)["id"] not in {webhook["id"] for webhook in made}
