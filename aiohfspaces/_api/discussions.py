"""Discussions and pull requests of a repository."""

from __future__ import annotations

from typing import Literal

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io.pages import Pages
from aiohfspaces._wire import discussions
from aiohfspaces._wire.names import (
    checked_choice,
    checked_flags,
    checked_repo_id,
    checked_repo_type,
    checked_value,
)
from aiohfspaces.models import RepoType
from aiohfspaces.options import whole_number


class Discussions(Sender):
    """Talking about a repository, and proposing changes to it."""

    def get_repo_discussions(
        self,
        repo_id: str,
        *,
        author: str | None = None,
        discussion_type: Literal["all", "discussion", "pull_request"] | None = None,
        discussion_status: Literal["all", "open", "closed"] | None = None,
        repo_type: RepoType = "space",
    ) -> Pages[models.Discussion]:
        """List the discussions and pull requests of a repository.

        Args:
            repo_id: ``owner/name``.
            author: Whose.
            discussion_type: Which kind; ``None`` for both.
            discussion_status: ``"open"`` counts drafts in, ``"closed"`` what was merged; ``None`` for all.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            Pages: ``async for discussion in …`` takes one page at a time, ``await …`` gives a list; the newest
            comes first.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/discussions?p=0``, then ``p=1`` and so on as long as ``start`` and
            ``count`` of the reply leave some; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_repo_discussions``.
        """
        if author is not None:
            checked_value(author, argument="author")
        if discussion_type is not None:
            checked_choice(discussion_type, discussions.TYPE_FILTERS, argument="discussion_type")
        if discussion_status is not None:
            checked_choice(discussion_status, discussions.STATUS_FILTERS, argument="discussion_status")
        first = discussions.list_discussions(
            checked_repo_id(repo_id),
            checked_repo_type(repo_type),
            author=author,
            kind=discussion_type,
            status=discussion_status,
        )
        return self._pages(first, following=discussions.next_discussions)

    async def get_discussion_details(
        self, repo_id: str, discussion_num: int, *, repo_type: RepoType = "space"
    ) -> models.DiscussionWithDetails:
        """Read a discussion or a pull request with all that has happened in it.

        Args:
            repo_id: ``owner/name``.
            discussion_num: Its number.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The discussion, its ``events`` oldest first; what only a pull request has is ``None`` for another.

        Raises:
            UsageError: An argument is wrong.
            NotFoundError: There is no such discussion.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/discussions/{discussion_num}?diff=1``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_discussion_details``.
        """
        return await self._send(discussions.get_details(*_discussion(repo_id, repo_type, discussion_num)))

    async def create_discussion(
        self,
        repo_id: str,
        title: str,
        *,
        description: str | None = None,
        repo_type: RepoType = "space",
        pull_request: bool = False,
    ) -> models.DiscussionWithDetails:
        """Begin a discussion, or a pull request.

        A pull request that is begun so is a draft without changes: commit to its ``git_reference``, then
        open it with `change_discussion_status`. A commit with ``create_pr=True`` does it in one go.

        Args:
            repo_id: ``owner/name``.
            title: 3 to 200 characters.
            description: Markdown of its first comment; ``None`` for a sentence that says where it is from.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            pull_request: Whether it proposes a change.

        Returns:
            What was begun, as `get_discussion_details` tells it: its number is ``num``, its first event the comment.

        Raises:
            UsageError: An argument is wrong.
            AuthenticationError: There is no token, or it is wrong.
            PermissionDeniedError: The token may not discuss.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions`` ``{"title", "description", "pullRequest"}``; not
            repeated after a lost reply. Then ``GET …/discussions/{num}?diff=1``.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_discussion``.
        """
        checked_flags(pull_request=pull_request)
        kind, subject = checked_repo_type(repo_type), discussions.checked_title(title)
        remark = discussions.checked_remark(description, argument="description") or _whence(pull_request=pull_request)
        call = discussions.create(checked_repo_id(repo_id), kind, subject, remark, pull_request=pull_request)
        return await self._send(discussions.get_details(repo_id, kind, await self._send(call)))

    async def create_pull_request(
        self, repo_id: str, title: str, *, description: str | None = None, repo_type: RepoType = "space"
    ) -> models.DiscussionWithDetails:
        """Begin a pull request: a draft without changes, as `create_discussion` says.

        Args:
            repo_id: ``owner/name``.
            title: 3 to 200 characters.
            description: Markdown of its first comment; ``None`` for a sentence that says where it is from.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The draft, as `get_discussion_details` tells it; ``git_reference`` is where to commit to.

        Raises:
            UsageError: An argument is wrong.
            AuthenticationError: There is no token, or it is wrong.
            PermissionDeniedError: The token may not discuss.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            As `create_discussion`, with ``"pullRequest": true``.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_pull_request``.
        """
        return await self.create_discussion(
            repo_id, title, description=description, repo_type=repo_type, pull_request=True
        )

    async def comment_discussion(
        self, repo_id: str, discussion_num: int, comment: str, *, repo_type: RepoType = "space"
    ) -> models.DiscussionComment:
        """Say something in a discussion.

        Args:
            repo_id: ``owner/name``.
            discussion_num: Its number.
            comment: Markdown.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The new comment.

        Raises:
            UsageError: An argument is wrong.
            AuthenticationError: There is no token, or it is wrong.
            PermissionDeniedError: The token may not discuss.
            NotFoundError: There is no such discussion.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/comment`` ``{"comment"}``; not
            repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.comment_discussion``.
        """
        text = discussions.checked_text(comment, argument="comment")
        return await self._send(discussions.comment(*_discussion(repo_id, repo_type, discussion_num), text))

    async def edit_discussion_comment(
        self,
        repo_id: str,
        discussion_num: int,
        comment_id: str,
        new_content: str,
        *,
        repo_type: RepoType = "space",
    ) -> models.DiscussionComment:
        """Write a comment anew.

        Args:
            repo_id: ``owner/name``.
            discussion_num: The number of the discussion.
            comment_id: The id of the comment's event.
            new_content: Markdown.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The comment as it is now.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: The comment is hidden.
            PermissionDeniedError: It is another's, and the token may not write to the repository.
            NotFoundError: There is no such discussion or comment.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/comment/{comment_id}/edit``
            ``{"content"}``; not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.edit_discussion_comment``.
        """
        comment, text = (
            discussions.checked_comment_id(comment_id),
            discussions.checked_text(new_content, argument="new_content"),
        )
        found = _discussion(repo_id, repo_type, discussion_num)
        return await self._send(discussions.edit_comment(*found, comment, text))

    async def hide_discussion_comment(
        self, repo_id: str, discussion_num: int, comment_id: str, *, repo_type: RepoType = "space"
    ) -> models.DiscussionComment:
        """Hide a comment; there is no way back, and nobody can read it any more.

        Args:
            repo_id: ``owner/name``.
            discussion_num: The number of the discussion.
            comment_id: The id of the comment's event.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The comment as it is now.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: The comment is hidden already.
            PermissionDeniedError: It is another's, and the token may not write to the repository.
            NotFoundError: There is no such discussion or comment.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/comment/{comment_id}/hide``; not
            repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.hide_discussion_comment``.
        """
        comment = discussions.checked_comment_id(comment_id)
        return await self._send(discussions.hide_comment(*_discussion(repo_id, repo_type, discussion_num), comment))

    async def rename_discussion(
        self, repo_id: str, discussion_num: int, new_title: str, *, repo_type: RepoType = "space"
    ) -> models.DiscussionTitleChange:
        """Give a discussion another title.

        Args:
            repo_id: ``owner/name``.
            discussion_num: Its number.
            new_title: 3 to 200 characters.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The change.

        Raises:
            UsageError: An argument is wrong.
            PermissionDeniedError: It is another's, and the token may not write to the repository.
            NotFoundError: There is no such discussion.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/title`` ``{"title"}``; not repeated
            after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.rename_discussion``.
        """
        title = discussions.checked_title(new_title, argument="new_title")
        return await self._send(discussions.rename(*_discussion(repo_id, repo_type, discussion_num), title))

    async def change_discussion_status(
        self,
        repo_id: str,
        discussion_num: int,
        new_status: Literal["open", "closed"],
        *,
        comment: str | None = None,
        repo_type: RepoType = "space",
    ) -> models.DiscussionStatusChange:
        """Close a discussion, or open one: also a pull request that is a draft.

        Args:
            repo_id: ``owner/name``.
            discussion_num: Its number.
            new_status: ``"open"`` or ``"closed"``.
            comment: Markdown to say with it; a blank one is none.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The change.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: It has this status, or was merged.
            PermissionDeniedError: It is another's, and the token may not write to the repository.
            NotFoundError: There is no such discussion.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/status`` ``{"status", "comment"?}``;
            not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.change_discussion_status``.
        """
        checked_choice(new_status, discussions.NEW_STATUSES, argument="new_status")
        found, remark = (
            _discussion(repo_id, repo_type, discussion_num),
            discussions.checked_remark(comment, argument="comment"),
        )
        return await self._send(discussions.change_status(*found, new_status, remark))

    async def merge_pull_request(
        self, repo_id: str, discussion_num: int, *, comment: str | None = None, repo_type: RepoType = "space"
    ) -> None:
        """Merge a pull request; a Space is built anew, as after any commit.

        Args:
            repo_id: ``owner/name``.
            discussion_num: Its number.
            comment: Markdown to say with it; a blank one is none.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: It is no pull request, or a draft, closed or merged.
            ConflictError: It changes what has been changed meanwhile; ``conflicting_files`` of
                `get_discussion_details` tells which files.
            PermissionDeniedError: The token may not write to the repository.
            NotFoundError: There is no such discussion.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/merge`` ``{"comment"?}``; not
            repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.merge_pull_request``.
        """
        found, remark = (
            _discussion(repo_id, repo_type, discussion_num),
            discussions.checked_remark(comment, argument="comment"),
        )
        await self._send(discussions.merge(*found, remark))


def _discussion(repo_id: str, repo_type: RepoType, discussion_num: int) -> tuple[str, RepoType, int]:
    number = whole_number("discussion_num", discussion_num, least=1)
    return checked_repo_id(repo_id), checked_repo_type(repo_type), number


def _whence(*, pull_request: bool) -> str:
    return f"{'Pull request' if pull_request else 'Discussion'} opened with aiohfspaces"
