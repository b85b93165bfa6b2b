"""Downloads: this client and the official one over plain HTTP, side by side.

After each download the files are read: every byte must be there, or the benchmark fails.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from served import CASES, served
from sides import Measured, hub, in_turn, one
from transfers import asked, report, runs_of_stalls


def measure(side: str, name: str, options: argparse.Namespace, *, stalls: bool) -> Measured:
    """Download once into an empty cache, and see that it has come.

    Raises:
        SystemExit: It has not.
    """
    size = ["quick"] if options.quick else []
    with (
        TemporaryDirectory(dir=options.folder) as cache,
        hub("serving_hub.py", options.latency, options.bandwidth, name, *size) as endpoint,
    ):
        measured = one("one_download.py", side, endpoint, cache, stalls=stalls, quick=options.quick)
        folder = Path(measured.pop("folder"))
        wrong = [file.path for file in served(name, quick=options.quick) if not file.is_in(folder)]
    if wrong:
        raise SystemExit(f"{side}: {len(wrong)} files are not what they were, first {wrong[0]}")
    return measured


def main() -> None:
    """Measure the cases and print a table."""
    options = asked(argparse.ArgumentParser(description=__doc__), list(CASES))
    stalls = runs_of_stalls(options, is_timed=True)
    for name in options.only:

        def measure_one(side: str, stalls: bool, name: str = name) -> Measured:
            return measure(side, name, options, stalls=stalls)

        measurements = in_turn(measure_one, ["ours", "theirs"], options.rounds, stalls=stalls)
        report(CASES[name].title(quick=options.quick), name, measurements, options)


if __name__ == "__main__":
    main()
