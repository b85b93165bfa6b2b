"""Which large files a repository has, in any commit that a ref leads to."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from aiohfspaces.localhub.git_reading import GitReader
from aiohfspaces.localhub.repositories import Repository


@frozen
class Stored:
    """A large file, as it came.

    Attributes:
        oid: The SHA-256 of its content.
        path: A path that it has, or had.
        size: In bytes.
        ref: A ref that leads to it.
        pushed_at: When it came.
        pusher: Who brought it.
    """

    oid: str
    path: str
    size: int
    ref: str
    pushed_at: float
    pusher: str


def large_files_of(git: GitReader) -> dict[str, Stored]:
    """Find all large files, by their content; those that came last first."""
    found: dict[str, Stored] = {}
    with git.lock:
        seen: set[str] = set()
        for ref, tip in git.refs("refs/").items():
            for commit in git.history(tip):
                if commit.oid in seen:
                    continue
                seen.add(commit.oid)
                for entry in git.entries(commit.oid, recursive=True) or ():
                    if entry.lfs_oid is not None:
                        # walked from the newest commit on back, so the oldest that has it stays
                        found[entry.lfs_oid] = Stored(
                            entry.lfs_oid, entry.path, entry.size, f"refs/{ref}", commit.at, commit.author
                        )
    return {stored.oid: stored for stored in sorted(found.values(), key=lambda stored: -stored.pushed_at)}


def is_needed_elsewhere(repositories: Iterable[Repository], owner: Repository, oid: str) -> bool:
    """Tell whether another repository has a large file of this content."""
    return any(oid in large_files_of(other.git) for other in repositories if other is not owner)
