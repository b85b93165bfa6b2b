"""The options: durations in any form, limits that make sense, errors that name the argument."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aiohfspaces.errors import UsageError
from aiohfspaces.options import PollPolicy, RetryPolicy, Timeout, seconds


@pytest.mark.parametrize(("value", "expected"), [(0, 0.0), (2, 2.0), (0.5, 0.5), (timedelta(minutes=1), 60.0)])
def test_a_duration_is_a_number_of_seconds(value: float | timedelta, expected: float) -> None:
    """Numbers are seconds already, a timedelta is turned into them."""
    assert expected == seconds("timeout", value)
    assert isinstance(seconds("timeout", value), float)


@pytest.mark.parametrize("value", [-1, -0.1, float("nan"), float("inf"), True, "5", None, timedelta(seconds=-1)])
def test_what_is_no_duration_is_refused(value: Any) -> None:
    """The error names the argument and shows what was given."""
    with pytest.raises(UsageError) as caught:
        seconds("poll", value)
    assert f"poll: expected seconds, zero or more, got {value!r}" == str(caught.value)


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (5, Timeout(connect=5.0, read=5.0, write=5.0, total=5.0)),
        (30, Timeout(connect=10.0, read=30.0, write=30.0, total=30.0)),
        (timedelta(hours=1), Timeout(connect=10.0, read=60.0, write=60.0, total=3600.0)),
        (Timeout(read=1.0), Timeout(read=1.0)),
    ],
)
def test_a_limit_for_the_whole_bounds_its_parts(total: Any, expected: Timeout) -> None:
    """Each part is its ordinary limit or the whole, whichever is shorter; a limit in detail is kept."""
    assert expected == Timeout.of(total)


@pytest.mark.parametrize("total", [0, 0.0, -1, "5", timedelta(0)])
def test_a_limit_without_any_time_is_refused(total: Any) -> None:
    """Zero seconds are no limit but a mistake."""
    with pytest.raises(UsageError, match=r"^timeout: expected"):
        Timeout.of(total)


def test_a_file_adds_the_time_that_it_takes_at_the_slowest() -> None:
    """A megabyte at a quarter of a megabyte per second is four seconds more."""
    assert 604.0 == Timeout().total_with(1 << 20)
    assert 600.0 == Timeout().total_with(0)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((Timeout, name) for name in ("connect", "read", "write", "total")),
        *((RetryPolicy, name) for name in ("initial", "maximum", "jitter")),
        *((PollPolicy, name) for name in ("initial", "maximum", "jitter", "grace")),
    ],
)
def test_each_duration_can_be_a_timedelta(kind: Any, name: str) -> None:
    """What is accepted in one place is accepted in all, and kept as seconds."""
    assert 90.0 == getattr(kind(**{name: timedelta(minutes=1.5)}), name)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        *((Timeout, name, 0) for name in ("connect", "read", "write", "total", "slowest")),
        (Timeout, "read", "5"),
        (RetryPolicy, "initial", -1),
        (RetryPolicy, "attempts", 0),
        (RetryPolicy, "attempts", True),
        (RetryPolicy, "attempts", 1.5),
        (RetryPolicy, "quota", -1),
        (PollPolicy, "grace", float("nan")),
        (PollPolicy, "maximum", None),
    ],
)
def test_an_option_that_cannot_work_is_refused(kind: Any, name: str, value: object) -> None:
    """The error names the option."""
    with pytest.raises(UsageError, match=f"^{name}: expected"):
        kind(**{name: value})


@pytest.mark.parametrize(
    "options",
    [
        {"attempts": 1, "initial": 0, "maximum": 0, "jitter": 0, "quota": 0},
        {"attempts": 9, "quota": 1},
    ],
)
def test_never_again_is_a_policy_too(options: dict[str, Any]) -> None:
    """One attempt, no waits and no quota are as good as more."""
    policy = RetryPolicy(**options)
    assert options == {name: getattr(policy, name) for name in options}
