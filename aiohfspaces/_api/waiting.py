"""Waiting for a Space, and telling the truth about how it went."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from time import monotonic

from anyio import Semaphore

from aiohfspaces import models
from aiohfspaces._api.runtime import Runtime
from aiohfspaces._io import blocks, logtail, poller, streams, upgrade
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.rooms import loaded
from aiohfspaces._plan import settling
from aiohfspaces._wire import logs, runtime
from aiohfspaces._wire.names import (
    checked_commit,
    checked_flags,
    checked_flavor,
    checked_full_id,
    kind_of,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import SpaceHardware
from aiohfspaces.options import PollPolicy, Seconds, seconds

LOG_LINES = 20
LOG_WITHIN_S = 3.0
MOST_LOOKS = 16
"""Looks under way at once, at the most, over all waits for one account in one event loop: more of them hold it up."""

POLITE = PollPolicy()


class Waiting(Runtime):
    """Waiting until a Space runs, or has landed on other hardware."""

    _looks: PerLoop[Semaphore]

    async def wait_for_space(
        self,
        repo_id: str,
        *,
        timeout: Seconds | None = 1800,
        poll: PollPolicy = POLITE,
        check: bool = True,
        revision: str | None = None,
        on_change: poller.OnChange | None = None,
    ) -> models.SpaceRuntime:
        """Wait until a Space runs.

        Args:
            repo_id: ``owner/name``.
            timeout: Seconds for the wait; ``None`` for ever.
            poll: How often to look.
            check: Whether a failing or inactive stage raises. ``False`` returns whatever the Space
                settled in, as ``HfApi`` does.
            revision: The commit that has to run, e.g. the ``oid`` of an upload, so that a ``RUNNING``
                left over from before it does not count; ``None`` for any.
            on_change: Told of each new runtime, the first included; a function or a coroutine function.

        Returns:
            The runtime it has come to.

        Raises:
            UsageError: An argument is wrong.
            SpaceFailedError: It settled in a failing stage; with the Hub's words and the log's end.
            SpaceInactiveError: It is paused, sleeping or stopped.
            SpaceWaitTimeoutError: The time ran out.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            PermissionDeniedError: The token may not see this Space.

        Wire:
            ``GET /api/spaces/{repo_id}/runtime`` until it is over; after a failure
            ``GET /api/spaces/{repo_id}/logs/{build|run}?tail=20``.

        Source:
            huggingface_hub 2.4.0, ``HfApi.wait_for_space``, which takes a failure for a success.
        """
        checked_flags(check=check)
        checked_poll(poll)
        await loaded(upgrade)
        goal = settling.Goal(
            revision=None if revision is None else checked_commit(revision, argument="revision"),
            grace=poll.grace,
            timeout=None if timeout is None else seconds("timeout", timeout),
            restarting=self._was_restarted(repo_id, poll),
        )
        return await poller.settle(self._watch(repo_id, on_change=on_change, wake=False), goal, poll, check=check)

    async def wait_for_hardware(
        self,
        repo_id: str,
        hardware: SpaceHardware | str | None = None,
        *,
        timeout: Seconds | None = 1800,
        poll: PollPolicy = POLITE,
        on_change: poller.OnChange | None = None,
        wake: bool = False,
    ) -> models.SpaceRuntime:
        """Wait until a Space has landed on the hardware that was requested for it.

        Landed means that its hardware is that flavor **and** it is ``RUNNING``.

        Args:
            repo_id: ``owner/name``.
            hardware: The flavor, e.g. ``"t4-medium"``; ``None`` for the one that is requested now.
            timeout: Seconds for the wait; ``None`` for ever.
            poll: How often to look.
            on_change: Told of each new runtime, the first included; a function or a coroutine function.
            wake: Whether a Space that is paused, sleeping or stopped is restarted, once.

        Returns:
            The runtime it has landed on.

        Raises:
            UsageError: An argument is wrong, or the Space is static.
            SpaceFailedError: It settled in a failing stage; with the Hub's words and the log's end.
            SpaceInactiveError: It is paused, sleeping or stopped.
            HardwareSupersededError: Other hardware is requested, or was never requested.
            SpaceWaitTimeoutError: The time ran out.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            PermissionDeniedError: The token may not see this Space, or, with `wake`, not manage it.

        Wire:
            ``GET /api/spaces/{repo_id}/runtime`` until it is over; after a failure
            ``GET /api/spaces/{repo_id}/logs/{build|run}?tail=20``; with `wake`
            ``POST /api/spaces/{repo_id}/restart``.

        Source:
            The stages of huggingface_hub 2.4.0, ``SpaceStage``, and of the Hub's OpenAPI document.
        """
        checked_flags(wake=wake)
        checked_poll(poll)
        await loaded(upgrade)
        goal = settling.Goal(
            hardware=None if hardware is None else checked_flavor(hardware),
            as_requested=hardware is None,
            grace=poll.grace,
            timeout=None if timeout is None else seconds("timeout", timeout),
            restarting=self._was_restarted(repo_id, poll),
        )
        return await poller.settle(self._watch(repo_id, on_change=on_change, wake=wake), goal, poll, check=True)

    async def start_hardware_upgrade(
        self,
        repo_id: str,
        hardware: SpaceHardware | str,
        *,
        sleep_time: int | str | None = None,
        timeout: Seconds | None = 1800,
        poll: PollPolicy = POLITE,
    ) -> upgrade.HardwareUpgrade:
        """Request hardware for a Space, and give what to wait with until it has landed.

        Nothing runs in the background: the Space is looked at when `HardwareUpgrade.done` is called or
        the upgrade is awaited.

        Args:
            repo_id: ``owner/name``.
            hardware: A flavor, e.g. ``"t4-medium"``, up or down.
            sleep_time: Idle seconds until the Space sleeps; ``-1`` for never, ``None`` leaves it as it is.
            timeout: Seconds from the request until ``await`` gives up; ``None`` for never.
            poll: How often ``await`` looks.

        Returns:
            The upgrade: ``await`` it, ask whether it is ``done()``, see its ``runtime``, or write it down
            with ``to_json()`` and go on with `resume_wait` elsewhere.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: The Hub knows no such flavor, or the Space is static.
            AuthenticationError: The token is wrong.
            PaymentRequiredError: The account cannot pay for this flavor.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.
            HubConnectionError: There was no answer to a request, however often it was tried.
            HubServerError: The Hub failed to answer one.

        Wire:
            As `request_space_hardware`; as `wait_for_hardware` when it is awaited.

        Source:
            No counterpart upstream.
        """
        checked_poll(poll)
        await loaded(upgrade)
        goal = settling.Goal(
            hardware=checked_flavor(hardware),
            grace=poll.grace,
            timeout=None if timeout is None else seconds("timeout", timeout),
            restarting=True,
        )
        watch = self._watch(repo_id, on_change=None, wake=False)
        requested = await self.request_space_hardware(repo_id, hardware, sleep_time=sleep_time)
        return upgrade.HardwareUpgrade(watch, goal, poll, requested)

    async def resume_wait(
        self, handle: models.WaitHandle | str, *, timeout: Seconds | None = 1800, poll: PollPolicy = POLITE
    ) -> models.SpaceRuntime:
        """Go on with a wait that ended early, also in another process.

        Args:
            handle: The ``handle`` of a `SpaceWaitError`, or its ``to_json()``; or that of a `HardwareUpgrade`.
            timeout: Seconds for this wait; ``None`` for ever.
            poll: How often to look.

        Returns:
            The runtime that was waited for.

        Raises:
            UsageError: `handle` is none, or another argument is wrong.
            SpaceFailedError: It settled in a failing stage.
            SpaceInactiveError: It is paused, sleeping or stopped.
            HardwareSupersededError: Other hardware is requested.
            SpaceWaitTimeoutError: The time ran out.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            PermissionDeniedError: The token may not see this Space.

        Wire:
            As `wait_for_hardware`, or as `wait_for_space` if no hardware was waited for.

        Source:
            No counterpart upstream.
        """
        wanted = models.WaitHandle.from_json(handle) if isinstance(handle, str) else handle
        if not isinstance(wanted, models.WaitHandle):
            raise UsageError(f"handle: expected a WaitHandle or its text, got {kind_of(handle)}")
        checked_poll(poll)
        await loaded(upgrade)
        watch = self._watch(wanted.repo_id, on_change=None, wake=False)
        goal = settling.Goal(
            hardware=None if wanted.hardware is None else checked_flavor(wanted.hardware),
            revision=None if wanted.revision is None else checked_commit(wanted.revision, argument="revision"),
            grace=poll.grace,
            timeout=None if timeout is None else seconds("timeout", timeout),
            as_requested=wanted.as_requested and wanted.hardware is None,
            restarting=wanted.restarting or self._was_restarted(wanted.repo_id, poll),
        )
        return await poller.settle(watch, goal, poll, check=True)

    def watch_space(
        self, repo_id: str, *, poll: PollPolicy = POLITE
    ) -> AbstractAsyncContextManager[AsyncGenerator[models.SpaceRuntime, None]]:
        """Watch a Space change.

        ``async with client.watch_space(repo_id) as changes: async for runtime in changes: ...`` It looks only
        while the next change is waited for, and lives through failures that may pass, for ever.

        Args:
            repo_id: ``owner/name``.
            poll: How often to look.

        Returns:
            What gives, when entered, an async iterator: the runtime as it is found, then each that differs
            from the one before.

        Raises:
            UsageError: An argument is wrong; at once.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            PermissionDeniedError: The token may not see this.

        Wire:
            ``GET /api/spaces/{repo_id}/runtime``, again and again.

        Source:
            No counterpart upstream.
        """
        checked_poll(poll)
        changes = poller.changes(self._watch(repo_id, on_change=None, wake=False).look, poll)
        return blocks.Block(aclosing(changes), "watch_space")

    def _was_restarted(self, repo_id: str, poll: PollPolicy) -> bool:
        return self._restarts.is_recent(checked_full_id(repo_id), monotonic(), poll.grace)

    def _watch(self, repo_id: str, *, on_change: poller.OnChange | None, wake: bool) -> poller.Watch:
        checked_full_id(repo_id)
        if on_change is not None and not callable(on_change):
            raise UsageError(f"on_change: expected a function, got {on_change!r}")

        looking = self._transport.without_repeating()  # a look that fails is lived through where looks are spread

        async def look() -> models.SpaceRuntime:
            async with self._looks.here():
                return await looking.send(runtime.get_runtime(repo_id))

        async def restart() -> models.SpaceRuntime:
            return await self.restart_space(repo_id)

        async def read_log(kind: logs.LogKind) -> tuple[str, ...]:
            await loaded(logtail)
            return await logtail.log_tail(
                streams.draining(self._transport), repo_id, kind, lines=LOG_LINES, within_s=LOG_WITHIN_S
            )

        return poller.Watch(
            repo_id=repo_id, look=look, restart=restart if wake else None, read_log=read_log, on_change=on_change
        )


def checked_poll(poll: object) -> None:
    """Accept a policy.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(poll, PollPolicy):
        raise UsageError(f"poll: expected a PollPolicy, got {poll!r}")
