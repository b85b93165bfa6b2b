"""Files sent or fetched by both clients, side by side: what the benchmarks of uploads and downloads have in common."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import sides
from sides import Measurements, result, write
from tables import TRANSFER_HEAD, transfers

LATENCY_S = 0.02
BYTES_PER_S = 50e6


def asked(parser: argparse.ArgumentParser, cases: list[str]) -> argparse.Namespace:
    """Read the command line, and print the head of the table."""
    parser.add_argument("--only", nargs="+", choices=cases, default=cases, help="the cases to measure")
    parser.add_argument("--latency", type=float, default=LATENCY_S, help="seconds that each reply is held back")
    parser.add_argument("--bandwidth", type=float, default=BYTES_PER_S, help="bytes a second of each connection")
    parser.add_argument("--folder", type=Path, help="where files of up to 2 GB are written meanwhile")
    options = sides.asked(parser, rounds=3)
    latency_ms, megabytes = options.latency * 1000, options.bandwidth / 1e6
    print(f"{latency_ms:g} ms latency, {megabytes:g} MB/s a connection, {os.cpu_count()} cores\n")
    print(*TRANSFER_HEAD, sep="\n")
    return options


def runs_of_stalls(options: argparse.Namespace, *, is_timed: bool) -> tuple[bool, ...]:
    """Tell which runs a round has: where time is the question, stalls are looked at in a run of their own."""
    return (False, True) if is_timed and not options.quick else (True,)


def report(title: str, name: str, measurements: Measurements, options: argparse.Namespace) -> None:
    """Print a case's figures and, if asked to, write them and all they come from."""
    figures = result(measurements, options)
    print(*transfers(title, figures["medians"]), sep="\n", flush=True)
    if options.json:
        write(options.json, {name: figures})
