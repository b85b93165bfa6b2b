"""A hub's life, and what a test may do to it."""

import asyncio
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S, caller_of


def test_a_start_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its temporary folder nor its port; the next start is as good as the first."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="no name"):
        LocalHub(user="no name").start()
    assert [] == list(tmp_path.iterdir())
    with LocalHub(data_dir=tmp_path / "kept") as hub:
        taken = int(hub.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            LocalHub(port=taken).start()
    assert ["kept"] == [path.name for path in tmp_path.iterdir()]
    with LocalHub(port=taken, data_dir=tmp_path / "kept"):
        pass


def test_it_serves_and_stops() -> None:
    """Its thread and its files go with it."""
    hub = LocalHub()
    with hub:
        folder = hub._running.folder if hub._running else Path()
        url = hub.url
        assert hub.token.startswith("hf_")
        assert [] == httpx.get(f"{url}/api/spaces").json()
        assert folder.exists()
    assert not folder.exists()
    assert "localhub" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    for use in (
        lambda: hub.url,
        lambda: hub.visit("me/app"),
        lambda: hub.fail_start("me/app"),
        lambda: hub.inject_fault("*", "*"),
    ):
        with pytest.raises(RuntimeError, match="not running"):
            use()


def test_it_starts_and_stops_without_blocking_a_loop() -> None:
    """As a context of async code."""

    async def use() -> int:
        async with LocalHub() as hub, httpx.AsyncClient(base_url=hub.url) as client:
            return (await client.get("/api/spaces")).status_code

    assert 200 == anyio.run(use)


class SlowHub(LocalHub):
    """A hub that starts when it is let."""

    begun = threading.Event()
    let = threading.Event()

    def start(self) -> None:
        """Start, some time after it was told to."""
        self.begun.set()
        self.let.wait()
        super().start()


def test_a_task_that_is_cancelled_on_its_way_in_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a thread, nor a lock on the folder."""
    hub = SlowHub(data_dir=tmp_path)

    async def enter() -> None:
        async with hub:
            await anyio.sleep_forever()

    async def cancel() -> None:
        task = asyncio.create_task(enter())
        await anyio.to_thread.run_sync(hub.begun.wait)
        task.cancel()
        for _ in range(10):
            await anyio.lowlevel.checkpoint()
        assert not task.done()
        hub.let.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(RuntimeError, match="not running"):
            _ = hub.url

    asyncio.run(cancel())
    assert "localhub" not in [thread.name for thread in threading.enumerate()]
    with LocalHub(data_dir=tmp_path) as again:
        assert again.url


def test_who_enters_a_running_hub_does_not_end_it() -> None:
    """Only what was started is stopped."""

    async def enter() -> None:
        async with LocalHub() as hub:
            with pytest.raises(RuntimeError, match="running already"):
                await hub.__aenter__()
            assert hub.url

    anyio.run(enter)


@pytest.mark.timeout(20)
def test_open_connections_do_not_hold_the_end_up() -> None:
    """Neither idle ones, nor streams, nor half-sent requests."""
    with LocalHub(stage_seconds=0) as hub, caller_of(hub, hub.token) as me:
        repo_id = me.create(files=[{"path": "app.py", "content": ""}])
        with me.stream("GET", f"/api/spaces/{repo_id}/logs/run") as stream:
            next(stream.iter_lines())
            address = httpx.URL(hub.url)
            with socket.create_connection((address.host, address.port or 0)) as half:
                half.sendall(b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
                hub.stop()
    assert [] == [thread for thread in threading.enumerate() if thread.name == "localhub"]


def test_a_taken_port_is_said_clearly() -> None:
    """With its number."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot serve on 127.0.0.1:{port}"):
            LocalHub(port=port).start()


def test_a_running_hub_is_not_started_again() -> None:
    """It would lose its first self."""
    with LocalHub() as hub, pytest.raises(RuntimeError, match="running already"):
        hub.start()


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    """Accounts, repositories, settings, the stage of life and the time."""
    with LocalHub(data_dir=tmp_path, stage_seconds=STAGE_S) as hub, caller_of(hub, hub.token) as me:
        token, friend = hub.token, hub.add_user("friend", can_pay=False)
        hub.add_organization("org", members=["friend"])
        repo_id = me.running_space(hub)
        me.post(f"/api/spaces/{repo_id}/secrets", json={"key": "S", "value": "s"})
        me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "t4-small"})
        hub.fail_start(repo_id, "RUNTIME_ERROR", "later")
        me.create("data", type="dataset")
        before = me.runtime(repo_id), me.get(f"/api/spaces/{repo_id}").json()
        now = hub.clock.now()
    with LocalHub(data_dir=tmp_path, stage_seconds=STAGE_S) as hub, caller_of(hub, token) as me:
        assert hub.token == token
        assert hub.clock.now() >= now
        assert (me.runtime(repo_id), me.get(f"/api/spaces/{repo_id}").json()) == before
        assert ["S"] == list(me.get(f"/api/spaces/{repo_id}/secrets").json())
        assert 200 == me.get("/api/datasets/me/data").status_code
        me.post(f"/api/spaces/{repo_id}/restart")
        hub.clock.advance(2 * STAGE_S)
        assert "later" == me.runtime(repo_id)["errorMessage"]
        with caller_of(hub, friend) as other:
            assert "org" == other.get("/api/whoami-v2").json()["orgs"][0]["name"]
            assert other.get("/api/whoami-v2").json()["canPay"] is False


def test_what_was_answered_is_on_disk_already(tmp_path: Path) -> None:
    """Not only after a clean end."""
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as me:
        me.create()
        assert '"me/app"' in (tmp_path / "hub.json").read_text()


def test_mistakes_of_a_test_are_said() -> None:
    """Rather than passed over."""
    with LocalHub() as hub:
        with pytest.raises(KeyError, match="no Space"):
            hub.visit("me/nothing")
        with pytest.raises(KeyError, match="no dataset 'me/nothing'"):
            hub.like("me/nothing", repo_type="dataset")
        with pytest.raises(KeyError, match="no user 'ghost'"):
            hub.like("me/nothing", "ghost")
        with pytest.raises(ValueError, match="none of"):
            hub.fail_start("me/nothing", "RUNNING")
        for status, times in ((503, 0), (100, 1), (999, 1)):
            with pytest.raises(ValueError, match="at least once"):
                hub.inject_fault("*", "*", status=status, times=times)
        with pytest.raises(ValueError, match="already"):
            hub.add_user("me")
        with pytest.raises(ValueError, match="no such users: ghost"):
            hub.add_organization("org", members=["ghost"])


def test_two_hubs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is told so, and the first loses nothing."""
    with LocalHub(data_dir=tmp_path), pytest.raises(OSError, match="another local hub"), LocalHub(data_dir=tmp_path):
        pass
    with LocalHub(data_dir=tmp_path) as again:
        assert again.token


def test_what_is_kept_is_for_its_owner(tmp_path: Path) -> None:
    """Tokens and secrets are in it."""
    with LocalHub(data_dir=tmp_path):
        assert 0o600 == (tmp_path / "hub.json").stat().st_mode & 0o777


@pytest.mark.parametrize(
    "wrong", [{"port": -1}, {"port": 99_999}, {"stage_seconds": -1}, {"latency": -1}, {"user": "a/b"}]
)
def test_what_no_hub_can_be_is_refused(wrong: dict[str, Any]) -> None:
    """Before anything is opened, or with everything closed again."""
    with pytest.raises(ValueError, match=next(iter(wrong)) if "user" not in wrong else "no name"), LocalHub(**wrong):
        pass


def test_what_was_served_may_be_read_while_more_is_served() -> None:
    """Each look is a list of its own, and the last one outlives the hub."""
    with LocalHub() as hub, caller_of(hub, None) as nobody:
        nobody.get("/api/spaces")
        before = hub.requests
        for _ in before:
            nobody.get("/api/spaces")
        assert [1, 2] == [len(before), len(hub.requests)]
    assert 2 == len(hub.requests)
