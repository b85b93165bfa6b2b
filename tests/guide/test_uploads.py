"""Folders: as one commit or as several, in parts, with a word on how far they are, and given up in between."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from aiohfspaces import AsyncSpacesClient, CommitTooLargeError, UploadError, UploadProgress
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

KIB = 1024
PARTS = 5
PART_BYTES = 64 * KIB
WEIGHTS = os.urandom(PARTS * PART_BYTES - 7)


@pytest.fixture
async def hub() -> AsyncIterator[LocalHub]:
    """Serve a Hub whose storage takes all but small objects in parts."""
    async with LocalHub(multipart_threshold=PART_BYTES, part_size=PART_BYTES) as hub:
        yield hub


@pytest.fixture
async def space(client: AsyncSpacesClient) -> str:
    """Have an empty Space."""
    await client.create_repo("me/app", space_sdk="static")
    return "me/app"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Have a folder with a file that goes in parts, one that goes whole, and one that goes with the commit."""
    (tmp_path / "weights.bin").write_bytes(WEIGHTS)
    (tmp_path / "small.bin").write_bytes(b"\0small")
    (tmp_path / "app.py").write_text("print()")
    return tmp_path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Have a folder with three hundred files of ten bytes."""
    for number in range(300):
        (tmp_path / f"{number:03}.txt").write_bytes(b"%010d" % number)
    return tmp_path


def open_below(folder: Path) -> list[str]:
    """List the files below a folder that this process holds open."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(descriptor.readlink())
    return [path.name for path in found if path.is_relative_to(folder)]


async def heads(client: AsyncSpacesClient, space: str) -> list[str]:
    """List the commits of a Space, newest first."""
    return [commit.commit_id for commit in await client.list_repo_commits(space)]


class TestParts:
    async def test_a_large_object_travels_in_parts(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, mixed: Path, tmp_path: Path
    ) -> None:
        """Beside one another, without the token, and joined in their order."""
        report = await client.upload_folder(repo_id=space, folder_path=mixed)
        puts = [request for request in hub.requests if request.method == "PUT"]
        assert PARTS + 1 == len(puts)
        assert not any(request.has_authorization for request in puts)
        assert ("app.py", "small.bin", "weights.bin") == report.uploaded
        back = await client.hf_hub_download(space, "weights.bin", local_dir=tmp_path / "back")
        assert Path(back).read_bytes() == WEIGHTS

    @pytest.mark.parametrize("status", [500, None])
    async def test_a_part_that_fails_is_sent_again_alone(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, mixed: Path, status: int | None
    ) -> None:
        """The others have arrived and stay."""
        hub.inject_fault("PUT", "/parts/*", status=status)
        assert (await client.upload_folder(repo_id=space, folder_path=mixed)).committed
        puts = [request.path for request in hub.requests if request.method == "PUT"]
        assert PARTS + 1 + 1 == len(puts)
        assert PARTS + 1 == len(set(puts))

    async def test_a_part_that_is_refused_names_its_file(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, mixed: Path
    ) -> None:
        """And nothing is committed."""
        before = await heads(client, space)
        hub.inject_fault("PUT", "/parts/*", status=403)
        with pytest.raises(UploadError) as caught:
            await client.upload_folder(repo_id=space, folder_path=mixed)
        assert ["weights.bin"] == list(caught.value.failures)
        assert before == await heads(client, space)


class TestOneCommitOrSeveral:
    async def test_more_than_one_commit_holds_is_refused_with_what_would_fit(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, many: Path
    ) -> None:
        """Nothing is committed."""
        with pytest.raises(CommitTooLargeError, match="max_commit_bytes") as caught:
            await client.upload_folder(repo_id=space, folder_path=many, max_commit_bytes=2990)
        assert 299 == len(caught.value.fits)
        assert ["299.txt"] == list(caught.value.failures)
        assert [] == [request for request in hub.requests if "/commit/" in request.path]

    async def test_what_the_hub_does_not_take_is_told_with_what_to_try(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, many: Path
    ) -> None:
        """Half of its bytes, in order: it does not say how much it would take."""
        hub.inject_fault("POST", "/api/spaces/*/commit/main", status=413)
        with pytest.raises(CommitTooLargeError, match="The Hub does not take so much") as caught:
            await client.upload_folder(repo_id=space, folder_path=many)
        assert tuple(f"{number:03}.txt" for number in range(150)) == caught.value.fits
        assert {f"{number:03}.txt" for number in range(150, 300)} == set(caught.value.failures)
        report = await client.upload_folder(repo_id=space, folder_path=many, allow_patterns=caught.value.fits)
        assert caught.value.fits == report.uploaded

    async def test_several_commits_bring_all_of_it(self, client: AsyncSpacesClient, space: str, many: Path) -> None:
        """The first is small, and as long as it goes well they grow; each is on top of the one before."""
        before = await heads(client, space)
        report = await client.upload_folder(repo_id=space, folder_path=many, atomic=False, max_commit_bytes=2500)
        after = await heads(client, space)
        assert (2, 300, 3000) == (len(report.commits), len(report.uploaded), report.bytes_sent)
        assert [*reversed(report.commits), *before] == after
        assert report.oid == after[0]
        again = await client.upload_folder(repo_id=space, folder_path=many, atomic=False)
        assert (False, (), 300, 3000) == (again.committed, again.commits, len(again.unchanged), again.bytes_spared)

    async def test_a_commit_that_is_too_much_for_the_hub_is_cut_in_two(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, many: Path
    ) -> None:
        """What it has taken stays; calling again would go on from there."""
        hub.inject_fault("POST", "/api/spaces/*/commit/main", status=413)
        report = await client.upload_folder(repo_id=space, folder_path=many, atomic=False)
        assert 300 == len(report.uploaded)
        assert 300 < len(await client.list_repo_files(space))
        assert len(report.commits) > 1

    async def test_several_commits_are_one_pull_request(
        self, client: AsyncSpacesClient, space: str, many: Path
    ) -> None:
        """The first opens it, the others follow."""
        before = await heads(client, space)
        report = await client.upload_folder(repo_id=space, folder_path=many, atomic=False, create_pr=True)
        assert "refs/pr/1" == report.pr_revision
        assert before == await heads(client, space)
        assert 300 < len(await client.list_repo_files(space, revision="refs/pr/1"))
        assert 1 == len([found async for found in client.get_repo_discussions(space)])

    async def test_removals_and_files_of_several_commits_do_not_meet(
        self, client: AsyncSpacesClient, space: str, many: Path
    ) -> None:
        """What a later commit adds anew is not removed by the first."""
        await client.upload_file(path_or_fileobj=b"old", path_in_repo="old.txt", repo_id=space)
        await client.upload_file(path_or_fileobj=b"old", path_in_repo="299.txt", repo_id=space)
        report = await client.upload_folder(repo_id=space, folder_path=many, atomic=False, delete_patterns="*.txt")
        assert ("old.txt",) == report.deleted
        assert {f"{number:03}.txt" for number in range(300)} < set(await client.list_repo_files(space))

    async def test_an_error_says_what_was_committed_before(
        self, client: AsyncSpacesClient, space: str, many: Path
    ) -> None:
        """It stays, and the next call goes on from there."""
        (many / "zz.txt").write_bytes(b"x" * 2001)
        with pytest.raises(CommitTooLargeError) as caught:
            await client.upload_folder(repo_id=space, folder_path=many, atomic=False, max_commit_bytes=2000)
        head = (await heads(client, space))[0]
        assert [f"2 commits were made before, and stay; the last one is {head}"] == caught.value.__notes__
        again = await client.upload_folder(repo_id=space, folder_path=many, atomic=False)
        assert (("zz.txt",), 300) == (again.uploaded, len(again.unchanged))

    async def test_what_is_tried_again_is_hashed_and_counted_once(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, tmp_path: Path
    ) -> None:
        """A commit that is cut in two hashes nothing anew."""
        told: list[UploadProgress] = []
        for number in range(4):
            (tmp_path / f"{number}.bin").write_bytes(b"%0100d" % number)
        hub.inject_fault("POST", "/api/spaces/*/commit/main", status=413)
        report = await client.upload_folder(repo_id=space, folder_path=tmp_path, atomic=False, on_progress=told.append)
        assert (4, 400, 400) == (told[-1].files_found, told[-1].bytes_found, report.bytes_hashed)

    async def test_bytes_are_spared_in_each_commit(self, client: AsyncSpacesClient, space: str, tmp_path: Path) -> None:
        """A content that the storage has does not travel, whatever travels before it."""
        content = os.urandom(KIB)
        await client.upload_file(path_or_fileobj=content, path_in_repo="x.bin", repo_id=space)
        for name in ("a.bin", "z.bin"):
            (tmp_path / name).write_bytes(content)
        for number in range(3):
            (tmp_path / f"{number}.txt").write_bytes(b"%0500d" % number)
        report = await client.upload_folder(repo_id=space, folder_path=tmp_path, atomic=False, max_commit_bytes=600)
        assert (2 * KIB, 1500) == (report.bytes_spared, report.bytes_sent)
        assert len(report.commits) > 1


class TestWhatIsLeftOut:
    async def test_what_is_ignored_crowds_no_folder(
        self,
        client: AsyncSpacesClient,
        space: str,
        hub: LocalHub,
        mixed: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Only preupload can tell; what is too much all the same is refused before anything is stored."""
        monkeypatch.setattr("aiohfspaces._plan.limits.MAX_FOLDER_ENTRIES", 2)
        with pytest.raises(CommitTooLargeError) as caught:
            await client.upload_folder(repo_id=space, folder_path=mixed)
        assert ("app.py", "small.bin") == caught.value.fits
        assert [] == [request for request in hub.requests if request.method == "PUT"]
        (mixed / ".gitignore").write_text("*.bin\n")
        report = await client.upload_folder(repo_id=space, folder_path=mixed)
        assert (".gitignore", "app.py") == report.uploaded

    async def test_the_report_names_what_a_gitignore_keeps_out(
        self, client: AsyncSpacesClient, space: str, mixed: Path
    ) -> None:
        """Its own, in the same folder."""
        (mixed / ".gitignore").write_text("*.bin\n")
        report = await client.upload_folder(repo_id=space, folder_path=mixed)
        assert {"small.bin", "weights.bin"} == set(report.ignored)
        assert (".gitignore", "app.py") == report.uploaded

    async def test_a_strict_upload_leaves_nothing_out(self, client: AsyncSpacesClient, space: str, mixed: Path) -> None:
        """It is refused before anything is committed."""
        before = await heads(client, space)
        (mixed / ".gitignore").write_text("*.bin\n")
        with pytest.raises(UploadError, match="strict") as caught:
            await client.upload_folder(repo_id=space, folder_path=mixed, strict=True)
        assert {"small.bin", "weights.bin"} == set(caught.value.failures)
        assert before == await heads(client, space)


class TestProgress:
    @pytest.mark.parametrize("is_awaited", [False, True])
    async def test_a_callback_is_told_of_each_step(
        self, client: AsyncSpacesClient, space: str, mixed: Path, is_awaited: bool
    ) -> None:
        """Nothing ever goes back, and in the end all has been sent."""
        told: list[UploadProgress] = []

        async def awaited(progress: UploadProgress) -> None:
            await checkpoint()
            told.append(progress)

        await client.upload_folder(repo_id=space, folder_path=mixed, on_progress=awaited if is_awaited else told.append)
        for before, after in pairwise(told):
            assert before.bytes_sent <= after.bytes_sent <= after.bytes_total
            assert before.files_sent <= after.files_sent <= after.files_total
            assert before.seconds <= after.seconds
        size = len(WEIGHTS) + len(b"\0small") + len("print()")
        assert (3, size) == (told[-1].files_found, told[-1].bytes_found)
        assert (3, size, 3, size) == (
            told[-1].files_sent,
            told[-1].bytes_sent,
            told[-1].files_total,
            told[-1].bytes_total,
        )
        assert told[-1].bytes_per_second > 0

    async def test_what_does_not_travel_is_not_waited_for(
        self, client: AsyncSpacesClient, space: str, tmp_path: Path
    ) -> None:
        """A content that two files have travels once, and one that the storage has not at all."""
        told: list[UploadProgress] = []
        for name in ("a.bin", "b.bin"):
            (tmp_path / name).write_bytes(b"\0" * KIB)
        await client.upload_folder(repo_id=space, folder_path=tmp_path, on_progress=told.append)
        assert (1, 1, KIB) == (told[-1].files_sent, told[-1].files_total, told[-1].bytes_total)
        await client.upload_folder(repo_id=space, folder_path=tmp_path, path_in_repo="c", on_progress=told.append)
        assert (2, 0, 0) == (told[-1].files_found, told[-1].files_total, told[-1].bytes_total)

    async def test_an_error_of_the_callback_after_the_commit_names_it(
        self, client: AsyncSpacesClient, space: str, tmp_path: Path
    ) -> None:
        """Nothing can take it back."""
        (tmp_path / "a.txt").write_text("a")

        def fail(progress: UploadProgress) -> None:
            if progress.files_sent:
                raise LookupError("mine")

        with pytest.raises(LookupError, match="mine") as caught:
            await client.upload_folder(repo_id=space, folder_path=tmp_path, on_progress=fail)
        head = (await heads(client, space))[0]
        assert [f"A commit was made before, and stays: {head}"] == caught.value.__notes__

    async def test_an_error_of_the_callback_ends_the_upload(
        self, client: AsyncSpacesClient, space: str, mixed: Path
    ) -> None:
        """It is raised as it is, and nothing is committed."""
        before = await heads(client, space)

        def fail(progress: UploadProgress) -> None:
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            await client.upload_folder(repo_id=space, folder_path=mixed, on_progress=fail)
        assert before == await heads(client, space)

    async def test_a_bar_is_shown_and_taken_away(
        self, client: AsyncSpacesClient, space: str, mixed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What is left of it is a blank line."""
        await client.upload_folder(repo_id=space, folder_path=mixed, progress=True)
        shown = capsys.readouterr().err
        assert "Uploading" in shown
        assert "" == shown.rsplit("\r", 1)[-1].strip()

    async def test_a_bar_is_taken_away_after_an_error(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, mixed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The traceback stands alone."""
        hub.inject_fault("PUT", "/parts/*", status=403)
        with pytest.raises(UploadError):
            await client.upload_folder(repo_id=space, folder_path=mixed, progress=True)
        assert "" == capsys.readouterr().err.rsplit("\r", 1)[-1].strip()


class Held(httpx.AsyncBaseTransport):
    """Holds back requests to some paths for ever."""

    def __init__(self, path: str) -> None:
        self.reached = anyio.Event()
        self._path = path
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on, or wait."""
        if self._path in request.url.path:
            self.reached.set()
            await anyio.sleep_forever()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@pytest.mark.parametrize(
    "path",
    ["/validate-yaml", "/preupload/", "/objects/batch", "/objects/", "/parts/", "/complete", "/verify", "/commit/"],
)
@pytest.mark.parametrize("by", ["scope", "task"])
async def test_an_upload_is_given_up_at_any_moment(
    hub: LocalHub, client: AsyncSpacesClient, space: str, mixed: Path, path: str, by: str
) -> None:
    """Its tasks end, its files are closed, and nothing is committed."""
    (mixed / "README.md").write_text("---\ntitle: App\n---\n")
    before = await heads(client, space)
    held, scope = Held(path), anyio.CancelScope()
    async with httpx.AsyncClient(transport=held) as http:
        own = AsyncSpacesClient(hub.token, endpoint=hub.url, http_client=http)

        async def work() -> None:
            with scope:
                await own.upload_folder(repo_id=space, folder_path=mixed)

        tasks = asyncio.all_tasks()
        uploading = asyncio.ensure_future(work())
        await held.reached.wait()
        (scope if by == "scope" else uploading).cancel()
        await asyncio.wait([uploading])
        assert (by == "task", by == "scope") == (uploading.cancelled(), scope.cancelled_caught)
        assert tasks == asyncio.all_tasks()
    assert [] == open_below(mixed)
    assert before == await heads(client, space)
