"""What it takes to see what a thousand Spaces of one owner run on, once: requests, seconds, processor time.

`watch_spaces` reads the listing; the official client, which has no such thing, asks for each Space, in threads or by
`asyncio.to_thread`. The Hub is another process. All that was seen is counted, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import HfApi
from measuring import TOKEN

from aiohfspaces import AsyncSpacesClient

IN_FLIGHT = 32

Ids = list[str]
Way = Callable[[str, Ids], int]
Asked = Callable[[], int]


@contextmanager
def listing_hub(latency_s: float, count: int) -> Iterator[tuple[str, Asked]]:
    """Serve in another process; give the endpoint, and what tells how many requests it has answered."""
    command = [sys.executable, str(Path(__file__).parent / "listing_hub.py"), str(latency_s), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        requests, replies = server.stdin, server.stdout

        def asked() -> int:
            print(file=requests, flush=True)
            return int(replies.readline())

        yield f"http://127.0.0.1:{replies.readline().strip()}", asked
        server.communicate(timeout=10)


def watched(endpoint: str, ids: Ids) -> int:
    """Our client, by the listing."""

    async def run() -> int:
        async with (
            AsyncSpacesClient(TOKEN, endpoint=endpoint) as client,
            client.watch_spaces(ids) as changes,
        ):
            return len({(await anext(changes))[0] for _ in ids})

    return asyncio.run(run())


def in_threads(endpoint: str, ids: Ids) -> int:
    """The official client, in threads."""
    api = HfApi(endpoint=endpoint, token=TOKEN)
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return len(list(threads.map(api.get_space_runtime, ids)))


def to_thread(endpoint: str, ids: Ids) -> int:
    """The official client, as its users are told to await it."""

    async def run() -> int:
        api = HfApi(endpoint=endpoint, token=TOKEN)
        left, seen = iter(ids), []

        async def work() -> None:
            for repo_id in left:
                seen.append(await asyncio.to_thread(api.get_space_runtime, repo_id))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(IN_FLIGHT):
                tasks.create_task(work())
        return len(seen)

    return asyncio.run(run())


WAYS: dict[str, Way] = {
    "aiohfspaces, watch_spaces": watched,
    f"HfApi in {IN_FLIGHT} threads": in_threads,
    f"asyncio.to_thread(HfApi), {IN_FLIGHT} in flight": to_thread,
}


def measure(way: Way, endpoint: str, ids: Ids, asked: Asked) -> tuple[float, float, float]:
    """Tell requests, seconds, and processor seconds of this process."""
    before, cpu, wall = asked(), time.process_time(), time.perf_counter()
    seen = way(endpoint, ids)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if seen != len(ids):
        raise SystemExit(f"{seen} of {len(ids)} Spaces were seen")
    return asked() - before, wall, cpu


def main() -> None:
    """Measure all ways in turn and print a table of medians; with ``--json FILE`` also write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many Spaces there are")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that each reply is held back")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ids = [f"me/app{number}" for number in range(options.count)]
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in WAYS}
    with listing_hub(options.latency, options.count) as (endpoint, asked):
        for _ in range(options.rounds):
            for name, way in WAYS.items():
                figures[name].append(measure(way, endpoint, ids, asked))
    medians = {
        name: tuple(statistics.median(column) for column in zip(*rounds, strict=True))
        for name, rounds in figures.items()
    }
    latency_ms = options.latency * 1000
    print(f"{options.count} Spaces, {options.rounds} rounds, {latency_ms:g} ms latency, {os.cpu_count()} cores")
    print(f"{'':46}{'requests':>10}{'seconds':>10}{'CPU s':>10}")
    for name, (requests, seconds, cpu) in medians.items():
        print(f"{name:46}{requests:10.0f}{seconds:10.2f}{cpu:10.3f}")
    if options.json:
        options.json.write_text(json.dumps(medians, indent=2))


if __name__ == "__main__":
    main()
