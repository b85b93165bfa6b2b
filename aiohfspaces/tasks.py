"""Tasks that several programs share, kept in a CSV file of a dataset."""

from __future__ import annotations

from functools import partial
from secrets import token_hex
from typing import TypeVar

from anyio import Lock

from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.tasks import TaskFile, change_tasks, read_tasks
from aiohfspaces._plan.tasks import (
    Decide,
    added,
    checked_claimed,
    checked_claimer,
    checked_fields,
    claimed,
    done,
    released,
)
from aiohfspaces._wire.content import whole_file
from aiohfspaces._wire.names import checked_new_path, checked_repo_id, kind_of
from aiohfspaces._wire.tasks import Head, dataset_head
from aiohfspaces.client import AsyncSpacesClient
from aiohfspaces.errors import RepositoryNotFoundError, UsageError
from aiohfspaces.models import CommitOperationAdd, Task, TaskStatus, UploadReport
from aiohfspaces.options import Seconds, seconds

T = TypeVar("T")


class DatasetTaskQueue:
    """Tasks for programs that restart, as the "task scheduler" of huggingface_hub's guide keeps them.

    They are the rows ``field,field,PENDING`` of a CSV file in a dataset. Every change is one commit that
    names the commit it was decided on, so that of several writers at once each gets through, none overwrites
    another, and two trainers never take the same task. Rows, columns and comments of others stay as they are.
    """

    def __init__(self, client: AsyncSpacesClient, repo_id: str, filename: str = "tasks.csv") -> None:
        """Name the file; nothing is sent yet.

        Args:
            client: Reads and writes it.
            repo_id: The dataset, ``owner/name``.
            filename: The file's path in it.

        Raises:
            UsageError: An argument is wrong.
        """
        if not isinstance(client, AsyncSpacesClient):
            raise UsageError(f"client: expected an AsyncSpacesClient, got {kind_of(client)}")
        self._client = client
        self._repo_id = checked_repo_id(repo_id)
        self._filename = checked_new_path(filename, argument="filename")
        self._turns = PerLoop(Lock)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client!r}, {self._repo_id!r}, {self._filename!r})"

    async def add(self, *fields: str) -> Task:
        """Add a task at the end; a file that is not there is made.

        Args:
            fields: What is to be done, a column each, e.g. a model and a dataset.

        Returns:
            The task, ``PENDING``.

        Raises:
            UsageError: There is no field, or one is no string, or one of the words for a status.
            RepositoryNotFoundError: There is no such dataset, or the token may not see it.
            PermissionDeniedError: The token may not write.
            UploadError: The dataset's ``.gitignore`` keeps the file out.
            CommitConflictError: Others commit again and again.
            MalformedReplyError: The file cannot be read: a quote is never closed.
            HubConnectionError: Replies were lost; ``outcome`` tells whether it may have been added.
            HubServerError: The Hub fails again and again; likewise.

        Wire:
            ``GET /api/datasets/{repo_id}/commits/main``, ``GET /datasets/{repo_id}/resolve/{commit}/{filename}``, then
            as `create_commit` with ``parentCommit``; all of it again after a 412.

        Source:
            huggingface_hub, guide "Manage your Space", ``add_task``.
        """
        task = checked_fields(fields)
        return await self._change("Add a task to", lambda sheet, _: added(sheet, task))

    async def tasks(self) -> list[Task]:
        """List all tasks.

        Returns:
            The tasks in the order of the file; empty if it is not there, or holds none.

        Raises:
            RepositoryNotFoundError: There is no such dataset, or the token may not see it.
            MalformedReplyError: The file cannot be read: a quote is never closed.

        Wire:
            ``GET /api/datasets/{repo_id}/commits/main``, ``GET /datasets/{repo_id}/resolve/{commit}/{filename}``; safe
            to repeat.

        Source:
            huggingface_hub, guide "Manage your Space", ``get_task``.
        """
        sheet, _ = await read_tasks(self._file("Read"))
        return [task for _, task in sheet.tasks]

    async def pending(self) -> list[Task]:
        """List the tasks that nobody has taken.

        Returns:
            The tasks in the order of the file; empty if there are none.

        Raises:
            RepositoryNotFoundError: There is no such dataset, or the token may not see it.
            MalformedReplyError: The file cannot be read: a quote is never closed.

        Wire:
            As `tasks`.

        Source:
            huggingface_hub, guide "Manage your Space", ``get_task``.
        """
        return [task for task in await self.tasks() if task.status is TaskStatus.PENDING]

    async def claim(self, claimer: str) -> Task | None:
        """Take a task: the one that this claimer runs already, else the first that is pending.

        So whoever comes back after a restart, under the same name, goes on with its own; nothing is committed then.

        Args:
            claimer: Who takes it, e.g. the Space's id: another for each program that works at the same time.

        Returns:
            The task, ``RUNNING``; ``None`` if there is none to take.

        Raises:
            UsageError: `claimer` is empty, no string, or one of the words for a status.
            RepositoryNotFoundError: There is no such dataset, or the token may not see it.
            PermissionDeniedError: The token may not write.
            UploadError: The dataset's ``.gitignore`` keeps the file out.
            CommitConflictError: Others commit again and again.
            MalformedReplyError: The file cannot be read: a quote is never closed.
            HubConnectionError: Replies were lost; whether it was taken, the next `claim` tells.
            HubServerError: The Hub fails again and again; likewise.

        Wire:
            As `add`.

        Source:
            No counterpart upstream: the guide's ``get_task`` takes nothing.
        """
        name = checked_claimer(claimer)
        return await self._change("Take a task of", lambda sheet, now: claimed(sheet, name, now))

    async def mark_done(self, task: Task) -> Task:
        """Say that a task is done; to say it twice does no harm.

        Args:
            task: What `claim` has returned.

        Returns:
            The task, ``DONE``; its claimer and time stay.

        Raises:
            UsageError: `task` is none that `claim` has returned.
            TaskLostError: It is not this claimer's any more: it was released, or somebody has changed its row.
            RepositoryNotFoundError: There is no such dataset, or the token may not see it.
            PermissionDeniedError: The token may not write.
            UploadError: The dataset's ``.gitignore`` keeps the file out.
            CommitConflictError: Others commit again and again.
            MalformedReplyError: The file cannot be read: a quote is never closed.
            HubConnectionError: Replies were lost; ``outcome`` tells whether it may be marked.
            HubServerError: The Hub fails again and again; likewise.

        Wire:
            As `add`.

        Source:
            huggingface_hub, guide "Manage your Space", ``mark_as_done``.
        """
        taken = checked_claimed(task)
        return await self._change("Mark a task as done in", lambda sheet, _: done(sheet, taken))

    async def release_stale(self, after: Seconds) -> list[Task]:
        """Make tasks pending again that were taken long ago: whoever took them is gone.

        Args:
            after: Seconds since they were taken, by the Hub's clock: more than any task takes. A task that runs
                without saying since when is left alone.

        Returns:
            The tasks that are pending again, in the order of the file; empty if nothing was released.

        Raises:
            UsageError: `after` is no duration.
            RepositoryNotFoundError: There is no such dataset, or the token may not see it.
            PermissionDeniedError: The token may not write.
            UploadError: The dataset's ``.gitignore`` keeps the file out.
            CommitConflictError: Others commit again and again.
            MalformedReplyError: The file cannot be read: a quote is never closed.
            HubConnectionError: Replies were lost; ``outcome`` tells whether they may have been released.
            HubServerError: The Hub fails again and again; likewise.

        Wire:
            As `add`; nothing is committed if nothing is stale.

        Source:
            No counterpart upstream.
        """
        after_s = seconds("after", after)
        return await self._change("Release tasks of", lambda sheet, now: released(sheet, after_s, now))

    async def _change(self, doing: str, decide: Decide[T]) -> T:
        return await change_tasks(self._file(doing), decide)

    def _file(self, doing: str) -> TaskFile:
        # A lost commit is looked for by its first line: no two changes may have the same.
        message = f"{doing} {self._filename} ({token_hex(4)})"
        return TaskFile(
            filename=self._filename,
            look=self._look,
            read=self._read,
            commit=partial(self._commit, message),
            turns=self._turns,
        )

    async def _look(self) -> Head:
        try:
            return await self._client._send(dataset_head(self._repo_id))
        except RepositoryNotFoundError as exc:
            exc.advice = (
                f"create_repo({self._repo_id!r}, repo_type='dataset') makes the dataset that the tasks are kept in."
            )
            raise

    async def _read(self, commit: str) -> bytes:
        return await self._client._send(whole_file(self._repo_id, "dataset", commit, self._filename))

    async def _commit(self, message: str, content: bytes, parent: str) -> UploadReport:
        return await self._client.create_commit(
            self._repo_id,
            [CommitOperationAdd(self._filename, content)],
            commit_message=message,
            repo_type="dataset",
            parent_commit=parent,
            strict=True,
        )
