"""Discussions and pull requests, and what has happened in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import field, frozen

from aiohfspaces.models.words import DiscussionStatus


@frozen(kw_only=True)
class Discussion:
    """A discussion or a pull request, as a listing tells it.

    Attributes:
        title: What it is about.
        status: How far it is; only pull requests are ``draft`` or ``merged``.
        num: Its number; discussions and pull requests of a repository share one count.
        repo_id: The repository that it is about.
        repo_type: ``"space"``, ``"dataset"``, ``"model"`` or another kind that the Hub has.
        author: Who began it; ``"deleted"`` where the account is gone.
        is_pull_request: Whether it proposes a change.
        created_at: When it was begun.
        endpoint: The Hub that holds it.
    """

    title: str
    status: DiscussionStatus
    num: int
    repo_id: str
    repo_type: str
    author: str
    is_pull_request: bool
    created_at: datetime
    endpoint: str

    @property
    def git_reference(self) -> str | None:
        """The ref that commits to a pull request go to; ``None`` for a discussion."""
        return f"refs/pr/{self.num}" if self.is_pull_request else None

    @property
    def url(self) -> str:
        """The address of its page."""
        kind = "" if self.repo_type == "model" else f"{self.repo_type}s/"
        return f"{self.endpoint}/{kind}{self.repo_id}/discussions/{self.num}"


@frozen(kw_only=True)
class DiscussionEvent:
    """Something that has happened in a discussion; of a kind without a class of its own, this is all.

    Attributes:
        id: Its id.
        type: Its kind, e.g. ``"comment"`` or ``"pinning-change"``.
        created_at: When it happened.
        author: Who did it; ``"deleted"`` where the account is gone.
        data: What the Hub says of it, in the Hub's spelling.
    """

    id: str
    type: str
    created_at: datetime
    author: str
    data: dict[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class DiscussionComment(DiscussionEvent):
    """A comment; the first one is what a discussion began with.

    Attributes:
        content: Its Markdown, as it was written last.
        edited: Whether it has been changed.
        hidden: Whether it is shown no more.
        rendered: It as HTML; ``None`` where the Hub does not say, as the next two.
        last_edited_at: When it was written last.
        last_edited_by: Who wrote it last.
        number_of_edits: How often it has been changed.
    """

    content: str
    edited: bool
    hidden: bool
    rendered: str | None = field(default=None, repr=False)
    last_edited_at: datetime | None = None
    last_edited_by: str | None = None
    number_of_edits: int = 0


@frozen(kw_only=True)
class DiscussionStatusChange(DiscussionEvent):
    """A change of the status.

    Attributes:
        new_status: The status since then.
    """

    new_status: DiscussionStatus


@frozen(kw_only=True)
class DiscussionCommit(DiscussionEvent):
    """A commit to a pull request.

    Attributes:
        summary: The first line of its message.
        oid: Its git id.
    """

    summary: str
    oid: str


@frozen(kw_only=True)
class DiscussionTitleChange(DiscussionEvent):
    """A change of the title.

    Attributes:
        old_title: The title before.
        new_title: The title since then.
    """

    old_title: str
    new_title: str


@frozen(kw_only=True)
class DiscussionWithDetails(Discussion):
    """A discussion or a pull request with all that has happened in it.

    What only a pull request has is ``None`` for a discussion.

    Attributes:
        events: Oldest first; the first one is the comment that it began with.
        conflicting_files: Files that keep it from being merged; ``True`` where the Hub does not say which.
        target_branch: The ref that it would change, e.g. ``refs/heads/main``.
        merge_commit_oid: The commit that merged it; ``None`` before.
        diff: What it would change, as git writes it.
    """

    events: tuple[DiscussionEvent, ...]
    conflicting_files: tuple[str, ...] | bool | None = None
    target_branch: str | None = None
    merge_commit_oid: str | None = None
    diff: str | None = field(default=None, repr=False)
