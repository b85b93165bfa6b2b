"""Which files travel how, what is there already, and what the commit says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import TypeAlias, TypeVar

from attrs import frozen

from aiohfspaces._plan.orders import Copy, LocalFile, Order, Removal, files_of, itself_and_above
from aiohfspaces._plan.states import Ignored, Settled, Unchanged
from aiohfspaces._wire.calls import Base64File
from aiohfspaces._wire.commits import CommitLine, LfsFile, RegularFile, RemovedPath
from aiohfspaces._wire.content import RepoEntry
from aiohfspaces._wire.uploads import FileMode, LfsObject
from aiohfspaces.errors import UploadError
from aiohfspaces.models import GitCommitInfo, RepoFile

T = TypeVar("T")

_ATTRIBUTES = ".gitattributes"


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

    @property
    def size(self) -> int:
        """How many bytes of it travel."""
        return len(self.content)


Step: TypeAlias = LocalFile | Removal | Copied


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def modes_of(files: Iterable[LocalFile], modes: Iterable[FileMode]) -> dict[str, FileMode]:
    """Find what the Hub says of each file.

    Raises:
        UploadError: It leaves files out of its answer; what it wants of them cannot be guessed.
    """
    by_path = {mode.path: mode for mode in modes}
    missing = {file.path: "the Hub did not say how it wants it" for file in files if file.path not in by_path}
    if missing:
        raise UploadError("The Hub's preupload reply leaves files out:", failures=missing)
    return by_path


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
    def large(self) -> list[LocalFile]:
        """Those whose content is stored beforehand."""
        return [file for file in self.files if file.path in self.objects]

    @property
    def copied(self) -> list[Copied]:
        """The copies whose content goes into the commit."""
        return [step for step in self.steps if isinstance(step, Copied) and step.stored is None]

    @property
    def travelling(self) -> list[LocalFile | Copied]:
        """All whose content goes into the commit."""
        return [*self.regular, *self.copied]

    @property
    def bytes_travelling(self) -> int:
        """How many bytes these have."""
        return sum(step.size for step in self.travelling)

    @property
    def stores(self) -> bool:
        """Whether large files are among the steps."""
        return bool(self.objects) or any(isinstance(step, Copied) and step.stored for step in self.steps)

    @property
    def outcome(self) -> dict[str, LocalFile | Copied | None]:
        """Path to what is there in the end; ``None`` for what is gone."""
        if not self.removed:
            return {step.path: step for step in self.steps if not isinstance(step, Removal)}
        found: dict[str, LocalFile | Copied | None] = {}
        removed, kept = set[str](), set[str]()
        for step in reversed(self.steps):
            if isinstance(step, Removal):
                removed.add(step.path)
                if step.path not in kept:
                    found[step.path] = None
            elif removed.isdisjoint(itself_and_above(step.path)):
                kept.update(itself_and_above(step.path))
                found[step.path] = step
        return found

    @property
    def added(self) -> tuple[str, ...]:
        """Paths that have a new content in the end, uploaded or copied, sorted."""
        return tuple(sorted(path for path, step in self.outcome.items() if step is not None))

    @property
    def removed(self) -> tuple[str, ...]:
        """Paths that go, in order."""
        return tuple(step.path for step in self.steps if isinstance(step, Removal))


def changes(
    orders: Sequence[Order],
    states: Mapping[str, Settled],
    copies: Mapping[str, Copied] | None = None,
    *,
    is_compared: bool = True,
) -> Changes:
    """Leave out what is there already; what the same commit removes is not.

    Args:
        orders: What the commit is asked to do; of two for the same file the last one counts.
        states: Path to what became of the local file.
        copies: Path to what is copied there.
        is_compared: Whether all was compared with the commit's parent, so that what is there is there for it.
    """
    looked_up = copies or {}
    files = {file.path: file for file in files_of(orders)}
    added = {path for path, state in states.items() if not isinstance(state, Ignored)}
    kept = {order for order in orders if isinstance(order, Removal) and order.unless_added and order.path in files}
    gone = {order.path for order in orders if isinstance(order, Removal) and order not in kept}
    there = {path for path, state in states.items() if isinstance(state, Unchanged)}
    there |= {path for path, copied in looked_up.items() if copied.is_there}
    unchanged = {path for path in there if is_compared and gone.isdisjoint(itself_and_above(path))}

    def step(order: Order) -> Step | None:
        if isinstance(order, Removal):
            return None if order in kept else order
        if order.path in unchanged:
            return None
        if isinstance(order, Copy):
            return looked_up[order.path]
        return order if order.path in added and order is files[order.path] else None

    steps = tuple(found for order in orders if (found := step(order)) is not None)
    stored = {found.path: states[found.path] for found in steps if isinstance(found, LocalFile)}
    return Changes(
        steps=steps,
        objects={
            path: state.stored for path, state in stored.items() if not isinstance(state, Ignored) and state.stored
        },
        unchanged=tuple(sorted(unchanged)),
    )


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
            return RegularFile(path=step.path, content=Base64File(step.source, step.size, step.path, step.modified_ns))


def landed(history: Sequence[GitCommitInfo], parent: str, message: str) -> GitCommitInfo | None:
    """Find a commit of ours whose reply was lost: the child of the parent that it named, under our words.

    Args:
        history: Newest first.
        parent: The commit that ours named, or its first digits.
        message: The first line of ours.

    Returns:
        The commit; ``None`` if there is none, or the parent is not in the history.
    """
    for child, before in pairwise(history):
        if before.commit_id.startswith(parent):
            return child if child.title == message.partition("\n")[0] else None
    return None


def holds(todo: Changes, ids: Mapping[str, str], there: Mapping[str, RepoEntry]) -> bool:
    """Tell whether a revision has what these changes leave behind.

    Args:
        todo: What was to be done.
        ids: Path to git id or SHA-256 of each file that was to be added.
        there: What the revision has at the paths of the steps; what it does not have is left out.
    """
    expected = todo.outcome
    if todo.stores:
        expected.pop(_ATTRIBUTES, None)  # the Hub adds to it what large files need
    return all(_id_of(step, ids) in _ids(there.get(path)) for path, step in expected.items())


def _id_of(step: LocalFile | Copied | None, ids: Mapping[str, str]) -> str | None:
    if step is None:
        return None
    return step.blob_id if isinstance(step, Copied) else ids[step.path]


def _ids(entry: RepoEntry | None) -> tuple[str | None, ...]:
    if isinstance(entry, RepoFile):
        return (entry.lfs.sha256 if entry.lfs else entry.blob_id, entry.blob_id)
    return (None,) if entry is None else (entry.tree_id,)
