"""Uploads: this client and the official one over LFS, side by side.

Each upload has a process of its own, and so has its Hub; the two clients take turns, and the medians of all rounds
count. Where time is the question, the event loop's stalls are measured in uploads of their own. After each upload
the Hub is asked what it has got: it must be every byte, and one commit, or the benchmark fails.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from cases import CASES, Case, Folder, made, problems

HERE = Path(__file__).parent
LATENCY_S = 0.02
BYTES_PER_S = 50e6
IDLE_S = 2.0
LONGEST_S = 900.0

Measured = dict[str, Any]
Measurements = dict[str, list[Measured]]
"""``ours`` and ``theirs`` to their uploads."""


@contextmanager
def storing_hub(latency_s: float, bytes_per_s: float) -> Iterator[str]:
    """Serve in another process; give the endpoint."""
    command = [sys.executable, str(HERE / "storing_hub.py"), str(latency_s), str(bytes_per_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


def measure(side: str, folder: Folder, options: argparse.Namespace, *, stalls: bool) -> Measured:
    """Upload once and see that it has come.

    Raises:
        SystemExit: It has not.
    """
    with storing_hub(options.latency, options.bandwidth) as endpoint:
        idle_s = (0.1 if options.quick else IDLE_S) if stalls else 0
        command = [sys.executable, str(HERE / "one_upload.py"), side, endpoint, str(folder.path), str(idle_s)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, timeout=LONGEST_S, check=False)
        if ran.returncode:
            raise SystemExit(f"{side}: the upload failed")
        with urlopen(f"{endpoint}/counts", timeout=10) as reply:
            wrong = list(problems(folder, json.load(reply)))
    if wrong:
        raise SystemExit(f"{side}: {'; '.join(wrong)}")
    measured: Measured = json.loads(ran.stdout)
    return measured


def measure_case(case: Case, options: argparse.Namespace) -> Measurements:
    """Measure both clients in turn."""
    sides = ["ours", "theirs"] if options.both or options.quick or not case.is_long else ["ours"]
    measurements: Measurements = {side: [] for side in sides}
    with TemporaryDirectory(dir=options.folder) as path:
        folder = made(case, Path(path), quick=options.quick)
        for _ in range(options.rounds):
            for stalls in (False, True) if case.is_timed and not options.quick else (True,):
                for side in sides:
                    measurements[side].append(measure(side, folder, options, stalls=stalls))
    return measurements


def medians(uploads: list[Measured]) -> Measured:
    """Take the medians of uploads: those of time where nothing else was measured, if there are such.

    Returns:
        ``seconds``, ``cpu_s``, ``growth_bytes``, and ``stalls`` in seconds: ``99`` and ``99.9`` per cent above an idle
        loop's, and the ``worst`` as it was.
    """
    plain = [upload for upload in uploads if upload["busy"] is None] or uploads
    figures: Measured = {
        name: statistics.median(upload[name] for upload in plain) for name in ("seconds", "cpu_s", "growth_bytes")
    }
    stalling = [upload for upload in uploads if upload["busy"] is not None]
    figures["stalls"] = {
        name: statistics.median(max(0.0, upload["busy"][name] - upload["idle"][name]) for upload in stalling)
        for name in ("99", "99.9")
    }
    figures["stalls"]["worst"] = statistics.median(upload["busy"]["worst"] for upload in stalling)
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


def main() -> None:
    """Measure the cases and print a table; with ``--json FILE`` also write the figures, and all they come from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), help="the cases to measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few and small files: for a look whether it works")
    parser.add_argument("--both", action="store_true", help="the official client too where it takes minutes")
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
    for name in options.only:
        measurements = measure_case(CASES[name], options)
        figures = {side: medians(uploads) for side, uploads in measurements.items()}
        show(CASES[name].title(quick=options.quick), figures)
        if options.json:
            result = {"medians": figures, "uploads": measurements, "circumstances": circumstances(options)}
            write(options.json, {name: result})


if __name__ == "__main__":
    main()
