"""Two clients side by side: each run in a process of its own, as is its Hub, and the medians of all rounds.

Where time is the question, the event loop's stalls are measured in runs of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LATENCY_S = 0.02
BYTES_PER_S = 50e6
IDLE_S = 2.0
LONGEST_S = 900.0

Measured = dict[str, Any]
Measurements = dict[str, list[Measured]]
"""``ours`` and ``theirs`` to their runs."""


@contextmanager
def hub(script: str, *arguments: object) -> Iterator[str]:
    """Serve in another process; give the endpoint."""
    with subprocess.Popen(
        _command(script, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


def one(script: str, side: str, *arguments: object, stalls: bool, quick: bool) -> Measured:
    """Run one client in another process.

    Raises:
        SystemExit: It failed.
    """
    idle_s = (0.1 if quick else IDLE_S) if stalls else 0
    command = _command(script, side, *arguments, idle_s)
    ran = subprocess.run(command, stdout=subprocess.PIPE, timeout=LONGEST_S, check=False)
    if ran.returncode:
        raise SystemExit(f"{side}: {script} failed")
    measured: Measured = json.loads(ran.stdout)
    return measured


def _command(script: str, *arguments: object) -> list[str]:
    return [sys.executable, str(HERE / script), *map(str, arguments)]


def in_turn(
    measure: Callable[[str, bool], Measured], sides: list[str], options: argparse.Namespace, *, is_timed: bool
) -> Measurements:
    """Let the clients take turns.

    Args:
        measure: Runs a client, with or without a look at stalls.
        sides: Which clients.
        options: How often.
        is_timed: Whether stalls are looked at in runs of their own.
    """
    measurements: Measurements = {side: [] for side in sides}
    for _ in range(options.rounds):
        for stalls in (False, True) if is_timed and not options.quick else (True,):
            for side in sides:
                measurements[side].append(measure(side, stalls))
    return measurements


def medians(runs: list[Measured]) -> Measured:
    """Take the medians of runs: those of time where nothing else was measured, if there are such.

    Returns:
        ``seconds``, ``cpu_s``, ``growth_bytes``, and ``stalls`` in seconds: ``99`` and ``99.9`` per cent above an idle
        loop's, and the ``worst`` as it was.
    """
    plain = [run for run in runs if run["busy"] is None] or runs
    figures: Measured = {
        name: statistics.median(run[name] for run in plain) for name in ("seconds", "cpu_s", "growth_bytes")
    }
    stalling = [run for run in runs if run["busy"] is not None]
    figures["stalls"] = {
        name: statistics.median(max(0.0, run["busy"][name] - run["idle"][name]) for run in stalling)
        for name in ("99", "99.9")
    }
    figures["stalls"]["worst"] = statistics.median(run["busy"]["worst"] for run in stalling)
    return figures


def show(title: str, figures: dict[str, Measured]) -> None:
    """Print a line for each client."""
    for side, measured in figures.items():
        stalls = "".join(f"{measured['stalls'][name] * 1000:9.1f}" for name in ("99", "99.9", "worst"))
        ratio = f"{figures['theirs']['seconds'] / measured['seconds']:7.2f}" if "theirs" in figures else f"{'':7}"
        growth = measured["growth_bytes"] / 1e6
        print(f"{title:28}{side:8}{measured['seconds']:8.2f}{ratio}{measured['cpu_s']:8.2f}{growth:9.0f}{stalls}")


def circumstances(options: argparse.Namespace) -> dict[str, object]:
    """Tell what the figures depend on."""
    return {
        "when": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "rounds": options.rounds,
        "latency_s": options.latency,
        "bytes_per_s": options.bandwidth,
        "quick": options.quick,
    }


def write(path: Path, results: dict[str, Measured]) -> None:
    """Write results, beside those of other cases that are there."""
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**before, **results}, indent=1) + "\n")


def report(title: str, name: str, measurements: Measurements, options: argparse.Namespace) -> None:
    """Print a case's figures and, if asked to, write them and all they come from."""
    figures = {side: medians(runs) for side, runs in measurements.items()}
    show(title, figures)
    if options.json:
        result = {"medians": figures, "runs": measurements, "circumstances": circumstances(options)}
        write(options.json, {name: result})


def asked(parser: argparse.ArgumentParser, cases: list[str]) -> argparse.Namespace:
    """Read the command line, and print the head of the table."""
    parser.add_argument("--only", nargs="+", choices=cases, default=cases, help="the cases to measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few and small files: for a look whether it works")
    parser.add_argument("--latency", type=float, default=LATENCY_S, help="seconds that each reply is held back")
    parser.add_argument("--bandwidth", type=float, default=BYTES_PER_S, help="bytes a second of each connection")
    parser.add_argument("--folder", type=Path, help="where files of up to 2 GB are written meanwhile")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.quick:
        options.rounds = 1
    print(
        f"{options.latency * 1000:g} ms latency, {options.bandwidth / 1e6:g} MB/s a connection, {os.cpu_count()} cores"
    )
    print(f"{'':36}{'seconds':>8}{'ratio':>7}{'CPU s':>8}{'grown MB':>9}{'99% ms':>9}{'99.9%':>9}{'worst':>9}")
    return options
