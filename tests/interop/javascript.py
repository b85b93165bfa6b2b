"""Runs the JavaScript client, ``@huggingface/hub``, as npm installed it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from aiohfspaces.localhub import LocalHub
from tests.interop.conftest import PARTS_FROM

_SCRIPT = Path(__file__).with_name("life.mjs")


def run_javascript(hub: LocalHub, step: str, repo_type: str, repo_id: str) -> Any:
    """Run one step of ``life.mjs`` and return what it saw; ``HUB_JS`` says where the client is installed."""
    installed = os.environ.get("HUB_JS")
    assert installed is not None, "HUB_JS is not set: the nox session `interop` installs the client and sets it"
    told = {
        "HUB_JS": installed,
        "HUB_URL": hub.url,
        "HUB_TOKEN": hub.token,
        "REPO": json.dumps({"type": repo_type, "name": repo_id}),
        "LARGE": str(PARTS_FROM + 1),
        "PATH": os.environ["PATH"],
    }
    ran = subprocess.run(["node", str(_SCRIPT), step], env=told, capture_output=True, text=True, check=False)
    assert 0 == ran.returncode, ran.stderr
    return json.loads(ran.stdout)
