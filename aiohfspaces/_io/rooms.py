"""Loading what much is needed for, without holding up the event loop."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

import anyio.to_thread


async def loaded(*rooms: ModuleType) -> None:
    """Load modules, with all that they import, in a worker thread; where they are loaded, nothing happens.

    What transfers files, or waits for a Space, takes some 50 ms once, for which the event loop would stand still.
    """
    for name in [room.__name__ for room in rooms]:
        if name not in sys.modules:
            await anyio.to_thread.run_sync(import_module, name)
