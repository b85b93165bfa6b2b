"""Runtimes read in several ways, side by side: what the benchmarks of calls have in common."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from sides import Measured, Measurements, asked, hub, in_turn, one, result, write
from tables import shown

MANY_CALLS = 1_000_000


class Reading(NamedTuple):
    """What is read, and from which Hub.

    Attributes:
        spaces: How many there are, and are read.
        latency_s: How long each reply is held back.
        quota: How many calls a window allows.
        window_s: How long it is.
        rest_s: How long each client rests before.
    """

    spaces: int
    latency_s: float = 0.0
    quota: int = MANY_CALLS
    window_s: float = 300.0
    rest_s: float = 0.0


def options_of(said: str | None, *, count: int, quick: int, rounds: int, latency_s: float = 0.0) -> argparse.Namespace:
    """Read the command line of a benchmark that reads `count` runtimes, or `quick` if it is asked to be."""
    parser = argparse.ArgumentParser(description=said)
    parser.add_argument("--count", type=int, default=count, help="how many runtimes are read")
    parser.add_argument("--latency", type=float, default=latency_s, help="seconds that each reply is held back")
    options = asked(parser, rounds=rounds)
    if options.quick:
        options.count = min(quick, options.count)
    return options


def read_in_turn(
    ways: list[str], reading: Reading, options: argparse.Namespace, *, stalls: tuple[bool, ...]
) -> Measurements:
    """Let the ways take turns, each with a Hub of its own."""

    def measure(way: str, looked: bool) -> Measured:
        with hub("fast_hub.c", reading.latency_s, reading.quota, reading.window_s, reading.spaces) as endpoint:
            return one(
                "one_reading.py", way, endpoint, reading.spaces, reading.rest_s, stalls=looked, quick=options.quick
            )

    return in_turn(measure, ways, options.rounds, stalls=stalls)


def require_all(measurements: Measurements, count: int) -> None:
    """See that each way has read all.

    Raises:
        SystemExit: It has not.
    """
    for way, runs in measurements.items():
        for run in runs:
            if run["read"] != count:
                raise SystemExit(f"{way}: {run['read']} of {count} Spaces were read")


def report(name: str, measurements: Measurements, options: argparse.Namespace) -> None:
    """Print a benchmark's tables and, if asked to, write the figures."""
    figures = {name: result(measurements, options)}
    print(*shown(name, figures), sep="\n")
    if options.json:
        write(options.json, figures)
