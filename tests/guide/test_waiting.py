"""Waits on a living Hub that do not end well, and say so."""

from __future__ import annotations

import pickle

import pytest
from attrs import evolve

from aiohfspaces import (
    AsyncSpacesClient,
    HardwareSupersededError,
    RepositoryNotFoundError,
    SpaceFailedError,
    SpaceInactiveError,
    SpaceRuntime,
    SpaceWaitTimeoutError,
    UsageError,
    WaitHandle,
)
from aiohfspaces.localhub import LocalHub, Scene

from .conftest import AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio


async def test_a_failed_build_is_an_error_with_its_log(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """`SpaceFailedError` says the stage, the Hub's words and the end of the log."""
    hub.fail_start(running, stage="BUILD_ERROR", message="no matching distribution for torchh")
    await client.restart_space(running)
    with pytest.raises(SpaceFailedError) as caught:
        await client.wait_for_space(running, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S))
    error = caught.value
    assert ("BUILD_ERROR", "no matching distribution for torchh") == (
        error.runtime and error.runtime.stage,
        error.error_message,
    )
    assert any("torchh" in line for line in error.logs)
    assert "BUILD_ERROR" in str(error)
    assert str(error) == str(pickle.loads(pickle.dumps(error)))


async def test_unchecked_a_failure_is_a_result(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """With ``check=False`` whatever the Space settles in is returned, as the official client does."""
    hub.fail_start(running, stage="RUNTIME_ERROR", message="crashed")
    await client.restart_space(running)
    runtime = await client.wait_for_space(
        running, poll=AT_ONCE, check=False, on_change=lambda _: hub.clock.advance(STAGE_S)
    )
    assert "RUNTIME_ERROR" == runtime.stage


async def test_a_running_left_over_from_before_does_not_count(
    client: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """With a revision the wait goes on until that commit runs."""
    report = await client.upload_file(path_or_fileobj=b"print(2)", path_in_repo="app.py", repo_id=running)
    runtime = await client.wait_for_space(
        running, revision=report.oid, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S)
    )
    assert ("RUNNING", report.oid) == (runtime.stage, runtime.sha)


async def test_without_an_app_it_fails(client: AsyncSpacesClient) -> None:
    """A Space without an app file is a failure at once."""
    await client.create_repo("me/app", space_sdk="gradio")
    with pytest.raises(SpaceFailedError, match="NO_APP_FILE"):
        await client.wait_for_space("me/app", poll=AT_ONCE)


async def test_a_paused_space_is_not_waited_for(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """An inactive Space ends the wait at once; with ``wake=True`` it is restarted and waited for."""
    await client.pause_space(running)
    with pytest.raises(SpaceInactiveError, match=r"restart_space\('me/app'\)"):
        await client.wait_for_hardware(running, poll=AT_ONCE)
    woken = await client.wait_for_hardware(
        running, poll=AT_ONCE, wake=True, on_change=lambda _: hub.clock.advance(STAGE_S)
    )
    assert "RUNNING" == woken.stage


async def test_another_request_supersedes(client: AsyncSpacesClient, running: str) -> None:
    """Hardware that somebody else requests meanwhile ends the wait for the first."""
    await client.request_space_hardware(running, "t4-medium")

    async def interfere(runtime: SpaceRuntime) -> None:
        if runtime.requested_hardware == "t4-medium":
            await client.request_space_hardware(running, "a10g-small")

    with pytest.raises(HardwareSupersededError, match="a10g-small"):
        await client.wait_for_hardware(running, "t4-medium", poll=AT_ONCE, on_change=interfere)


async def test_time_runs_out_and_another_wait_goes_on(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """`SpaceWaitTimeoutError` carries what was seen and a handle with which to go on, as text too."""
    await client.request_space_hardware(running, "t4-medium")
    with pytest.raises(SpaceWaitTimeoutError) as caught:
        await client.wait_for_hardware(running, "t4-medium", poll=AT_ONCE, timeout=0.05)
    assert ["RUNNING_BUILDING"] == [sighting.stage for sighting in caught.value.history]
    hub.clock.advance(2 * STAGE_S)
    landed = await client.resume_wait(caught.value.handle.to_json(), poll=AT_ONCE)
    assert ("RUNNING", "t4-medium") == (landed.stage, landed.hardware)


PATIENT = evolve(AT_ONCE, grace=30)


@pytest.mark.parametrize("is_resumed", [False, True])
async def test_a_sleep_that_a_restart_has_just_ended_is_left_over(
    client: AsyncSpacesClient, running: str, hub: LocalHub, is_resumed: bool
) -> None:
    """The first looks after it may still show it; a pause since then is no such thing."""
    await client.pause_space(running)
    await client.restart_space(running)
    hub.clock.advance(2 * STAGE_S)
    hub.script(running, [Scene("PAUSED", looks=3), Scene("RUNNING")])
    handle = WaitHandle(repo_id=running)
    waiting = client.resume_wait(handle, poll=PATIENT) if is_resumed else client.wait_for_space(running, poll=PATIENT)
    assert "RUNNING" == (await waiting).stage
    hub.script(running, [])
    await client.pause_space(running)
    with pytest.raises(SpaceInactiveError):
        await client.wait_for_space(running, poll=PATIENT)


async def test_a_wait_for_whatever_is_requested_goes_on_as_one(
    client: AsyncSpacesClient, running: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the Space was never seen: running on the old hardware is not what was waited for."""
    monkeypatch.setattr("aiohfspaces._io.poller.FIRST_LOOK_S", 0.0)
    await client.request_space_hardware(running, "t4-medium")
    hub.inject_fault("GET", "/api/spaces/*/runtime", status=503)
    with pytest.raises(SpaceWaitTimeoutError, match="could not be looked at") as caught:
        await client.wait_for_hardware(running, timeout=0, poll=AT_ONCE)
    hub.script(running, [Scene("RUNNING", hardware="cpu-basic")])
    with pytest.raises(SpaceWaitTimeoutError, match="did not run on t4-medium"):
        await client.resume_wait(caught.value.handle.to_json(), timeout=0.05, poll=AT_ONCE)


async def test_a_static_space_has_no_hardware_to_wait_for(client: AsyncSpacesClient) -> None:
    """Waiting for a static Space's hardware is a mistake; that it runs can be waited for."""
    await client.create_repo("me/site", space_sdk="static")
    await client.upload_file(path_or_fileobj=b"<h1>Hi</h1>", path_in_repo="index.html", repo_id="me/site")
    assert "RUNNING" == (await client.wait_for_space("me/site", poll=AT_ONCE)).stage
    for hardware in (None, "t4-medium"):
        with pytest.raises(UsageError, match="static"):
            await client.wait_for_hardware("me/site", hardware, poll=AT_ONCE)


async def test_a_hub_that_stumbles_is_lived_through(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """Passing failures of looks do not end a wait, a missing Space does."""
    hub.inject_fault("GET", "/api/spaces/*/runtime", status=503, times=3)
    before = len(hub.requests)
    assert "RUNNING" == (await client.wait_for_space(running, poll=AT_ONCE)).stage
    assert 4 == len(hub.requests) - before  # a look is one call: the wait between looks is the poll's
    await client.delete_repo(running)
    with pytest.raises(RepositoryNotFoundError):
        await client.wait_for_space(running, poll=AT_ONCE)
