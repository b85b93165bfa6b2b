"""The demo, run as its reader would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "docs" / "examples" / "deploy.py"

STEPS = [
    "whoami",
    "create_repo",
    "upload_folder",
    "add_space_secret",
    "add_space_variable",
    "wait_for_space",
    "request_space_hardware",
    "wait_for_hardware",
    "set_space_sleep_time",
    "pause_space",
    "restart_space",
    "wait_for_space",
    "request_space_storage",
    "duplicate_space",
    "delete_repo",
    "delete_repo",
]


def test_the_demo_shows_the_whole_life_of_a_space() -> None:
    """It prints every step, the stages in between, and a closing table, and needs no account."""
    done = subprocess.run([sys.executable, "-W", "error", str(DEMO)], capture_output=True, text=True, timeout=50)
    assert ("", 0) == (done.stderr, done.returncode)
    story, _, table = done.stdout.partition("\nstep ")
    assert STEPS == [line[44:70].strip() for line in table.splitlines()[1:-1]]
    for stage in (
        "BUILDING",
        "APP_STARTING",
        "RUNNING on cpu-basic",
        "RUNNING on t4-medium",
        "PAUSED",
        "storage: small",
    ):
        assert stage in story
