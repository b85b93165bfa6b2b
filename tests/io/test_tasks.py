"""Changing a file of tasks: begun anew when the head has moved, and not for ever."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from anyio import Lock
from attrs import Factory, define

from aiohfspaces import CommitConflictError, EntryNotFoundError, Task
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.tasks import CHANGE_ATTEMPTS, LONGEST_PAUSE_S, TaskFile, change_tasks, pause_before, read_tasks
from aiohfspaces._plan.tasks import Change, Sheet, added
from aiohfspaces._wire.tasks import Head
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]


def refusal(kind: type[Any], status: int) -> Any:
    """Build what the Hub refuses with."""
    return kind(status=status, method="GET", url="https://hub.test/api")


@define
class Branch:
    """A branch on which somebody else commits, too.

    Attributes:
        contents: What each commit holds, oldest first; ``None`` without the file.
        others: What somebody else commits before each of our next commits.
    """

    contents: list[bytes | None] = Factory(lambda: [None])
    others: deque[bytes] = Factory(deque)
    epoch_s: float | None = 0.0

    def file(self) -> TaskFile:
        """Give access to the file."""
        return TaskFile(
            filename="tasks.csv",
            look=self.look,
            read=self.read,
            commit=self.commit,
            turns=PerLoop(Lock),
            longest_pause_s=0,
        )

    async def look(self) -> Head:
        """Find the head."""
        return Head(str(len(self.contents) - 1), self.epoch_s)

    async def read(self, commit: str) -> bytes:
        """Read the file."""
        content = self.contents[int(commit)]
        if content is None:
            raise refusal(EntryNotFoundError, 404)
        return content

    async def commit(self, content: bytes, parent: str) -> None:
        """Take a commit."""
        if self.others:
            self.contents.append(self.others.popleft())
        if int(parent) != len(self.contents) - 1:
            raise refusal(CommitConflictError, 412)
        self.contents.append(content)


async def add(branch: Branch, word: str) -> Task:
    """Add a task of one field."""
    return await change_tasks(branch.file(), lambda sheet, _: added(sheet, (word,)))


async def test_a_file_that_is_not_there_is_made() -> None:
    """It counts as empty."""
    branch = Branch()
    assert Task(("a",)) == await add(branch, "a")
    assert b"a,PENDING\n" == branch.contents[-1]


async def test_bytes_that_are_no_utf_8_stay() -> None:
    """They are as unknown as any other column."""
    branch = Branch([b"\xff\xfe,DONE"])
    await add(branch, "é")
    assert b"\xff\xfe,DONE\n\xc3\xa9,PENDING" == branch.contents[-1]


async def test_a_change_is_decided_anew_on_the_new_head() -> None:
    """What somebody else has added meanwhile stays."""
    branch = Branch([b""], deque([b"b,PENDING\n"]))
    await add(branch, "a")
    assert [b"", b"b,PENDING\n", b"b,PENDING\na,PENDING\n"] == branch.contents


async def test_what_changes_nothing_is_not_committed() -> None:
    """Its caller gets what was found."""
    branch = Branch([b"a,PENDING\n"])

    def count(sheet: Sheet, now: datetime) -> Change[int]:
        return Change(None, len(sheet.rows))

    assert 1 == await change_tasks(branch.file(), count)
    assert 1 == len(branch.contents)


@pytest.mark.parametrize("epoch_s", [1000.0, None])
async def test_the_time_is_the_hubs(epoch_s: float | None) -> None:
    """The machine's is taken only where the Hub does not say it."""
    before = time.time()
    now = await change_tasks(Branch(epoch_s=epoch_s).file(), lambda _, now: Change(None, now))
    if epoch_s is None:
        assert before <= now.timestamp() <= time.time()
    else:
        assert datetime.fromtimestamp(1000, UTC) == now


async def test_it_is_given_up_at_last() -> None:
    """If somebody else is first every time, that is what the error says."""
    branch = Branch([b""], deque([b""] * (CHANGE_ATTEMPTS + 5)))
    with pytest.raises(CommitConflictError):
        await add(branch, "a")
    assert 5 == len(branch.others)


async def test_changes_through_one_file_take_turns() -> None:
    """So they do not meet, however many there are."""
    branch = Branch([b""])
    file = branch.file()

    async def change(word: str) -> None:
        await change_tasks(file, lambda sheet, _: added(sheet, (word,)))

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(change, str(number))
    assert 1 + 10 == len(branch.contents)
    sheet, _ = await read_tasks(file)
    assert {(str(number),) for number in range(10)} == {task.fields for _, task in sheet.tasks}


async def test_pauses_grow_to_a_limit() -> None:
    """Each attempt waits a random part of one."""
    assert [0.2, 0.4, 0.8, 1.6, LONGEST_PAUSE_S, LONGEST_PAUSE_S] == [
        pause_before(number, LONGEST_PAUSE_S) for number in range(1, 7)
    ]
