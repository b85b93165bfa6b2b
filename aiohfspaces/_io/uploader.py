"""Putting files into a repository with one commit.

Preupload tells how the Hub wants each file; large files go to the storage first, then one commit
names everything. Objects that were stored without a commit change nothing, so whatever fails
before the commit leaves the repository as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from random import uniform
from typing import Protocol, TypeVar

from anyio import current_time, sleep
from attrs import frozen

from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import git_blob_id_of, sha256_of, text_of
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._plan.uploading import (
    Changes,
    LocalFile,
    Sorted,
    batches,
    changes,
    commit_lines,
    landed,
    raise_if_refused,
    sort_files,
)
from aiohfspaces._wire.calls import Call, FileRange
from aiohfspaces._wire.content import list_commits
from aiohfspaces._wire.uploads import (
    LFS_BATCH_OBJECTS,
    PREUPLOAD_FILES,
    CommitLine,
    FileSample,
    LfsObject,
    LfsUpload,
    NewCommit,
    Preupload,
    commit,
    lfs_batch,
    preupload,
    store_object,
    verify_object,
)
from aiohfspaces.errors import (
    CommitConflictError,
    CommitTooLargeError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    SpacesError,
    UploadError,
)
from aiohfspaces.models import RepoType, UploadReport

T = TypeVar("T")

CALL_TASKS = 4
HASHING_TASKS = 2
TRANSFER_TASKS = 16
COMMIT_ATTEMPTS = 10
LONGEST_PAUSE_S = 0.5

_TOO_LARGE = 413


class Send(Protocol):
    """Sends a call and gives what its reply means."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


@frozen(kw_only=True)
class Destination:
    """Where files go, and under which words.

    Attributes:
        repo_id: ``owner/name``.
        repo_type: The kind of repository.
        revision: The branch.
        message: First line of the commit.
        description: The rest.
        parent: The head that the commit has to meet; ``None`` for any.
        create_pr: Whether the commit opens a pull request.
        url: The repository's address.
    """

    repo_id: str
    repo_type: RepoType
    revision: str
    message: str
    description: str
    parent: str | None
    create_pr: bool
    url: str


async def upload(send: Send, to: Destination, files: Sequence[LocalFile], deleted: Sequence[str]) -> UploadReport:
    """Upload files and commit them, leaving out what has not changed.

    The commit names its parent: the caller's, or the head that the Hub compared the files with. So
    "unchanged" is true of the very commit that is reported, and a commit whose reply was lost can
    never land twice. Where somebody else commits meanwhile, all is compared again with the new head.

    Args:
        send: Sends calls.
        to: Where they go.
        files: What to add or replace.
        deleted: Paths to remove.

    Raises:
        UploadError: A file could not be stored; nothing was committed.
        FileChangedError: A file changed meanwhile; nothing was committed.
        CommitTooLargeError: The Hub does not take so much in one commit; nothing was committed.
        CommitConflictError: Somebody has committed since `to.parent`, or again and again meanwhile.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached; ``outcome`` tells whether the commit may have landed.
    """
    began = current_time()
    ids: dict[str, str] = {}
    sent: Attempt | None = None
    for left in reversed(range(COMMIT_ATTEMPTS)):
        attempt = await _attempt(send, to, files, deleted, ids)
        if sent is not None and (found := await _landed(send, to, sent, attempt)) is not None:
            return _report(to, sent, found, began, reconciled=True)
        if not attempt.lines:
            return _report(to, attempt, None, began)
        try:
            made = await _commit(send, to, attempt)
        except CommitConflictError:
            if to.parent is not None or not left:
                raise
        except (HubConnectionError, HubServerError) as exc:
            if exc.outcome == "not done" or to.create_pr or attempt.parent is None or not left:
                raise
            sent = attempt
        else:
            return _report(to, attempt, made, began)
        await sleep(uniform(0, LONGEST_PAUSE_S))  # noqa: S311  # keeps writers apart, and no secret
    raise AssertionError("the last attempt returns or raises")


@frozen(kw_only=True)
class Attempt:
    """What one commit is going to do.

    Attributes:
        parent: The head that it names; ``None`` where there is no commit yet.
        by_kind: The files by what the Hub wants of them.
        todo: Which of them change something.
        lines: The lines of the commit; empty if there is nothing to change.
    """

    parent: str | None
    by_kind: Sorted
    todo: Changes
    lines: Sequence[CommitLine]


async def _attempt(
    send: Send, to: Destination, files: Sequence[LocalFile], deleted: Sequence[str], ids: dict[str, str]
) -> Attempt:
    """Compare the files with a head, and store what the commit is going to name; `ids` keeps what was computed."""
    answers = await _ask_modes(send, to, files)
    head = (answers[0].head if answers else None) or await _head(send, to)
    by_kind = sort_files(files, [mode for answer in answers for mode in answer.files])
    await _compute_ids(by_kind, ids)
    todo = changes(by_kind, ids, deleted)
    await _store(send, to, todo)
    await raise_if_changed([*todo.regular, *todo.large])
    lines = commit_lines(todo.regular, todo.named_objects, todo.deleted)
    return Attempt(parent=to.parent or head, by_kind=by_kind, todo=todo, lines=lines)


def _report(
    to: Destination, attempt: Attempt, made: NewCommit | None, began: float, *, reconciled: bool = False
) -> UploadReport:
    todo = attempt.todo
    oid = made.oid if made else attempt.parent or ""
    return UploadReport(
        oid=oid,
        commit_url=made.url if made else f"{to.url}/commit/{oid}",
        commit_message=to.message,
        commit_description=to.description,
        pr_url=made.pr_url if made else None,
        committed=made is not None,
        uploaded=tuple(sorted(file.path for file in (*todo.regular, *todo.large))),
        unchanged=todo.unchanged,
        ignored=attempt.by_kind.ignored,
        deleted=todo.deleted,
        reconciled=reconciled,
        bytes_sent=sum(file.size for file in (*todo.regular, *todo.large)),
        seconds=current_time() - began,
    )


async def _landed(send: Send, to: Destination, sent: Attempt, now: Attempt) -> NewCommit | None:
    """Look whether a commit whose reply was lost has landed: our words on its parent, and our files in place."""
    if sent.parent is None or now.todo.regular or now.todo.large:
        return None
    history = await send(list_commits(to.repo_id, to.repo_type, to.revision, formatted=False))
    found = landed(history, sent.parent, to.message)
    if found is None:
        return None
    return NewCommit(oid=found.commit_id, url=f"{to.url}/commit/{found.commit_id}", pr_url=None)


async def _ask_modes(send: Send, to: Destination, files: Sequence[LocalFile]) -> list[Preupload]:
    own_ignores = [file for file in files if file.path == ".gitignore"]
    git_ignore = await text_of(own_ignores[0]) if own_ignores else None

    async def ask(batch: list[LocalFile]) -> Preupload:
        samples = [FileSample(path=file.path, size=file.size, sample=file.sample) for file in batch]
        return await send(
            preupload(to.repo_id, to.repo_type, to.revision, samples, git_ignore=git_ignore, create_pr=to.create_pr)
        )

    return await each(ask, batches(files, PREUPLOAD_FILES), tasks=CALL_TASKS)


async def _compute_ids(by_kind: Sorted, ids: dict[str, str]) -> None:
    """Compute what tells whether a file has changed, and for large ones what the storage calls it."""
    regular = [file for file in by_kind.regular if file.path in by_kind.present and file.path not in ids]
    large = [file for file in by_kind.large if file.path not in ids]
    ids.update(
        zip([file.path for file in regular], await each(git_blob_id_of, regular, tasks=HASHING_TASKS), strict=True)
    )
    ids.update(zip([file.path for file in large], await each(sha256_of, large, tasks=HASHING_TASKS), strict=True))


async def _store(send: Send, to: Destination, todo: Changes) -> None:
    """Put large files into the storage, each content once."""
    by_object: dict[LfsObject, list[LocalFile]] = {}
    for wanted, file in zip(todo.objects, todo.large, strict=True):
        by_object.setdefault(wanted, []).append(file)
    revision = None if to.create_pr else to.revision

    async def ask(batch: list[LfsObject]) -> tuple[LfsUpload, ...]:
        return await send(lfs_batch(to.repo_id, to.repo_type, revision, batch))

    answers = await each(ask, batches(by_object, LFS_BATCH_OBJECTS), tasks=CALL_TASKS)
    by_oid = {answer.oid: answer for answers_of_batch in answers for answer in answers_of_batch}
    raise_if_refused(by_object, by_oid)

    async def put(wanted: LfsObject) -> None:
        answer, files = by_oid[wanted.oid], by_object[wanted]
        try:
            if answer.href is not None:
                await send(
                    store_object(answer.href, answer.headers, FileRange(files[0].source, 0, wanted.size, files[0].path))
                )
                if answer.verify is not None:
                    await send(verify_object(answer.verify, wanted))
        except UploadError:
            raise
        except SpacesError as exc:
            failures = {file.path: str(exc) for file in files}
            raise UploadError("A content could not be stored:", failures=failures) from exc

    await each(put, by_object, tasks=TRANSFER_TASKS)


async def _commit(send: Send, to: Destination, attempt: Attempt) -> NewCommit:
    try:
        return await send(
            commit(
                to.repo_id,
                to.repo_type,
                to.revision,
                attempt.lines,
                message=to.message,
                description=to.description,
                parent=attempt.parent,
                create_pr=to.create_pr,
            )
        )
    except CommitConflictError as exc:
        exc.expected, exc.actual = attempt.parent, await _head(send, to)
        raise
    except HubHTTPError as exc:
        if exc.status != _TOO_LARGE:
            raise
        sizes = {file.path: f"{file.size} bytes" for file in attempt.todo.regular}
        raise CommitTooLargeError("The Hub does not take so much in one commit:", failures=sizes) from exc


async def _head(send: Send, to: Destination) -> str | None:
    history = await send(list_commits(to.repo_id, to.repo_type, to.revision, formatted=False))
    return history[0].commit_id if history else None
