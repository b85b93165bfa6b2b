"""One action on many Spaces: what is taken when, what is under way, what is reported."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest
from anyio import Event, create_task_group, move_on_after, sleep_forever
from anyio.lowlevel import checkpoint

from aiohfspaces import BulkReport, UsageError
from aiohfspaces._io.mapping import MOST_TRACEBACKS, mapped
from aiohfspaces._io.pacing import coming
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

IDS = [f"me/app{number}" for number in range(10)]


class Source:
    """Ids that are made when they are asked for, with a count of those that were."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.taken = 0
        self.is_closed = False

    def __iter__(self) -> Iterator[str]:
        for repo_id in self.ids:
            self.taken += 1
            yield repo_id

    async def later(self) -> AsyncIterator[str]:
        """Make them one by one, each after a moment."""
        try:
            for repo_id in self.ids:
                await checkpoint()
                self.taken += 1
                yield repo_id
        finally:
            self.is_closed = True


class Later:
    """Ids that come by and by, each time that one goes through them."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def __aiter__(self) -> AsyncIterator[str]:
        return self.source.later()


async def upper(repo_id: str) -> str:
    """Return what can be told from the id."""
    await checkpoint()
    return repo_id.upper()


def new() -> BulkReport[str]:
    """Make a report."""
    return BulkReport()


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize("tasks", [1, 3, 100])
async def test_every_space_has_its_outcome(tasks: int, is_later: bool) -> None:
    """Whatever the ids come from, and however many are acted on at once."""
    source = Source(IDS)
    async with mapped(upper, Later(source) if is_later else iter(source), new(), tasks=tasks) as outcomes:
        assert {repo_id: repo_id.upper() for repo_id in IDS} == {each.repo_id: each.value async for each in outcomes}
    assert is_later == source.is_closed


async def test_never_more_are_under_way_than_may_be() -> None:
    """And as many as may be."""
    under_way = most = 0

    async def act(repo_id: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await anyio.wait_all_tasks_blocked()
        under_way -= 1

    async with mapped(act, IDS, BulkReport[None](), tasks=3) as outcomes:
        assert 10 == len([outcome async for outcome in outcomes])
    assert 3 == most


@pytest.mark.parametrize("is_later", [False, True])
async def test_ids_are_taken_as_outcomes_are_read(is_later: bool) -> None:
    """So that an endless listing does not fill the memory."""
    source = Source(IDS)
    async with mapped(upper, Later(source) if is_later else iter(source), new(), tasks=2) as outcomes:
        for read in range(3):
            await anyio.wait_all_tasks_blocked()
            assert 2 + read == source.taken
            await anext(outcomes)


async def test_outcomes_come_as_they_end() -> None:
    """Not in the order of the ids; the report has that."""
    gate = Event()

    async def act(repo_id: str) -> str:
        if repo_id == IDS[0]:
            await gate.wait()
        return repo_id

    async with mapped(act, IDS[:3], new(), tasks=2) as outcomes:
        early = [(await anext(outcomes)).repo_id, (await anext(outcomes)).repo_id]
        assert IDS[1:3] == early
        gate.set()
        assert IDS[:1] == [outcome.repo_id async for outcome in outcomes]
    assert IDS[:3] == list(outcomes.report.succeeded)


async def test_a_failure_is_an_outcome() -> None:
    """The others go on."""

    async def act(repo_id: str) -> str:
        if repo_id == IDS[1]:
            raise KeyError(repo_id)
        return repo_id

    async with mapped(act, IDS[:3], new(), tasks=1) as outcomes:
        errors = [outcome.error async for outcome in outcomes]
    assert [False, True, False] == [isinstance(error, KeyError) for error in errors]
    assert [IDS[1]] == list(outcomes.report.failed)


async def test_tracebacks_are_kept_of_the_first_failures() -> None:
    """They would fill the memory where thousands of Spaces fail; what the errors came of has none then either."""

    async def act(repo_id: str) -> str:
        try:
            raise KeyError(repo_id)
        except KeyError as exc:
            raise LookupError(repo_id) from exc

    ids = [f"me/app{number}" for number in range(MOST_TRACEBACKS + 5)]
    async with mapped(act, ids, new(), tasks=1) as outcomes:
        errors = [outcome.error async for outcome in outcomes]
    causes = [error.__cause__ for error in errors if error is not None]
    for kept in (errors, causes):
        traced = [error is not None and error.__traceback__ is not None for error in kept]
        assert MOST_TRACEBACKS * [True] + 5 * [False] == traced


async def test_what_is_there_twice_is_acted_on_once() -> None:
    """In a collection and in what comes by and by; the report says so."""
    acted: list[str] = []

    async def act(repo_id: str) -> None:
        acted.append(repo_id)

    for ids in (["me/a", "me/b", "me/a", "me/a"], iter(["me/a", "me/b", "me/a", "me/a"])):
        acted.clear()
        async with mapped(act, ids, BulkReport[None](), tasks=2) as outcomes:
            assert 2 == len([outcome async for outcome in outcomes])
        assert ["me/a", "me/b"] == sorted(acted)
        assert {"me/a": 3} == outcomes.report.duplicates


async def test_a_wrong_id_that_comes_late_is_an_outcome() -> None:
    """What was begun by then goes on."""
    async with mapped(upper, iter(["me/a", "app", "me/b"]), new(), tasks=1) as outcomes:
        assert [False, True, False] == [isinstance(each.error, UsageError) async for each in outcomes]


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize("odd", [None, 7, ("me/b",)])
async def test_what_is_no_string_ends_it(odd: Any, is_later: bool) -> None:
    """It is told after the outcomes: whoever hands over records instead of ids would do so with all of them."""
    source = Source(["me/a", odd, "me/c"])
    seen: list[str] = []

    async def read() -> None:
        async with mapped(upper, Later(source) if is_later else iter(source), new(), tasks=1) as outcomes:
            async for outcome in outcomes:
                seen.append(outcome.repo_id)

    with pytest.raises(UsageError, match=r"^repo_ids: "):
        await read()
    assert (["me/a"], 2) == (seen, source.taken)


async def test_what_the_ids_fail_with_is_raised_after_the_outcomes() -> None:
    """As it is."""

    def ids() -> Iterator[str]:
        yield from IDS[:2]
        raise KeyError("no more")

    seen: list[str] = []

    async def read() -> None:
        async with mapped(upper, ids(), new(), tasks=3) as outcomes:
            async for outcome in outcomes:
                seen.append(outcome.repo_id)

    with pytest.raises(KeyError, match="no more"):
        await read()
    assert IDS[:2] == sorted(seen)


async def test_a_lambda_that_returns_nothing_to_await_is_told() -> None:
    """It is called once, and no more."""
    acted: list[str] = []
    blocking = lambda repo_id: acted.append(repo_id)  # noqa: E731
    with pytest.raises(UsageError, match=r"^action: "):
        async with mapped(blocking, IDS, BulkReport[None](), tasks=1) as outcomes:  # type: ignore[arg-type]
            assert [] == [outcome async for outcome in outcomes]
    assert IDS[:1] == acted


async def test_leaving_the_block_stops_what_is_under_way() -> None:
    """And the report says what is not known any more."""
    stopped: list[str] = []

    async def act(repo_id: str) -> str:
        if repo_id == IDS[0]:
            return repo_id
        try:
            await sleep_forever()
        finally:
            stopped.append(repo_id)
        raise AssertionError

    async with mapped(act, IDS[:5], new(), tasks=3) as outcomes:
        await anext(outcomes)
        await anyio.wait_all_tasks_blocked()
    assert IDS[1:4] == sorted(stopped)
    report = outcomes.report
    assert (IDS[:1], tuple(IDS[1:4]), (IDS[4],)) == (list(report.succeeded), report.interrupted, report.not_attempted)


async def test_what_the_block_raises_is_raised_as_it_is() -> None:
    """Not in a group, which would slip past the `except` that it was meant for."""
    with pytest.raises(KeyError, match="mine"):
        async with mapped(upper, IDS, new(), tasks=3):
            raise KeyError("mine")


async def test_a_program_can_be_left_from_the_block() -> None:
    """Its exit status would be lost in a group."""
    with pytest.raises(SystemExit, match="3"):
        async with mapped(upper, IDS, new(), tasks=3):
            raise SystemExit(3)


async def test_after_the_block_there_are_no_more_outcomes() -> None:
    """Whatever was not read is in the report, or interrupted."""
    async with mapped(upper, IDS, new(), tasks=3) as outcomes:
        await anext(outcomes)
    assert [] == [outcome async for outcome in outcomes]


async def test_a_cancellation_leaves_nothing_under_way_and_the_report() -> None:
    """What has ended by then is in it, read or not."""
    running = 0

    async def act(repo_id: str) -> str:
        nonlocal running
        running += 1
        try:
            if repo_id != IDS[0]:
                await sleep_forever()
        finally:
            running -= 1
        return repo_id

    report = new()
    async with create_task_group() as group:

        async def run() -> None:
            async with mapped(act, IDS, report, tasks=4) as outcomes:
                await sleep_forever()
                assert [] == [outcome async for outcome in outcomes]

        group.start_soon(run)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert 0 == running
    assert (IDS[:1], 3, 6) == (list(report.succeeded), len(report.interrupted), len(report.not_attempted))


async def test_after_so_many_failures_no_other_is_begun() -> None:
    """What is under way ends as usual."""

    async def act(repo_id: str) -> str:
        await checkpoint()
        if repo_id in IDS[1:4]:
            raise KeyError(repo_id)
        return repo_id

    report = new()
    async with mapped(act, IDS, report, tasks=1, stop_after_failures=2) as outcomes:
        assert 3 == len([outcome async for outcome in outcomes])
    assert (IDS[:1], IDS[1:3], tuple(IDS[3:])) == (list(report.succeeded), list(report.failed), report.not_attempted)


async def test_after_that_an_iterator_stays_where_it_is() -> None:
    """But for the one id that is on its way by then, however many tasks stand in line for the next."""
    source, asked = Source([f"me/app{number}" for number in range(50)]), Event()

    async def slow() -> AsyncIterator[str]:
        async for repo_id in source.later():
            if source.taken >= 10:  # all of the others ask for the next one meanwhile
                asked.set()
                await anyio.wait_all_tasks_blocked()
            yield repo_id

    async def act(repo_id: str) -> str:
        await asked.wait()
        raise KeyError(repo_id)

    report = new()
    async with mapped(act, slow(), report, tasks=10, stop_after_failures=10) as outcomes:
        assert 10 == len([outcome async for outcome in outcomes])
    assert source.taken == 10 + len(report.not_attempted) <= 11


async def test_what_is_not_going_to_be_begun_is_not_expected_by_the_rate_budget() -> None:
    """It would spread the calls of those that are under way over the rest of its window."""
    expected, both = list[int](), Event()

    async def act(repo_id: str) -> str:
        if repo_id == IDS[0]:
            await both.wait()
            raise KeyError(repo_id)
        both.set()
        expected.append(coming())
        await anyio.wait_all_tasks_blocked()
        expected.append(coming())
        return repo_id

    async with mapped(act, IDS, new(), tasks=2, stop_after_failures=1) as outcomes:
        assert 2 == len([outcome async for outcome in outcomes])
    assert [10, 2] == expected


async def test_no_ids_are_no_outcomes() -> None:
    """And no error."""
    async with mapped(upper, [], new(), tasks=3) as outcomes:
        assert [] == [outcome async for outcome in outcomes]


async def test_time_is_told() -> None:
    """From the beginning of the action to its end."""
    async with mapped(upper, IDS[:1], new(), tasks=1) as outcomes:
        with move_on_after(5):
            assert 0 <= (await anext(outcomes)).seconds < 5
