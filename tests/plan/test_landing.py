"""When one of many Spaces is worth a look, and what looks say."""

from __future__ import annotations

from aiohfspaces import SpaceHardware, SpaceRuntime, SpaceStage
from aiohfspaces._plan.landing import Awaited
from aiohfspaces._plan.settling import Failed, Goal, Settled, Superseded, Wait

CPU, T4, A10G = SpaceHardware.CPU_BASIC, SpaceHardware.T4_SMALL, SpaceHardware.A10G_SMALL


def seen(stage: str = "RUNNING", hardware: SpaceHardware = T4, requested: SpaceHardware = T4) -> SpaceRuntime:
    """Make a runtime, by default one that has landed on a T4."""
    return SpaceRuntime(stage=SpaceStage(stage), hardware=hardware, requested_hardware=requested)


def test_a_listing_only_hints() -> None:
    """What it shows may be old: it makes a look worth while, and is no verdict."""
    awaited = Awaited(Goal(hardware=T4))
    assert not awaited.is_worth_a_look(0)
    awaited.note(seen(hardware=CPU), 0)
    assert not awaited.is_worth_a_look(0)
    awaited.note(seen(), 1)
    assert awaited.is_worth_a_look(1)
    assert (Wait(), 1) == (awaited.verdict(1), awaited.due(1))
    awaited.prove(seen("BUILDING"), 2)
    awaited.note(seen(), 3)
    assert (Wait(), 3) == (awaited.verdict(3), awaited.due(3))


def test_looks_are_judged_by_themselves() -> None:
    """An error that a listing saw come up is, at the first look, one that may be left over."""
    awaited = Awaited(Goal(hardware=T4, grace=10))
    awaited.note(seen("BUILDING"), 0)
    awaited.note(seen("BUILD_ERROR"), 1)
    assert awaited.is_worth_a_look(1)
    awaited.prove(seen("BUILD_ERROR"), 1)
    assert (Wait(10), 10) == (awaited.verdict(1), awaited.due(1))
    awaited.prove(seen("BUILD_ERROR"), 10)
    assert Failed() == awaited.verdict(10)


def test_the_first_look_says_what_is_requested() -> None:
    """A listing may still show the request before."""
    awaited = Awaited(Goal(as_requested=True, grace=10))
    awaited.note(seen(hardware=CPU, requested=CPU), 0)
    assert CPU == awaited.aim.hardware
    assert awaited.is_worth_a_look(0)
    awaited.note(seen("BUILDING", CPU), 5)
    assert (T4, True, 5) == (awaited.aim.hardware, awaited.is_worth_a_look(5), awaited.due(5))
    awaited.prove(seen("BUILDING", CPU), 0)
    assert (T4, Wait()) == (awaited.aim.hardware, awaited.verdict(0))
    awaited.prove(seen(), 20)
    assert Settled() == awaited.verdict(20)
    awaited.prove(seen(requested=A10G), 21)
    assert (T4, Superseded()) == (awaited.aim.hardware, awaited.verdict(21))


def test_it_says_what_is_new() -> None:
    """Whether a listing has shown it or a look."""
    awaited = Awaited(Goal(hardware=T4))
    assert awaited.note(seen("BUILDING"), 0)
    assert not awaited.prove(seen("BUILDING"), 1)
    assert awaited.prove(seen(), 2)
    assert not awaited.note(seen(), 3)
    assert awaited.watched is not None
    assert ["BUILDING", "RUNNING"] == [sighting.stage for sighting in awaited.watched.history]
