"""Tasks that a file of a dataset holds."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen


class TaskStatus(StrEnum):
    """How far a task has come."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"


@frozen
class Task:
    """A row of a `DatasetTaskQueue`.

    Attributes:
        fields: What is to be done: the columns before the status.
        status: How far it has come.
        claimer: Who has taken it; ``None`` if nobody has, or the row does not say so.
        claimed_at: When that was, by the Hub's clock, in whole seconds; ``None`` where there is no claimer.
        extra: Columns after those, which somebody else has put there.
    """

    fields: tuple[str, ...]
    status: TaskStatus = TaskStatus.PENDING
    claimer: str | None = None
    claimed_at: datetime | None = None
    extra: tuple[str, ...] = ()
