"""Which files travel how, and what the commit says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import TypeVar

from attrs import frozen

from aiohfspaces._wire.calls import Base64File, Source
from aiohfspaces._wire.uploads import CommitLine, DeletedFile, FileMode, LfsFile, LfsObject, LfsUpload, RegularFile
from aiohfspaces.errors import UploadError
from aiohfspaces.models import GitCommitInfo

T = TypeVar("T")


@frozen(kw_only=True)
class LocalFile:
    """A file to upload.

    Attributes:
        path: Where it goes in the repository.
        source: Where its bytes are.
        size: How many.
        sample: The first of them.
        modified_ns: Its time of change when it was found; ``None`` for bytes in memory.
    """

    path: str
    source: Source
    size: int
    sample: bytes
    modified_ns: int | None = None


@frozen(kw_only=True)
class Sorted:
    """Local files by what the Hub wants of them.

    Attributes:
        regular: Their content goes into the commit.
        large: Their content goes into the large file storage.
        ignored: Paths that the repository's ``.gitignore`` keeps out.
        present: The ids of what is at a path now: a git id, or a SHA-256 for a large file.
    """

    regular: tuple[LocalFile, ...]
    large: tuple[LocalFile, ...]
    ignored: tuple[str, ...]
    present: Mapping[str, str]


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def sort_files(files: Sequence[LocalFile], modes: Iterable[FileMode]) -> Sorted:
    """Tell the files apart by the Hub's answer; empty ones are never large.

    Raises:
        UploadError: The Hub left files out of its answer.
    """
    by_path = {mode.path: mode for mode in modes}
    missing = {file.path: "the Hub did not say how it wants it" for file in files if file.path not in by_path}
    if missing:
        raise UploadError("The Hub's preupload reply leaves files out:", failures=missing)
    wanted = [file for file in files if not by_path[file.path].ignored]
    large_paths = {file.path for file in wanted if by_path[file.path].lfs and file.size > 0}
    return Sorted(
        regular=tuple(file for file in wanted if file.path not in large_paths),
        large=tuple(file for file in wanted if file.path in large_paths),
        ignored=tuple(file.path for file in files if by_path[file.path].ignored),
        present={mode.path: mode.oid for mode in by_path.values() if mode.oid is not None},
    )


@frozen(kw_only=True)
class Changes:
    """What an upload changes.

    Attributes:
        regular: Files whose content goes into the commit.
        large: Files whose content goes into the storage.
        objects: What the storage calls each of `large`, in the same order.
        unchanged: Paths that are there already with this content.
        deleted: Paths to remove.
    """

    regular: tuple[LocalFile, ...]
    large: tuple[LocalFile, ...]
    objects: tuple[LfsObject, ...]
    unchanged: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def named_objects(self) -> dict[str, LfsObject]:
        """Path to object."""
        return {file.path: stored for file, stored in zip(self.large, self.objects, strict=True)}


def changes(by_kind: Sorted, ids: Mapping[str, str], deleted: Iterable[str]) -> Changes:
    """Leave out what is there already; a path that is added is not removed first.

    Args:
        by_kind: The files.
        ids: Path to git id or SHA-256: of all large files, and of regular ones that are there.
        deleted: Paths to remove.
    """
    same = {path for path, oid in ids.items() if by_kind.present.get(path) == oid}
    added = {file.path for file in (*by_kind.regular, *by_kind.large)}
    large = tuple(file for file in by_kind.large if file.path not in same)
    return Changes(
        regular=tuple(file for file in by_kind.regular if file.path not in same),
        large=large,
        objects=tuple(LfsObject(ids[file.path], file.size) for file in large),
        unchanged=tuple(sorted(same)),
        deleted=tuple(path for path in deleted if path not in added),
    )


def raise_if_refused(wanted: Mapping[LfsObject, Sequence[LocalFile]], answers: Mapping[str, LfsUpload]) -> None:
    """Look whether the storage takes every object.

    Args:
        wanted: Object to the files that have this content.
        answers: SHA-256 to what the storage wants for it.

    Raises:
        UploadError: It does not; it names all files that are left.
    """
    failures = {}
    for stored, files in wanted.items():
        answer = answers.get(stored.oid)
        why = "the storage did not say where to put it" if answer is None else answer.error
        failures.update({file.path: why for file in files if why is not None})
    if failures:
        count = sum(map(len, wanted.values()))
        raise UploadError(f"{len(failures)} of {count} files cannot be stored:", failures=failures)


def commit_lines(
    regular: Iterable[LocalFile], large: Mapping[str, LfsObject], deleted: Iterable[str]
) -> list[CommitLine]:
    """Say what the commit does: deletions first, then regular files, then large ones.

    Args:
        regular: Files whose content goes along.
        large: Path to the stored object.
        deleted: Paths to remove.
    """
    contents = [RegularFile(path=file.path, content=Base64File(file.source, file.size, file.path)) for file in regular]
    stored = [LfsFile(path=path, oid=stored.oid, size=stored.size) for path, stored in large.items()]
    return [*(DeletedFile(path=path) for path in deleted), *contents, *stored]


def git_blob_header(size: int) -> bytes:
    """What git hashes before a file's bytes."""
    return b"blob %d\0" % size


def landed(history: Sequence[GitCommitInfo], parent: str, message: str) -> GitCommitInfo | None:
    """Find a commit of ours whose reply was lost: the child of the parent that it named, under our words.

    Args:
        history: Newest first.
        parent: The commit that ours named.
        message: The first line of ours.

    Returns:
        The commit; ``None`` if there is none, or the parent is not in the history.
    """
    for child, before in pairwise(history):
        if before.commit_id == parent:
            return child if child.title == message.partition("\n")[0] else None
    return None
