"""Which app of a Space is up: what a process that runs it has to know."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
import pytest

from aiohfspaces.localhub import LocalHub, RunningApp
from aiohfspaces.localhub.apps import app_now

from .conftest import STAGE_S, Caller

pytestmark = pytest.mark.anyio

Apps = AsyncGenerator[RunningApp | None, None]


@pytest.fixture
def repo_id(hub: LocalHub, me: Caller) -> str:
    """A Space that is being built."""
    settings = {
        "variables": [{"key": "EPOCHS", "value": "3"}],
        "secrets": [{"key": "HF_TOKEN", "value": "hf_of_the_space"}],
    }
    repo_id = me.create("My.App", **settings)
    me.commit(repo_id, {"app.py": b"print()\n"})
    return repo_id


async def next_app(apps: Apps) -> RunningApp:
    """Wait for the next one that is up."""
    with anyio.fail_after(10):
        app = await anext(apps)
    assert app is not None
    return app


async def test_an_app_is_up_when_its_space_runs(hub: LocalHub, repo_id: str) -> None:
    """It knows its commit, its hardware, its settings, and where the hub is."""
    async with aclosing(hub.watch_app(repo_id)) as apps:
        assert None is await anext(apps)
        hub.clock.advance(2 * STAGE_S)
        app = await next_app(apps)
    assert ("me/My.App", "cpu-basic", 40) == (app.repo_id, app.hardware, len(app.sha))
    assert {
        "CPU_CORES": "2",
        "MEMORY": "16Gi",
        "SPACE_AUTHOR_NAME": "me",
        "SPACE_REPO_NAME": "My.App",
        "SPACE_ID": "me/My.App",
        "SPACE_HOST": "me-my-app.hf.space",
        "HF_ENDPOINT": hub.url,
        "EPOCHS": "3",
        "HF_TOKEN": "hf_of_the_space",
    } == app.environment
    assert "hf_of_the_space" not in repr(app)


async def test_an_app_goes_on_until_the_next_is_up(hub: LocalHub, me: Caller, repo_id: str) -> None:
    """A change of hardware tells nothing before the Space runs on it, a restart at once that nothing is up."""
    hub.clock.advance(2 * STAGE_S)
    async with aclosing(hub.watch_app(repo_id)) as apps:
        first = await next_app(apps)
        me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "t4-medium"})
        for stage in ("RUNNING_BUILDING", "RUNNING_APP_STARTING"):
            assert stage == me.runtime(repo_id)["stage"]
            assert first == app_now(first, hub._find_space(repo_id), hub.clock.now(), hub.url)
            hub.clock.advance(STAGE_S)
        second = await next_app(apps)
        assert ("t4-medium", "8") == (second.hardware, second.environment["CPU_CORES"])
        assert second.started_at > first.started_at
        me.post(f"/api/spaces/{repo_id}/restart")
        assert None is await anext(apps)
        hub.clock.advance(2 * STAGE_S)
        assert second != await next_app(apps)


async def test_each_start_is_another_app(hub: LocalHub, me: Caller, repo_id: str) -> None:
    """Also on the same commit and hardware, and if it was too fast to be seen."""
    hub.clock.advance(2 * STAGE_S)
    async with aclosing(hub.watch_app(repo_id)) as apps:
        first = await next_app(apps)
        me.post(f"/api/spaces/{repo_id}/variables", json={"key": "EPOCHS", "value": "4"})
        hub.clock.advance(2 * STAGE_S)
        second = await next_app(apps)
    assert (first.sha, first.hardware, "4") == (second.sha, second.hardware, second.environment["EPOCHS"])
    assert first != second


async def test_it_ends_with_the_space(hub: LocalHub, me: Caller, repo_id: str) -> None:
    """Of one that never was, nothing can be told."""
    async with aclosing(hub.watch_app(repo_id)) as apps:
        await anext(apps)
        me.request("DELETE", "/api/repos/delete", json={"name": repo_id.partition("/")[2], "type": "space"})
        with anyio.fail_after(10), pytest.raises(StopAsyncIteration):
            await anext(apps)
    with pytest.raises(KeyError):
        await anext(hub.watch_app(repo_id))
