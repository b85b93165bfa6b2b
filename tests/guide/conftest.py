"""A Hub on loopback whose time a test moves, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient, PollPolicy
from aiohfspaces.localhub import LocalHub

STAGE_S = 60.0
"""How long each passing stage lasts, on the hub's clock."""

AT_ONCE = PollPolicy(initial=0, maximum=0, jitter=0, grace=0)
"""Look again without a wait: time moves where the test moves it."""

APP = "print('hello')\n"


@pytest.fixture
async def hub() -> AsyncIterator[LocalHub]:
    """Serve an empty Hub."""
    async with LocalHub(stage_seconds=STAGE_S) as hub:
        yield hub


@pytest.fixture
async def client(hub: LocalHub) -> AsyncIterator[AsyncSpacesClient]:
    """Call it with our client."""
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        yield client


@pytest.fixture
def official(hub: LocalHub) -> HfApi:
    """Call it with the official client; in a worker thread, since it blocks."""
    return HfApi(endpoint=hub.url, token=hub.token)


@pytest.fixture
async def space(client: AsyncSpacesClient) -> str:
    """Have a Space with an app that is being built."""
    await client.create_repo("me/app", space_sdk="gradio")
    await client.upload_file(path_or_fileobj=APP.encode(), path_in_repo="app.py", repo_id="me/app")
    return "me/app"


@pytest.fixture
async def running(space: str, client: AsyncSpacesClient, hub: LocalHub) -> str:
    """Have a Space that runs on ``cpu-basic``."""
    await client.wait_for_space(space, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S))
    return space


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Have a folder with an app, a text and a file that is large by its kind."""
    folder = tmp_path / "src"
    (folder / "data").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "data" / "ünï code.txt").write_text("words")
    (folder / "model.bin").write_bytes(bytes(range(256)) * 4096)
    (folder / "empty.bin").touch()
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main")
    return folder
