"""Is the wait over? From what was seen so far and the time, one verdict.

The rules: landed means that the hardware **is** the requested flavor **and** the stage is
``RUNNING``, also on the way down; right after a request the Space may still read ``RUNNING`` on
the old hardware, and ``RUNNING_BUILDING`` and ``RUNNING_APP_STARTING`` are the old app still being
served. An error stage that was there at the first look may be left over from before the request,
so it has to last for a grace period.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import evolve, frozen

from aiohfspaces.models import SpaceHardware, SpaceRuntime, SpaceStage, StageSighting, WaitHandle

FAILING_STAGES = frozenset(
    {
        SpaceStage.BUILD_ERROR,
        SpaceStage.RUNTIME_ERROR,
        SpaceStage.CONFIG_ERROR,
        SpaceStage.NO_APP_FILE,
        SpaceStage.DELETING,
    }
)
INACTIVE_STAGES = frozenset({SpaceStage.PAUSED, SpaceStage.SLEEPING, SpaceStage.STOPPED})
BUILD_STAGES = frozenset({SpaceStage.BUILD_ERROR, SpaceStage.CONFIG_ERROR, SpaceStage.NO_APP_FILE})
"""Failing stages of which the build log tells; of the others, the run log."""


@frozen(kw_only=True)
class Goal:
    """What is waited for.

    Attributes:
        hardware: The flavor to land on; ``None`` for any.
        revision: The commit that has to run; ``None`` for any.
        grace: Seconds for which what was there at the first look may be left over from before:
            an error stage, a request for other hardware, or the sleep that a restart ends.
        timeout: Seconds after which the wait is given up; ``None`` for never.
        as_requested: Whether the flavor is the one that is requested at the first look.
        restarting: Whether the Space was asked just now for what restarts it, so that the sleep
            that this ends may be left over, too.
    """

    hardware: SpaceHardware | None = None
    revision: str | None = None
    grace: float = 10.0
    timeout: float | None = None
    as_requested: bool = False
    restarting: bool = False

    def met(self, first: SpaceRuntime) -> Goal:
        """Fill in what only the first look can tell."""
        return evolve(self, hardware=first.requested_hardware) if self.as_requested else self

    def handle(self, repo_id: str) -> WaitHandle:
        """Write down what another process needs to go on with it."""
        return WaitHandle(
            repo_id=repo_id,
            hardware=self.hardware,
            revision=self.revision,
            as_requested=self.as_requested and self.hardware is None,
            restarting=self.restarting,
        )


@frozen
class Watched:
    """What was seen so far.

    Attributes:
        runtime: The last look that went well.
        seen_at: When that was, in seconds since the wait began.
        stage_moved: Whether the stage was ever another than at the first look.
        request_moved: Whether the requested hardware was.
        history: Each change of stage or hardware, oldest first.
        woken_at: When the wait itself restarted the Space; ``None`` if it did not.
        had_hardware: Whether any look showed hardware, running or requested.
    """

    runtime: SpaceRuntime
    seen_at: float
    stage_moved: bool
    request_moved: bool
    history: tuple[StageSighting, ...]
    woken_at: float | None = None
    had_hardware: bool = False

    @classmethod
    def first(cls, runtime: SpaceRuntime, now: float) -> Watched:
        """Begin with the first look."""
        sighting = StageSighting(now, runtime.stage, runtime.hardware)
        had_hardware = _tells_hardware(runtime)
        return cls(runtime, now, stage_moved=False, request_moved=False, history=(sighting,), had_hardware=had_hardware)

    def saw(self, runtime: SpaceRuntime, now: float) -> Watched:
        """Add a look."""
        before = self.runtime
        moved = (runtime.stage, runtime.hardware) != (before.stage, before.hardware)
        sighting = StageSighting(now, runtime.stage, runtime.hardware)
        return evolve(
            self,
            runtime=runtime,
            seen_at=now,
            stage_moved=self.stage_moved or runtime.stage != before.stage,
            request_moved=self.request_moved or runtime.requested_hardware != before.requested_hardware,
            history=(*self.history, sighting) if moved else self.history,
            had_hardware=self.had_hardware or _tells_hardware(runtime),
        )


@frozen
class Wait:
    """Look again.

    Attributes:
        due: Seconds since the wait began from which a look decides even if it shows nothing new;
            ``None`` for never.
    """

    due: float | None = None


@frozen
class Settled:
    """It has come to what was waited for."""


@frozen
class Failed:
    """It has come to a stage of failure."""


@frozen
class Inactive:
    """It will not come up by itself."""


@frozen
class Superseded:
    """Other hardware was requested meanwhile."""


@frozen
class Unservable:
    """It is a static Space, which has no hardware to wait for."""


@frozen
class Expired:
    """The time is up."""


Verdict: TypeAlias = Wait | Settled | Failed | Inactive | Superseded | Unservable | Expired


def judge(goal: Goal, watched: Watched, now: float) -> Verdict:
    """Give the verdict.

    Args:
        goal: What is waited for.
        watched: What was seen so far.
        now: Seconds since the wait began.
    """
    verdict = _judge_runtime(goal, watched)
    expired = goal.timeout is not None and now >= goal.timeout
    return Expired() if expired and isinstance(verdict, Wait) else verdict


def _judge_runtime(goal: Goal, watched: Watched) -> Verdict:
    """Judge what was seen: what may be left over counts when a look after the grace shows it still."""
    runtime, seen_at = watched.runtime, watched.seen_at
    if is_static(runtime) and not watched.had_hardware and (goal.hardware is not None or goal.as_requested):
        return Unservable()
    if None not in (goal.hardware, runtime.requested_hardware) and goal.hardware != runtime.requested_hardware:
        return Superseded() if watched.request_moved or seen_at >= goal.grace else Wait(goal.grace)
    if runtime.stage in FAILING_STAGES:
        return Failed() if watched.stage_moved or seen_at >= goal.grace else Wait(goal.grace)
    if runtime.stage in INACTIVE_STAGES:
        patience = _patience(goal, watched)
        return Inactive() if seen_at >= patience else Wait(patience)
    if goal.revision is not None and runtime.sha is None and not (watched.stage_moved or seen_at >= goal.grace):
        return Wait(goal.grace)  # the Hub does not say what runs: it may still be what ran before
    return Settled() if _landed(goal, runtime) else Wait()


def _patience(goal: Goal, watched: Watched) -> float:
    """Tell until when an inactive stage may be left over from before a restart."""
    if watched.woken_at is not None:
        return watched.woken_at + goal.grace
    return goal.grace if goal.restarting and not watched.stage_moved else 0.0


def is_static(runtime: SpaceRuntime) -> bool:
    """Tell whether a Space has no hardware at all, neither running nor asked for."""
    return runtime.stage == SpaceStage.RUNNING and not _tells_hardware(runtime)


def _tells_hardware(runtime: SpaceRuntime) -> bool:
    return runtime.hardware is not None or runtime.requested_hardware is not None


def _landed(goal: Goal, runtime: SpaceRuntime) -> bool:
    on_hardware = goal.hardware is None or runtime.hardware == goal.hardware
    on_revision = goal.revision is None or runtime.sha is None or runtime.sha.startswith(goal.revision)
    return runtime.stage == SpaceStage.RUNNING and on_hardware and on_revision
