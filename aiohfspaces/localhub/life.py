"""The life of a Space, computed: the facts of what happened, and what they amount to at some moment.

Nothing here waits or runs in the background: a Space that was started a minute ago is whatever a Space is a
minute after its start.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen

from aiohfspaces.localhub.hardware import FREE_FLAVOR
from aiohfspaces.localhub.scripts import Scene, Script
from aiohfspaces.models import SpaceStage

FREE_SLEEP_TIME_S = 172_800
"""Idle seconds after which free hardware falls asleep; not configurable."""

_COLD = (SpaceStage.BUILDING, SpaceStage.APP_STARTING)
_WARM = (SpaceStage.RUNNING_BUILDING, SpaceStage.RUNNING_APP_STARTING)
_UP = frozenset({SpaceStage.RUNNING, *_WARM})
_STAGES_BEFORE_FAILING = {SpaceStage.CONFIG_ERROR: 0, SpaceStage.BUILD_ERROR: 1, SpaceStage.RUNTIME_ERROR: 2}
FAILING_STAGES = frozenset(_STAGES_BEFORE_FAILING)


@frozen
class Failure:
    """How a start is going to end badly."""

    stage: str
    message: str


@frozen
class Start:
    """One attempt to bring the app up.

    Attributes:
        at: When it began.
        sha: The commit that it starts.
        old_flavor: What the app before it goes on running on meanwhile; ``None`` for a start from nothing.
        old_sha: The commit of the app before it.
        failure: How it ends, if not well.
    """

    at: float
    sha: str | None
    old_flavor: str | None = None
    old_sha: str | None = None
    failure: Failure | None = None


@frozen
class Print:
    """What a scene printed.

    Attributes:
        at: When.
        text: The line.
        is_build: Whether it is in the log of the build, else in that of the app.
    """

    at: float
    text: str
    is_build: bool


@frozen
class Life:
    """All that happened to a Space, as far as it still matters.

    Attributes:
        sdk: ``gradio``, ``streamlit``, ``docker`` or ``static``.
        stage_seconds: How long each passing stage lasts.
        flavor: The hardware that was requested last.
        sleep_time: Idle seconds until paid hardware sleeps; ``None`` or negative for never.
        sha: The last commit.
        has_app: Whether that commit holds an app file.
        start: The last start; ``None`` before the first.
        is_paused: Whether it was paused after that.
        visited_at: When a visitor came last.
        next_failure: How the next start is going to fail.
        script: What it shows instead of all that; ``None`` for nothing.
        prints: What the scenes have printed so far.
    """

    sdk: str
    stage_seconds: float
    flavor: str = FREE_FLAVOR
    sleep_time: int | None = None
    sha: str | None = None
    has_app: bool = False
    start: Start | None = None
    is_paused: bool = False
    visited_at: float = 0.0
    next_failure: Failure | None = None
    script: Script | None = None
    prints: tuple[Print, ...] = ()

    @property
    def is_static(self) -> bool:
        """Whether it has no machine at all."""
        return self.sdk == "static"

    @property
    def idle_limit(self) -> int | None:
        """How many idle seconds send it to sleep; ``None`` if none do."""
        if self.flavor == FREE_FLAVOR:
            return FREE_SLEEP_TIME_S
        return self.sleep_time if self.sleep_time is not None and self.sleep_time > 0 else None


@frozen
class View:
    """What a Space is at one moment."""

    stage: SpaceStage
    current: str | None = None
    sha: str | None = None
    error_message: str | None = None

    @property
    def is_up(self) -> bool:
        """Whether an app answers its visitors."""
        return self.stage in _UP


def look(life: Life, now: float) -> View:
    """Tell what a Space is at ``now``, or what it is told to show."""
    life = play(life, now)
    real = _look(life, now)
    return real if life.script is None else _staged(life, life.script.scenes[0], real)


def _staged(life: Life, scene: Scene, real: View) -> View:
    stage = SpaceStage(scene.stage)
    current = (real.current or life.flavor) if stage in _UP else None
    sha = (real.sha or life.sha) if stage in _UP else None
    return View(stage, scene.hardware or current, sha, scene.error_message)


def _look(life: Life, now: float) -> View:
    if life.is_static:
        return View(SpaceStage.RUNNING, sha=life.sha)
    if life.is_paused:
        return View(SpaceStage.PAUSED)
    if life.start is None:
        return View(SpaceStage.NO_APP_FILE)
    passing = _passing_stages(life.start)
    elapsed = now - life.start.at
    if elapsed < len(passing) * life.stage_seconds:
        stage = passing[int(elapsed / life.stage_seconds)]
        return View(stage, life.start.old_flavor, life.start.old_sha)
    if (failure := life.start.failure) is not None:
        return View(SpaceStage(failure.stage), error_message=failure.message)
    if life.idle_limit is not None and now - _idle_since(life, life.start) >= life.idle_limit:
        return View(SpaceStage.SLEEPING)
    return View(SpaceStage.RUNNING, life.flavor, life.start.sha)


def direct(life: Life, now: float, scenes: Iterable[Scene]) -> Life:
    """Begin with the first of some scenes; with none, nothing is staged any more."""
    left = tuple(scenes)
    return _enter(life, Script(left, now) if left else None)


def play(life: Life, now: float) -> Life:
    """Go on to the scene that is on at ``now``, with what happened when it and those before it began."""
    while life.script is not None and (began := life.script.next_at(now)) is not None:
        life = _enter(life, life.script.after(began))
    return life


def seen(life: Life) -> Life:
    """Count a look at the scene that is on."""
    return life if life.script is None else evolve(life, script=life.script.seen())


def _enter(life: Life, script: Script | None) -> Life:
    if script is None:
        return evolve(life, script=None)
    scene, at = script.scenes[0], script.began
    is_build = scene.stage in (SpaceStage.BUILDING, SpaceStage.RUNNING_BUILDING, SpaceStage.BUILD_ERROR)
    prints = tuple(Print(at, text, is_build) for text in scene.log.splitlines())
    if scene.requests is not None:
        life = request_hardware(evolve(life, script=None), at, scene.requests)
    return evolve(life, script=script, prints=(*life.prints, *prints))


def stage_times(life: Life) -> list[tuple[SpaceStage, float]]:
    """List the passing stages of the last start with the time each began, then the stage they end in."""
    if life.start is None:
        return []
    passing = _passing_stages(life.start)
    failure = life.start.failure
    final = SpaceStage.RUNNING if failure is None else SpaceStage(failure.stage)
    return [(stage, life.start.at + n * life.stage_seconds) for n, stage in enumerate((*passing, final))]


def _passing_stages(start: Start) -> tuple[SpaceStage, ...]:
    stages = _COLD if start.old_flavor is None else _WARM
    return stages if start.failure is None else stages[: _STAGES_BEFORE_FAILING[SpaceStage(start.failure.stage)]]


def _idle_since(life: Life, start: Start) -> float:
    return max(life.visited_at, start.at + len(_COLD) * life.stage_seconds)


def begin(life: Life, now: float, *, keep_running: bool) -> Life:
    """Start the app of the last commit, if there is one.

    Args:
        life: What happened so far.
        now: When it begins.
        keep_running: Let an app that is up go on until the new one is.
    """
    if life.is_static or not life.has_app:
        return evolve(life, start=None, is_paused=False)
    before = look(life, now)
    old = before if keep_running and before.is_up else View(SpaceStage.STOPPED)
    start = Start(now, life.sha, old.current, old.sha, life.next_failure)
    return evolve(life, start=start, is_paused=False, next_failure=None)


def commit(life: Life, now: float, *, sha: str, sdk: str, has_app: bool) -> Life:
    """Note a new commit on ``main``; it restarts what is not paused."""
    noted = evolve(life, sha=sha, sdk=sdk, has_app=has_app)
    return noted if noted.is_paused else begin(noted, now, keep_running=True)


def reload(life: Life, *, sha: str) -> Life:
    """Note a new commit on ``main`` that the running app takes as it is."""
    return evolve(life, sha=sha)


def reconfigure(life: Life, now: float) -> Life:
    """Note a change of the app's surroundings; it restarts what is not paused, and so wakes a sleeper."""
    return life if life.is_paused else begin(life, now, keep_running=True)


def request_hardware(life: Life, now: float, flavor: str) -> Life:
    """Note a wish for other hardware; it restarts unless paused, or up on (or on the way to) that flavor."""
    stage = look(life, now).stage
    same = flavor == life.flavor and stage in (SpaceStage.RUNNING, *_COLD, *_WARM)
    if life.is_paused or same:
        return evolve(life, flavor=flavor)
    # The start has to see what the app is running on before the wish is noted.
    return evolve(begin(life, now, keep_running=True), flavor=flavor)


def restart(life: Life, now: float) -> Life:
    """Start from nothing, as an explicit restart does."""
    return begin(life, now, keep_running=False)


def pause(life: Life) -> Life:
    """Stop the app until somebody restarts it."""
    return evolve(life, is_paused=True)


def visit(life: Life, now: float) -> Life:
    """Let a visitor in: wakes a sleeper and counts as activity."""
    if look(life, now).stage == SpaceStage.SLEEPING:
        life = begin(life, now, keep_running=False)
    return evolve(life, visited_at=now)


def set_sleep_time(life: Life, seconds: int) -> Life:
    """Change after how many idle seconds paid hardware sleeps; free hardware keeps its 48 hours."""
    return life if life.flavor == FREE_FLAVOR else evolve(life, sleep_time=seconds)


def doom(life: Life, failure: Failure) -> Life:
    """Let the next start fail."""
    return evolve(life, next_failure=failure)
