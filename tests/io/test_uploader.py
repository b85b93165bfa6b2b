from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tracemalloc
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest
from anyio.abc import ByteStream, SocketAttribute
from attrs import Factory, define

from aiohfspaces import (
    AsyncSpacesClient,
    CommitConflictError,
    CommitOperationAdd,
    CommitOperationDelete,
    CommitTooLargeError,
    FileChangedError,
    HubServerError,
    MalformedReplyError,
    PermissionDeniedError,
    RetryPolicy,
    UploadError,
    UploadProgress,
)
from aiohfspaces._io.committing import Destination
from aiohfspaces._io.files import READ_BYTES
from aiohfspaces._io.storing import BATCH_TASKS, CALL_TASKS, HASHING_TASKS, LONGEST_IGNORES
from aiohfspaces._io.telling import Tally
from aiohfspaces._io.turns import turns_at
from aiohfspaces._io.uploader import LOST_REPLIES, upload
from aiohfspaces._plan.allowances import TRANSFER_TASKS
from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.uploads import LFS_BATCH_OBJECTS, PREUPLOAD_FILES
from aiohfspaces.localhub import LocalHub
from tests.support.scripted import (
    BOTH_LOOPS,
    TOKEN,
    Exchange,
    Received,
    ScriptedServer,
    Step,
    client_of,
    hang_up,
    never,
    reply,
    serving,
)

pytestmark = pytest.mark.anyio

SPACE = "me/app"
HEAD, MADE = "a" * 40, "c" * 40
BEARER = f"Bearer {TOKEN}"
LARGE = b"large by its name"
ATTEMPTS = RetryPolicy().attempts
MIB = 1 << 20
LATER_NS = 10**9


def sha256(content: bytes) -> str:
    """Name an object as the storage does."""
    return hashlib.sha256(content).hexdigest()


def blob_id(content: bytes) -> str:
    """Name a blob as git does."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def tree(root: Path, contents: Mapping[str, bytes]) -> Path:
    """Make files."""
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def rewrite(path: Path, content: bytes) -> None:
    """Give a file other content, at a later time than before."""
    before = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(before + LATER_NS, before + LATER_NS))


def kind_of(method: str, target: str) -> str:
    """Tell which step of an upload a request is."""
    path = target.partition("?")[0]
    kinds = ("preupload", "commits", "commit", "tree", "batch", "verify")
    return "put" if method == "PUT" else next((kind for kind in kinds if f"/{kind}" in path), "other")


def open_files(folder: Path) -> list[str]:
    """List the files below a folder that this process holds open."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(descriptor.readlink())
    return [str(path) for path in found if path.is_relative_to(folder)]


@define
class Answers:
    """What the Hub says at each step: files that end in ``.bin`` are large, and nothing is there yet.

    Attributes:
        url: The Hub.
        storage: Where large files go.
        present: Path to the id of what is there.
        head: What preupload reports as the head.
        modes: Path to a mode that is not the usual one.
        ignored: Paths that the Hub leaves out.
        stored: Objects that are there already.
        left_out: Objects of which the batch says nothing.
        errors: Object to why it cannot be stored.
        verified: Whether the Hub wants to be told that an object has arrived.
        steps: Answers that come before the usual ones, by the kind of the request.
        before: What happens before a kind of request is answered.
    """

    url: str
    storage: str
    present: dict[str, str] = Factory(dict)
    head: str | None = HEAD
    modes: dict[str, str] = Factory(dict)
    ignored: set[str] = Factory(set)
    stored: set[str] = Factory(set)
    left_out: set[str] = Factory(set)
    errors: dict[str, str] = Factory(dict)
    verified: bool = True
    steps: dict[str, list[Step]] = Factory(dict)
    before: dict[str, Callable[[], object]] = Factory(dict)

    async def answer(self, exchange: Exchange) -> bool:
        """Answer what came over a socket."""
        request = exchange.request
        kind = kind_of(request.method, request.target)
        self.before.get(kind, lambda: None)()
        if waiting := self.steps.get(kind):
            return await waiting.pop(0)(exchange)
        return await reply(self.said(kind, request.body))(exchange)

    def said(self, kind: str, body: bytes) -> Any:
        """Tell what a reply holds."""
        match kind:
            case "preupload":
                head = {} if self.head is None else {"commitOid": self.head}
                return {"files": [self._mode(file["path"]) for file in json.loads(body)["files"]], **head}
            case "batch":
                wanted = json.loads(body)["objects"]
                return {"objects": [self._object(one) for one in wanted if one["oid"] not in self.left_out]}
            case "commit":
                url = f"{self.url}/spaces/{SPACE}/commit/{MADE}"
                return {"success": True, "commitOid": MADE, "commitUrl": url, "hookOutput": ""}
            case "commits":
                return [{"id": HEAD, "title": "t", "date": "2025-01-01T00:00:00.000Z", "authors": [{"user": "me"}]}]
            case "tree":
                return [{"type": "file", "path": path, "oid": oid, "size": 1} for path, oid in self.present.items()]
        return {}

    def _mode(self, path: str) -> dict[str, Any]:
        mode = self.modes.get(path, "lfs" if path.endswith(".bin") else "regular")
        present = {"oid": self.present[path]} if path in self.present else {}
        return {"path": path, "uploadMode": mode, "shouldIgnore": path in self.ignored, **present}

    def _object(self, wanted: dict[str, Any]) -> dict[str, Any]:
        oid = wanted["oid"]
        if oid in self.errors:
            return {**wanted, "error": {"code": 422, "message": self.errors[oid]}}
        if oid in self.stored:
            return wanted
        actions = {"upload": {"href": f"{self.storage}/objects/{oid}?signature=s1gned"}}
        if self.verified:
            actions["verify"] = {"href": f"{self.url}/spaces/{SPACE}.git/info/lfs/objects/verify"}
        return {**wanted, "actions": actions}


@define
class Scene:
    """A Hub, a storage elsewhere, and a client."""

    answers: Answers
    hub: ScriptedServer
    storage: ScriptedServer
    client: AsyncSpacesClient

    def sent(self, kind: str) -> list[Received]:
        """List the requests of a kind."""
        both = (*self.hub.received, *self.storage.received)
        return [request for request in both if kind == kind_of(request.method, request.target)]

    def asked(self, kind: str) -> list[Any]:
        """List what such requests hold as JSON."""
        return [json.loads(request.body) for request in self.sent(kind)]

    @property
    def header(self) -> dict[str, Any]:
        """The first line of the one commit."""
        return self._lines()[0]["value"]  # type: ignore[no-any-return]

    @property
    def committed(self) -> list[tuple[str, str]]:
        """The other lines of the one commit: what is done to which path."""
        return [(line["key"], line["value"]["path"]) for line in self._lines()[1:]]

    @property
    def contents(self) -> dict[str, bytes]:
        """The regular files of the one commit."""
        return {
            line["value"]["path"]: b64decode(line["value"]["content"], validate=True)
            for line in self._lines()
            if line["key"] == "file"
        }

    def _lines(self) -> list[Any]:
        (commit,) = self.sent("commit")
        return [json.loads(line) for line in commit.body.splitlines()]

    async def upload_folder(self, folder: Path, **options: Any) -> Any:
        """Upload a folder to the Space."""
        return await self.client.upload_folder(repo_id=SPACE, folder_path=folder, **options)

    async def upload_file(self, content: Any, path: str = "model.bin", **options: Any) -> Any:
        """Upload one thing to the Space, by default as a large file."""
        return await self.client.upload_file(repo_id=SPACE, path_or_fileobj=content, path_in_repo=path, **options)


@asynccontextmanager
async def scene(**said: Any) -> AsyncIterator[Scene]:
    """Serve a Hub that says this, and its storage."""
    answers = Answers("", "", **said)
    async with (
        serving(rest=answers.answer) as hub,
        serving(rest=answers.answer) as storage,
        client_of(hub) as client,
    ):
        answers.url, answers.storage = hub.url, storage.url
        yield Scene(answers, hub, storage, client)


class InProcess(httpx.AsyncBaseTransport):
    """Answers inside the process, so that bodies can be let go while they come, and calls be held.

    With `held` each waits for a while, with `together` those of a kind until so many are under way at once.

    Attributes:
        begun: How many requests of each kind have begun.
        most: How many of each kind were under way at once, at the most.
        lengths: Of each request with a body, the kind, the length it announced, and the bytes that came.
    """

    def __init__(self, answers: Answers, *, held: int = 0, together: tuple[str, int] = ("", 0)) -> None:
        self.begun: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.lengths: list[tuple[str, int, int]] = []
        self.under_way: Counter[str] = Counter()
        self._answers = answers
        self._held = held
        self._together = together

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, held back until all that wait to come beside it have come."""
        kind = kind_of(request.method, request.url.path)
        self.begun[kind] += 1
        self.under_way[kind] += 1
        self.most[kind] = max(self.most[kind], self.under_way[kind])
        try:
            while kind == self._together[0] and self.most[kind] < self._together[1]:
                await anyio.lowlevel.checkpoint()
            for _ in range(self._held):
                await anyio.lowlevel.checkpoint()
            body = await self._taken(kind, request)
        finally:
            self.under_way[kind] -= 1
        return httpx.Response(200, json=self._answers.said(kind, body))

    async def _taken(self, kind: str, request: httpx.Request) -> bytes:
        """Take in the body: what has no answer of its own is counted only."""
        came, kept = 0, bytearray()
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for piece in request.stream:
            came += len(piece)
            if kind in ("preupload", "batch"):
                kept += piece
        self.lengths.append((kind, int(request.headers.get("content-length", -1)), came))
        return bytes(kept)


class Changing(InProcess):
    """A Hub beside which a file changes when a commit's body begins."""

    def __init__(self, answers: Answers, path: Path) -> None:
        super().__init__(answers)
        self._path = path

    async def _taken(self, kind: str, request: httpx.Request) -> bytes:
        if kind == "commit":
            await anyio.to_thread.run_sync(lambda: rewrite(self._path, self._path.read_bytes().upper()))
        return await super()._taken(kind, request)


def in_process(http: InProcess) -> AsyncSpacesClient:
    """Make a client of what answers inside the process."""
    http_client = httpx.AsyncClient(transport=http)
    return AsyncSpacesClient(TOKEN, endpoint="http://hub.invalid", http_client=http_client)


def answers_in_process(**said: Any) -> Answers:
    """Make answers of a Hub that nobody connects to."""
    return Answers("http://hub.invalid", "http://storage.invalid", **said)


# What is asked, and what goes where


async def test_preupload_asks_for_so_many_files_at_a_time(tmp_path: Path) -> None:
    """Three hundred files are two calls, and each file is in one of them."""
    names = [f"{number:03}.txt" for number in range(300)]
    async with scene() as at:
        report = await at.upload_folder(tree(tmp_path, {name: name.encode() for name in names}))
        asked = [[file["path"] for file in body["files"]] for body in at.asked("preupload")]
        assert [300 - PREUPLOAD_FILES, PREUPLOAD_FILES] == sorted(map(len, asked))
        assert names == sorted(asked[0] + asked[1])
        assert names == list(report.uploaded)
        assert {name: name.encode() for name in names} == at.contents


async def test_the_batch_asks_for_so_many_objects_at_a_time(tmp_path: Path) -> None:
    """Few calls, though the transfers always wait for more; each object is asked for once."""
    contents = {f"{number:03}.bin": b"%d" % number for number in range(300)}
    async with scene(stored={sha256(content) for content in contents.values()}) as at:
        await at.upload_folder(tree(tmp_path, contents))
        asked = [[(wanted["oid"], wanted["size"]) for wanted in body["objects"]] for body in at.asked("batch")]
        assert len(asked) <= 10
        assert max(map(len, asked)) <= LFS_BATCH_OBJECTS
        expected = [(sha256(content), len(content)) for content in contents.values()]
        assert sorted(expected) == sorted(wanted for batch in asked for wanted in batch)
        assert [] == at.sent("put")


async def test_preupload_is_told_size_and_beginning() -> None:
    """The Hub tells text from binary by the first bytes."""
    content = bytes(range(256)) * 3
    async with scene() as at:
        await at.upload_file(content, "any")
        told = [{"path": "any", "size": 768, "sample": b64encode(content[:512]).decode()}]
        assert [{"files": told}] == at.asked("preupload")


@pytest.mark.parametrize(
    ("options", "revision", "ref"),
    [
        ({}, "main", {"name": "main"}),
        ({"revision": "refs/pr/1"}, "refs%2Fpr%2F1", {"name": "refs/pr/1"}),
        ({"create_pr": True}, "main", None),
    ],
    ids=["default", "branch", "pull request"],
)
async def test_the_storage_is_told_the_branch_that_there_is(
    options: dict[str, Any], revision: str, ref: dict[str, str] | None
) -> None:
    """For a pull request there is none yet, so the batch names none."""
    async with scene() as at:
        await at.upload_file(LARGE, **options)
        (batch,) = at.asked("batch")
        assert ref == batch.get("ref")
        query = "?create_pr=1" if ref is None else ""
        for kind in ("preupload", "commit"):
            (request,) = at.sent(kind)
            assert f"/api/spaces/{SPACE}/{kind}/{revision}{query}" == request.target


async def test_an_object_is_verified_after_it_was_stored() -> None:
    """At the Hub, by name and size, with the token that the storage must not see."""
    arrived: list[bool] = []
    async with scene() as at:
        at.answers.before["verify"] = lambda: arrived.append(bool(at.sent("put")))
        await at.upload_file(LARGE)
        (put,), (verify,) = at.sent("put"), at.sent("verify")
        assert (f"/objects/{sha256(LARGE)}?signature=s1gned", LARGE, None) == (put.target, put.body, put.authorization)
        assert [put] == at.storage.received
        assert {"oid": sha256(LARGE), "size": len(LARGE)} == json.loads(verify.body)
        assert BEARER == verify.authorization
        assert [True] == arrived
        assert ["preupload", "batch", "verify", "commit"] == [
            kind_of(request.method, request.target) for request in at.hub.received
        ]


async def test_nobody_is_told_where_nobody_asks() -> None:
    """A batch that names no ``verify`` wants none."""
    async with scene(verified=False) as at:
        await at.upload_file(LARGE)
        assert ([], 1, 1) == (at.sent("verify"), len(at.sent("put")), len(at.sent("commit")))


async def test_the_storages_own_headers_go_along() -> None:
    """And nothing of the account."""

    async def with_header(exchange: Exchange) -> bool:
        said = at.answers.said("batch", exchange.request.body)
        said["objects"][0]["actions"]["upload"]["header"] = {"X-Storage": "given", "Content-Type": "a/b"}
        return await reply(said)(exchange)

    async with scene(steps={"batch": [with_header]}) as at:
        await at.upload_file(LARGE)
        (put,) = at.sent("put")
        assert ("given", "a/b", None) == (put.headers["x-storage"], put.headers["content-type"], put.authorization)


async def test_equal_content_is_stored_once(tmp_path: Path) -> None:
    """And committed under both of its paths."""
    async with scene() as at:
        report = await at.upload_folder(tree(tmp_path, {"one.bin": LARGE, "two.bin": LARGE}))
        assert ([1], 1) == ([len(body["objects"]) for body in at.asked("batch")], len(at.sent("put")))
        assert [("lfsFile", "one.bin"), ("lfsFile", "two.bin")] == at.committed
        assert ("one.bin", "two.bin") == report.uploaded


async def test_empty_files_are_regular_whatever_the_hub_says(tmp_path: Path) -> None:
    """The storage takes no object without a byte."""
    async with scene() as at:
        await at.upload_folder(tree(tmp_path, {"empty.bin": b"", "empty.txt": b""}))
        assert [("file", "empty.bin"), ("file", "empty.txt")] == at.committed
        assert {"empty.bin": b"", "empty.txt": b""} == at.contents
        assert [] == [*at.sent("batch"), *at.sent("put")]


async def test_a_gitignore_goes_ahead_with_each_question(tmp_path: Path) -> None:
    """The Hub judges by the rules that come with the files, and what it leaves out is reported."""
    contents = {".gitignore": "*.log\nü\n".encode(), "run.log": b"x"} | {f"{number}.txt": b"x" for number in range(260)}
    async with scene(ignored={"run.log"}) as at:
        report = await at.upload_folder(tree(tmp_path, contents))
        assert ["*.log\nü\n"] * 2 == [body.get("gitIgnore") for body in at.asked("preupload")]
        assert ("run.log",) == report.ignored
        assert contents.keys() - {"run.log"} == at.contents.keys()


async def test_only_the_gitignore_of_the_root_counts(tmp_path: Path) -> None:
    """One further down has rules for its folder only."""
    async with scene() as at:
        await at.upload_folder(tree(tmp_path, {"sub/.gitignore": b"*"}))
        assert [False] == ["gitIgnore" in body for body in at.asked("preupload")]


async def test_a_path_that_is_added_is_not_removed_first(tmp_path: Path) -> None:
    """Neither one that is there with this content, nor one that comes new; what matches besides goes."""
    contents = {"same.txt": b"same", "other.txt": b"other"}
    present = {"same.txt": blob_id(b"same"), "other.txt": blob_id(b"before"), "old.txt": HEAD, "old.md": HEAD}
    async with scene(present=present) as at:
        report = await at.upload_folder(tree(tmp_path, contents), delete_patterns="*.txt")
        assert [("deletedFile", "old.txt"), ("file", "other.txt")] == at.committed
        assert (("old.txt",), ("same.txt",), ("other.txt",)) == (report.deleted, report.unchanged, report.uploaded)


@pytest.mark.parametrize("head", [HEAD, None])
async def test_without_a_change_there_is_no_commit(tmp_path: Path, head: str | None) -> None:
    """The report names the head, which preupload told or the history tells."""
    present = {"a.txt": blob_id(b"a"), "b.bin": sha256(LARGE)}
    async with scene(present=present, head=head) as at:
        report = await at.upload_folder(tree(tmp_path, {"a.txt": b"a", "b.bin": LARGE}))
        assert (False, HEAD, ("a.txt", "b.bin")) == (report.committed, report.oid, report.unchanged)
        assert [] == [*at.sent("batch"), *at.sent("put"), *at.sent("commit")]


async def test_a_stored_object_that_the_repository_lacks_is_committed() -> None:
    """What the storage has already is not sent again, only named."""
    async with scene(stored={sha256(LARGE)}) as at:
        await at.upload_file(LARGE)
        assert [("lfsFile", "model.bin")] == at.committed
        assert [] == [*at.sent("put"), *at.sent("verify")]


# Where the bytes come from


class Slow(BytesIO):
    """A file object that gives at most seven bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read a little."""
        return super().read(min(7, size) if size is not None and size > 0 else size)


@contextmanager
def opened(kind: str, path: Path) -> Iterator[Any]:
    """Give a file in one of the ways in which a caller may."""
    match kind:
        case "path":
            yield path
        case "text":
            yield str(path)
        case "bytes":
            yield path.read_bytes()
        case "BytesIO":
            yield BytesIO(path.read_bytes())
        case "few at a time":
            yield Slow(path.read_bytes())
        case _:
            with path.open("rb", buffering=0 if kind == "unbuffered" else -1) as file:
                file.seek(5)
                yield file


@pytest.mark.parametrize("name", ["file.txt", "file.bin"])
@pytest.mark.parametrize("kind", ["path", "text", "bytes", "BytesIO", "few at a time", "buffered", "unbuffered"])
async def test_a_file_is_committed_alike_however_it_is_given(tmp_path: Path, name: str, kind: str) -> None:
    """From its first byte to its last, wherever a file object stands."""
    content = os.urandom(MIB) + b"!"
    path = tree(tmp_path, {name: content}) / name
    async with scene() as at:
        with opened(kind, path) as given:
            report = await at.upload_file(given, name)
        if name == "file.txt":
            assert {name: content} == at.contents
        else:
            (put,), (commit,) = at.sent("put"), at.sent("commit")
            assert content == put.body
            value = {"path": name, "algo": "sha256", "oid": sha256(content), "size": len(content)}
            assert {"key": "lfsFile", "value": value} == json.loads(commit.body.splitlines()[1])
        assert ((name,), len(content)) == (report.uploaded, report.bytes_sent)


@BOTH_LOOPS
@pytest.mark.parametrize("name", ["file.txt", "file.bin"])
async def test_bytes_go_up_on_both_loops(name: str, anyio_backend: str) -> None:
    """What is in memory needs no file."""
    async with scene() as at:
        assert (await at.upload_file(LARGE, name)).committed


@pytest.mark.parametrize("size", [0, 1, 2, 3, 768 * 1024 - 1, 768 * 1024, 768 * 1024 + 1])
async def test_bodies_say_their_length_and_come_unchunked(tmp_path: Path, size: int) -> None:
    """Neither the Hub nor its storage takes a body of unknown length."""
    content = os.urandom(size)
    async with scene() as at:
        await at.upload_folder(tree(tmp_path, {"file.txt": content, "file.bin": content, "other.txt": b"x"}))
        sent = [*at.sent("put"), *at.sent("commit")]
        assert (1 if size == 0 else 2) == len(sent)
        for request in sent:
            assert "transfer-encoding" not in request.headers
            assert len(request.body) == int(request.headers["content-length"])
        assert content == at.contents["file.txt"]


async def test_a_large_body_is_never_held_whole(tmp_path: Path) -> None:
    """Neither a commit's nor an object's: what is sent of a file is a piece at a time."""
    for name in ("regular.txt", "large.bin"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(30 * MIB)
    http = InProcess(answers_in_process())
    async with in_process(http) as client:
        tracemalloc.start()
        try:
            await client.upload_folder(repo_id=SPACE, folder_path=tmp_path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert 15 * MIB > peak
    lengths = {kind: (announced, came) for kind, announced, came in http.lengths}
    assert (30 * MIB, 30 * MIB) == lengths["put"]
    announced, came = lengths["commit"]
    assert announced == came > 40 * MIB


async def test_a_gitignore_that_is_no_text_to_repeat_is_refused(tmp_path: Path) -> None:
    """Each preupload call would carry it."""
    async with scene() as at:
        with pytest.raises(UploadError, match="repeat") as caught:
            await at.upload_folder(tree(tmp_path, {".gitignore": b"x" * (LONGEST_IGNORES + 1)}))
        assert [".gitignore"] == list(caught.value.failures)
        assert [] == at.sent("preupload")


async def test_how_far_a_large_content_is_can_be_told_while_it_goes(tmp_path: Path) -> None:
    """In one request it may take minutes."""
    told: list[int] = []
    content = bytes(3 * READ_BYTES)
    async with scene() as at:
        folder = tree(tmp_path, {"model.bin": content})
        report = await at.upload_folder(folder, on_progress=lambda progress: told.append(progress.bytes_sent))
    assert {0, READ_BYTES, 2 * READ_BYTES, len(content)} == set(told)
    assert sorted(told) == told
    assert len(content) == report.bytes_sent


# How much at once


@pytest.mark.parametrize("kind", ["preupload", "batch"])
async def test_so_many_calls_are_under_way_and_no_more(tmp_path: Path, kind: str) -> None:
    """However many files there are to ask for."""
    contents = {f"{number}.bin": b"%d" % number for number in range(PREUPLOAD_FILES * (CALL_TASKS + 2))}
    http = InProcess(
        answers_in_process(stored={sha256(content) for content in contents.values()}), held=200, together=("batch", 2)
    )
    async with in_process(http) as client:
        await client.upload_folder(repo_id=SPACE, folder_path=tree(tmp_path, contents))
    least, most = (CALL_TASKS, CALL_TASKS) if kind == "preupload" else (2, BATCH_TASKS)
    assert least <= http.most[kind] <= most
    full, growing = CALL_TASKS + 2, 9
    assert http.begun[kind] <= (full if kind == "preupload" else full + growing)


@pytest.mark.parametrize(
    ("options", "most"), [({}, TRANSFER_TASKS), ({"max_workers": 1}, 1), ({"max_workers": 20}, 20)]
)
async def test_so_many_transfers_are_under_way_and_no_more(tmp_path: Path, options: dict[str, Any], most: int) -> None:
    """However many connections the client may have."""
    count = 3 * most
    http = InProcess(answers_in_process(), held=200, together=("put", most))
    async with in_process(http) as client:
        folder = tree(tmp_path, {f"{number}.bin": b"%d" % number for number in range(count)})
        await client.upload_folder(repo_id=SPACE, folder_path=folder, **options)
    assert (count, most) == (http.begun["put"], http.most["put"])


class Watched(type(Path())):  # type: ignore[misc]
    """A file that is opened in a worker thread while others may be, too."""

    under_way = most = 0

    def __fspath__(self) -> str:
        """Name it, held back until all that wait to be opened have begun."""
        anyio.from_thread.run(self._hold)
        return str(super().__fspath__())

    @classmethod
    async def _hold(cls) -> None:
        cls.under_way += 1
        cls.most = max(cls.most, cls.under_way)
        for _ in range(200):
            await anyio.lowlevel.checkpoint()
        cls.under_way -= 1


@pytest.mark.parametrize("mode", ["regular", "lfs"])
async def test_so_many_files_are_hashed_at_once_and_no_more(tmp_path: Path, mode: str) -> None:
    """The worker threads belong to the whole program."""
    Watched.under_way = Watched.most = 0
    contents = {f"{number}": b"%d" % number for number in range(10)}
    answers = answers_in_process(
        present=dict.fromkeys(contents, HEAD),
        modes=dict.fromkeys(contents, mode),
        stored={sha256(content) for content in contents.values()},
    )
    folder = tree(tmp_path, contents)
    files = [
        LocalFile(
            path=path,
            source=Watched(folder / path),
            size=len(content),
            sample=content,
            modified_ns=(folder / path).stat().st_mtime_ns,
        )
        for path, content in contents.items()
    ]
    to = Destination(
        repo_id=SPACE,
        repo_type="space",
        revision="main",
        message="m",
        description="",
        parent=None,
        create_pr=False,
        url=f"{answers.url}/spaces/{SPACE}",
    )
    async with in_process(InProcess(answers)) as client:
        await upload(client._send, to, files, Tally())
    assert HASHING_TASKS == Watched.most


# What goes wrong before the commit


@pytest.mark.parametrize(
    ("name", "moment"),
    [("file.txt", "preupload"), ("file.bin", "batch"), ("file.bin", "put"), ("file.bin", "verify")],
)
@pytest.mark.parametrize("change", ["same size", "gone"])
async def test_a_file_that_changes_is_not_committed(tmp_path: Path, name: str, moment: str, change: str) -> None:
    """Nor what goes along with it: half of it might be old, and half new."""
    folder = tree(tmp_path, {name: LARGE, "other.txt": b"x"})
    path = folder / name
    async with scene() as at:
        at.answers.before[moment] = path.unlink if change == "gone" else lambda: rewrite(path, LARGE[::-1])
        with pytest.raises(FileChangedError) as caught:
            await at.upload_folder(folder)
        assert {name} == {Path(path).name for path in caught.value.failures}
        assert [] == at.sent("commit")


async def test_all_files_that_changed_are_named(tmp_path: Path) -> None:
    """So that one look is enough."""
    folder = tree(tmp_path, {"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"})
    async with scene() as at:
        at.answers.before["preupload"] = lambda: tree(folder, {"a.txt": b"longer", "c.txt": b""})
        with pytest.raises(FileChangedError) as caught:
            await at.upload_folder(folder)
        assert ["a.txt", "c.txt"] == list(caught.value.failures)
        assert [] == at.sent("commit")


async def test_a_batch_that_leaves_objects_out_commits_nothing(tmp_path: Path) -> None:
    """Each file of which it says nothing is named, and none of them is sent."""
    contents = {"one.bin": b"1", "two.bin": b"2", "three.bin": b"3"}
    async with scene(left_out={sha256(b"1"), sha256(b"3")}) as at:
        with pytest.raises(UploadError, match="2 of 3") as caught:
            await at.upload_folder(tree(tmp_path, contents))
        assert {"one.bin", "three.bin"} == caught.value.failures.keys()
        assert {b"2"} >= {request.body for request in at.sent("put")}
        assert [] == at.sent("commit")


async def test_a_batch_that_refuses_objects_commits_nothing(tmp_path: Path) -> None:
    """Each file is named with the storage's own words."""
    contents = {"one.bin": b"1", "two.bin": b"2", "three.bin": b"3"}
    async with scene(errors={sha256(b"1"): "too large", sha256(b"2"): "over quota"}) as at:
        with pytest.raises(UploadError, match="over quota") as caught:
            await at.upload_folder(tree(tmp_path, contents))
        assert {"one.bin": "too large", "two.bin": "over quota"} == caught.value.failures
        assert {b"3"} >= {request.body for request in at.sent("put")}
        assert [] == at.sent("commit")


async def test_a_preupload_that_leaves_files_out_commits_nothing(tmp_path: Path) -> None:
    """Each file of which it says nothing is named."""
    half = reply({"files": [{"path": "b", "uploadMode": "regular", "shouldIgnore": False}], "commitOid": HEAD})
    async with scene(steps={"preupload": [half]}) as at:
        with pytest.raises(UploadError) as caught:
            await at.upload_folder(tree(tmp_path, {"a": b"1", "b": b"2", "c": b"3"}))
        assert ["a", "c"] == list(caught.value.failures)
        assert [] == at.sent("commit")


async def test_a_mode_that_nobody_knows_is_malformed(tmp_path: Path) -> None:
    """To guess how a file is to be stored would be to break it."""
    async with scene(modes={"b.txt": "carrier-pigeon"}) as at:
        with pytest.raises(MalformedReplyError) as caught:
            await at.upload_folder(tree(tmp_path, {"a.txt": b"1", "b.txt": b"2"}))
        assert "files[1].uploadMode" == caught.value.field
        assert [] == at.sent("commit")


async def test_a_storage_that_forbids_is_asked_once(tmp_path: Path) -> None:
    """The file is named, with what the storage said."""
    async with scene(steps={"put": [reply("SignatureDoesNotMatch", 403)]}) as at:
        with pytest.raises(UploadError, match="SignatureDoesNotMatch") as caught:
            await at.upload_folder(tree(tmp_path, {"model.bin": LARGE, "app.py": b"x"}))
        assert ["model.bin"] == list(caught.value.failures)
        assert isinstance(caught.value.__cause__, PermissionDeniedError)
        assert "s1gned" not in str(caught.value)
        assert (1, []) == (len(at.sent("put")), at.sent("commit"))


@pytest.mark.parametrize("step", [reply(status=500), reply(status=503), hang_up], ids=["500", "503", "hang up"])
async def test_a_storage_that_stumbles_is_sent_the_whole_object_again(tmp_path: Path, step: Step) -> None:
    """From the first byte on, and as often as a call may be repeated."""
    async with scene(steps={"put": [step] * (ATTEMPTS - 1)}) as at:
        report = await at.upload_folder(tree(tmp_path, {"model.bin": LARGE}))
        assert [LARGE] * ATTEMPTS == [request.body for request in at.sent("put")]
        assert report.committed


async def test_a_storage_that_keeps_failing_commits_nothing(tmp_path: Path) -> None:
    """After the repetitions the file is named."""
    async with scene(steps={"put": [reply(status=500)] * (ATTEMPTS + 1)}) as at:
        with pytest.raises(UploadError) as caught:
            await at.upload_folder(tree(tmp_path, {"model.bin": LARGE}))
        assert ["model.bin"] == list(caught.value.failures)
        assert isinstance(caught.value.__cause__, HubServerError)
        assert (ATTEMPTS, []) == (len(at.sent("put")), at.sent("commit"))


async def test_an_object_that_did_not_arrive_commits_nothing() -> None:
    """The Hub's word counts, not the storage's."""
    async with scene(steps={"verify": [reply({"error": "did not arrive"}, 404)]}) as at:
        with pytest.raises(UploadError, match="did not arrive") as caught:
            await at.upload_file(LARGE)
        assert ["model.bin"] == list(caught.value.failures)
        assert [] == at.sent("commit")


async def test_a_file_that_gets_shorter_while_it_is_sent_is_named(tmp_path: Path) -> None:
    """Nobody can take back the length that was said."""
    path = tree(tmp_path, {"model.bin": LARGE}) / "model.bin"
    async with scene() as at:
        at.answers.before["batch"] = lambda: path.write_bytes(b"short")
        with pytest.raises(FileChangedError, match=r"model\.bin"):
            await at.upload_file(path)
        assert ([], []) == (at.sent("put"), at.sent("commit"))
        assert [] == open_files(tmp_path)


async def test_all_files_whose_transfers_fail_together_are_named(tmp_path: Path) -> None:
    """What stops one stops the others too; files that are yet to come are not begun."""
    contents = {f"{number}.bin": b"%d" % number for number in range(9)}
    came, all_came = 0, anyio.Event()

    async def refuse(exchange: Exchange) -> bool:
        nonlocal came
        came += 1
        if came == 4:
            all_came.set()
        await all_came.wait()
        return await reply(status=403)(exchange)

    async with scene(steps={"put": [refuse] * 9}) as at:
        with pytest.raises(UploadError) as caught:
            await at.upload_folder(tree(tmp_path, contents), max_workers=4)
        assert 4 == len(caught.value.failures) == len(at.sent("put"))
        assert caught.value.failures.keys() <= contents.keys()
        assert [] == at.sent("commit")


async def test_a_failed_transfer_soon_ends_those_beside_it(tmp_path: Path) -> None:
    """They are hardly waited for, and leave no connection."""
    async with scene(steps={"put": [never, reply(status=403)]}) as at:
        with anyio.fail_after(5), pytest.raises(UploadError):
            await at.upload_folder(tree(tmp_path, {"one.bin": b"1", "two.bin": b"2"}))
        stuck = at.storage.received[0].connection
        await at.storage.until(lambda: stuck not in at.storage.open)
        assert [] == at.sent("commit")


async def test_a_stale_parent_of_the_callers_own_is_an_error_at_once() -> None:
    """The caller has said on which head the commit makes sense; preupload tells which it is, so no commit is sent."""
    parent = "b" * 40
    async with scene() as at:
        with pytest.raises(CommitConflictError) as caught:
            await at.upload_file(b"x", "a.txt", parent_commit=parent)
        assert [] == at.sent("commit")
        assert (parent, HEAD) == (caught.value.expected, caught.value.actual)


@pytest.mark.parametrize(
    ("said", "options"), [({}, {"parent_commit": "b" * 40}), ({"ignored": {"0.bin"}}, {"strict": True})]
)
async def test_nothing_is_stored_for_a_commit_that_will_be_refused(
    tmp_path: Path, said: dict[str, Any], options: dict[str, Any]
) -> None:
    """Preupload has told so."""
    async with scene(**said) as at:
        with pytest.raises((CommitConflictError, UploadError)):
            await at.upload_folder(tree(tmp_path, {f"{number}.bin": b"%d" % number for number in range(9)}), **options)
        assert [] == at.sent("put") + at.sent("batch") + at.sent("commit")


async def test_a_hub_that_never_replies_to_a_commit_is_left_alone_soon() -> None:
    """Each attempt may travel for minutes; the loss is raised, since nobody knows."""
    lost = [reply({"error": "late"}, 504)] * 9
    async with scene(steps={"commit": lost}) as at:
        with pytest.raises(HubServerError) as caught:
            await at.upload_file(b"x", "a.txt")
        assert (LOST_REPLIES, LOST_REPLIES) == (len(at.sent("commit")), len(at.sent("commits")))
        assert "unknown" == caught.value.outcome


async def test_a_removal_by_a_pattern_that_somebody_else_was_faster_with_is_tried_again(tmp_path: Path) -> None:
    """With what is there by then."""
    gone = reply({"error": "A file does not exist"}, 404, {"X-Error-Code": "EntryNotFound"})
    async with scene(steps={"commit": [gone]}, present={"old.txt": HEAD}) as at:
        at.answers.before["commit"] = at.answers.present.clear
        report = await at.upload_folder(tree(tmp_path, {"a.py": b"x"}), delete_patterns="*.txt")
        assert ((), ("a.py",)) == (report.deleted, report.uploaded)
        assert 2 == len(at.sent("tree")) == len(at.sent("commit"))


async def test_a_reply_that_does_not_parse_is_a_lost_one() -> None:
    """The commit is looked for, and sent again where it is not there."""
    async with scene(steps={"commit": [reply([], 200)]}) as at:
        assert (await at.upload_file(b"x", "a.txt")).committed
        assert (2, 1) == (len(at.sent("commit")), len(at.sent("commits")))


@pytest.mark.parametrize("size", [1, 2 * MIB])
async def test_a_file_that_changes_while_the_commit_is_sent_is_not_committed(tmp_path: Path, size: int) -> None:
    """It is seen before the last byte leaves."""
    folder = tree(tmp_path, {"a.txt": b"a" * size, "b.txt": b"b" * size})
    http = Changing(answers_in_process(), folder / "b.txt")
    async with in_process(http) as client:
        with pytest.raises(FileChangedError) as caught:
            await client.upload_folder(repo_id=SPACE, folder_path=folder)
    assert ["b.txt"] == list(caught.value.failures)
    assert [] == [kind for kind, _, _ in http.lengths if kind == "commit"]


async def test_a_file_that_changes_after_a_lost_reply_leaves_it_unknown(tmp_path: Path) -> None:
    """The commit may have landed with what was there before."""
    folder = tree(tmp_path, {"a.txt": b"old"})
    async with scene(steps={"commit": [reply({"error": "late"}, 504)]}) as at:
        at.answers.before["commits"] = lambda: rewrite(folder / "a.txt", b"new")
        with pytest.raises(HubServerError) as caught:
            await at.upload_folder(folder)
        assert "unknown" == caught.value.outcome


async def test_a_parent_that_has_become_stale_meanwhile_is_an_error_as_well() -> None:
    """Only the Hub could know; it is not tried again."""
    stale = reply({"error": "A commit has happened since. Please refresh and try again."}, 412)
    async with scene(steps={"commit": [stale]}) as at:
        with pytest.raises(CommitConflictError, match="A commit has happened since") as caught:
            await at.upload_file(b"x", "a.txt", parent_commit=HEAD)
        assert HEAD == at.header["parentCommit"]
        assert HEAD == caught.value.expected


@pytest.mark.parametrize("other", [digit * 40 for digit in "bcdef"])
async def test_a_parent_that_becomes_stale_while_files_are_asked_for_is_an_error(tmp_path: Path, other: str) -> None:
    """Some were compared with it and some with another head: nothing is said of those, least of all that they stay."""
    folder = tree(tmp_path, {f"{number}.bin": b"%d" % number for number in range(PREUPLOAD_FILES + 1)})
    async with scene(present={"0.bin": sha256(b"0")}) as at:
        heads = iter([HEAD, other])

        def move() -> None:
            at.answers.head = next(heads)

        at.answers.before["preupload"] = move
        with pytest.raises(CommitConflictError) as caught:
            await at.upload_folder(folder, parent_commit=HEAD)
        assert (HEAD, other) == (caught.value.expected, caught.value.actual)
        assert [] == at.sent("commit")


async def test_the_first_digits_of_a_parent_are_enough() -> None:
    """As they are for git."""
    async with scene() as at:
        await at.upload_file(b"x", "a.txt", parent_commit=HEAD[:7])
        assert HEAD == at.header["parentCommit"]


async def test_the_commit_says_what_the_caller_says() -> None:
    """Its words, and the parent that it has to meet."""
    words = {"commit_message": "Füll it", "commit_description": "because"}
    async with scene() as at:
        await at.upload_file(b"x", "a.txt", parent_commit=HEAD, **words)
        assert {"summary": "Füll it", "description": "because", "parentCommit": HEAD} == at.header


# Cancellation


@pytest.mark.parametrize("by", ["scope", "task"])
async def test_cancelled_while_it_sends_a_file_it_hangs_up(tmp_path: Path, by: str) -> None:
    """In the middle of the body, which a storage that does not read keeps from its end; nothing is committed."""
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(64 * MIB)
    begun, cancelled, hung_up = anyio.Event(), anyio.Event(), anyio.Event()
    scope = anyio.CancelScope()

    async def take_a_little(stream: ByteStream) -> None:
        async with stream:
            came = 0
            while came < MIB:
                came += len(await stream.receive())
            begun.set()
            await cancelled.wait()
            with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                while True:
                    await stream.receive()
            hung_up.set()

    async def work(at: Scene) -> None:
        with scope:
            await at.upload_folder(tmp_path)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with scene() as at, listener, anyio.create_task_group() as storage:
        storage.start_soon(listener.serve, take_a_little)
        at.answers.storage = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"
        uploading = asyncio.ensure_future(work(at))
        await begun.wait()
        assert [str(tmp_path / "model.bin")] == open_files(tmp_path)
        (scope if by == "scope" else uploading).cancel()
        await asyncio.wait([uploading])
        assert (by == "task", by == "scope") == (uploading.cancelled(), scope.cancelled_caught)
        cancelled.set()
        await hung_up.wait()
        assert [] == open_files(tmp_path)
        assert [] == at.sent("commit")
        storage.cancel_scope.cancel()


# On a Hub that does it all


async def test_what_is_uploaded_is_what_the_hub_has(tmp_path: Path) -> None:
    """Regular, large, equal and empty files come back byte for byte."""
    contents = {"a.txt": b"words", "b.bin": b"\0large", "sub/c.bin": b"\0large", "empty.bin": b"", "ünï.txt": b"x"}
    folder = tree(tmp_path / "src", contents)
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="static")
        report = await client.upload_folder(repo_id=SPACE, folder_path=folder)
        puts = [served for served in hub.requests if served.method == "PUT"]
        assert [(200, False)] == [(served.status, served.has_authorization) for served in puts]
        assert sorted(contents) == sorted(report.uploaded)
        for path, content in contents.items():
            found = await client.hf_hub_download(SPACE, path, local_dir=tmp_path / "back")
            assert content == Path(found).read_bytes()
        assert report.oid == (await client.list_repo_commits(SPACE))[0].commit_id


async def test_a_failed_upload_leaves_the_repository_as_it_was(tmp_path: Path) -> None:
    """Objects that were stored without a commit change nothing, and need not be sent again."""
    two = b"\0two"
    folder = tree(tmp_path / "src", {"one.bin": b"\0one", "two.bin": two, "app.py": b"x"})
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="static")
        before = await client.list_repo_commits(SPACE)
        hub.inject_fault("PUT", f"/objects/{sha256(two)}", status=403)
        with pytest.raises(UploadError) as caught:
            await client.upload_folder(repo_id=SPACE, folder_path=folder)
        assert ["two.bin"] == list(caught.value.failures)
        assert before == await client.list_repo_commits(SPACE)
        assert (await client.upload_folder(repo_id=SPACE, folder_path=folder)).committed


async def test_uploads_beside_one_another_all_land() -> None:
    """Each is a commit of its own."""
    names = [f"{number}.txt" for number in range(4)]
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="static")

        async def one(name: str) -> None:
            await client.upload_file(path_or_fileobj=b"x", path_in_repo=name, repo_id=SPACE)

        async with anyio.create_task_group() as group:
            for name in names:
                group.start_soon(one, name)
        assert set(names) <= set(await client.list_repo_files(SPACE))


async def write_beside(client: AsyncSpacesClient, names: list[str]) -> None:
    """Upload each file with a commit of its own, all at once."""

    async def one(name: str) -> None:
        await client.upload_file(path_or_fileobj=name.encode(), path_in_repo=name, repo_id=SPACE)

    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(one, name)


def commit_statuses(hub: LocalHub) -> Counter[int | None]:
    """Count what the Hub answered to commits."""
    return Counter(served.status for served in hub.requests if "/commit/" in served.path)


async def test_writers_of_one_process_meet_no_conflict() -> None:
    """Whoever waited for its turn sees that another has committed, and compares again before it commits."""
    names = [f"{number}.txt" for number in range(8)]
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="static")
        await write_beside(client, names)
        assert {200: 8} == commit_statuses(hub)
        assert set(names) <= set(await client.list_repo_files(SPACE))


async def test_writers_of_several_event_loops_meet_no_conflict_either() -> None:
    """Each loop has its own thread and its own client."""
    names = [[f"{loop}-{number}.txt" for number in range(4)] for loop in range(3)]
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.create_repo(SPACE, space_sdk="static")

        async def write(own: list[str]) -> None:
            async with AsyncSpacesClient(hub.token, endpoint=hub.url) as other:
                await write_beside(other, own)

        async with anyio.create_task_group() as group:
            for own in names:
                group.start_soon(anyio.to_thread.run_sync, anyio.run, write, own)
        assert {200: 12} == commit_statuses(hub)
        assert {name for own in names for name in own} <= set(await client.list_repo_files(SPACE))


async def test_a_writer_with_nothing_to_change_waits_for_nobody() -> None:
    """It needs no turn."""
    turns = turns_at((f"http://hub.invalid/spaces/{SPACE}", "main"))
    http = InProcess(answers_in_process(present={"a.txt": blob_id(b"x")}))
    async with in_process(http) as client, turns.taken():
        with anyio.fail_after(5):
            report = await client.upload_file(path_or_fileobj=b"x", path_in_repo="a.txt", repo_id=SPACE)
    assert (False, ("a.txt",)) == (report.committed, report.unchanged)


async def test_what_a_pattern_removes_is_looked_up_at_the_commits_parent(tmp_path: Path) -> None:
    """What somebody has added by then goes too, with a single listing."""
    async with scene(present={"old.txt": HEAD}) as at:
        at.answers.before["preupload"] = lambda: at.answers.present.update({"new.txt": HEAD})
        report = await at.upload_folder(tree(tmp_path, {"a.py": b"x"}), delete_patterns="*.txt")
        assert ("old.txt", "new.txt") == report.deleted
        assert [f"/api/spaces/{SPACE}/tree/{HEAD}?recursive=true"] == [request.target for request in at.sent("tree")]
        assert HEAD == at.header["parentCommit"]


class Stuck(InProcess):
    """A storage that takes the first piece of an object and no more."""

    def __init__(self, answers: Any) -> None:
        super().__init__(answers)
        self.is_stuck = anyio.Event()

    async def _taken(self, kind: str, request: httpx.Request) -> bytes:
        if kind == "put":
            assert isinstance(request.stream, httpx.AsyncByteStream)
            async for _ in request.stream:
                self.is_stuck.set()
                await anyio.sleep_forever()
        return await super()._taken(kind, request)


async def test_cancelled_while_it_sends_a_file_it_leaves_nothing(tmp_path: Path) -> None:
    """No commit, no open file, and no task."""
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(5 * MIB)
    http = Stuck(answers_in_process())
    async with in_process(http) as client:
        before = asyncio.all_tasks()
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: client.upload_folder(repo_id=SPACE, folder_path=tmp_path))
            await http.is_stuck.wait()
            group.cancel_scope.cancel()
        assert (before, []) == (asyncio.all_tasks(), open_files(tmp_path))


async def test_a_storages_401_does_not_blame_the_token() -> None:
    """It has not seen it."""
    async with scene(steps={"put": [reply("signature expired", 401)]}) as at:
        with pytest.raises(UploadError, match="signature expired") as caught:
            await at.upload_file(LARGE)
        assert "token" not in str(caught.value)


async def test_all_files_of_one_refused_object_are_named(tmp_path: Path) -> None:
    """Two files of the same content share an object, and its error."""
    async with scene(errors={sha256(LARGE): "too large"}) as at:
        with pytest.raises(UploadError) as caught:
            await at.upload_folder(tree(tmp_path, {"one.bin": LARGE, "two.bin": LARGE}))
        assert {"one.bin": "too large", "two.bin": "too large"} == caught.value.failures


@pytest.mark.parametrize("kind", ["path", "object"])
async def test_a_file_that_gets_shorter_is_named_by_its_path_in_the_repository(tmp_path: Path, kind: str) -> None:
    """As everything else that goes wrong with it is."""
    path = tree(tmp_path, {"model.bin": LARGE}) / "model.bin"
    given: Any = path if kind == "path" else BytesIO(LARGE)
    async with scene() as at:
        at.answers.before["batch"] = lambda: path.write_bytes(b"short") if kind == "path" else given.truncate(5)
        with pytest.raises(FileChangedError) as caught:
            await at.upload_file(given, "model.bin")
        assert ["model.bin"] == list(caught.value.failures)


async def test_how_far_a_commit_is_can_be_told_while_it_goes(tmp_path: Path) -> None:
    """By the bytes of the files, not by those of their base64."""
    told: list[tuple[int, int]] = []
    folder = tree(tmp_path, {f"{number}.txt": bytes(READ_BYTES // 2) for number in range(4)})
    async with scene() as at:
        await at.upload_folder(
            folder, on_progress=lambda progress: told.append((progress.files_sent, progress.bytes_sent))
        )
    sent = [size for _, size in told]
    assert sorted(sent) == sent
    assert (4, 2 * READ_BYTES) == told[-1]
    assert len(set(sent) - {0, 2 * READ_BYTES}) > 1


async def test_who_ends_an_upload_while_its_commit_goes_has_no_commit(tmp_path: Path) -> None:
    """The body stays incomplete."""

    def enough(progress: UploadProgress) -> None:
        if progress.bytes_sent:
            raise KeyError("enough")

    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        url = await client.create_repo("me/app", repo_type="space", space_sdk="static")
        before = await client.list_repo_commits(url.repo_id)
        folder = tree(tmp_path, {f"{number}.txt": bytes(READ_BYTES) for number in range(3)})
        with pytest.raises(KeyError, match="enough"):
            await client.upload_folder(repo_id=url.repo_id, folder_path=folder, on_progress=enough)
        assert before == await client.list_repo_commits(url.repo_id)


async def test_an_error_after_a_lost_reply_does_not_say_that_nothing_was_done() -> None:
    """The lost commit may land yet, whatever the next call meets."""
    async with scene(steps={"commit": [reply(status=504)]}) as at:
        at.answers.before["commits"] = lambda: at.answers.steps.update(preupload=[reply(status=403)])
        with pytest.raises(HubServerError) as caught:
            await at.upload_file(b"text", "app.py")
        assert "unknown" == caught.value.outcome
        assert isinstance(caught.value.__cause__, PermissionDeniedError)


async def test_a_listener_may_use_the_client_that_uploads(tmp_path: Path) -> None:
    """It holds up no connection, not even the only one."""
    async with (
        LocalHub() as hub,
        AsyncSpacesClient(hub.token, endpoint=hub.url, max_connections=1) as client,
    ):
        url = await client.create_repo("me/app", repo_type="space", space_sdk="static")
        looks: list[object] = []

        async def look(progress: UploadProgress) -> None:
            looks.append(await client.space_info(url.repo_id))

        folder = tree(tmp_path, {"a.bin": bytes(2 * READ_BYTES), "b.txt": bytes(2 * READ_BYTES)})
        with anyio.fail_after(20):
            report = await client.upload_folder(repo_id=url.repo_id, folder_path=folder, on_progress=look)
        assert looks
        assert report.committed


async def test_what_travels_though_it_is_there_counts_as_well() -> None:
    """The same commit removes it first."""
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        url = await client.create_repo("me/app", repo_type="space", space_sdk="static")
        content = CommitOperationAdd("a.txt", b"x" * 500)
        again = (CommitOperationDelete("a.txt"), content)
        await client.create_commit(url.repo_id, [content], commit_message="m")
        with pytest.raises(CommitTooLargeError) as caught:
            await client.create_commit(url.repo_id, again, commit_message="m", max_commit_bytes=499)
        assert ["a.txt"] == list(caught.value.failures)
