"""What a Space runs on: hardware, sleep, pause, restart, replicas, volumes, storage."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from time import monotonic

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._plan.restarting import Restarts
from aiohfspaces._wire import runtime
from aiohfspaces._wire.names import (
    checked_flags,
    checked_flavor,
    checked_full_id,
    checked_sleep_time,
    checked_storage,
    checked_volumes,
)
from aiohfspaces.models import SpaceHardware, SpaceStorage
from aiohfspaces.options import whole_number

SLEEP_TIME_WARNING = (
    "A Space on 'cpu-basic' falls asleep after 48 hours without visitors, and the Hub does not let that be "
    "changed: the sleep time counts once the Space is on other hardware."
)


class Runtime(Sender):
    """Looking at what a Space runs on, and changing it."""

    _restarts: Restarts

    async def get_space_runtime(self, repo_id: str) -> models.SpaceRuntime:
        """Tell what a Space runs on and how far it has come.

        To wait for something, `wait_for_space` and `wait_for_hardware` look for you.

        Args:
            repo_id: ``owner/name``.

        Returns:
            Its ``stage``, its ``hardware``, the ``requested_hardware`` and more; what it has none of is ``None``.

        Raises:
            UsageError: `repo_id` is none.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/spaces/{repo_id}/runtime``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_space_runtime``; recorded sample of March 2025.
        """
        return await self._send(runtime.get_runtime(checked_full_id(repo_id)))

    async def request_space_hardware(
        self, repo_id: str, hardware: SpaceHardware | str, *, sleep_time: int | str | None = None
    ) -> models.SpaceRuntime:
        """Ask the Hub to run a Space on other hardware.

        Returns as soon as the Hub has accepted; the Space restarts after that.
        `wait_for_hardware` waits for it.

        Args:
            repo_id: ``owner/name``.
            hardware: A flavor, e.g. ``"t4-medium"``; which there are, the Hub decides. ``"zerogpu"`` stands for
                ``"zero-a10g"``, as runtimes tell it.
            sleep_time: Idle seconds until the Space sleeps; ``-1`` for never, ``None``
                leaves it as it is. Not configurable on ``cpu-basic``, so that warns.

        Returns:
            The runtime just after the request: ``requested_hardware`` is the new
            flavor, ``hardware`` still the old one.

        Raises:
            UsageError: `repo_id` is none, `hardware` is ``cpu-classic``, or `sleep_time` no duration.
            BadRequestError: The Hub knows no such flavor, or the Space is static.
            PaymentRequiredError: The account cannot pay for this flavor.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/hardware`` ``{"flavor", "sleepTimeSeconds"?}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.request_space_hardware``.
        """
        flavor = checked_flavor(hardware)
        idle_s = None if sleep_time is None else checked_sleep_time(sleep_time)
        call = runtime.request_hardware(checked_full_id(repo_id), flavor, idle_s)
        if idle_s is not None and flavor == SpaceHardware.CPU_BASIC:
            warnings.warn(f"{repo_id}: {SLEEP_TIME_WARNING}", UserWarning, stacklevel=2)
        requested = await self._send(call)
        self._restarts.note(repo_id, monotonic())
        return requested

    async def set_space_sleep_time(self, repo_id: str, sleep_time: int | str) -> models.SpaceRuntime:
        """Set after how many idle seconds a Space sleeps.

        Args:
            repo_id: ``owner/name``.
            sleep_time: Seconds above zero, or ``-1`` for never; a string of either will do.

        Returns:
            The runtime after the change. On ``cpu-basic`` it counts only later, which warns.

        Raises:
            UsageError: `repo_id` is none, or `sleep_time` no such number.
            BadRequestError: The Space is static.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/sleeptime`` ``{"seconds"}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.set_space_sleep_time``.
        """
        now = await self._send(runtime.set_sleep_time(checked_full_id(repo_id), checked_sleep_time(sleep_time)))
        if (now.requested_hardware or now.hardware) == SpaceHardware.CPU_BASIC:
            warnings.warn(f"{repo_id}: {SLEEP_TIME_WARNING}", UserWarning, stacklevel=2)
        return now

    async def pause_space(self, repo_id: str) -> models.SpaceRuntime:
        """Stop a Space until its owner restarts it; a paused one costs nothing.

        Args:
            repo_id: ``owner/name``.

        Returns:
            The runtime after it: ``PAUSED``.

        Raises:
            UsageError: `repo_id` is none.
            BadRequestError: The Space is static.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/pause``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.pause_space``; recorded sample of March 2025.
        """
        paused = await self._send(runtime.pause(checked_full_id(repo_id)))
        self._restarts.forget(repo_id)
        return paused

    async def restart_space(self, repo_id: str, *, factory_reboot: bool = False) -> models.SpaceRuntime:
        """Start a Space again, running, paused or asleep.

        Args:
            repo_id: ``owner/name``.
            factory_reboot: Whether to build it anew without what the last build left.

        Returns:
            The runtime after it: ``BUILDING``. `wait_for_space` waits until it runs.

        Raises:
            UsageError: `repo_id` is none.
            BadRequestError: The Space is static.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/restart[?factory=true]``; not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.restart_space``; recorded sample of March 2025.
        """
        checked_flags(factory_reboot=factory_reboot)
        restarted = await self._send(runtime.restart(checked_full_id(repo_id), factory_reboot=factory_reboot))
        self._restarts.note(repo_id, monotonic())
        return restarted

    async def enable_space_dev_mode(self, repo_id: str) -> models.SpaceRuntime:
        """Open a Space for development: its container stays up while its code changes.

        Args:
            repo_id: ``owner/name``.

        Returns:
            The runtime after it: ``dev_mode`` is set.

        Raises:
            UsageError: `repo_id` is none.
            BadRequestError: The Space is static.
            PaymentRequiredError: The account's plan does not allow it.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/dev-mode`` ``{"enabled": true}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.enable_space_dev_mode``.
        """
        return await self._send(runtime.set_dev_mode(checked_full_id(repo_id), enabled=True))

    async def disable_space_dev_mode(self, repo_id: str) -> models.SpaceRuntime:
        """Close a Space for development.

        Args:
            repo_id: ``owner/name``.

        Returns:
            The runtime after it: ``dev_mode`` is not set.

        Raises:
            UsageError: `repo_id` is none.
            BadRequestError: The Space is static.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/dev-mode`` ``{"enabled": false}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.disable_space_dev_mode``.
        """
        return await self._send(runtime.set_dev_mode(checked_full_id(repo_id), enabled=False))

    async def set_space_replicas(self, repo_id: str, replicas: int) -> models.SpaceRuntime:
        """Run so many copies of a Space; each of them is paid for, and needs paid hardware.

        Args:
            repo_id: ``owner/name``.
            replicas: How many; one or more.

        Returns:
            The runtime after it.

        Raises:
            UsageError: `repo_id` is none, or `replicas` no such number.
            BadRequestError: The Space is static, or its hardware does not allow it.
            PaymentRequiredError: The account cannot pay for it.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/replicas`` ``{"replicas"}``; safe to repeat. Where the Hub answers
            without the runtime, ``GET /api/spaces/{repo_id}/runtime``.

        Source:
            The Hub's documentation of 2026-08-22, "Spaces replicas"; no counterpart upstream.
        """
        call = runtime.set_replicas(checked_full_id(repo_id), whole_number("replicas", replicas, least=1))
        return await self._send(call) or await self.get_space_runtime(repo_id)

    async def set_space_volumes(self, repo_id: str, volumes: Iterable[models.Volume]) -> None:
        """Mount buckets or repositories into a Space, in place of what was mounted before.

        Args:
            repo_id: ``owner/name``.
            volumes: All that is to be mounted; one or more.

        Raises:
            UsageError: `repo_id` is none, `volumes` is empty, one of them is wrong, or two are mounted at one path.
            BadRequestError: The Space is static, or the Hub accepts one of them not.
            PermissionDeniedError: The token may not manage this Space, or not read a source.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``PUT /api/spaces/{repo_id}/volumes`` ``{"volumes": [{"type", "source", "mountPath", …}]}``; safe to
            repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.set_space_volumes``.
        """
        await self._send(runtime.set_volumes(checked_full_id(repo_id), checked_volumes(volumes)))

    async def delete_space_volumes(self, repo_id: str) -> None:
        """Unmount all that is mounted into a Space.

        Args:
            repo_id: ``owner/name``.

        Raises:
            UsageError: `repo_id` is none.
            BadRequestError: Nothing is mounted, or the Space is static.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``DELETE /api/spaces/{repo_id}/volumes``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_space_volumes``.
        """
        await self._send(runtime.delete_volumes(checked_full_id(repo_id)))

    async def request_space_storage(self, repo_id: str, storage: SpaceStorage | str) -> models.SpaceRuntime:
        """Give a Space persistent storage, or more of it.

        The Hub has retired this in favour of volumes; where it refuses, the error says how to mount one.

        Args:
            repo_id: ``owner/name``.
            storage: ``"small"``, ``"medium"`` or ``"large"``. There is no way down but `delete_space_storage`.

        Returns:
            The runtime after it.

        Raises:
            UsageError: `repo_id` or `storage` is none.
            BadRequestError: The Hub offers none, knows no such tier, or the Space has a larger one.
            PaymentRequiredError: The account cannot pay for it.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/spaces/{repo_id}/storage`` ``{"tier"}``; not repeated after a lost reply.

        Source:
            huggingface_hub 0.36.2, ``HfApi.request_space_storage``.
        """
        return await self._send(runtime.request_storage(checked_full_id(repo_id), checked_storage(storage)))

    async def delete_space_storage(self, repo_id: str) -> models.SpaceRuntime:
        """Take a Space's persistent storage away, with all that is in it.

        Args:
            repo_id: ``owner/name``.

        Returns:
            The runtime after it: ``storage`` is ``None``.

        Raises:
            UsageError: `repo_id` is none.
            BadRequestError: It has none, or the Hub offers none any more.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``DELETE /api/spaces/{repo_id}/storage``; safe to repeat.

        Source:
            huggingface_hub 0.36.2, ``HfApi.delete_space_storage``.
        """
        return await self._send(runtime.delete_storage(checked_full_id(repo_id)))
