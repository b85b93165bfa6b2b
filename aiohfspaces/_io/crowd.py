"""Many at once, and never more than so many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from anyio import create_task_group

T = TypeVar("T")
R = TypeVar("R")


async def each(function: Callable[[T], Awaitable[R]], items: Iterable[T], *, tasks: int) -> list[R]:
    """Apply a function to each item, `tasks` of them at a time.

    Items are taken as they are needed. The first failure cancels what is under way and is raised
    as it is, not in a group.

    Returns:
        The results in the order of the items.
    """
    results: dict[int, R] = {}
    failures: list[Exception] = []
    waiting = enumerate(items)

    async def work() -> None:
        try:
            for index, item in waiting:
                results[index] = await function(item)
        except Exception as exc:
            failures.append(exc)
            group.cancel_scope.cancel()

    async with create_task_group() as group:
        for _ in range(tasks):
            group.start_soon(work)
    if failures:
        raise failures[0]
    return [results[index] for index in sorted(results)]
