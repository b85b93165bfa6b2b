"""The Hub's errors: what it answers when it will not do what it was asked.

Source: huggingface_hub 2.4.0, ``hf_raise_for_status``; recorded replies of March 2025.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

_GIT_SERVICES = ("/info/refs", "/git-upload-pack", "/git-receive-pack")
_ASK_GIT = {"WWW-Authenticate": 'Basic realm="Authentication required", charset="UTF-8"'}
"""Without it git, and git-lfs, give up instead of asking for a token."""


class Moved(Exception):
    """What was asked for has another address now; not an error for who follows."""

    def __init__(self, location: str) -> None:
        """Lead to ``location``, a path with its query."""
        super().__init__(location)
        self.location = location

    def response(self) -> Response:
        """Build the reply that leads there, with method and body: the Hub's is a 307 with a relative address."""
        return PlainTextResponse(
            f"Temporary Redirect. Redirecting to {self.location}", 307, {"Location": self.location}
        )


class Refusal(Exception):
    """An error reply of the Hub, raised where it is found out."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Refuse with ``status`` and a sentence.

        Args:
            status: The HTTP status.
            message: The sentence, in the body as ``error`` and in ``X-Error-Message``.
            code: What ``X-Error-Code`` says, where the Hub says it.
            headers: More headers of the reply.
            extra: More keys of the body.
        """
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self) -> Response:
        """Build the reply that says so."""
        one_line = " ".join(self.message.split()).encode("ascii", "replace").decode()
        headers = {"X-Error-Message": one_line, **self.headers}
        if self.code is not None:
            headers["X-Error-Code"] = self.code
        return JSONResponse({"error": self.message, **self.extra}, self.status, headers)

    def response_in(self, scope: Scope) -> Response:
        """Build the reply for whoever sent a request: git shows plain text only, git-lfs reads ``message``."""
        path = scope["path"]
        reply = self.response()
        if path.endswith(_GIT_SERVICES):
            reply = PlainTextResponse(self.message, self.status, self.headers)
        elif is_for_git(path):
            reply = Refusal(self.status, self.message, code=self.code, extra={"message": self.message}).response()
        if self.status == 401 and is_for_git(path):
            reply.headers.update(_ASK_GIT)
        return reply


def is_for_git(path: str) -> bool:
    """Tell whether git or git-lfs asks for such a path."""
    return "/info/lfs/" in path or path.endswith(_GIT_SERVICES)


def bad_request(message: str) -> Refusal:
    """Refuse what is malformed or makes no sense for this repository."""
    return Refusal(400, message)


def unknown_token() -> Refusal:
    """Refuse a token that nobody holds."""
    return Refusal(401, "Invalid credentials in Authorization header")


def who_are_you(*, is_missing: bool = False) -> Refusal:
    """Refuse a caller without a token; what is missing and what is private look the same to them."""
    return Refusal(401, "Invalid username or password.", code="RepoNotFound" if is_missing else None)


def repository_not_found() -> Refusal:
    """Refuse a caller with a token who asks for what is missing or private."""
    return Refusal(404, "Repository not found", code="RepoNotFound")


def gated(repo_type: str, repo_id: str, *, is_known: bool) -> Refusal:
    """Refuse the files of a gated repository to whom its owner has not let in; ``is_known``: has a token."""
    sentence = f"Access to {repo_type} {repo_id} is restricted" + (
        " and you are not in the authorized list." if is_known else ". You must be authenticated to access it."
    )
    return Refusal(403 if is_known else 401, sentence, code="GatedRepo")


def revision_not_found(revision: str) -> Refusal:
    """Refuse a branch, tag or commit that the repository does not have."""
    return Refusal(404, f"Invalid rev id: {revision}", code="RevisionNotFound")


def entry_not_found(path: str, commit: str) -> Refusal:
    """Refuse a path that the revision does not have."""
    sentence = f"{path} does not exist on {commit}"
    return Refusal(404, sentence, code="EntryNotFound", headers={"X-Repo-Commit": commit})


def payment_required(flavor: str) -> Refusal:
    """Refuse paid hardware to an account that cannot pay for it."""
    return Refusal(402, f"Payment required: add a payment method to your account to use {flavor}.")


def not_yours(doing: str) -> Refusal:
    """Refuse somebody whom the Hub knows but who may not do this."""
    return Refusal(403, f"You don't have the rights to {doing}.")


def no_such_page() -> Refusal:
    """Refuse a path that the Hub does not serve."""
    return Refusal(404, "Sorry, we can't find the page you are looking for.")
