"""One upload in a process of its own: `one_upload.py ours|theirs ENDPOINT FOLDER [IDLE_S]`.

It prints what it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from measuring import SPACE, TOKEN, measured, quiet_official_client

Upload = Callable[[str, Path], Awaitable[object]]
"""Uploads a folder to an endpoint, from a coroutine."""


def ours() -> Upload:
    """Give this client's way, imported."""
    from aiohfspaces import AsyncSpacesClient

    async def upload(endpoint: str, folder: Path) -> None:
        async with AsyncSpacesClient(TOKEN, endpoint=endpoint) as client:
            await client.upload_folder(repo_id=SPACE, folder_path=folder)

    return upload


def theirs() -> Upload:
    """Give the official client's way, imported, over LFS and in a thread as its users are told to await it."""
    quiet_official_client()
    from huggingface_hub import HfApi

    def upload(endpoint: str, folder: Path) -> None:
        HfApi(endpoint, TOKEN).upload_folder(repo_id=SPACE, repo_type="space", folder_path=folder)

    return lambda endpoint, folder: asyncio.to_thread(upload, endpoint, folder)


def main(side: str, endpoint: str, folder: str, idle_s: str = "0") -> None:
    """Measure one upload and print it as JSON."""
    upload = {"ours": ours, "theirs": theirs}[side]()
    print(json.dumps(asyncio.run(measured(lambda: upload(endpoint, Path(folder)), float(idle_s)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
