"""Secrets and variables over HTTP."""

import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import Caller


def test_secrets_are_listed_without_their_values(hub: LocalHub, me: Caller) -> None:
    """Whatever is asked."""
    secrets = f"/api/spaces/{me.create()}/secrets"
    assert {} == me.post(secrets, json={"key": "TOKEN", "value": "hush", "description": "why"}).json()
    listed = me.get(secrets)
    assert "hush" not in listed.text
    assert {"key", "description", "updatedAt"} == set(listed.json()["TOKEN"])
    assert {} == me.request("DELETE", secrets, json={"key": "TOKEN"}).json()
    assert 200 == me.request("DELETE", secrets, json={"key": "TOKEN"}).status_code
    assert {} == me.get(secrets).json()


def test_each_change_of_variables_answers_all_of_them(me: Caller) -> None:
    """The list tells each key inside, too."""
    variables = f"/api/spaces/{me.create()}/variables"
    me.post(variables, json={"key": "a", "value": "1"})
    both = me.post(variables, json={"key": "b", "value": "2", "description": "two"}).json()
    assert {"a": "1", "b": "2"} == {key: entry["value"] for key, entry in both.items()}
    assert {"value", "updatedAt"} == set(both["a"])
    assert {"key", "value", "description", "updatedAt"} == set(me.get(variables).json()["b"])
    assert ["b"] == list(me.request("DELETE", variables, json={"key": "a"}).json())


@pytest.mark.parametrize("key", ["", "1A", "A-B", "_A", "A B", "\u00c4", None, 1])
@pytest.mark.parametrize("kind", ["secrets", "variables"])
def test_keys_are_names_of_environment_variables(me: Caller, key: object, kind: str) -> None:
    """Anything else is 400."""
    repo_id = me.create()
    assert 400 == me.post(f"/api/spaces/{repo_id}/{kind}", json={"key": key, "value": "x"}).status_code
    assert {} == me.get(f"/api/spaces/{repo_id}/{kind}").json()


@pytest.mark.parametrize("kind", ["secrets", "variables"])
def test_a_change_restarts_the_app(hub: LocalHub, me: Caller, kind: str) -> None:
    """Deleting what is not there changes nothing."""
    repo_id = me.running_space(hub)
    me.request("DELETE", f"/api/spaces/{repo_id}/{kind}", json={"key": "A"})
    assert "RUNNING" == me.runtime(repo_id)["stage"]
    me.post(f"/api/spaces/{repo_id}/{kind}", json={"key": "A", "value": "x"})
    assert "RUNNING_BUILDING" == me.runtime(repo_id)["stage"]


@pytest.mark.parametrize("kind", ["secrets", "variables"])
def test_a_change_wakes_a_sleeper_but_ends_no_pause(hub: LocalHub, me: Caller, kind: str) -> None:
    """The app has to see it."""
    repo_id = me.running_space(hub)
    hub.clock.advance(172_800)
    me.post(f"/api/spaces/{repo_id}/{kind}", json={"key": "A", "value": "x"})
    assert "BUILDING" == me.runtime(repo_id)["stage"]
    me.post(f"/api/spaces/{repo_id}/pause")
    me.request("DELETE", f"/api/spaces/{repo_id}/{kind}", json={"key": "A"})
    assert "PAUSED" == me.runtime(repo_id)["stage"]


def test_secrets_are_the_owners(me: Caller, other: Caller, nobody: Caller) -> None:
    """Even their names."""
    secrets = f"/api/spaces/{me.create()}/secrets"
    assert [403, 401] == [caller.get(secrets).status_code for caller in (other, nobody)]
