"""Refusals: which error says what, and that none of them shows a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces import errors
from aiohfspaces._wire.redaction import BLOT
from aiohfspaces._wire.refusals import CONFLICTING_OPERATION, refusal
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import ActionQuotaError, EntryNotFoundError, HubHTTPError

SPACE = "/api/spaces/me/app"
CREATE = "/api/repos/create"
BAD_TOKEN = "Invalid credentials in Authorization header"


def reply(status: int = 400, content: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})) -> Reply:
    """Build a refusal as it arrives."""
    return Reply(
        status=status, headers=headers, content=content, url=f"https://hub.test{SPACE}", endpoint="https://hub.test"
    )


def said(error: object) -> bytes:
    """Write an error's body."""
    return json.dumps({"error": error}).encode()


def read(refused: Reply, path: str = SPACE, **facts: Any) -> HubHTTPError:
    """Read a refusal of a call on a Space, by default one with a token."""
    known: dict[str, Any] = {"method": "POST", "authenticated": True}
    return refusal(refused, path=path, **known | facts)


@pytest.mark.parametrize(
    ("status", "code", "message", "authenticated", "path", "expected"),
    [
        (400, None, "no", True, SPACE, "BadRequestError"),
        (422, None, "no", True, SPACE, "BadRequestError"),
        (401, None, BAD_TOKEN, True, SPACE, "AuthenticationError"),
        (401, None, "", True, SPACE, "AuthenticationError"),
        (401, "RepoNotFound", "", True, SPACE, "AuthenticationError"),
        (401, "GatedRepo", "", True, SPACE, "AuthenticationError"),
        (401, None, "", False, SPACE, "RepositoryNotFoundError"),
        (401, "RepoNotFound", "", False, SPACE, "RepositoryNotFoundError"),
        (401, "GatedRepo", "", False, SPACE, "GatedRepoError"),
        (401, None, "", False, f"{SPACE}/runtime", "RepositoryNotFoundError"),
        (401, None, "", False, "/api/models/gpt3", "RepositoryNotFoundError"),
        (401, None, "", False, "/api/datasets/rows", "RepositoryNotFoundError"),
        (401, None, "", False, "/spaces/me/app/resolve/main/app.py", "RepositoryNotFoundError"),
        (401, None, "", False, "/gpt3/resolve/main/config.json", "RepositoryNotFoundError"),
        (401, None, "", False, "/spaces/me/app.git/info/lfs/objects/batch", "RepositoryNotFoundError"),
        (401, None, "", False, "/api/whoami-v2", "AuthenticationError"),
        (401, None, "", False, "/api/spaces", "AuthenticationError"),
        (401, None, "", False, "/api/spaces/hardware", "AuthenticationError"),
        (401, None, "", False, "/api/spaces/zero-gpu/quota", "AuthenticationError"),
        (401, None, "", False, "/api/spaces/zero-gpu/quota2", "RepositoryNotFoundError"),
        (401, None, "", False, CREATE, "AuthenticationError"),
        (402, None, "", True, SPACE, "PaymentRequiredError"),
        (403, None, "", True, SPACE, "PermissionDeniedError"),
        (403, "GatedRepo", "", True, SPACE, "GatedRepoError"),
        (403, None, "Access to this resource is disabled.", True, SPACE, "DisabledRepoError"),
        (403, "Unknown", "", True, SPACE, "PermissionDeniedError"),
        (404, None, "", True, SPACE, "NotFoundError"),
        (404, "RepoNotFound", "", True, SPACE, "RepositoryNotFoundError"),
        (404, None, "Repository not found", True, SPACE, "RepositoryNotFoundError"),
        (404, "RevisionNotFound", "", True, SPACE, "RevisionNotFoundError"),
        (404, "EntryNotFound", "", True, SPACE, "EntryNotFoundError"),
        (404, "EntryNotFound", "Repository not found", True, SPACE, "EntryNotFoundError"),
        (404, "Unknown", "", True, SPACE, "NotFoundError"),
        (408, None, "", True, SPACE, "HubHTTPError"),
        (406, None, "Space is not running", True, f"{SPACE}/metrics", "ConflictError"),
        (409, None, "", True, f"{SPACE}/commit/main", "ConflictError"),
        (409, None, "You already created this space repo", True, CREATE, "RepositoryExistsError"),
        (409, None, "", True, f"{SPACE}/duplicate", "RepositoryExistsError"),
        (409, None, f"Cannot create repo: {CONFLICTING_OPERATION}", True, CREATE, "ConflictError"),
        (412, None, "", True, SPACE, "CommitConflictError"),
        (413, None, "", True, SPACE, "HubHTTPError"),
        (418, "Teapot", "", True, SPACE, "HubHTTPError"),
        (429, None, "", True, SPACE, "RateLimitError"),
        (500, None, "", True, SPACE, "HubServerError"),
        (503, "RepoNotFound", "", False, SPACE, "HubServerError"),
        (599, None, "", True, SPACE, "HubServerError"),
        (302, None, "", True, SPACE, "HubHTTPError"),
    ],
)
def test_each_refusal_has_its_class(
    status: int, code: str | None, message: str, authenticated: bool, path: str, expected: str
) -> None:
    """Status, code, words, token and path tell the errors apart; with a token a 401 is never 'not found'."""
    headers = {} if code is None else {"x-error-code": code}
    refused = reply(status, said(message) if message else b"", headers)
    error = read(refused, path, authenticated=authenticated)
    assert getattr(errors, expected) is type(error)
    assert (status, code, message) == (error.status, error.code, error.server_message)


@pytest.mark.parametrize(
    ("limit", "expected", "retry_after"),
    [
        ({}, "RateLimitError", None),
        ({"ratelimit": '"api";r=0;t=42'}, "RateLimitError", 42.0),
        ({"ratelimit": '"api";r=7;t=42'}, "ActionQuotaError", None),
        ({"ratelimit": '"api";r=7;t=42', "retry-after": "9"}, "ActionQuotaError", 9.0),
        ({"retry-after": "9"}, "RateLimitError", 9.0),
    ],
)
def test_a_spent_window_is_told_from_a_spent_quota(
    limit: dict[str, str], expected: str, retry_after: float | None
) -> None:
    """With calls left it is another quota, and the turn of the window says nothing of it."""
    error = read(reply(429, said("128 commits per hour"), limit))
    assert (getattr(errors, expected), retry_after) == (type(error), error.retry_after)
    if isinstance(error, ActionQuotaError):
        assert "128 commits per hour" == error.action


@pytest.mark.parametrize(
    ("status", "outcome", "retry_after"),
    [
        (400, "not done", None),
        (408, "unknown", None),
        (429, "not done", 9.0),
        (500, "unknown", None),
        (503, "unknown", 9.0),
    ],
)
def test_a_refusal_says_what_is_known_of_the_effect(status: int, outcome: str, retry_after: float | None) -> None:
    """A failure of the server leaves it open; only a refusal that will pass says when to come back."""
    error = read(reply(status, b"", {"retry-after": "9"}))
    assert (outcome, retry_after) == (error.outcome, error.retry_after)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-request-id": "Root=1", "x-amzn-trace-id": "2"}, "Root=1"),
        ({"x-amzn-trace-id": "2", "x-amz-cf-id": "3"}, "2"),
        ({"x-amz-cf-id": "3"}, "3"),
    ],
)
def test_the_request_has_an_id_for_support(headers: dict[str, str], expected: str | None) -> None:
    """The Hub's own, else that of what stands before it."""
    assert expected == read(reply(headers=headers)).request_id


def test_the_facts_of_the_call_are_kept() -> None:
    """Method, address, advice, the time of a date by our clock, and the commit that was looked into."""
    date = "Fri, 07 Mar 2025 12:01:00 GMT"
    error = read(reply(503, b"", {"retry-after": date}), advice="Wait.", now_epoch_s=1741348800.0)
    assert ("POST", f"https://hub.test{SPACE}", "Wait.", 60.0) == (
        *(error.method, error.url),
        *(error.advice, error.retry_after),
    )
    missing = read(reply(404, b"", {"x-error-code": "EntryNotFound", "x-repo-commit": "c0ffee"}))
    assert isinstance(missing, EntryNotFoundError)
    assert "c0ffee" == missing.commit_hash


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (said("no"), {}, "no"),
        (said(["one", "two"]), {}, "one; two"),
        (said([None, "two"]), {}, "two"),
        (said({"message": "no"}), {}, "no"),
        (said({"path": "é"}), {}, '{"path": "é"}'),
        (said(5), {}, "5"),
        (b'{"errors": [{"message": "one"}, {"message": "two"}]}', {}, "one; two"),
        (b'{"error_description": "no"}', {}, "no"),
        (b'{"message": "no"}', {}, "no"),
        (b"{}", {"x-error-message": "no", "content-type": "application/json"}, "no"),
        (said("body"), {"x-error-message": "header"}, "body"),
        (b'{"broken', {"content-type": "application/json"}, ""),
        (b"[" * 50_000, {"content-type": "application/json"}, ""),
        (b"plain  \n text", {"content-type": "text/plain"}, "plain text"),
        (b"", {}, ""),
        (b"\xff", {}, "\ufffd"),
        (
            b"<html><style>p {a: b}</style><script>if (a < b) {}</script><h1>503</h1><p>Back\nsoon</p></html>",
            {"content-type": "text/html"},
            "503 Back soon",
        ),
        (b"  <p>unnamed</p>", {}, "unnamed"),
        (b"x" * 5000, {}, "x" * 500),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_the_words_of_the_server_are_found(content: bytes, headers: dict[str, str], expected: str) -> None:
    """In any shape of body, or in the header; on one line, without tags, not for ever."""
    assert expected == read(reply(400, content, headers)).server_message


@pytest.mark.timeout(2)
@pytest.mark.parametrize("page", [b"<" * 65536, b"<script" * 9362, b"<script>" * 8192, b"<style <script " * 4369])
def test_no_page_holds_the_event_loop(page: bytes) -> None:
    """Tags are taken off in a time that grows with the page, not with its square."""
    assert len(read(reply(500, page)).server_message) <= 500


SECRETS = ["s3cr3t  with\ntwo  blanks", "a<b>c", 'it\'s "quoted"', "x" * 600]


@pytest.mark.parametrize("secret", SECRETS, ids=repr)
@pytest.mark.parametrize("before", [0, 480, 495, 499])
@pytest.mark.parametrize("shape", ["json", "nested", "header", "html", "text"])
def test_no_secret_is_shown(secret: str, before: int, shape: str) -> None:
    """Not where its blanks are joined, its tags are taken off, or the message is cut in the middle of it."""
    text = f"{'.' * before}{secret}"
    bodies = {
        "json": said(text),
        "nested": said([{"value": [text, "isn't"]}]),
        "html": f"<p>{text}</p>".encode(),
        "text": text.encode(),
        "header": b"",
    }
    headers = {"x-error-message": text} if shape == "header" else {}
    error = read(reply(400, bodies[shape], headers), secrets=iter(["", secret]))
    words = " ".join(secret.split())
    assert [] == [words[at:][:4] for at in range(len(words) - 3) if words[at:][:4] in str(error)]
    assert before > 0 or BLOT in error.server_message


@given(content=st.binary(), status=st.integers(300, 599), headers=st.dictionaries(st.text(), st.text()))
def test_anything_that_arrives_can_be_read(content: bytes, status: int, headers: dict[str, str]) -> None:
    """Whatever a server sends becomes an error that says so."""
    assert str(status) in str(read(reply(status, content, headers), secrets=("a",)))
