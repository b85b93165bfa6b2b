"""Small calls: this client over lanes, over httpx's own pool, and the official client in threads.

Each way reads one Space's runtime `--calls` times. The rounds alternate, so that whatever else the
machine does meets all of them; the medians are printed, with the processor time of one call.
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
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient

TOKEN = "hf_benchmark"
SPACE = "me/app"

Way = Callable[[str, int], None]


@contextmanager
def canned_hub(latency_s: float) -> Iterator[str]:
    """Serve in another process; give the endpoint."""
    command = [sys.executable, str(Path(__file__).parent / "canned_hub.py"), str(latency_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.communicate(timeout=10)


async def crowd(call: Callable[[], Awaitable[object]], calls: int, in_flight: int) -> None:
    """Make so many calls, so many at a time."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await call()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(work())


def ours(in_flight: int) -> Way:
    """Our client, over lanes."""

    async def run(endpoint: str, calls: int) -> None:
        async with AsyncSpacesClient(TOKEN, endpoint=endpoint, max_connections=in_flight) as client:
            await crowd(lambda: client.get_space_runtime(SPACE), calls, in_flight)

    return lambda endpoint, calls: asyncio.run(run(endpoint, calls))


def over_httpx_pool(in_flight: int) -> Way:
    """Our client, over the pool that httpx comes with."""

    async def run(endpoint: str, calls: int) -> None:
        limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
        async with (
            httpx.AsyncClient(limits=limits) as injected,
            AsyncSpacesClient(TOKEN, endpoint=endpoint, http_client=injected) as client,
        ):
            await crowd(lambda: client.get_space_runtime(SPACE), calls, in_flight)

    return lambda endpoint, calls: asyncio.run(run(endpoint, calls))


def official_in_threads(in_flight: int) -> Way:
    """The official client, in so many threads."""

    def run(endpoint: str, calls: int) -> None:
        api = HfApi(endpoint=endpoint, token=TOKEN)
        with ThreadPoolExecutor(in_flight) as threads:
            list(threads.map(lambda _: api.get_space_runtime(SPACE), range(calls)))

    return run


def official_to_thread(in_flight: int) -> Way:
    """The official client, as its users are told to await it."""

    async def run(endpoint: str, calls: int) -> None:
        api = HfApi(endpoint=endpoint, token=TOKEN)
        await crowd(lambda: asyncio.to_thread(api.get_space_runtime, SPACE), calls, in_flight)

    return lambda endpoint, calls: asyncio.run(run(endpoint, calls))


WAYS: dict[str, Way] = {
    "aiohfspaces, 8 in flight": ours(8),
    "aiohfspaces, 32 in flight": ours(32),
    "aiohfspaces, 200 in flight": ours(200),
    "aiohfspaces over httpx's pool, 32 in flight": over_httpx_pool(32),
    "HfApi in 32 threads": official_in_threads(32),
    "asyncio.to_thread(HfApi), 32 in flight": official_to_thread(32),
}


def measure(way: Way, endpoint: str, calls: int) -> tuple[float, float]:
    """Tell calls a second, and milliseconds of processor time a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    way(endpoint, calls)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return calls / wall, cpu / calls * 1000


def main() -> None:
    """Measure all ways and print a table; with ``--json FILE`` also write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each reply is held back")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with canned_hub(options.latency) as endpoint:
        for _ in range(options.rounds):
            for name, way in WAYS.items():
                figures[name].append(measure(way, endpoint, options.calls))
    medians = {
        name: tuple(statistics.median(column) for column in zip(*rounds, strict=True))
        for name, rounds in figures.items()
    }
    print(
        f"{options.calls} calls, {options.rounds} rounds, {options.latency * 1000:g} ms latency, {os.cpu_count()} cores"
    )
    print(f"{'':46}{'calls/s':>10}{'CPU ms/call':>13}{'ratio':>8}")
    baseline = medians["HfApi in 32 threads"][0]
    for name, (rate, cpu) in medians.items():
        print(f"{name:46}{rate:10.0f}{cpu:13.2f}{rate / baseline:8.2f}")
    if options.json:
        options.json.write_text(json.dumps(medians, indent=2))


if __name__ == "__main__":
    main()
