"""One action on many Spaces: so many at a time, ids taken as they are needed, outcomes as they come.

Tasks take ids, and each that takes one sees to it that there is another task to take the next, up to the limit. An
outcome is handed over before its task takes another id, so whoever reads slowly slows the whole down: at no time are
more ids taken than the limit and what was read.
"""

from __future__ import annotations

from asyncio import CancelledError, current_task
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from inspect import isawaitable
from typing import Any, Final, Generic, Self, TypeAlias, TypeVar

from anyio import (
    ClosedResourceError,
    EndOfStream,
    Lock,
    create_memory_object_stream,
    create_task_group,
    current_time,
    get_cancelled_exc_class,
)
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint_if_cancelled
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from aiohfspaces._io.counting import counting
from aiohfspaces._io.pacing import COMING
from aiohfspaces._io.tracebacks import without_frames
from aiohfspaces._wire.names import checked_full_id, shown_item
from aiohfspaces.errors import SpacesError, UsageError
from aiohfspaces.models import BulkReport, SpaceOutcome

T = TypeVar("T")

Action: TypeAlias = Callable[[str], Awaitable[T]]

MOST_TRACEBACKS = 100
"""Of how many failures the tracebacks are kept; those of a hundred thousand would take a gigabyte."""

_NO_MORE: Final = object()


class Outcomes(Generic[T]):
    """The outcomes of an action, as they come.

    Attributes:
        report: What has become of each Space so far; it stays true after the block.
    """

    def __init__(self, run: Run[T], received: MemoryObjectReceiveStream[SpaceOutcome[T]]) -> None:
        self.report = run.report
        self._run = run
        self._received = received

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SpaceOutcome[T]:
        with suppress(EndOfStream, ClosedResourceError):  # all were read, or the block has ended
            return await self._received.receive()
        if self._run.failure is not None:
            raise self._run.failure
        raise StopAsyncIteration


class Ids:
    """Ids one by one, each once, whatever they are taken from; the report names those of a collection at once.

    Attributes:
        turn: Whose turn it is to take one.
    """

    def __init__(self, repo_ids: Iterable[str] | AsyncIterable[str], report: BulkReport[Any]) -> None:
        self.turn = Lock(fast_acquire=True)
        self._report = report
        self._is_known = isinstance(repo_ids, Collection)
        if isinstance(repo_ids, AsyncIterable):
            self._later: AsyncIterator[str] | None = aiter(repo_ids)
            self._is_ours = self._later is not repo_ids
        else:
            self._later = None
            self._ids = iter([each for each in repo_ids if report.expect(each)] if self._is_known else repo_ids)

    async def take(self) -> str | None:
        """Take the next id that has not been there before; ``None`` after the last.

        Raises:
            UsageError: What comes is no string, so that whatever comes next is no more likely to be an id.
        """
        while (repo_id := await self._next()) is not _NO_MORE:
            if not isinstance(repo_id, str):
                raise UsageError(f"repo_ids: expected 'owner/name', got {shown_item(repo_id)}")
            if self._is_known or self._report.expect(repo_id):
                return repo_id
        return None

    async def _next(self) -> object:
        return next(self._ids, _NO_MORE) if self._later is None else await anext(self._later, _NO_MORE)

    async def aclose(self) -> None:
        """Close what was made to go through the ids; an iterator that was given is its owner's."""
        if self._later is not None and self._is_ours:
            aclose = getattr(self._later, "aclose", None)
            if aclose is not None:
                await aclose()


class Run(Generic[T]):
    """An action that goes through its ids.

    Attributes:
        report: What has become of each.
        failure: Why no more ids are taken, where that is not for their end; not an action's own.
    """

    def __init__(
        self,
        action: Action[T],
        ids: Ids,
        report: BulkReport[T],
        *,
        tasks: int,
        stop_after_failures: int | None,
    ) -> None:
        self.report = report
        self.failure: Exception | None = None
        self._action = action
        self._ids = ids
        self._most = tasks
        self._tasks = 0
        self._last_failure = stop_after_failures

    @property
    def _is_over(self) -> bool:
        too_many = self._last_failure is not None and self.report.failures >= self._last_failure
        return too_many or self.failure is not None

    def _coming(self) -> int:
        """Tell how many Spaces are still to be acted on, those under way included, as far as is known."""
        return min(self.report.unfinished, self._tasks) if self._is_over else self.report.unfinished

    def start(self, group: TaskGroup, sent: MemoryObjectSendStream[SpaceOutcome[T]]) -> None:
        """Have one more task take ids, if there may be one more; it hands `sent` back when it ends."""
        if self._tasks < self._most:
            self._tasks += 1
            group.start_soon(self._work, group, sent.clone())

    async def _work(self, group: TaskGroup, sent: MemoryObjectSendStream[SpaceOutcome[T]]) -> None:
        COMING.set(self._coming)  # in a context of the task's own
        async with sent:
            while (repo_id := await self._take()) is not None:
                self.start(group, sent)
                outcome = await self._act(repo_id)
                if outcome is None:
                    return
                if outcome.error is not None and self.report.failures >= MOST_TRACEBACKS:
                    without_frames(outcome.error)
                self.report.note(outcome)
                await sent.send(outcome)

    async def _take(self) -> str | None:
        async with self._ids.turn:
            if self._is_over:  # it may have come to that while the turn was waited for
                return None
            try:
                repo_id = await self._ids.take()
            except Exception as exc:
                self.failure = exc
                return None
        if repo_id is None or self._is_over:  # what was taken meanwhile is named in the report
            return None
        self.report.begin(repo_id)
        return repo_id

    async def _act(self, repo_id: str) -> SpaceOutcome[T] | None:
        """Act on one Space; ``None`` if that showed that the action is none."""
        began, value, error = current_time(), None, None
        with counting() as count:
            try:
                checked_full_id(repo_id)
                answer: object = self._action(repo_id)
                if not isawaitable(answer):
                    self.failure = UsageError(
                        f"action: expected a coroutine function, got {self._action!r}, which returned {answer!r}"
                    )
                    return None
                value = await answer
            except CancelledError as exc:
                error = await _own_cancellation(exc)
            except Exception as exc:
                error = exc
        seconds = current_time() - began
        return SpaceOutcome(repo_id=repo_id, value=value, error=error, attempts=count.sent, seconds=seconds)


async def _own_cancellation(exc: CancelledError) -> Exception:
    """Turn a cancellation that came from within an action, as of a task that it awaited, into an error.

    Raises:
        CancelledError: It came from without.
    """
    await checkpoint_if_cancelled()
    task = current_task()
    if task is None or task.cancelling():
        raise exc
    error = SpacesError("what the action was waiting for was cancelled")
    error.__cause__ = exc
    return error


@asynccontextmanager
async def mapped(
    action: Action[T],
    repo_ids: Iterable[str] | AsyncIterable[str],
    report: BulkReport[T],
    *,
    tasks: int,
    stop_after_failures: int | None = None,
) -> AsyncIterator[Outcomes[T]]:
    """Act on Spaces, so many at a time, for as long as the block lasts.

    What the block raises is raised as it is, when nothing is under way any more.
    """
    ids = Ids(repo_ids, report)
    run = Run(action, ids, report, tasks=tasks, stop_after_failures=stop_after_failures)
    sent, received = create_memory_object_stream[SpaceOutcome[T]](0)
    failure: BaseException | None = None
    try:
        async with received, create_task_group() as group:
            with sent:
                run.start(group, sent)
            try:
                yield Outcomes(run, received)
            except get_cancelled_exc_class():
                raise
            except BaseException as exc:  # `sys.exit` in a group would not set the exit status
                failure = exc
            finally:
                group.cancel_scope.cancel()
    finally:
        await ids.aclose()
    if failure is not None:
        raise failure
