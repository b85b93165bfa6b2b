"""Large files of an upload that go into Xet storage."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
import threading
from io import BytesIO
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    CommitOperationAdd,
    FileChangedError,
    Timeout,
    UploadError,
    UploadProgress,
    UsageError,
)
from aiohfspaces.localhub import LocalHub
from tests.support.scripted import never, reply, serving
from tests.support.xet import SPACE, asked, grant, space_with_xet

pytestmark = pytest.mark.anyio

MIB = 1 << 20
SOON_S = 1.0
PATIENCE = Timeout(read=0.5)
"""Nothing may move for twice as long."""


@pytest.fixture(autouse=True)
def not_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients use Xet storage, which the official one must not in this process."""
    monkeypatch.delenv("HF_HUB_DISABLE_XET")


async def plain(hub: LocalHub, path: str, into: Path) -> bytes:
    """Fetch a file as somebody without hf-xet does."""
    async with AsyncSpacesClient(hub.token, endpoint=hub.url, xet=False) as other:
        return Path(await other.hf_hub_download(SPACE, path, cache_dir=into)).read_bytes()


def folder(root: Path, **contents: bytes) -> Path:
    """Make a folder of files, ``_`` for a dot."""
    root.mkdir(exist_ok=True)
    for name, content in contents.items():
        (root / name.replace("_", ".")).write_bytes(content)
    return root


async def test_large_files_go_in_chunks_and_are_there_for_everybody(tmp_path: Path) -> None:
    """With one token for all of them, and no word of LFS; regular and empty ones go as ever."""
    big, small = os.urandom(3 * MIB), os.urandom(100)
    files = folder(tmp_path / "files", big_bin=big, small_bin=small, app_py=b"print()", empty_bin=b"")
    async with space_with_xet() as (hub, client):
        report = await client.upload_folder(repo_id=SPACE, folder_path=files)
        assert ("app.py", "big.bin", "empty.bin", "small.bin") == report.uploaded
        assert [f"GET /api/spaces/{SPACE}/xet-write-token/main"] == asked(hub, "xet-write-token")
        assert [] == asked(hub, "info/lfs")
        assert big == await plain(hub, "big.bin", tmp_path)
        assert small == await plain(hub, "small.bin", tmp_path)
        info = {entry.path: entry for entry in await client.get_paths_info(SPACE, ["big.bin", "app.py"])}
        assert info["big.bin"].lfs.sha256 == hashlib.sha256(big).hexdigest()  # type: ignore[union-attr]


async def test_a_changed_file_sends_only_its_new_chunks(tmp_path: Path) -> None:
    """The report says how little travelled, and that the rest was spared."""
    before = os.urandom(8 * MIB)
    after = before[: 4 * MIB] + b"inserted" + before[4 * MIB :]
    async with space_with_xet() as (hub, client):
        first = await client.upload_file(path_or_fileobj=before, path_in_repo="m.bin", repo_id=SPACE)
        second = await client.upload_file(path_or_fileobj=after, path_in_repo="m.bin", repo_id=SPACE)
        assert len(before) == first.bytes_sent
        assert 0 < second.bytes_sent < len(after) // 10
        assert len(after) == second.bytes_sent + second.bytes_spared
        assert after == await plain(hub, "m.bin", tmp_path)


async def test_what_has_not_changed_is_not_read_by_hf_xet(tmp_path: Path) -> None:
    """Its hash says so."""
    files = folder(tmp_path / "files", a_bin=os.urandom(MIB))
    async with space_with_xet() as (_, client):
        await client.upload_folder(repo_id=SPACE, folder_path=files)
        again = await client.upload_folder(repo_id=SPACE, folder_path=files)
        assert (False, 0, ("a.bin",)) == (again.committed, again.bytes_sent, again.unchanged)


async def test_a_content_that_several_files_have_travels_once(tmp_path: Path) -> None:
    """As by LFS; files that only look alike travel both."""
    big = os.urandom(2 * MIB)
    alike = big[:-1] + bytes([big[-1] ^ 1])
    files = folder(tmp_path / "files", a_bin=big, b_bin=big, c_bin=alike)
    async with space_with_xet() as (hub, client):
        report = await client.upload_folder(repo_id=SPACE, folder_path=files)
        assert 2 * len(big) >= report.bytes_sent
        assert big == await plain(hub, "b.bin", tmp_path)
        assert alike == await plain(hub, "c.bin", tmp_path)


async def test_progress_counts_what_hf_xet_sends(tmp_path: Path) -> None:
    """What the storage had already is no part of the total in the end."""
    big = os.urandom(2 * MIB)
    steps: list[UploadProgress] = []
    async with space_with_xet() as (_, client):
        await client.upload_file(path_or_fileobj=big, path_in_repo="a.bin", repo_id=SPACE)
        await client.upload_file(
            path_or_fileobj=big + b"more", path_in_repo="b.bin", repo_id=SPACE, on_progress=steps.append
        )
    assert (1, 1) == (steps[-1].files_sent, steps[-1].files_total)
    assert 0 < steps[-1].bytes_sent == steps[-1].bytes_total < len(big)
    assert len(big) + 4 == steps[-1].bytes_hashed


async def test_what_a_listener_raises_ends_the_upload_as_it_is(tmp_path: Path) -> None:
    """It is no failure of the storage."""

    def complain(progress: UploadProgress) -> None:
        raise LookupError("enough")

    async with space_with_xet() as (hub, client):
        with pytest.raises(LookupError, match="enough"):
            await client.upload_file(
                path_or_fileobj=os.urandom(MIB), path_in_repo="a.bin", repo_id=SPACE, on_progress=complain
            )
        assert [] == asked(hub, "/commit/")


async def test_where_no_token_is_granted_files_go_by_lfs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is asked for once, and one line of the log says it."""
    files = folder(tmp_path / "files", a_bin=os.urandom(9), b_bin=os.urandom(9))
    async with space_with_xet(False) as (hub, client):
        with caplog.at_level(logging.DEBUG, "aiohfspaces"):
            report = await client.upload_folder(repo_id=SPACE, folder_path=files)
        assert ("a.bin", "b.bin") == report.uploaded
        assert 1 == len(asked(hub, "xet-write-token"))
        assert 1 == sum("no Xet storage here" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("way", ["option", "environment", "connections", "missing"])
async def test_it_can_be_switched_off_or_missing(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the option, by the environment, by connections that hf-xet knows nothing of, and without the extra."""
    options: dict[str, object] = {}
    if way == "option":
        options = {"xet": False}
    elif way == "environment":
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        options = {"xet": True}
    elif way == "connections":
        options = {"verify": False}
    elif way == "missing":
        monkeypatch.setitem(sys.modules, "hf_xet", None)
    async with space_with_xet(False, **options) as (hub, client):
        await client.upload_file(path_or_fileobj=b"large", path_in_repo="a.bin", repo_id=SPACE)
        assert [] == asked(hub, "xet-write-token")
        assert [] != asked(hub, "info/lfs/objects/batch")


async def test_a_client_that_is_to_use_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is stored."""
    async with space_with_xet() as (hub, _):
        monkeypatch.setitem(sys.modules, "hf_xet", None)
        async with AsyncSpacesClient(hub.token, endpoint=hub.url, xet=True) as client:
            with pytest.raises(UsageError, match=r"pip install 'aiohfspaces\[xet\]'"):
                await client.upload_file(path_or_fileobj=b"large", path_in_repo="a.bin", repo_id=SPACE)
    with pytest.raises(UsageError, match="xet: expected True or False"):
        AsyncSpacesClient(xet="yes")  # type: ignore[arg-type]


async def test_open_files_go_by_lfs_beside_the_others(tmp_path: Path) -> None:
    """hf-xet takes paths and bytes."""
    opened, held = os.urandom(1000), os.urandom(1000)
    async with space_with_xet() as (hub, client):
        operations = [CommitOperationAdd("o.bin", BytesIO(opened)), CommitOperationAdd("h.bin", held)]
        await client.create_commit(SPACE, operations, commit_message="both")
        assert 1 == len(asked(hub, "info/lfs/objects/batch"))
        assert opened == await plain(hub, "o.bin", tmp_path)
        assert held == await plain(hub, "h.bin", tmp_path)


async def test_what_is_stored_before_the_commit_can_be_let_go(tmp_path: Path) -> None:
    """The storage is asked whether it has it, by its SHA-256."""
    content = os.urandom(MIB)
    addition = CommitOperationAdd("a.bin", content)
    async with space_with_xet() as (hub, client):
        await client.preupload_lfs_files(SPACE, [addition])
        assert b"" == addition.path_or_fileobj
        await client.create_commit(SPACE, [addition], commit_message="now")
        assert content == await plain(hub, "a.bin", tmp_path)


async def test_a_pull_request_takes_no_right_to_write(tmp_path: Path) -> None:
    """The token is asked for as a proposal."""
    async with space_with_xet() as (hub, client):
        async with client.with_options(token=hub.add_user("other")) as other:
            report = await other.upload_file(
                path_or_fileobj=os.urandom(MIB), path_in_repo="a.bin", repo_id=SPACE, create_pr=True
            )
        assert report.pr_url is not None
        assert [f"GET /api/spaces/{SPACE}/xet-write-token/None?create_pr=1"] == asked(hub, "xet-write-token")


async def test_nothing_is_read_again_where_somebody_has_committed_meanwhile(tmp_path: Path) -> None:
    """Another attempt names what is stored."""
    files = folder(tmp_path / "files", a_bin=os.urandom(MIB))
    async with space_with_xet() as (hub, client):
        hub.inject_fault("POST", "*/commit/main", status=412)
        report = await client.upload_folder(repo_id=SPACE, folder_path=files)
        assert (MIB, MIB) == (report.bytes_sent, report.bytes_hashed)
        assert 2 == len(asked(hub, "/commit/"))


@pytest.mark.parametrize("becomes", [b"another content", None], ids=["changed", "gone"])
async def test_a_file_that_changes_before_it_is_read_is_not_committed(tmp_path: Path, becomes: bytes | None) -> None:
    """Although what hf-xet has read would be whole."""
    path = folder(tmp_path / "files", a_bin=b"first content..") / "a.bin"
    calls = 0

    def change() -> None:
        if becomes is None:
            path.unlink()
        else:
            path.write_bytes(becomes)
            os.utime(path, ns=(0, 0))

    async def token() -> str:
        nonlocal calls
        calls += 1
        if calls == 2:  # the call for the right to write
            await anyio.to_thread.run_sync(change)
        return hub.token

    async with space_with_xet() as (hub, owner), owner.with_options(token=token) as client:
        before = await owner.list_repo_files(SPACE)
        with pytest.raises(FileChangedError) as caught:
            await client.upload_file(path_or_fileobj=path, path_in_repo="a.bin", repo_id=SPACE)
        assert ["a.bin"] == list(caught.value.failures)
        assert before == await owner.list_repo_files(SPACE)


async def test_other_bytes_are_not_registered_under_a_known_id(tmp_path: Path) -> None:
    """A file that was hashed first and has changed since: whoever uploads its first content would get the other one."""
    path = folder(tmp_path / "files", a_bin=b"a" * MIB) / "a.bin"
    calls, first = 0, os.urandom(MIB)

    async def token() -> str:
        nonlocal calls
        calls += 1
        if calls == 3:  # when hf-xet begins, after the file was hashed
            await anyio.to_thread.run_sync(path.write_bytes, os.urandom(MIB))
        return hub.token

    async with space_with_xet() as (hub, owner), owner.with_options(token=token) as client:
        addition = CommitOperationAdd("a.bin", path)
        await owner.create_commit(SPACE, [addition], commit_message="before")  # so that it is hashed first
        path.write_bytes(first)
        with pytest.raises(FileChangedError) as caught:
            await client.upload_file(path_or_fileobj=path, path_in_repo="a.bin", repo_id=SPACE)
        assert ["a.bin"] == list(caught.value.failures)
        report = await owner.upload_file(path_or_fileobj=first, path_in_repo="b.bin", repo_id=SPACE)
        assert len(first) == report.bytes_sent
        assert first == await plain(hub, "b.bin", tmp_path)


async def test_a_storage_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """The error names the files; the connection is closed."""
    files = folder(tmp_path / "files", a_bin=os.urandom(MIB), b_bin=os.urandom(9))
    async with serving(rest=never) as storage, space_with_xet(timeout=PATIENCE) as (hub, client):
        grant(hub, "write", storage.url)
        with anyio.fail_after(10), pytest.raises(UploadError, match="nothing has moved for 1 s") as caught:
            await client.upload_folder(repo_id=SPACE, folder_path=files)
        assert {"a.bin", "b.bin"} == set(caught.value.failures)
        assert [] == asked(hub, "/commit/")
        await storage.until(lambda: not storage.open)


async def test_a_storage_that_cannot_be_reached_is_given_up(tmp_path: Path) -> None:
    """hf-xet alone would try for minutes."""
    async with serving() as storage:
        gone = storage.url
    async with space_with_xet(timeout=PATIENCE) as (hub, client):
        grant(hub, "write", gone)
        with anyio.fail_after(10), pytest.raises(UploadError, match=r"a\.bin: nothing has moved"):
            await client.upload_file(path_or_fileobj=b"large", path_in_repo="a.bin", repo_id=SPACE)


async def test_a_storage_that_refuses_is_believed(tmp_path: Path) -> None:
    """Without a wait; the error shows no token."""
    async with serving(rest=reply("no", 403)) as storage, space_with_xet() as (hub, client):
        grant(hub, "write", storage.url)
        with anyio.fail_after(10), pytest.raises(UploadError, match="403") as caught:
            await client.upload_file(path_or_fileobj=b"large", path_in_repo="a.bin", repo_id=SPACE)
        assert "xet_elsewhere" not in str(caught.value)
        seen = {request.authorization for request in storage.received}
        assert {"Bearer xet_elsewhere"} == seen  # and never the Hub's
        with pytest.raises(UploadError):
            await client.upload_file(path_or_fileobj=b"large", path_in_repo="a.bin", repo_id=SPACE)
        assert 2 == len(asked(hub, "xet-write-token"))  # it may have been the token's fault


async def test_hf_xet_asks_for_the_next_token_by_itself(tmp_path: Path) -> None:
    """With the account's own, and where the first one was granted: an upload may outlast a token."""
    async with serving(rest=reply("no", 403)) as storage, space_with_xet() as (hub, client):
        grant(hub, "write", storage.url, times=2, seconds=1)  # it ends before it is begun with
        with pytest.raises(UploadError, match="403"):
            await client.upload_file(path_or_fileobj=b"large", path_in_repo="a.bin", repo_id=SPACE)
        assert [200, 200, 200] == [served.status for served in hub.requests if "xet-write-token" in served.path]
        assert all(re.fullmatch("Bearer xet_[0-9a-f]{32}", str(each.authorization)) for each in storage.received)


async def test_a_cancelled_upload_ends_at_once(tmp_path: Path) -> None:
    """With its connections and its threads."""
    files = folder(tmp_path / "files", a_bin=os.urandom(MIB), b_bin=os.urandom(MIB))
    async with serving(rest=never) as storage, space_with_xet() as (hub, client):
        grant(hub, "write", storage.url)
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: client.upload_folder(repo_id=SPACE, folder_path=files))
            await storage.until(lambda: bool(storage.received))
            began = anyio.current_time()
            group.cancel_scope.cancel()
        assert SOON_S > anyio.current_time() - began
        await storage.until(lambda: not storage.open)
        assert not [thread for thread in threading.enumerate() if "hf_xet" in thread.name]
