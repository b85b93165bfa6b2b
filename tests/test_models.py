"""The models: open vocabularies, addresses that know their parts, handles that travel."""

from __future__ import annotations

import ast
import copy
import json
import pickle
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import aiohfspaces
from aiohfspaces import errors, models
from aiohfspaces.errors import UsageError
from aiohfspaces.models import (
    BulkReport,
    CommitInfo,
    CommitOperation,
    CommitOperationAdd,
    CommitOperationDelete,
    DiscussionStatus,
    DuplicatedRepoUrl,
    LeaseHandle,
    RepoUrl,
    SpaceHardware,
    SpaceOutcome,
    SpaceRuntime,
    SpaceStage,
    SpaceStorage,
    StageSighting,
    UploadReport,
    WaitHandle,
)

HUB = "https://huggingface.co"


def commit(*, pr_url: str | None = None) -> CommitInfo:
    """Build a commit."""
    return CommitInfo(oid="c0ffee", commit_url=f"{HUB}/me/app/commit/c0ffee", commit_message="Add", pr_url=pr_url)


def report(*, seconds: float = 0.0, uploaded: tuple[str, ...] = ()) -> UploadReport:
    """Build a report."""
    return UploadReport(
        oid="c0ffee", commit_url=HUB, commit_message="Add", committed=True, uploaded=uploaded, seconds=seconds
    )


def test_every_model_is_exported() -> None:
    """What a module defines under a public name can be imported from the package."""
    modules = [import_module(f"{models.__name__}.{found.name}") for found in iter_modules(models.__path__)]
    defined = {
        name
        for module in modules
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
    }
    assert defined | {"CommitOperation", "RepoType", "RepoVisibility"} == set(models.__all__)


def test_the_package_exports_all_of_it_in_order() -> None:
    """Its list is written out, which type checkers follow: errors, models, options and the client."""
    tree = ast.parse(Path(aiohfspaces.__file__).read_text("utf-8"))
    assert [aiohfspaces.__all__] == [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    own = {
        "AsyncSpacesClient",
        "DatasetTaskQueue",
        "HardwareUpgrade",
        "Outcomes",
        "Pages",
        "PollPolicy",
        "RateBudget",
        "RetryPolicy",
        "Timeout",
    }
    own |= {"__version__"}
    assert sorted({*errors.__all__, *models.__all__, *own}) == aiohfspaces.__all__
    assert [] == [name for name in aiohfspaces.__all__ if not hasattr(aiohfspaces, name)]


def test_an_operation_of_a_commit_has_a_type() -> None:
    """Under the official client's name, for ``list[CommitOperation]``."""
    operations: list[CommitOperation] = [CommitOperationAdd("a", b""), CommitOperationDelete("b")]
    assert [True, True] == [isinstance(operation, CommitOperation) for operation in operations]


@pytest.mark.parametrize("vocabulary", [SpaceStage, SpaceHardware, SpaceStorage, DiscussionStatus])
@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda word: pickle.loads(pickle.dumps(word))])
def test_a_word_that_the_hub_has_added_is_kept(vocabulary: type[StrEnum], clone: object) -> None:
    """An unknown word equals its string, hashes like it, and survives copies."""
    word = vocabulary("BRAND_NEW")
    assert "BRAND_NEW" == word == word.value == str(word) == f"{word}"
    assert {"BRAND_NEW": 1} == {word: 1}
    assert isinstance(word, vocabulary)
    assert word == clone(word)  # type: ignore[operator]
    assert "BRAND_NEW" not in list(vocabulary)


@pytest.mark.parametrize("value", [None, 5, b"RUNNING"])
def test_a_vocabulary_takes_strings_only(value: Any) -> None:
    """What is no string is no stage."""
    with pytest.raises(ValueError, match="not a valid SpaceStage"):
        SpaceStage(value)


@pytest.mark.parametrize("flavor", SpaceHardware)
def test_each_flavor_is_named_after_its_value(flavor: SpaceHardware) -> None:
    """Who knows the Hub's spelling can guess the member."""
    assert flavor.value.upper().replace("-", "_") == flavor.name
    assert flavor is SpaceHardware(flavor.value)


@pytest.mark.parametrize(
    ("path", "repo_type", "repo_id", "app_url"),
    [
        ("spaces/me/app", "space", "me/app", "https://me-app.hf.space"),
        ("spaces/Me/My_App.v2", "space", "Me/My_App.v2", "https://me-my-app-v2.hf.space"),
        ("datasets/me/rows", "dataset", "me/rows", None),
        ("me/net", "model", "me/net", None),
        ("gpt2", "model", "gpt2", None),
        ("me/net/", "model", "me/net", None),
    ],
)
@pytest.mark.parametrize("endpoint", [HUB, "http://localhost:7861", "https://proxy.test/hub"])
def test_an_address_knows_its_parts(
    endpoint: str, path: str, repo_type: str, repo_id: str, app_url: str | None
) -> None:
    """Type, id, owner, name and app of a repository can be read off its address, at any endpoint."""
    url = RepoUrl(f"{endpoint}/{path}", endpoint=endpoint)
    owner, _, name = repo_id.rpartition("/")
    assert f"{endpoint}/{path}" == url == url.url
    assert (endpoint, repo_type, repo_id) == (url.endpoint, url.repo_type, url.repo_id)
    assert (owner or None, name, app_url) == (url.namespace, url.repo_name, url.app_url)


@pytest.mark.parametrize(
    "url",
    [
        HUB,
        f"{HUB}/",
        f"{HUB}/spaces",
        f"{HUB}/spaces/",
        f"{HUB}/spaces/me//app",
        f"{HUB}/me/app/tree",
        f"{HUB}.evil.test/me/app",
        "https://other.test/me/app",
        "",
    ],
)
def test_what_is_no_address_of_a_repository_is_refused(url: str) -> None:
    """Too few parts, too many, or another endpoint."""
    with pytest.raises(ValueError, match="not a repository"):
        RepoUrl(url, endpoint=HUB)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda url: pickle.loads(pickle.dumps(url))])
def test_an_address_survives_copies_with_its_parts(clone: object) -> None:
    """A copy of an address is one too."""
    url = DuplicatedRepoUrl(f"{HUB}/spaces/me/app", endpoint=HUB)
    url.files_copy_pending = True
    again = clone(url)  # type: ignore[operator]
    assert (DuplicatedRepoUrl, url, "me/app", True) == (type(again), again, again.repo_id, again.files_copy_pending)


@pytest.mark.parametrize(
    ("pr_url", "number", "revision"),
    [
        (None, None, None),
        (f"{HUB}/me/app/discussions/7", 7, "refs/pr/7"),
        (f"{HUB}/x/discussions/12/", 12, "refs/pr/12"),
    ],
)
def test_a_commit_knows_its_pull_request(pr_url: str | None, number: int | None, revision: str | None) -> None:
    """Number and ref come off the address."""
    assert (number, revision) == (commit(pr_url=pr_url).pr_num, commit(pr_url=pr_url).pr_revision)


def test_two_reports_of_the_same_upload_are_equal() -> None:
    """How long it took says nothing about what was done."""
    assert report(seconds=1.0) == report(seconds=2.0)
    assert report() != report(uploaded=("app.py",))


@pytest.mark.parametrize(
    ("hardware", "sentence"),
    [(None, "BUILDING at 3 s"), (SpaceHardware.T4_SMALL, "BUILDING on t4-small at 3 s")],
)
def test_a_sighting_is_a_few_words(hardware: SpaceHardware | None, sentence: str) -> None:
    """The hardware is told where there is one."""
    assert sentence == str(StageSighting(2.9, SpaceStage.BUILDING, hardware))


@pytest.mark.parametrize(
    "handle",
    [
        WaitHandle(repo_id="me/app"),
        WaitHandle(repo_id="me/app", hardware=SpaceHardware.T4_MEDIUM),
        WaitHandle(repo_id="me/app", hardware=SpaceHardware("h900"), revision="c0ffee"),
        WaitHandle(repo_id="me/app", as_requested=True, restarting=True),
        LeaseHandle(repo_id="me/app", hardware=SpaceHardware.T4_MEDIUM, restore=SpaceHardware("h900")),
        LeaseHandle(
            repo_id="me/app",
            hardware=SpaceHardware.T4_MEDIUM,
            restore=SpaceHardware.CPU_BASIC,
            sleep_time=-1,
            keep_warm=300,
        ),
    ],
)
def test_a_handle_travels_as_text(handle: WaitHandle | LeaseHandle) -> None:
    """Another process reads the handle that this one wrote, in the types that it had."""
    again = type(handle).from_json(handle.to_json())
    assert handle == again
    assert type(handle.hardware) is type(again.hardware)


def test_the_text_of_an_earlier_version_is_read() -> None:
    """What it does not say is not so."""
    text = json.dumps({"repo_id": "me/app", "hardware": "t4-medium", "revision": None})
    assert WaitHandle(repo_id="me/app", hardware=SpaceHardware.T4_MEDIUM) == WaitHandle.from_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"repo_id": "me/app", "hardware": None}),
        json.dumps({"repo_id": 5, "hardware": None, "revision": None}),
        json.dumps({"repo_id": "me/app", "hardware": 5, "revision": None}),
        json.dumps({"repo_id": "me/app", "hardware": None, "revision": 5}),
        json.dumps({"repo_id": "me/app", "hardware": None, "revision": None, "as_requested": 1}),
    ],
    ids=lambda text: text[:60],
)
def test_what_is_no_handle_is_refused(text: str) -> None:
    """Text of another kind is an error of the caller's that says so."""
    with pytest.raises(UsageError, match=r"handle: expected the text of WaitHandle\.to_json"):
        WaitHandle.from_json(text)


LEASE = {"repo_id": "me/app", "hardware": "t4-small", "restore": "cpu-basic", "sleep_time": None, "keep_warm": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"hardware": None},
        {"restore": None},
        {"sleep_time": "60"},
        {"sleep_time": True},
        {"keep_warm": 1.5},
        {"repo_id": None},
    ],
)
def test_what_is_no_lease_is_refused(wrong: dict[str, object]) -> None:
    """The text of a wait is none either, nor the other way round: neither is taken for the other."""
    assert LEASE == json.loads(LeaseHandle.from_json(json.dumps({**LEASE, "of a later version": 1})).to_json())
    for text in (json.dumps({**LEASE, **wrong}), WaitHandle(repo_id="me/app").to_json()):
        with pytest.raises(UsageError, match=r"handle: expected the text of LeaseHandle\.to_json"):
            LeaseHandle.from_json(text)
    with pytest.raises(UsageError, match=r"the text of WaitHandle\.to_json"):
        WaitHandle.from_json(json.dumps(LEASE))


def test_a_report_raises_what_has_failed() -> None:
    """All of it in one group, each with its Space, noted once; nothing if nothing has."""
    up = SpaceRuntime(stage=SpaceStage.RUNNING)
    failed = {"me/a": UsageError("one"), "me/b": UsageError("two")}
    report = BulkReport[SpaceRuntime]()
    assert [True] * 3 == [report.expect(repo_id) for repo_id in ("me/app", *failed)]
    report.begin("me/app")
    report.note(SpaceOutcome(repo_id="me/app", value=up))
    report.raise_for_failures()
    for repo_id, error in failed.items():
        report.begin(repo_id)
        report.note(SpaceOutcome(repo_id=repo_id, error=error))
    for _ in range(2):
        with pytest.raises(ExceptionGroup, match="2 of 3 Spaces failed") as caught:
            report.raise_for_failures()
        assert [["Space: me/a"], ["Space: me/b"]] == [error.__notes__ for error in failed.values()]
    assert tuple(failed.values()) == caught.value.exceptions
