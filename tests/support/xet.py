"""A hub with Xet storage, and storages that do not answer."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohfspaces import AsyncSpacesClient
from aiohfspaces.localhub import LocalHub

SPACE = "me/app"


@asynccontextmanager
async def space_with_xet(
    with_xet: bool = True, /, **options: object
) -> AsyncIterator[tuple[LocalHub, AsyncSpacesClient]]:
    """Run a hub with an empty Space, and a client of it."""
    async with (
        LocalHub(stage_seconds=1000, xet=with_xet) as hub,
        AsyncSpacesClient(hub.token, endpoint=hub.url, **options) as client,  # type: ignore[arg-type]
    ):
        await client.create_repo(SPACE, space_sdk="gradio")
        yield hub, client


def asked(hub: LocalHub, part: str) -> list[str]:
    """List the requests whose path has this part."""
    return [f"{served.method} {served.path}" for served in hub.requests if part in served.path]


def grant(hub: LocalHub, kind: str, cas_url: str, *, times: int = 100, seconds: int = 3600) -> None:
    """Let the next tokens be for another storage."""
    told = {"casUrl": cas_url, "accessToken": "xet_elsewhere", "exp": int(time.time()) + seconds}
    hub.inject_fault("GET", f"*/xet-{kind}-token/*", status=200, body=json.dumps(told), times=times)
