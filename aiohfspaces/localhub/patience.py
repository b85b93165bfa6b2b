"""Work in a thread that is waited for to its end, however often the wait is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import anyio.to_thread


async def see_through(work: Callable[[], None]) -> None:
    """Do ``work`` in a thread of its own, and return or raise only when it is over.

    A shield keeps the cancellation of anyio's scopes off, but not that of an asyncio task. Where one comes, it is
    raised after the end of the work, unless the work itself has failed.

    Raises:
        BaseException: What ``work`` raised, or what broke the wait off.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as exc:
            failures.append(exc)

    thread = threading.Thread(target=run, name="localhub-change")
    thread.start()
    interruption: BaseException | None = None
    while thread.is_alive():
        try:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(thread.join)
        except BaseException as exc:
            interruption = exc
    if failures:
        raise failures[0]
    if interruption is not None:
        raise interruption
