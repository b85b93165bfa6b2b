"""The demos, run as their reader would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

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


def told_by(demo: str) -> str:
    """Run a demo to its good end, and return what it has printed."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / demo)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=55)
    assert ("", 0) == (done.stderr, done.returncode), done.stdout
    return done.stdout


def test_the_demo_shows_the_whole_life_of_a_space() -> None:
    """It prints every step, the stages in between, and a closing table, and needs no account."""
    story, _, table = told_by("deploy.py").partition("\nstep ")
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


def test_the_training_space_loses_no_task() -> None:
    """Killed amid a task it goes on with it; it is on the T4 as long as there is something to do, and no longer."""
    story, _, rest = told_by("training_demo.py").partition("\ntasks.csv\n")
    tasks, _, processes = rest.partition("\n\n")
    begun = re.findall(r"app (\d) +training: base-model, (concept-\d), (\d+) epochs, begun at (\S+)", story)
    (first, *facts), (second, *others), last = begun
    assert ("2", "concept-1", "1000000000") == (first, *facts[:2])
    assert ("3", "concept-1", "2000", facts[-1]) == (second, *others)
    assert ("3", "concept-2") == last[:2]
    row = r"base-model,concept-%d,DONE,me/trainer,\S+Z"
    assert re.fullmatch(rf"{row % 1}\n{row % 2}", tasks)
    assert 2 == len(re.findall(r"(?m)^base-model-concept-\d-\S+\.json: .* loss 0\.000", processes))
    ends = re.findall(r"(?m)^app (\d) +(\S+) +(.*)$", processes)
    assert [("1", "cpu-basic"), ("2", "t4-medium"), ("3", "t4-medium"), ("4", "cpu-basic")] == [
        (number, hardware) for number, hardware, _ in ends
    ]
    assert ["killed", "killed", "killed"] == [end for number, _, end in ends if number != "3"]
    assert ends[2][2] in ("ended by itself, with 0", "killed")
