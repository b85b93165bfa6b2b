"""Settling: is the wait over, for every stage, on any hardware, at any time."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.settling import (
    BUILD_STAGES,
    FAILING_STAGES,
    INACTIVE_STAGES,
    Expired,
    Failed,
    Goal,
    Inactive,
    Settled,
    Superseded,
    Unservable,
    Verdict,
    Wait,
    Watched,
    is_static,
    judge,
)
from aiohfspaces.models import SpaceHardware, SpaceRuntime, SpaceStage, StageSighting, WaitHandle

CPU, T4, A10G = SpaceHardware.CPU_BASIC, SpaceHardware.T4_MEDIUM, SpaceHardware.A10G_SMALL
GRACE = 10.0
LANDING = Goal(hardware=T4, grace=GRACE)
RUNNING = Goal(grace=GRACE)

FAILING = ["NO_APP_FILE", "CONFIG_ERROR", "BUILD_ERROR", "RUNTIME_ERROR", "DELETING"]
INACTIVE = ["STOPPED", "PAUSED", "SLEEPING"]
ON_THE_WAY = ["BUILDING", "APP_STARTING", "RUNNING_BUILDING", "RUNNING_APP_STARTING", "BRAND_NEW"]


def runtime(
    stage: str = "RUNNING", current: SpaceHardware | None = T4, requested: SpaceHardware | None = T4, **facts: Any
) -> SpaceRuntime:
    """Build a runtime, by default one that has landed on a T4."""
    return SpaceRuntime(stage=SpaceStage(stage), hardware=current, requested_hardware=requested, **facts)


def watched(now: SpaceRuntime, *, stage_moved: bool = False, request_moved: bool = False) -> Watched:
    """Build what was seen so far."""
    return Watched(now, 0.0, stage_moved=stage_moved, request_moved=request_moved, history=())


def judged(goal: Goal, seen: Watched, now: float) -> Verdict:
    """Judge right after a look that went well."""
    return judge(goal, evolve(seen, seen_at=now), now)


def test_every_stage_is_of_one_kind() -> None:
    """Those of this module's tables are all that the Hub has; one that it adds is on the way."""
    assert [*FAILING, *INACTIVE, *ON_THE_WAY, "RUNNING"] == [
        *sorted(FAILING_STAGES, key=FAILING.index),
        *sorted(INACTIVE_STAGES, key=INACTIVE.index),
        *ON_THE_WAY,
        SpaceStage.RUNNING,
    ]
    assert {*FAILING, *INACTIVE, *ON_THE_WAY, "RUNNING"} == {*SpaceStage, "BRAND_NEW"}
    assert BUILD_STAGES == FAILING_STAGES - {"RUNTIME_ERROR", "DELETING"}


TABLE: list[tuple[list[str], bool, float, Verdict]] = [
    # stages, whether another was seen before, seconds, verdict
    (["RUNNING"], False, 0.0, Settled()),
    (["RUNNING"], True, 1e6, Settled()),
    (ON_THE_WAY, False, 0.0, Wait()),
    (ON_THE_WAY, True, 1e6, Wait()),
    (FAILING, False, 0.0, Wait(GRACE)),
    (FAILING, False, 9.9, Wait(GRACE)),
    (FAILING, False, 10.0, Failed()),
    (FAILING, True, 0.1, Failed()),
    (INACTIVE, False, 0.0, Inactive()),
    (INACTIVE, True, 1e6, Inactive()),
]
CASES = [(stage, moved, now, verdict) for stages, moved, now, verdict in TABLE for stage in stages]


@pytest.mark.parametrize(("stage", "moved", "now", "expected"), CASES)
@pytest.mark.parametrize("goal", [RUNNING, LANDING, evolve(LANDING, revision="c0ffee"), evolve(LANDING, timeout=1e9)])
def test_each_stage_has_its_verdict(goal: Goal, stage: str, moved: bool, now: float, expected: Verdict) -> None:
    """On the hardware that was asked for; an error that was there at first has to last for the grace."""
    assert expected == judged(goal, watched(runtime(stage, sha="c0ffee1"), stage_moved=moved), now)


@pytest.mark.parametrize("stage", ["RUNNING", *ON_THE_WAY])
@pytest.mark.parametrize("current", [CPU, A10G, None])
def test_on_other_hardware_nothing_has_landed(stage: str, current: SpaceHardware | None) -> None:
    """``RUNNING`` on the old hardware is the app of before, also on the way down."""
    assert Wait() == judged(LANDING, watched(runtime(stage, current), stage_moved=True), 1e6)


@pytest.mark.parametrize(("stage", "expected"), [("RUNNING", Settled()), ("RUNNING_BUILDING", Wait())])
@pytest.mark.parametrize(("current", "requested"), [(CPU, T4), (T4, CPU), (None, CPU), (None, None)])
def test_without_a_flavor_any_hardware_will_do(
    stage: str, expected: Verdict, current: SpaceHardware | None, requested: SpaceHardware | None
) -> None:
    """A wait that only wants the Space to run does not look at it; a static one has none."""
    assert expected == judged(RUNNING, watched(runtime(stage, current, requested)), 0.0)


@pytest.mark.parametrize("stage", [*FAILING, *INACTIVE, *ON_THE_WAY, "RUNNING"])
@pytest.mark.parametrize(
    ("moved", "now", "expected"),
    [(False, 0.0, Wait(GRACE)), (False, 9.9, Wait(GRACE)), (False, 10.0, Superseded()), (True, 0.0, Superseded())],
)
@pytest.mark.parametrize("current", [CPU, T4])
def test_a_request_for_other_hardware_supersedes(
    stage: str, moved: bool, now: float, expected: Verdict, current: SpaceHardware
) -> None:
    """Whatever the stage; at first it may be what was asked for before."""
    assert expected == judged(LANDING, watched(runtime(stage, current, A10G), request_moved=moved), now)


@pytest.mark.parametrize(("current", "expected"), [(T4, Settled()), (CPU, Wait())])
def test_a_request_that_the_hub_does_not_tell_supersedes_nothing(current: SpaceHardware, expected: Verdict) -> None:
    """What runs on the flavor has landed, whether or not the Hub still says that it was asked for."""
    assert expected == judged(LANDING, watched(runtime("RUNNING", current, None), request_moved=True), 1e6)


@pytest.mark.parametrize(
    ("sha", "expected"),
    [("c0ffee1", Settled()), ("c0ffee", Settled()), ("beef", Wait()), ("c0f", Wait()), (None, Settled())],
)
def test_a_revision_has_to_run_itself(sha: str | None, expected: Verdict) -> None:
    """A ``RUNNING`` left over from before an upload does not count."""
    assert expected == judged(evolve(RUNNING, revision="c0ffee"), watched(runtime(sha=sha)), 1e6)


@pytest.mark.parametrize(
    ("moved", "now", "expected"), [(False, 9.9, Wait(GRACE)), (False, 10.0, Settled()), (True, 0.1, Settled())]
)
def test_without_a_word_of_the_commit_a_change_is_waited_for(moved: bool, now: float, expected: Verdict) -> None:
    """What runs may be the old commit until the stage moves or the grace ends."""
    goal = evolve(RUNNING, revision="c0ffee")
    assert expected == judged(goal, watched(runtime(sha=None), stage_moved=moved), now)


def test_a_static_space_has_no_hardware_to_wait_for() -> None:
    """At once, and whatever else was seen; a wait that only wants it to run is over."""
    static = runtime(current=None, requested=None)
    assert is_static(static)
    assert Unservable() == judged(LANDING, watched(static, request_moved=True), 1e6)
    assert Settled() == judged(RUNNING, watched(static), 0.0)


def test_hardware_that_was_seen_once_is_not_forgotten() -> None:
    """A look that tells none afterwards does not make the Space static."""
    seen = Watched.first(runtime("RUNNING", CPU, T4), 0.0)
    for look in (runtime(current=None, requested=None), runtime(current=None, requested=None)):
        seen = seen.saw(look, 1.0)
        assert Wait() == judged(LANDING, seen, 1.0)


@pytest.mark.parametrize(
    ("first", "hardware", "as_requested"), [(runtime(current=CPU), T4, False), (runtime(requested=None), None, True)]
)
def test_a_handle_says_what_is_waited_for(
    first: SpaceRuntime, hardware: SpaceHardware | None, as_requested: bool
) -> None:
    """Whatever is requested, as long as nobody knows what that is; and that a restart was asked for."""
    goal = Goal(as_requested=True, restarting=True)
    expected = WaitHandle(repo_id="me/app", as_requested=True, restarting=True)
    assert expected == goal.handle("me/app")
    assert evolve(expected, hardware=hardware, as_requested=as_requested) == goal.met(first).handle("me/app")


@pytest.mark.parametrize("other", [runtime("BUILDING", None, None), runtime(current=None), runtime(requested=None)])
def test_a_space_without_hardware_yet_is_not_static(other: SpaceRuntime) -> None:
    """It does not run yet, or has some hardware, running or asked for."""
    assert not is_static(other)


@pytest.mark.parametrize("stage", INACTIVE)
@pytest.mark.parametrize(("now", "expected"), [(5.0, Wait(15.0)), (14.9, Wait(15.0)), (15.0, Inactive())])
def test_a_space_that_was_woken_gets_up_within_the_grace(stage: str, now: float, expected: Verdict) -> None:
    """For so long after the restart it may still read as asleep."""
    assert expected == judged(RUNNING, evolve(watched(runtime(stage)), woken_at=5.0), now)


@pytest.mark.parametrize("stage", INACTIVE)
@pytest.mark.parametrize(
    ("moved", "now", "expected"), [(False, 9.9, Wait(GRACE)), (False, 10.0, Inactive()), (True, 0.1, Inactive())]
)
def test_a_space_that_was_asked_to_restart_just_now_gets_up_within_the_grace(
    stage: str, moved: bool, now: float, expected: Verdict
) -> None:
    """A request for hardware ends a sleep; the first looks after it may still show it."""
    assert expected == judged(evolve(LANDING, restarting=True), watched(runtime(stage), stage_moved=moved), now)


@pytest.mark.parametrize(
    ("timeout", "stage", "now", "expected"),
    [
        (5.0, "BUILDING", 4.9, Wait()),
        (5.0, "BUILDING", 5.0, Expired()),
        (0.0, "BUILDING", 0.0, Expired()),
        (5.0, "RUNNING", 5.0, Settled()),
        (5.0, "PAUSED", 5.0, Inactive()),
        (5.0, "BUILD_ERROR", 0.0, Wait(GRACE)),
        (5.0, "BUILD_ERROR", 5.0, Expired()),
        (20.0, "BUILD_ERROR", 0.0, Wait(GRACE)),
        (20.0, "BUILD_ERROR", 20.0, Failed()),
        (None, "BUILDING", 1e9, Wait()),
    ],
)
def test_a_wait_ends_with_its_time(timeout: float | None, stage: str, now: float, expected: Verdict) -> None:
    """Unless it is over anyway."""
    assert expected == judged(evolve(RUNNING, timeout=timeout), watched(runtime(stage)), now)


@pytest.mark.parametrize(
    "leftover",
    [
        watched(runtime("BUILD_ERROR")),
        watched(runtime("RUNNING", CPU, A10G)),
        evolve(watched(runtime("PAUSED")), woken_at=0.0),
    ],
)
def test_what_nobody_could_look_at_since_is_not_believed(leftover: Watched) -> None:
    """However late it is, what may be left over counts only when a look after the grace has shown it."""
    assert Wait(GRACE) == judge(LANDING, evolve(leftover, seen_at=GRACE - 0.1), 1e6)
    assert not isinstance(judge(LANDING, evolve(leftover, seen_at=GRACE), 1e6), Wait)


def test_the_requested_flavor_is_that_of_the_first_look() -> None:
    """A wait for whatever is requested knows after the first look what that is; a static Space has none."""
    goal = Goal(as_requested=True)
    assert evolve(goal, hardware=T4) == goal.met(runtime(current=CPU))
    assert RUNNING == RUNNING.met(runtime(current=CPU))
    static = runtime(current=None, requested=None)
    assert Unservable() == judged(goal.met(static), watched(static), 0.0)


def test_what_was_seen_is_remembered() -> None:
    """Each change of stage or hardware is in the history, and what has moved once has moved."""
    seen = Watched.first(runtime("RUNNING", CPU, CPU), 0.0)
    assert (False, False) == (seen.stage_moved, seen.request_moved)
    seen = seen.saw(runtime("RUNNING", CPU, CPU, sha="beef"), 1.0)
    assert (False, False, 1.0) == (seen.stage_moved, seen.request_moved, seen.seen_at)
    seen = seen.saw(runtime("RUNNING", CPU, T4), 2.0)
    assert (False, True) == (seen.stage_moved, seen.request_moved)
    seen = evolve(seen, woken_at=2.5).saw(runtime("BUILDING", None, T4), 3.0)
    assert (True, True) == (seen.stage_moved, seen.request_moved)
    seen = seen.saw(runtime("BUILDING", T4, T4), 4.0).saw(runtime("BUILDING", T4, T4), 5.0)
    assert (True, True, 2.5, runtime("BUILDING")) == (seen.stage_moved, seen.request_moved, seen.woken_at, seen.runtime)
    assert (
        StageSighting(0.0, SpaceStage.RUNNING, CPU),
        StageSighting(3.0, SpaceStage.BUILDING, None),
        StageSighting(4.0, SpaceStage.BUILDING, T4),
    ) == seen.history


@given(
    stage=st.sampled_from([*SpaceStage, SpaceStage("BRAND_NEW")]),
    current=st.sampled_from([CPU, T4, None]),
    requested=st.sampled_from([CPU, T4, None]),
    moved=st.booleans(),
    restarting=st.booleans(),
    now=st.floats(0, 100),
)
def test_settled_is_what_runs_on_the_hardware_and_nothing_else(
    stage: SpaceStage,
    current: SpaceHardware | None,
    requested: SpaceHardware | None,
    moved: bool,
    restarting: bool,
    now: float,
) -> None:
    """Whatever was seen before, and whenever: on the way up and on the way down."""
    for wanted in (CPU, T4):
        goal = Goal(hardware=wanted, grace=GRACE, restarting=restarting)
        seen = watched(runtime(stage, current, requested), stage_moved=moved, request_moved=moved)
        landed = stage == "RUNNING" and current == wanted and requested in (wanted, None)
        assert landed == (Settled() == judged(goal, seen, now))
