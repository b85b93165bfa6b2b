"""Many Spaces of a living Hub: watched, and waited for, at once."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from attrs import evolve

from aiohfspaces import (
    AsyncSpacesClient,
    AuthenticationError,
    BulkReport,
    HardwareSupersededError,
    PollPolicy,
    RepositoryNotFoundError,
    SpaceFailedError,
    SpaceHardware,
    SpaceInactiveError,
    SpaceRuntime,
    SpaceWaitTimeoutError,
    UsageError,
    WaitHandle,
)
from aiohfspaces.localhub import LocalHub, Scene

from .conftest import AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio

APPS = ["me/app0", "me/app1", "me/app2"]


@pytest.fixture
async def apps(client: AsyncSpacesClient, hub: LocalHub) -> list[str]:
    """Have three Spaces that run, one of them private."""
    for repo_id in APPS:
        await client.create_repo(
            repo_id, space_sdk="gradio", private=repo_id == "me/app2", files={"app.py": "print('hi')\n"}
        )
    hub.clock.advance(2 * STAGE_S)
    return APPS


def state(change: tuple[str, SpaceRuntime | None]) -> tuple[str, str | None]:
    """Tell what counts here of a change."""
    repo_id, runtime = change
    return repo_id, None if runtime is None else f"{runtime.stage} on {runtime.hardware}"


def requests_since(hub: LocalHub, before: int) -> list[str]:
    """List what was asked for."""
    return [request.path.partition("?")[0] for request in hub.requests[before:]]


@pytest.mark.parametrize("chosen", [{"author": "me"}, {"repo_ids": APPS}], ids=lambda chosen: next(iter(chosen)))
async def test_spaces_are_watched(
    client: AsyncSpacesClient, apps: list[str], hub: LocalHub, chosen: dict[str, Any]
) -> None:
    """As they are found, then each change, through what a Hub may stumble over; a private one as any other."""
    before = len(hub.requests)
    async with client.watch_spaces(**chosen, poll=AT_ONCE) as changes:
        found = [await anext(changes) for _ in apps]
        assert dict.fromkeys(apps, "RUNNING on cpu-basic") == dict(map(state, found))
        assert ["/api/spaces"] == requests_since(hub, before)
        assert found[0][1] == await client.get_space_runtime(found[0][0])
        await client.request_space_hardware("me/app2", "t4-small")
        for expected in ("RUNNING_BUILDING on cpu-basic", "RUNNING_APP_STARTING on cpu-basic", "RUNNING on t4-small"):
            hub.inject_fault("GET", "/api/spaces", status=503, times=2)
            assert ("me/app2", expected) == state(await anext(changes))
            hub.clock.advance(STAGE_S)
        await client.delete_repo("me/app1")
        assert ("me/app1", None) == state(await anext(changes))
        await client.create_repo("me/app1", space_sdk="gradio")
        assert ("me/app1", "NO_APP_FILE on None") == state(await anext(changes))
    assert 2 >= requests_since(hub, before).count("/api/spaces/me/app1/runtime")
    with pytest.raises(StopAsyncIteration):
        await anext(changes)


async def test_what_others_hide_is_not_there(client: AsyncSpacesClient, apps: list[str], hub: LocalHub) -> None:
    """Nor is what was never there; what has another name now is still found under the old one."""
    other = client.with_options(token=hub.add_user("her"))
    await client.move_repo("me/app1", "me/moved", repo_type="space")
    async with other.watch_spaces([*apps, "me/none"], poll=AT_ONCE) as changes:
        found = dict([state(await anext(changes)) for _ in range(4)])
    running = "RUNNING on cpu-basic"
    assert {"me/app0": running, "me/app1": running, "me/app2": None, "me/none": None} == found


async def test_a_long_list_comes_in_pages(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """One request for each hundred Spaces, in every round."""
    for number in range(201):
        await client.create_repo(f"me/site{number}", space_sdk="static")
    before = len(hub.requests)
    async with client.watch_spaces(author="me", poll=AT_ONCE) as changes:
        found = dict([await anext(changes) for _ in range(201)])
        assert {f"me/site{number}" for number in range(201)} == found.keys()
        assert 3 == len(hub.requests) - before


async def test_a_wrong_token_ends_it(client: AsyncSpacesClient, apps: list[str]) -> None:
    """It shows nothing to anybody."""
    other = client.with_options(token="hf_wrongwrong")
    async with other.watch_spaces(apps) as changes:
        with pytest.raises(AuthenticationError):
            await anext(changes)
    with pytest.raises(AuthenticationError):
        await other.wait_for_all(apps)


async def test_upgrades_are_waited_for_at_once(client: AsyncSpacesClient, apps: list[str], hub: LocalHub) -> None:
    """Up and down, each to its own flavor or to whatever is requested; each that lands costs a look of its own."""
    await client.request_space_hardware("me/app0", "t4-small")
    await client.request_space_hardware("me/app1", "a10g-small")
    before, told = len(hub.requests), list[str]()

    def note(repo_id: str, runtime: SpaceRuntime) -> None:
        told.append(repo_id)
        if len(told) >= 3:
            hub.clock.advance(STAGE_S)

    report = await client.wait_for_all(
        [("me/app0", "t4-small"), "me/app1", ("me/app2", "cpu-basic"), ("me/app0", "t4-small")],
        poll=AT_ONCE,
        on_change=note,
    )
    report.raise_for_failures()
    assert {"me/app0": "t4-small", "me/app1": "a10g-small", "me/app2": "cpu-basic"} == {
        repo_id: runtime.hardware for repo_id, runtime in report.succeeded.items()
    }
    looks = [path for path in requests_since(hub, before) if path != "/api/spaces"]
    assert "/api/spaces/me/app2/runtime" in looks
    assert ["me/app0", "me/app1", "me/app2"] == list(report.succeeded)
    assert ({"me/app0": 2}, (), ()) == (report.duplicates, report.not_attempted, report.interrupted)


async def test_one_that_fails_hides_no_other(client: AsyncSpacesClient, apps: list[str], hub: LocalHub) -> None:
    """The report has the error of each, as a wait for it alone would have raised it, and all of them in a group."""
    hub.script("me/app0", [Scene("BUILD_ERROR", error_message="no matching distribution for torchh")])
    wanted = {**dict.fromkeys(apps, "cpu-basic"), "me/app1": "t4-small", "me/none": None}
    report = await client.wait_for_all(wanted, poll=AT_ONCE)
    assert ["me/app2"] == list(report.succeeded)
    assert {"me/app0": SpaceFailedError, "me/app1": HardwareSupersededError, "me/none": RepositoryNotFoundError} == {
        repo_id: type(error) for repo_id, error in report.failed.items()
    }
    with pytest.raises(SpaceFailedError) as alone:
        await client.wait_for_hardware("me/app0", poll=AT_ONCE)
    failed = report.failed["me/app0"]
    assert isinstance(failed, SpaceFailedError)
    assert (alone.value.error_message, alone.value.logs) == (failed.error_message, failed.logs)
    with pytest.raises(ExceptionGroup, match="3 of 4 Spaces failed"):
        report.raise_for_failures()


async def test_a_sleep_that_a_restart_ends_is_lived_through(
    client: AsyncSpacesClient, apps: list[str], hub: LocalHub
) -> None:
    """As by a wait for it alone: the Hub may show it for a moment after the request."""
    for repo_id in apps[:2]:
        hub.script(repo_id, [Scene("SLEEPING", looks=4), Scene("RUNNING")])
    await client.restart_space("me/app0")
    poll = evolve(AT_ONCE, grace=600)
    report = await client.wait_for_all([("me/app0", "cpu-basic"), ("me/app1", "cpu-basic")], poll=poll)
    assert (["me/app0"], ["me/app1"]) == (list(report.succeeded), list(report.failed))
    assert isinstance(report.failed["me/app1"], SpaceInactiveError)


async def test_time_runs_out_and_each_can_be_gone_on_with(
    client: AsyncSpacesClient, apps: list[str], hub: LocalHub
) -> None:
    """By the handle of its error, which names the flavor that was found to be requested."""
    await client.request_space_hardware("me/app0", "t4-small")
    report = await client.wait_for_all(apps, poll=AT_ONCE, timeout=0.2)
    assert (["me/app1", "me/app2"], ["me/app0"]) == (list(report.succeeded), list(report.failed))
    late = report.failed["me/app0"]
    assert isinstance(late, SpaceWaitTimeoutError)
    assert WaitHandle(repo_id="me/app0", hardware=SpaceHardware.T4_SMALL) == late.handle


async def test_a_watch_is_left_and_cancelled(client: AsyncSpacesClient, apps: list[str]) -> None:
    """By the end of the block as by a cancellation between two rounds."""
    with anyio.move_on_after(0.1) as scope:
        async with client.watch_spaces(apps, poll=PollPolicy(initial=60)) as changes:
            async for _ in changes:
                pass
    assert scope.cancelled_caught


BAD_REQUESTS: list[tuple[Any, list[str]]] = [
    ([], ["got none"]),
    ("me/app", ["expected a list"]),
    (None, ["expected a list"]),
    (["app", "me/app", ("me/", "t4-small"), 3], ["'app'", "'me/'", "3"]),
    ([("me/app", ""), ("me/other", "cpu-classic"), ("me/third", 3)], ["me/app", "cpu-classic", "me/third"]),
    ([("me/app", "t4-small"), ("me/app", "a10g-small")], ["'me/app' to land on t4-small and on a10g-small"]),
    (("me/app", "t4-small"), ["'t4-small'"]),
]


@pytest.mark.parametrize(("requests", "named"), BAD_REQUESTS)
async def test_requests_that_are_none_are_all_named(
    client: AsyncSpacesClient, hub: LocalHub, requests: Any, named: list[str]
) -> None:
    """In one error, before anything is sent."""
    with pytest.raises(UsageError) as caught:
        await client.wait_for_all(requests)
    assert [] == [name for name in named if name not in str(caught.value)]
    assert [] == hub.requests


BAD_CHOICES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["one of them"]),
    ({"repo_ids": ["me/app"], "author": "me"}, ["one of them"]),
    ({"repo_ids": []}, ["got none"]),
    ({"repo_ids": "me/app"}, ["expected a list"]),
    ({"repo_ids": ["app", "me/app", None, "me/--"]}, ["'app'", "None", "'me/--'"]),
    ({"author": "me/app"}, ["author"]),
    ({"author": ""}, ["author"]),
    ({"author": "me", "poll": 3}, ["poll"]),
]


@pytest.mark.parametrize(("chosen", "named"), BAD_CHOICES)
async def test_what_cannot_be_watched_is_named_at_once(
    client: AsyncSpacesClient, chosen: dict[str, Any], named: list[str]
) -> None:
    """Before the block is entered."""
    with pytest.raises(UsageError) as caught:
        client.watch_spaces(**chosen)
    assert [] == [name for name in named if name not in str(caught.value)]


async def test_a_report_of_ones_own_stays(client: AsyncSpacesClient, apps: list[str], hub: LocalHub) -> None:
    """Whatever ends the wait: what has landed by then has landed."""
    await client.request_space_hardware("me/app0", "t4-small")
    report: BulkReport[SpaceRuntime] = BulkReport()

    def enough(repo_id: str, runtime: SpaceRuntime) -> None:
        if report.succeeded:
            raise LookupError("enough")
        hub.clock.advance(STAGE_S)

    wanted = {"me/app0": "t4-small", "me/app1": "cpu-basic", "me/app2": "cpu-basic"}
    with pytest.raises(LookupError, match="enough"):
        await client.wait_for_all(wanted, poll=AT_ONCE, on_change=enough, report=report)
    assert (["me/app1", "me/app2"], ("me/app0",)) == (list(report.succeeded), report.interrupted)


async def test_other_arguments_are_checked_as_everywhere(client: AsyncSpacesClient) -> None:
    """Before anything is sent."""
    wrong: list[dict[str, Any]] = [{"timeout": -1}, {"poll": None}, {"on_change": 3}, {"report": {}}]
    for options in wrong:
        with pytest.raises(UsageError, match=next(iter(options))):
            await client.wait_for_all(["me/app"], **options)
