"""What a Space is told to show, scene by scene."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiohfspaces.localhub import LocalHub, Scene, life
from aiohfspaces.localhub.life import Life, View, look
from aiohfspaces.localhub.logbook import build_log, is_app_over, run_log
from tests.localhub.conftest import STAGE_S, Caller


def told(*scenes: Scene) -> Life:
    """A Space that runs, and is told at time 100 what to show."""
    up = life.commit(Life("gradio", 10), 0, sha="abc", sdk="gradio", has_app=True)
    return life.direct(up, 100, scenes)


def test_scenes_last_as_long_as_told() -> None:
    """By the clock; then the Space shows again what it is."""
    subject = told(Scene("BUILDING", seconds=5), Scene("A_NEW_STAGE", seconds=5))
    assert ["BUILDING", "BUILDING", "A_NEW_STAGE", "RUNNING"] == [
        look(subject, now).stage for now in (100, 104.9, 105, 110)
    ]


def test_scenes_change_as_they_are_looked_at() -> None:
    """Each after one look, or as many as told; the last one stays."""
    subject, shown = told(Scene("BUILDING", looks=2), Scene("APP_STARTING"), Scene("PAUSED")), []
    for now in range(100, 106):
        shown.append(str(look(subject, now).stage))
        subject = life.seen(life.play(subject, now))
    assert ["BUILDING", "BUILDING", "APP_STARTING", "PAUSED", "PAUSED", "PAUSED"] == shown
    assert "RUNNING" == look(life.direct(subject, 106, []), 106).stage


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene("RUNNING_BUILDING"), View("RUNNING_BUILDING", "cpu-basic", "abc")),  # type: ignore[arg-type]
        (Scene("RUNNING", hardware="t4-small"), View("RUNNING", "t4-small", "abc")),  # type: ignore[arg-type]
        (Scene("RUNTIME_ERROR", error_message="no"), View("RUNTIME_ERROR", None, None, "no")),  # type: ignore[arg-type]
        (Scene("SLEEPING"), View("SLEEPING")),  # type: ignore[arg-type]
    ],
)
def test_a_scene_shows_what_it_runs_on(scene: Scene, expected: View) -> None:
    """Unless told otherwise, what it would, where that stage runs."""
    assert expected == look(told(scene), 100)


def test_a_scene_prints_when_it_begins() -> None:
    """In the log of the build while that goes on, else in that of the app, which a crash ends."""
    subject = told(Scene("BUILDING", seconds=5, log="compiling"), Scene("RUNTIME_ERROR", log="Traceback\nOOM"))
    assert "compiling" == build_log(subject, 100)[-1].text
    assert "Traceback" not in [line.text for line in run_log(subject, 104)]
    assert [(105, "Traceback"), (105, "OOM")] == [(line.at, line.text) for line in run_log(subject, 105)[-2:]]
    assert [False, True] == [is_app_over(subject, now) for now in (104, 105)]


def test_somebody_else_may_request_hardware() -> None:
    """It takes effect, and outlives the script."""
    subject = life.play(told(Scene("RUNNING", seconds=5), Scene("RUNNING", seconds=1, requests="a10g-small")), 105)
    assert "a10g-small" == subject.flavor
    assert "a10g-small" == look(subject, 200).current


@pytest.mark.parametrize("wrong", [{"looks": 0}, {"seconds": -1}, {"looks": 1, "seconds": 1}])
def test_a_length_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    """A scene lasts one way or the other."""
    with pytest.raises(ValueError, match="a scene lasts"):
        Scene("RUNNING", **wrong)


def test_a_hub_plays_it_to_whoever_asks(hub: LocalHub, me: Caller) -> None:
    """The runtime tells scene after scene; what is asked meanwhile counts when it is over."""
    repo_id = me.running_space(hub)
    failure = Scene("RUNTIME_ERROR", error_message="Scheduling failure: not enough hardware capacity")
    hub.script(repo_id, ["RUNNING_BUILDING", failure])
    me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "t4-small"})
    shown = [me.runtime(repo_id) for _ in range(3)]
    assert ["RUNNING_BUILDING", "RUNTIME_ERROR", "RUNTIME_ERROR"] == [one["stage"] for one in shown]
    assert {"current": None, "requested": "t4-small"} == shown[-1]["hardware"]
    assert "Scheduling failure: not enough hardware capacity" == shown[-1]["errorMessage"]
    hub.script(repo_id, [])
    hub.clock.advance(2 * STAGE_S)
    assert {"current": "t4-small", "requested": "t4-small"} == me.runtime(repo_id)["hardware"]


def test_a_listing_that_tells_runtimes_is_a_look(me: Caller, hub: LocalHub) -> None:
    """At each Space that it tells of; one that tells something else is none."""
    hub.script(me.create(), ["BUILDING", "APP_STARTING", "RUNNING"])
    stages = []
    for query in ("?expand=runtime", "?expand=sha", "?full=true", "?expand=runtime&author=me"):
        (told,) = me.get(f"/api/spaces{query}").json()
        stages.append(told.get("runtime", {}).get("stage"))
    assert ["BUILDING", None, "APP_STARTING", "RUNNING"] == stages


def test_streams_tell_what_is_played(hub: LocalHub, me: Caller) -> None:
    """Events and logs alike."""
    repo_id = me.running_space(hub)
    hub.script(repo_id, [Scene("RUNTIME_ERROR", log="it crashed")])
    with me.stream("GET", f"/api/spaces/{repo_id}/events") as stream:
        lines = stream.iter_lines()
        assert ["event: stage", "data: RUNTIME_ERROR"] == [next(lines), next(lines)]
    said = [line for line in me.get(f"/api/spaces/{repo_id}/logs/run").text.splitlines() if line.startswith("data: {")]
    assert "it crashed\n" == json.loads(said[-1].removeprefix("data: "))["data"]


def test_what_cannot_be_played_is_refused(hub: LocalHub, me: Caller) -> None:
    """There is no such Space, or no such hardware."""
    with pytest.raises(KeyError, match="me/none"):
        hub.script("me/none", ["RUNNING"])
    with pytest.raises(KeyError, match="h900"):
        hub.script(me.create(), [Scene("RUNNING", requests="h900")])
    with pytest.raises(KeyError, match="h901"):
        hub.script("me/app", [Scene("RUNNING", hardware="h901")])
