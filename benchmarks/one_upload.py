"""One upload in a process of its own: `one_upload.py ours|theirs ENDPOINT FOLDER [IDLE_S]`.

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
from collections.abc import Awaitable, Callable
from pathlib import Path

TOKEN = "hf_benchmark"
SPACE = "me/app"
TICK_S = 0.001

Upload = Callable[[str, Path], Awaitable[object]]
"""Uploads a folder to an endpoint, from a coroutine."""


def ours() -> Upload:
    """Give this client's way, imported."""
    from aiohfspaces import AsyncSpacesClient

    async def upload(endpoint: str, folder: Path) -> None:
        async with AsyncSpacesClient(TOKEN, endpoint=endpoint) as client:
            await client.upload_folder(repo_id=SPACE, folder_path=folder)

    return upload


def theirs() -> Upload:
    """Give the official client's way, imported, over LFS and in a thread as its users are told to await it."""
    os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    from huggingface_hub import HfApi

    def upload(endpoint: str, folder: Path) -> None:
        HfApi(endpoint, TOKEN).upload_folder(repo_id=SPACE, repo_type="space", folder_path=folder)

    return lambda endpoint, folder: asyncio.to_thread(upload, endpoint, folder)


async def measured(upload: Upload, endpoint: str, folder: Path, idle_s: float) -> dict[str, object]:
    """Upload, and tell what it took."""
    idle = await late(asyncio.sleep(idle_s)) if idle_s else None
    before = memory_bytes("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    busy = None
    if idle_s:
        busy = await late(upload(endpoint, folder))
    else:
        await upload(endpoint, folder)
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


def main(side: str, endpoint: str, folder: str, idle_s: str = "0") -> None:
    """Measure one upload and print it as JSON."""
    upload = {"ours": ours, "theirs": theirs}[side]()
    print(json.dumps(asyncio.run(measured(upload, endpoint, Path(folder), float(idle_s)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
