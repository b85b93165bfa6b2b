from __future__ import annotations

import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio import current_time

from aiohfspaces import (
    AuthenticationError,
    HardwareSupersededError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    PermissionDeniedError,
    PollPolicy,
    RateLimitError,
    RepositoryNotFoundError,
    SpaceFailedError,
    SpaceHardware,
    SpaceInactiveError,
    SpaceRuntime,
    SpaceStage,
    SpaceWaitError,
    SpaceWaitTimeoutError,
    UsageError,
    WaitHandle,
)
from aiohfspaces._io.poller import Course, OnChange, Watch, changes, look_once, settle
from aiohfspaces._plan.settling import Goal
from aiohfspaces._wire.logs import LogKind
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

NO_WAIT = PollPolicy(initial=0, maximum=0, jitter=0)
CPU, T4, A10G = SpaceHardware.CPU_BASIC, SpaceHardware.T4_SMALL, SpaceHardware.A10G_SMALL
ON_T4 = Goal(hardware=T4)
REFUSALS = [
    AuthenticationError(status=401, method="GET", url="http://hub/x"),
    PermissionDeniedError(status=403, method="GET", url="http://hub/x"),
    RepositoryNotFoundError(status=404, method="GET", url="http://hub/x"),
]
PASSING = [
    HubServerError(status=502, method="GET", url="http://hub/x"),
    HubConnectionError("gone"),
    RateLimitError(status=429, method="GET", url="http://hub/x", retry_after=0),
    HubHTTPError(status=408, method="GET", url="http://hub/x"),
]


def seen(stage: str = "RUNNING", hardware: str | None = CPU, requested: str | None = T4, **more: Any) -> SpaceRuntime:
    """Make a runtime, by default one that still runs on the old hardware."""
    return SpaceRuntime(
        stage=SpaceStage(stage),
        hardware=None if hardware is None else SpaceHardware(hardware),
        requested_hardware=None if requested is None else SpaceHardware(requested),
        **more,
    )


LANDED = seen(hardware=T4)


class Space:
    """A Space whose runtimes are given beforehand; the last one stays.

    Attributes:
        looks: How often it was looked at.
        restarts: How often it was restarted.
        logs: Which logs were read.
    """

    def __init__(self, *runtimes: SpaceRuntime | Exception) -> None:
        self._runtimes = list(runtimes)
        self.looks = 0
        self.restarts = 0
        self.logs: list[LogKind] = []

    async def look(self) -> SpaceRuntime:
        """Show the next runtime, or fail with the next failure."""
        await anyio.lowlevel.checkpoint()
        self.looks += 1
        shown = self._runtimes.pop(0) if len(self._runtimes) > 1 else self._runtimes[0]
        if isinstance(shown, Exception):
            raise shown
        return shown

    async def restart(self) -> SpaceRuntime:
        """Answer as the Hub does."""
        self.restarts += 1
        return await self.look()

    async def read_log(self, kind: LogKind) -> tuple[str, ...]:
        """Show a log."""
        self.logs.append(kind)
        return (f"{kind} log",)


async def settled(
    space: Space, goal: Goal = ON_T4, *, check: bool = True, wake: bool = False, on_change: OnChange | None = None
) -> SpaceRuntime:
    """Wait for a goal as a client does."""
    restart: Callable[[], Awaitable[SpaceRuntime]] | None = space.restart if wake else None
    watch = Watch(repo_id="me/app", look=space.look, restart=restart, read_log=space.read_log, on_change=on_change)
    return await settle(watch, goal, NO_WAIT, check=check)


async def test_one_look_is_enough_where_it_has_landed() -> None:
    """Nothing is waited for then."""
    space = Space(LANDED)
    assert LANDED == await settled(space)
    assert 1 == space.looks


UPGRADE = [
    seen(),
    seen("BUILDING", None),
    seen("RUNNING_BUILDING"),
    seen("APP_STARTING", T4),
    seen("RUNNING_APP_STARTING", T4),
    seen("A_NEW_STAGE", T4),
]


async def test_landed_is_the_hardware_and_running() -> None:
    """The old app still being served, the new hardware still starting and unknown stages are not it."""
    space = Space(*UPGRADE, LANDED)
    assert LANDED == await settled(space)
    assert 7 == space.looks


async def test_the_way_down_is_waited_for_too() -> None:
    """Running on what is better than requested is not what was asked for."""
    down = [seen(hardware=A10G, requested=CPU), seen("BUILDING", A10G, CPU), seen(hardware=CPU, requested=CPU)]
    assert down[-1] == await settled(Space(*down), Goal(hardware=CPU))


async def test_a_commit_is_waited_for() -> None:
    """A ``RUNNING`` left over from before an upload does not count."""
    old, new = seen(sha="a" * 40), seen(sha="b" * 40)
    assert new == await settled(Space(old, seen("BUILDING", sha="a" * 40), new), Goal(revision="bbbbbbb"))


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE"])
async def test_an_error_left_over_is_given_time(stage: str) -> None:
    """Right after a request the Space may still show how the last attempt ended."""
    assert LANDED == await settled(Space(seen(stage), seen(stage), seen("BUILDING"), LANDED))


@pytest.mark.parametrize("grace", [0, 0.03])
async def test_an_error_that_lasts_is_one(grace: float) -> None:
    """Not before the time given is over."""
    began = current_time()
    with pytest.raises(SpaceFailedError):
        await settled(Space(seen("RUNTIME_ERROR")), Goal(hardware=T4, grace=grace))
    assert grace <= current_time() - began


@pytest.mark.parametrize(
    ("stage", "log"), [("BUILD_ERROR", "build"), ("CONFIG_ERROR", "build"), ("RUNTIME_ERROR", "run")]
)
async def test_an_error_under_way_is_told_at_once(stage: str, log: LogKind) -> None:
    """With the Hub's words and the end of the log that tells of it."""
    space = Space(seen("BUILDING"), seen(stage, error_message="no module named gradio"))
    with pytest.raises(SpaceFailedError) as caught:
        await settled(space)
    assert "no module named gradio" == caught.value.error_message
    assert (f"{log} log",) == caught.value.logs
    assert [log] == space.logs
    assert f"{log} log" in str(caught.value)


async def test_other_hardware_meanwhile_is_told() -> None:
    """Whoever asked for it, this wait cannot come to its end."""
    space = Space(seen(), seen("BUILDING", None), seen("BUILDING", None, A10G), seen(hardware=A10G, requested=A10G))
    with pytest.raises(HardwareSupersededError, match="a10g-small is requested"):
        await settled(space)
    assert 3 == space.looks


async def test_a_request_that_is_not_seen_yet_is_given_time() -> None:
    """The first look may be older than the request; if it never comes, it was never made."""
    assert LANDED == await settled(Space(seen(requested=CPU), seen(requested=CPU), seen(), LANDED))
    with pytest.raises(HardwareSupersededError):
        await settled(Space(seen(requested=CPU)), Goal(hardware=T4, grace=0.02))


@pytest.mark.parametrize("stage", ["PAUSED", "SLEEPING", "STOPPED"])
async def test_what_will_not_come_up_by_itself_is_told(stage: str) -> None:
    """With what would help."""
    with pytest.raises(SpaceInactiveError, match="restart_space"):
        await settled(Space(seen(stage)))


async def test_waking_restarts_once() -> None:
    """The first looks after it may still show the sleep."""
    space = Space(seen("SLEEPING"), seen("SLEEPING"), seen("SLEEPING"), seen("BUILDING"), LANDED)
    assert LANDED == await settled(space, wake=True)
    assert 1 == space.restarts


FAILED_RESTARTS = [
    HubServerError(status=503, method="POST", url="http://hub/x", outcome="unknown"),
    HubConnectionError("cut"),
    RateLimitError(status=429, method="POST", url="http://hub/x", retry_after=0),
]


@pytest.mark.parametrize("failure", FAILED_RESTARTS, ids=lambda failure: type(failure).__name__)
async def test_a_restart_that_fails_in_passing_is_tried_again(failure: Exception) -> None:
    """After one more look."""
    space = Space(seen("PAUSED"), failure, seen("PAUSED"), failure, seen("PAUSED"), seen("BUILDING"), LANDED)
    assert LANDED == await settled(space, wake=True)
    assert (3, 7) == (space.restarts, space.looks)


async def test_a_restart_whose_reply_was_lost_is_not_repeated_blindly() -> None:
    """The look after it shows that it has taken effect."""
    space = Space(seen("PAUSED"), FAILED_RESTARTS[1], FAILED_RESTARTS[0], seen("BUILDING"), LANDED)
    assert LANDED == await settled(space, wake=True)
    assert 1 == space.restarts


async def test_a_restart_that_is_refused_ends_the_wait() -> None:
    """Trying again would be as little use."""
    with pytest.raises(PermissionDeniedError):
        await settled(Space(seen("PAUSED"), REFUSALS[1]), wake=True)


async def test_the_time_for_restarting_is_bounded() -> None:
    """The error says how the last try ended."""
    tries: list[SpaceRuntime | Exception] = [FAILED_RESTARTS[0], seen("PAUSED")]
    space = Space(seen("PAUSED"), *tries * 100_000)
    with pytest.raises(SpaceWaitTimeoutError) as caught:
        await settled(space, Goal(hardware=T4, timeout=0.05), wake=True)
    assert FAILED_RESTARTS[0] is caught.value.__cause__


async def test_what_falls_asleep_again_is_not_woken_twice() -> None:
    """A Space that cannot stay awake is told of, not restarted for ever."""
    space = Space(seen("PAUSED"), seen("BUILDING"), seen("PAUSED"))
    with pytest.raises(SpaceInactiveError):
        await settled(space, Goal(hardware=T4, grace=0.02), wake=True)
    assert 1 == space.restarts


@pytest.mark.parametrize("failure", PASSING, ids=lambda failure: type(failure).__name__)
async def test_failures_that_pass_are_lived_through(failure: Exception) -> None:
    """At the first look and at any other."""
    assert LANDED == await settled(Space(failure, failure, seen(), failure, failure, LANDED))


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
async def test_a_space_that_is_not_shown_ends_it(refusal: HubHTTPError, before: int) -> None:
    """Looking again would show as little."""
    with pytest.raises(type(refusal)):
        await settled(Space(*[seen()] * before, refusal))


@pytest.mark.parametrize("later", [False, True])
async def test_each_change_is_told_once(later: bool) -> None:
    """The first look included, and what stays the same is not repeated."""
    told: list[SpaceRuntime] = []

    async def tell_later(runtime: SpaceRuntime) -> None:
        await anyio.lowlevel.checkpoint()
        told.append(runtime)

    changes = [seen(), seen("BUILDING", None), seen("BUILDING", None, error_message="slow"), LANDED]
    looks = [change for change in changes for _ in range(3)]
    await settled(Space(*looks), on_change=tell_later if later else told.append)
    assert changes == told


async def test_a_wait_that_runs_into_its_grace_tells_nothing_new() -> None:
    """Time that passes is no change."""
    told: list[SpaceRuntime] = []
    with pytest.raises(SpaceFailedError):
        await settled(Space(seen("RUNTIME_ERROR")), Goal(hardware=T4, grace=0.02), on_change=told.append)
    assert [seen("RUNTIME_ERROR")] == told


async def test_what_on_change_raises_ends_the_wait() -> None:
    """It is the caller's own."""

    def enough(runtime: SpaceRuntime) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await settled(Space(seen()), on_change=enough)


async def test_the_time_runs_out_with_all_that_was_seen() -> None:
    """The error says how far it came, and carries what goes on with it, also in another process."""
    with pytest.raises(SpaceWaitTimeoutError, match=r"t4-small within .*; it is BUILDING on no hardware") as caught:
        await settled(Space(seen(), seen("BUILDING", None)), Goal(hardware=T4, timeout=0.05))
    copy: SpaceWaitTimeoutError = pickle.loads(pickle.dumps(caught.value))
    assert issubclass(SpaceWaitTimeoutError, TimeoutError)
    for error in (caught.value, copy):
        assert seen("BUILDING", None) == error.runtime
        assert [("RUNNING", CPU), ("BUILDING", None)] == [(each.stage, each.hardware) for each in error.history]
        assert WaitHandle(repo_id="me/app", hardware=T4) == error.handle
        assert error.handle == WaitHandle.from_json(error.handle.to_json())
    assert str(caught.value) == str(copy)


@pytest.mark.parametrize("failure", PASSING[:2], ids=lambda failure: type(failure).__name__)
async def test_a_space_never_seen_is_told_in_time(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage does not hold a wait longer than allowed."""
    monkeypatch.setattr("aiohfspaces._io.poller.FIRST_LOOK_S", 0.0)
    with pytest.raises(SpaceWaitTimeoutError, match="could not be looked at") as caught:
        await settled(Space(failure), Goal(hardware=T4, timeout=0.03))
    assert ((), None, failure) == (caught.value.history, caught.value.runtime, caught.value.__cause__)
    assert str(failure) in str(caught.value)


async def test_a_look_that_hangs_ends_with_the_time() -> None:
    """The time for a wait is the caller's, also where the Hub does not answer at all."""

    class Hanging(Space):
        async def look(self) -> SpaceRuntime:
            if self.looks > 0:
                await anyio.sleep_forever()
            return await super().look()

    with anyio.fail_after(1), pytest.raises(SpaceWaitTimeoutError):
        await settled(Hanging(seen()), Goal(hardware=T4, timeout=0.03))


@pytest.mark.parametrize("end", [seen("RUNTIME_ERROR"), seen(requested=A10G)])
async def test_an_outage_confirms_nothing(end: SpaceRuntime) -> None:
    """What may be left over is told only when a look after the grace has shown it again."""
    goal = Goal(hardware=T4, grace=0.02)
    space = Space(end, *[PASSING[0]] * 50, seen("BUILDING"), LANDED)
    assert LANDED == await settled(space, goal)
    with pytest.raises(SpaceWaitTimeoutError):
        await settled(Space(end, PASSING[0]), Goal(hardware=T4, grace=0.02, timeout=0.06))


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "PAUSED", "RUNNING"])
async def test_unchecked_any_end_is_a_result(stage: str) -> None:
    """As the official client has it; no log is read for it."""
    space = Space(seen("BUILDING"), seen(stage))
    assert stage == (await settled(space, Goal(), check=False)).stage
    assert [] == space.logs


async def test_unchecked_the_time_still_runs_out() -> None:
    """A Space that goes on building has not settled."""
    with pytest.raises(SpaceWaitTimeoutError):
        await settled(Space(seen("BUILDING")), Goal(timeout=0.03), check=False)


async def test_a_static_space_has_no_hardware_to_wait_for() -> None:
    """Waiting for it would never end."""
    with pytest.raises(UsageError, match="static"):
        await settled(Space(seen("RUNNING", None, None)))


async def test_a_wait_can_be_cancelled() -> None:
    """At once, and with the caller's own cancellation."""
    with anyio.move_on_after(0.03) as scope:
        await settled(Space(seen("BUILDING")))
    assert scope.cancelled_caught


async def test_every_end_that_is_an_error_tells_the_same_facts() -> None:
    """Whichever it is, a program can go on from it."""
    for end in (seen("BUILD_ERROR"), seen("PAUSED"), seen(requested=A10G)):
        with pytest.raises(SpaceWaitError) as caught:
            await settled(Space(seen("BUILDING"), end))
        assert "me/app" == caught.value.repo_id
        assert end == caught.value.runtime
        assert caught.value.args == pickle.loads(pickle.dumps(caught.value)).args


async def test_watching_shows_what_is_found_and_then_each_change() -> None:
    """What stays the same is not repeated, and failures that pass are lived through."""
    looks: list[SpaceRuntime | Exception] = []
    for change in UPGRADE:
        looks += [*PASSING, change, change]
    shown: list[SpaceRuntime] = []

    async def watch() -> None:
        async for runtime in changes(Space(*looks, REFUSALS[2]).look, NO_WAIT):
            shown.append(runtime)

    with pytest.raises(RepositoryNotFoundError):
        await watch()
    assert UPGRADE == shown


@pytest.mark.parametrize("end", [LANDED, seen("BUILD_ERROR")])
async def test_a_wait_is_looked_at_without_waiting(end: SpaceRuntime) -> None:
    """Over is what has landed and what has failed, and the wait then ends at once; what passes is not over."""
    space, course = Space(PASSING[0], seen(), PASSING[0], seen("BUILDING", None), end), Course()
    watch = Watch(repo_id="me/app", look=space.look, restart=None, read_log=space.read_log)
    assert [False] * 4 + [True] == [await look_once(watch, ON_T4, course) for _ in range(5)]
    assert end == await settle(watch, ON_T4, NO_WAIT, check=False, course=course)
    assert 5 == space.looks
    assert course.watched is not None
    assert ["RUNNING", "BUILDING", end.stage] == [sighting.stage for sighting in course.watched.history]


async def test_looking_at_a_wait_says_when_there_is_nothing_to_see() -> None:
    """A refusal is no answer to whether it is over."""
    space = Space(REFUSALS[0])
    watch = Watch(repo_id="me/app", look=space.look, restart=None, read_log=space.read_log)
    with pytest.raises(AuthenticationError):
        await look_once(watch, ON_T4, Course())
