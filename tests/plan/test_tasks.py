"""Tasks as rows of a file: what counts as one, and what a change leaves as it was."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces import MalformedReplyError, Task, TaskLostError, TaskStatus, UsageError
from aiohfspaces._plan.tasks import (
    Sheet,
    added,
    checked_claimed,
    checked_claimer,
    checked_fields,
    claimed,
    done,
    read_sheet,
    released,
)

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
THEN = "2026-11-22T15:30:00Z"
GUIDE = "model,concept-1,DONE\nmodel,concept-2,PENDING"
"""As the guide writes it: without a line end at its end."""

ANYTHING = st.text(st.sampled_from('a,"#\r\n \ufeffé\u2028\x0b\udcff'), max_size=30)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda word: word not in set(TaskStatus))


def sheet(text: str) -> Sheet:
    """Read a file."""
    return read_sheet(text, "tasks.csv")


def tasks(text: str) -> list[Task]:
    """List the tasks of a file."""
    return [task for _, task in sheet(text).tasks]


def after(change: Sheet | None) -> str | None:
    """Write what a change leaves behind."""
    return None if change is None else change.text


def taken(*fields: str, by: str = "me/trainer", status: TaskStatus = TaskStatus.RUNNING) -> Task:
    """Build a task that somebody has taken."""
    return Task(fields, status, by, NOW)


def test_the_guides_file_is_read() -> None:
    """Its rows are fields and a status."""
    assert [
        Task(("model", "concept-1"), TaskStatus.DONE),
        Task(("model", "concept-2"), TaskStatus.PENDING),
    ] == tasks(GUIDE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "model,dataset,status\n",
        "# model,dataset,PENDING\n",
        "\ufeff#,PENDING",
        "PENDING\n",
        "PENDING,a\n",
        "a,b,pending\na,b, PENDING\n",
        '"a,b,PENDING"\n',
        "a\u2028b,c\n",
    ],
)
def test_what_is_no_task_is_none(text: str) -> None:
    """Headers, comments and empty lines are not, nor a status without a field before it."""
    assert [] == tasks(text)
    assert text == sheet(text).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,PENDING", Task(("a",))),
        ('"a,""b""\nc",PENDING', Task(('a,"b"\nc',))),
        ('"#1",b,"PENDING"\r\n', Task(("#1", "b"))),
        ("\ufeffa,PENDING", Task(("a",))),
        ("a,PENDING,DONE,x", Task(("a",), extra=("DONE", "x"))),
        (f"a,RUNNING,me/trainer,{THEN}", taken("a")),
        (f"a,DONE,me,{THEN},5,", Task(("a",), TaskStatus.DONE, "me", NOW, ("5", ""))),
        (f"a,PENDING,me/trainer,{THEN}", Task(("a",), extra=("me/trainer", THEN))),
        ("a,RUNNING,me,soon", Task(("a",), TaskStatus.RUNNING, extra=("me", "soon"))),
        ("a,RUNNING,me,2026-11-22", Task(("a",), TaskStatus.RUNNING, extra=("me", "2026-11-22"))),
        ("a,DONE,note", Task(("a",), TaskStatus.DONE, extra=("note",))),
    ],
)
def test_a_row_is_read(text: str, expected: Task) -> None:
    """Claimer and time stand after the status, what follows is somebody else's; without a time, all of it is."""
    assert [expected] == tasks(text)


@given(ANYTHING)
def test_cells_are_what_the_csv_module_reads(text: str) -> None:
    """But for comments and an open quote, of which it knows nothing; and written again, a file is the same."""
    try:
        found = sheet(text)
    except MalformedReplyError:
        return
    assert text == found.text
    rows = [row for row in found.rows if not row.cells[0].startswith("#")]
    uncommented = io.StringIO(Sheet("", tuple(rows)).text, newline="")
    assert [tuple(row) or ("",) for row in csv.reader(uncommented)] == [row.values for row in rows]


@given(st.lists(WORDS, min_size=1, max_size=4).map(tuple), ANYTHING)
def test_what_is_added_is_read_again(fields: tuple[str, ...], before: str) -> None:
    """Whatever its fields hold and whatever the file holds, which stays as it is in front of it."""
    try:
        old = sheet(before)
    except MalformedReplyError:
        return
    new = after(added(old, fields).sheet)
    assert new is not None
    assert new.startswith(before)
    assert [*tasks(before), Task(fields)] == tasks(new)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", "a,b,PENDING\n"),
        ("\ufeff", "\ufeffa,b,PENDING\n"),
        ("x,y,DONE\n", "x,y,DONE\na,b,PENDING\n"),
        ("x,y,DONE\r\n", "x,y,DONE\r\na,b,PENDING\r\n"),
        (GUIDE, f"{GUIDE}\na,b,PENDING"),
        ("x\r\ny", "x\r\ny\r\na,b,PENDING"),
        ("x\n\n# end", "x\n\n# end\na,b,PENDING"),
        ("x\n\n", "x\n\na,b,PENDING\n"),
    ],
)
def test_a_task_is_added_at_the_end(before: str, expected: str) -> None:
    """With the line end of the last line that has one; a file that lacks the last one goes on lacking it."""
    change = added(sheet(before), ("a", "b"))
    assert (expected, Task(("a", "b"))) == (after(change.sheet), change.found)


def test_the_first_pending_task_is_taken() -> None:
    """Only its status changes, and claimer and time come in after it; all else stays, to the byte."""
    text = '\ufeffmodel,dataset,status\r\n# "keep\n\na,b,DONE\n"a" ,  \'b\',PENDING,5 ,"x"\rc,d,PENDING'
    change = claimed(sheet(text), "me/trainer", NOW)
    assert text.replace("PENDING,5", f"RUNNING,me/trainer,{THEN},5", 1) == after(change.sheet)
    assert Task(("a ", "  'b'"), TaskStatus.RUNNING, "me/trainer", NOW, ("5 ", "x")) == change.found


def test_who_comes_back_gets_its_own_task() -> None:
    """It is the one that runs under the same name, and nothing changes."""
    text = f"a,PENDING\nb,RUNNING,other,{THEN}\nc,RUNNING,me/trainer,{THEN}\n"
    change = claimed(sheet(text), "me/trainer", NOW)
    assert (None, taken("c")) == (change.sheet, change.found)


@pytest.mark.parametrize("text", ["", "a,DONE\n", f"a,RUNNING,other,{THEN}\n", "a,RUNNING\n"])
def test_there_may_be_nothing_to_take(text: str) -> None:
    """What is done, or runs elsewhere, is not taken."""
    change = claimed(sheet(text), "me/trainer", NOW)
    assert (None, None) == (change.sheet, change.found)


@pytest.mark.parametrize("claimer", ["me/trainer", "a, b", "#1", "\ufeffx", 'say "x"\r\n'])
def test_any_name_is_kept(claimer: str) -> None:
    """Quoted where that is needed."""
    new = after(claimed(sheet("a,PENDING\n"), claimer, NOW).sheet)
    assert new is not None
    assert [taken("a", by=claimer)] == tasks(new)


def test_a_task_is_marked_as_done() -> None:
    """Of two alike the one that this claimer has; its claimer and time stay."""
    text = f"a,PENDING\na,RUNNING,other,{THEN}\na,RUNNING,me/trainer,{THEN},5\n"
    change = done(sheet(text), taken("a"))
    assert text.replace("RUNNING,me", "DONE,me") == after(change.sheet)
    assert Task(("a",), TaskStatus.DONE, "me/trainer", NOW, ("5",)) == change.found


def test_a_task_that_is_done_stays_so() -> None:
    """To mark it twice changes nothing."""
    change = done(sheet(f"a,DONE,me/trainer,{THEN}\n"), taken("a"))
    assert (None, taken("a", status=TaskStatus.DONE)) == (change.sheet, change.found)


@pytest.mark.parametrize("first", ["DONE", "RUNNING"])
def test_a_task_that_is_done_says_nothing_of_an_equal_one(first: str) -> None:
    """Claimed by the same claimer within the same second: marking the first again leaves the second."""
    second = "RUNNING" if first == "DONE" else "DONE"
    text = f"a,{first},me/trainer,{THEN}\na,{second},me/trainer,{THEN}\n"
    change = done(sheet(text), taken("a"))
    assert (None, taken("a", status=TaskStatus.DONE)) == (change.sheet, change.found)


@pytest.mark.parametrize(
    "text", ["", "a,PENDING\n", f"a,RUNNING,other,{THEN}\n", "a,RUNNING,me/trainer,2026-11-22T15:31:00Z\n"]
)
def test_a_task_that_was_lost_cannot_be_marked(text: str) -> None:
    """It was released, taken by another or at another time, or is gone."""
    with pytest.raises(TaskLostError, match=r"The task a is not me/trainer's any more"):
        done(sheet(text), taken("a"))


def test_what_runs_for_long_is_pending_again() -> None:
    """As it was before it was taken; what runs since lately, or nobody knows since when, goes on."""
    text = f"a,PENDING,x\nb,RUNNING,me,{THEN},x\nc,RUNNING,me,2026-11-22T16:30:01+01:00\nd,RUNNING\ne,DONE,me,{THEN}"
    for after_s, later_s in ((60, 59), (1e300, 60)):
        change = released(sheet(text), after_s, NOW + timedelta(seconds=later_s))
        assert (None, []) == (change.sheet, change.found)
    change = released(sheet(text), 60, NOW + timedelta(seconds=60))
    assert [Task(("b",), extra=("x",))] == change.found
    assert text.replace(f"RUNNING,me,{THEN}", "PENDING") == after(change.sheet)


@pytest.mark.parametrize("text", ['a,"b', 'a,PENDING\n"x\nb,PENDING\n', '"a"\n""",'])
def test_an_open_quote_is_said(text: str) -> None:
    """What stands after it would not be read, and what is added to it neither."""
    with pytest.raises(MalformedReplyError, match=r"a quote of row \d of tasks.csv is never closed"):
        sheet(text)


@pytest.mark.parametrize("fields", [(), ("a", 1), ("a", "PENDING"), ("DONE",), ("\ud800",), (None,)])
def test_fields_are_checked(fields: tuple[str, ...]) -> None:
    """They are strings, one at least, and none that says how far a task has come."""
    with pytest.raises(UsageError, match=r"^fields"):
        checked_fields(fields)


@pytest.mark.parametrize("claimer", ["", " ", 1, None, "RUNNING", "\udcff"])
def test_a_claimer_is_checked(claimer: str) -> None:
    """It is a name."""
    with pytest.raises(UsageError, match=r"^claimer"):
        checked_claimer(claimer)


@pytest.mark.parametrize("task", [None, ("a",), Task(("a",)), Task(("a",), TaskStatus.RUNNING, "me")])
def test_what_is_marked_was_taken(task: Task) -> None:
    """A task that nobody has claimed is nobody's to mark."""
    with pytest.raises(UsageError, match=r"^task: expected what claim has returned"):
        checked_claimed(task)
