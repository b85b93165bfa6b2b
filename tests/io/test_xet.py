"""Getting files from Xet storage, and what hf-xet leaves on the disk."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from attrs import evolve

from aiohfspaces import AsyncSpacesClient, HfFileMetadata, Timeout, UsageError
from aiohfspaces._io.partial import Partial
from aiohfspaces._plan.pieces import PIECE_BYTES, cut
from aiohfspaces.localhub import LocalHub
from tests.support.scripted import never, serving
from tests.support.xet import SPACE, asked, grant, space_with_xet

pytestmark = pytest.mark.anyio

MIB = 1 << 20
SOON_S = 1.0


@pytest.fixture(autouse=True)
def not_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients use Xet storage, which the official one must not in this process."""
    monkeypatch.delenv("HF_HUB_DISABLE_XET")


def files_below(folder: Path) -> list[Path]:
    """List the files of a folder, links aside."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


async def get(client: AsyncSpacesClient, path: str, cache: Path) -> bytes:
    """Download a file and read it."""
    return Path(await client.hf_hub_download(SPACE, path, cache_dir=cache)).read_bytes()


async def test_a_file_comes_by_xet_storage(tmp_path: Path) -> None:
    """No plain bytes are asked for, and nothing but the file is left."""
    content = os.urandom(3 * MIB)
    async with space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=content, path_in_repo="a/m.bin", repo_id=SPACE)
        assert content == await get(client, "a/m.bin", tmp_path)
        assert [] == asked(hub, "/objects/")
        assert 1 == len(asked(hub, "xet-read-token"))
        names = [path.name for path in files_below(tmp_path / "spaces--me--app" / "blobs")]
        assert [hashlib.sha256(content).hexdigest()] == names


async def test_a_snapshot_asks_for_one_token(tmp_path: Path) -> None:
    """However many files of the commit come at once."""
    contents = {f"{number}.bin": os.urandom(1000) for number in range(12)}
    (tmp_path / "files").mkdir()
    for name, content in contents.items():
        (tmp_path / "files" / name).write_bytes(content)
    async with space_with_xet() as (hub, client):
        await client.upload_folder(repo_id=SPACE, folder_path=tmp_path / "files")
        found = Path(await client.snapshot_download(SPACE, cache_dir=tmp_path / "cache"))
        assert contents == {path.name: path.read_bytes() for path in found.glob("*.bin")}
        assert (1, []) == (len(asked(hub, "xet-read-token")), asked(hub, "/objects/"))


async def test_a_token_that_ends_soon_is_not_begun_with(tmp_path: Path) -> None:
    """The next file asks for another."""
    async with space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=os.urandom(1000), path_in_repo="m.bin", repo_id=SPACE)
        told = await client.request("GET", f"/api/spaces/{SPACE}/xet-read-token/main")
        grant(hub, "read", told["casUrl"], times=1, seconds=30)
        for number in range(3):
            await get(client, "m.bin", tmp_path / str(number))
        assert 3 == len(asked(hub, "xet-read-token"))  # that of the test, the first one and another
        assert [] == asked(hub, "/objects/")


async def test_siblings_have_tokens_of_their_own(tmp_path: Path) -> None:
    """What one account may is nothing to another."""
    async with space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=os.urandom(1000), path_in_repo="m.bin", repo_id=SPACE)
        await get(client, "m.bin", tmp_path / "one")
        await get(client.with_options(token=hub.add_user("other")), "m.bin", tmp_path / "other")
        assert 2 == len(asked(hub, "xet-read-token"))


@pytest.mark.parametrize("way", ["option", "environment", "missing"])
async def test_plain_bytes_will_do(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is switched off, or hf-xet is missing."""
    content = os.urandom(1000)
    async with space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=content, path_in_repo="m.bin", repo_id=SPACE)
        if way == "environment":
            monkeypatch.setenv("HF_HUB_DISABLE_XET", "true")
        elif way == "missing":
            monkeypatch.setitem(sys.modules, "hf_xet", None)
        async with AsyncSpacesClient(hub.token, endpoint=hub.url, xet=False if way == "option" else None) as other:
            assert content == await get(other, "m.bin", tmp_path)
        assert ([], 1) == (asked(hub, "xet-read-token"), len(asked(hub, "/objects/")))


async def test_a_client_that_is_to_use_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file is there."""
    async with space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=os.urandom(1000), path_in_repo="m.bin", repo_id=SPACE)
        monkeypatch.setitem(sys.modules, "hf_xet", None)
        async with AsyncSpacesClient(hub.token, endpoint=hub.url, xet=True) as other:
            with pytest.raises(UsageError, match=r"aiohfspaces\[xet\]"):
                await get(other, "m.bin", tmp_path)


async def test_where_the_storage_does_not_answer_plain_bytes_come(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After some patience; a line of the log says why, and shows no token."""
    content = os.urandom(1000)
    async with serving(rest=never) as storage, space_with_xet(timeout=Timeout(read=0.5)) as (hub, client):
        await client.upload_file(path_or_fileobj=content, path_in_repo="m.bin", repo_id=SPACE)
        grant(hub, "read", storage.url)
        with caplog.at_level(logging.DEBUG, "aiohfspaces"), anyio.fail_after(10):
            assert content == await get(client, "m.bin", tmp_path)
        assert "does not come by Xet storage: nothing has moved for 1 s" in caplog.text
        assert "xet_elsewhere" not in caplog.text
        assert hub.token not in caplog.text
        await storage.until(lambda: not storage.open)
        count = len(storage.received)
        assert content == await get(client, "m.bin", tmp_path / "again")
        assert count == len(storage.received)  # nor is it waited for a second time


@pytest.mark.parametrize("status", [404, 403, 503])
async def test_who_grants_no_token_is_asked_once(tmp_path: Path, status: int) -> None:
    """Neither again nor for each file of the snapshot: plain bytes come meanwhile."""
    contents = {f"{number}.bin": os.urandom(1000) for number in range(6)}
    (tmp_path / "files").mkdir()
    for name, content in contents.items():
        (tmp_path / "files" / name).write_bytes(content)
    async with space_with_xet() as (hub, client):
        await client.upload_folder(repo_id=SPACE, folder_path=tmp_path / "files")
        hub.inject_fault("GET", "*/xet-read-token/*", status=status, times=100)
        found = Path(await client.snapshot_download(SPACE, cache_dir=tmp_path / "cache"))
        assert contents == {path.name: path.read_bytes() for path in found.glob("*.bin")}
        assert (1, 6) == (len(asked(hub, "xet-read-token")), len(asked(hub, "/objects/")))


async def test_what_plain_http_has_begun_it_finishes(tmp_path: Path) -> None:
    """hf-xet could not use what is there, and it would stay for ever."""
    content = os.urandom(3 * MIB)
    async with space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=content, path_in_repo="m.bin", repo_id=SPACE)
        target = tmp_path / "spaces--me--app" / "blobs" / hashlib.sha256(content).hexdigest()
        partial = Partial(target, cut(len(content), PIECE_BYTES), is_noted=True)
        await anyio.to_thread.run_sync(partial.begin)
        await anyio.to_thread.run_sync(partial.write, partial.pieces[0], content[:MIB])
        assert content == await get(client, "m.bin", tmp_path)
        assert ([], 1) == (asked(hub, "xet-read-token"), len(asked(hub, "/objects/")))
        assert [target] == files_below(target.parent)


async def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
    """Not even for a while."""
    async with serving(rest=never) as storage, space_with_xet() as (hub, client):
        await client.upload_file(path_or_fileobj=os.urandom(MIB), path_in_repo="m.bin", repo_id=SPACE)
        grant(hub, "read", storage.url)
        async with anyio.create_task_group() as group:
            group.start_soon(get, client, "m.bin", tmp_path)
            await storage.until(lambda: bool(storage.received))
            began = anyio.current_time()
            group.cancel_scope.cancel()
        assert SOON_S > anyio.current_time() - began
        await storage.until(lambda: not storage.open)
        assert [] == files_below(tmp_path / "spaces--me--app")


async def found_in(client: AsyncSpacesClient) -> HfFileMetadata:
    """Bring a file and look it up."""
    await client.upload_file(path_or_fileobj=b"some content", path_in_repo="m.bin", repo_id=SPACE)
    return await client.get_hf_file_metadata(url=f"{client.endpoint}/spaces/{SPACE}/resolve/main/m.bin")


async def test_other_bytes_than_announced_are_not_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The plain bytes have to do."""
    async with space_with_xet() as (_, client):
        found = evolve(await found_in(client), etag="0" * 64)
        with caplog.at_level(logging.DEBUG, "aiohfspaces"):
            assert not await client._xet.fetch(found, tmp_path / "m.bin")
        assert "not those that the Hub announced" in caplog.text
        assert [] == files_below(tmp_path)


async def test_what_cannot_be_proven_does_not_come_this_way(tmp_path: Path) -> None:
    """Without its size, its SHA-256 or its name there."""
    async with space_with_xet() as (hub, client):
        found = await found_in(client)
        for doubtful in (
            evolve(found, size=None),
            evolve(found, etag="0" * 40),
            evolve(found, xet_file_data=None),
        ):
            assert not await client._xet.fetch(doubtful, tmp_path / "m.bin")
        assert [] == asked(hub, "xet-read-token")
        assert await client._xet.fetch(found, tmp_path / "folder" / "m.bin")
        assert b"some content" == (tmp_path / "folder" / "m.bin").read_bytes()


CREATION = """
import asyncio
from aiohfspaces import AsyncSpacesClient

asyncio.run(AsyncSpacesClient().create_repo("me/app", space_sdk="gradio"))
"""

LIFE = """
import asyncio, os, sys
from aiohfspaces import AsyncSpacesClient

async def main(content):
    async with AsyncSpacesClient() as client:
        await client.upload_file(path_or_fileobj=content, path_in_repo="c.bin", repo_id="me/app")
        path = await client.hf_hub_download("me/app", "c.bin")
        assert open(path, "rb").read() == content

asyncio.run(main(b"before"))
child = os.fork()
if not child:
    asyncio.run(main(b"child"))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
asyncio.run(main(b"parent"))
"""


def test_its_files_are_where_it_is_told_and_name_no_secret(tmp_path: Path) -> None:
    """Also at its most talkative, and in a process that was forked."""
    home, kept = tmp_path / "home", tmp_path / "kept"
    home.mkdir()
    with LocalHub(stage_seconds=1000, xet=True) as hub:
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": hub.token,
            "HOME": str(home),
            "HF_HOME": str(kept),
            "RUST_LOG": "trace",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        for code in (CREATION, LIFE):
            done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
            assert 0 == done.returncode, done.stderr
        logs = "".join(path.read_text() for path in (kept / "xet" / "logs").iterdir())
        assert "hf_xet" in logs
        assert hub.token not in logs
        assert not re.search("xet_[0-9a-f]{32}", logs)
    assert [] == files_below(home)
