"""What a commit is asked to do, as `create_commit` takes it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal

from attrs import define, field, frozen

from aiohfspaces.models.repos import BlobLfsInfo
from aiohfspaces.models.words import RepoType


@define
class CommitOperationAdd:
    """A file to add or to replace.

    Attributes:
        path_in_repo: Where it goes.
        path_or_fileobj: The file: its path, its bytes, or a binary file that is open and can be sought.
        lfs: The object that `preupload_lfs_files` has stored it as; ``None`` before.
    """

    path_in_repo: str
    path_or_fileobj: str | Path | bytes | BinaryIO = field(repr=lambda content: _told(content))
    lfs: BlobLfsInfo | None = field(default=None, init=False)


def _told(content: object) -> str:
    return f"<{len(content)} bytes>" if isinstance(content, bytes) else repr(content)


@frozen
class CommitOperationDelete:
    """A file or a folder to remove.

    Attributes:
        path_in_repo: Its path.
        is_folder: Whether it is a folder; ``"auto"`` goes by a slash at the end of the path.
    """

    path_in_repo: str
    is_folder: bool | Literal["auto"] = "auto"


@frozen
class CommitOperationCopy:
    """A file to copy, within a repository or from another one.

    Attributes:
        src_path_in_repo: Where it is.
        path_in_repo: Where it goes.
        src_revision: The revision to take it from; ``None`` for the branch that is committed to, or another
            repository's default branch.
        src_repo_id: The repository to take it from; ``None`` for the same.
        src_repo_type: Its kind; given together with `src_repo_id`.
    """

    src_path_in_repo: str
    path_in_repo: str
    src_revision: str | None = None
    src_repo_id: str | None = None
    src_repo_type: RepoType | None = None


CommitOperation = CommitOperationAdd | CommitOperationDelete | CommitOperationCopy
"""What `create_commit` takes a list of."""
