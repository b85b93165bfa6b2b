"""Work that is waited for to its end."""

import asyncio
import threading

import anyio.lowlevel
import anyio.to_thread
import pytest

from aiohfspaces.localhub.patience import see_through


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.anyio
async def test_work_is_done_when_it_returns() -> None:
    """And what it raises is raised."""
    done: list[str] = []
    await see_through(lambda: done.append("done"))
    assert ["done"] == done

    def fail() -> None:
        raise LookupError("no luck")

    with pytest.raises(LookupError, match="no luck"):
        await see_through(fail)


def test_the_cancellation_of_a_task_waits_for_the_end() -> None:
    """Each one that comes, and is raised after it."""
    began, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait()
        done.set()

    async def cancel_twice() -> None:
        task = asyncio.create_task(see_through(work))
        await anyio.to_thread.run_sync(began.wait)
        for _ in range(2):
            task.cancel()
            for _ in range(10):
                await anyio.lowlevel.checkpoint()
            assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert done.is_set()

    asyncio.run(cancel_twice())
