"""Many at once, and never more than so many."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar, TypeVarTuple, Unpack

from anyio import create_task_group

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Start(Protocol):
    """Starts a task of a crew."""

    def __call__(self, work: Callable[[Unpack[Ts]], Awaitable[None]], /, *args: *Ts) -> None: ...


@asynccontextmanager
async def crew() -> AsyncIterator[Start]:
    """Run tasks beside one another; none outlives the block.

    The first failure cancels the others and is raised as it is, not in a group.
    """
    failures: list[Exception] = []

    async with create_task_group() as group:

        def start(work: Callable[[Unpack[Ts]], Awaitable[None]], /, *args: *Ts) -> None:
            async def guarded() -> None:
                try:
                    await work(*args)
                except Exception as exc:
                    failures.append(exc)
                    group.cancel_scope.cancel()

            group.start_soon(guarded)

        yield start
    if failures:
        raise failures[0]


async def each(function: Callable[[T], Awaitable[R]], items: Iterable[T], *, tasks: int) -> list[R]:
    """Apply a function to each item, `tasks` of them at a time.

    Items are taken as they are needed. The first failure cancels what is under way and is raised
    as it is, not in a group.

    Returns:
        The results in the order of the items.
    """
    results: dict[int, R] = {}
    waiting = enumerate(items)

    async def work() -> None:
        for index, item in waiting:
            results[index] = await function(item)

    async with crew() as start:
        for _ in range(tasks):
            start(work)
    return [results[index] for index in sorted(results)]
