"""Limits: in how many seconds the server wants to be asked again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire.limits import RateLimit, rate_limit, retry_after

NOON = "Fri, 07 Mar 2025 12:00:00 GMT"
NOON_EPOCH = 1741348800.0
A_MINUTE_LATER = "Fri, 07 Mar 2025 12:01:00 GMT"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"api";r=489;t=189', RateLimit("api", 489, 189)),
        ('"resolvers";r=0;t=1', RateLimit("resolvers", 0, 1)),
        (' "api" ; r=5 ; t=7 ', RateLimit("api", 5, 7)),
        ("api;r=5;t=7", RateLimit("api", 5, 7)),
        ('"api";r=5;t=7;pk=:x:', RateLimit("api", 5, 7)),
        ('"api";r=5;t=7, "pages";r=0;t=1', RateLimit("api", 5, 7)),
        ('"api";r=-1;t=7', None),
        ('"api";r=5', None),
        ('"api";t=5', None),
        (f'"api";r={"9" * 5000};t=7', None),
        (f'"api";r=7;t={"9" * 5000}', None),
        ("100, 100;w=60", None),
        ("", None),
    ],
)
def test_a_window_is_read_off_its_header(header: str, expected: RateLimit | None) -> None:
    """What is left and when it turns; what cannot be read says nothing."""
    assert expected == rate_limit({"ratelimit": header})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "7.5"}, None),
        ({"retry-after": "-7"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": A_MINUTE_LATER, "date": NOON}, 60.0),
        ({"retry-after": A_MINUTE_LATER}, 90.0),
        ({"retry-after": A_MINUTE_LATER, "date": "nonsense"}, 90.0),
        ({"retry-after": "Friday, 07-Mar-25 12:01:00 GMT", "date": NOON}, 60.0),
        ({"retry-after": "Fri Mar  7 12:01:00 2025", "date": NOON}, 60.0),
        ({"retry-after": NOON, "date": A_MINUTE_LATER}, 0.0),
        ({"ratelimit": '"api";r=0;t=42'}, 42.0),
        ({"ratelimit": '"api";r=1;t=42'}, None),
        ({"ratelimit": '"api";r=0;t=42', "retry-after": "7"}, 7.0),
        ({"ratelimit": '"api";r=0;t=42', "retry-after": "soon"}, 42.0),
    ],
)
def test_the_server_says_when_to_come_back(headers: dict[str, str], expected: float | None) -> None:
    """Seconds, a date by its own clock or else by ours (30 s behind), else the turn of a spent window."""
    assert expected == retry_after(headers, NOON_EPOCH - 30)


@given(st.text() | st.from_regex(r"\A[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,12} [-+A-Z0-9]*\Z"))
def test_any_header_says_something_or_nothing(header: str) -> None:
    """Whatever a server sends is read as a wait that is not negative, or not at all."""
    wait = retry_after({"retry-after": header, "ratelimit": header, "date": header}, NOON_EPOCH)
    assert wait is None or wait >= 0
