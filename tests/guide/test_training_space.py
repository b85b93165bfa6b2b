"""The guide's training Space, start by start: what it does is what it finds."""

from __future__ import annotations

import json
import runpy
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from aiohfspaces import AsyncSpacesClient, DatasetTaskQueue, PermissionDeniedError
from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "training_space.py"
Work = Callable[[], Awaitable[bool]]


@pytest.fixture
async def queue(running: str, client: AsyncSpacesClient) -> DatasetTaskQueue:
    """Have a Space that runs, and its tasks."""
    await client.create_repo("me/tasks", repo_type="dataset")
    return DatasetTaskQueue(client, "me/tasks")


@pytest.fixture
def work(running: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Load the script as its Space would."""
    around = {"SPACE_ID": running, "TASKS": "me/tasks", "RESULTS": "me/models", "EPOCHS": "10"}
    for key, value in {**around, "HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}.items():
        monkeypatch.setenv(key, value)
    found: Work = runpy.run_path(str(SCRIPT))["work"]
    return found


async def on_t4(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """Let the Space come up on a T4."""
    await client.request_space_hardware("me/app", "t4-medium")
    hub.clock.advance(2 * STAGE_S)


async def requested(client: AsyncSpacesClient) -> str | None:
    """Tell which hardware is wanted."""
    return (await client.get_space_runtime("me/app")).requested_hardware


async def test_without_a_task_it_is_idle(work: Work, queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """Then it serves its form; what somebody else is working on is none of its business."""
    await queue.add("base", "concept")
    await queue.claim("me/other")
    assert not await work()
    assert "cpu-basic" == await requested(client)


@pytest.mark.parametrize("is_begun", [False, True])
async def test_for_a_task_it_requests_a_t4(
    work: Work, queue: DatasetTaskQueue, client: AsyncSpacesClient, is_begun: bool
) -> None:
    """For one that is pending, or that it had begun; nothing is taken before it is there."""
    await queue.add("base", "concept")
    if is_begun:
        await queue.claim("me/app")
    before = await queue.tasks()
    assert await work()
    runtime = await client.get_space_runtime("me/app")
    assert ("t4-medium", 3600) == (runtime.requested_hardware, runtime.sleep_time)
    assert before == await queue.tasks()


async def test_a_task_that_cannot_be_done_does_not_come_back(
    work: Work, queue: DatasetTaskQueue, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """Its result is the error; the T4 is given back."""
    await client.create_repo("me/models", repo_type="model")
    await queue.add("me/base\n", "../concept", "too much")
    await on_t4(client, hub)
    assert await work()
    assert "cpu-basic" == await requested(client)
    assert ["DONE"] == [task.status for task in await queue.tasks()]
    (name,) = [name for name in await client.list_repo_files("me/models", repo_type="model") if "concept" in name]
    path = await client.hf_hub_download("me/models", name, repo_type="model")
    assert "ValueError" in json.loads(await anyio.Path(path).read_text())["error"]


async def test_without_results_that_can_be_written_no_t4_is_requested(
    work: Work, queue: DatasetTaskQueue, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """That they are there does not say that the token may write to them; what cannot be kept is not trained."""
    async with AsyncSpacesClient(hub.add_user("other"), endpoint=hub.url) as other:
        await other.create_repo("other/models", repo_type="model")
    await queue.add("base", "concept")
    work.__globals__["RESULTS"] = "other/models"
    for _ in range(2):
        with pytest.raises(PermissionDeniedError):
            await work()
    assert "cpu-basic" == await requested(client)


async def test_the_t4_is_given_back_whatever_happens(
    work: Work, queue: DatasetTaskQueue, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """If the result cannot be kept, the task stays its own."""
    await queue.add("base", "concept")
    await on_t4(client, hub)
    await client.create_repo("me/models", repo_type="model")
    hub.inject_fault("POST", "/api/models/me/models/commit/main", status=403)
    with pytest.raises(PermissionDeniedError):
        await work()
    assert "cpu-basic" == await requested(client)
    assert [("RUNNING", "me/app")] == [(task.status, task.claimer) for task in await queue.tasks()]
