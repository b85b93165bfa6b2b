"""One download in a process of its own: `one_download.py ours|theirs ENDPOINT CACHE [IDLE_S]`.

It prints what it took, and the folder that the files are in.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module

from measuring import SPACE, TOKEN, measured, use_plain_http

Download = Callable[[str, str], Awaitable[str]]
"""Downloads a Space from an endpoint into a cache, from a coroutine; gives the folder."""


def ours() -> Download:
    """Give this client's way, imported."""
    use_plain_http()
    from aiohfspaces import AsyncSpacesClient

    import_module("aiohfspaces._io.snapshots")  # the official client has loaded its downloads by now

    async def download(endpoint: str, cache: str) -> str:
        async with AsyncSpacesClient(TOKEN, endpoint=endpoint) as client:
            return await client.snapshot_download(SPACE, cache_dir=cache)

    return download


def theirs() -> Download:
    """Give the official client's way, imported, over plain HTTP and in a thread as its users are told to await it."""
    use_plain_http()
    from huggingface_hub import HfApi

    def download(endpoint: str, cache: str) -> str:
        return str(HfApi(endpoint, TOKEN).snapshot_download(repo_id=SPACE, repo_type="space", cache_dir=cache))

    return lambda endpoint, cache: asyncio.to_thread(download, endpoint, cache)


def main(side: str, endpoint: str, cache: str, idle_s: str = "0") -> None:
    """Measure one download and print it as JSON."""
    download = {"ours": ours, "theirs": theirs}[side]()
    folders: list[str] = []

    async def work() -> None:
        folders.append(await download(endpoint, cache))

    took = asyncio.run(measured(work, float(idle_s)))
    print(json.dumps({**took, "folder": folders[0]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
