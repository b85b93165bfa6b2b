"""The hub's time."""

import pytest

from aiohfspaces.localhub.clock import Clock, iso


def test_advance_lets_seconds_pass_at_once() -> None:
    """What was advanced is added to real time."""
    clock = Clock()
    before = clock.now()
    clock.advance(3600)
    assert 3600 <= clock.now() - before < 3610


def test_a_clock_never_goes_back() -> None:
    """A negative advance is a mistake of the caller."""
    with pytest.raises(ValueError, match="cannot go back"):
        Clock().advance(-1)


def test_a_clock_goes_on_where_an_advanced_one_stopped() -> None:
    """A restart does not undo what a test advanced."""
    before = Clock()
    before.advance(1_000_000)
    assert Clock(before.now()).now() >= before.now() - 1


def test_iso_spells_times_as_the_hub_does() -> None:
    """Milliseconds and a Z."""
    assert "2025-03-07T12:24:18.657Z" == iso(1741350258.657)
