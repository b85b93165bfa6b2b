"""Sessions of hf-xet, and waiting for what its own threads do. The one door to it.

Its calls block and free the interpreter meanwhile, so each waits in a worker thread that nobody waits for
once it is given up: what it waits for is aborted, which ends it within milliseconds.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter, Event, move_on_after
from attrs import define

from aiohfspaces._io.crowd import crew
from aiohfspaces._plan.chunking import Standstill
from aiohfspaces.errors import HubTimeoutError

T = TypeVar("T")

_MOVED: dict[str, float] = {}
"""Storage to when anything has come from there or gone there: hf-xet lets transfers wait for one another."""

LOOK_S = 0.1
"""How often a transfer is looked at."""


class Transfer(Protocol):
    """Files on their way, as hf-xet has them: an upload commit, or a download group."""

    def progress(self) -> Any:
        """Tell how far they are; does not block."""

    def abort(self) -> None:
        """Give up; whoever waits is told so."""

    def wait_to_finish(self) -> Any:
        """Wait for the last of them."""


async def waited(function: Callable[..., T], *args: Any) -> T:
    """Wait for hf-xet in a thread that is left to itself if the caller gives up.

    It takes its turn with no other: what waits for a thread would look as if it stood still. So there are as many
    as files under way, which are few of each upload and as many of downloads as the caller says.
    """
    return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=True, limiter=CapacityLimiter(1))


@define(eq=False)
class _Session:
    """A session of hf-xet: threads and connections that several transfers share."""

    session: Any
    process: int
    users: int = 0
    is_spoilt: bool = False

    @property
    def is_good(self) -> bool:
        """Whether more may use it: its threads do not survive a fork."""
        return not self.is_spoilt and self.process == os.getpid()


class Sessions:
    """The session of this process.

    A transfer that is aborted leaves requests behind that go on for minutes, if the storage is silent. Only
    the end of their session ends them: so none joins it any more, and the last one out ends it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: _Session | None = None

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Any]:
        """Give a session for one transfer; whatever the block raises, nothing of that transfer goes on."""
        held = await waited(self._get)
        while not self._joined(held):
            held = await waited(self._get)
        try:
            yield held.session
        except BaseException:
            held.is_spoilt = True
            raise
        finally:
            with self._lock:
                held.users -= 1
                is_over = held.is_spoilt and not held.users and held.process == os.getpid()
            if is_over:
                held.session.sigint_abort()

    def _joined(self, held: _Session) -> bool:
        """Count one more user, unless the session has ended meanwhile: whoever used it then would be interrupted."""
        with self._lock:
            held.users += held.is_good
            return held.is_good

    def _get(self) -> _Session:
        found = library()
        with self._lock:
            if self._current is None or not self._current.is_good:
                session = found.XetSession(found.XetConfig().with_config("telemetry.enabled", False))
                self._current = _Session(session, os.getpid())
            return self._current


SESSIONS = Sessions()


def library() -> Any:
    """Import hf-xet, which takes a while at first, and has no types. Raises ImportError."""
    import hf_xet

    return hf_xet


def is_installed() -> bool:
    """Tell whether hf-xet is there."""
    try:
        library()
    except ImportError:
        return False
    return True


async def watched(
    transfer: Transfer,
    work: Callable[[], Awaitable[None]],
    patience_s: float,
    *,
    storage: str = "",
    told: Callable[[Any], None] = lambda report: None,
    is_idle: Callable[[], bool] = lambda: False,
) -> None:
    """Do what waits for a transfer, and look meanwhile how far it is; unless it is done then, it is aborted.

    Args:
        transfer: What is waited for.
        work: Waits.
        patience_s: How long nothing may move, neither here nor in another transfer that goes to the same storage.
        storage: Its address.
        told: Is given hf-xet's report at each look, and once more in the end.
        is_idle: Tells whether there is nothing that could move.

    Raises:
        HubTimeoutError: Nothing has moved for so long.
    """
    still, ended = Standstill(patience_s, time.monotonic()), Event()
    came = 0

    async def look() -> None:
        nonlocal came
        while not ended.is_set():
            with move_on_after(LOOK_S):
                await ended.wait()
            report = transfer.progress()
            told(report)
            now_s = time.monotonic()
            if report.total_transfer_bytes_completed > came:
                came, _MOVED[storage] = report.total_transfer_bytes_completed, now_s
            if is_idle():
                still.since_s = now_s
            elif still.is_over(_moved(report), now_s, _MOVED.get(storage, -math.inf)) and not ended.is_set():
                raise HubTimeoutError(f"nothing has moved for {patience_s:g} s", outcome="unknown")

    async def do() -> None:
        await work()
        ended.set()

    try:
        async with crew() as start:
            start(look)
            start(do)
    finally:
        if not ended.is_set():
            transfer.abort()


def _moved(report: Any) -> tuple[int, ...]:
    """Pick what grows while hf-xet gets on: bytes, and what the storage has looked at in the end."""
    bytes_moved = (report.total_bytes, report.total_bytes_completed, report.total_transfer_bytes_completed)
    if report.shard is None:
        return bytes_moved
    shard = report.shard
    return (
        *bytes_moved,
        shard.total_shard_bytes_upload_completed,
        shard.total_shard_validation_entries_completed,
        shard.total_shards_completed,
    )
