"""Clients side by side: each run in a process of its own, as is its Hub, and the medians of all rounds."""

from __future__ import annotations

import argparse
import atexit
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
IDLE_S = 2.0
LONGEST_S = 900.0
PACKAGES = ("huggingface_hub", "httpx", "httpx2", "aiohttp")

Measured = dict[str, Any]
Measurements = dict[str, list[Measured]]
"""The name of each side to its runs."""


@contextmanager
def hub(source: str, *arguments: object) -> Iterator[str]:
    """Serve in another process, by a Python script or a C program; give the endpoint."""
    program = [str(compiled(HERE / source))] if source.endswith(".c") else [sys.executable, str(HERE / source)]
    command = [*program, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


@cache
def compiled(source: Path) -> Path:
    """Compile a C program into a folder that goes when this process ends.

    Raises:
        SystemExit: There is no C compiler, or it does not like the program.
    """
    compiler = os.environ.get("CC", "cc")
    if shutil.which(compiler) is None:
        raise SystemExit(f"{source.name} needs a C compiler: {compiler} was not found (Debian: apt-get install gcc)")
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    program = Path(folder.name, source.stem)
    if subprocess.run([compiler, "-O2", "-Wall", "-o", program, source], check=False).returncode:
        raise SystemExit(f"{compiler} could not compile {source.name}")
    return program


def one(script: str, side: str, *arguments: object, stalls: bool, quick: bool) -> Measured:
    """Run one client in another process.

    Raises:
        SystemExit: It failed.
    """
    idle_s = (0.1 if quick else IDLE_S) if stalls else 0
    command = [sys.executable, str(HERE / script), side, *map(str, arguments), str(idle_s)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, timeout=LONGEST_S, check=False)
    if ran.returncode:
        raise SystemExit(f"{side}: {script} failed")
    measured: Measured = json.loads(ran.stdout)
    return measured


def in_turn(
    measure: Callable[[str, bool], Measured], sides: list[str], rounds: int, *, stalls: tuple[bool, ...]
) -> Measurements:
    """Let the clients take turns.

    Args:
        measure: Runs a client, with or without a look at stalls.
        sides: Which clients.
        rounds: How often.
        stalls: The runs of a round: both ways where time is the question, since looking at stalls takes time.
    """
    measurements: Measurements = {side: [] for side in sides}
    for _ in range(rounds):
        for looked in stalls:
            for side in sides:
                measurements[side].append(measure(side, looked))
    return measurements


def medians(runs: list[Measured]) -> Measured:
    """Take the medians of runs: those of time where nothing else was measured, if there are such.

    Returns:
        That of each number, ``seconds_between``, the least and the most, and, if they were looked at, ``stalls`` in
        seconds: ``99`` and ``99.9`` per cent above an idle loop's, and the ``worst`` as it was.
    """
    plain = [run for run in runs if run["busy"] is None] or runs
    names = [name for name, value in plain[0].items() if isinstance(value, int | float)]
    figures: Measured = {name: statistics.median(run[name] for run in plain) for name in names}
    seconds = [run["seconds"] for run in plain]
    figures["seconds_between"] = [min(seconds), max(seconds)]
    stalling = [run for run in runs if run["busy"] is not None]
    if not stalling:
        return figures
    figures["stalls"] = {
        name: statistics.median(max(0.0, run["busy"][name] - run["idle"][name]) for run in stalling)
        for name in ("99", "99.9")
    }
    figures["stalls"]["worst"] = statistics.median(run["busy"]["worst"] for run in stalling)
    return figures


def asked(parser: argparse.ArgumentParser, *, rounds: int) -> argparse.Namespace:
    """Read the command line, with what all benchmarks are asked besides, and note how busy the machine is."""
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--quick", action="store_true", help="few and small: for a look whether it works")
    parser.add_argument("--json", type=Path, help="where the figures, and all they come from, are written")
    options = parser.parse_args(namespace=argparse.Namespace(load=os.getloadavg()[0]))
    if options.quick:
        options.rounds = 1
    return options


def result(measurements: Measurements, options: argparse.Namespace) -> Measured:
    """Put together the medians, the runs, and what they depend on."""
    return {
        "medians": {side: medians(runs) for side, runs in measurements.items()},
        "runs": measurements,
        "circumstances": {
            "when": time.strftime("%Y-%m-%d"),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "packages": {package: version(package) for package in PACKAGES},
            **{name: value for name, value in vars(options).items() if isinstance(value, int | float)},
        },
    }


def write(path: Path, results: dict[str, Measured]) -> None:
    """Write results, beside those of other cases that are there."""
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**before, **results}, indent=1) + "\n")
