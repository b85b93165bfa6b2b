"""What a repository holds, and what became of what was put there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen

from aiohfspaces.models.repos import BlobLfsInfo


@frozen(kw_only=True)
class LastCommitInfo:
    """The commit that changed a path last.

    Attributes:
        oid: Its git id.
        title: First line of its message.
        date: When it was made.
    """

    oid: str
    title: str
    date: datetime


@frozen(kw_only=True)
class BlobSecurityInfo:
    """What the Hub's scanners found in a file.

    Attributes:
        status: ``safe``, ``unsafe``, ``queued`` and the like.
        av_scan: The virus scanner's findings, as the Hub tells them; ``None`` without.
        pickle_import_scan: What a pickle would import, as the Hub tells it; ``None`` without.
    """

    status: str
    av_scan: dict[str, Any] | None = None
    pickle_import_scan: dict[str, Any] | None = None

    @property
    def safe(self) -> bool:
        """Whether they found nothing."""
        return self.status == "safe"


@frozen(kw_only=True)
class RepoFile:
    """A file in a tree.

    Attributes:
        path: From the root of the repository.
        size: In bytes.
        blob_id: Its git id.
        lfs: The LFS object behind it; ``None`` for a regular file.
        xet_hash: Its hash in Xet storage; ``None`` outside of it.
        last_commit: What changed it last; ``None`` unless ``expand`` was asked for, as the next.
        security: What scanners found in it.
    """

    path: str
    size: int
    blob_id: str
    lfs: BlobLfsInfo | None = None
    xet_hash: str | None = None
    last_commit: LastCommitInfo | None = None
    security: BlobSecurityInfo | None = None


@frozen(kw_only=True)
class RepoFolder:
    """A folder in a tree.

    Attributes:
        path: From the root of the repository.
        tree_id: Its git id.
        last_commit: What changed it last; ``None`` unless ``expand`` was asked for.
    """

    path: str
    tree_id: str
    last_commit: LastCommitInfo | None = None


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
class UploadProgress:
    """How far an upload has come.

    Attributes:
        files_found: How many files there are.
        bytes_found: Their bytes.
        files_hashed: How many were hashed; new regular files need not be.
        bytes_hashed: Their bytes.
        files_sent: How many have arrived; a content that several files have travels once.
        bytes_sent: Their bytes, those of parts of files included.
        files_total: How many have to be sent, as far as that is known yet.
        bytes_total: Their bytes; in the end less those that Xet storage had already.
        seconds: Since it began.
    """

    files_found: int
    bytes_found: int
    files_hashed: int
    bytes_hashed: int
    files_sent: int
    bytes_sent: int
    files_total: int
    bytes_total: int
    seconds: float

    @property
    def bytes_per_second(self) -> float:
        """How fast it sends, on the average."""
        return self.bytes_sent / self.seconds if self.seconds > 0 else 0.0


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
        commits: The ids of all commits that it took, in order; one, unless ``atomic=False`` was asked for.
        bytes_hashed: Bytes of files that were hashed.
        bytes_sent: Bytes of files that travelled.
        bytes_spared: Bytes of files that did not have to, since the Hub had them, or Xet storage their chunks.
        seconds: How long it took.
    """

    committed: bool
    uploaded: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    reconciled: bool = False
    commits: tuple[str, ...] = ()
    bytes_hashed: int = 0
    bytes_sent: int = 0
    bytes_spared: int = 0
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


@frozen(kw_only=True)
class XetFileData:
    """What a file is called in Xet storage.

    Attributes:
        file_hash: Its name there.
        refresh_route: Where the Hub grants a token for it.
    """

    file_hash: str
    refresh_route: str


@frozen(kw_only=True)
class HfFileMetadata:
    """Where a file's bytes are, and how to know them again.

    Attributes:
        commit_hash: The commit that the revision is at.
        etag: The git id of a regular file, the SHA-256 of a large one.
        location: Where to get it; elsewhere than the Hub for most large files.
        size: In bytes; ``None`` if the Hub does not say.
        xet_file_data: What it is called in Xet storage; ``None`` outside of it.
    """

    commit_hash: str
    etag: str
    location: str
    size: int | None
    xet_file_data: XetFileData | None = None


@frozen(kw_only=True)
class Mismatch:
    """A local file that is not what the Hub has.

    Attributes:
        path: In the repository.
        expected: The Hub's checksum, in hex.
        actual: The local file's.
        algorithm: ``sha256`` for a large file, ``git-sha1`` for a regular one.
    """

    path: str
    expected: str
    actual: str
    algorithm: str


@frozen(kw_only=True)
class FolderVerification:
    """Local files compared with a revision.

    Attributes:
        revision: The revision, or the commit where it is known.
        checked_count: How many files are in both places.
        mismatches: Those of them that differ, by path.
        missing_paths: What is on the Hub only, sorted.
        extra_paths: What is here only, sorted.
        verified_path: The folder that was looked at.
    """

    revision: str
    checked_count: int
    mismatches: tuple[Mismatch, ...]
    missing_paths: tuple[str, ...]
    extra_paths: tuple[str, ...]
    verified_path: Path


@frozen(kw_only=True)
class LFSFileInfo:
    """A large file of a repository, by its content: several paths and commits may share it.

    Attributes:
        file_oid: Its SHA-256, by which it is deleted.
        oid: Id of the LFS object.
        filename: A path that it has, or had; ``None`` if the Hub knows none.
        size: In bytes.
        pushed_at: When it came.
        ref: The branch that it came on; ``None`` if the Hub does not say.
        xet_hash: Its hash in Xet storage; ``None`` outside of it.
    """

    file_oid: str
    oid: str
    filename: str | None
    size: int
    pushed_at: datetime
    ref: str | None = None
    xet_hash: str | None = None
