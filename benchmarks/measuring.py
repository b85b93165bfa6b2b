"""What something takes of the process that does it. It needs Linux, which is asked for the memory."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import time
from array import array
from collections.abc import Awaitable, Callable
from pathlib import Path

TOKEN = "hf_benchmark"
SPACE = "me/app"
TICK_S = 0.001

Stalls = dict[str, dict[str, float]]
"""How ``late`` the loop was, and how long it was ``held`` by itself: seconds of 99%, 99.9% and 100% of its ticks."""


def use_plain_http() -> None:
    """Have a client, before it is imported, leave Xet storage alone, and the official one show nothing."""
    os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


async def measured(work: Callable[[], Awaitable[object]], idle_s: float) -> dict[str, object]:
    """Do something, and tell what it took: seconds, processor seconds, and by how many bytes the process has grown.

    With `idle_s` also how late the event loop was: while it had nothing to do for so many seconds, and meanwhile.
    """
    idle = (await stalls_of(asyncio.sleep(idle_s)))["late"] if idle_s else None
    gc.collect()  # what was left by loading it all, which a service that runs has behind it
    before = memory_bytes("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    busy = None
    if idle_s:
        busy = (await stalls_of(work()))["late"]
    else:
        await work()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "growth_bytes": memory_bytes("VmHWM") - before,
        "idle": idle,
        "busy": busy,
    }


async def stalls_of(work: Awaitable[object]) -> Stalls:
    """Wait for something, and tell what a tick of the loop had to wait for meanwhile."""
    ticks: dict[str, array[float]] = {"late": array("d"), "held": array("d")}

    async def tick() -> None:
        while True:
            began, held = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_S)
            ticks["late"].append(time.perf_counter() - began - TICK_S)
            ticks["held"].append(time.thread_time() - held)

    ticking = asyncio.ensure_future(tick())
    try:
        await work
    finally:
        ticking.cancel()
    shares = {"99": 0.99, "99.9": 0.999, "worst": 1.0}
    return {
        kind: {name: sorted(times)[int(share * (len(times) - 1))] for name, share in shares.items()}
        for kind, times in ticks.items()
    }


def memory_bytes(name: str) -> int:
    """Read what Linux says of this process: ``VmRSS`` is what it holds in memory, ``VmHWM`` the most it ever held."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024
