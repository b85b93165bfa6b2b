"""What a repository holds, and what became of what was put there."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from aiohfspaces.models.repos import BlobLfsInfo


@frozen(kw_only=True)
class RepoFile:
    """A file in a tree.

    Attributes:
        path: From the root of the repository.
        size: In bytes.
        blob_id: Its git id.
        lfs: The LFS object behind it; ``None`` for a regular file.
        xet_hash: Its hash in Xet storage; ``None`` outside of it.
    """

    path: str
    size: int
    blob_id: str
    lfs: BlobLfsInfo | None = None
    xet_hash: str | None = None


@frozen(kw_only=True)
class RepoFolder:
    """A folder in a tree.

    Attributes:
        path: From the root of the repository.
        tree_id: Its git id.
    """

    path: str
    tree_id: str


@frozen(kw_only=True)
class GitCommitInfo:
    """A commit in a history.

    Attributes:
        commit_id: Its git id.
        authors: User names.
        created_at: When it was made.
        title: First line of its message.
        message: The rest.
        formatted_title: As HTML; ``None`` unless asked for, as the next.
        formatted_message: As HTML.
    """

    commit_id: str
    authors: tuple[str, ...]
    created_at: datetime
    title: str
    message: str
    formatted_title: str | None = None
    formatted_message: str | None = None


@frozen(kw_only=True)
class CommitInfo:
    """A commit that was made.

    Attributes:
        oid: Its git id.
        commit_url: Where to look at it.
        commit_message: Its first line.
        commit_description: The rest; may be empty.
        pr_url: The pull request that was opened for it; ``None`` without.
    """

    oid: str
    commit_url: str
    commit_message: str
    commit_description: str = ""
    pr_url: str | None = None

    @property
    def pr_num(self) -> int | None:
        """The pull request's number."""
        return int(self.pr_url.rstrip("/").rpartition("/")[2]) if self.pr_url else None

    @property
    def pr_revision(self) -> str | None:
        """The pull request's git ref."""
        return f"refs/pr/{self.pr_num}" if self.pr_url else None


@frozen(kw_only=True)
class UploadReport(CommitInfo):
    """A commit, and what became of each file.

    Attributes:
        committed: ``False`` if there was nothing to change; ``oid`` is then the head that was found.
        uploaded: Paths in the repository that the commit added or replaced.
        unchanged: Paths that were there already with this content.
        ignored: Paths that the repository's ``.gitignore`` keeps out.
        deleted: Paths that the commit removed.
        reconciled: Whether the commit's reply was lost, and the commit was found by looking for it.
        bytes_sent: Bytes of files that travelled.
        seconds: How long it took.
    """

    committed: bool
    uploaded: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    reconciled: bool = False
    bytes_sent: int = 0
    seconds: float = field(default=0.0, eq=False)


@frozen(kw_only=True)
class DryRunFileInfo:
    """What a download would do.

    Attributes:
        commit_hash: The commit that the revision is at.
        file_size: In bytes.
        filename: Path in the repository.
        local_path: Where the file is, or would be.
        is_cached: Whether it is there already.
        will_download: Whether the real call would fetch it.
    """

    commit_hash: str
    file_size: int
    filename: str
    local_path: str
    is_cached: bool
    will_download: bool
