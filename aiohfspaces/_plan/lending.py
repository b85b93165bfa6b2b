"""What is owed for hardware that was borrowed: what to go back to, and whether that is still ours to do."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from attrs import frozen

from aiohfspaces._plan.settling import FAILING_STAGES, INACTIVE_STAGES
from aiohfspaces.errors import OfflineError, UsageError
from aiohfspaces.models import LeaseHandle, SpaceHardware, SpaceRuntime, SpaceStage

NEVER = -1
"""The sleep time of a Space that never sleeps, as it is requested."""


class Reached(Enum):
    """How far a lease has come."""

    UNSURE = "unsure"
    """The hardware was requested, and the reply was lost: it may land late."""

    REQUESTED = "requested"
    LANDED = "landed"


@frozen
class Leave:
    """Nothing of what was borrowed is left: somebody requested other hardware, or the request never landed."""


@frozen
class GiveBack:
    """Request the hardware that was there before, and the sleep time unless that is ``None``."""

    hardware: SpaceHardware
    sleep_time: int | None


@frozen
class KeepWarm:
    """Keep the hardware, and let it sleep after so many idle seconds."""

    sleep_time: int


Return: TypeAlias = Leave | GiveBack | KeepWarm


def lease(
    repo_id: str,
    found: SpaceRuntime,
    hardware: SpaceHardware,
    *,
    sleep_time: int | None,
    restore: SpaceHardware | None,
    keep_warm: int | None,
) -> LeaseHandle | None:
    """Say what will be owed for hardware; ``None`` where the Space is on it, or on its way to it, already.

    What sleeps on it already, and has to be woken, is only to be kept warm, if that.

    Args:
        repo_id: The Space.
        found: Its runtime before anything is requested.
        hardware: The flavor to borrow.
        sleep_time: The sleep time that is requested with it; ``None`` for none.
        restore: The flavor to go back to; ``None`` for the one that was found.
        keep_warm: Idle seconds after which the hardware is to sleep instead of being given back; ``None`` for
            giving it back.
    """
    before = found.requested_hardware or found.hardware or SpaceHardware.CPU_BASIC
    if before == hardware:
        if keep_warm is None or not sleeps(found):
            return None
        return LeaseHandle(repo_id=repo_id, hardware=hardware, restore=hardware, keep_warm=keep_warm)
    back = restore or before
    # free hardware tells its own sleep time, which is not the one that was chosen for paid hardware
    changes_sleep = sleep_time is not None and SpaceHardware.CPU_BASIC not in (before, back)
    slept = NEVER if found.sleep_time is None else found.sleep_time
    return LeaseHandle(
        repo_id=repo_id,
        hardware=hardware,
        restore=back,
        sleep_time=slept if changes_sleep else None,
        keep_warm=keep_warm,
    )


def sleeps(found: SpaceRuntime) -> bool:
    """Tell whether a Space is off its hardware until a request for it; a paused one is off by somebody's wish."""
    return found.stage in (SpaceStage.SLEEPING, SpaceStage.STOPPED)


def settle_up(owed: LeaseHandle, now: SpaceRuntime, reached: Reached) -> Return:
    """Say what to do at the end of a lease, by what the Space is then.

    Other hardware than the borrowed is somebody else's wish, which is not fought; a runtime that tells none is no
    such wish. What is to be kept warm has to
    have landed; what never did, or has failed or was paused since, is given back.
    """
    wanted = now.requested_hardware or now.hardware
    if wanted is not None and wanted != owed.hardware:
        return Leave()
    is_up = now.hardware == owed.hardware and now.stage not in FAILING_STAGES | INACTIVE_STAGES
    is_warm = reached is Reached.LANDED and (is_up or now.stage == SpaceStage.SLEEPING)
    if owed.keep_warm is not None and is_warm:
        return KeepWarm(owed.keep_warm)
    if owed.restore == owed.hardware:
        return Leave()
    return GiveBack(owed.restore, owed.sleep_time)


def may_have_landed(failure: BaseException) -> bool:
    """Tell whether a request for hardware that ended like this may have taken effect, now or later."""
    never_left = isinstance(failure, UsageError | OfflineError)
    return not never_left and getattr(failure, "outcome", "unknown") != "not done"
