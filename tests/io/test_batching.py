"""Batching: as many commits as it takes, each on top of the one before."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from attrs import Factory, define, evolve

from aiohfspaces._io.batching import upload_in_batches
from aiohfspaces._io.committing import Destination
from aiohfspaces._io.telling import Tally
from aiohfspaces._plan.checksums import git_blob_id
from aiohfspaces._plan.orders import LocalFile, Order, Removal
from aiohfspaces._wire.calls import Base64File, Call, JsonBody, StreamBody
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import (
    CommitConflictError,
    CommitTooLargeError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    HubTimeoutError,
    PermissionDeniedError,
    SpacesError,
    UploadError,
)
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

T = TypeVar("T")

URL = "https://hub.test"
TO = Destination(
    repo_id="me/app",
    repo_type="space",
    revision="main",
    create_pr=False,
    message="Ours",
    description="",
    parent=None,
    url=f"{URL}/spaces/me/app",
)


def local(path: str, content: bytes = b"x") -> LocalFile:
    """Build a file in memory."""
    return LocalFile(path=path, source=content, size=len(content), sample=content)


def numbered(count: int, content: bytes = b"x") -> list[Order]:
    """Order so many files, in order."""
    return [local(f"{number:04}", content) for number in range(count)]


@define(eq=False)
class Hub:
    """Takes commits in this process, and refuses what it is told to refuse.

    Attributes:
        files: Path to git id of what is there.
        history: Ids of commits, newest first.
        commits: For each that was made, the ref and its lines.
        refuse: Looks at the paths of a commit, and may say why it is not made.
        ignored: Paths that it does not want.
        unseen: Commits that the history shows only from the second look on.
    """

    files: dict[str, str] = Factory(dict)
    history: list[str] = Factory(lambda: ["c0"])
    commits: list[tuple[str, list[dict[str, Any]]]] = Factory(list)
    refuse: Callable[[list[str]], SpacesError | None] = lambda paths: None
    ignored: frozenset[str] = frozenset()
    unseen: list[str] = Factory(list)

    async def __call__(self, call: Call[T], /) -> T:
        """Answer as the Hub does."""
        content = json.dumps(self._answer(call)).encode()
        return call.parse(Reply(status=200, headers={}, content=content, url=URL, endpoint=URL))

    @property
    def sizes(self) -> list[int]:
        """How many lines each commit has, but for its header."""
        return [len(lines) - 1 for _, lines in self.commits]

    def _answer(self, call: Call[Any]) -> Any:
        *_, kind, revision = call.path.split("/")
        match kind:
            case "preupload":
                assert isinstance(call.body, JsonBody)
                paths = [file["path"] for file in json.loads(call.body.encode())["files"]]
                return {"files": [self._mode(path) for path in paths], "commitOid": self.head}
            case "commits":
                then = "2025-01-01T00:00:00.000Z"
                shown, self.history, self.unseen = self.history, [*self.unseen, *self.history], []
                return [{"id": oid, "title": "Ours", "date": then, "authors": []} for oid in shown]
            case "paths-info":
                assert isinstance(call.body, JsonBody)
                asked = json.loads(call.body.encode())["paths"]
                return [
                    {"type": "file", "path": path, "oid": self.files[path], "size": 1}
                    for path in asked
                    if path in self.files
                ]
        assert "commit" == kind
        return self._commit(call, revision)

    @property
    def head(self) -> str:
        """The newest commit."""
        return self.history[0]

    def _mode(self, path: str) -> dict[str, Any]:
        present = {"oid": self.files[path]} if path in self.files else {}
        return {"path": path, "uploadMode": "regular", "shouldIgnore": path in self.ignored, **present}

    def _commit(self, call: Call[Any], revision: str) -> dict[str, Any]:
        lines = [json.loads(line) for line in said(call).splitlines()]
        header, changes = lines[0]["value"], lines[1:]
        if why := self.refuse([line["value"]["path"] for line in changes]):
            raise why
        if header.get("parentCommit", self.head) != self.head:
            raise CommitConflictError(status=412, method="POST", url=URL)
        for line in changes:
            if line["key"] == "deletedFile":
                del self.files[line["value"]["path"]]
            else:
                self.files[line["value"]["path"]] = git_blob_id(b"x")
        self.commits.append((revision, lines))
        self.history.insert(0, f"c{len(self.history)}")
        pull_request = {"pullRequestUrl": f"{TO.url}/discussions/5"} if ("create_pr", "1") in call.query else {}
        return {"commitOid": self.head, "commitUrl": f"{TO.url}/commit/{self.head}", **pull_request}


def said(call: Call[Any]) -> bytes:
    """Write a body of bytes in memory as it travels."""
    assert isinstance(call.body, StreamBody)
    return b"".join(part if isinstance(part, bytes) else encoded(part) for part in call.body.parts)


def encoded(part: object) -> bytes:
    """Write a content as it travels in a commit."""
    assert isinstance(part, Base64File)
    assert isinstance(part.source, bytes)
    return b64encode(part.source)


async def test_commits_grow_as_long_as_it_goes_well() -> None:
    """Each on top of the one before; the report tells of all of them."""
    hub = Hub()
    report = await upload_in_batches(hub, TO, numbered(400), Tally())
    assert [128, 256, 16] == hub.sizes
    assert ["c0", "c1", "c2"] == [lines[0]["value"]["parentCommit"] for _, lines in hub.commits]
    assert ("c3", ("c1", "c2", "c3"), True) == (report.oid, report.commits, report.committed)
    assert tuple(sorted(hub.files)) == report.uploaded
    assert (400, 400) == (len(report.uploaded), report.bytes_sent)


async def test_a_pull_request_that_may_be_open_is_not_opened_again() -> None:
    """Two would be worse than an error that says that it is not known."""
    tried: list[int] = []

    def refuse(paths: list[str]) -> SpacesError:
        tried.append(len(paths))
        return HubServerError(status=504, method="POST", url=URL, outcome="unknown")

    with pytest.raises(HubServerError):
        await upload_in_batches(Hub(refuse=refuse), evolve(TO, create_pr=True), numbered(150), Tally())
    assert [128] == tried


@pytest.mark.parametrize(
    "why",
    [
        lambda: HubHTTPError(status=413, method="POST", url=URL),
        lambda: HubServerError(status=504, method="POST", url=URL, outcome="unknown"),
        lambda: HubTimeoutError("slow", outcome="unknown"),
        lambda: HubConnectionError("cut", outcome="unknown"),
    ],
    ids=["too large", "a server that fails", "too slow", "a connection that breaks"],
)
async def test_what_is_too_much_for_the_hub_is_cut_in_two(why: Callable[[], SpacesError]) -> None:
    """Until it takes it; no file is left out, and none comes twice."""
    hub = Hub(refuse=lambda paths: why() if len(paths) > 40 else None)
    report = await upload_in_batches(hub, TO, numbered(150), Tally())
    assert 32 == hub.sizes[0]
    assert max(hub.sizes) <= 40
    assert [f"{number:04}" for number in range(150)] == [
        line["value"]["path"] for _, lines in hub.commits for line in lines[1:]
    ]
    assert len(hub.commits) == len(report.commits)


async def test_a_commit_holds_no_more_bytes_than_was_said() -> None:
    """However few files that are."""
    hub = Hub()
    await upload_in_batches(hub, evolve(TO, most_regular_bytes=20), numbered(25, b"12345"), Tally())
    assert [4, 4, 4, 4, 4, 4, 1] == hub.sizes


async def test_a_single_file_that_is_too_much_is_raised() -> None:
    """What was committed before stays."""
    why = HubHTTPError(status=413, method="POST", url=URL)
    hub = Hub(refuse=lambda paths: why if "0003" in paths else None)
    with pytest.raises(CommitTooLargeError) as caught:
        await upload_in_batches(hub, TO, numbered(9), Tally())
    assert ["0003"] == list(caught.value.failures)
    assert ["0000", "0001", "0002"] == sorted(hub.files)


async def test_calling_again_goes_on_from_there() -> None:
    """What is there already is not sent again."""
    hub = Hub(refuse=lambda paths: PermissionDeniedError(status=403, method="POST", url=URL) if hub.commits else None)
    with pytest.raises(PermissionDeniedError):
        await upload_in_batches(hub, TO, numbered(200), Tally())
    hub.refuse = lambda paths: None
    report = await upload_in_batches(hub, TO, numbered(200), Tally())
    assert [128, 72] == hub.sizes
    assert (128, 72, 72) == (len(report.unchanged), len(report.uploaded), report.bytes_sent)


async def test_without_a_change_there_is_no_commit() -> None:
    """The report names the head, and all files."""
    hub = Hub(files={f"{number:04}": git_blob_id(b"x") for number in range(200)})
    report = await upload_in_batches(hub, TO, numbered(200), Tally())
    assert (False, "c0", (), 200) == (report.committed, report.oid, report.commits, len(report.unchanged))
    assert [] == hub.commits


async def test_the_last_commit_is_reported_though_nothing_changes_after_it() -> None:
    """It is what the branch is at."""
    hub = Hub(files={f"{number:04}": git_blob_id(b"x") for number in range(128, 200)})
    report = await upload_in_batches(hub, TO, numbered(200), Tally())
    assert [128] == hub.sizes
    assert (True, "c1", ("c1",)) == (report.committed, report.oid, report.commits)
    assert (128, 72) == (len(report.uploaded), len(report.unchanged))


async def test_a_pull_request_is_opened_once() -> None:
    """All further commits go to its branch."""
    hub = Hub()
    report = await upload_in_batches(hub, evolve(TO, create_pr=True), numbered(400), Tally())
    assert ["main", "refs%2Fpr%2F5", "refs%2Fpr%2F5"] == [revision for revision, _ in hub.commits]
    assert ("refs/pr/5", 3) == (report.pr_revision, len(report.commits))


async def test_only_the_first_commit_has_to_meet_the_parent() -> None:
    """The others meet what came before them."""
    hub = Hub()
    await upload_in_batches(hub, evolve(TO, parent="c0"), numbered(200), Tally())
    assert [128, 72] == hub.sizes
    with pytest.raises(CommitConflictError):
        await upload_in_batches(hub, evolve(TO, parent="c0"), [local("new")], Tally())


async def test_removals_go_first_but_not_of_what_a_later_commit_adds() -> None:
    """So no path is missing from a commit that is going to have it in the end."""
    hub = Hub(files=dict.fromkeys(["0150", "gone", "old"], "other"))

    looks: list[str] = []

    async def matching(revision: str) -> Sequence[Removal]:
        looks.append(hub.head)
        return [Removal(path=path, unless_added=True) for path in sorted(hub.files) if path != "gone"]

    report = await upload_in_batches(hub, TO, [Removal(path="gone"), *numbered(200)], Tally(), matching=matching)
    assert {"old", "gone"} == set(report.deleted)
    assert ["c0"] == looks
    assert [130, 72] == hub.sizes
    assert "0150" in report.uploaded
    assert 200 == len(report.uploaded)


async def test_without_files_there_is_one_commit_of_the_rest() -> None:
    """Removals alone need no more."""
    hub = Hub(files={"old": "other"})
    report = await upload_in_batches(hub, TO, [Removal(path="old")], Tally())
    assert (("old",), ("c1",)) == (report.deleted, report.commits)


async def test_what_is_ignored_crowds_no_folder() -> None:
    """Only the Hub can tell; it is asked before the first commit."""
    orders = numbered(10_001)
    hub = Hub(ignored=frozenset(order.path for order in orders[9:]))
    report = await upload_in_batches(hub, TO, orders, Tally())
    assert (9, 10_001 - 9) == (len(report.uploaded), len(report.ignored))


async def test_a_folder_that_would_be_crowded_is_refused_before_the_first_commit() -> None:
    """Not after ten thousand files of it are there."""
    hub = Hub(ignored=frozenset({"0000"}))
    with pytest.raises(CommitTooLargeError) as caught:
        await upload_in_batches(hub, TO, numbered(10_002), Tally())
    assert ([], 10_000) == (hub.commits, len(caught.value.fits))
    assert "0000" not in caught.value.fits


async def test_ignored_files_are_told_of_every_commit() -> None:
    """In their order."""
    hub = Hub(ignored=frozenset({"0001", "0150"}))
    report = await upload_in_batches(hub, TO, numbered(200), Tally())
    assert ("0001", "0150") == report.ignored
    assert 198 == len(report.uploaded)


@define(eq=False)
class Busy(Hub):
    """One where somebody else commits before the second look at it."""

    looks: int = 0

    def _answer(self, call: Call[Any]) -> Any:
        if "/preupload/" in call.path:
            self.looks += 1
            if self.looks == 2:
                self.history.insert(0, "theirs")
        return super()._answer(call)


async def test_a_parent_is_met_by_the_first_commit_and_not_the_first_batch() -> None:
    """A batch that changes nothing makes no commit, so somebody else's after it is still in the way."""
    hub = Busy(files={f"{number:04}": git_blob_id(b"x") for number in range(128)})
    with pytest.raises(CommitConflictError) as caught:
        await upload_in_batches(hub, evolve(TO, parent="c0"), numbered(140), Tally())
    assert ("c0", "theirs") == (caught.value.expected, caught.value.actual)
    assert [] == hub.commits


async def test_strictness_is_about_all_files() -> None:
    """What would be left out later stops the first commit."""
    hub = Hub(ignored=frozenset({"0140"}))
    with pytest.raises(UploadError) as caught:
        await upload_in_batches(hub, evolve(TO, strict=True), numbered(150), Tally())
    assert ["0140"] == list(caught.value.failures)
    assert [] == hub.commits


async def test_a_commit_found_late_counts_for_the_whole_upload() -> None:
    """Fewer files are tried after a lost reply; what had landed by then is not left out of the report."""
    hub = Hub()
    losing = [HubConnectionError("cut", outcome="unknown")]

    def land_unseen(paths: list[str]) -> SpacesError | None:
        if not losing:
            return None
        hub.files |= dict.fromkeys(paths, git_blob_id(b"x"))
        hub.unseen = ["c1"]
        return losing.pop()

    hub.refuse = land_unseen
    report = await upload_in_batches(hub, TO, numbered(2), Tally())
    assert (("0000", "0001"), ("c1",), True) == (report.uploaded, report.commits, report.reconciled)
    assert () == report.unchanged
