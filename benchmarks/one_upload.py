"""One upload in a process of its own: `one_upload.py ours|theirs ENDPOINT FOLDER [IDLE_S]`.

Before that the client makes one call, so that it has loaded what it needs and is connected, as in a service that runs.
It prints seconds, processor seconds, and by how many bytes the process has grown. With IDLE_S it also tells how late
the event loop was: while it had nothing to do for so many seconds, and while it uploaded.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

TOKEN = "hf_benchmark"
SPACE = "me/app"
TICK_S = 0.001

Upload = Callable[[Path], Awaitable[object]]
"""Uploads a folder, from a coroutine."""


@asynccontextmanager
async def ours(endpoint: str) -> AsyncIterator[Upload]:
    """Give this client's way."""
    from aiohfspaces import AsyncSpacesClient

    async with AsyncSpacesClient(TOKEN, endpoint=endpoint) as client:
        await client.list_repo_commits(SPACE)
        yield lambda folder: client.upload_folder(repo_id=SPACE, folder_path=folder)


@asynccontextmanager
async def theirs(endpoint: str) -> AsyncIterator[Upload]:
    """Give the official client's way, over LFS and in a thread as its users are told to await it."""
    os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    from huggingface_hub import HfApi

    api = HfApi(endpoint, TOKEN)
    await asyncio.to_thread(api.list_repo_commits, SPACE, repo_type="space")
    yield lambda folder: asyncio.to_thread(api.upload_folder, repo_id=SPACE, repo_type="space", folder_path=folder)


async def measured(work: Callable[[], Awaitable[object]], idle_s: float) -> dict[str, object]:
    """Do something, and tell what it took."""
    idle = await late(asyncio.sleep(idle_s)) if idle_s else None
    before = memory_bytes("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    busy = None
    if idle_s:
        busy = await late(work())
    else:
        await work()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "growth_bytes": memory_bytes("VmHWM") - before,
        "idle": idle,
        "busy": busy,
    }


async def late(work: Awaitable[object]) -> dict[str, float]:
    """Wait for something, and tell how late a tick of the loop was meanwhile."""
    times = array("d")

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            times.append(time.perf_counter() - began - TICK_S)

    ticking = asyncio.ensure_future(tick())
    try:
        await work
    finally:
        ticking.cancel()
    ranked = sorted(times)
    return {
        name: ranked[int(share * (len(ranked) - 1))] for name, share in (("99", 0.99), ("99.9", 0.999), ("worst", 1))
    }


def memory_bytes(name: str) -> int:
    """Read what Linux says of this process: ``VmRSS`` is what it holds in memory, ``VmHWM`` the most it ever held."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


async def main(side: str, endpoint: str, folder: str, idle_s: str = "0") -> None:
    """Measure one upload and print it as JSON."""
    async with {"ours": ours, "theirs": theirs}[side](endpoint) as upload:
        print(json.dumps(await measured(lambda: upload(Path(folder)), float(idle_s))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
