"""What a commit is asked to do: files to add, paths to remove, files to copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, cast, get_args

from attrs import frozen

from aiohfspaces._wire.calls import Source
from aiohfspaces._wire.names import (
    DEFAULT_REVISION,
    checked_choice,
    checked_new_path,
    checked_path_in_repo,
    checked_ref,
    checked_repo_id,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import CommitOperationCopy, CommitOperationDelete, RepoType

_DATA_FILES = (".arrow", ".parquet")


@frozen(kw_only=True)
class Branch:
    """Where files go.

    Attributes:
        repo_id: ``owner/name``.
        repo_type: The kind of repository.
        revision: The branch.
        create_pr: Whether the commit opens a pull request against it.
    """

    repo_id: str
    repo_type: RepoType
    revision: str
    create_pr: bool


@frozen(kw_only=True)
class LocalFile:
    """A file to add.

    Attributes:
        path: Where it goes in the repository.
        source: Where its bytes are.
        size: How many.
        sample: The first of them.
        modified_ns: Its time of change when it was found; ``None`` for bytes in memory.
        stored: Its SHA-256 if the large file storage has it already, and its bytes may have been let go.
    """

    path: str
    source: Source
    size: int
    sample: bytes
    modified_ns: int | None = None
    stored: str | None = None

    @property
    def is_let_go(self) -> bool:
        """Whether there is nothing left to send."""
        return self.stored is not None and self.source == b"" and self.size > 0


@frozen(kw_only=True)
class Removal:
    """A path to remove.

    Attributes:
        path: A file's, or a folder's without a slash at its end.
        is_folder: Whether all that is below goes too.
        unless_added: Whether it stays if the same commit adds it.
    """

    path: str
    is_folder: bool = False
    unless_added: bool = False


@frozen(kw_only=True)
class Origin:
    """A repository at a revision, to copy from."""

    repo_id: str
    repo_type: RepoType
    revision: str


@frozen(kw_only=True)
class Copy:
    """A file of a repository to put somewhere else.

    Attributes:
        path: Where it goes.
        origin: Where it comes from; ``None`` for the same repository and branch.
        source_path: Its path there.
    """

    path: str
    origin: Origin | None
    source_path: str


Order: TypeAlias = LocalFile | Removal | Copy


def ordered(operation: CommitOperationDelete | CommitOperationCopy, to: Branch) -> Removal | Copy:
    """Read what a caller wants to be removed or copied.

    Raises:
        UsageError: It cannot be.
    """
    if isinstance(operation, CommitOperationCopy):
        return Copy(
            path=checked_new_path(operation.path_in_repo),
            origin=_origin(operation, to),
            source_path=checked_path_in_repo(operation.src_path_in_repo, argument="src_path_in_repo"),
        )
    path, is_folder = operation.path_in_repo, operation.is_folder
    if is_folder not in (True, False, "auto"):
        raise UsageError(f"is_folder: expected True, False or 'auto', got {is_folder!r}")
    if is_folder == "auto":
        is_folder = isinstance(path, str) and path.endswith("/")
    bare = path.removesuffix("/") if is_folder and isinstance(path, str) else path
    return Removal(path=checked_path_in_repo(bare), is_folder=bool(is_folder))


def _origin(operation: CommitOperationCopy, to: Branch) -> Origin | None:
    repo_id, repo_type, revision = operation.src_repo_id, operation.src_repo_type, operation.src_revision
    if (repo_id is None) != (repo_type is None):
        raise UsageError("src_repo_id, src_repo_type: expected both or neither")
    if repo_id is not None and repo_type is not None:
        return Origin(
            repo_id=checked_repo_id(repo_id, argument="src_repo_id"),
            repo_type=cast(RepoType, checked_choice(repo_type, get_args(RepoType), argument="src_repo_type")),
            revision=checked_ref(revision or DEFAULT_REVISION, argument="src_revision"),
        )
    if revision is None:
        return None
    return Origin(repo_id=to.repo_id, repo_type=to.repo_type, revision=checked_ref(revision, argument="src_revision"))


def files_of(orders: Iterable[Order]) -> list[LocalFile]:
    """Pick the files to add; of those for the same path the last."""
    return list({order.path: order for order in orders if isinstance(order, LocalFile)}.values())


def contested(orders: Sequence[Order]) -> list[str]:
    """Name the paths to which a file is copied although something else is put there too."""
    copied = [order.path for order in orders if isinstance(order, Copy)]
    if not copied:
        return []
    counts = Counter([*(file.path for file in files_of(orders)), *copied])
    return sorted(path for path, count in counts.items() if count > 1)


def doubts(orders: Sequence[Order], repo_type: RepoType) -> Iterator[str]:
    """Say what a commit is hardly meant to do, though the Hub would do it.

    Source: huggingface_hub 2.4.0, which warns of the same.
    """
    added: set[str] = set()
    for order in orders:
        if isinstance(order, LocalFile):
            if order.path in added:
                yield f"{order.path!r} is added twice in the same commit: the last one wins"
            if repo_type != "dataset" and order.path.endswith(_DATA_FILES):
                yield f"{order.path!r} looks like data, and goes into a {repo_type}: is a dataset meant?"
            added.update(itself_and_above(order.path))
        elif isinstance(order, Removal) and not order.unless_added and order.path in added:
            yield f"{order.path!r} is removed after the same commit has added it, or something below it"


def itself_and_above(path: str) -> Iterator[str]:
    """Name a path and all folders that it is in: what takes one of these away takes the path away."""
    while path:
        yield path
        path = path.rpartition("/")[0]
