"""The life of a Space, computed from facts and a time."""

from collections.abc import Callable

import pytest

from aiohfspaces.localhub import life
from aiohfspaces.localhub.life import Failure, Life, View, look
from aiohfspaces.models import SpaceStage

STAGE_S = 10.0


def born(sdk: str = "gradio") -> Life:
    """A Space whose app was committed at time 0."""
    return life.commit(Life(sdk, STAGE_S), 0, sha="first", sdk=sdk, has_app=True)


def stages(subject: Life, *times: float) -> list[str]:
    """The stages of a Space at some times."""
    return [look(subject, time).stage for time in times]


def test_an_empty_space_has_no_app_file() -> None:
    """Nothing is started without an app."""
    assert SpaceStage.NO_APP_FILE == look(Life("gradio", STAGE_S), 99).stage


def test_a_first_start_builds_then_starts_then_runs() -> None:
    """Each passing stage lasts as long as told."""
    assert [
        "BUILDING",
        "BUILDING",
        "APP_STARTING",
        "APP_STARTING",
        "RUNNING",
    ] == stages(born(), 0, 9.9, 10, 19.9, 20)
    assert look(born(), 5) == View(SpaceStage.BUILDING)
    assert look(born(), 20) == View(SpaceStage.RUNNING, "cpu-basic", "first")


def test_stages_of_no_length_are_over_at_once() -> None:
    """With zero seconds a Space runs from the start."""
    assert "RUNNING" == look(life.commit(Life("docker", 0), 0, sha="a", sdk="docker", has_app=True), 0).stage


def test_an_upgrade_keeps_the_old_hardware_until_the_new_runs() -> None:
    """The app goes on running where it was."""
    upgraded = life.request_hardware(born(), 100, "t4-medium")
    assert ["RUNNING_BUILDING", "RUNNING_APP_STARTING", "RUNNING"] == stages(upgraded, 100, 110, 120)
    assert [
        "cpu-basic",
        "cpu-basic",
        "t4-medium",
    ] == [look(upgraded, time).current for time in (100, 119, 120)]


def test_asking_for_the_same_hardware_restarts_nothing() -> None:
    """Neither on it, nor on the way to it."""
    assert life.request_hardware(born(), 100, "cpu-basic") == born()
    upgraded = life.request_hardware(born(), 100, "t4-medium")
    assert life.request_hardware(upgraded, 105, "t4-medium") == upgraded


def test_taking_a_request_back_restarts_on_the_old_hardware() -> None:
    """While another flavor is pending, the current one is a change."""
    upgraded = life.request_hardware(born(), 100, "t4-medium")
    back = life.request_hardware(upgraded, 105, "cpu-basic")
    assert look(back, 106) == View(SpaceStage.RUNNING_BUILDING, "cpu-basic", "first")
    assert look(back, 125) == View(SpaceStage.RUNNING, "cpu-basic", "first")


def test_a_commit_restarts_what_runs_and_the_old_commit_runs_on() -> None:
    """The sha is that of the running app, not of the newest commit."""
    committed = life.commit(born(), 100, sha="second", sdk="gradio", has_app=True)
    assert look(committed, 100) == View(SpaceStage.RUNNING_BUILDING, "cpu-basic", "first")
    assert look(committed, 120) == View(SpaceStage.RUNNING, "cpu-basic", "second")


def test_losing_the_app_file_ends_the_app() -> None:
    """A commit that deletes it leaves nothing to run."""
    assert "NO_APP_FILE" == look(life.commit(born(), 100, sha="b", sdk="gradio", has_app=False), 100).stage


def test_an_explicit_restart_starts_from_nothing() -> None:
    """Unlike a change of settings."""
    assert ["BUILDING", "APP_STARTING", "RUNNING"] == stages(life.restart(born(), 100), 100, 110, 120)
    assert "RUNNING_BUILDING" == look(life.reconfigure(born(), 100), 100).stage


def test_a_paused_space_stays_paused_whatever_changes() -> None:
    """Only a restart ends a pause."""
    paused = life.pause(born())
    changed = life.commit(life.reconfigure(paused, 100), 101, sha="b", sdk="gradio", has_app=True)
    changed = life.visit(life.request_hardware(changed, 102, "t4-small"), 103)
    assert look(changed, 1000) == View(SpaceStage.PAUSED)
    assert "t4-small" == changed.flavor
    assert look(life.restart(changed, 200), 220) == View(SpaceStage.RUNNING, "t4-small", "b")


@pytest.mark.parametrize(
    "wake",
    [
        life.visit,
        life.restart,
        life.reconfigure,
        lambda subject, now: life.request_hardware(subject, now, "t4-small"),
        lambda subject, now: life.commit(subject, now, sha="b", sdk="gradio", has_app=True),
    ],
)
def test_free_hardware_sleeps_after_two_idle_days_until_something_wakes_it(
    wake: Callable[[Life, float], Life],
) -> None:
    """Idle time counts from when the app came up."""
    asleep_at = 20 + 172_800
    assert ["RUNNING", "SLEEPING"] == stages(born(), asleep_at - 1, asleep_at)
    assert "BUILDING" == look(wake(born(), asleep_at), asleep_at).stage


def test_a_visit_begins_idle_time_anew() -> None:
    """A visitor keeps a Space awake."""
    assert "RUNNING" == look(life.visit(born(), 100_000), 20 + 172_800).stage


def test_paid_hardware_sleeps_only_if_told() -> None:
    """And never with -1; free hardware ignores the wish."""
    paid = life.request_hardware(born(), 100, "t4-medium")
    assert "RUNNING" == look(paid, 10_000_000).stage
    assert 3600 == life.set_sleep_time(paid, 3600).idle_limit
    assert "SLEEPING" == look(life.set_sleep_time(paid, 3600), 120 + 3600).stage
    assert life.set_sleep_time(paid, -1).idle_limit is None
    assert life.set_sleep_time(born(), 3600) == born()


@pytest.mark.parametrize(("stage", "fails_at"), [("CONFIG_ERROR", 100), ("BUILD_ERROR", 110), ("RUNTIME_ERROR", 120)])
def test_a_doomed_start_ends_in_its_failure_once(stage: str, fails_at: float) -> None:
    """The start after it is a good one again."""
    doomed = life.restart(life.doom(born(), Failure(stage, "no luck")), 100)
    assert look(doomed, fails_at) == View(SpaceStage(stage), error_message="no luck")
    assert fails_at == 100 or look(doomed, fails_at - 1).error_message is None
    assert "BUILDING" == look(life.reconfigure(doomed, 200), 200).stage
    assert "RUNNING" == look(life.reconfigure(doomed, 200), 220).stage


def test_a_static_space_runs_without_hardware() -> None:
    """It has no machine that could start or stop."""
    assert look(born("static"), 0) == View(SpaceStage.RUNNING, None, "first")
    assert "RUNNING" == look(life.restart(born("static"), 0), 0).stage


def test_restarting_an_empty_paused_space_shows_that_it_is_empty() -> None:
    """There is nothing to start."""
    empty = life.pause(Life("gradio", STAGE_S))
    assert "PAUSED" == look(empty, 0).stage
    assert "NO_APP_FILE" == look(life.restart(empty, 0), 0).stage
