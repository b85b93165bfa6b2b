"""Putting files into a repository with one commit.

Preupload tells how the Hub wants each file; large files go to the storage first, then one commit
names everything. Objects that were stored without a commit change nothing, so whatever fails
before the commit leaves the repository as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol, TypeVar

from anyio import current_time
from attrs import frozen

from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import git_blob_id_of, raise_if_changed, sha256_of, text_of
from aiohfspaces._plan.uploading import Changes, LocalFile, Sorted, batches, changes, commit_lines, sort_files
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.content import list_commits
from aiohfspaces._wire.uploads import (
    LFS_BATCH_OBJECTS,
    PREUPLOAD_FILES,
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
from aiohfspaces.errors import CommitConflictError, SpacesError, UploadError
from aiohfspaces.models import RepoType, UploadReport

T = TypeVar("T")

CALL_TASKS = 4
HASHING_TASKS = 2
TRANSFER_TASKS = 16


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

    Args:
        send: Sends calls.
        to: Where they go.
        files: What to add or replace.
        deleted: Paths to remove.

    Raises:
        UploadError: Some files could not be stored; nothing was committed.
        FileChangedError: A file changed meanwhile; nothing was committed.
        CommitConflictError: Somebody has committed since `to.parent`.
        HubHTTPError: The Hub refused.
    """
    began = current_time()
    answers = await _ask_modes(send, to, files)
    by_kind = sort_files(files, [mode for answer in answers for mode in answer.files])
    todo = changes(by_kind, await _ids(by_kind), deleted)
    await _store(send, to, todo)
    await raise_if_changed([*todo.regular, *todo.large])
    try:
        made = await _commit(send, to, todo)
    except CommitConflictError as exc:
        heads = {answer.head for answer in answers} - {to.parent}
        exc.expected, exc.actual = to.parent, heads.pop() if heads else None
        raise
    oid = made.oid if made else await _head(send, to, answers)
    return UploadReport(
        oid=oid,
        commit_url=made.url if made else f"{to.url}/commit/{oid}",
        commit_message=to.message,
        commit_description=to.description,
        pr_url=made.pr_url if made else None,
        committed=made is not None,
        uploaded=tuple(sorted(file.path for file in (*todo.regular, *todo.large))),
        unchanged=todo.unchanged,
        ignored=by_kind.ignored,
        deleted=todo.deleted,
        bytes_sent=sum(file.size for file in (*todo.regular, *todo.large)),
        seconds=current_time() - began,
    )


async def _ask_modes(send: Send, to: Destination, files: Sequence[LocalFile]) -> list[Preupload]:
    own_ignores = [file for file in files if file.path == ".gitignore"]
    git_ignore = await text_of(own_ignores[0]) if own_ignores else None

    async def ask(batch: list[LocalFile]) -> Preupload:
        samples = [FileSample(path=file.path, size=file.size, sample=file.sample) for file in batch]
        return await send(
            preupload(to.repo_id, to.repo_type, to.revision, samples, git_ignore=git_ignore, create_pr=to.create_pr)
        )

    return await each(ask, batches(files, PREUPLOAD_FILES), tasks=CALL_TASKS)


async def _ids(by_kind: Sorted) -> dict[str, str]:
    """Compute what tells whether a file has changed, and for large ones what the storage calls it."""
    regular = [file for file in by_kind.regular if file.path in by_kind.present]
    ids = await each(git_blob_id_of, regular, tasks=HASHING_TASKS)
    hashes = await each(sha256_of, by_kind.large, tasks=HASHING_TASKS)
    return {file.path: oid for file, oid in zip([*regular, *by_kind.large], [*ids, *hashes], strict=True)}


async def _store(send: Send, to: Destination, todo: Changes) -> None:
    """Put large files into the storage, each content once."""
    by_object = dict(zip(todo.objects, todo.large, strict=True))
    revision = None if to.create_pr else to.revision

    async def ask(batch: list[LfsObject]) -> tuple[LfsUpload, ...]:
        return await send(lfs_batch(to.repo_id, to.repo_type, revision, batch))

    answers = await each(ask, batches(by_object, LFS_BATCH_OBJECTS), tasks=CALL_TASKS)
    by_oid = {answer.oid: answer for answers_of_batch in answers for answer in answers_of_batch}
    _raise_for_missing(by_oid, by_object)

    async def put(wanted: LfsObject) -> None:
        answer, file = by_oid[wanted.oid], by_object[wanted]
        try:
            if answer.href is not None:
                await send(store_object(answer.href, answer.headers, file.source, file.size))
                if answer.verify is not None:
                    await send(verify_object(answer.verify, wanted))
        except UploadError:
            raise
        except SpacesError as exc:
            raise UploadError("A file could not be stored:", failures={file.path: str(exc)}) from exc

    await each(put, by_object, tasks=TRANSFER_TASKS)


def _raise_for_missing(by_oid: Mapping[str, LfsUpload], by_object: Mapping[LfsObject, LocalFile]) -> None:
    failures = {}
    for wanted, file in by_object.items():
        answer = by_oid.get(wanted.oid)
        if answer is None:
            failures[file.path] = "the storage did not say where to put it"
        elif answer.error is not None:
            failures[file.path] = answer.error
    if failures:
        raise UploadError(f"{len(failures)} of {len(by_object)} files cannot be stored:", failures=failures)


async def _commit(send: Send, to: Destination, todo: Changes) -> NewCommit | None:
    lines = commit_lines(todo.regular, todo.named_objects, todo.deleted)
    if not lines:
        return None
    return await send(
        commit(
            to.repo_id,
            to.repo_type,
            to.revision,
            lines,
            message=to.message,
            description=to.description,
            parent=to.parent,
            create_pr=to.create_pr,
        )
    )


async def _head(send: Send, to: Destination, answers: Sequence[Preupload]) -> str:
    if answers and answers[0].head is not None:
        return answers[0].head
    history = await send(list_commits(to.repo_id, to.repo_type, to.revision, formatted=False))
    return history[0].commit_id if history else ""
