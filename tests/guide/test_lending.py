"""Hardware that is borrowed for a block of code, on a living Hub that may stumble."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
import pytest
from attrs import evolve

from aiohfspaces import (
    AsyncSpacesClient,
    HardwareSupersededError,
    HubServerError,
    LeaseHandle,
    LeaseNotEndedError,
    PaymentRequiredError,
    PollPolicy,
    RepositoryNotFoundError,
    RetryPolicy,
    SpaceFailedError,
    SpaceInactiveError,
    SpaceRuntime,
    SpaceWaitTimeoutError,
    UsageError,
)
from aiohfspaces._api import lending
from aiohfspaces._io.lending import PERSISTENT
from aiohfspaces.localhub import LocalHub, Scene

from .conftest import AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio

NOT_FOUND = {"X-Error-Code": "RepoNotFound"}
HASTY = RetryPolicy(initial=0, maximum=0, jitter=0)


@pytest.fixture
def borrower(client: AsyncSpacesClient) -> AsyncSpacesClient:
    """Call the Hub without waits between repetitions."""
    return client.with_options(retry=HASTY)


def requested(hub: LocalHub) -> int:
    """Count the requests for hardware."""
    return len([served for served in hub.requests if served.path.endswith("/hardware")])


async def wanted(client: AsyncSpacesClient, repo_id: str) -> str | None:
    """Tell which hardware was requested last."""
    return (await client.get_space_runtime(repo_id)).requested_hardware


def on_the_move(client: AsyncSpacesClient, hub: LocalHub, **options: Any) -> AbstractAsyncContextManager[SpaceRuntime]:
    """Borrow a T4; a stage passes at each change that is seen."""
    usual = {"hardware": "t4-medium", "poll": AT_ONCE, "on_change": lambda _: hub.clock.advance(STAGE_S)}
    return client.temporary_hardware("me/app", **{**usual, **options})


async def test_hardware_is_borrowed_for_a_block(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """It runs on it in the block, and is on its way back after that; that way is not waited for."""
    leases: list[LeaseHandle] = []

    async def keep(lease: LeaseHandle) -> None:
        assert "cpu-basic" == await wanted(borrower, running)  # nothing is requested yet
        leases.append(lease)

    async with on_the_move(borrower, hub, on_lease=keep) as runtime:
        assert ("RUNNING", "t4-medium") == (runtime.stage, runtime.hardware)
    now = await borrower.get_space_runtime(running)
    assert ("RUNNING_BUILDING", "t4-medium", "cpu-basic") == (now.stage, now.hardware, now.requested_hardware)
    assert [("me/app", "t4-medium", "cpu-basic")] == [(each.repo_id, each.hardware, each.restore) for each in leases]
    assert 2 == requested(hub)


async def test_what_it_runs_on_already_is_neither_requested_nor_given_back(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """Also where it is only on its way there."""
    await borrower.request_space_hardware(running, "t4-medium")
    for _ in range(2):
        async with on_the_move(borrower, hub, on_lease=lambda _: pytest.fail("nothing is borrowed")) as runtime:
            assert "t4-medium" == runtime.hardware
    assert 1 == requested(hub)


async def test_one_space_is_borrowed_for_once_at_a_time(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """Neither within the block nor beside it, nor by a sibling of the client; afterwards it may be again."""
    sibling = borrower.with_options(timeout=5)
    async with borrower.temporary_hardware(running, "cpu-basic", poll=AT_ONCE):
        for client, flavor in ((borrower, "cpu-basic"), (sibling, "t4-small")):
            with pytest.raises(UsageError, match="hardware is borrowed for me/app already"):
                async with client.temporary_hardware(running, flavor):
                    pytest.fail("it was borrowed twice")
        lease = LeaseHandle(repo_id="me/app", hardware="t4-small", restore="cpu-basic")  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="already"):
            await sibling.end_lease(lease)
    async with sibling.temporary_hardware(running, "cpu-basic", poll=AT_ONCE):
        assert 0 == requested(hub)


async def test_the_blocks_own_error_comes_out_as_it_is(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """The hardware is given back all the same."""
    with pytest.raises(LookupError, match="mine"):
        async with on_the_move(borrower, hub):
            raise LookupError("mine")
    assert "cpu-basic" == await wanted(borrower, running)


async def test_a_cancelled_block_gives_back(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """By anyio's scopes as by asyncio's own, in the block and in the wait."""

    async def borrow(entered: anyio.Event | None) -> None:
        async with borrower.temporary_hardware(
            running, "t4-medium", poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S if entered else 0)
        ):
            if entered is not None:
                entered.set()
            await anyio.sleep_forever()

    with anyio.move_on_after(0.1) as scope:
        await borrow(None)
    assert scope.cancelled_caught
    assert "cpu-basic" == await wanted(borrower, running)
    entered = anyio.Event()
    task = asyncio.ensure_future(borrow(entered))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "cpu-basic" == await wanted(borrower, running)
    assert 4 == requested(hub)


async def test_a_wait_that_fails_gives_back(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """With too little capacity, with a pause, with too little time: each says so, and nothing is left on it."""
    no_capacity = Scene("RUNTIME_ERROR", error_message="Scheduling failure: not enough hardware capacity")
    ends: list[tuple[list[Scene | str], type[Exception]]] = [
        (["RUNNING", "BUILDING", no_capacity], SpaceFailedError),
        (["RUNNING", "BUILDING", "PAUSED"], SpaceInactiveError),
        (["RUNNING", "BUILDING"], SpaceWaitTimeoutError),
    ]
    for scenes, expected in ends:
        hub.script(running, scenes)
        with pytest.raises(expected):
            async with borrower.temporary_hardware(running, "t4-medium", poll=AT_ONCE, timeout=0.2):
                pytest.fail("it never landed")
        assert "cpu-basic" == await wanted(borrower, running)


async def test_what_somebody_else_requested_meanwhile_is_theirs(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """In the wait and in the block."""
    hub.script(running, ["RUNNING", "RUNNING_BUILDING", Scene("RUNNING_BUILDING", requests="a10g-small")])
    with pytest.raises(HardwareSupersededError, match="a10g-small"):
        async with borrower.temporary_hardware(running, "t4-medium", poll=AT_ONCE):
            pytest.fail("it never landed")
    assert "a10g-small" == await wanted(borrower, running)
    hub.script(running, [])
    hub.clock.advance(2 * STAGE_S)
    async with on_the_move(borrower, hub):
        await borrower.request_space_hardware(running, "l4x1")
    assert "l4x1" == await wanted(borrower, running)


async def test_a_request_whose_reply_was_lost_is_given_back(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """Nobody knows that it landed, so it is looked for."""
    once = borrower.with_options(retry=RetryPolicy(attempts=1))
    hub.inject_fault("POST", "/api/spaces/*/hardware", status=500, after=True)
    with pytest.raises(HubServerError):
        async with once.temporary_hardware(running, "t4-medium", poll=AT_ONCE):
            pytest.fail("nobody knows that it landed")
    assert "cpu-basic" == await wanted(borrower, running)
    assert 2 == requested(hub)


async def test_what_was_refused_is_not_given_back(hub: LocalHub) -> None:
    """Nothing was requested."""
    async with AsyncSpacesClient(hub.add_user("poor", can_pay=False), endpoint=hub.url) as client:
        await client.create_repo("poor/app", space_sdk="gradio")
        with pytest.raises(PaymentRequiredError):
            async with client.temporary_hardware("poor/app", "t4-medium"):
                pytest.fail("it was refused")
    assert 1 == requested(hub)


async def test_giving_back_is_repeated(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More often than the client repeats otherwise, through failures of looks and of requests."""
    monkeypatch.setattr("aiohfspaces._io.lending.PERSISTENT", evolve(PERSISTENT, initial=0, jitter=0, maximum=0))
    once = borrower.with_options(retry=RetryPolicy(attempts=1, initial=0, maximum=0, jitter=0))
    async with on_the_move(once, hub):
        hub.inject_fault("GET", "/api/spaces/*/runtime", status=503, times=20)
        hub.inject_fault("GET", "/api/spaces/*/runtime", status=404, headers=NOT_FOUND)
        hub.inject_fault("POST", "/api/spaces/*/hardware", status=500, times=2)
        hub.inject_fault("POST", "/api/spaces/*/hardware", status=500, after=True)
    assert "cpu-basic" == await wanted(borrower, running)


async def test_hardware_that_cannot_be_given_back_is_said_loudly(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """The error has what another try takes, and that works."""
    with pytest.raises(LeaseNotEndedError, match="MAY STILL BE ON t4-medium") as caught:
        async with on_the_move(borrower, hub):
            hub.inject_fault("POST", "/api/spaces/*/hardware", status=403, times=1)
    assert "t4-medium" == await wanted(borrower, running)
    assert await borrower.end_lease(caught.value.handle)
    assert "cpu-basic" == await wanted(borrower, running)


async def test_another_process_cleans_up(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """By the text alone, which has no token in it; twice does no more than once, and what is not found is told."""
    leases: list[LeaseHandle] = []
    async with on_the_move(borrower, hub, on_lease=leases.append):
        text = leases[0].to_json()
        assert hub.token not in text
        async with AsyncSpacesClient(hub.token, endpoint=hub.url) as other:
            assert await other.end_lease(text)
            assert "cpu-basic" == await wanted(other, running)
            assert not await other.end_lease(text)
    await borrower.delete_repo(running)
    with pytest.raises(LeaseNotEndedError, match="not found"):
        await borrower.end_lease(text)
    assert 2 == requested(hub)


async def test_what_is_kept_warm_falls_asleep_by_itself(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """It stays on the hardware with the sleep time that was told; the next block finds it there."""
    async with on_the_move(borrower, hub, sleep_time=3600, keep_warm=300) as runtime:
        assert 3600 == runtime.sleep_time
    now = await borrower.get_space_runtime(running)
    assert ("RUNNING", "t4-medium", 300) == (now.stage, now.hardware, now.sleep_time)
    hub.clock.advance(300)
    assert "SLEEPING" == (await borrower.get_space_runtime(running)).stage


@pytest.mark.parametrize("keep_warm", [300, None])
async def test_what_sleeps_on_the_hardware_is_woken(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub, keep_warm: int | None
) -> None:
    """The block after the one that kept it warm finds it there, asleep or not, and gives nothing back."""
    async with on_the_move(borrower, hub, keep_warm=600):
        pass
    hub.clock.advance(600)
    assert "SLEEPING" == (await borrower.get_space_runtime(running)).stage
    async with on_the_move(borrower, hub, keep_warm=keep_warm) as runtime:
        assert ("RUNNING", "t4-medium") == (runtime.stage, runtime.hardware)
    now = await borrower.get_space_runtime(running)
    assert ("RUNNING", "t4-medium", keep_warm or 600) == (now.stage, now.hardware, now.sleep_time)
    assert 2 == requested(hub)


async def test_an_alias_is_borrowed_and_given_back(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """Runtimes tell it by its name."""
    async with on_the_move(borrower, hub, hardware="zerogpu") as runtime:
        assert "zero-a10g" == runtime.hardware
    assert "cpu-basic" == await wanted(borrower, running)
    assert "zero-a10g" == (await borrower.request_space_hardware(running, "zerogpu")).requested_hardware
    hub.clock.advance(2 * STAGE_S)
    assert "zero-a10g" == (await borrower.wait_for_hardware(running, "zerogpu", poll=AT_ONCE)).hardware


async def test_a_sleep_time_comes_back_with_its_hardware(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """What was chosen for one paid flavor is not lost for a block on another."""
    await borrower.request_space_hardware(running, "t4-small", sleep_time=7200)
    hub.clock.advance(2 * STAGE_S)
    async with on_the_move(borrower, hub, sleep_time=600) as runtime:
        assert 600 == runtime.sleep_time
    now = await borrower.get_space_runtime(running)
    assert ("t4-small", 7200) == (now.requested_hardware, now.sleep_time)


async def test_it_goes_back_to_what_the_caller_names(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """Also where the Space is paused in the block, which leaves it paused."""
    async with on_the_move(borrower, hub, restore="cpu-upgrade"):
        await borrower.pause_space(running)
    now = await borrower.get_space_runtime(running)
    assert ("PAUSED", "cpu-upgrade") == (now.stage, now.requested_hardware)


async def test_a_sleeper_is_woken_by_the_request(borrower: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """The first looks after it may still show the sleep."""
    await borrower.request_space_hardware(running, "t4-small", sleep_time=60)
    hub.clock.advance(2 * STAGE_S + 60)
    hub.script(running, [Scene("SLEEPING", looks=4)])
    async with on_the_move(borrower, hub, poll=PollPolicy(initial=0, maximum=0, jitter=0, grace=5)) as runtime:
        assert "t4-medium" == runtime.hardware
    assert "t4-small" == await wanted(borrower, running)


async def test_there_is_nothing_to_borrow_for_what_has_no_hardware(borrower: AsyncSpacesClient, hub: LocalHub) -> None:
    """A static Space is the caller's mistake, a missing one is not found; nothing was requested for either."""
    await borrower.create_repo("me/site", space_sdk="static")
    with pytest.raises(UsageError, match="static"):
        async with borrower.temporary_hardware("me/site", "t4-medium"):
            pytest.fail("it has no hardware")
    with pytest.raises(RepositoryNotFoundError):
        async with borrower.temporary_hardware("me/none", "t4-medium"):
            pytest.fail("there is none")
    assert 0 == requested(hub)


async def test_a_space_that_is_not_found_at_the_end_is_told(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """Deleted, or hidden from this token while it goes on costing: nobody can tell the one from the other."""
    with pytest.raises(LeaseNotEndedError, match="this token may not see it any more"):
        async with on_the_move(borrower, hub):
            hub.inject_fault("GET", "/api/spaces/*/runtime", status=404, headers=NOT_FOUND, times=2)
    assert "t4-medium" == await wanted(borrower, running)


async def test_a_grace_longer_than_two_minutes_is_no_false_alarm(
    borrower: AsyncSpacesClient, running: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How late a request may be seen is another thing than how long an error may be left over."""
    monkeypatch.setattr(lending, "_LATEST_S", 0.0)
    hub.script(running, ["RUNNING", "RUNNING_BUILDING", Scene("RUNNING_BUILDING", requests="a10g-small")])
    with pytest.raises(HardwareSupersededError):
        async with borrower.temporary_hardware(running, "t4-medium", poll=evolve(AT_ONCE, grace=1e6)):
            pytest.fail("it never landed")
