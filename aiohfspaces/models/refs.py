"""What names commits."""

from __future__ import annotations

from attrs import frozen


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
