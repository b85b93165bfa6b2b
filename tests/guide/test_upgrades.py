"""Hardware that is requested first and waited for later, here or in another process; and Spaces that are watched."""

from __future__ import annotations

import anyio
import pytest
from attrs import evolve

from aiohfspaces import (
    AsyncSpacesClient,
    HardwareSupersededError,
    PaymentRequiredError,
    RepositoryNotFoundError,
    SpaceFailedError,
    SpaceRuntime,
    SpaceWaitTimeoutError,
)
from aiohfspaces.localhub import LocalHub, Scene

from .conftest import AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio


async def test_an_upgrade_is_asked_how_far_it_is(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """It is done when it has landed; what was seen last is its runtime."""
    upgrade = await client.start_hardware_upgrade(running, "t4-medium", sleep_time=300, poll=AT_ONCE)
    assert ("cpu-basic", "t4-medium") == (upgrade.runtime.hardware, upgrade.runtime.requested_hardware)
    assert not await upgrade.done()
    hub.clock.advance(STAGE_S)
    assert not await upgrade.done()
    assert "RUNNING_APP_STARTING" == upgrade.runtime.stage
    hub.clock.advance(STAGE_S)
    assert await upgrade.done()
    landed = await upgrade
    assert ("RUNNING", "t4-medium", 300) == (landed.stage, landed.hardware, landed.sleep_time)
    assert landed == upgrade.runtime == await upgrade
    assert "'me/app', 't4-medium', RUNNING" in repr(upgrade)


async def test_an_upgrade_is_awaited(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """``await`` looks until it has landed, also down, and also where the request wakes a sleeper."""
    upgrade = await client.start_hardware_upgrade(running, "t4-medium", sleep_time=60, poll=AT_ONCE)
    hub.clock.advance(2 * STAGE_S)
    assert "t4-medium" == (await upgrade).hardware
    hub.clock.advance(60)
    assert "SLEEPING" == (await client.get_space_runtime(running)).stage
    down = await client.start_hardware_upgrade(running, "cpu-basic", poll=AT_ONCE)
    hub.clock.advance(2 * STAGE_S)
    assert ("RUNNING", "cpu-basic") == ((await down).stage, down.runtime.hardware)


async def test_an_upgrade_goes_on_elsewhere(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """Its text is all that another process needs; there is no token in it."""
    text = (await client.start_hardware_upgrade(running, "t4-medium")).to_json()
    assert hub.token not in text
    hub.clock.advance(2 * STAGE_S)
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as other:
        assert "t4-medium" == (await other.resume_wait(text, poll=AT_ONCE)).hardware


async def test_an_upgrade_that_wakes_a_sleeper_goes_on_elsewhere(
    client: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """Its text says that the sleep may be left over from before."""
    text = (await client.start_hardware_upgrade(running, "t4-medium")).to_json()
    hub.clock.advance(2 * STAGE_S)
    hub.script(running, [Scene("SLEEPING", looks=3), Scene("RUNNING")])
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as other:
        assert "t4-medium" == (await other.resume_wait(text, poll=evolve(AT_ONCE, grace=30))).hardware


async def test_an_upgrade_that_fails_says_so(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """It is done then, and ``await`` raises why; its error too has a handle."""
    hub.fail_start(running, stage="RUNTIME_ERROR", message="Scheduling failure: not enough hardware capacity")
    upgrade = await client.start_hardware_upgrade(running, "t4-medium", poll=AT_ONCE)
    assert not await upgrade.done()
    hub.clock.advance(2 * STAGE_S)
    assert await upgrade.done()
    with pytest.raises(SpaceFailedError, match="not enough hardware capacity") as caught:
        await upgrade
    assert upgrade.to_json() == caught.value.handle.to_json()


async def test_an_upgrade_has_its_time(client: AsyncSpacesClient, running: str) -> None:
    """Then it is over, and ``await`` says how far it came."""
    upgrade = await client.start_hardware_upgrade(running, "t4-medium", poll=AT_ONCE, timeout=0)
    assert await upgrade.done()
    with pytest.raises(SpaceWaitTimeoutError, match="RUNNING_BUILDING on cpu-basic"):
        await upgrade
    other = await client.start_hardware_upgrade(running, "a10g-small", poll=AT_ONCE)
    await client.request_space_hardware(running, "t4-medium")
    with pytest.raises(HardwareSupersededError):
        await other


async def test_a_request_that_is_refused_starts_nothing(hub: LocalHub) -> None:
    """There is nothing to wait for."""
    async with AsyncSpacesClient(hub.add_user("poor", can_pay=False), endpoint=hub.url) as client:
        await client.create_repo("poor/app", space_sdk="gradio")
        with pytest.raises(PaymentRequiredError):
            await client.start_hardware_upgrade("poor/app", "t4-medium")


async def test_a_space_is_watched(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """As it is found, then each change, through what a Hub may stumble over, until it is gone."""
    async with client.watch_space(running, poll=AT_ONCE) as changes:
        assert ("RUNNING", "cpu-basic") == state(await anext(changes))
        await client.request_space_hardware(running, "t4-small")
        for expected in ("RUNNING_BUILDING", "RUNNING_APP_STARTING"):
            hub.inject_fault("GET", "/api/spaces/*/runtime", status=503, times=2)
            assert (expected, "cpu-basic") == state(await anext(changes))
            hub.clock.advance(STAGE_S)
        assert ("RUNNING", "t4-small") == state(await anext(changes))
        await client.delete_repo(running)
        with pytest.raises(RepositoryNotFoundError):
            await anext(changes)


def state(runtime: SpaceRuntime) -> tuple[str, str | None]:
    """Tell what counts here of a runtime."""
    return runtime.stage, runtime.hardware


async def test_watching_ends_when_it_is_left(client: AsyncSpacesClient, running: str) -> None:
    """By the end of the block, and by a cancellation."""
    async with client.watch_space(running) as changes:
        assert "RUNNING" == (await anext(changes)).stage
    with pytest.raises(StopAsyncIteration):
        await anext(changes)
    with anyio.move_on_after(0.02) as scope:
        async with client.watch_space(running) as changes:
            async for _ in changes:
                pass
    assert scope.cancelled_caught
