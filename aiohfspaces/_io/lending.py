"""Hardware for a block of code: requested, waited for, and given back however the block ends."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import assert_never

import anyio
from anyio import CancelScope, current_time, get_cancelled_exc_class
from attrs import frozen

from aiohfspaces._io.repeating import again
from aiohfspaces._plan.lending import GiveBack, KeepWarm, Leave, Reached, may_have_landed, settle_up
from aiohfspaces._plan.retrying import RetryQuota
from aiohfspaces.errors import LeaseNotEndedError, MalformedReplyError, RepositoryNotFoundError, SpacesError
from aiohfspaces.models import LeaseHandle, SpaceHardware, SpaceRuntime
from aiohfspaces.options import RetryPolicy

ENDING_S = 120.0
"""How long it is tried to give hardware back, whatever happens meanwhile."""

PERSISTENT = RetryPolicy(attempts=1_000, initial=0.5, maximum=8, quota=1_000_000)
"""How it is repeated, however hasty the client is otherwise: for as long as the time allows."""

SECOND_LOOK_S = 1.0
"""After how long a Space that was not found is looked for once more."""

OnLease = Callable[[LeaseHandle], object]

logger = logging.getLogger("aiohfspaces")


@frozen(kw_only=True)
class Returning:
    """How hardware is given back; it knows no client.

    Attributes:
        look: Reads the runtime of the Space, once.
        request: Requests hardware, with a sleep time unless that is ``None``, once.
        set_sleep_time: Sets the sleep time, once.
        policy: With which waits a failure is repeated.
        late_s: How late a request may still take effect, or be seen.
    """

    look: Callable[[], Awaitable[SpaceRuntime]]
    request: Callable[[SpaceHardware, int | None], Awaitable[object]]
    set_sleep_time: Callable[[int], Awaitable[object]]
    policy: RetryPolicy
    late_s: float


@asynccontextmanager
async def lent(
    owed: LeaseHandle,
    request: Callable[[], Awaitable[object]],
    landed: Callable[[], Awaitable[SpaceRuntime]],
    returning: Returning,
) -> AsyncIterator[SpaceRuntime]:
    """Borrow hardware for a block.

    Args:
        owed: What the lease is, and what it will owe.
        request: Requests the hardware.
        landed: Waits until the Space is on it.
        returning: How it is given back.

    Raises:
        LeaseNotEndedError: The block ended well, and the hardware could not be given back. Where the
            block did not end well, its own error is told, with a note on this.
        SpacesError: The hardware was refused, or the Space has not landed on it.
    """
    reached = Reached.UNSURE
    try:
        await request()
        reached = Reached.REQUESTED
        runtime = await landed()
        reached = Reached.LANDED
        yield runtime
    except BaseException as exc:
        if reached is not Reached.UNSURE or may_have_landed(exc):
            try:
                await see_through(owed, returning, reached)
            except LeaseNotEndedError as failure:
                _note(exc, failure)
        raise
    await see_through(owed, returning, reached)


async def see_through(owed: LeaseHandle, returning: Returning, reached: Reached) -> None:
    """End a lease, however often that is cancelled meanwhile; such a cancellation is told when it is over.

    Raises:
        LeaseNotEndedError: It could not be done.
    """
    until = current_time() + ENDING_S
    interruption: BaseException | None = None
    is_over = False
    while not is_over:
        try:
            with CancelScope(shield=True):
                await end(owed, returning, reached, until=until)
            is_over = True
        except LeaseNotEndedError as failure:
            if interruption is None:
                raise
            _note(interruption, failure)
            is_over = True
        except get_cancelled_exc_class() as exc:
            interruption = exc  # a shield keeps anyio's cancellation off, but not that of an asyncio task
    if interruption is not None:
        raise interruption


def _note(own: BaseException, failure: LeaseNotEndedError) -> None:
    own.add_note(str(failure))
    logger.error("%s", failure)


async def end(owed: LeaseHandle, returning: Returning, reached: Reached, *, until: float) -> bool:
    """Give hardware back.

    Args:
        owed: The lease.
        returning: How it is given back.
        reached: How far it has come.
        until: When the time for it is up, by the event loop's clock.

    Returns:
        Whether there was something to give back.

    Raises:
        LeaseNotEndedError: It could not be done.
    """
    failure: SpacesError | None = None
    with CancelScope(deadline=until):
        try:
            given_back = await _end_persistently(owed, returning, reached, until)
            may_come = reached is not Reached.LANDED and owed.restore != owed.hardware
            if not given_back and may_come:  # the request may land, or be seen, only later
                await anyio.sleep(returning.late_s)
                given_back = await _end_persistently(owed, returning, reached, until)
            return given_back
        except SpacesError as exc:
            failure = exc
    raise LeaseNotEndedError(_still_there(owed, failure), handle=owed) from failure


async def _end_persistently(owed: LeaseHandle, returning: Returning, reached: Reached, until: float) -> bool:
    async def step() -> bool:
        try:
            return await _end_once(owed, returning, reached)
        except RepositoryNotFoundError:
            await anyio.sleep(min(SECOND_LOOK_S, returning.late_s))
            return await _end_once(owed, returning, reached)

    try:
        return await step()
    except SpacesError as exc:
        return await again(
            step,
            exc,
            repeatable=True,
            policy=returning.policy,
            quota=RetryQuota(returning.policy.quota),
            until=until,
            passing=MalformedReplyError,
        )


async def _end_once(owed: LeaseHandle, returning: Returning, reached: Reached) -> bool:
    match settle_up(owed, await returning.look(), reached):
        case Leave():
            return False
        case KeepWarm(sleep_time):
            await returning.set_sleep_time(sleep_time)
        case GiveBack(hardware, sleep_time):
            await returning.request(hardware, sleep_time)
        case _ as never:
            assert_never(never)
    return True


def _still_there(owed: LeaseHandle, failure: SpacesError | None) -> str:
    """Say it so that nobody overlooks it."""
    match failure:
        case None:
            why = f"it took longer than {ENDING_S:g} s"
        case RepositoryNotFoundError():
            why = "not found, or this token may not see it any more; if it was deleted, nothing is owed"
        case _:
            why = f"{type(failure).__name__}: {failure}"
    by_hand = f"request_space_hardware({owed.repo_id!r}, {str(owed.restore)!r})"
    if owed.restore == owed.hardware:
        by_hand = f"set_space_sleep_time({owed.repo_id!r}, {owed.keep_warm})"
    return (
        f"{owed.repo_id} MAY STILL BE ON {owed.hardware}, WHICH GOES ON COSTING WHAT IT COSTS: it could not be given "
        f"back ({why}). end_lease(error.handle) tries again; {by_hand} does it by hand."
    )
