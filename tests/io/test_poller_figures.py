"""What a wait costs, on a clock that jumps ahead wherever everybody waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest
import trio
import trio.testing
from anyio import current_time

from aiohfspaces import HubServerError, PollPolicy, SpaceHardware, SpaceRuntime, SpaceStage, SpaceWaitTimeoutError
from aiohfspaces._io.poller import Look, Watch, settle
from aiohfspaces._plan.settling import Goal
from aiohfspaces._wire.logs import LogKind

CPU, T4 = SpaceHardware.CPU_BASIC, SpaceHardware.T4_SMALL
ON_T4 = Goal(hardware=T4, timeout=1800)
OUTAGE = HubServerError(status=502, method="GET", url="http://hub/x")

Story = list[tuple[float, SpaceRuntime | Exception]]
"""What a Space shows, and until which second."""


def shown(stage: str, hardware: SpaceHardware | None = CPU) -> SpaceRuntime:
    """Build a runtime with a T4 requested."""
    return SpaceRuntime(stage=SpaceStage(stage), hardware=hardware, requested_hardware=T4)


STEADY: Story = [(600, shown("RUNNING_BUILDING")), (9e9, shown("RUNNING", T4))]
USUAL: Story = [
    (2, shown("RUNNING")),
    (500, shown("RUNNING_BUILDING")),
    (600, shown("RUNNING_APP_STARTING")),
    (9e9, shown("RUNNING", T4)),
]
STUMBLING: Story = [(200, shown("RUNNING_BUILDING")), (400, OUTAGE), *USUAL[1:]]


def looks_of(story: Story, goal: Goal = ON_T4) -> list[float]:
    """Wait for what a Space shows in time, and list when it was looked at, in seconds."""
    looks: list[float] = []

    async def wait() -> None:
        began = current_time()

        async def look() -> SpaceRuntime:
            looks.append(current_time() - began)
            runtime = next(runtime for until, runtime in story if looks[-1] < until)
            if isinstance(runtime, Exception):
                raise runtime
            return runtime

        await settle(watching(look), goal, PollPolicy(), check=True)

    in_no_time(wait)
    return looks


def watching(look: Look) -> Watch:
    """Build what a wait does with a Space that can only be looked at."""

    async def no_log(kind: LogKind) -> tuple[str, ...]:
        return ()

    return Watch(repo_id="me/app", look=look, restart=None, read_log=no_log)


def in_no_time(wait: Callable[[], Awaitable[None]]) -> None:
    """Run a wait on a clock that jumps."""
    trio.run(wait, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.parametrize("story", [STEADY, USUAL, STUMBLING], ids=["steady", "usual", "stumbling"])
def test_ten_minutes_cost_at_most_sixty_calls(story: Story) -> None:
    """Changes and an outage included; the end is seen within the longest wait."""
    looks = looks_of(story)
    assert 40 <= len(looks) <= 60
    assert 600 <= looks[-1] <= 615


def test_a_wait_looks_before_it_sleeps_and_doubles_its_sleeps() -> None:
    """From one second to fifteen, each with up to one of jitter."""
    looks = looks_of(STEADY)
    assert 0 == looks[0]
    for least, earlier, later in zip([1, 2, 4, 8, *[15] * 100], looks, looks[1:], strict=False):
        assert least <= round(later - earlier, 6) <= min(least + 1, 15)


def test_a_change_begins_anew() -> None:
    """What moves is looked at closely."""
    looks = looks_of(USUAL)
    seen_at = next(at for at in looks if at >= 500)
    following = looks[looks.index(seen_at) + 1]
    assert 1 <= following - seen_at <= 2


def test_a_wait_uses_no_task_but_its_callers() -> None:
    """Nothing runs beside it."""

    async def wait() -> None:
        counts: list[int] = []

        async def look() -> SpaceRuntime:
            counts.append(trio.lowlevel.current_statistics().tasks_living)
            return shown("RUNNING", T4 if current_time() > began + 60 else CPU)

        began, before = current_time(), trio.lowlevel.current_statistics().tasks_living
        await settle(watching(look), ON_T4, PollPolicy(), check=True)
        assert {before} == set(counts)

    in_no_time(wait)


def test_a_wait_ends_at_its_time_and_not_after_it() -> None:
    """Whatever the next look would have waited for."""

    async def wait() -> None:
        async def look() -> SpaceRuntime:
            return shown("RUNNING_BUILDING")

        began = current_time()
        with pytest.raises(SpaceWaitTimeoutError):
            await settle(watching(look), Goal(hardware=T4, timeout=100), PollPolicy(), check=True)
        assert 100 == pytest.approx(current_time() - began)

    in_no_time(wait)


@pytest.mark.parametrize(("each_s", "lands"), [(0.0, True), (1.9, True), (2.1, False)])
def test_a_wait_looks_once_more_when_its_time_is_up(each_s: float, lands: bool) -> None:
    """What has landed since the last look has landed; a look that takes too long shows nothing."""

    async def wait() -> None:
        async def look() -> SpaceRuntime:
            at = current_time() - began
            if at >= 100:
                await anyio.sleep(each_s)
            return shown("RUNNING", T4 if at > 95 else CPU)

        began = current_time()
        settling = settle(watching(look), Goal(hardware=T4, timeout=100), PollPolicy(jitter=0), check=True)
        if lands:
            assert T4 == (await settling).hardware
        else:
            with pytest.raises(SpaceWaitTimeoutError):
                await settling
        assert 100 + min(each_s, 2) == pytest.approx(current_time() - began)

    in_no_time(wait)


def test_a_hub_that_says_come_back_at_once_is_not_stormed() -> None:
    """A wait is never shorter than ours, whatever the Hub says."""
    at_once = HubServerError(status=503, method="GET", url="http://hub/x", retry_after=0)
    assert len(looks_of([(500, at_once), *STEADY])) <= 60


def test_what_the_hub_asks_for_is_waited_though_something_is_due() -> None:
    """The grace of an error that may be left over cuts our own waits, not the Hub's."""
    busy = HubServerError(status=503, method="GET", url="http://hub/x", retry_after=30)
    looks = looks_of([(0.5, shown("BUILD_ERROR")), (30, busy), (9e9, shown("RUNNING", T4))])
    assert 30 <= looks[2] - looks[1] <= 31


def test_cancelling_a_wait_ends_its_sleep() -> None:
    """At once, not with the next look."""

    async def wait() -> None:
        async def look() -> SpaceRuntime:
            return shown("RUNNING_BUILDING")

        began = current_time()
        with anyio.move_on_after(33.3):
            await settle(watching(look), ON_T4, PollPolicy(), check=True)
        assert 33.3 == pytest.approx(current_time() - began)

    in_no_time(wait)
