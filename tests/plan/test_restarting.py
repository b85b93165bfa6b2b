"""Restarts: which Spaces were asked just now."""

from __future__ import annotations

from aiohfspaces._plan import restarting
from aiohfspaces._plan.restarting import Restarts


def test_what_was_asked_just_now_is_known_for_a_while() -> None:
    """However its name is spelt, and until it was asked to stop."""
    restarts = Restarts()
    restarts.note("Me/App", 5.0)
    assert restarts.is_recent("me/app", 14.9, 10.0)
    assert not restarts.is_recent("me/app", 15.0, 10.0)
    assert not restarts.is_recent("me/other", 5.0, 10.0)
    restarts.forget("me/app")
    assert not restarts.is_recent("me/app", 5.0, 10.0)


def test_only_so_many_are_remembered() -> None:
    """Those that were asked last."""
    restarts = Restarts()
    for number in range(restarting._MOST):
        restarts.note(f"me/{number}", 0.0)
    restarts.note("me/0", 0.0)
    restarts.note("me/new", 0.0)
    assert [True, False, True] == [restarts.is_recent(f"me/{name}", 1.0, 10.0) for name in (0, 1, "new")]
