"""What can go wrong, as classes: facts in attributes, the sentence in ``str()``.

No exception of an HTTP library reaches a caller, and none of these ever holds a token or
a secret's value. All of them pickle.
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from aiohfspaces.models import LeaseHandle, SpaceRuntime, StageSighting, WaitHandle

__all__ = [
    "ActionQuotaError",
    "AuthenticationError",
    "BadRequestError",
    "CommitConflictError",
    "CommitTooLargeError",
    "ConflictError",
    "DisabledRepoError",
    "EntryNotFoundError",
    "FileChangedError",
    "FileReplacedError",
    "GatedRepoError",
    "HardwareSupersededError",
    "HubConnectionError",
    "HubHTTPError",
    "HubServerError",
    "HubTimeoutError",
    "LeaseNotEndedError",
    "LocalEntryNotFoundError",
    "MalformedReplyError",
    "NotFoundError",
    "OfflineError",
    "Outcome",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "RateBudgetError",
    "RateLimitError",
    "RepositoryExistsError",
    "RepositoryNotFoundError",
    "RevisionNotFoundError",
    "SpaceFailedError",
    "SpaceInactiveError",
    "SpaceWaitError",
    "SpaceWaitTimeoutError",
    "SpacesError",
    "TaskLostError",
    "UploadError",
    "UsageError",
]

Outcome = Literal["not done", "done", "unknown"]
"""What is known of a call that failed: it changed nothing, it took effect, or nobody can say."""


_SHOWN_FAILURES = 100


class SpacesError(Exception):
    """Everything that this library raises of its own accord."""

    def __reduce__(self) -> tuple[Any, ...]:
        # `args` as state: OSError, a base of the timeouts, takes none from __new__
        return copyreg.__newobj__, (type(self),), {**self.__dict__, "args": self.args}  # type: ignore[attr-defined]


_IN_ARGUMENTS = re.compile(
    r"hf_(?:oauth_|jwt_)[\w.-]+|hf_[A-Za-z0-9]{6,}"  # tokens
    r"|(?<=//)[^/?#\s]*(?=@)"  # user and password of an address
    r"|(?<![^/?#\s'\"])[^/?#\s'\":]*:[^/?#\s'\"]+(?=@)"  # looked for from the beginning of a word only: it may be long
)


class UsageError(SpacesError, ValueError):
    """An argument is wrong; nothing was sent.

    What it quotes of the argument it quotes without tokens, and of an address without its user and password.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_IN_ARGUMENTS.sub("[secret]", message))


class OfflineError(SpacesError):
    """``HF_HUB_OFFLINE`` is set; nothing was sent."""


class HubConnectionError(SpacesError):
    """No complete reply arrived.

    Attributes:
        outcome: ``"not done"`` if the request never left, else ``"unknown"``.
        may_pass: Whether it may go better the next time; a certificate that is not trusted does not.
    """

    def __init__(self, message: str, *, outcome: Outcome = "unknown", may_pass: bool = True) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome
        self.may_pass = may_pass


class HubTimeoutError(HubConnectionError, TimeoutError):
    """A connect, a read, a write or the call in total took longer than allowed."""


class HubHTTPError(SpacesError):
    """The Hub refused the call or failed at it.

    Attributes:
        status: The HTTP status.
        code: ``X-Error-Code``, e.g. ``"RepoNotFound"``; ``None`` without one.
        server_message: The Hub's words; empty if it gave none.
        request_id: ``X-Request-Id``, which the Hub's support asks for.
        method: The HTTP method.
        url: Where the call went, without the query where that is a signature.
        outcome: What is known of the effect, over all attempts.
        retry_after: Seconds after which the Hub asked to come back; ``None`` if it did not say.
        advice: What to do instead, where this library knows.
    """

    def __init__(
        self,
        *,
        status: int,
        method: str,
        url: str,
        code: str | None = None,
        server_message: str = "",
        request_id: str | None = None,
        outcome: Outcome = "not done",
        retry_after: float | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__()
        self.status = status
        self.code = code
        self.server_message = server_message
        self.request_id = request_id
        self.method = method
        self.url = url
        self.outcome: Outcome = outcome
        self.retry_after = retry_after
        self.advice = advice

    def __repr__(self) -> str:
        # a report prints its errors so, and an exception shows only what its base was given
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        said = self.server_message or "no message"
        code = f" {self.code}" if self.code else ""
        sentence = f"{self.status}{code} for {self.method} {self.url}: {said}"
        if self.outcome == "unknown":
            sentence += " (whether it took effect is unknown)"
        if self.retry_after is not None:
            sentence += f" (asked to come back in {self.retry_after:g} s)"
        if self.advice:
            sentence = f"{sentence.removesuffix('.')}. {self.advice}"
        if self.request_id:
            sentence += f" [request id: {self.request_id}]"
        return sentence


class BadRequestError(HubHTTPError):
    """400 or 422: the Hub does not accept what was sent."""


class AuthenticationError(HubHTTPError):
    """401: the token is missing, wrong or expired."""


class PaymentRequiredError(HubHTTPError):
    """402: the account cannot pay for this."""


class PermissionDeniedError(HubHTTPError):
    """403: the token may not do this."""


class GatedRepoError(PermissionDeniedError):
    """403, or 401 without a token: access to the repository has to be asked for."""


class DisabledRepoError(PermissionDeniedError):
    """403: the Hub has disabled the repository."""


class NotFoundError(HubHTTPError):
    """404: there is no such thing."""


class RepositoryNotFoundError(NotFoundError):
    """There is no such repository, or the token may not see it."""


class RevisionNotFoundError(NotFoundError):
    """The repository has no such branch, tag or commit."""


class EntryNotFoundError(NotFoundError):
    """The revision has no such file or folder.

    Attributes:
        commit_hash: The commit that was looked into; ``None`` if the Hub did not say.
    """

    def __init__(self, *, commit_hash: str | None = None, **facts: Any) -> None:
        super().__init__(**facts)
        self.commit_hash = commit_hash


class ConflictError(HubHTTPError):
    """406, 409 or 412: it contradicts what is there already, or how it is doing."""


class RepositoryExistsError(ConflictError):
    """409: there is a repository of this name already."""


class CommitConflictError(ConflictError):
    """412: somebody has committed since the parent that was named.

    Attributes:
        expected: The parent that the commit named; ``None`` if that is not known here.
        actual: The head that it met; ``None`` if the Hub did not say.
    """

    def __init__(self, *, expected: str | None = None, actual: str | None = None, **facts: Any) -> None:
        super().__init__(**facts)
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        if self.expected is None:
            return super().__str__()
        return f"{super().__str__()} (expected parent {self.expected}, found {self.actual or 'another'})"


class RateLimitError(HubHTTPError):
    """429: too many calls; ``retry_after`` says when there are calls again."""


class ActionQuotaError(RateLimitError):
    """429 although calls are left: a quota of another kind ran out.

    Attributes:
        action: What is limited, in the Hub's words.
    """

    def __init__(self, *, action: str = "", **facts: Any) -> None:
        super().__init__(**facts)
        self.action = action


class RateBudgetError(RateLimitError):
    """A call that could not get its turn before its deadline; nothing was sent, and the Hub refused nothing.

    ``retry_after`` says when there are calls again.
    """

    def __str__(self) -> str:
        return f"{self.method} {self.url} was not sent: {self.server_message}"


class HubServerError(HubHTTPError):
    """5xx: the Hub failed."""


class MalformedReplyError(SpacesError):
    """The Hub said that it went well, in words that do not parse.

    Attributes:
        field: What was missing or of the wrong kind, as a path from the root: ``"hardware.current"``.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field

    def __str__(self) -> str:
        return f"{super().__str__()} (field: {self.field})"


class LocalEntryNotFoundError(SpacesError):
    """The file is not in the cache, and it could not or must not be fetched."""


class FileReplacedError(SpacesError):
    """A file became another one at the Hub, again and again, while it was being downloaded; nothing of it is kept.

    Attributes:
        path: In the repository.
        expected: The etag of the file that was asked for.
        actual: The etag of what came.
        outcome: Always ``"not done"``.
    """

    def __init__(self, path: str, *, expected: str, actual: str) -> None:
        super().__init__(f"{path} became another file while it was being downloaded: {expected} is now {actual}")
        self.path = path
        self.expected = expected
        self.actual = actual
        self.outcome: Outcome = "not done"


class SpaceWaitError(SpacesError):
    """A wait for a Space ended without what it waited for.

    Attributes:
        repo_id: The Space.
        runtime: What was seen last; ``None`` if nothing was.
        history: Each change that was seen, oldest first, with the seconds since the wait began.
        handle: What `AsyncSpacesClient.resume_wait` takes to go on waiting.
    """

    def __init__(
        self,
        message: str,
        *,
        repo_id: str,
        runtime: SpaceRuntime | None,
        history: Sequence[StageSighting],
        handle: WaitHandle,
    ) -> None:
        super().__init__(message)
        self.repo_id = repo_id
        self.runtime = runtime
        self.history = tuple(history)
        self.handle = handle

    def __str__(self) -> str:
        seen = " -> ".join(map(str, self.history))
        return f"{super().__str__()}{f' Seen: {seen}.' if seen else ''}"


class SpaceFailedError(SpaceWaitError):
    """The Space settled in a stage of failure.

    Attributes:
        error_message: The Hub's ``errorMessage``; ``None`` if there is none.
        logs: The last lines of the log that tells of it: the build's or the run's.
    """

    def __init__(self, message: str, *, error_message: str | None, logs: Sequence[str] = (), **facts: Any) -> None:
        super().__init__(message, **facts)
        self.error_message = error_message
        self.logs = tuple(logs)

    def __str__(self) -> str:
        said = f" The Hub says: {self.error_message}" if self.error_message else ""
        tail = "".join(f"\n  | {line}" for line in self.logs)
        return f"{super().__str__()}{said}{tail}"


class SpaceInactiveError(SpaceWaitError):
    """The Space is paused, sleeping or stopped: it will not come up by itself."""


class HardwareSupersededError(SpaceWaitError):
    """Somebody requested other hardware meanwhile."""


class SpaceWaitTimeoutError(SpaceWaitError, TimeoutError):
    """The time for the wait ran out."""


class LeaseNotEndedError(SpacesError):
    """Borrowed hardware could not be given back: it may go on costing money.

    Attributes:
        repo_id: The Space.
        handle: What `AsyncSpacesClient.end_lease` takes to try again.
    """

    def __init__(self, message: str, *, handle: LeaseHandle) -> None:
        super().__init__(message)
        self.repo_id = handle.repo_id
        self.handle = handle


class TaskLostError(SpacesError):
    """A task is not, or no longer, its claimer's: it was released, or somebody has changed its row."""


class UploadError(SpacesError):
    """Files could not be uploaded; nothing was committed.

    Attributes:
        failures: What is wrong with each path, in the order found; the first 100 are in the text.
    """

    def __init__(self, message: str, *, failures: dict[str, str]) -> None:
        super().__init__(message)
        self.failures = failures

    def __str__(self) -> str:
        lines = [f"\n  {path}: {why}" for path, why in islice(self.failures.items(), _SHOWN_FAILURES)]
        if len(self.failures) > _SHOWN_FAILURES:
            lines.append(f"\n  and {len(self.failures) - _SHOWN_FAILURES} more")
        return super().__str__() + "".join(lines).encode(errors="backslashreplace").decode()


class FileChangedError(UploadError):
    """A file changed while it was being uploaded; nothing was committed."""


class CommitTooLargeError(UploadError):
    """It does not fit into one commit; nothing was committed.

    Attributes:
        failures: What does not fit, and how large it is.
        fits: Paths that would fit together, in order. Where the Hub itself has refused, which tells no limit, it is a
            proposal: files of half the bytes, and none if a single file was too much.
    """

    def __init__(self, message: str, *, failures: dict[str, str], fits: tuple[str, ...] = ()) -> None:
        super().__init__(message, failures=failures)
        self.fits = fits
