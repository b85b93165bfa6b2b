"""Hardware is given back whatever happens meanwhile, on a clock that jumps where everybody waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import pairwise

import anyio
import anyio.lowlevel
import pytest
import trio
import trio.testing
from anyio import current_time
from attrs import define, evolve, field

from aiohfspaces import (
    AuthenticationError,
    HubConnectionError,
    LeaseHandle,
    LeaseNotEndedError,
    MalformedReplyError,
    PaymentRequiredError,
    RepositoryNotFoundError,
    RetryPolicy,
    SpaceHardware,
    SpaceRuntime,
    SpacesError,
    SpaceStage,
)
from aiohfspaces._io.lending import ENDING_S, PERSISTENT, Returning, end, lent
from aiohfspaces._plan.lending import Reached
from tests.support.scripted import BOTH_LOOPS

CPU, T4, A10G = SpaceHardware.CPU_BASIC, SpaceHardware.T4_MEDIUM, SpaceHardware.A10G_SMALL
OWED = LeaseHandle(repo_id="me/app", hardware=T4, restore=CPU)
LOST = HubConnectionError("the reply was lost")
GONE = RepositoryNotFoundError(status=404, method="GET", url="http://hub/x")
POLICY = RetryPolicy(attempts=12, initial=0.5, maximum=8, jitter=0)


@define
class Space:
    """A Space that does what is requested, unless it fails first.

    Attributes:
        requested: The flavor that was requested last.
        failures: What the next calls that give hardware back fail with.
        rest: What all of them fail with after that; ``None`` for nothing.
        asked: What was asked for, in order.
        each_s: How long each call takes.
    """

    requested: SpaceHardware = CPU
    failures: list[SpacesError] = field(factory=list)
    rest: SpacesError | None = None
    asked: list[object] = field(factory=list)
    each_s: float = 0.0
    stage: str = "RUNNING"

    @property
    def runtime(self) -> SpaceRuntime:
        """Show itself; it lands at once."""
        return SpaceRuntime(stage=SpaceStage(self.stage), hardware=self.requested, requested_hardware=self.requested)

    async def borrow(self) -> SpaceRuntime:
        """Take the first request."""
        return await self.request(T4, None, fails=False)

    async def landed(self) -> SpaceRuntime:
        """Land."""
        await anyio.lowlevel.checkpoint()
        return self.runtime

    async def look(self) -> SpaceRuntime:
        """Show itself, in the end."""
        await self._call()
        return self.runtime

    async def request(self, hardware: SpaceHardware, sleep_time: int | None, *, fails: bool = True) -> SpaceRuntime:
        """Take a request."""
        if fails:
            await self._call()
        self.asked.append(str(hardware) if sleep_time is None else (str(hardware), sleep_time))
        self.requested = hardware
        return self.runtime

    async def set_sleep_time(self, sleep_time: int) -> SpaceRuntime:
        """Take a sleep time."""
        await self._call()
        self.asked.append(sleep_time)
        return self.runtime

    async def _call(self) -> None:
        await anyio.sleep(self.each_s)
        if self.failures:
            raise self.failures.pop(0)
        if self.rest is not None:
            raise self.rest

    @property
    def returning(self) -> Returning:
        """Say how it is given back."""
        return Returning(
            look=self.look, request=self.request, set_sleep_time=self.set_sleep_time, policy=POLICY, late_s=10
        )


def in_no_time(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test on a clock that jumps."""
    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0))


def test_giving_back_is_tried_for_as_long_as_it_may_take() -> None:
    """An outage of a minute does not leave the Space where it is."""

    async def test() -> None:
        space = Space(failures=[LOST] * 9)
        began = current_time()
        async with lent(OWED, space.borrow, space.landed, space.returning) as runtime:
            assert T4 == runtime.hardware
        assert ["t4-medium", "cpu-basic"] == space.asked
        assert 0.5 + 1 + 2 + 4 + 5 * 8 == current_time() - began

    in_no_time(test)


def test_in_the_end_it_is_said_loudly() -> None:
    """The error names the Space, the hardware, why, and how to go on; it carries the handle."""

    async def test() -> None:
        space = Space(rest=LOST)
        began = current_time()
        with pytest.raises(LeaseNotEndedError, match="me/app MAY STILL BE ON t4-medium") as caught:
            async with lent(OWED, space.borrow, space.landed, space.returning):
                pass
        assert current_time() - began <= ENDING_S
        assert (OWED, "me/app", LOST) == (caught.value.handle, caught.value.repo_id, caught.value.__cause__)
        for said in ("the reply was lost", "end_lease(error.handle)", "request_space_hardware('me/app', 'cpu-basic')"):
            assert said in str(caught.value)

    in_no_time(test)


def test_a_hub_that_does_not_answer_holds_nobody_for_ever() -> None:
    """Two minutes are enough, although it is shielded."""

    async def test() -> None:
        space = Space(each_s=1e6)
        began = current_time()
        with pytest.raises(LeaseNotEndedError, match="it took longer than 120 s"):
            async with lent(OWED, space.borrow, space.landed, space.returning):
                pass
        assert ENDING_S == current_time() - began

    in_no_time(test)


def test_the_blocks_own_error_stays_what_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """With a note on the hardware, which is logged as well."""

    async def test() -> None:
        space = Space(rest=AuthenticationError(status=401, method="GET", url="http://hub/x"))
        with pytest.raises(LookupError, match="mine") as caught:
            async with lent(OWED, space.borrow, space.landed, space.returning):
                raise LookupError("mine")
        assert ["MAY STILL BE ON" in note for note in caught.value.__notes__] == [True]

    in_no_time(test)
    assert [logging.ERROR] == [record.levelno for record in caplog.records]


def test_a_cancellation_waits_for_it() -> None:
    """And stays a cancellation."""

    async def test() -> None:
        space = Space(each_s=7)
        with anyio.move_on_after(1) as scope:
            async with lent(OWED, space.borrow, space.landed, space.returning):
                await anyio.sleep_forever()
        assert scope.cancelled_caught
        assert ["t4-medium", "cpu-basic"] == space.asked

    in_no_time(test)


def test_a_cancellation_where_it_cannot_be_given_back_has_a_note(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever cancels gets what they wait for, and the log says the rest."""

    async def test() -> None:
        space = Space(rest=LOST)
        with anyio.move_on_after(1) as scope:
            async with lent(OWED, space.borrow, space.landed, space.returning):
                await anyio.sleep_forever()
        assert scope.cancelled_caught

    in_no_time(test)
    assert "MAY STILL BE ON" in caplog.text


def test_a_wait_that_fails_gives_back() -> None:
    """The error is the wait's."""

    async def test() -> None:
        space = Space()

        async def never_lands() -> SpaceRuntime:
            raise LookupError("no capacity")

        with pytest.raises(LookupError, match="no capacity"):
            async with lent(OWED, space.borrow, never_lands, space.returning):
                pytest.fail("it never landed")
        assert ["t4-medium", "cpu-basic"] == space.asked

    in_no_time(test)


@pytest.mark.parametrize("late_s", [0, 9])
@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_request_whose_reply_was_lost_is_given_back(late_s: float, is_cancelled: bool) -> None:
    """Also where it lands only after the first look."""

    async def test() -> None:
        space = Space()

        async def lost() -> None:
            if is_cancelled:
                await anyio.sleep_forever()
            raise LOST

        async def land() -> None:
            await anyio.sleep(late_s)
            await space.borrow()

        async with anyio.create_task_group() as group:
            group.start_soon(land)
            with anyio.move_on_after(1 if is_cancelled else None):
                with suppress(HubConnectionError):
                    async with lent(OWED, lost, space.landed, space.returning):
                        pytest.fail("nobody knows whether it landed")
        assert ["t4-medium", "cpu-basic"] == space.asked

    in_no_time(test)


def test_a_request_that_is_seen_late_is_given_back() -> None:
    """A look right after it may be older than it."""

    async def test() -> None:
        space, began = Space(), current_time()

        async def look() -> SpaceRuntime:
            return space.runtime if current_time() > began else SpaceRuntime(stage=SpaceStage.RUNNING, hardware=CPU)

        async def never_lands() -> SpaceRuntime:
            raise LookupError("no capacity")

        with pytest.raises(LookupError, match="no capacity"):
            async with lent(OWED, space.borrow, never_lands, evolve(space.returning, look=look)):
                pytest.fail("it never landed")
        assert ["t4-medium", "cpu-basic"] == space.asked
        assert 10 == current_time() - began

    in_no_time(test)


def test_a_request_that_was_refused_owes_nothing() -> None:
    """The Space is not even looked at."""

    async def test() -> None:
        space = Space(rest=LOST)

        async def refused() -> None:
            raise PaymentRequiredError(status=402, method="POST", url="http://hub/x")

        with pytest.raises(PaymentRequiredError):
            async with lent(OWED, refused, space.landed, space.returning):
                pytest.fail("it was refused")
        assert [] == space.asked

    in_no_time(test)


def test_what_somebody_else_requested_is_left_to_them() -> None:
    """Nothing is fought."""

    async def test() -> None:
        space = Space()
        async with lent(OWED, space.borrow, space.landed, space.returning):
            space.requested = A10G
        assert ["t4-medium"] == space.asked

    in_no_time(test)


def test_a_space_that_is_not_found_any_more_is_told() -> None:
    """It may be there and cost, and only the token may see it no longer; the second look confirms it."""

    async def test() -> None:
        space, began = Space(), current_time()
        with pytest.raises(LeaseNotEndedError, match="not found, or this token may not see it any more") as caught:
            async with lent(OWED, space.borrow, space.landed, space.returning):
                space.rest = GONE
        assert (OWED, GONE) == (caught.value.handle, caught.value.__cause__)
        assert 1 == current_time() - began

    in_no_time(test)


def test_a_space_that_was_not_found_once_is_given_back() -> None:
    """One 404 may be a mistake."""

    async def test() -> None:
        space = Space(failures=[GONE])
        async with lent(OWED, space.borrow, space.landed, space.returning):
            pass
        assert ["t4-medium", "cpu-basic"] == space.asked

    in_no_time(test)


def test_a_look_that_nobody_can_read_passes() -> None:
    """In the end a page of something before the Hub is an outage like any other."""

    async def test() -> None:
        space = Space(failures=[MalformedReplyError("no stage", field="stage")] * 3)
        async with lent(OWED, space.borrow, space.landed, space.returning):
            pass
        assert ["t4-medium", "cpu-basic"] == space.asked

    in_no_time(test)


def test_it_is_repeated_for_two_minutes() -> None:
    """Not for so many times: the last attempt comes less than one pause before the time is up."""

    async def test() -> None:
        tried: list[float] = []

        async def look() -> SpaceRuntime:
            tried.append(current_time() - began)
            raise LOST

        space, began = Space(), current_time()
        returning = evolve(space.returning, look=look, policy=PERSISTENT)
        with pytest.raises(LeaseNotEndedError, match="the reply was lost"):
            async with lent(OWED, space.borrow, space.landed, returning):
                pass
        assert ENDING_S - 9 <= tried[-1] <= ENDING_S
        assert min(later - earlier for earlier, later in pairwise(tried)) >= 0.5

    in_no_time(test)


def test_what_is_kept_warm_is_given_a_sleep_time() -> None:
    """However the block ends; the sleep time of before comes back with other hardware only."""

    async def test() -> None:
        space, warm = Space(), LeaseHandle(repo_id="me/app", hardware=T4, restore=CPU, keep_warm=300)
        with pytest.raises(LookupError):
            async with lent(warm, space.borrow, space.landed, space.returning):
                raise LookupError
        assert ["t4-medium", 300] == space.asked
        space, slept = Space(), LeaseHandle(repo_id="me/app", hardware=T4, restore=A10G, sleep_time=-1)
        async with lent(slept, space.borrow, space.landed, space.returning):
            pass
        assert ["t4-medium", ("a10g-small", -1)] == space.asked

    in_no_time(test)


@pytest.mark.anyio
@BOTH_LOOPS
async def test_ending_tells_whether_there_was_anything_to_end() -> None:
    """Once there was; after that there is not."""
    space = Space(requested=T4)
    until = current_time() + 10
    assert await end(OWED, space.returning, Reached.LANDED, until=until)
    assert not await end(OWED, space.returning, Reached.LANDED, until=until)
    assert ["cpu-basic"] == space.asked


@pytest.mark.anyio
@pytest.mark.parametrize("times", [1, 3])
async def test_a_task_that_is_cancelled_again_and_again_gives_back_all_the_same(times: int) -> None:
    """No shield of anyio's keeps the cancellation of an asyncio task off; it comes when all is done."""
    space, entered = Space(), asyncio.Event()
    asking = asyncio.Event()

    async def look() -> SpaceRuntime:
        asking.set()
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        return space.runtime

    async def borrow() -> None:
        returning = Returning(
            look=look, request=space.request, set_sleep_time=space.set_sleep_time, policy=POLICY, late_s=0
        )
        async with lent(OWED, space.borrow, space.landed, returning):
            entered.set()
            await asyncio.sleep(60)

    task = asyncio.ensure_future(borrow())
    await entered.wait()
    task.cancel()
    for _ in range(times):
        asking.clear()
        await asking.wait()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ["t4-medium", "cpu-basic"] == space.asked
