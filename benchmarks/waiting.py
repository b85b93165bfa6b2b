"""Many waits at once, in one process: what they hold in memory, how late they make the event loop, what they ask.

The Hub has another process. Each Space there is on its way to a T4 for a while, and lands a little after the one
before. All that waited must have landed, or the benchmark fails. How late the loop was includes what other processes
took from this one; how long it was held is processor time, and its own doing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import memory_bytes, stalls_of

if TYPE_CHECKING:
    from aiohfspaces import AsyncSpacesClient, SpaceRuntime

IDLE_S = 2.0
SPREAD_S = 5.0
LONGEST_S = 900.0
FLAVOR = "t4-small"


def serve(count: int, building_s: float) -> None:
    """Serve Spaces; they begin to move when a line comes, and tell what was asked when another does."""
    from aiohfspaces import AsyncSpacesClient
    from aiohfspaces.localhub import LocalHub, Scene

    async def create(endpoint: str, token: str) -> None:
        async with AsyncSpacesClient(token, endpoint=endpoint) as client:
            for number in range(count):
                await client.create_repo(f"me/app{number}", space_sdk="gradio", space_hardware=FLAVOR)

    with LocalHub() as hub:
        asyncio.run(create(hub.url, hub.token))
        before = len(hub.requests)
        print(json.dumps([hub.url, hub.token]), flush=True)
        sys.stdin.readline()
        for number in range(count):
            building = Scene("RUNNING_BUILDING", seconds=building_s + SPREAD_S * number / count, hardware="cpu-basic")
            hub.script(f"me/app{number}", [building, Scene("RUNNING", hardware=FLAVOR)])
        print(flush=True)
        sys.stdin.readline()
        print(len(hub.requests) - before, flush=True)


async def wait(endpoint: str, token: str, count: int) -> dict[str, object]:
    """Wait for all of them, and tell what it took."""
    from aiohfspaces import AsyncSpacesClient

    landed: list[SpaceRuntime] = []
    tasks = 0

    async def wait_for_all(client: AsyncSpacesClient) -> None:
        nonlocal tasks
        async with asyncio.TaskGroup() as group:
            waits = [client.wait_for_hardware(f"me/app{number}", FLAVOR) for number in range(count)]
            waiting = [group.create_task(one) for one in waits]
            await asyncio.sleep(IDLE_S)
            tasks = len(asyncio.all_tasks())
        landed.extend(task.result() for task in waiting)

    idle = await stalls_of(asyncio.sleep(IDLE_S))
    before, cpu, began = memory_bytes("VmRSS"), time.process_time(), time.perf_counter()
    async with AsyncSpacesClient(token, endpoint=endpoint) as client:
        busy = await stalls_of(wait_for_all(client))
    if any((one.stage, one.hardware) != ("RUNNING", FLAVOR) for one in landed) or len(landed) != count:
        raise SystemExit("not all have landed")
    return {
        "seconds": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "held_bytes": memory_bytes("VmHWM"),
        "growth_bytes": memory_bytes("VmHWM") - before,
        "tasks": tasks,
        "idle": idle,
        "busy": busy,
    }


def measure(count: int, building_s: float) -> dict[str, object]:
    """Wait once, with a Hub beside it."""
    command = [sys.executable, __file__, "--count", str(count), "--seconds", str(building_s)]
    hub_command = [*command, "--part", "hub"]
    with subprocess.Popen(hub_command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdin is not None
        assert hub.stdout is not None
        told: Callable[[], str] = hub.stdout.readline
        try:
            endpoint, token = json.loads(told())
            print(file=hub.stdin, flush=True)
            told()
            waiter = [*command, "--part", "wait", "--hub", endpoint, token]
            ran = subprocess.run(waiter, stdout=subprocess.PIPE, timeout=LONGEST_S, check=False)
            if ran.returncode:
                raise SystemExit("the waits failed")
            print(file=hub.stdin, flush=True)
            measured: dict[str, object] = {**json.loads(ran.stdout), "calls": int(told())}
            return measured
        finally:
            hub.kill()


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many Spaces are waited for")
    parser.add_argument("--seconds", type=float, default=30, help="how long the first is on its way")
    parser.add_argument("--quick", action="store_true", help="few, and soon: for a look whether it works")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--part", choices=["hub", "wait"], help="what the processes are started with")
    parser.add_argument("--hub", nargs=2, help="endpoint and token")
    options = parser.parse_args()
    if options.quick:
        options.count, options.seconds = 20, 1
    if options.part == "hub":
        serve(options.count, options.seconds)
    elif options.part == "wait":
        print(json.dumps(asyncio.run(wait(options.hub[0], options.hub[1], options.count))))
    else:
        figures = json.dumps(measure(options.count, options.seconds), indent=1)
        print(figures)
        if options.json:
            options.json.write_text(figures + "\n")


if __name__ == "__main__":
    main()
