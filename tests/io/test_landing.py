"""Waiting for many Spaces, on a Hub inside the process; what it costs, on a clock that jumps ahead."""

from __future__ import annotations

import pickle
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio
import pytest
import trio
import trio.testing
from anyio import current_time

from aiohfspaces import (
    AuthenticationError,
    BulkReport,
    HardwareSupersededError,
    HubServerError,
    MalformedReplyError,
    PermissionDeniedError,
    PollPolicy,
    RepositoryNotFoundError,
    SpaceFailedError,
    SpaceHardware,
    SpaceInactiveError,
    SpaceRuntime,
    SpaceWaitTimeoutError,
    UsageError,
)
from aiohfspaces._io.landing import Landings, OnChangeOfOne
from aiohfspaces._io.poller import Watch
from aiohfspaces._io.watching import Rounds
from aiohfspaces._plan.landing import Awaited
from aiohfspaces._plan.settling import Goal
from aiohfspaces._plan.watching import Roster
from aiohfspaces._wire.logs import LogKind
from tests.support.listed import A10G, CPU, MOVING, T4, UP, ListedHub, seen
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio]

NO_WAIT = PollPolicy(initial=0, maximum=0, jitter=0, grace=0)
BAD_GATEWAY = HubServerError(status=502, method="GET", url="http://hub/x")


async def landed(
    hub: ListedHub,
    wanted: Iterable[str] | None = None,
    hardware: SpaceHardware | None = T4,
    *,
    timeout: float | None = 1800,
    poll: PollPolicy = NO_WAIT,
    on_change: OnChangeOfOne | None = None,
) -> BulkReport[SpaceRuntime]:
    """Wait as a client does, for all Spaces of the Hub unless said otherwise."""
    repo_ids = list(hub.spaces if wanted is None else wanted)
    goal = Goal(hardware=hardware, as_requested=hardware is None, grace=poll.grace, timeout=timeout)

    async def read_log(kind: LogKind) -> tuple[str, ...]:
        return (f"{kind} log",)

    def watch(repo_id: str) -> Watch:
        return Watch(repo_id=repo_id, look=lambda: hub.look(repo_id), restart=None, read_log=read_log)

    report = BulkReport[SpaceRuntime]()
    awaited = {repo_id: Awaited(goal) for repo_id in repo_ids if report.expect(repo_id)}
    rounds = Rounds(hub.reading, Roster.of_ids(awaited))
    await Landings(awaited, rounds, watch, on_change, report).settle(poll, timeout)
    return report


def in_no_time(work: Callable[[], Awaitable[None]]) -> None:
    """Run something on a clock that jumps."""
    trio.run(work, clock=trio.testing.MockClock(autojump_threshold=0))


def apps(count: int) -> list[str]:
    """Name Spaces of one owner."""
    return [f"me/app{number}" for number in range(count)]


@BOTH_LOOPS
async def test_what_has_landed_costs_a_page_and_a_look_for_each() -> None:
    """In the order in which it was asked for."""
    hub = ListedHub(*apps(5))
    report = await landed(hub, apps(5)[::-1])
    assert dict.fromkeys(apps(5), UP) == report.succeeded
    assert apps(5)[::-1] == list(report.succeeded)
    assert ({}, (), ()) == (report.failed, report.not_attempted, report.interrupted)
    assert {1} == {outcome.attempts for outcome in report.outcomes.values()}
    report.raise_for_failures()
    assert (["me"], set(apps(5)), 5) == (hub.pages, set(hub.looks), len(hub.looks))


ENDS: list[tuple[SpaceRuntime, type[Exception]]] = [
    (seen("BUILD_ERROR"), SpaceFailedError),
    (seen("PAUSED", None), SpaceInactiveError),
    (seen(hardware=A10G, requested=A10G), HardwareSupersededError),
    (seen(hardware=None, requested=None), UsageError),
]


@BOTH_LOOPS
async def test_one_that_fails_hides_no_other() -> None:
    """Each has the error that a wait for it alone would have had, and those that land do so all the same."""
    hub = ListedHub(*apps(8), runtime=MOVING)
    for repo_id, (runtime, _) in zip(apps(4), ENDS, strict=False):
        hub.spaces[repo_id] = runtime
    hub.failing["me/app4"] = MalformedReplyError("odd", field="stage")
    hub.failing["me/app5"] = PermissionDeniedError(status=403, method="GET", url="http://hub/x")
    hub.listed |= dict.fromkeys(["me/app4", "me/app5"])

    def land(repo_id: str, runtime: SpaceRuntime) -> None:
        hub.spaces |= dict.fromkeys(["me/app6", "me/app7"], UP)

    report = await landed(hub, [*hub.spaces, "me/none"], on_change=land)
    assert {"me/app6": UP, "me/app7": UP} == report.succeeded
    expected = [kind for _, kind in ENDS] + [MalformedReplyError, PermissionDeniedError, RepositoryNotFoundError]
    assert [*apps(6), "me/none"] == list(report.failed)
    assert expected == [type(error) for error in report.failed.values()]
    failure = report.failed["me/app0"]
    assert isinstance(failure, SpaceFailedError)
    assert ("me/app0", ("build log",), T4) == (failure.repo_id, failure.logs, failure.handle.hardware)
    with pytest.raises(ExceptionGroup, match="7 of 9 Spaces failed") as caught:
        report.raise_for_failures()
    assert tuple(report.failed.values()) == caught.value.exceptions
    assert str(failure) == str(pickle.loads(pickle.dumps(report)).failed["me/app0"])


@BOTH_LOOPS
@pytest.mark.parametrize("shown", [UP, seen("BUILD_ERROR"), seen("PAUSED"), seen(requested=A10G)])
async def test_a_listing_ends_no_wait(shown: SpaceRuntime) -> None:
    """It may be older than the request; what the Space shows by itself counts."""
    hub = ListedHub(*apps(3), runtime=MOVING)
    hub.listed["me/app0"] = shown
    with anyio.move_on_after(0.05):
        await landed(hub)
        raise AssertionError("it has ended")
    assert {"me/app0"} == set(hub.looks)
    hub.spaces = dict.fromkeys(apps(3), UP)
    assert hub.spaces == (await landed(hub)).succeeded or shown is not UP


@BOTH_LOOPS
async def test_whatever_is_requested_is_waited_for() -> None:
    """As the Space itself shows it, whatever an old listing says."""
    hub = ListedHub(*apps(3), runtime=MOVING)
    hub.listed["me/app0"] = seen(hardware=CPU, requested=CPU)
    looked: list[str] = []

    def land(repo_id: str, runtime: SpaceRuntime) -> None:
        looked.append(repo_id)
        if looked.count("me/app0") > 1:
            hub.spaces = dict.fromkeys(apps(3), UP)
            hub.listed.clear()

    report = await landed(hub, hardware=None, on_change=land)
    assert dict.fromkeys(apps(3), UP) == report.succeeded


def test_whatever_is_requested_later_is_another_request() -> None:
    """What is waited for is looked up in the beginning, again if that look fails, so it ends as a wait for it alone."""

    async def wait() -> None:
        hub = ListedHub(*apps(3), runtime=MOVING)
        hub.trouble.extend([None, BAD_GATEWAY])

        async def land() -> None:
            await anyio.sleep(60)
            hub.spaces |= {"me/app0": UP, "me/app1": seen(hardware=A10G, requested=A10G), "me/app2": UP}

        async with anyio.create_task_group() as group:
            group.start_soon(land)
            report = await landed(hub, hardware=None, poll=PollPolicy())
        assert (["me/app0", "me/app2"], ["me/app1"]) == (list(report.succeeded), list(report.failed))
        assert isinstance(report.failed["me/app1"], HardwareSupersededError)
        assert 7 == len(hub.looks)

    in_no_time(wait)


@BOTH_LOOPS
async def test_each_change_is_told_once() -> None:
    """With its Space; by a function or a coroutine function, whose errors are the caller's own."""
    hub, told = ListedHub(*apps(2), runtime=MOVING), list[tuple[str, SpaceRuntime]]()

    async def tell(repo_id: str, runtime: SpaceRuntime) -> None:
        await anyio.lowlevel.checkpoint()
        told.append((repo_id, runtime))
        hub.spaces["me/app0"] = UP
        if len(told) > 2:
            hub.spaces["me/app1"] = UP

    await landed(hub, on_change=tell)
    assert [("me/app0", MOVING), ("me/app1", MOVING), ("me/app0", UP), ("me/app1", UP)] == told

    def enough(repo_id: str, runtime: SpaceRuntime) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await landed(hub, on_change=enough)


@BOTH_LOOPS
async def test_the_time_runs_out_for_those_that_are_left() -> None:
    """Each says how far it came, and a handle goes on with it; the cause is what went wrong last."""
    hub = ListedHub(*apps(3), "her/app", runtime=MOVING)
    hub.spaces["me/app1"] = UP
    hub.failing["her/app"] = BAD_GATEWAY
    report = await landed(hub, hardware=None, timeout=0.05)
    assert ["me/app1"] == list(report.succeeded)
    assert ["me/app0", "me/app2", "her/app"] == list(report.failed)
    moving, unseen = report.failed["me/app0"], report.failed["her/app"]
    assert isinstance(moving, SpaceWaitTimeoutError)
    assert isinstance(unseen, SpaceWaitTimeoutError)
    assert (MOVING, T4, ["RUNNING_BUILDING"]) == (
        moving.runtime,
        moving.handle.hardware,
        [sighting.stage for sighting in moving.history],
    )
    assert (None, BAD_GATEWAY) == (unseen.runtime, unseen.__cause__)


@BOTH_LOOPS
async def test_no_time_is_time_for_one_look() -> None:
    """What has landed by then has landed."""
    hub = ListedHub(*apps(3), runtime=MOVING)
    hub.spaces["me/app1"] = UP
    report = await landed(hub, timeout=0)
    assert (["me/app1"], ["me/app0", "me/app2"]) == (list(report.succeeded), list(report.failed))
    assert (1, 1) == (len(hub.pages), len(hub.looks))


@BOTH_LOOPS
async def test_a_wrong_token_ends_all() -> None:
    """It is as wrong for the others."""
    hub = ListedHub(*apps(3), "her/app", runtime=MOVING)
    hub.failing["her/app"] = AuthenticationError(status=401, method="GET", url="http://hub/x")
    with pytest.raises(AuthenticationError):
        await landed(hub)


@BOTH_LOOPS
async def test_a_look_that_fails_confirms_nothing() -> None:
    """It is taken again in the next round, although that shows nothing new."""
    hub = ListedHub(*apps(3))
    hub.trouble.extend([None, None, BAD_GATEWAY, BAD_GATEWAY])
    assert apps(3) == list((await landed(hub)).succeeded)
    assert (2, 5) == (len(hub.pages), len(hub.looks))


def test_an_old_listing_is_not_believed_again_before_it_agrees() -> None:
    """Until then that Space is looked at by itself, as often as one would be that is waited for alone."""

    async def wait() -> None:
        hub = ListedHub(*apps(3), runtime=MOVING)
        hub.listed["me/app0"] = UP
        told: list[str] = []
        report = await landed(hub, poll=PollPolicy(), timeout=600, on_change=lambda repo_id, _: told.append(repo_id))
        assert apps(3) == list(report.failed)
        assert 40 <= hub.looks.count("me/app0") == len(hub.looks) <= 60
        assert [*apps(3), "me/app0"] == told

    in_no_time(wait)


def test_what_is_left_over_has_its_grace() -> None:
    """An error from before the request ends the wait for its Space when a look after the grace shows it still."""

    async def wait() -> None:
        hub = ListedHub(*apps(10), runtime=MOVING)
        hub.spaces["me/app0"] = seen("BUILD_ERROR", None)
        began, ended = current_time(), dict[str, float]()

        def tell(repo_id: str, runtime: SpaceRuntime) -> None:
            ended[repo_id] = current_time() - began

        async def land(after: float) -> None:
            await anyio.sleep(after)
            hub.spaces |= dict.fromkeys(apps(10)[1:], UP)

        async with anyio.create_task_group() as group:
            group.start_soon(land, 60)
            report = await landed(hub, poll=PollPolicy(), on_change=tell)
        assert ["me/app0"] == list(report.failed)
        assert apps(10)[1:] == list(report.succeeded)
        assert 60 <= min(ended[each] for each in apps(10)[1:]) <= max(ended.values()) <= 76
        assert 1 == hub.looks.count("me/app0")

    in_no_time(wait)


def test_fifty_upgrades_of_ten_minutes_cost_little_more_than_one() -> None:
    """A listing for each look that one wait would take, and a look for each that lands."""

    async def wait() -> None:
        hub = ListedHub(*apps(50), runtime=MOVING)

        async def land() -> None:
            await anyio.sleep(570)
            for repo_id in apps(50):
                await anyio.sleep(1)
                hub.spaces[repo_id] = UP

        async with anyio.create_task_group() as group:
            group.start_soon(land)
            report = await landed(hub, poll=PollPolicy())
        assert apps(50) == list(report.succeeded)
        assert 50 == len(hub.looks)
        assert len(hub.pages) <= 100

    in_no_time(wait)


@pytest.mark.parametrize("hanging", ["page", "look"])
def test_what_hangs_ends_with_the_time(hanging: str) -> None:
    """Where the Hub does not answer at all, the time is the caller's all the same."""

    async def wait() -> None:
        hub = ListedHub(*apps(3))
        began = current_time()

        async def never(*_: Any) -> Any:
            await anyio.sleep_forever()

        setattr(hub, "turn" if hanging == "page" else "look", never)
        report = await landed(hub, timeout=100, poll=PollPolicy())
        assert 100 == current_time() - began
        assert {SpaceWaitTimeoutError} == {type(error) for error in report.failed.values()}

    in_no_time(wait)
