"""What can be done to many Spaces: which actions, and on which ids."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Collection, Iterable
from functools import partial
from typing import Any, TypeVar

from aiohfspaces._wire.names import raise_unless_full_ids
from aiohfspaces.errors import UsageError
from aiohfspaces.models import BulkReport

T = TypeVar("T")


def checked_action(action: Any) -> None:
    """Accept a function that is awaited.

    A lambda is believed, since what it returns is seen only when it is called.

    Raises:
        UsageError: It is something else, e.g. a function that blocks.
    """
    inner = action
    while isinstance(inner, partial):
        inner = inner.func
    unwrapped = inspect.unwrap(inner) if callable(inner) else inner
    if any(map(inspect.iscoroutinefunction, (inner, unwrapped, getattr(type(inner), "__call__", None)))):  # noqa: B004
        return
    if getattr(inner, "__name__", None) != "<lambda>":
        raise UsageError(
            "action: expected a coroutine function that takes a repo id, or a lambda around one that returns what can "
            f"be awaited, got {action!r}"
        )


def known_ids(repo_ids: Iterable[str] | AsyncIterable[str]) -> list[str] | None:
    """Tell all ids, where they are there already; ``None`` where they come one by one.

    Raises:
        UsageError: They cannot be gone through, or some are no ``owner/name``: it names them all.
    """
    if isinstance(repo_ids, AsyncIterable):
        return None
    if isinstance(repo_ids, str | bytes) or not isinstance(repo_ids, Iterable):
        raise UsageError(f"repo_ids: expected many of them, got {type(repo_ids).__name__}")
    if not isinstance(repo_ids, Collection):
        return None
    known = list(repo_ids)
    raise_unless_full_ids(known)
    return known


def report_to_write(report: BulkReport[T] | None) -> BulkReport[T]:
    """Accept a report that nothing was written into yet, or make one.

    Raises:
        UsageError: It is something else, or of another call.
    """
    if report is None:
        return BulkReport()
    if not isinstance(report, BulkReport) or not report.is_new:
        raise UsageError(f"report: expected a new BulkReport, got {report!r}")
    return report
