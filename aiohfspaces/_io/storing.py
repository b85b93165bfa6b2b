"""Asking how the Hub wants files, hashing them, and putting the large ones into the storage.

Objects that were stored without a commit change nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeVar

from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import git_blob_id_of, sha256_of, text_of
from aiohfspaces._plan.orders import Branch, LocalFile
from aiohfspaces._plan.uploading import Sorted, batches, raise_if_refused
from aiohfspaces._wire.calls import Call, FileRange
from aiohfspaces._wire.uploads import (
    LFS_BATCH_OBJECTS,
    PREUPLOAD_FILES,
    FileSample,
    LfsObject,
    LfsUpload,
    Preupload,
    lfs_batch,
    preupload,
    store_object,
    verify_object,
)
from aiohfspaces.errors import SpacesError, UploadError

T = TypeVar("T")

CALL_TASKS = 4
HASHING_TASKS = 2
TRANSFER_TASKS = 16


class Send(Protocol):
    """Sends a call and gives what its reply means."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


async def ask_modes(
    send: Send, to: Branch, files: Sequence[LocalFile], git_ignore: str | None = None
) -> list[Preupload]:
    """Ask how the Hub wants each file; a ``.gitignore`` among them counts already, unless another is given."""
    own_ignores = [file for file in files if file.path == ".gitignore"]
    if git_ignore is None and own_ignores:
        git_ignore = await text_of(own_ignores[0])

    async def ask(batch: list[LocalFile]) -> Preupload:
        samples = [FileSample(path=file.path, size=file.size, sample=file.sample) for file in batch]
        return await send(
            preupload(to.repo_id, to.repo_type, to.revision, samples, git_ignore=git_ignore, create_pr=to.create_pr)
        )

    return await each(ask, batches(files, PREUPLOAD_FILES), tasks=CALL_TASKS)


async def compute_ids(by_kind: Sorted, ids: dict[str, str]) -> None:
    """Compute what tells whether a file has changed, and for large ones what the storage calls it."""
    regular = [file for file in by_kind.regular if file.path in by_kind.present and file.path not in ids]
    ids.update({file.path: file.stored for file in by_kind.large if file.stored})
    large = [file for file in by_kind.large if file.path not in ids]
    for files, compute in ((regular, git_blob_id_of), (large, sha256_of)):
        computed = await each(compute, files, tasks=HASHING_TASKS)
        ids.update(zip([file.path for file in files], computed, strict=True))


async def store(send: Send, to: Branch, files: Sequence[tuple[LocalFile, LfsObject]]) -> None:
    """Put large files into the storage, each content once.

    Raises:
        UploadError: One cannot be stored; it names the files.
        FileChangedError: One changed meanwhile.
    """
    by_object: dict[LfsObject, list[LocalFile]] = {}
    for file, wanted in files:
        by_object.setdefault(wanted, []).append(file)
    revision = None if to.create_pr else to.revision

    async def ask(batch: list[LfsObject]) -> tuple[LfsUpload, ...]:
        return await send(lfs_batch(to.repo_id, to.repo_type, revision, batch))

    answers = await each(ask, batches(by_object, LFS_BATCH_OBJECTS), tasks=CALL_TASKS)
    by_oid = {answer.oid: answer for answers_of_batch in answers for answer in answers_of_batch}
    raise_if_refused(by_object, by_oid)

    async def put(wanted: LfsObject) -> None:
        answer, same = by_oid[wanted.oid], by_object[wanted]
        whole = next((file for file in same if not file.is_let_go), same[0])
        try:
            if answer.href is not None:
                content = FileRange(whole.source, 0, wanted.size, whole.path)
                await send(store_object(answer.href, answer.headers, content))
                if answer.verify is not None:
                    await send(verify_object(answer.verify, wanted))
        except UploadError:
            raise
        except SpacesError as exc:
            failures = {file.path: str(exc) for file in same}
            raise UploadError("A content could not be stored:", failures=failures) from exc

    await each(put, by_object, tasks=TRANSFER_TASKS)
