"""Lending: what is owed for hardware, and what is done about it in the end."""

from __future__ import annotations

import pytest

from aiohfspaces._plan.lending import (
    GiveBack,
    KeepWarm,
    Leave,
    Reached,
    Return,
    lease,
    may_have_landed,
    settle_up,
)
from aiohfspaces.errors import (
    HubConnectionError,
    HubServerError,
    MalformedReplyError,
    OfflineError,
    PaymentRequiredError,
    UsageError,
)
from aiohfspaces.models import LeaseHandle, SpaceHardware, SpaceRuntime, SpaceStage

CPU, T4, A10G = SpaceHardware.CPU_BASIC, SpaceHardware.T4_MEDIUM, SpaceHardware.A10G_SMALL
OWED = LeaseHandle(repo_id="me/app", hardware=T4, restore=CPU)
WARM = LeaseHandle(repo_id="me/app", hardware=T4, restore=CPU, keep_warm=300)


def runtime(
    current: SpaceHardware | None, requested: SpaceHardware | None, stage: str = "RUNNING", sleep_time: int | None = 60
) -> SpaceRuntime:
    """Build a runtime."""
    return SpaceRuntime(stage=SpaceStage(stage), hardware=current, requested_hardware=requested, sleep_time=sleep_time)


@pytest.mark.parametrize(
    ("current", "requested", "restore", "expected"),
    [
        (CPU, CPU, None, CPU),
        (CPU, A10G, None, A10G),  # what was asked for last is what somebody wants
        (T4, CPU, None, CPU),  # on it still, and on its way down
        (A10G, None, None, A10G),
        (None, None, None, CPU),
        (A10G, A10G, CPU, CPU),
        (T4, T4, None, None),
        (CPU, T4, None, None),  # on its way there
        (T4, T4, CPU, None),
        (T4, None, None, None),
    ],
)
def test_what_was_wanted_before_is_what_it_goes_back_to(
    current: SpaceHardware | None,
    requested: SpaceHardware | None,
    restore: SpaceHardware | None,
    expected: SpaceHardware | None,
) -> None:
    """Or what the caller names; what is there already, or on its way, is not borrowed."""
    found = runtime(current, requested)
    owed = lease("me/app", found, T4, sleep_time=None, restore=restore, keep_warm=None)
    assert expected == (owed and owed.restore)


@pytest.mark.parametrize(
    ("found", "asked", "restore", "expected"),
    [
        (runtime(A10G, A10G, sleep_time=3600), 60, None, 3600),
        (runtime(A10G, A10G, sleep_time=None), 60, None, -1),
        (runtime(A10G, A10G, sleep_time=3600), None, None, None),  # it was not touched
        (runtime(A10G, A10G, sleep_time=3600), 60, CPU, None),  # it cannot be set there
        (runtime(CPU, CPU, sleep_time=172_800), 60, None, None),
        (runtime(CPU, CPU, sleep_time=172_800), 60, A10G, None),  # it was not a choice
    ],
)
def test_a_sleep_time_that_was_chosen_comes_back(
    found: SpaceRuntime, asked: int | None, restore: SpaceHardware | None, expected: int | None
) -> None:
    """Where the lease changes it, and both flavors have one."""
    owed = lease("me/app", found, T4, sleep_time=asked, restore=restore, keep_warm=None)
    assert owed is not None
    assert expected == owed.sleep_time


@pytest.mark.parametrize("reached", Reached)
def test_a_runtime_that_tells_no_hardware_is_nobodys_wish(reached: Reached) -> None:
    """What was borrowed is given back all the same."""
    assert GiveBack(CPU, None) == settle_up(OWED, runtime(None, None), reached)


@pytest.mark.parametrize("stage", ["SLEEPING", "STOPPED", "PAUSED", "RUNNING"])
@pytest.mark.parametrize("keep_warm", [300, None])
def test_what_sleeps_on_the_flavor_is_only_kept_warm(stage: str, keep_warm: int | None) -> None:
    """It is woken, and there is no other hardware to go back to."""
    found = runtime(None, T4, stage)
    owed = lease("me/app", found, T4, sleep_time=60, restore=None, keep_warm=keep_warm)
    if keep_warm is None or stage in ("PAUSED", "RUNNING"):
        assert None is owed
    else:
        assert LeaseHandle(repo_id="me/app", hardware=T4, restore=T4, keep_warm=300) == owed
        assert KeepWarm(300) == settle_up(owed, runtime(T4, T4), Reached.LANDED)
        assert Leave() == settle_up(owed, runtime(None, T4, "PAUSED"), Reached.LANDED)
        assert Leave() == settle_up(owed, runtime(None, T4, "SLEEPING"), Reached.REQUESTED)


STAGES = [*SpaceStage, SpaceStage("BRAND_NEW")]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("reached", Reached)
@pytest.mark.parametrize("current", [CPU, T4, None])
@pytest.mark.parametrize(("requested", "expected"), [(T4, GiveBack(CPU, None)), (CPU, Leave()), (A10G, Leave())])
def test_what_was_requested_is_given_back_and_nothing_else(
    stage: str, reached: Reached, current: SpaceHardware | None, requested: SpaceHardware, expected: Return
) -> None:
    """Whatever has become of it; other hardware is somebody else's wish."""
    assert expected == settle_up(OWED, runtime(current, requested, stage), reached)


@pytest.mark.parametrize(
    ("stage", "current", "kept"),
    [
        ("RUNNING", T4, True),
        ("RUNNING_BUILDING", T4, True),
        ("SLEEPING", None, True),
        ("PAUSED", None, False),
        ("PAUSED", T4, False),
        ("RUNTIME_ERROR", T4, False),
        ("BUILD_ERROR", None, False),
        ("RUNNING_APP_STARTING", CPU, False),
        ("BUILDING", None, False),
    ],
)
def test_only_what_has_landed_is_kept_warm(stage: str, current: SpaceHardware | None, kept: bool) -> None:
    """What failed, or was paused since, would cost for nothing."""
    now = runtime(current, T4, stage)
    assert (KeepWarm(300) if kept else GiveBack(CPU, None)) == settle_up(WARM, now, Reached.LANDED)
    for reached in (Reached.UNSURE, Reached.REQUESTED):
        assert GiveBack(CPU, None) == settle_up(WARM, now, reached)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (PaymentRequiredError(status=402, method="POST", url="http://hub/x"), False),
        (HubServerError(status=502, method="POST", url="http://hub/x", outcome="unknown"), True),
        (HubConnectionError("no route", outcome="not done"), False),
        (HubConnectionError("cut"), True),
        (MalformedReplyError("no stage", field="stage"), True),
        (UsageError("hardware: none"), False),
        (OfflineError("off"), False),
        (KeyboardInterrupt(), True),
    ],
)
def test_a_request_may_have_landed_unless_it_surely_has_not(failure: BaseException, expected: bool) -> None:
    """A lost reply and a cancellation leave it open."""
    assert expected == may_have_landed(failure)
