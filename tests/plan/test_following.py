"""Each line once, however often a log is told anew."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiohfspaces._plan.following import Ended, EventReading, LogReading, MetricsReading, Place
from aiohfspaces._wire.events import ServerEvent
from aiohfspaces._wire.logs import LogLine, fetch_logs
from aiohfspaces._wire.streams import follow_events, follow_metrics
from aiohfspaces.models import SpaceEvent, SpaceMetrics

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def line(text: str, second: float | None = 0) -> LogLine:
    """Print something, so many seconds after the beginning."""
    return LogLine(text, None if second is None else BEGIN + timedelta(seconds=second))


def told(place: Place, log: Iterable[LogLine]) -> list[LogLine]:
    """Tell a log on one connection, and return what is new of it."""
    place.begin()
    return [new for each in log for new in place.take(each)] + place.catch_up()


@st.composite
def logs(draw: st.DrawFn, *, distinct: bool) -> list[LogLine]:
    """Draw a log whose times never run back; ``distinct``: no two lines at one time."""
    steps = draw(st.lists(st.sampled_from([1] if distinct else [0, 0, 1]), max_size=12))
    texts = draw(st.lists(st.sampled_from("ab"), min_size=len(steps), max_size=len(steps)))
    return [line(text, sum(steps[: number + 1])) for number, text in enumerate(texts)]


@given(log=logs(distinct=False), cuts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=5))
def test_each_line_is_new_once_however_often_a_log_is_told(log: list[LogLine], cuts: list[tuple[int, int]]) -> None:
    """From its beginning: lines and times may be equal, and it may grow while nobody listens."""
    place, new, printed = Place(None), list[LogLine](), 0
    for more, heard in cuts:
        printed = min(len(log), printed + more)
        new += told(place, log[: min(heard, printed)])
    assert log == new + told(place, log)


@given(
    log=logs(distinct=True),
    tail=st.integers(0, 5),
    before=st.integers(0, 12),
    cuts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=5),
)
@example(log=[line("a", 1), line("a", 2), line("a", 3)], tail=1, before=2, cuts=[(0, 1), (1, 1)])
def test_each_line_is_new_once_after_a_tail(
    log: list[LogLine], tail: int, before: int, cuts: list[tuple[int, int]]
) -> None:
    """It begins with the tail of the first connection that brought a line; from there on nothing is left out."""
    place, new, printed, first = Place(tail), list[LogLine](), min(before, len(log)), 0
    for more, heard in [*cuts, (len(log), len(log))]:
        printed = min(len(log), printed + more)
        start = 0
        if place.tail is not None:
            first = start = max(0, printed - tail)
            shown = log[start : start + heard]  # whatever is printed meanwhile included
        else:
            shown = log[: min(heard, printed)]
        new += told(place, shown)
    assert log[first : first + len(new)] == new
    assert not new or log[first:] == new


def test_lines_of_one_time_are_known_by_those_before_them() -> None:
    """After a tail, equal lines are counted, not mixed up: what was read last is looked for as a whole."""
    log = [line("z", 0), line("z", 1), line("a", 2), line("a", 2), line("a", 2), line("b", 2)]
    place = Place(3)
    assert log[1:4] == told(place, log[1:4])
    assert place.tail is None
    assert log[4:] == told(place, log)
    assert [] == told(place, log)


def test_a_tail_is_asked_for_until_a_line_has_come() -> None:
    """A connection that brought nothing has not used it up."""
    place = Place(5)
    assert [] == told(place, [])
    assert 5 == place.tail
    assert [line("a")] == told(place, [line("a")])
    assert place.tail is None


@pytest.mark.parametrize("tail", [None, 9])
def test_a_log_that_has_begun_anew_is_new(tail: int | None) -> None:
    """A Space that was restarted meanwhile prints from its beginning, and later than all that was read."""
    place = Place(tail)
    told(place, [line("a", 1), line("b", 2)])
    assert [line("a", 3), line("b", 4)] == told(place, [line("a", 3), line("b", 4)])
    assert [line("c", 4)] == told(place, [line("a", 3), line("b", 4), line("c", 4)])


@pytest.mark.parametrize("tail", [None, 9])
def test_a_log_whose_beginning_is_gone_goes_on_with_what_is_later(tail: int | None) -> None:
    """The Hub keeps only so much."""
    place = Place(tail)
    told(place, [line("a", 1), line("b", 2), line("c", 3)])
    assert [line("d", 4), line("e", 4)] == told(place, [line("c", 3), line("d", 4), line("e", 4)])


def test_times_that_run_back_make_nothing_new() -> None:
    """The latest of all lines counts, not the last one's; nor does one without a time."""
    log = [line("a", 1), line("b", 9), line("c", 2), line("d", None)]
    place = Place(None)
    told(place, log)
    assert [line("e", 3)] == told(place, [*log, line("e", 3)])
    assert [] == told(place, [*log, line("e", 3)])


def test_without_times_lines_are_counted() -> None:
    """As the official client does."""
    place = Place(None)
    told(place, [line("a", None), line("a", None)])
    assert [line("a", None)] == told(place, [line("a", None)] * 3)


@pytest.mark.parametrize("second", [5, None])
def test_a_log_that_was_trimmed_loses_no_line(second: float | None) -> None:
    """Its lines have other numbers then; also where they have one time, or none."""
    log = [line(text, second) for text in "abcdefgh"]
    place = Place(None)
    told(place, log[:4])
    assert log[4:6] == told(place, log[2:6])
    assert [] == told(place, log[3:6])
    assert log[6:] == told(place, log[5:])


@pytest.mark.parametrize("second", [2, None])
def test_a_log_that_has_begun_anew_at_once_is_new(second: float | None) -> None:
    """Its lines are others than those of their numbers were."""
    place = Place(None)
    told(place, [line("a", second), line("b", second)])
    anew = [line("c", second), line("d", second), line("e", second)]
    assert anew == told(place, anew)
    assert [line("f", second)] == told(place, [*anew, line("f", second)])


def test_a_log_that_was_trimmed_and_goes_on_is_told_on() -> None:
    """What is later tells that all that was read has come."""
    place = Place(None)
    told(place, [line(text, second) for second, text in enumerate("abcde")])
    again = [line("d", 3), line("e", 4), line("f", 5), line("g", 5)]
    assert again[2:] == told(place, again)
    assert [line("h", 5)] == told(place, [*again[1:], line("h", 5)])


def test_what_is_remembered_is_bounded() -> None:
    """However long a log is."""
    place = Place(2)
    lines = [line("a", second) for second in range(5000)]
    told(place, lines)
    assert 1024 == len(place._last)
    assert [line("b", 5000)] == told(place, [line("z", -1), *lines, line("b", 5000)])


def test_a_tail_of_which_nothing_came_is_divided_from_what_is_new() -> None:
    """By the time of its reply: what was printed while nobody listened is not lost, and what was there is not told."""
    for tail, first in [(0, 3), (2, 1), (9, 0)]:
        place, at = Place(tail), BEGIN.timestamp()
        place.begin(at + 3)
        assert None is place.tail
        log = [line("a", 1), line("b", 2), line("c", 3), line("d", 4), line("e", 2)]
        for _ in range(2):  # broken off again before anything is sure
            place.begin(at + 9)
            assert [] == place.take(log[0])
        place.begin(at + 9)
        assert log[first:] == [new for each in log for new in place.take(each)]
        assert [line("f", 5)] == told(place, [*log, line("f", 5)])


def test_a_tail_of_which_nothing_came_is_told_when_there_is_nothing_else() -> None:
    """A log that stands still has a tail, too."""
    place = Place(1)
    place.begin(BEGIN.timestamp() + 3)
    place.begin(BEGIN.timestamp() + 9)
    assert [[], []] == [place.take(line("a", 1)), place.take(line("b", 2))]
    assert [line("b", 2)] == place.catch_up()
    assert [line("b", 2)] == place.take(line("b", 2))


def test_times_that_run_back_before_a_tail_tell_nothing_twice() -> None:
    """A line from before it may have a later time than all of it."""
    place = Place(1)
    assert [line("x", 10)] == told(place, [line("x", 10)])
    log = [line("a", 1), line("y", 10.5), line("x", 10), line("z", 11)]
    assert [log[-1]] == told(place, log)
    assert [] == told(place, log)


@pytest.mark.parametrize("live", [True, False])
def test_what_is_held_back_is_told_once_what_was_read_cannot_come_any_more(live: bool) -> None:
    """When something was printed after the reply began, or too much is held."""
    place = Place(1)
    told(place, [line("x", 10)])
    place.begin(BEGIN.timestamp() + (20 if live else 1e6))
    log = [line("new", 11 + number / 100) for number in range(900 if live else 1024)]
    assert ([] if live else log) == [new for each in log for new in place.take(each)]
    last = line("now", 22)
    assert ([*log, last] if live else [last]) == place.take(last)


def event(text: str, second: float = 0) -> ServerEvent:
    """Print something, as it travels."""
    moment = (BEGIN + timedelta(seconds=second)).isoformat()
    return ServerEvent(json.dumps({"data": text, "timestamp": moment}))


DATE = {"date": "Thu, 01 Jan 2026 00:00:00 GMT"}


@pytest.mark.parametrize(
    ("follow", "headers", "expected"),
    [
        (False, DATE, [line("a", 1), Ended.ENDED]),
        (True, DATE, [line("a", 1), line("b", 1.5)]),
        (False, {}, [line("a", 1), line("b", 1.5)]),
    ],
)
def test_a_log_is_drained_where_it_was_printed_later(
    follow: bool, headers: dict[str, str], expected: list[object]
) -> None:
    """Than the reply began, to the second; one that is followed goes on."""
    reading = LogReading("me/app", "run", tail=None, follow=follow)
    assert fetch_logs("me/app", "run", None) == reading.call()
    reading.begin(headers)
    assert expected == [reading.take(event("a", 1)), reading.take(event("b", 1.5))]
    assert reading.take(ServerEvent("")) is None


def test_after_a_tail_the_whole_log_is_asked_for() -> None:
    """Since what was read is known by what came before it."""
    reading = LogReading("me/app", "build", tail=7, follow=True)
    assert fetch_logs("me/app", "build", 7) == reading.call()
    reading.begin({})
    assert line("a") == reading.take(event("a"))
    assert fetch_logs("me/app", "build", None) == reading.call()
    reading.begin({})
    assert [None, line("b")] == [reading.take(event("a")), reading.take(event("b"))]


def test_a_state_that_is_told_again_is_no_news() -> None:
    """After a break only; while it holds, what is told twice has happened twice."""
    reading = EventReading("me/app")
    assert follow_events("me/app") == reading.call()
    building, running = ServerEvent("BUILDING", "stage"), ServerEvent("RUNNING", "stage")
    reading.begin({})
    assert SpaceEvent(event="stage", data="BUILDING", stage="BUILDING") == reading.take(building)  # type: ignore[arg-type]
    assert reading.take(ServerEvent("")) is None
    assert reading.take(building) is not None
    reading.begin({})
    assert [True, False] == [reading.take(event) is None for event in (building, building)]
    reading.begin({})
    assert [False, False] == [reading.take(event) is None for event in (running, building)]


def test_states_of_ever_new_names_are_not_remembered_for_ever() -> None:
    """A hundred are."""
    reading = EventReading("me/app")
    for number in range(1000):
        assert reading.take(ServerEvent("x", str(number))) is not None
    assert 100 == len(reading._last)


def test_each_measurement_is_new() -> None:
    """An equal one, too."""
    reading = MetricsReading("me/app")
    assert follow_metrics("me/app") == reading.call()
    for _ in range(2):
        reading.begin({})
        assert SpaceMetrics() == reading.take(ServerEvent("{}", "metric"))
