"""Changing a file of tasks, where others change it too."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from random import uniform
from typing import TypeVar

from anyio import Lock, sleep
from attrs import frozen

from aiohfspaces._io.files import in_thread
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._plan.tasks import Change, Decide, Sheet, read_sheet
from aiohfspaces._wire.tasks import Head
from aiohfspaces.errors import CommitConflictError, EntryNotFoundError

T = TypeVar("T")

CHANGE_ATTEMPTS = 30
"""Commits that are tried before others are said to be in the way: each failure is somebody else's success."""

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0


@frozen(kw_only=True)
class TaskFile:
    """Where tasks are kept; it knows no client.

    Attributes:
        filename: The file's path.
        look: Finds the head.
        read: Reads the file at a commit.
        commit: Writes the file on top of a commit; a lost reply it settles.
        turns: Keeps writers of one event loop out of each other's way.
        longest_pause_s: How long to wait at the most before another attempt.
    """

    filename: str
    look: Callable[[], Awaitable[Head]]
    read: Callable[[str], Awaitable[bytes]]
    commit: Callable[[bytes, str], Awaitable[object]]
    turns: PerLoop[Lock]
    longest_pause_s: float = LONGEST_PAUSE_S


async def read_tasks(file: TaskFile) -> tuple[Sheet, Head]:
    """Read the file at the head; one that is not there is empty.

    Bytes that are no UTF-8 are kept as they are.
    """
    head = await file.look()
    try:
        content = await file.read(head.commit)
    except EntryNotFoundError:
        content = b""
    return await in_thread(read_sheet, content.decode(errors="surrogateescape"), file.filename), head


async def change_tasks(file: TaskFile, decide: Decide[T]) -> T:
    """Change the file as somebody decides who sees it as it is.

    The commit names the head that the file was read at; if that has moved, all begins anew.

    Raises:
        CommitConflictError: Others commit again and again.
        SpacesError: What `decide` or a call raises.
    """
    async with file.turns.here():
        number = 1
        while True:
            sheet, head = await read_tasks(file)
            change = await _decided(decide, sheet, head)
            if change.sheet is None:
                return change.found
            try:
                await file.commit(change.sheet.text.encode(errors="surrogateescape"), head.commit)
            except CommitConflictError:
                if number == CHANGE_ATTEMPTS:
                    raise
            else:
                return change.found
            await sleep(uniform(0, pause_before(number, file.longest_pause_s)))  # noqa: S311  # keeps writers apart, and no secret
            number += 1


async def _decided(decide: Decide[T], sheet: Sheet, head: Head) -> Change[T]:
    now = datetime.fromtimestamp(time.time() if head.epoch_s is None else head.epoch_s, UTC)
    return await in_thread(partial(decide, sheet, now))


def pause_before(attempt: int, longest_s: float) -> float:
    """Tell how many seconds an attempt may wait at the most, so that many writers do not meet again."""
    return min(longest_s, FIRST_PAUSE_S * 2.0 ** min(attempt - 1, 10))
