"""The few lines that a Space's build and its app would print, computed from its life."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.life import Life, look, play, stage_times
from aiohfspaces.models import SpaceStage

_BUILDING = frozenset({SpaceStage.BUILDING, SpaceStage.RUNNING_BUILDING})
_STARTING = frozenset({SpaceStage.APP_STARTING, SpaceStage.RUNNING_APP_STARTING})
_BEFORE_RUNNING = frozenset({SpaceStage.CONFIG_ERROR, SpaceStage.BUILD_ERROR})


@frozen
class Line:
    """One line of a log, and when it was printed."""

    at: float
    text: str

    def describe(self) -> dict[str, str]:
        """Say it as the Hub's log stream does."""
        return {"data": self.text + "\n", "timestamp": iso(self.at)}


def build_log(life: Life, now: float) -> list[Line]:
    """List what the last build has printed by ``now``."""
    life = play(life, now)
    lines = [Line(line.at, line.text) for line in life.prints if line.is_build]
    for stage, at in stage_times(life):
        if stage in _BUILDING:
            lines += [
                Line(at, f"===== Build Queued at {iso(at)} / Commit SHA: {(life.sha or '')[:7]} ====="),
                Line(at, f"--> Building the {life.sdk} app"),
            ]
        elif stage in _STARTING:
            lines += [Line(at, "--> Pushing image"), Line(at, "DONE")]
        elif stage in _BEFORE_RUNNING:
            lines += _failure_lines(life, at)
    return sorted((line for line in lines if line.at <= now), key=lambda line: line.at)


def run_log(life: Life, now: float, output: Iterable[Line] = ()) -> list[Line]:
    """List what the app has printed by ``now``; ``output`` is what it was told to print."""
    life = play(life, now)
    staged = [Line(line.at, line.text) for line in life.prints if not line.is_build]
    if life.start is None:
        return [line for line in staged if line.at <= now]
    lines = [line for line in (*output, *staged) if line.at >= life.start.at]
    for stage, at in stage_times(life):
        if stage in _STARTING:
            lines.append(Line(at, f"===== Application Startup at {iso(at)} ====="))
        elif stage == SpaceStage.RUNNING:
            lines.append(Line(at, "* Running on local URL:  http://0.0.0.0:7860"))
        elif stage == SpaceStage.RUNTIME_ERROR:
            lines += _failure_lines(life, at)
    return sorted((line for line in lines if line.at <= now), key=lambda line: line.at)


def _failure_lines(life: Life, at: float) -> list[Line]:
    failure = life.start and life.start.failure
    return [Line(at, text) for text in failure.message.splitlines()] if failure else []


def is_build_over(life: Life, now: float) -> bool:
    """Tell whether the build log is complete."""
    return look(life, now).stage not in _BUILDING


def is_app_over(life: Life, now: float) -> bool:
    """Tell whether the app's log is complete: nothing runs, nor is about to."""
    view = look(life, now)
    return not (view.is_up or view.stage in _BUILDING | _STARTING)
