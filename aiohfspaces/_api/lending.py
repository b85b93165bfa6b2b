"""Hardware that is borrowed for a block of code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial

from anyio import current_time
from attrs import evolve

from aiohfspaces import models
from aiohfspaces._api.waiting import POLITE, Waiting, checked_poll
from aiohfspaces._io import lending, poller, telling
from aiohfspaces._plan import lending as leases
from aiohfspaces._plan import settling
from aiohfspaces._wire import runtime
from aiohfspaces._wire.names import checked_flavor, checked_full_id, checked_sleep_time, kind_of
from aiohfspaces.errors import UsageError
from aiohfspaces.models import SpaceHardware
from aiohfspaces.options import PollPolicy, Seconds, seconds, whole_number

_LATEST_S = 10.0
"""How late a request may take effect, or be seen, at the most; a longer grace has other reasons."""


class Lending(Waiting):
    """Borrowing hardware, and giving it back."""

    _borrowed: set[str]

    def temporary_hardware(
        self,
        repo_id: str,
        hardware: SpaceHardware | str,
        *,
        sleep_time: int | str | None = None,
        restore: SpaceHardware | str | None = None,
        keep_warm: int | None = None,
        timeout: Seconds | None = 1800,
        poll: PollPolicy = POLITE,
        on_change: poller.OnChange | None = None,
        on_lease: lending.OnLease | None = None,
    ) -> AbstractAsyncContextManager[models.SpaceRuntime]:
        """Run a block of code while a Space is on other hardware.

        ``async with client.temporary_hardware("me/app", "t4-medium") as runtime: ...`` The hardware is given back
        however the block ends, a cancellation and a wait that failed included; the way back is not waited for.
        A Space that is on the flavor already is left as it is, before and after; one that sleeps on it is woken.

        Args:
            repo_id: ``owner/name``.
            hardware: The flavor to borrow, e.g. ``"t4-medium"``.
            sleep_time: Idle seconds until the Space sleeps on it; ``-1`` for never, ``None`` leaves it as it is.
                Where it went from one paid flavor to another, the sleep time it had comes back with the hardware.
            restore: The flavor to go back to; ``None`` for the one that was requested before.
            keep_warm: Idle seconds after which the Space sleeps, instead of going back: it stays on the hardware,
                and keeps this sleep time. Hardware that it never landed on is given back all the same.
            timeout: Seconds for the wait; ``None`` for ever.
            poll: How often to look.
            on_change: Told of each new runtime in the wait; a function or a coroutine function.
            on_lease: Told of the lease before the hardware is requested; a function or a coroutine function. What
                keeps its ``to_json()`` lets `end_lease` clean up after a process that died in the block.

        Returns:
            What gives the runtime that it has landed on when it is entered.

        Raises:
            UsageError: An argument is wrong, the Space is static, or another block of this client has borrowed
                hardware for it.
            BadRequestError: The Hub knows no such flavor.
            AuthenticationError: The token is wrong.
            PaymentRequiredError: The account cannot pay for this flavor.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.
            HubConnectionError: There was no answer to a request, however often it was tried.
            HubServerError: The Hub failed to answer one.
            SpaceFailedError: It settled in a failing stage; with the Hub's words and the log's end.
            SpaceInactiveError: It is paused.
            HardwareSupersededError: Somebody requested other hardware meanwhile; that is left to them.
            SpaceWaitTimeoutError: The time ran out.
            LeaseNotEndedError: The hardware could not be given back, or the Space is not found any more. Where the
                block raises an error of its own, that is raised, with a note on this.

        Wire:
            ``GET /api/spaces/{repo_id}/runtime``, ``POST /api/spaces/{repo_id}/hardware``, as `wait_for_hardware`; in
            the end ``GET …/runtime``, then ``POST …/hardware`` or, with `keep_warm`, ``POST …/sleeptime``.

        Source:
            No counterpart upstream.
        """
        flavor = checked_flavor(hardware)
        back = None if restore is None else checked_flavor(restore, argument="restore")
        warm_s = None if keep_warm is None else whole_number("keep_warm", keep_warm, least=1)
        if warm_s is not None and (back is not None or flavor == SpaceHardware.CPU_BASIC):
            raise UsageError("keep_warm: expected a paid flavor that is kept, so no restore and not 'cpu-basic'")
        if back == flavor:
            raise UsageError(f"restore: {flavor} is what is borrowed; there would be nothing to go back to")
        if on_lease is not None and not callable(on_lease):
            raise UsageError(f"on_lease: expected a function, got {on_lease!r}")
        checked_poll(poll)
        idle_s = None if sleep_time is None else checked_sleep_time(sleep_time)
        goal = settling.Goal(
            hardware=flavor,
            grace=poll.grace,
            timeout=None if timeout is None else seconds("timeout", timeout),
        )

        def owed(found: models.SpaceRuntime) -> models.LeaseHandle | None:
            return leases.lease(repo_id, found, flavor, sleep_time=idle_s, restore=back, keep_warm=warm_s)

        request = partial(self.request_space_hardware, repo_id, flavor, sleep_time=idle_s)
        return self._lent(self._watch(repo_id, on_change=on_change, wake=False), goal, poll, request, owed, on_lease)

    async def end_lease(self, handle: models.LeaseHandle | str) -> bool:
        """Give back what another process had borrowed, and died.

        It does what the end of that block would have done, and nothing where somebody has requested other
        hardware since. Doing it twice does no more.

        Args:
            handle: What `temporary_hardware` has told its ``on_lease``, or its ``to_json()``; or the ``handle`` of a
                `LeaseNotEndedError`.

        Returns:
            Whether the Space was still on the hardware, or on its way to it.

        Raises:
            UsageError: `handle` is none, or its block is still open in this client.
            LeaseNotEndedError: It could not be done, however often it was tried; or the Space was not found, which
                may mean that it was deleted, or that this token may not see it any more.

        Wire:
            As the end of `temporary_hardware`.

        Source:
            No counterpart upstream.
        """
        owed = models.LeaseHandle.from_json(handle) if isinstance(handle, str) else handle
        if not isinstance(owed, models.LeaseHandle):
            raise UsageError(f"handle: expected a LeaseHandle or its text, got {kind_of(handle)}")
        checked_full_id(owed.repo_id)
        checked_flavor(owed.hardware)
        checked_flavor(owed.restore, argument="restore")
        if owed.sleep_time is not None:
            checked_sleep_time(owed.sleep_time)
        if owed.keep_warm is not None:
            whole_number("keep_warm", owed.keep_warm, least=1)
        with self._alone_with(owed.repo_id):
            returning = self._returning(owed.repo_id, 0.0)
            return await lending.end(owed, returning, leases.Reached.LANDED, until=current_time() + lending.ENDING_S)

    @asynccontextmanager
    async def _lent(
        self,
        watch: poller.Watch,
        goal: settling.Goal,
        poll: PollPolicy,
        request: Callable[[], Awaitable[object]],
        owed_for: Callable[[models.SpaceRuntime], models.LeaseHandle | None],
        on_lease: lending.OnLease | None,
    ) -> AsyncIterator[models.SpaceRuntime]:
        repo_id = watch.repo_id

        async def landed() -> models.SpaceRuntime:
            restarting = owed is not None or leases.sleeps(found) or self._was_restarted(repo_id, poll)
            return await poller.settle(watch, evolve(goal, restarting=restarting), poll, check=True)

        with self._alone_with(repo_id):
            found = await self.get_space_runtime(repo_id)
            if settling.is_static(found):
                raise UsageError(f"repo_id: {repo_id} is a static Space, which runs on no hardware to borrow")
            owed = owed_for(found)
            if owed is None:
                if leases.sleeps(found):
                    await self.request_space_hardware(repo_id, goal.hardware or SpaceHardware.CPU_BASIC)
                yield await landed()
                return
            await telling.tell(on_lease, owed)
            async with lending.lent(
                owed, request, landed, self._returning(repo_id, min(poll.grace, _LATEST_S))
            ) as runtime:
                yield runtime

    @contextmanager
    def _alone_with(self, repo_id: str) -> Iterator[None]:
        """Keep the blocks of one client from borrowing for one Space at once: each would give back what the other has.

        Raises:
            UsageError: Another block has borrowed for it.
        """
        key = repo_id.lower()
        if key in self._borrowed:
            raise UsageError(
                f"repo_id: hardware is borrowed for {repo_id} already by this client; a block within it, or beside it, "
                "shares that instead of borrowing again"
            )
        self._borrowed.add(key)
        try:
            yield
        finally:
            self._borrowed.discard(key)

    def _returning(self, repo_id: str, late_s: float) -> lending.Returning:
        once = self._transport.without_repeating()

        async def look() -> models.SpaceRuntime:
            return await once.send(runtime.get_runtime(repo_id))

        async def request(flavor: SpaceHardware, sleep_time: int | None) -> models.SpaceRuntime:
            return await once.send(runtime.request_hardware(repo_id, flavor, sleep_time))

        async def set_sleep_time(sleep_time: int) -> models.SpaceRuntime:
            return await once.send(runtime.set_sleep_time(repo_id, sleep_time))

        return lending.Returning(
            look=look,
            request=request,
            set_sleep_time=set_sleep_time,
            policy=lending.PERSISTENT,
            late_s=late_s,
        )
