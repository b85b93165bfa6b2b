"""Which files travel how, what is there already, and what the commit says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import TypeAlias, TypeVar

from attrs import frozen

from aiohfspaces._plan.orders import Copy, LocalFile, Order, Removal, files_of, itself_and_above
from aiohfspaces._wire.calls import Base64File
from aiohfspaces._wire.commits import CommitLine, LfsFile, RegularFile, RemovedPath
from aiohfspaces._wire.content import RepoEntry
from aiohfspaces._wire.uploads import FileMode, LfsObject, LfsUpload
from aiohfspaces.errors import UploadError
from aiohfspaces.models import GitCommitInfo, RepoFile

T = TypeVar("T")


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


@frozen(kw_only=True)
class Copied:
    """A file to copy, looked up.

    Attributes:
        path: Where it goes.
        blob_id: What git calls it.
        stored: The object that the storage holds; ``None`` for a regular file.
        content: The bytes of a regular file.
        is_there: Whether the destination has this content already.
    """

    path: str
    blob_id: str
    stored: LfsObject | None = None
    content: bytes = b""
    is_there: bool


Step: TypeAlias = LocalFile | Removal | Copied


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def sort_files(files: Sequence[LocalFile], modes: Iterable[FileMode]) -> Sorted:
    """Tell the files apart by the Hub's answer; empty ones are never large, stored ones are.

    Raises:
        UploadError: The Hub left files out of its answer.
    """
    by_path = {mode.path: mode for mode in modes}
    missing = {file.path: "the Hub did not say how it wants it" for file in files if file.path not in by_path}
    if missing:
        raise UploadError("The Hub's preupload reply leaves files out:", failures=missing)
    wanted = [file for file in files if not by_path[file.path].ignored]
    large_paths = {file.path for file in wanted if file.size > 0 and (by_path[file.path].lfs or file.stored)}
    return Sorted(
        regular=tuple(file for file in wanted if file.path not in large_paths),
        large=tuple(file for file in wanted if file.path in large_paths),
        ignored=tuple(file.path for file in files if by_path[file.path].ignored),
        present={mode.path: mode.oid for mode in by_path.values() if mode.oid is not None},
    )


@frozen(kw_only=True)
class Changes:
    """What a commit changes.

    Attributes:
        steps: What it does, in this order.
        objects: Path to what the storage calls the content, for each large file among the steps.
        unchanged: Paths that have the content already that they are to have.
    """

    steps: tuple[Step, ...]
    objects: Mapping[str, LfsObject]
    unchanged: tuple[str, ...]

    @property
    def files(self) -> list[LocalFile]:
        """The files whose content travels."""
        return [step for step in self.steps if isinstance(step, LocalFile)]

    @property
    def regular(self) -> list[LocalFile]:
        """Those whose content goes into the commit."""
        return [file for file in self.files if file.path not in self.objects]

    @property
    def added(self) -> tuple[str, ...]:
        """Paths that get a content, uploaded or copied, sorted."""
        return tuple(sorted({step.path for step in self.steps if not isinstance(step, Removal)}))

    @property
    def removed(self) -> tuple[str, ...]:
        """Paths that go, in order."""
        return tuple(step.path for step in self.steps if isinstance(step, Removal))


def changes(
    orders: Sequence[Order], by_kind: Sorted, ids: Mapping[str, str], copies: Mapping[str, Copied] | None = None
) -> Changes:
    """Leave out what is there already; what the same commit removes is not.

    Args:
        orders: What the commit is asked to do; of two for the same file the last one counts.
        by_kind: The local files.
        ids: Path to git id or SHA-256: of all large files, and of regular ones that are there.
        copies: Path to what is copied there.
    """
    looked_up = copies or {}
    wanted = {file.path: file for file in (*by_kind.regular, *by_kind.large)}
    files = {file.path: file for file in files_of(orders)}
    kept = {order for order in orders if isinstance(order, Removal) and order.unless_added and order.path in wanted}
    gone = {order.path for order in orders if isinstance(order, Removal) and order not in kept}
    there = {path for path in wanted if path in ids and ids[path] == by_kind.present.get(path)}
    there |= {path for path, copied in looked_up.items() if copied.is_there}
    unchanged = {path for path in there if gone.isdisjoint(itself_and_above(path))}

    def step(order: Order) -> Step | None:
        if isinstance(order, Removal):
            return None if order in kept else order
        if order.path in unchanged:
            return None
        if isinstance(order, Copy):
            return looked_up[order.path]
        return order if order.path in wanted and order is files[order.path] else None

    steps = tuple(found for order in orders if (found := step(order)) is not None)
    stepping = {found.path for found in steps}
    return Changes(
        steps=steps,
        objects={file.path: LfsObject(ids[file.path], file.size) for file in by_kind.large if file.path in stepping},
        unchanged=tuple(sorted(unchanged)),
    )


def raise_if_refused(wanted: Mapping[LfsObject, Sequence[LocalFile]], answers: Mapping[str, LfsUpload]) -> None:
    """Look whether the storage takes every object, and whether there is something left to give.

    Args:
        wanted: Object to the files that have this content.
        answers: SHA-256 to what the storage wants for it.

    Raises:
        UploadError: It does not; it names all files that are left.
    """
    failures = {}
    for stored, files in wanted.items():
        why = _refused(answers.get(stored.oid), files)
        failures.update({file.path: why for file in files if why is not None})
    if failures:
        count = sum(map(len, wanted.values()))
        raise UploadError(f"{len(failures)} of {count} files cannot be stored:", failures=failures)


def _refused(answer: LfsUpload | None, files: Sequence[LocalFile]) -> str | None:
    if answer is None:
        return "the storage did not say where to put it"
    if answer.href is not None and all(file.is_let_go for file in files):
        return "the storage does not have it, and its content was let go by preupload_lfs_files(free_memory=True)"
    return answer.error


def commit_lines(todo: Changes) -> list[CommitLine]:
    """Say what the commit does, a line for each step."""
    return [_line(step, todo.objects) for step in todo.steps]


def _line(step: Step, objects: Mapping[str, LfsObject]) -> CommitLine:
    match step:
        case Removal():
            return RemovedPath(path=step.path, is_folder=step.is_folder)
        case Copied(stored=LfsObject(oid=oid)):
            return LfsFile(path=step.path, oid=oid)
        case Copied(content=content):
            return RegularFile(path=step.path, content=Base64File(content, len(content), step.path))
        case LocalFile() if step.path in objects:
            return LfsFile(path=step.path, oid=objects[step.path].oid, size=step.size)
        case LocalFile():
            return RegularFile(path=step.path, content=Base64File(step.source, step.size, step.path))


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


def holds(todo: Changes, ids: Mapping[str, str], there: Mapping[str, RepoEntry]) -> bool:
    """Tell whether a revision has what these changes leave behind.

    Args:
        todo: What was to be done.
        ids: Path to git id or SHA-256 of each file that was to be added.
        there: What the revision has at the paths of the steps; what it does not have is left out.
    """
    expected: dict[str, str | None] = {}
    removed, kept = set[str](), set[str]()
    for step in reversed(todo.steps):
        if isinstance(step, Removal):
            removed.add(step.path)
            if step.path not in kept:
                expected[step.path] = None
        elif removed.isdisjoint(itself_and_above(step.path)):
            kept.update(itself_and_above(step.path))
            expected[step.path] = step.blob_id if isinstance(step, Copied) else ids[step.path]
    return all(oid in _ids(there.get(path)) for path, oid in expected.items())


def _ids(entry: RepoEntry | None) -> tuple[str | None, ...]:
    if isinstance(entry, RepoFile):
        return (entry.lfs.sha256 if entry.lfs else entry.blob_id, entry.blob_id)
    return (None,) if entry is None else (entry.tree_id,)
