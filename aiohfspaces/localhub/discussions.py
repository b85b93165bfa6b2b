"""Discussions and pull requests: what has been said and done, and who may say and do it.

A discussion is a value; each step of it makes the next one.

Source: the Hub's OpenAPI document of 2026-08-22, ``/api/{repoType}/{namespace}/{repo}/discussions``, for lengths;
the Hub's documentation, "Pull requests and Discussions", for who may do what. Where a step makes no sense, neither
tells the Hub's words; those here are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import evolve, frozen

from aiohfspaces._wire.discussions import LONGEST_TEXT, TITLE_LENGTHS, utf16_length
from aiohfspaces.localhub.accounts import new_id
from aiohfspaces.localhub.git_reading import MAIN
from aiohfspaces.localhub.refusals import Refusal, bad_request, not_yours

MAIN_REF = f"refs/heads/{MAIN}"
PULL_REQUESTS = "refs/pr/"


@frozen
class Voice:
    """Somebody who says or does something.

    Attributes:
        name: The account.
        at: When, in seconds since the epoch.
        is_writer: Whether they may write to the repository.
    """

    name: str
    at: float
    is_writer: bool


@frozen
class Version:
    """What a comment said from some time on."""

    text: str
    author: str
    at: float


@frozen
class Comment:
    """A comment; of a hidden one the text is gone."""

    id: str
    author: str
    at: float
    versions: tuple[Version, ...]
    hidden_by: str | None = None


@frozen
class Change:
    """Anything else that has happened; ``data`` is what the Hub tells of it."""

    id: str
    author: str
    at: float
    kind: str
    data: Mapping[str, str]


Event: TypeAlias = Comment | Change


@frozen
class Discussion:
    """A discussion, or a pull request: that is one with a ref.

    Attributes:
        base: The ref that it would change; ``None`` for a discussion.
        events: Oldest first; the first one is a comment.
        merge_commit: What merged it.
    """

    id: str
    num: int
    title: str
    author: str
    created_at: float
    status: str
    base: str | None
    events: tuple[Event, ...]
    merge_commit: str | None = None

    @property
    def is_pull_request(self) -> bool:
        """Whether it proposes a change."""
        return self.base is not None

    @property
    def ref(self) -> str:
        """Where the commits of a pull request go."""
        return f"{PULL_REQUESTS}{self.num}"

    @property
    def comments(self) -> list[Comment]:
        """What has been said, oldest first."""
        return [event for event in self.events if isinstance(event, Comment)]

    @property
    def commits(self) -> list[Change]:
        """The commits to a pull request, oldest first."""
        return [event for event in self.events if isinstance(event, Change) and event.kind == "commit"]


def begin(num: int, title: str, text: str, by: Voice, *, status: str = "open", base: str | None = None) -> Discussion:
    """Begin a discussion, or with a base a pull request."""
    first = _comment(text, by)
    return Discussion(new_id(), num, title, by.name, by.at, status, base, (first,))


def comment(discussion: Discussion, text: str, by: Voice) -> Discussion:
    """Say something."""
    return evolve(discussion, events=(*discussion.events, _comment(text, by)))


def edit(discussion: Discussion, comment_id: str, text: str, by: Voice) -> Discussion:
    """Write a comment anew.

    Raises:
        Refusal: There is no such comment (404), it is another's (403), or hidden (400).
    """
    found = _changeable(discussion, comment_id, by)
    return _replace(discussion, evolve(found, versions=(*found.versions, Version(text, by.name, by.at))))


def hide(discussion: Discussion, comment_id: str, by: Voice) -> Discussion:
    """Hide a comment: its text is gone for good.

    Raises:
        Refusal: There is no such comment (404), it is another's (403), or hidden already (400).
    """
    found = _changeable(discussion, comment_id, by)
    blank = tuple(evolve(version, text="") for version in found.versions)
    return _replace(discussion, evolve(found, versions=blank, hidden_by=by.name))


def find_comment(discussion: Discussion, comment_id: str) -> Comment:
    """Find a comment.

    Raises:
        Refusal: There is none: 404.
    """
    for event in discussion.comments:
        if event.id == comment_id:
            return event
    raise Refusal(404, "Comment not found")


def rename(discussion: Discussion, title: str, by: Voice) -> Discussion:
    """Give it another title.

    Raises:
        Refusal: It is another's: 403.
    """
    _check_own(discussion.author, by, "rename this discussion")
    change = _change("title-change", {"from": discussion.title, "to": title}, by)
    return evolve(discussion, title=title, events=(*discussion.events, change))


def change_status(discussion: Discussion, status: str, remark: str | None, by: Voice) -> Discussion:
    """Close it, or open it: also a draft.

    Raises:
        Refusal: It is another's (403), was merged, or has this status (400).
    """
    _check_own(discussion.author, by, "change the status of this discussion")
    if discussion.status == "merged":
        raise bad_request("This pull request has been merged: its status cannot be changed")
    if discussion.status == status:
        raise bad_request(f"This discussion is already {status}")
    return _with_status(discussion, status, remark, by)


def check_mergeable(discussion: Discussion) -> None:
    """Let through what can be merged.

    Raises:
        Refusal: It is no pull request, or not open: 400.
    """
    if not discussion.is_pull_request:
        raise bad_request("This is not a pull request: it cannot be merged")
    if discussion.status != "open":
        raise bad_request(f"This pull request is {discussion.status}: only an open one can be merged")


def merge(discussion: Discussion, oid: str, remark: str | None, by: Voice) -> Discussion:
    """Note that a commit has merged it."""
    return evolve(_with_status(discussion, "merged", remark, by), merge_commit=oid)


def merge_message(discussion: Discussion) -> str:
    """Say in the message of the merge what it merges."""
    lines = [f"- {commit.data['subject']} ({commit.data['oid']})" for commit in discussion.commits]
    return "\n".join([f"{discussion.title} (#{discussion.num})", *(["", *lines] if lines else [])])


def note_commit(discussion: Discussion, oid: str, subject: str, by: Voice) -> Discussion:
    """Note a commit to a pull request."""
    change = _change("commit", {"subject": subject, "oid": oid}, by)
    return evolve(discussion, events=(*discussion.events, change))


def check_title(title: str) -> str:
    """Return a title that the Hub would take.

    Raises:
        Refusal: It is too short or too long: 400.
    """
    if utf16_length(title) not in TITLE_LENGTHS:
        raise bad_request('"title" must be 3 to 200 characters long')
    return title


def check_text(text: str, key: str) -> str:
    """Return what a comment may say.

    Raises:
        Refusal: It is too long: 400.
    """
    if utf16_length(text) > LONGEST_TEXT:
        raise bad_request(f'"{key}" must be at most {LONGEST_TEXT} characters long')
    return text


def _with_status(discussion: Discussion, status: str, remark: str | None, by: Voice) -> Discussion:
    said = [_comment(remark, by)] if remark else []
    change = _change("status-change", {"status": status}, by)
    return evolve(discussion, status=status, events=(*discussion.events, *said, change))


def _changeable(discussion: Discussion, comment_id: str, by: Voice) -> Comment:
    found = find_comment(discussion, comment_id)
    _check_own(found.author, by, "change this comment")
    if found.hidden_by is not None:
        raise bad_request("This comment is hidden: it cannot be changed")
    return found


def _replace(discussion: Discussion, comment: Comment) -> Discussion:
    events = tuple(comment if event.id == comment.id else event for event in discussion.events)
    return evolve(discussion, events=events)


def _check_own(author: str, by: Voice, doing: str) -> None:
    if by.name != author and not by.is_writer:
        raise not_yours(doing)


def _comment(text: str, by: Voice) -> Comment:
    return Comment(new_id(), by.name, by.at, (Version(text, by.name, by.at),))


def _change(kind: str, data: Mapping[str, str], by: Voice) -> Change:
    return Change(new_id(), by.name, by.at, kind, data)
