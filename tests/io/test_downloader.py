from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import anyio
import huggingface_hub
import pytest
from huggingface_hub._local_folder import read_download_metadata

from aiohfspaces import (
    AsyncSpacesClient,
    EntryNotFoundError,
    FileReplacedError,
    HubConnectionError,
    HubServerError,
    HubTimeoutError,
    LocalEntryNotFoundError,
    MalformedReplyError,
    PermissionDeniedError,
    RepositoryNotFoundError,
    Timeout,
)
from aiohfspaces._plan.checksums import git_blob_id
from aiohfspaces._plan.pieces import SHORT_BYTES
from tests.support.scripted import (
    Exchange,
    ScriptedServer,
    Step,
    client_of,
    hang_up,
    html,
    never,
    raw,
    redirect,
    reply,
    serving,
)

pytestmark = pytest.mark.anyio

COMMIT, LATER = "a" * 40, "b" * 40
HELLO = b"hello\n"
ETAG = git_blob_id(HELLO)
FACTS = {"X-Repo-Commit": COMMIT, "ETag": f'"{ETAG}"'}
MISSING = reply({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})


def file(content: bytes = HELLO, **headers: str) -> Step:
    """Serve a regular file, to HEAD and to GET."""
    facts = {**FACTS, "ETag": f'"{git_blob_id(content)}"'}
    return reply(content, headers={**facts, **{name.replace("_", "-"): value for name, value in headers.items()}})


async def get(client: AsyncSpacesClient, cache: Path, filename: str = "app.py", **options: Any) -> Any:
    """Download a file of the Space into a cache."""
    return await client.hf_hub_download("me/app", filename, cache_dir=cache, **options)


def methods(hub: ScriptedServer) -> list[str]:
    """Tell what was asked for, in order."""
    return [request.method for request in hub.received]


def names_in(folder: Path) -> list[str]:
    """List what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_the_cache_is_that_of_the_official_client(tmp_path: Path) -> None:
    """Content once, commits as links to it, revisions as notes; so both find what the other has downloaded."""
    async with serving(rest=file()) as hub, client_of(hub) as client:
        path = Path(await get(client, tmp_path, "src/app.py"))
        repo = tmp_path / "spaces--me--app"
        assert repo / "snapshots" / COMMIT / "src" / "app.py" == path
        assert f"../../../blobs/{ETAG}" == str(path.readlink())
        assert HELLO == (repo / "blobs" / ETAG).read_bytes()
        assert COMMIT == (repo / "refs" / "main").read_text()
        assert ["/spaces/me/app/resolve/main/src/app.py"] * 2 == hub.targets
        assert str(path) == huggingface_hub.try_to_load_from_cache(
            "me/app", "src/app.py", cache_dir=tmp_path, repo_type="space"
        )


async def test_what_the_official_client_downloaded_is_found(tmp_path: Path) -> None:
    """The layout works both ways."""
    repo = tmp_path / "spaces--me--app"
    for part, text in (("blobs/x", "hello"), ("refs/main", COMMIT)):
        (repo / part).parent.mkdir(parents=True)
        (repo / part).write_text(text)
    (repo / "snapshots" / COMMIT).mkdir(parents=True)
    (repo / "snapshots" / COMMIT / "app.py").symlink_to("../../blobs/x")
    async with serving() as hub, client_of(hub) as client:
        assert "hello" == Path(await get(client, tmp_path, local_files_only=True)).read_text()
        assert [] == hub.received


async def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    """For a branch the Hub is asked where it is, for a commit not even that."""
    async with serving(rest=file()) as hub, client_of(hub) as client:
        first = await get(client, tmp_path)
        assert first == await get(client, tmp_path)
        assert ["HEAD", "GET", "HEAD"] == methods(hub)
        assert first == await get(client, tmp_path, revision=COMMIT)
        assert 3 == len(hub.received)


async def test_the_same_content_in_another_commit_is_linked(tmp_path: Path) -> None:
    """It is told by its etag, and not fetched again."""
    async with serving(file(), file(), file(X_Repo_Commit=LATER)) as hub, client_of(hub) as client:
        one, other = await get(client, tmp_path), await get(client, tmp_path)
        assert COMMIT in one
        assert LATER in other
        assert os.path.realpath(one) == os.path.realpath(other)
        assert 3 == len(hub.received)


async def test_force_fetches_what_is_there(tmp_path: Path) -> None:
    """For a commit too."""
    async with serving(file(), file(), file(b"again\n"), file(b"again\n")) as hub, client_of(hub) as client:
        await get(client, tmp_path, revision=COMMIT)
        path = await get(client, tmp_path, revision=COMMIT, force_download=True)
        assert b"again\n" == Path(path).read_bytes()
        assert ["HEAD", "GET", "HEAD", "GET"] == methods(hub)


async def test_a_large_file_comes_from_the_storage_without_the_token(tmp_path: Path) -> None:
    """The redirect of HEAD tells size, hash and where; the token stays with the Hub."""
    sha256 = hashlib.sha256(HELLO).hexdigest()
    async with serving(rest=reply(HELLO)) as storage:
        linked = {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": "6", "Location": f"{storage.url}/o?sig=1"}
        async with serving(rest=reply(status=302, headers={**FACTS, **linked})) as hub, client_of(hub) as client:
            path = await get(client, tmp_path, "model.bin")
        assert sha256 == Path(os.path.realpath(path)).name
        assert ["HEAD"] == methods(hub)
        assert [("GET", None)] == [(each.method, each.authorization) for each in storage.received]


async def test_a_renamed_repository_is_followed(tmp_path: Path) -> None:
    """A redirect inside the Hub is not the storage."""
    async with serving(redirect("/spaces/me/new/resolve/main/app.py", 307), rest=file()) as hub:
        async with client_of(hub) as client:
            assert HELLO == Path(await get(client, tmp_path)).read_bytes()
        assert "/spaces/me/new/resolve/main/app.py" == hub.targets[-1]


@pytest.mark.parametrize("broken", [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhe"), hang_up, reply(status=500)])
async def test_bytes_that_break_off_are_fetched_again(tmp_path: Path, broken: Step) -> None:
    """From the start, and nothing of the first attempt is left."""
    async with serving(file(), broken, file()) as hub, client_of(hub) as client:
        path = await get(client, tmp_path)
        assert HELLO == Path(path).read_bytes()
        assert [ETAG] == names_in(tmp_path / "spaces--me--app" / "blobs")


async def test_other_bytes_than_announced_are_not_kept(tmp_path: Path) -> None:
    """A large file is checked against its hash."""
    linked = {"X-Linked-Etag": f'"{"0" * 64}"', "X-Linked-Size": "6"}
    async with serving(rest=reply(HELLO, headers={**FACTS, **linked})) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError) as caught:
            await get(client, tmp_path)
        assert "sha256" == caught.value.field
        assert [] == names_in(tmp_path / "spaces--me--app" / "blobs")


@pytest.mark.parametrize("name", ["ETag", "X-Repo-Commit"])
@pytest.mark.parametrize("value", ["../../../../evil", '"../evil"', '""', "..", "a\\..\\b", "{tmp_path}/evil"])
async def test_names_from_the_hub_stay_in_the_cache(tmp_path: Path, name: str, value: str) -> None:
    """What would lead out of its folder is no etag and no commit."""
    value = value.format(tmp_path=tmp_path)
    async with serving(rest=reply(HELLO, headers={**FACTS, name: value})) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError):
            await get(client, tmp_path / "a" / "b")
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_missing_file_is_remembered_as_missing(tmp_path: Path) -> None:
    """Where the official client looks for that."""
    async with serving(rest=MISSING) as hub, client_of(hub) as client:
        with pytest.raises(EntryNotFoundError):
            await get(client, tmp_path, "no.py")
    found = huggingface_hub.try_to_load_from_cache("me/app", "no.py", cache_dir=tmp_path, repo_type="space")
    assert found is huggingface_hub._CACHED_NO_EXIST


@pytest.mark.parametrize("outage", ["offline", "503", "gone", "a login page"])
async def test_without_the_hub_what_is_there_is_as_good(
    tmp_path: Path, outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier download serves; a file that never came is told apart."""
    async with serving(file(), file(), rest=reply(status=503)) as hub, client_of(hub) as client:
        first = await get(client, tmp_path)
        if outage == "offline":
            monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        if outage == "gone":
            hub._rest = hang_up
        if outage == "a login page":
            hub._rest = html("<p>Welcome to our network")
        assert first == await get(client, tmp_path)
        with pytest.raises(
            (LocalEntryNotFoundError, HubServerError, HubConnectionError, MalformedReplyError)
        ) as caught:
            await get(client, tmp_path, "other.py")
        assert (outage == "offline") == isinstance(caught.value, LocalEntryNotFoundError)


async def test_a_refusal_is_no_outage(tmp_path: Path) -> None:
    """What one may not see any more is not served from the cache."""
    gone = reply({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
    async with serving(file(), file(), gone) as hub, client_of(hub) as client:
        await get(client, tmp_path)
        with pytest.raises(RepositoryNotFoundError):
            await get(client, tmp_path)


async def test_local_files_only_asks_nobody(tmp_path: Path) -> None:
    """What is not there is an error."""
    async with serving() as hub, client_of(hub) as client:
        with pytest.raises(LocalEntryNotFoundError, match=r"app\.py"):
            await get(client, tmp_path, local_files_only=True)
        assert [] == hub.received


async def test_a_dry_run_fetches_nothing(tmp_path: Path) -> None:
    """It tells what would be done, before and after."""
    async with serving(rest=file()) as hub, client_of(hub) as client:
        plan = await get(client, tmp_path, dry_run=True)
        assert (COMMIT, 6, False, True) == (plan.commit_hash, plan.file_size, plan.is_cached, plan.will_download)
        assert not (tmp_path / "spaces--me--app").exists()
        assert plan.local_path == await get(client, tmp_path)
        plan = await get(client, tmp_path, dry_run=True)
        assert (True, False) == (plan.is_cached, plan.will_download)
        plan = await get(client, tmp_path, dry_run=True, revision=COMMIT)
        assert (6, True) == (plan.file_size, plan.is_cached)
        assert ["HEAD", "HEAD", "GET", "HEAD"] == methods(hub)


async def test_a_folder_gets_the_file_and_a_note(tmp_path: Path) -> None:
    """The note is the official client's, by which a second download sees that it is there."""
    async with serving(rest=file()) as hub, client_of(hub) as client:
        for _ in range(2):
            path = await client.hf_hub_download("me/app", "src/app.py", local_dir=tmp_path)
            assert (str(tmp_path / "src" / "app.py"), HELLO) == (path, Path(path).read_bytes())
        assert ["HEAD", "GET", "HEAD"] == methods(hub)
    metadata = read_download_metadata(tmp_path, "src/app.py")
    assert metadata is not None
    assert (COMMIT, ETAG) == (metadata.commit_hash, metadata.etag)


@pytest.mark.parametrize("change", ["removed", "edited", "newer"])
async def test_a_folder_whose_file_is_another_gets_it_again(tmp_path: Path, change: str) -> None:
    """The note does not count where the file is gone, was changed since, or the Hub has a newer one."""
    newer = file(b"newer\n", ETag='"abc"', X_Repo_Commit=LATER)
    async with serving(file(), file(), rest=newer if change == "newer" else file()) as hub, client_of(hub) as client:
        path = Path(await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path))
        if change == "removed":
            path.unlink()
        if change == "edited":
            path.write_bytes(b"mine")
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 60))
        await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
        assert (b"newer\n" if change == "newer" else HELLO) == path.read_bytes()


async def test_a_folder_serves_without_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the cache does."""
    async with serving(rest=file()) as hub, client_of(hub) as client:
        path = await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert path == await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
        shutil.rmtree(tmp_path / ".cache")
        with pytest.raises(LocalEntryNotFoundError):
            await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)


async def test_a_head_that_fails_for_the_token_is_asked_again(tmp_path: Path) -> None:
    """Metadata and bytes both go with a renewed token."""
    tokens = iter(["hf_old", "hf_new", "hf_newer"])

    async def judge(exchange: Exchange) -> bool:
        answer = file() if exchange.request.authorization != "Bearer hf_old" else reply(status=401)
        return await answer(exchange)

    async with serving(rest=judge) as hub, client_of(hub, lambda: next(tokens)) as client:
        assert HELLO == Path(await get(client, tmp_path)).read_bytes()
        assert ["HEAD", "HEAD", "GET"] == methods(hub)


async def test_a_file_has_the_time_that_its_size_takes(tmp_path: Path) -> None:
    """However little a call may take that carries none."""
    barely = Timeout(total=1e-6, slowest=0.1)
    async with serving(rest=file()) as hub, client_of(hub, timeout=barely) as client:
        assert HELLO == Path(await get(client, tmp_path)).read_bytes()
        with pytest.raises(HubTimeoutError):
            await client.get_space_runtime("me/app")


def tree(*files: dict[str, Any]) -> list[Step]:
    """Say which commit there is, and which files are in it."""
    entries = [{"type": "file", "path": "app.py", "oid": ETAG, "size": len(HELLO), **file} for file in files]
    return [reply({"id": "me/app", "sha": COMMIT}), reply(entries)]


async def test_a_snapshot_fetches_what_the_tree_tells_of(tmp_path: Path) -> None:
    """A regular file needs no look-up; a dry run then asks for no file at all."""
    async with serving(*tree({}), file()) as hub, client_of(hub) as client:
        told = await client.snapshot_download("me/app", cache_dir=tmp_path, dry_run=True)
        assert [(COMMIT, 6, True)] == [(each.commit_hash, each.file_size, each.will_download) for each in told]
        assert 2 == len(hub.received)
    async with serving(*tree({}), file()) as hub, client_of(hub) as client:
        folder = await client.snapshot_download("me/app", cache_dir=tmp_path)
        assert ["GET", "GET", "GET"] == methods(hub)
        assert f"/spaces/me/app/resolve/{COMMIT}/app.py" == hub.targets[-1]
        assert ETAG == Path(os.path.realpath(f"{folder}/app.py")).name


async def test_a_hub_that_names_files_otherwise_is_asked(tmp_path: Path) -> None:
    """Where its etag is not the one that the tree made expect, that of a look-up counts."""
    other = file(ETag='"abc"')
    async with serving(*tree({}), rest=other) as hub, client_of(hub) as client:
        folder = await client.snapshot_download("me/app", cache_dir=tmp_path)
        assert ["GET", "GET", "GET", "HEAD", "GET"] == methods(hub)
        assert "abc" == Path(os.path.realpath(f"{folder}/app.py")).name


@pytest.mark.parametrize("oid", ["../../evil", "", "0" * 39])
async def test_a_tree_names_no_file_on_disk(tmp_path: Path, oid: str) -> None:
    """What is no git id is not taken for one: the file is looked up."""
    async with serving(*tree({"oid": oid}), rest=file()) as hub, client_of(hub) as client:
        folder = await client.snapshot_download("me/app", cache_dir=tmp_path)
        assert ETAG == Path(os.path.realpath(f"{folder}/app.py")).name


async def test_a_file_that_becomes_another_is_looked_up_again(tmp_path: Path) -> None:
    """Between the look-up and the bytes; what is kept is the newer one, under its own name."""
    newer = file(b"newer\n", X_Repo_Commit=LATER)
    async with serving(file(), rest=newer) as hub, client_of(hub) as client:
        path = await get(client, tmp_path)
        assert ["HEAD", "GET", "HEAD", "GET"] == methods(hub)
    assert (LATER, b"newer\n") == (Path(path).parent.name, Path(path).read_bytes())


async def test_a_file_that_never_stays_the_same_is_an_error(tmp_path: Path) -> None:
    """It names the file; nothing of it is kept."""
    count = 0

    async def changing(exchange: Exchange) -> bool:
        nonlocal count
        count += 1
        return await file(b"%d" % count)(exchange)

    async with serving(rest=changing) as hub, client_of(hub) as client:
        with pytest.raises(FileReplacedError, match=r"app\.py"):
            await get(client, tmp_path)
        assert ["HEAD", "GET"] * 3 == methods(hub)
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_link_that_has_expired_is_asked_for_again(tmp_path: Path) -> None:
    """The storage refuses it; the Hub gives another."""
    sha256 = hashlib.sha256(HELLO).hexdigest()
    async with serving(reply(status=403), rest=reply(HELLO)) as storage:
        linked = {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": "6", "Location": f"{storage.url}/o?sig=1"}
        async with serving(rest=reply(status=302, headers={**FACTS, **linked})) as hub, client_of(hub) as client:
            assert HELLO == Path(await get(client, tmp_path, "model.bin")).read_bytes()
            assert ["HEAD", "HEAD"] == methods(hub)


@pytest.mark.parametrize("grows", [True, False])
async def test_a_link_may_expire_as_often_as_more_has_come(tmp_path: Path, grows: bool) -> None:
    """A download may take many hours; where nothing new comes, the storage is believed."""
    content = os.urandom(SHORT_BYTES + 600_000)
    sha256, refused, answered = hashlib.sha256(content).hexdigest(), 0, 0

    async def expiring(exchange: Exchange) -> bool:
        nonlocal refused, answered
        start, end = (int(number) for number in exchange.request.headers["range"][len("bytes=") :].split("-"))
        if refused > answered and grows:
            answered += 1
            part = content[start : min(end + 1, start + 300_000)]
            told = {"Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(content)}"}
            return await reply(part, 206, told)(exchange)
        refused += 1
        return await reply(status=403)(exchange)

    async with serving(rest=expiring) as storage:
        linked = {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(len(content)), "Location": f"{storage.url}/o"}
        async with serving(rest=reply(status=302, headers={**FACTS, **linked})) as hub, client_of(hub) as client:
            if grows:
                assert content == Path(await get(client, tmp_path, "model.bin")).read_bytes()
                assert (6, 6) == (refused, answered)
            else:
                with pytest.raises(PermissionDeniedError):
                    await get(client, tmp_path, "model.bin")
                assert 3 == len(hub.received)


async def test_what_is_wrong_with_a_file_names_it(tmp_path: Path) -> None:
    """A regular file is checked against its git id."""
    async with serving(rest=reply(b"evil!\n", headers=FACTS)) as hub, client_of(hub) as client:
        with pytest.raises(MalformedReplyError, match=r"^src/app\.py: .*git blob id"):
            await get(client, tmp_path, "src/app.py")
        with pytest.raises(MalformedReplyError):
            await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path / "x")
    aside = {"app.py.lock", ".gitignore", "CACHEDIR.TAG"}
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in aside]


async def test_a_reply_shorter_than_announced_leaves_nothing(tmp_path: Path) -> None:
    """The connection closes before the end, each time."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nETag: {ETAG}\r\nX-Repo-Commit: {COMMIT}\r\n\r\n"
    async with serving(file(), rest=raw(f"{head}he".encode())) as hub, client_of(hub) as client:
        with pytest.raises(HubConnectionError) as caught:
            await get(client, tmp_path)
        assert "not done" == caught.value.outcome
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_what_is_linked_already_is_not_written_again(tmp_path: Path) -> None:
    """So a cache that may only be read serves as well."""
    async with serving(rest=file()) as hub, client_of(hub) as client:
        path = Path(await get(client, tmp_path))
        before = path.lstat().st_ino
        assert str(path) == await get(client, tmp_path)
        assert before == path.lstat().st_ino


async def test_a_missing_file_in_the_place_of_a_folder_is_missing(tmp_path: Path) -> None:
    """That it is remembered as missing is a hint: what stands in the way of the note is no error."""
    async with serving(rest=MISSING) as hub, client_of(hub) as client:
        for name in ("config", "config/x.json"):
            with pytest.raises(EntryNotFoundError):
                await get(client, tmp_path, name)


@pytest.mark.parametrize("way", ["file", "snapshot", "revision"])
async def test_a_cache_whose_notes_cannot_be_written_serves(tmp_path: Path, way: str) -> None:
    """The file is what was asked for; which commit the branch is at can be asked again."""
    async with serving(*tree({}), rest=file()) as hub, client_of(hub) as client:
        await client.snapshot_download("me/app", cache_dir=tmp_path)
        refs = tmp_path / "spaces--me--app" / "refs"
        shutil.rmtree(refs)
        refs.write_text("in the way")
        hub._rest = reply({"id": "me/app", "sha": COMMIT}) if way != "file" else file()
        if way == "file":
            assert HELLO == Path(await get(client, tmp_path)).read_bytes()
        elif way == "snapshot":
            assert HELLO == (Path(await client.snapshot_download("me/app", cache_dir=tmp_path)) / "app.py").read_bytes()
        else:
            assert COMMIT == (await client.resolve_revision("me/app", cache_dir=tmp_path)).resolved


@pytest.mark.parametrize("content", [HELLO, b"other"], ids=["the same", "another"])
@pytest.mark.parametrize("noted", ["unknown", "newer"])
@pytest.mark.parametrize("size", ["regular", "large"])
async def test_a_folder_that_has_the_file_already_keeps_it(
    tmp_path: Path, content: bytes, noted: str, size: str
) -> None:
    """Copied there by hand, or touched since: its hash tells whether it is the one, and it is noted then."""
    sha256 = hashlib.sha256(HELLO).hexdigest()
    large = file(X_Linked_Etag=f'"{sha256}"', X_Linked_Size="6")
    async with serving(rest=large if size == "large" else file()) as hub, client_of(hub) as client:
        path = tmp_path / "app.py"
        if noted == "newer":
            await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
            note = tmp_path / ".cache" / "huggingface" / "download" / "app.py.metadata"
            note.write_text("\n".join([*note.read_text().split()[:2], "0"]))
        path.write_bytes(content)
        before = len(hub.received)
        plan = await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path, dry_run=True)
        assert (content != HELLO) == plan.will_download
        await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
        assert HELLO == path.read_bytes()
        assert ["HEAD", "HEAD", *["GET"] * (content != HELLO)] == methods(hub)[before:]
    assert read_download_metadata(tmp_path, "app.py") is not None


async def test_notes_in_a_folder_are_kept_out_of_git_and_of_backups(tmp_path: Path) -> None:
    """As the official client does it; what the user has made of that stays."""
    notes = tmp_path / ".cache" / "huggingface"
    async with serving(rest=file()) as hub, client_of(hub) as client:
        await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
        assert "*" == (notes / ".gitignore").read_text()
        assert (notes / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
        (notes / ".gitignore").write_text("")
        await client.hf_hub_download("me/app", "app.py", local_dir=tmp_path)
        assert "" == (notes / ".gitignore").read_text()


@pytest.mark.parametrize("place", ["cache_dir", "local_dir"])
async def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Of folders that are given otherwise, too: they mean the same after a change of the working folder."""
    monkeypatch.chdir(tmp_path)
    async with serving(file(), file(), *tree({}), rest=file()) as hub, client_of(hub) as client:
        where: dict[str, Any] = {place: "here"}
        path = Path(await client.hf_hub_download("me/app", "app.py", **where))
        folder = Path(await client.snapshot_download("me/app", **where))
    assert (path, True) == (folder / "app.py", path.is_relative_to(tmp_path / "here"))


def named(*paths: str) -> list[Step]:
    """Say that a commit has these files."""
    return tree(*[{"path": path} for path in paths])


@pytest.mark.parametrize(
    ("path", "bars"),
    [
        ("../evil", {"cache_dir", "local_dir"}),
        ("/evil", {"cache_dir", "local_dir"}),
        ("a/.git/hooks/x", {"cache_dir", "local_dir"}),
        (".cache/huggingface/download/app.py.metadata", {"local_dir"}),
        ("a/.cache/huggingface/x", set[str]()),
    ],
)
@pytest.mark.parametrize("place", ["cache_dir", "local_dir"])
async def test_a_path_that_does_harm_is_refused_where_it_is_wanted(
    tmp_path: Path, path: str, bars: set[str], place: str
) -> None:
    """What leads out, what git obeys, and the notes of a folder; nobody asks for what a pattern leaves out."""
    where: dict[str, Any] = {place: tmp_path / "here"}
    async with serving(*named("app.py", path), rest=file()) as hub, client_of(hub) as client:
        if place in bars:
            with pytest.raises(MalformedReplyError):
                await client.snapshot_download("me/app", **where)
        else:
            found = Path(await client.snapshot_download("me/app", **where))
            assert HELLO == (found / path).read_bytes()
    where = {place: tmp_path / "there"}
    async with serving(*named("app.py", path), rest=file()) as hub, client_of(hub) as client:
        found = Path(await client.snapshot_download("me/app", allow_patterns="app.py", **where))
        assert HELLO == (found / "app.py").read_bytes()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("place", ["cache_dir", "local_dir"])
async def test_a_part_of_a_snapshot_is_no_success_where_the_hub_answers(tmp_path: Path, place: str) -> None:
    """It told of the commit and not of its files: what is here may be but one of them."""
    head, where = tree()[0], {place: tmp_path}
    async with serving(file(), file(), head, rest=reply(status=503)) as hub, client_of(hub) as client:
        await client.hf_hub_download("me/app", "app.py", **where)  # type: ignore[call-overload]
        with pytest.raises(HubServerError):
            await client.snapshot_download("me/app", **where)  # type: ignore[call-overload]


async def test_what_is_to_be_fetched_anew_is_not_taken_from_here(tmp_path: Path) -> None:
    """Although nobody can be asked."""
    async with serving(file(), file(), rest=hang_up) as hub, client_of(hub) as client:
        await get(client, tmp_path)
        assert (await client.snapshot_download("me/app", cache_dir=tmp_path)).endswith(COMMIT)
        with pytest.raises(LocalEntryNotFoundError):
            await client.snapshot_download("me/app", cache_dir=tmp_path, force_download=True)
        with pytest.raises(HubConnectionError):
            await client.snapshot_download("me/app", cache_dir=tmp_path, revision=COMMIT, force_download=True)


@pytest.mark.parametrize("is_own", [True, False])
async def test_a_folder_without_downloads_is_no_snapshot(tmp_path: Path, *, is_own: bool) -> None:
    """Be it empty, or full of other files."""
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    folder.mkdir()
    async with serving(rest=file()) as hub, client_of(hub) as client:
        await get(client, cache)
        (folder / "mine.py").write_text("mine")
        if is_own:
            await client.hf_hub_download("me/app", "app.py", local_dir=folder)
        options: dict[str, Any] = {"cache_dir": cache, "local_dir": folder, "local_files_only": True}
        if is_own:
            assert str(folder) == await client.snapshot_download("me/app", **options)
        else:
            with pytest.raises(LocalEntryNotFoundError):
                await client.snapshot_download("me/app", **options)


async def test_a_small_file_comes_while_a_large_one_takes_its_time(tmp_path: Path) -> None:
    """Its look-up is no outage of the Hub, however little time it has, and it has a connection of its own."""
    async with serving(rest=never) as storage:
        linked = {"X-Linked-Etag": f'"{"0" * 64}"', "X-Linked-Size": str(40 << 20), "Location": f"{storage.url}/o"}

        async def answer(exchange: Exchange) -> bool:
            is_large = "model.bin" in exchange.request.target
            return await (reply(status=302, headers={**FACTS, **linked}) if is_large else file())(exchange)

        async with (
            serving(rest=answer) as hub,
            client_of(hub, max_connections=4) as client,
            anyio.create_task_group() as group,
        ):
            for name in ("one", "two"):
                group.start_soon(get, client, tmp_path / name, "model.bin")
            await storage.until(lambda: len(storage.received) == 2)
            assert HELLO == Path(await get(client, tmp_path, etag_timeout=2)).read_bytes()
            assert 2 == len(storage.received)
            group.cancel_scope.cancel()
