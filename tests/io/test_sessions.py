"""Sessions of hf-xet, and waiting for it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

import anyio
import anyio.to_thread
import pytest

from aiohfspaces import HubTimeoutError
from aiohfspaces._io.sessions import Sessions, watched

pytestmark = pytest.mark.anyio


def has_ended(session: Any) -> bool:
    """Tell whether hf-xet refuses to work with a session."""
    try:
        session.new_file_download_group("http://127.0.0.1:9").abort()
    except KeyboardInterrupt:  # which is how it says so
        return True
    return False


async def test_a_session_that_lost_a_transfer_takes_no_more() -> None:
    """Those that are in it stay; the last one out ends it."""
    sessions = Sessions()
    async with sessions.lease() as first:
        with suppress(ValueError):
            async with sessions.lease() as same:
                assert first is same
                raise ValueError("lost")
        async with sessions.lease() as other:
            assert first is not other
        assert not await anyio.to_thread.run_sync(has_ended, first)
    assert await anyio.to_thread.run_sync(has_ended, first)
    assert not await anyio.to_thread.run_sync(has_ended, other)


def test_everything_is_imported_without_hf_xet() -> None:
    """And nothing imports it before it is used: that takes a while, and begins a log."""
    code = "import sys, aiohfspaces.localhub.app; sys.exit('hf_xet' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": os.pathsep.join(sys.path)}).returncode


class Still:
    """A transfer in which nothing moves."""

    total_bytes = total_bytes_completed = total_transfer_bytes_completed = 0
    shard = None

    def __init__(self) -> None:
        self.is_aborted = False

    def progress(self) -> Still:
        """Tell how far it is."""
        return self

    def abort(self) -> None:
        """Give up."""
        self.is_aborted = True

    def wait_to_finish(self) -> None:
        """Wait for nothing."""


async def test_what_does_not_move_is_aborted() -> None:
    """After the patience for it."""
    still = Still()
    with pytest.raises(HubTimeoutError, match="nothing has moved for 0 s"):
        await watched(still, anyio.sleep_forever, patience_s=0)
    assert still.is_aborted


async def test_what_has_nothing_to_move_is_waited_for() -> None:
    """And not aborted once it is done; the last report is told in any case."""
    still, looks = Still(), 0
    looked = anyio.Event()

    def told(report: Any) -> None:
        nonlocal looks
        looks += 1
        looked.set()

    await watched(still, looked.wait, patience_s=0, told=told, is_idle=lambda: True)
    assert 2 == looks
    assert not still.is_aborted
