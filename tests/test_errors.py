"""The errors: what each is also, what it says, and that it survives a process boundary."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from aiohfspaces import errors
from aiohfspaces.errors import (
    CommitConflictError,
    FileReplacedError,
    HubConnectionError,
    HubHTTPError,
    HubTimeoutError,
    LeaseNotEndedError,
    MalformedReplyError,
    SpaceFailedError,
    SpacesError,
    SpaceWaitError,
    SpaceWaitTimeoutError,
    UploadError,
    UsageError,
)
from aiohfspaces.models import LeaseHandle, SpaceHardware, SpaceRuntime, SpaceStage, StageSighting, WaitHandle

PARENTS: dict[str, set[type[BaseException]]] = {
    "UsageError": {SpacesError, ValueError},
    "OfflineError": {SpacesError},
    "HubConnectionError": {SpacesError},
    "HubTimeoutError": {HubConnectionError, TimeoutError},
    "HubHTTPError": {SpacesError},
    "BadRequestError": {HubHTTPError},
    "AuthenticationError": {HubHTTPError},
    "PaymentRequiredError": {HubHTTPError},
    "PermissionDeniedError": {HubHTTPError},
    "GatedRepoError": {errors.PermissionDeniedError},
    "DisabledRepoError": {errors.PermissionDeniedError},
    "NotFoundError": {HubHTTPError},
    "RepositoryNotFoundError": {errors.NotFoundError},
    "RevisionNotFoundError": {errors.NotFoundError},
    "EntryNotFoundError": {errors.NotFoundError},
    "ConflictError": {HubHTTPError},
    "RepositoryExistsError": {errors.ConflictError},
    "CommitConflictError": {errors.ConflictError},
    "RateLimitError": {HubHTTPError},
    "ActionQuotaError": {errors.RateLimitError},
    "RateBudgetError": {errors.RateLimitError},
    "HubServerError": {HubHTTPError},
    "MalformedReplyError": {SpacesError},
    "FileReplacedError": {SpacesError},
    "LocalEntryNotFoundError": {SpacesError},
    "SpaceWaitError": {SpacesError},
    "SpaceFailedError": {SpaceWaitError},
    "SpaceInactiveError": {SpaceWaitError},
    "HardwareSupersededError": {SpaceWaitError},
    "SpaceWaitTimeoutError": {SpaceWaitError, TimeoutError},
    "LeaseNotEndedError": {SpacesError},
    "TaskLostError": {SpacesError},
    "UploadError": {SpacesError},
    "FileChangedError": {UploadError},
    "CommitTooLargeError": {UploadError},
    "SpacesError": {Exception},
}
LEASE = LeaseHandle(repo_id="me/app", hardware=SpaceHardware.T4_SMALL, restore=SpaceHardware.CPU_BASIC)
SPECIAL_FACTS: dict[str, dict[str, Any]] = {
    "EntryNotFoundError": {"commit_hash": "c0ffee"},
    "CommitConflictError": {"expected": "aaaaa", "actual": "bbbbb"},
    "ActionQuotaError": {"action": "commits"},
    "SpaceFailedError": {"error_message": "out of memory", "logs": ["one", "two"]},
}


def example(name: str) -> SpacesError:
    """Build an error of a class, with all its facts."""
    kind, special = getattr(errors, name), SPECIAL_FACTS.get(name, {})
    error: SpacesError
    if issubclass(kind, HubHTTPError):
        error = http_error(kind, **special)
    elif issubclass(kind, SpaceWaitError):
        error = wait_error(kind, **special)
    elif issubclass(kind, FileReplacedError):
        error = kind("a.bin", expected="one", actual="two")
    elif issubclass(kind, LeaseNotEndedError):
        error = kind("the sentence", handle=LEASE)
    elif issubclass(kind, UploadError):
        error = kind("Too bad:", failures={"a.bin": "gone", "b.bin": "changed"})
    elif issubclass(kind, MalformedReplyError):
        error = kind("expected a string", field="hardware.current")
    elif issubclass(kind, HubConnectionError):
        error = kind("the sentence", outcome="not done")
    else:
        error = kind("the sentence")
    return error


def http_error(kind: type[HubHTTPError] = HubHTTPError, **facts: Any) -> HubHTTPError:
    """Build a refusal."""
    known: dict[str, Any] = {"status": 418, "method": "GET", "url": "https://hub.test/api"}
    return kind(**known | {"code": "Teapot", "server_message": "short", "request_id": "Root=1"} | facts)


def wait_error(kind: type[SpaceWaitError] = SpaceWaitError, **facts: Any) -> SpaceWaitError:
    """Build the end of a wait."""
    sighting = StageSighting(1.5, SpaceStage.RUNNING, SpaceHardware.CPU_BASIC)
    runtime = SpaceRuntime(stage=SpaceStage.RUNNING)
    return kind(
        "No.", repo_id="me/app", runtime=runtime, history=[sighting], handle=WaitHandle(repo_id="me/app"), **facts
    )


def test_every_class_of_the_module_is_public_and_listed_here() -> None:
    """The hierarchy below is the whole of it, and all of it is exported."""
    defined = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SpacesError)}
    assert set(PARENTS) == defined
    assert defined | {"Outcome"} == set(errors.__all__)


@pytest.mark.parametrize("name", PARENTS)
def test_each_class_has_the_parents_of_the_contract(name: str) -> None:
    """What a caller catches is what the design says, no more and no less."""
    assert PARENTS[name] == set(getattr(errors, name).__bases__)


@pytest.mark.parametrize("name", PARENTS)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_each_error_pickles(name: str, protocol: int) -> None:
    """An error that crossed a process boundary says the same and holds the same facts."""
    error = example(name)
    error.add_note("seen by the worker")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(error) is type(again)
    assert (str(error), error.args, vars(error)) == (str(again), again.args, vars(again))


@pytest.mark.parametrize("name", PARENTS)
def test_each_error_can_be_copied(name: str) -> None:
    """A copy says the same as the original."""
    assert str(example(name)) == str(copy.copy(example(name)))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "418 Teapot for GET https://hub.test/api: short [request id: Root=1]"),
        ({"code": None, "request_id": None}, "418 for GET https://hub.test/api: short"),
        (
            {"code": None, "request_id": None, "server_message": ""},
            "418 for GET https://hub.test/api: no message",
        ),
        (
            {"outcome": "unknown", "retry_after": 2.5, "advice": "Do this."},
            (
                "418 Teapot for GET https://hub.test/api: short (whether it took effect is unknown) "
                "(asked to come back in 2.5 s). Do this. [request id: Root=1]"
            ),
        ),
        (
            {"retry_after": 0.0},
            "418 Teapot for GET https://hub.test/api: short (asked to come back in 0 s) [request id: Root=1]",
        ),
    ],
)
def test_a_refusal_says_all_that_is_known(facts: dict[str, Any], sentence: str) -> None:
    """The sentence has status, code, call and words, and each further fact only where there is one."""
    assert sentence == str(http_error(**facts))


@pytest.mark.parametrize(
    ("facts", "ending"),
    [
        ({}, "short [request id: Root=1]"),
        ({"expected": "aaaaa"}, "(expected parent aaaaa, found another)"),
        ({"expected": "aaaaa", "actual": "bbbbb"}, "(expected parent aaaaa, found bbbbb)"),
    ],
)
def test_a_commit_conflict_names_the_parents_that_are_known(facts: dict[str, str], ending: str) -> None:
    """Nothing is said of a parent that nobody has named."""
    assert str(http_error(CommitConflictError, **facts)).endswith(ending)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UsageError("a: wrong"), "a: wrong"),
        (HubTimeoutError("too slow"), "too slow"),
        (MalformedReplyError("expected a string", field="a.b"), "expected a string (field: a.b)"),
        (wait_error(SpaceWaitTimeoutError), "No. Seen: RUNNING on cpu-basic at 2 s."),
        (
            wait_error(SpaceFailedError, error_message="out of memory", logs=["one", "two"]),
            "No. Seen: RUNNING on cpu-basic at 2 s. The Hub says: out of memory\n  | one\n  | two",
        ),
        (wait_error(SpaceFailedError, error_message=None), "No. Seen: RUNNING on cpu-basic at 2 s."),
        (example("UploadError"), "Too bad:\n  a.bin: gone\n  b.bin: changed"),
    ],
)
def test_each_other_error_is_a_sentence(error: SpacesError, sentence: str) -> None:
    """Facts are told where there are some."""
    assert sentence == str(error)


def test_a_refusal_says_it_where_it_is_only_shown() -> None:
    """As in the dict of a report's failures, or in a group: its facts are no arguments, so nothing would be seen."""
    sentence = "418 Teapot for GET https://hub.test/api: short [request id: Root=1]"
    assert f"{{'me/app': NotFoundError({sentence!r})}}" == str({"me/app": http_error(errors.NotFoundError)})


def test_a_lost_connection_leaves_the_outcome_open() -> None:
    """Unless somebody knows better, nobody can say whether the call took effect."""
    assert "unknown" == HubConnectionError("gone").outcome
