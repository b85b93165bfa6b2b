"""One upload in a process of its own: `one_upload.py ours|theirs ENDPOINT FOLDER [IDLE_S]`.

Before that the client makes one call, so that it has loaded what it needs and is connected, as in a service that runs.
It prints what the upload took.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

from measuring import SPACE, TOKEN, measured, use_plain_http

Upload = Callable[[Path], Awaitable[object]]
"""Uploads a folder, from a coroutine."""


@asynccontextmanager
async def ours(endpoint: str) -> AsyncIterator[Upload]:
    """Give this client's way."""
    use_plain_http()
    from aiohfspaces import AsyncSpacesClient

    import_module("aiohfspaces._io.batching")  # the official client has loaded its uploads by now
    async with AsyncSpacesClient(TOKEN, endpoint=endpoint) as client:
        await client.list_repo_commits(SPACE)
        yield lambda folder: client.upload_folder(repo_id=SPACE, folder_path=folder)


@asynccontextmanager
async def theirs(endpoint: str) -> AsyncIterator[Upload]:
    """Give the official client's way, over LFS and in a thread as its users are told to await it."""
    use_plain_http()
    from huggingface_hub import HfApi

    api = HfApi(endpoint, TOKEN)
    await asyncio.to_thread(api.list_repo_commits, SPACE, repo_type="space")
    yield lambda folder: asyncio.to_thread(api.upload_folder, repo_id=SPACE, repo_type="space", folder_path=folder)


async def main(side: str, endpoint: str, folder: str, idle_s: str = "0") -> None:
    """Measure one upload and print it as JSON."""
    async with {"ours": ours, "theirs": theirs}[side](endpoint) as upload:
        print(json.dumps(await measured(lambda: upload(Path(folder)), float(idle_s))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
