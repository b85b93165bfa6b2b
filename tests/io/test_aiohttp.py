"""An injected client over aiohttp: the same calls, and the same word on what a failed one has done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx_aiohttp import HttpxAiohttpClient

from aiohfspaces import AsyncSpacesClient, HubConnectionError, HubTimeoutError, RetryPolicy, Timeout
from aiohfspaces.localhub import LocalHub
from tests.support.scripted import client_of, encoded, hang_up, never, raw, reply, serving, stall

pytestmark = pytest.mark.anyio

AT_ONCE = RetryPolicy(initial=0, jitter=0)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (hang_up, HubConnectionError),
        (raw(b"nonsense\r\n\r\n"), HubConnectionError),
        (raw(encoded({"a": 1})[:-3]), HubConnectionError),
        (never, HubTimeoutError),
        (stall(encoded({"a": 1})[:-3]), HubTimeoutError),
    ],
    ids=["hang up", "no HTTP", "cut", "no reply", "stalled"],
)
async def test_what_may_have_been_done_is_not_sent_again(step: Any, error: type[HubConnectionError]) -> None:
    """httpx-aiohttp calls a connection that breaks off a failed connect, after which anything might be repeated."""
    async with serving(step, rest=reply({})) as server, HttpxAiohttpClient() as http_client:
        client = client_of(server, http_client=http_client, timeout=Timeout(read=0.05), retry=AT_ONCE)
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert (error, "unknown") == (type(caught.value), caught.value.outcome)
        assert 1 == len(server.received)


async def test_where_nobody_listens_nothing_is_done() -> None:
    """That is a failed connect indeed."""
    async with serving() as server:
        pass
    async with HttpxAiohttpClient() as http_client:
        client = client_of(server, http_client=http_client, retry=RetryPolicy(attempts=1))
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/")
        assert "not done" == caught.value.outcome


async def test_files_travel_both_ways(tmp_path: Path) -> None:
    """Bodies with their length, replies piece by piece."""
    (tmp_path / "app.py").write_bytes(b"print('hello')\n" * 100)
    (tmp_path / "model.bin").write_bytes(bytes(range(256)) * 10_000)
    async with LocalHub() as hub, HttpxAiohttpClient() as http_client:
        client = AsyncSpacesClient(hub.token, endpoint=hub.url, http_client=http_client)
        await client.create_repo("me/app", space_sdk="static")
        report = await client.upload_folder(repo_id="me/app", folder_path=tmp_path)
        found = await client.snapshot_download("me/app", cache_dir=tmp_path / "cache")
        assert {"app.py", "model.bin"} <= set(report.uploaded)
        assert (tmp_path / "model.bin").read_bytes() == Path(found, "model.bin").read_bytes()
        assert "RUNNING" == (await client.wait_for_space("me/app", revision=report.oid)).stage
