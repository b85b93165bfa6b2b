"""Serve a Hub on loopback from a shell, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from aiohfspaces.localhub.hub import LocalHub


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m aiohfspaces.localhub", description=__doc__)
    parser.add_argument("--port", type=int, default=7861, help="the port on loopback; 0 for any (default: 7861)")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep everything there, for the next time")
    parser.add_argument("--user", default="me", help="who the token belongs to (default: me)")
    parser.add_argument(
        "--stage-seconds", type=float, default=2.0, help="how long each passing stage of a Space lasts (default: 2)"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each request waits")
    parser.add_argument("--rate-limit", type=int, help="calls that an account may make in 5 minutes")
    parser.add_argument(
        "--no-persistent-storage",
        dest="persistent_storage",
        action="store_false",
        help="refuse storage tiers, as the Hub does today",
    )
    parser.add_argument("--xet", action="store_true", help="have Xet storage, for clients of this machine (extra xet)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; returns the exit status."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    chosen = vars(parse_arguments(arguments))
    try:
        with LocalHub(**chosen) as hub:
            print(f"export HF_ENDPOINT={hub.url}")
            print(f"export HF_TOKEN={hub.token}")
            if others := [name for name in hub.users if name != chosen["user"]]:
                print(f"# Also at home here, with repositories of their own: {', '.join(others)} (each by --user)")
            print("# A Hub on loopback; stop it with Ctrl-C.", flush=True)
            asked.wait()
    except (OSError, ValueError) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
