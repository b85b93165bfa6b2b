"""Waiting for a Space: look, judge, look again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from math import inf
from typing import Any, assert_never

from anyio import CancelScope, current_time
from attrs import define, evolve, field, frozen

from aiohfspaces._io.repeating import TimeUp, look_for_news
from aiohfspaces._io.telling import tell
from aiohfspaces._plan.retrying import asked_delay, is_passing
from aiohfspaces._plan.settling import (
    BUILD_STAGES,
    INACTIVE_STAGES,
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
from aiohfspaces.models import SpaceRuntime
from aiohfspaces.options import PollPolicy

FIRST_LOOK_S = 2.0
"""How long the first look may take, however short the wait: a wait of no time at all looks once."""

_RESUME = "resume_wait(error.handle) goes on waiting."

OnChange = Callable[[SpaceRuntime], object]
Look = Callable[[], Awaitable[SpaceRuntime]]


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
    look: Look
    restart: Look | None
    read_log: Callable[[LogKind], Awaitable[tuple[str, ...]]]
    on_change: OnChange | None = None


@define
class Course:
    """How far a wait has come, for whoever goes on with it.

    Attributes:
        began: When it began, by the event loop's clock.
        watched: What was seen so far; ``None`` before the first look.
    """

    began: float = field(factory=current_time)
    watched: Watched | None = None


async def settle(
    watch: Watch, goal: Goal, policy: PollPolicy, *, check: bool, course: Course | None = None
) -> SpaceRuntime:
    """Wait until a Space has come to a goal.

    Args:
        watch: The Space, and how to reach it.
        goal: What is waited for.
        policy: How often to look.
        check: Whether a failing or inactive stage is an error, or a result like any other.
        course: A wait that is gone on with, and that remembers what is seen; ``None`` for a new one.

    Raises:
        SpaceFailedError: It settled in a failing stage.
        SpaceInactiveError: It is paused, sleeping or stopped.
        HardwareSupersededError: Other hardware was requested meanwhile.
        SpaceWaitTimeoutError: The time ran out.
        UsageError: It is static, and hardware was waited for.
        HubHTTPError: The Hub refused to show it.
    """
    course = course or Course()
    began = course.began
    until = inf if goal.timeout is None else began + goal.timeout
    watched = course.watched or await _first_look(watch, goal, policy, course, until)
    goal = goal.met(watched.runtime)
    failure: SpacesError | None = None
    news: SpaceRuntime | TimeUp
    while True:
        before = watched.runtime
        match judge(goal, watched, current_time() - began):
            case Settled():
                return before
            case Wait(due):
                due_at = inf if due is None else began + due
                news = await look_for_news(watch.look, before, policy=policy, due=due_at, until=until)
            case Inactive() if watch.restart is not None and watched.woken_at is None:
                news = await _wake(watch.restart, watch.look, before, policy, until)
                watched = evolve(watched, woken_at=current_time() - began)
            case Failed() | Inactive() if not check:
                return before
            case Failed() | Inactive() | Superseded() | Expired() | Unservable() as verdict:
                raise await why_not(verdict, watch, goal, watched, failure) from failure
            case _ as never:
                assert_never(never)
        if isinstance(news, TimeUp):
            failure = news.failure
            continue
        course.watched = watched = watched.saw(news, current_time() - began)
        if news != before:
            await tell(watch.on_change, news)


async def look_once(watch: Watch, goal: Goal, course: Course) -> bool:
    """Look at a Space once, and tell whether the wait is over, well or badly.

    A look that fails in a way that may pass shows nothing.

    Raises:
        HubHTTPError: The Hub refused to show it.
    """
    try:
        runtime = await watch.look()
    except SpacesError as failure:
        if not is_passing(failure):
            raise
    else:
        before, now = course.watched, current_time() - course.began
        course.watched = Watched.first(runtime, now) if before is None else before.saw(runtime, now)
        if before is None or before.runtime != runtime:
            await tell(watch.on_change, runtime)
    if course.watched is None:
        return False
    return not isinstance(judge(goal, course.watched, current_time() - course.began), Wait)


async def changes(look: Look, policy: PollPolicy) -> AsyncGenerator[SpaceRuntime, None]:
    """Yield the runtime that is found, then each that differs from the one before.

    Raises:
        HubHTTPError: The Hub refused to show it.
    """
    last: SpaceRuntime | None = None
    while not isinstance(news := await look_for_news(look, last, policy=policy, due=inf, until=inf), TimeUp):
        last = news
        yield news


async def _first_look(watch: Watch, goal: Goal, policy: PollPolicy, course: Course, until: float) -> Watched:
    until = max(until, current_time() + FIRST_LOOK_S)
    first = await look_for_news(watch.look, None, policy=policy, due=inf, until=until)
    if isinstance(first, TimeUp):
        raise never_seen(watch.repo_id, goal, first.failure) from first.failure
    course.watched = watched = Watched.first(first, current_time() - course.began)
    await tell(watch.on_change, first)
    return watched


async def _wake(
    restart: Look, look: Look, asleep: SpaceRuntime, policy: PollPolicy, until: float
) -> SpaceRuntime | TimeUp:
    """Restart a Space; where that fails in a way that may pass, look whether it did not, then try again.

    Raises:
        SpacesError: It failed for good.
    """
    pause, failure = policy.initial, None
    while True:
        try:
            with CancelScope(deadline=until):
                return await restart()
            return TimeUp(failure)
        except SpacesError as exc:
            if not is_passing(exc):
                raise
            failure = exc
        least = max(pause, asked_delay(failure) or 0)
        patient = evolve(policy, initial=least, maximum=max(least, policy.maximum))
        news = await look_for_news(look, asleep, policy=patient, due=current_time(), until=until)
        if isinstance(news, TimeUp):
            return TimeUp(news.failure or failure)
        if news.stage not in INACTIVE_STAGES:
            return news
        pause = min(policy.maximum, 2 * pause)


def never_seen(repo_id: str, goal: Goal, failure: SpacesError | None) -> SpaceWaitTimeoutError:
    """Say that a Space could not even be looked at in time."""
    message = f"{repo_id} could not be looked at within {goal.timeout:g} s{_because(failure)}. {_RESUME}"
    return SpaceWaitTimeoutError(message, repo_id=repo_id, runtime=None, history=(), handle=goal.handle(repo_id))


def _because(failure: SpacesError | None) -> str:
    return f", the last time because of {type(failure).__name__}: {failure}" if failure else ""


async def why_not(
    verdict: Failed | Inactive | Superseded | Expired | Unservable,
    watch: Watch,
    goal: Goal,
    watched: Watched,
    failure: SpacesError | None,
) -> SpacesError:
    """Say why a wait ends that has not come to its goal; of a failure with the end of its log.

    Args:
        verdict: How it ends.
        watch: The Space.
        goal: What was waited for.
        watched: What was seen.
        failure: How the last look ended; ``None`` if it went well.
    """
    if isinstance(verdict, Failed):
        return await _failure(watch, goal, watched)
    return _ending(verdict, watch.repo_id, goal, watched, failure)


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
    verdict: Inactive | Superseded | Expired | Unservable,
    repo_id: str,
    goal: Goal,
    watched: Watched,
    failure: SpacesError | None,
) -> SpacesError:
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
            on, requested = runtime.hardware or "no hardware", runtime.requested_hardware or "none"
            state = f"{runtime.stage} on {on}, with {requested} requested"
            state += f", at commit {runtime.sha}" if runtime.sha else ""
            return SpaceWaitTimeoutError(
                f"{repo_id} did not run{wanted} within {goal.timeout:g} s; it is {state}{_because(failure)}. {_RESUME}",
                **facts,
            )
        case Unservable():
            return UsageError(f"hardware: {repo_id} is a static Space, which runs on no hardware to wait for")


def _facts(repo_id: str, goal: Goal, watched: Watched) -> dict[str, Any]:
    return {
        "repo_id": repo_id,
        "runtime": watched.runtime,
        "history": watched.history,
        "handle": goal.handle(repo_id),
    }
