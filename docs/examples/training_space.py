"""A Space that trains a model on a T4 whenever there is something to train, and runs for nothing otherwise.

It is the app of "More advanced: temporarily upgrade your Space" in huggingface_hub's guide. Requesting hardware
restarts a Space, so this program must remember: its tasks are in a dataset, and one that it was working on when it
was killed is its own again when it comes back.

Its Space needs the secret ``HF_TOKEN`` (a token that may write) and the variables ``TASKS`` (a dataset) and
``RESULTS`` (a model), which are made where they are not there; ``EPOCHS`` says for how long to train.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from datetime import UTC, datetime, timedelta
from random import Random

from aiohfspaces import AsyncSpacesClient, DatasetTaskQueue, SpaceHardware, Task, TaskStatus

SPACE = os.environ["SPACE_ID"]
TASKS = os.environ["TASKS"]
RESULTS = os.environ["RESULTS"]
EPOCHS = int(os.environ.get("EPOCHS", "500"))

T4 = SpaceHardware.T4_MEDIUM
IDLE = timedelta(hours=1)
"""After how long a T4 that nobody needs falls asleep, should all else fail."""
GONE = timedelta(hours=12)
"""After how long a task is given up that some other Space was working on."""


async def work() -> bool:
    """Do what there is to do; tell whether there was anything."""
    async with AsyncSpacesClient() as client:
        queue = DatasetTaskQueue(client, TASKS)
        runtime = await client.get_space_runtime(SPACE)
        # A start that follows the request is on the T4, though `hardware` may be told late.
        if runtime.requested_hardware == T4:
            await train_all(client, queue)
            return True
        await client.create_repo(TASKS, repo_type="dataset", private=True, exist_ok=True)
        await queue.release_stale(GONE)
        if not any(is_for_me(task) for task in await queue.tasks()):
            return False
        print("something to train: requesting a T4")
        await request_t4(client)
        return True


async def request_t4(client: AsyncSpacesClient) -> None:
    """Request a T4, after a real write to the results: where that fails, this Space stays on cpu-basic.

    That the repository is there would not do: it may be one that the token cannot write to.
    """
    await client.create_repo(RESULTS, repo_type="model", private=True, exist_ok=True)
    await client.upload_file(
        path_or_fileobj=datetime.now(UTC).isoformat().encode(),  # another each time, so that it is a commit
        path_in_repo="last-request.txt",
        repo_id=RESULTS,
        repo_type="model",
    )
    await client.request_space_hardware(SPACE, T4, sleep_time=int(IDLE.total_seconds()))


def is_for_me(task: Task) -> bool:
    """Tell whether a task is pending, or was begun here."""
    return task.status is TaskStatus.PENDING or (task.status is TaskStatus.RUNNING and task.claimer == SPACE)


async def train_all(client: AsyncSpacesClient, queue: DatasetTaskQueue) -> None:
    """Train what there is, and give the T4 back, however that goes."""
    try:
        while (task := await queue.claim(SPACE)) is not None:
            await train_and_upload(client, task)
            await queue.mark_done(task)
            print(f"done: {', '.join(task.fields)}")
    finally:
        print("going back to cpu-basic")
        await client.request_space_hardware(SPACE, SpaceHardware.CPU_BASIC)


async def train_and_upload(client: AsyncSpacesClient, task: Task) -> None:
    """Train one model, and keep what came out of it, be it an error: it must not come back for ever, on a T4."""
    print(f"training: {', '.join(task.fields)}, {EPOCHS} epochs, begun at {task.claimed_at:%H:%M:%S}")
    try:
        base, dataset = task.fields
        result: dict[str, object] = {**await asyncio.to_thread(train, base, dataset)}
    except Exception as exc:
        result = {"error": repr(exc)}
    name = re.sub(r"[^\w.-]+", "_", "-".join(task.fields))[:100]
    await client.upload_file(
        path_or_fileobj=json.dumps({"task": task.fields, **result}, indent=2).encode(),
        path_in_repo=f"{name}-{task.claimed_at:%Y%m%dT%H%M%SZ}.json",
        repo_id=RESULTS,
        repo_type="model",
    )


def train(base: str, dataset: str) -> dict[str, float]:
    """Stand in for the real thing: fit a line to points by gradient descent."""
    chance = Random(f"{base} {dataset}")  # noqa: S311  # data, and no secret
    slope, offset = chance.uniform(-2, 2), chance.uniform(-1, 1)
    points = [(x / 10, slope * x / 10 + offset + chance.gauss(0, 0.01)) for x in range(-10, 11)]
    weight = bias = 0.0
    for _ in range(EPOCHS):
        errors = [(weight * x + bias - y, x) for x, y in points]
        weight -= 0.1 * sum(error * x for error, x in errors) / len(errors)
        bias -= 0.1 * sum(error for error, _ in errors) / len(errors)
    loss = sum((weight * x + bias - y) ** 2 for x, y in points) / len(points)
    return {"slope": slope, "offset": offset, "weight": weight, "bias": bias, "loss": loss}


def serve() -> None:
    """Let people ask for something to be trained."""
    import gradio  # only here: a Space that trains needs none

    async def add(base: str, dataset: str) -> str:
        async with AsyncSpacesClient() as client:
            await DatasetTaskQueue(client, TASKS).add(base, dataset)
            await request_t4(client)
        return f"{base} will be trained on {dataset}; this Space restarts on a T4 for it"

    gradio.Interface(fn=add, inputs=["text", "text"], outputs="text").launch()


def main() -> None:
    """Look what there is to do, and offer the form if there is nothing."""
    if not asyncio.run(work()):
        serve()


if __name__ == "__main__":
    main()
