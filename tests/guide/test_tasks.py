"""Tasks in a dataset that many programs share: nothing is lost, and nothing is there twice."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.to_thread
import pytest
from huggingface_hub import HfApi

from aiohfspaces import (
    AsyncSpacesClient,
    DatasetTaskQueue,
    HubServerError,
    MalformedReplyError,
    RepositoryNotFoundError,
    Task,
    TaskLostError,
    UploadError,
    UsageError,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

WRITERS = 20
COMMIT = "/api/datasets/me/tasks/commit/main"


@pytest.fixture
async def queue(client: AsyncSpacesClient) -> DatasetTaskQueue:
    """Have a queue in a dataset without its file."""
    await client.create_repo("me/tasks", repo_type="dataset")
    return DatasetTaskQueue(client, "me/tasks")


async def content(client: AsyncSpacesClient) -> str:
    """Read the file as it is."""
    path = await client.hf_hub_download("me/tasks", "tasks.csv", repo_type="dataset")
    return (await anyio.Path(path).read_bytes()).decode()


async def put(client: AsyncSpacesClient, text: str, filename: str = "tasks.csv") -> None:
    """Write a file as somebody else would."""
    await client.upload_file(
        path_or_fileobj=text.encode(), path_in_repo=filename, repo_id="me/tasks", repo_type="dataset"
    )


async def commits(client: AsyncSpacesClient) -> int:
    """Count the dataset's commits."""
    return len(await client.list_repo_commits("me/tasks", repo_type="dataset"))


async def test_a_task_goes_its_way(queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """Added, taken, done: each is one commit, and the file is the guide's."""
    before = await commits(client)
    assert [] == await queue.tasks()
    assert None is await queue.claim("me/trainer")
    added = await queue.add("base model", "a, b")
    assert [added] == await queue.pending()
    assert 'base model,"a, b",PENDING\n' == await content(client)
    task = await queue.claim("me/trainer")
    assert task is not None
    assert (("base model", "a, b"), "RUNNING", "me/trainer") == (task.fields, task.status, task.claimer)
    assert task == await queue.claim("me/trainer")
    assert [] == await queue.pending()
    assert None is await queue.claim("me/other")
    finished = await queue.mark_done(task)
    assert [finished] == await queue.tasks()
    assert finished == await queue.mark_done(task)
    assert None is await queue.claim("me/trainer")
    assert before + 3 == await commits(client)
    assert task.claimed_at is not None
    assert f'base model,"a, b",DONE,me/trainer,{task.claimed_at:%Y-%m-%dT%H:%M:%SZ}\n' == await content(client)


async def test_a_file_of_the_guide_is_gone_on_with(queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """What the guide's own code has written, and what people have, stays to the byte."""
    text = "\ufeff# mine\r\nm,c-1,DONE\r\n\r\nm,c-2,PENDING,high"
    await put(client, text)
    task = await queue.claim("me/trainer")
    await queue.add("m", "c-3")
    assert task is not None
    assert task.claimed_at is not None
    taken = f"RUNNING,me/trainer,{task.claimed_at:%Y-%m-%dT%H:%M:%SZ},high\r\nm,c-3,PENDING"
    assert text.replace("PENDING,high", taken) == await content(client)


async def test_who_is_gone_loses_its_task(queue: DatasetTaskQueue, hub: LocalHub) -> None:
    """By the Hub's clock; who comes back later learns that it was released."""
    await queue.add("a")
    task = await queue.claim("me/gone")
    assert task is not None
    assert [] == await queue.release_stale(3600)
    hub.clock.advance(3601)
    assert [Task(("a",))] == await queue.release_stale(3600)
    with pytest.raises(TaskLostError):
        await queue.mark_done(task)
    again = await queue.claim("me/trainer")
    assert again is not None
    assert "me/trainer" == again.claimer


async def test_twenty_writers_of_one_process_meet_in_order(queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """Each adds, takes and finishes; each task is there once and was one claimer's, in a commit for each step."""
    before = await commits(client)
    taken: list[Task] = []

    async def work(number: int) -> None:
        await queue.add("task", str(number))
        task = await queue.claim(f"me/trainer-{number}")
        assert task is not None
        taken.append(await queue.mark_done(task))

    async with anyio.create_task_group() as tasks:
        for number in range(WRITERS):
            tasks.start_soon(work, number)
    expected = {("task", str(number)) for number in range(WRITERS)}
    assert expected == {task.fields for task in taken}
    assert WRITERS == len(taken) == len({task.claimer for task in taken})
    assert sorted(taken, key=repr) == sorted(await queue.tasks(), key=repr)
    assert before + 3 * WRITERS == await commits(client)


@pytest.mark.timeout(120)
async def test_twenty_programs_lose_nothing(queue: DatasetTaskQueue, hub: LocalHub) -> None:
    """They share nothing but the file: each is a client of its own in an event loop of its own."""
    taken: list[Task] = []

    async def work(number: int) -> None:
        async with AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
            own = DatasetTaskQueue(client, "me/tasks")
            await own.add("task", str(number))
            task = await own.claim(f"me/trainer-{number}")
            assert task is not None
            taken.append(task)

    limit = anyio.CapacityLimiter(WRITERS)
    async with anyio.create_task_group() as tasks:
        for number in range(WRITERS):

            async def run(number: int = number) -> None:
                await anyio.to_thread.run_sync(lambda: anyio.run(work, number), limiter=limit)

            tasks.start_soon(run)
    found = await queue.tasks()
    assert {("task", str(number)) for number in range(WRITERS)} == {task.fields for task in found}
    assert WRITERS == len(found) == len({task.claimer for task in found})
    assert sorted(taken, key=repr) == sorted(found, key=repr)


@pytest.mark.parametrize("status", [504, None])
async def test_a_lost_reply_adds_nothing_twice(queue: DatasetTaskQueue, hub: LocalHub, status: int | None) -> None:
    """The commit has landed, and is found."""
    hub.inject_fault("POST", COMMIT, status=status, after=True)
    assert Task(("a",)) == await queue.add("a")
    hub.inject_fault("POST", COMMIT, status=status, after=True)
    task = await queue.claim("me/trainer")
    hub.inject_fault("POST", COMMIT, status=status)
    await queue.add("b")
    assert [task, Task(("b",))] == await queue.tasks()


async def test_two_that_add_the_same_add_two(queue: DatasetTaskQueue, client: AsyncSpacesClient, hub: LocalHub) -> None:
    """One whose request was lost does not take the other's commit, alike to the letter, for its own."""
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as another:
        other = DatasetTaskQueue(another, "me/tasks")
        hub.inject_fault("POST", COMMIT, status=504, times=2)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(queue.add, "a")
            tasks.start_soon(other.add, "a")
    assert [Task(("a",))] * 2 == await queue.tasks()


async def test_a_refused_commit_is_decided_anew(
    queue: DatasetTaskQueue, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """The Hub says 412 to what was outrun; the file is read once more, and the task is there once."""
    before = await commits(client)
    hub.inject_fault("POST", COMMIT, status=412, times=2)
    await queue.add("a")
    assert [Task(("a",))] == await queue.tasks()
    assert before + 1 == await commits(client)
    assert 3 == len([served for served in hub.requests if served.path == COMMIT])


async def test_who_does_not_know_says_so(queue: DatasetTaskQueue, hub: LocalHub) -> None:
    """After replies that were lost again and again."""
    hub.inject_fault("POST", COMMIT, status=504, times=10)
    with pytest.raises(HubServerError) as caught:
        await queue.add("a")
    assert "unknown" == caught.value.outcome


async def test_the_dataset_has_to_be_there(client: AsyncSpacesClient) -> None:
    """Which is made by hand; the error says how."""
    queue = DatasetTaskQueue(client, "me/nowhere")
    for doing in (queue.add("a"), queue.tasks(), queue.claim("me/trainer"), queue.release_stale(1)):
        with pytest.raises(RepositoryNotFoundError, match=r"create_repo\('me/nowhere', repo_type='dataset'\)"):
            await doing


async def test_a_file_that_is_ignored_is_an_error(queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """A task that would not be kept is not said to be added."""
    await put(client, "*.csv\n", ".gitignore")
    with pytest.raises(UploadError, match="gitignore"):
        await queue.add("a")


async def test_a_large_file_is_read_and_written(queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """Where the dataset keeps CSV files in its large file storage."""
    await put(client, "*.csv filter=lfs diff=lfs merge=lfs -text\n", ".gitattributes")
    await queue.add("a")
    task = await queue.claim("me/trainer")
    assert [task] == await queue.tasks()
    (entry,) = await client.get_paths_info("me/tasks", "tasks.csv", repo_type="dataset")
    assert None is not getattr(entry, "lfs", None)


async def test_a_file_that_cannot_be_read_is_left_alone(queue: DatasetTaskQueue, client: AsyncSpacesClient) -> None:
    """Behind an open quote nothing would be found again."""
    await put(client, 'a,PENDING\n"b,PENDING\n')
    with pytest.raises(MalformedReplyError, match="row 2 of"):
        await queue.add("c")


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("client", lambda client: DatasetTaskQueue(HfApi(), "me/tasks")),  # type: ignore[arg-type]
        ("repo_id", lambda client: DatasetTaskQueue(client, "me/tasks/x")),
        ("filename", lambda client: DatasetTaskQueue(client, "me/tasks", "../tasks.csv")),
    ],
)
async def test_what_is_wrong_is_said_at_once(client: AsyncSpacesClient, argument: str, call: Any) -> None:
    """A queue is not made of it."""
    with pytest.raises(UsageError, match=f"^{argument}: "):
        call(client)


async def test_bad_arguments_send_nothing(queue: DatasetTaskQueue, hub: LocalHub) -> None:
    """The error names the argument."""
    before = len(hub.requests)
    calls: dict[str, Any] = {
        "fields": queue.add(),
        "fields[1]": queue.add("a", "DONE"),
        "claimer": queue.claim(""),
        "task": queue.mark_done(Task(("a",))),
        "after": queue.release_stale(-1),
    }
    for argument, call in calls.items():
        with pytest.raises(UsageError) as caught:
            await call
        assert argument == str(caught.value).partition(":")[0]
    assert before == len(hub.requests)
