"""Many Spaces at once, against a Hub on loopback."""

from __future__ import annotations

from asyncio import CancelledError
from functools import partial
from typing import Any

import anyio
import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    BulkReport,
    RepositoryNotFoundError,
    RetryPolicy,
    SpaceOutcome,
    SpacesError,
    UsageError,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

IDS = [f"me/app{number}" for number in range(8)]


@pytest.fixture
async def spaces(hub: LocalHub) -> list[str]:
    """Have eight Spaces, created all at once."""
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        report = await client.bulk(partial(client.create_repo, space_sdk="static"), IDS)
    report.raise_for_failures()
    return list(report.succeeded)


async def test_creations_take_turns(spaces: list[str]) -> None:
    """The Hub refuses an account that creates twice at once; none fails."""
    assert IDS == spaces


async def test_a_creation_that_meets_another_programs_comes_back(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """The Hub says that nothing was done, and it is done a little later."""
    busy = b'{"error": "Cannot create repo: another conflicting operation is in progress"}'
    hub.inject_fault("POST", "/api/repos/create", status=409, body=busy, times=2)
    hasty = client.with_options(retry=RetryPolicy(initial=0, jitter=0))
    report = await hasty.bulk(partial(hasty.create_repo, space_sdk="static"), IDS[:2])
    report.raise_for_failures()
    assert 4 == sum(outcome.attempts for outcome in report.outcomes.values())


async def test_a_secret_is_rotated_everywhere(client: AsyncSpacesClient, spaces: list[str]) -> None:
    """Outcomes come as they end, with how often a call was sent and how long it took."""
    seen: list[SpaceOutcome[None]] = []
    async with client.map_spaces(lambda each: client.add_space_secret(each, "KEY", "new"), spaces) as outcomes:
        async for outcome in outcomes:
            seen.append(outcome)
    assert set(IDS) == {outcome.repo_id for outcome in seen}
    assert {(1, None)} == {(outcome.attempts, outcome.error) for outcome in seen}
    assert all(outcome.seconds > 0 for outcome in seen)


async def test_one_failure_never_stops_the_rest(client: AsyncSpacesClient, spaces: list[str]) -> None:
    """The report has both, in the order given, and raises the failures if it is asked to."""
    report = await client.bulk(client.get_space_runtime, ["me/none", *IDS, "me/gone", IDS[0]], max_concurrency=3)
    assert (IDS, ["me/none", "me/gone"]) == (list(report.succeeded), list(report.failed))
    assert {IDS[0]: 2} == report.duplicates
    for _ in range(2):
        with pytest.raises(ExceptionGroup, match="2 of 10 Spaces failed") as caught:
            report.raise_for_failures()
    assert [RepositoryNotFoundError] * 2 == [type(error) for error in caught.value.exceptions]
    assert [["Space: me/none"], ["Space: me/gone"]] == [error.__notes__ for error in caught.value.exceptions]


async def test_repetitions_are_counted(client: AsyncSpacesClient, spaces: list[str], hub: LocalHub) -> None:
    """All calls of an action together."""
    hub.inject_fault("GET", f"/api/spaces/{IDS[0]}/runtime", status=503, times=2)
    hasty = client.with_options(retry=RetryPolicy(initial=0, jitter=0))

    async def twice(repo_id: str) -> None:
        await hasty.get_space_runtime(repo_id)
        await hasty.get_space_variables(repo_id)

    report = await client.bulk(twice, IDS[:2])
    assert [4, 2] == [outcome.attempts for outcome in report.outcomes.values()]


async def test_whoever_wants_to_know_is_told_of_each(client: AsyncSpacesClient, spaces: list[str]) -> None:
    """One after the other, by a function or a coroutine function."""
    told: list[str] = []
    under_way = 0

    async def tell(outcome: SpaceOutcome[Any]) -> None:
        nonlocal under_way
        under_way += 1
        assert 1 == under_way
        await anyio.lowlevel.checkpoint()
        under_way -= 1
        told.append(outcome.repo_id)

    await client.bulk(client.get_space_runtime, IDS, on_outcome=tell)
    await client.bulk(client.get_space_runtime, IDS, on_outcome=lambda outcome: told.append(outcome.repo_id))
    assert sorted(2 * IDS) == sorted(told)


async def test_what_a_listener_raises_ends_it_and_the_report_stays(
    client: AsyncSpacesClient, spaces: list[str]
) -> None:
    """A report of the caller's is there whatever ends the call."""

    def enough(outcome: SpaceOutcome[Any]) -> None:
        raise KeyError("enough")

    report: BulkReport[Any] = BulkReport()
    with pytest.raises(KeyError, match="enough"):
        await client.bulk(client.get_space_runtime, IDS, on_outcome=enough, max_concurrency=1, report=report)
    assert IDS[:1] == list(report.succeeded)[:1]
    assert set(IDS) == {*report.succeeded, *report.interrupted, *report.not_attempted}


async def test_after_a_cancellation_the_report_stays(client: AsyncSpacesClient, spaces: list[str]) -> None:
    """And nothing is under way."""

    async def act(repo_id: str) -> str:
        if repo_id != IDS[0]:
            await anyio.sleep_forever()
        return repo_id

    report: BulkReport[str] = BulkReport()
    async with anyio.create_task_group() as group:
        group.start_soon(partial(client.bulk, act, IDS, max_concurrency=2, report=report))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert (IDS[:1], tuple(IDS[1:3]), tuple(IDS[3:])) == (
        list(report.succeeded),
        report.interrupted,
        report.not_attempted,
    )
    assert "succeeded=1, failed=0, not_attempted=5" in repr(report)


async def test_an_action_within_which_something_was_cancelled_has_failed(client: AsyncSpacesClient) -> None:
    """It was not this that was cancelled, so the others go on."""

    async def act(repo_id: str) -> None:
        if repo_id == IDS[0]:
            raise CancelledError

    report = await client.bulk(act, IDS, max_concurrency=1)
    assert [SpacesError] == [type(error) for error in report.failed.values()]
    assert IDS[1:] == list(report.succeeded)


async def test_it_stops_after_so_many_failures(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """What was not begun is named."""
    report = await client.bulk(client.restart_space, IDS, stop_after_failures=2, max_concurrency=1)
    assert (IDS[:2], tuple(IDS[2:])) == (list(report.failed), report.not_attempted)
    with pytest.raises(ExceptionGroup, match="2 of 8 Spaces failed, 6 not attempted"):
        report.raise_for_failures()
    assert 2 == sum("/restart" in request.path for request in hub.requests)


async def test_a_listing_can_be_acted_on(client: AsyncSpacesClient, spaces: list[str]) -> None:
    """Page by page, as far as outcomes are read."""
    listed = (space.id async for space in client.list_spaces(author="me"))
    report = await client.bulk(client.get_space_runtime, listed)
    assert sorted(IDS) == sorted(report.succeeded)


async def test_a_bar_can_be_shown(
    client: AsyncSpacesClient, spaces: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how many there are, and how many have failed."""
    await client.bulk(client.get_space_runtime, [*IDS, "me/none"], progress=True)
    assert "Spaces" in capsys.readouterr().err


WRONG: dict[str, dict[str, Any]] = {
    "action": {"action": print},
    "repo_ids": {"repo_ids": ["me/a", "b", "me/c d"]},
    "max_concurrency": {"max_concurrency": 0},
    "stop_after_failures": {"stop_after_failures": 0},
    "on_outcome": {"on_outcome": 7},
    "progress": {"progress": "yes"},
    "report": {"report": {}},
}


@pytest.mark.parametrize("argument", WRONG)
async def test_a_wrong_argument_is_told_before_anything_is_sent(
    argument: str, client: AsyncSpacesClient, hub: LocalHub
) -> None:
    """With its name."""
    right: dict[str, Any] = {"action": client.restart_space, "repo_ids": IDS}
    given = right | WRONG[argument]
    with pytest.raises(UsageError, match=f"^{argument}: "):
        await client.bulk(**given)
    if argument in ("action", "repo_ids", "max_concurrency"):
        with pytest.raises(UsageError, match=f"^{argument}: "):
            client.map_spaces(**given)
    assert [] == list(hub.requests)


async def test_a_report_is_written_once(client: AsyncSpacesClient, spaces: list[str]) -> None:
    """Two calls in one report would not be told apart."""
    report = await client.bulk(client.get_space_runtime, IDS)
    with pytest.raises(UsageError, match=r"^report: "):
        await client.bulk(client.get_space_runtime, IDS, report=report)
