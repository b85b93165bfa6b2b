"""Waiting for a Space: look, judge, look again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from math import inf
from typing import Any, assert_never

from anyio import CancelScope, current_time
from attrs import evolve, frozen

from aiohfspaces._io.repeating import LAST_LOOK_S, until_changed
from aiohfspaces._plan.retrying import is_passing
from aiohfspaces._plan.settling import (
    BUILD_STAGES,
    Expired,
    Failed,
    Goal,
    Inactive,
    Settled,
    Superseded,
    Unservable,
    Wait,
    Watched,
    judge,
)
from aiohfspaces._wire.logs import LogKind
from aiohfspaces.errors import (
    HardwareSupersededError,
    SpaceFailedError,
    SpaceInactiveError,
    SpacesError,
    SpaceWaitTimeoutError,
    UsageError,
)
from aiohfspaces.models import SpaceRuntime, WaitHandle
from aiohfspaces.options import PollPolicy

OnChange = Callable[[SpaceRuntime], object]


@frozen(kw_only=True)
class Watch:
    """What a wait does with a Space; it knows no client.

    Attributes:
        repo_id: The Space.
        look: Reads its runtime.
        restart: Restarts it; ``None`` if an inactive one is to stay so.
        read_log: Reads the tail of a log.
        on_change: Is told of each new runtime, the first included.
    """

    repo_id: str
    look: Callable[[], Awaitable[SpaceRuntime]]
    restart: Callable[[], Awaitable[SpaceRuntime]] | None
    read_log: Callable[[LogKind], Awaitable[tuple[str, ...]]]
    on_change: OnChange | None = None


async def first_look(watch: Watch, policy: PollPolicy, until: float | None) -> SpaceRuntime | None:
    """Look for the first time, living through what may pass; ``None`` if it does not until the time is up.

    Raises:
        HubHTTPError: The Hub refused to show it.
    """
    with CancelScope(deadline=inf if until is None else until + LAST_LOOK_S):
        try:
            return await watch.look()
        except SpacesError as exc:
            if not is_passing(exc):
                raise
        return await until_changed(watch.look, None, policy=policy, until=until)
    return None


async def settle(
    watch: Watch, goal: Goal, runtime: SpaceRuntime, policy: PollPolicy, *, began: float, check: bool
) -> SpaceRuntime:
    """Wait until a Space has come to a goal.

    Args:
        watch: The Space, and how to reach it.
        goal: What is waited for.
        runtime: What the first look has shown.
        policy: How often to look.
        began: When the wait began, by the event loop's clock.
        check: Whether a failing or inactive stage is an error, or a result like any other.

    Raises:
        SpaceFailedError: It settled in a failing stage.
        SpaceInactiveError: It is paused, sleeping or stopped.
        HardwareSupersededError: Other hardware was requested meanwhile.
        SpaceWaitTimeoutError: The time ran out.
        UsageError: It is static, and hardware was waited for.
        HubHTTPError: The Hub refused to show it.
    """
    watched = Watched.first(runtime, current_time() - began)
    await _tell(watch, runtime)
    while True:
        match judge(goal, watched, current_time() - began):
            case Settled():
                return runtime
            case Wait(until):
                deadline = None if until is None else began + until
                following = await until_changed(watch.look, runtime, policy=policy, until=deadline)
            case Inactive() if watch.restart is not None and watched.woken_at is None:
                following = await watch.restart()
                watched = evolve(watched, woken_at=current_time() - began)
            case Failed() | Inactive() if not check:
                return runtime
            case Failed():
                raise await _failure(watch, goal, watched)
            case Inactive() | Superseded() | Expired() | Unservable() as verdict:
                raise _ending(verdict, watch.repo_id, goal, watched)
            case _ as never:
                assert_never(never)
        if following != runtime:
            runtime = following
            watched = watched.saw(runtime, current_time() - began)
            await _tell(watch, runtime)


def never_seen(repo_id: str, goal: Goal) -> SpaceWaitTimeoutError:
    """Say that a Space could not even be looked at in time."""
    handle = WaitHandle(repo_id=repo_id, hardware=goal.hardware, revision=goal.revision)
    message = f"{repo_id} could not be looked at within {goal.timeout:g} s."
    return SpaceWaitTimeoutError(message, repo_id=repo_id, runtime=None, history=(), handle=handle)


async def _tell(watch: Watch, runtime: SpaceRuntime) -> None:
    if watch.on_change is not None:
        answer = watch.on_change(runtime)
        if isawaitable(answer):
            await answer


async def _failure(watch: Watch, goal: Goal, watched: Watched) -> SpaceFailedError:
    stage = watched.runtime.stage
    logs = await watch.read_log("build" if stage in BUILD_STAGES else "run")
    return SpaceFailedError(
        f"{watch.repo_id} has failed with {stage}; the Space stays as it is until it is changed or restarted.",
        error_message=watched.runtime.error_message,
        logs=logs,
        **_facts(watch.repo_id, goal, watched),
    )


def _ending(
    verdict: Inactive | Superseded | Expired | Unservable, repo_id: str, goal: Goal, watched: Watched
) -> Exception:
    """Say why a wait ends that has not come to its goal."""
    runtime, facts = watched.runtime, _facts(repo_id, goal, watched)
    match verdict:
        case Inactive():
            return SpaceInactiveError(
                f"{repo_id} is {runtime.stage} and will not come up by itself: restart_space({repo_id!r}) "
                "starts it, or wake=True where the wait takes it.",
                **facts,
            )
        case Superseded():
            return HardwareSupersededError(
                f"{repo_id} was to land on {goal.hardware}, but {runtime.requested_hardware} is requested: "
                f"request_space_hardware({repo_id!r}, {str(goal.hardware)!r}) asks for it (again).",
                **facts,
            )
        case Expired():
            wanted = f" on {goal.hardware}" if goal.hardware else ""
            wanted += f" at commit {goal.revision}" if goal.revision else ""
            return SpaceWaitTimeoutError(
                f"{repo_id} did not run{wanted} within {goal.timeout:g} s; it is {runtime.stage} on "
                f"{runtime.hardware}, with {runtime.requested_hardware} requested. "
                "resume_wait(error.handle) goes on waiting.",
                **facts,
            )
        case Unservable():
            return UsageError(f"hardware: {repo_id} is a static Space, which runs on no hardware to wait for")


def _facts(repo_id: str, goal: Goal, watched: Watched) -> dict[str, Any]:
    handle = WaitHandle(repo_id=repo_id, hardware=goal.hardware, revision=goal.revision)
    return {"repo_id": repo_id, "runtime": watched.runtime, "history": watched.history, "handle": handle}
