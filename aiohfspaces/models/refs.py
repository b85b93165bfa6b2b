"""What names commits."""

from __future__ import annotations

from typing import Self

from attrs import frozen

from aiohfspaces.models.words import RepoType


@frozen(kw_only=True)
class GitRefInfo:
    """A name of a commit.

    Attributes:
        name: What people call it, e.g. ``main``.
        ref: What git calls it, e.g. ``refs/heads/main``.
        target_commit: The commit.
    """

    name: str
    ref: str
    target_commit: str


@frozen(kw_only=True)
class GitRefs:
    """All names of a repository's commits.

    Attributes:
        branches: In the Hub's order.
        converts: Branches of the Hub's own conversions.
        tags: In the Hub's order.
        pull_requests: ``None`` unless they were asked for.
    """

    branches: tuple[GitRefInfo, ...]
    converts: tuple[GitRefInfo, ...]
    tags: tuple[GitRefInfo, ...]
    pull_requests: tuple[GitRefInfo, ...] | None


class ResolvedRevision(str):
    """A revision that is known to be at a commit: as a string what was asked for, e.g. ``main``.

    Attributes:
        resolved: The commit.
        initial: What was asked for; ``None`` for the default branch.
        repo_id: The repository in which that is so.
        repo_type: Its kind.
    """

    resolved: str
    initial: str | None
    repo_id: str
    repo_type: RepoType

    def __new__(cls, resolved: str, initial: str | None, *, repo_id: str, repo_type: RepoType) -> Self:
        """Note what a revision is at."""
        self = super().__new__(cls, "main" if initial is None else initial)
        self.resolved, self.initial, self.repo_id, self.repo_type = resolved, initial, repo_id, repo_type
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str, str | None], dict[str, str]]:
        return (self.resolved, self.initial), {"repo_id": self.repo_id, "repo_type": self.repo_type}
