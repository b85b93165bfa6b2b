"""The hub from a shell."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from aiohfspaces.localhub import LocalHub
from aiohfspaces.localhub.__main__ import parse_arguments


def started(data_dir: Path, *, user: str) -> subprocess.Popen[str]:
    """Start a hub as a shell would."""
    options = ["--port", "0", "--data-dir", str(data_dir), "--user", user]
    command = [sys.executable, "-m", "aiohfspaces.localhub", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """What it prints is what a shell can evaluate."""
    with started(tmp_path, user="ann") as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().strip() for _ in range(3)]
            url = lines[0].removeprefix("export HF_ENDPOINT=")
            token = lines[1].removeprefix("export HF_TOKEN=")
            who = httpx.get(f"{url}/api/whoami-v2", headers={"Authorization": f"Bearer {token}"}).json()
            assert "ann" == who["name"]
            assert lines[2].startswith("#")
        finally:
            process.send_signal(number)
        assert 0 == process.wait(10)


def test_another_user_is_told_who_was_there_before(tmp_path: Path) -> None:
    """Whose repositories would otherwise be refused for no visible reason."""
    with LocalHub(data_dir=tmp_path, user="ann") as hub:
        hub.add_organization("org")
    with started(tmp_path, user="bob") as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(4)]
        finally:
            process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(10)
    assert "# Also at home here, with repositories of their own: ann (each by --user)\n" == lines[2]
    assert lines[3].startswith("# A Hub on loopback")


def test_arguments_have_defaults_for_people() -> None:
    """Stages that can be watched."""
    defaults = parse_arguments([])
    assert (
        7861,
        "me",
        2.0,
        True,
        False,
    ) == (defaults.port, defaults.user, defaults.stage_seconds, defaults.persistent_storage, defaults.xet)
    assert parse_arguments(["--xet"]).xet
