"""Tasks as rows of a CSV file: text in, text out.

A row is ``field,field,STATUS``, and once somebody has taken it ``field,field,STATUS,claimer,time``. Whatever
else a file holds (other columns, other rows, lines that begin with ``#``, empty lines, its line ends and its byte
order mark) stays as it is, to the byte: a change touches the cells that it changes.

Source: the guide "Manage your Space" of huggingface_hub, "Task scheduler", for ``field,field,STATUS``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

from attrs import evolve, frozen

from aiohfspaces.errors import MalformedReplyError, TaskLostError, UsageError
from aiohfspaces.models import Task, TaskStatus

T = TypeVar("T")

_CELL = re.compile(
    r"((?<![^\r\n])#[^\r\n]*"  # a comment: all of a line
    r'|"[^"]*(?:""[^"]*)*"?[^,\r\n]*|[^,\r\n]*)'  # quoted, or not
    r"(,|\r\n|\r|\n|\Z)"
)
_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)("?)(.*)', re.DOTALL)
_BYTE_ORDER_MARK = "\ufeff"
_READ_OTHERWISE = ("#", _BYTE_ORDER_MARK)
"""What a row must not begin with unquoted."""

_STATUSES = frozenset(TaskStatus)
_CLAIM_CELLS = 2


@frozen
class Row:
    """One row, which may span lines.

    Attributes:
        cells: As they are spelt, quotes and all.
        end: The end of its line; empty at the end of a file that lacks it.
    """

    cells: tuple[str, ...]
    end: str

    @property
    def values(self) -> tuple[str, ...]:
        """What its cells mean."""
        return tuple(_value(cell) for cell in self.cells)

    @property
    def task(self) -> Task | None:
        """The task that it is; ``None`` if it is something else."""
        status_at = self.status_at
        if status_at is None:
            return None
        values = self.values
        task = Task(values[:status_at], TaskStatus(values[status_at]), extra=values[status_at + 1 :])
        claimed_at = _moment(task.extra[1]) if len(task.extra) >= _CLAIM_CELLS else None
        if task.status is TaskStatus.PENDING or claimed_at is None:
            return task
        return evolve(task, claimer=task.extra[0], claimed_at=claimed_at, extra=task.extra[_CLAIM_CELLS:])

    @property
    def status_at(self) -> int | None:
        """Which cell is the status: the first that could be, but not the very first cell."""
        if self.cells[0].startswith("#"):
            return None
        return next((at for at, value in enumerate(self.values) if at and value in _STATUSES), None)

    def with_status(self, status: TaskStatus, *claim: str, forget: int = 0) -> Row:
        """Give it another status.

        Args:
            status: The status.
            claim: Cells to put after it.
            forget: How many of the cells after it go.
        """
        at = self.status_at
        if at is None:
            raise ValueError("a row that is no task has no status")
        return evolve(self, cells=(*self.cells[:at], status.value, *claim, *self.cells[at + 1 + forget :]))


@frozen
class Sheet:
    """A whole file.

    Attributes:
        mark: Its byte order mark, or nothing.
        rows: In order.
    """

    mark: str
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The file as it is written."""
        return self.mark + "".join(",".join(row.cells) + row.end for row in self.rows)

    @property
    def tasks(self) -> Iterator[tuple[int, Task]]:
        """The tasks, each with the number of its row, counted from 0."""
        return ((number, task) for number, row in enumerate(self.rows) if (task := row.task) is not None)

    def replace(self, changed: dict[int, Row]) -> Sheet:
        """Put other rows into the places of some."""
        return evolve(self, rows=tuple(changed.get(number, row) for number, row in enumerate(self.rows)))


@frozen
class Change(Generic[T]):
    """What becomes of a file, and what its caller wanted to know.

    Attributes:
        sheet: The file afterwards; ``None`` if it stays as it is.
        found: What the caller gets.
    """

    sheet: Sheet | None
    found: T


Decide: TypeAlias = Callable[[Sheet, datetime], Change[T]]
"""What to change in a file, given the time."""


def read_sheet(text: str, filename: str) -> Sheet:
    """Cut a file into rows and cells.

    Raises:
        MalformedReplyError: A quote is never closed, so that everything after it is one cell.
    """
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    rows = tuple(_rows(text.removeprefix(mark)))
    for number, row in enumerate(rows[-1:], len(rows)):
        found = _QUOTED.fullmatch(row.cells[-1])
        if found and not found[2]:
            raise MalformedReplyError(f"a quote of row {number} of {filename} is never closed", field=filename)
    return Sheet(mark, rows)


def _rows(text: str) -> Iterator[Row]:
    cells: list[str] = []
    for found in _CELL.finditer(text):
        cell, end = found.groups()
        if end == ",":
            cells.append(cell)
        elif found[0] or cells:
            yield Row((*cells, cell), end)
            cells = []


def _value(cell: str) -> str:
    quoted = _QUOTED.fullmatch(cell) if cell.startswith('"') else None
    return quoted[1].replace('""', '"') + quoted[3] if quoted else cell


def _written(values: tuple[str, ...]) -> tuple[str, ...]:
    """Spell values as cells."""
    line = io.StringIO()
    is_odd = values[0].startswith(_READ_OTHERWISE)
    csv.writer(line, quoting=csv.QUOTE_ALL if is_odd else csv.QUOTE_MINIMAL, lineterminator="\r\n").writerow(values)
    (row,) = _rows(line.getvalue())
    return row.cells


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment


def _spelt(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def checked_fields(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Accept what a task is made of.

    Raises:
        UsageError: There is none, one is no string of Unicode, or one would be taken for the status.
    """
    if not fields:
        raise UsageError("fields: expected what is to be done, one string at least, got none")
    for number, field in enumerate(fields):
        _checked_cell(field, f"fields[{number}]")
    return fields


def checked_claimer(claimer: str) -> str:
    """Accept the name of whoever takes a task.

    Raises:
        UsageError: It is empty, no string of Unicode, or would be taken for a status.
    """
    if not _checked_cell(claimer, "claimer").strip():
        raise UsageError(f"claimer: expected a name, such as the Space's id, got {claimer!r}")
    return claimer


def checked_claimed(task: Task) -> Task:
    """Accept a task that somebody has taken.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(task, Task) or task.claimer is None or task.claimed_at is None:
        raise UsageError(f"task: expected what claim has returned, got {task!r}")
    return task


def _checked_cell(value: str, argument: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{argument}: expected a string, got {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{argument}: expected a string of Unicode, got one with lone surrogates") from None
    if value in _STATUSES:
        raise UsageError(f"{argument}: {value!r} would be taken for the status of the task")
    return value


def added(sheet: Sheet, fields: tuple[str, ...]) -> Change[Task]:
    """Add a task at the end; a file without a line end at its end stays one."""
    task = Task(fields)
    cells = _written((*fields, task.status.value))
    line_end = next((row.end for row in reversed(sheet.rows) if row.end), "\n")
    if not sheet.rows or sheet.rows[-1].end:
        return Change(evolve(sheet, rows=(*sheet.rows, Row(cells, line_end))), task)
    *before, last = sheet.rows
    return Change(evolve(sheet, rows=(*before, evolve(last, end=line_end), Row(cells, ""))), task)


def claimed(sheet: Sheet, claimer: str, now: datetime) -> Change[Task | None]:
    """Find the task that somebody runs already, or take the first that is pending."""
    tasks = list(sheet.tasks)
    own = next((task for _, task in tasks if task.status is TaskStatus.RUNNING and task.claimer == claimer), None)
    if own is not None:
        return Change(None, own)
    for number, task in tasks:
        if task.status is TaskStatus.PENDING:
            row = sheet.rows[number].with_status(TaskStatus.RUNNING, *_written((claimer, _spelt(now))))
            return Change(sheet.replace({number: row}), row.task)
    return Change(None, None)


def done(sheet: Sheet, task: Task) -> Change[Task]:
    """Mark a task as done that its claimer still has.

    Raises:
        TaskLostError: It is not, or no longer, the claimer's.
    """
    own = [(number, found) for number, found in sheet.tasks if _is_same(found, task)]
    for _, found in own:
        if found.status is TaskStatus.DONE:  # said before: another that is equal is not meant
            return Change(None, found)
    for number, found in own:
        if found.status is TaskStatus.RUNNING:
            row = sheet.rows[number].with_status(TaskStatus.DONE)
            return Change(sheet.replace({number: row}), evolve(found, status=TaskStatus.DONE))
    named = ", ".join(task.fields)
    raise TaskLostError(f"The task {named} is not {task.claimer}'s any more: it was released, or its row changed.")


def _is_same(one: Task, other: Task) -> bool:
    return (one.fields, one.claimer, one.claimed_at) == (other.fields, other.claimer, other.claimed_at)


def released(sheet: Sheet, after_s: float, now: datetime) -> Change[list[Task]]:
    """Make tasks pending again that were taken longer ago than `after_s` seconds."""
    stale = {
        number: sheet.rows[number].with_status(TaskStatus.PENDING, forget=_CLAIM_CELLS)
        for number, task in sheet.tasks
        if task.status is TaskStatus.RUNNING
        and task.claimed_at is not None
        and (now - task.claimed_at).total_seconds() >= after_s
    }
    tasks = [task for row in stale.values() if (task := row.task) is not None]
    return Change(sheet.replace(stale) if stale else None, tasks)
