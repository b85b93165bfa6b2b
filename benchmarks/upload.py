"""Uploads: this client and the official one over LFS, side by side.

After each upload the Hub is asked what it has got: it must be every byte, and one commit, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from cases import CASES, Case, Folder, made, problems
from sides import Measured, Measurements, hub, in_turn, one
from transfers import asked, report, runs_of_stalls


def measure(side: str, folder: Folder, options: argparse.Namespace, *, stalls: bool) -> Measured:
    """Upload once and see that it has come.

    Raises:
        SystemExit: It has not.
    """
    with hub("storing_hub.py", options.latency, options.bandwidth) as endpoint:
        measured = one("one_upload.py", side, endpoint, folder.path, stalls=stalls, quick=options.quick)
        with urlopen(f"{endpoint}/counts", timeout=10) as reply:
            wrong = list(problems(folder, json.load(reply)))
    if wrong:
        raise SystemExit(f"{side}: {'; '.join(wrong)}")
    return measured


def measure_case(case: Case, options: argparse.Namespace) -> Measurements:
    """Measure both clients in turn."""
    sides = ["ours", "theirs"] if options.both or options.quick or not case.is_long else ["ours"]
    with TemporaryDirectory(dir=options.folder) as path:
        folder = made(case, Path(path), quick=options.quick)
        return in_turn(
            lambda side, stalls: measure(side, folder, options, stalls=stalls),
            sides,
            1 if case.is_long else options.rounds,
            stalls=runs_of_stalls(options, is_timed=case.is_timed),
        )


def main() -> None:
    """Measure the cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--both", action="store_true", help="the official client too where it takes minutes")
    options = asked(parser, list(CASES))
    for name in options.only:
        report(CASES[name].title(quick=options.quick), name, measure_case(CASES[name], options), options)


if __name__ == "__main__":
    main()
