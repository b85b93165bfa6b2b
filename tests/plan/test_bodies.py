"""Bodies: which parts are read together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.bodies import BodyPart, runs
from aiohfspaces._wire.calls import Base64File, FileRange


def length(part: BodyPart) -> int:
    """Count the bytes of a part on the wire."""
    return len(part) if isinstance(part, bytes) else part.length


PARTS = st.one_of(
    st.binary(max_size=12),
    st.integers(0, 12).map(lambda size: FileRange(b"", 0, size)),
    st.integers(0, 9).map(lambda size: Base64File(b"", size)),
)


@given(st.lists(PARTS), st.integers(1, 20))
def test_a_body_is_cut_without_loss(parts: list[BodyPart], at_once: int) -> None:
    """Each part is in one run, in its order, and no run is empty."""
    found = list(runs(iter(parts), at_once))
    assert parts == [part for run in found for part in run]
    assert all(found)


@given(st.lists(PARTS), st.integers(1, 20))
def test_no_run_is_longer_than_what_is_read_at_once(parts: list[BodyPart], at_once: int) -> None:
    """But for a part that is longer by itself: it is alone, or beside parts without a byte."""
    for run in runs(parts, at_once):
        assert sum(map(length, run)) <= at_once or 1 == len([part for part in run if length(part)])


@given(st.lists(PARTS), st.integers(1, 20))
def test_a_run_ends_where_the_next_part_is_too_much(parts: list[BodyPart], at_once: int) -> None:
    """So ten thousand small files take few reads."""
    found = list(runs(parts, at_once))
    for run, following in pairwise(found):
        assert sum(map(length, run)) + length(following[0]) > at_once


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([b"abc", b"de", b"f"], [[b"abc", b"de"], [b"f"]]),
        ([b"abcdef", b"g"], [[b"abcdef"], [b"g"]]),
        ([b"a", FileRange(b"", 7, 4), b"b"], [[b"a", FileRange(b"", 7, 4)], [b"b"]]),
        ([b"ab", Base64File(b"", 1)], [[b"ab"], [Base64File(b"", 1)]]),
    ],
    ids=["nothing", "full", "longer by itself", "a file", "base64 is longer"],
)
def test_neighbours_of_five_bytes_are_read_together(parts: list[BodyPart], expected: list[list[BodyPart]]) -> None:
    """What counts is what travels."""
    assert expected == list(runs(parts, 5))
