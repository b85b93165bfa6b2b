"""Importing: how long until a client can be made, and until one is, beside httpx with anyio and the official client.

Each import has a process of its own, and they take turns. One round before the first is not measured, so that all
bytecode is there. What httpx takes depends on what else is installed: with click and rich it imports its command line.
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
from pathlib import Path

BASELINE = "httpx and anyio"
IMPORTS = {
    BASELINE: "import httpx, anyio",
    "aiohfspaces": "from aiohfspaces import AsyncSpacesClient",
    "huggingface_hub": "from huggingface_hub import HfApi",
    "httpx and anyio, a client made": "import httpx, anyio; httpx.AsyncClient()",
    "aiohfspaces, a client made": "from aiohfspaces import AsyncSpacesClient; AsyncSpacesClient()",
    "huggingface_hub, a client made": "from huggingface_hub import HfApi; HfApi()",
}
TIMED = """
import time
began = time.perf_counter()
{statement}
print(time.perf_counter() - began)
"""


def seconds_of(statement: str) -> float:
    """Run a statement in a fresh interpreter, and tell how long it took."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-P", "-c", TIMED.format(statement=statement)]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return float(ran.stdout)


def main() -> None:
    """Measure all imports and print a table; with ``--json FILE`` also write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--quick", action="store_true", help="three rounds: for a look whether it works")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rounds = 3 if options.quick else options.rounds
    runs: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(rounds + 1):
        for name, statement in IMPORTS.items():
            runs[name].append(seconds_of(statement))
    medians = {name: statistics.median(measured[1:]) for name, measured in runs.items()}
    print(f"{rounds} rounds, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'':34}{'ms':>8}{'ratio':>8}")
    for name, median in medians.items():
        print(f"{name:34}{median * 1000:8.1f}{median / medians[BASELINE]:8.2f}")
    if options.json:
        circumstances = {"when": time.strftime("%Y-%m-%d"), "python": platform.python_version(), "rounds": rounds}
        figures = {"medians": medians, "runs": runs, "circumstances": circumstances}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
