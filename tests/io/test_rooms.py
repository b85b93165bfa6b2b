"""Rooms: what is loaded beside the event loop."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aiohfspaces._io.rooms import loaded
from aiohfspaces._loading import modules_of

pytestmark = pytest.mark.anyio

SLOW = "import threading, time\nthread = threading.current_thread()\ntime.sleep(0.05)\n"


async def test_rooms_are_loaded_in_another_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: what is there already needs no thread."""
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").touch()
    (tmp_path / "house" / "kitchen.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    kitchen = modules_of("house")("kitchen")
    try:
        await loaded(kitchen)  # type: ignore[arg-type]
        assert sys.modules["house.kitchen"].thread is kitchen.thread
        assert "MainThread" != kitchen.thread.name
    finally:
        sys.modules.pop("house.kitchen", None)
        sys.modules.pop("house", None)
