"""From a reply of 400 and above to the error that says it.

Source: hub errors as huggingface_hub 2.4.0 reads them (``hf_raise_for_status``), told apart further:
a 401 to a caller with a token is never "not found", and 402, 403, 409, 412 and 429 each have a class.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from aiohfspaces._wire.calls import READS
from aiohfspaces._wire.limits import rate_limit, retry_after
from aiohfspaces._wire.redaction import blotted
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import (
    ActionQuotaError,
    AuthenticationError,
    BadRequestError,
    CommitConflictError,
    ConflictError,
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HubHTTPError,
    HubServerError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    RepositoryExistsError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

CONFLICTING_OPERATION = "another conflicting operation is in progress"
"""The 409 of concurrent creations by one account: nothing was done, and soon it can be."""

WITHOUT_LOGIN = "No token was sent: HF_TOKEN, `hf auth login` or token= give one."

CLASSES: dict[tuple[int, str | None], type[HubHTTPError]] = {
    (400, None): BadRequestError,
    (401, None): AuthenticationError,
    (402, None): PaymentRequiredError,
    (403, None): PermissionDeniedError,
    (403, "GatedRepo"): GatedRepoError,
    (404, None): NotFoundError,
    (404, "RepoNotFound"): RepositoryNotFoundError,
    (404, "RevisionNotFound"): RevisionNotFoundError,
    (404, "EntryNotFound"): EntryNotFoundError,
    (406, None): ConflictError,
    (409, None): ConflictError,
    (412, None): CommitConflictError,
    (422, None): BadRequestError,
    (429, None): RateLimitError,
}
"""(status, ``X-Error-Code``) to class; without the code where the pair is not listed."""

UNSEEN = "There is none of this name and kind, or the token may not see it."

_LONGEST_MESSAGE = 500
_NOT_SHOWN = re.compile(r"(?s)<(script|style|title)\b(?:(?!<\1\b).)*?</\1>")
_REPOSITORY_PATH = re.compile(
    r"/(?:api/(?:models|datasets)/[^/]+|api/spaces/(?!zero-gpu/quota$)[^/]+/[^/]+|.+/resolve/|.+\.git/)"
)
_CREATING_PATH = re.compile(r"/api/repos/create$|/api/\w+/[^/]+/[^/]+/duplicate$")
_REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-trace-id", "x-amz-cf-id")


def refusal(
    reply: Reply,
    *,
    method: str,
    path: str,
    authenticated: bool,
    secrets: Iterable[str] = (),
    advice: str | None = None,
    now_epoch_s: float = 0.0,
) -> HubHTTPError:
    """Read a refusal.

    Args:
        reply: Its status is 400 or above (or a redirect that leads nowhere).
        method: The HTTP method of the request.
        path: Its path, by which a call on a repository is known.
        authenticated: Whether a token was sent.
        secrets: What must not show in the message.
        advice: What to do instead.
        now_epoch_s: Our clock, for a ``Retry-After`` in the form of a date.
    """
    message = _message(reply, tuple(secrets))
    code = reply.headers.get("x-error-code")
    kind = _kind(reply, path, code, message, authenticated=authenticated)
    facts: dict[str, Any] = {
        "status": reply.status,
        "method": method,
        "url": reply.url,
        "code": code,
        "server_message": message,
        "request_id": next((reply.headers[name] for name in _REQUEST_ID_HEADERS if name in reply.headers), None),
        "outcome": "unknown" if method not in READS and (reply.status >= 500 or reply.status == 408) else "not done",
        "retry_after": retry_after(reply.headers, now_epoch_s) if reply.status in (429, 503) else None,
        "advice": advice or _advice(kind, reply.status, authenticated=authenticated),
    }
    if kind is ActionQuotaError:
        facts["action"] = message
    if kind is EntryNotFoundError:
        facts["commit_hash"] = reply.headers.get("x-repo-commit")
    return kind(**facts)


def _advice(kind: type[HubHTTPError], status: int, *, authenticated: bool) -> str | None:
    if status == 401 and not authenticated:
        return WITHOUT_LOGIN
    return UNSEEN if kind is RepositoryNotFoundError else None


def _kind(reply: Reply, path: str, code: str | None, message: str, *, authenticated: bool) -> type[HubHTTPError]:
    status = reply.status
    if status >= 500:
        return HubServerError
    if status == 401 and not authenticated and code == "GatedRepo":
        return GatedRepoError
    if status == 401 and not authenticated and _REPOSITORY_PATH.match(path):
        return RepositoryNotFoundError
    if status == 403 and "Access to this resource is disabled" in message:
        return DisabledRepoError
    if status == 404 and code is None and message.startswith("Repository not found"):
        return RepositoryNotFoundError
    if status == 409 and _CREATING_PATH.search(path) and CONFLICTING_OPERATION not in message:
        return RepositoryExistsError
    if status == 429 and (limit := rate_limit(reply.headers)) is not None and limit.remaining > 0:
        return ActionQuotaError
    return CLASSES.get((status, code)) or CLASSES.get((status, None), HubHTTPError)


def _message(reply: Reply, secrets: tuple[str, ...]) -> str:
    """Blot first: a secret whose blanks were joined, or whose end was cut off, is not found any more."""
    said = blotted(_said(reply.content) or reply.headers.get("x-error-message", ""), secrets)
    return " ".join((said or _plain_text(reply, secrets)).split())[:_LONGEST_MESSAGE]


def _said(content: bytes) -> str:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error") or body.get("error_description") or body.get("message") or body.get("errors")
    words = error if isinstance(error, list) else [error]
    return "; ".join(map(_words, filter(None, words)))


def _words(word: Any) -> str:
    said = word.get("message", word) if isinstance(word, dict) else word
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _plain_text(reply: Reply, secrets: tuple[str, ...]) -> str:
    kind = reply.headers.get("content-type", "")
    if "json" in kind:
        return ""
    text = blotted(reply.content.decode(errors="replace"), secrets)
    if "html" in kind or text.lstrip()[:1] == "<":
        text = blotted(html.unescape(re.sub(r"<[^<>]*>", " ", _NOT_SHOWN.sub(" ", text))), secrets)
    return text
