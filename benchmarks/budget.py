"""The rate budget: calls against windows that are too small for them, with a Hub that counts in another process.

All calls are made as one `bulk`, so many at a time. In the end the Hub is asked how many it has refused. "What the
windows allow" is the least: the turns of the window that have to be waited for, since the last may be used at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from math import ceil
from pathlib import Path
from typing import Any

SPACE = "me/app"


def serve(quota: int, window_s: float) -> None:
    """Serve until a line comes, then tell how many calls were answered how."""
    from aiohfspaces import AsyncSpacesClient
    from aiohfspaces.localhub import LocalHub

    async def create(endpoint: str, token: str) -> None:
        async with AsyncSpacesClient(token, endpoint=endpoint) as client:
            await client.create_repo(SPACE, space_sdk="static")

    with LocalHub(rate_limit=(quota, window_s)) as hub:
        asyncio.run(create(hub.url, hub.token))
        print(json.dumps([hub.url, hub.token]), flush=True)
        sys.stdin.readline()
        asked = [request for request in hub.requests if "/runtime" in request.path]
        print(json.dumps([sum(each.status == status for each in asked) for status in (200, 429)]), flush=True)


async def call(endpoint: str, token: str, calls: int, in_flight: int) -> dict[str, Any]:
    """Make the calls, and tell how long it took and what failed."""
    from aiohfspaces import AsyncSpacesClient, SpaceRuntime

    async with AsyncSpacesClient(token, endpoint=endpoint) as client:

        async def look(repo_id: str) -> SpaceRuntime:
            return await client.get_space_runtime(SPACE)

        cpu, began = time.process_time(), time.perf_counter()
        report = await client.bulk(look, [f"me/app{number}" for number in range(calls)], max_concurrency=in_flight)
        seconds = time.perf_counter() - began
        return {
            "seconds": seconds,
            "cpu_ms_per_call": (time.process_time() - cpu) / calls * 1000,
            "succeeded": len(report.succeeded),
            "failed": len(report.failed),
            "repeated": sum(outcome.attempts - 1 for outcome in report.outcomes.values()),
        }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Make the calls with a Hub beside them."""
    quota, window_s = options.quota, options.window
    command = [sys.executable, __file__, "--part", "hub", "--quota", str(quota), "--window", str(window_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdin is not None
        assert hub.stdout is not None
        try:
            endpoint, token = json.loads(hub.stdout.readline())
            time.sleep(window_s)  # the one call that made the Space is of a window that is over then
            found = asyncio.run(call(endpoint, token, options.calls, options.in_flight))
            print(file=hub.stdin, flush=True)
            answered, refused = json.loads(hub.stdout.readline())
        finally:
            hub.kill()
    allowed_s = (ceil(options.calls / quota) - 1) * window_s
    return {
        **found,
        "answered": answered,
        "refused": refused,
        "allowed_seconds": allowed_s,
        "ratio": found["seconds"] / allowed_s if allowed_s else None,
    }


def main() -> None:
    """Measure, print it, and fail where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--quota", type=int, default=250, help="calls of a window")
    parser.add_argument("--window", type=float, default=3.0, help="its seconds")
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", choices=["hub"], help="what the Hub's process is started with")
    options = parser.parse_args()
    if options.part == "hub":
        serve(options.quota, options.window)
        return
    figures = measure(options)
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    if figures["succeeded"] != options.calls or figures["refused"] > options.in_flight:
        raise SystemExit("not all calls came through, or more were refused than were under way")


if __name__ == "__main__":
    main()
