"""The official client with hf-xet, in a process of its own, and ours, against one hub with Xet storage."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiohfspaces import AsyncSpacesClient
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

SPACE = "me/app"
MIB = 1 << 20

UPLOAD_FILE = "api.upload_file(path_or_fileobj='big.bin', path_in_repo='a.bin', repo_id='me/app', repo_type='space')"
UPLOAD_FOLDER = "api.upload_folder(folder_path='folder', repo_id='me/app', repo_type='space')"
DOWNLOAD = "print(api.hf_hub_download('me/app', 'ours.bin', repo_type='space'))"
SNAPSHOT = "print(api.snapshot_download('me/app', repo_type='space'))"


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub with Xet storage."""
    with LocalHub(stage_seconds=1000, xet=True) as running:
        yield running


@pytest.fixture(autouse=True)
def not_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both clients use Xet storage."""
    monkeypatch.delenv("HF_HUB_DISABLE_XET")


def official(hub: LocalHub, folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Let the official client do something; its files stay in a folder."""
    given = {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": hub.token,
        "HF_HOME": str(folder / "their-home"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PATH": os.environ["PATH"],
        **environment,
    }
    program = f"from huggingface_hub import HfApi\napi = HfApi()\n{code}"
    return subprocess.run([sys.executable, "-c", program], env=given, cwd=folder, capture_output=True, text=True)


def done(process: subprocess.CompletedProcess[str]) -> str:
    """Give what was printed; it has to have gone well."""
    assert 0 == process.returncode, process.stderr
    return process.stdout.strip()


def asked(hub: LocalHub, part: str) -> list[str]:
    """List the requests whose path has this part."""
    return [served.path for served in hub.requests if part in served.path]


@pytest.mark.parametrize(("code", "name"), [(UPLOAD_FILE, "a.bin"), (UPLOAD_FOLDER, "big.bin")])
async def test_what_the_official_client_brings_ours_fetches(
    hub: LocalHub, tmp_path: Path, code: str, name: str
) -> None:
    """In chunks, both of them; and as plain bytes."""
    content = os.urandom(3 * MIB)
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "big.bin", tmp_path / "folder" / "big.bin"):
        path.write_bytes(content)
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="gradio")
        done(official(hub, tmp_path, code))
        assert [] == asked(hub, "info/lfs")
        found = await client.hf_hub_download(SPACE, name, cache_dir=tmp_path / "chunks")
        assert content == Path(found).read_bytes()
        assert [] == asked(hub, "/objects/")
    async with AsyncSpacesClient(hub.token, endpoint=hub.url, xet=False) as client:
        found = await client.hf_hub_download(SPACE, name, cache_dir=tmp_path / "plain")
        assert content == Path(found).read_bytes()


@pytest.mark.parametrize("code", [DOWNLOAD, SNAPSHOT])
async def test_what_ours_brings_the_official_client_fetches(hub: LocalHub, tmp_path: Path, code: str) -> None:
    """In chunks, and without hf-xet as plain bytes."""
    content = os.urandom(3 * MIB)
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="gradio")
        await client.upload_file(path_or_fileobj=content, path_in_repo="ours.bin", repo_id=SPACE)
    for expected, environment in ((0, {}), (1, {"HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "other")})):
        path = Path(done(official(hub, tmp_path, code, **environment)))
        assert content == (path / "ours.bin" if path.is_dir() else path).read_bytes()
        assert expected == len(asked(hub, "/objects/"))


async def test_a_change_of_either_is_new_chunks_for_both(hub: LocalHub, tmp_path: Path) -> None:
    """What one client brought, the other does not bring again."""
    content = os.urandom(8 * MIB)
    (tmp_path / "big.bin").write_bytes(content)
    async with AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="gradio")
        done(official(hub, tmp_path, UPLOAD_FILE))
        report = await client.upload_file(
            path_or_fileobj=content[: 4 * MIB] + b"more" + content[4 * MIB :], path_in_repo="ours.bin", repo_id=SPACE
        )
    assert 0 < report.bytes_sent < MIB


async def test_without_xet_storage_the_official_client_only_downloads(tmp_path: Path) -> None:
    """To upload it has to be told: it does not fall back by itself, and there is no reply that makes it."""
    content = os.urandom(1000)
    (tmp_path / "big.bin").write_bytes(content)
    async with LocalHub(stage_seconds=1000) as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="gradio")
        await client.upload_file(path_or_fileobj=content, path_in_repo="ours.bin", repo_id=SPACE)
        for code in (DOWNLOAD, SNAPSHOT):
            path = Path(done(official(hub, tmp_path, code)))
            assert content == (path / "ours.bin" if path.is_dir() else path).read_bytes()
        refused = official(hub, tmp_path, UPLOAD_FILE)
        assert 0 != refused.returncode
        assert "xet-write-token" in refused.stderr
        done(official(hub, tmp_path, UPLOAD_FILE, HF_HUB_DISABLE_XET="1"))
