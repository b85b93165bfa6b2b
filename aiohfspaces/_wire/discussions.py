"""Discussions and pull requests of a repository.

Source: huggingface_hub 2.4.0, ``get_repo_discussions``, ``get_discussion_details``, ``create_discussion`` and the
methods that change one; the Hub's OpenAPI document of 2026-08-22 for lengths and the kinds of events.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from attrs import asdict

from aiohfspaces._wire.calls import Call, JsonValue, get, post
from aiohfspaces._wire.names import api_path, checked_value
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import (
    Discussion,
    DiscussionComment,
    DiscussionCommit,
    DiscussionEvent,
    DiscussionStatus,
    DiscussionStatusChange,
    DiscussionTitleChange,
    DiscussionWithDetails,
    RepoType,
)

TYPE_FILTERS = ("all", "discussion", "pull_request")
STATUS_FILTERS = ("all", "open", "closed")
NEW_STATUSES = ("open", "closed")
TITLE_LENGTHS = range(3, 201)
LONGEST_TEXT = 65_536

NOBODY = "deleted"
"""The author whose account is gone."""

_COMMENT_ID = re.compile(r"[0-9a-zA-Z]+", re.ASCII)


def utf16_length(text: str) -> int:
    """Count characters as the Hub's JavaScript does: two for most emojis."""
    return len(text.encode("utf-16-le")) // 2


def checked_title(title: str, *, argument: str = "title") -> str:
    """Accept a title, without the blanks around it.

    Raises:
        UsageError: It is too short or too long.
    """
    stripped = checked_value(title, argument=argument).strip()
    if utf16_length(stripped) not in TITLE_LENGTHS:
        raise UsageError(f"{argument}: expected 3 to 200 characters, got {title!r}")
    return stripped


def checked_text(text: str, *, argument: str) -> str:
    """Accept the Markdown of a comment.

    Raises:
        UsageError: It is blank, or too long.
    """
    if not checked_value(text, argument=argument).strip():
        raise UsageError(f"{argument}: expected some text, got {text!r}")
    if utf16_length(text) > LONGEST_TEXT:
        raise UsageError(f"{argument}: expected {LONGEST_TEXT} characters at the most, got {utf16_length(text)}")
    return text


def checked_remark(text: str | None, *, argument: str) -> str | None:
    """Accept Markdown that may be left out; where it is blank, it is.

    Raises:
        UsageError: It is no string, or too long.
    """
    if text is None or not checked_value(text, argument=argument).strip():
        return None
    return checked_text(text.strip(), argument=argument)


def checked_comment_id(comment_id: str) -> str:
    """Accept the id of a comment, in lower case from here on.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(comment_id, str) or not _COMMENT_ID.fullmatch(comment_id):
        raise UsageError(f"comment_id: expected letters and digits, got {comment_id!r}")
    return comment_id.lower()


def list_discussions(
    repo_id: str, repo_type: RepoType, *, author: str | None, kind: str | None, status: str | None
) -> Call[tuple[Discussion, ...]]:
    """``GET /api/{repo_type}s/{repo_id}/discussions``, its first page."""
    filters = (("type", kind), ("status", status), ("author", author), ("p", "0"))
    query = tuple((name, value) for name, value in filters if value is not None)
    return get(f"{api_path(repo_id, repo_type)}/discussions", discussions_reply, query)


def get_details(repo_id: str, repo_type: RepoType, num: int) -> Call[DiscussionWithDetails]:
    """``GET /api/{repo_type}s/{repo_id}/discussions/{num}?diff=1``."""
    return get(_path(repo_id, repo_type, num), details_reply, (("diff", "1"),))


def create(repo_id: str, repo_type: RepoType, title: str, description: str, *, pull_request: bool) -> Call[int]:
    """``POST /api/{repo_type}s/{repo_id}/discussions``; a second time it begins a second one."""
    body: dict[str, JsonValue] = {"title": title, "description": description, "pullRequest": pull_request}
    return post(f"{api_path(repo_id, repo_type)}/discussions", created_reply, body, repeatable=False)


def comment(repo_id: str, repo_type: RepoType, num: int, text: str) -> Call[DiscussionComment]:
    """``POST …/discussions/{num}/comment``; a second time it says it twice."""
    path = f"{_path(repo_id, repo_type, num)}/comment"
    return post(path, commented_reply, {"comment": text}, repeatable=False)


def edit_comment(repo_id: str, repo_type: RepoType, num: int, comment_id: str, text: str) -> Call[DiscussionComment]:
    """``POST …/discussions/{num}/comment/{comment_id}/edit``; a second time counts as a second edit."""
    path = f"{_path(repo_id, repo_type, num)}/comment/{comment_id}/edit"
    return post(path, updated_comment_reply, {"content": text}, repeatable=False)


def hide_comment(repo_id: str, repo_type: RepoType, num: int, comment_id: str) -> Call[DiscussionComment]:
    """``POST …/discussions/{num}/comment/{comment_id}/hide``; what is hidden cannot be changed again."""
    path = f"{_path(repo_id, repo_type, num)}/comment/{comment_id}/hide"
    return post(path, updated_comment_reply, repeatable=False)


def rename(repo_id: str, repo_type: RepoType, num: int, title: str) -> Call[DiscussionTitleChange]:
    """``POST …/discussions/{num}/title``; each time is an event of its own."""
    return post(f"{_path(repo_id, repo_type, num)}/title", renamed_reply, {"title": title}, repeatable=False)


def change_status(
    repo_id: str, repo_type: RepoType, num: int, status: str, remark: str | None
) -> Call[DiscussionStatusChange]:
    """``POST …/discussions/{num}/status``; each time is an event of its own."""
    body: dict[str, JsonValue] = {"status": status}
    if remark is not None:
        body["comment"] = remark
    return post(f"{_path(repo_id, repo_type, num)}/status", status_reply, body, repeatable=False)


def merge(repo_id: str, repo_type: RepoType, num: int, remark: str | None) -> Call[None]:
    """``POST …/discussions/{num}/merge``; what is merged cannot be merged again."""
    body = None if remark is None else {"comment": remark}
    return post(f"{_path(repo_id, repo_type, num)}/merge", nothing, body, repeatable=False)


def _path(repo_id: str, repo_type: RepoType, num: int) -> str:
    return f"{api_path(repo_id, repo_type)}/discussions/{num}"


def discussions_reply(reply: Reply) -> tuple[Discussion, ...]:
    """Read a page of discussions, in the Hub's order."""
    return reply.json().at("discussions").items(lambda found: _discussion(found, reply.endpoint))


def next_discussions(reply: Reply) -> str | None:
    """Tell where the next page of discussions is; ``None`` after the last one.

    Pages are numbered; how many there are, the body tells.

    Raises:
        MalformedReplyError: A page begins before as many discussions as there were pages: it was there before.
    """
    page = reply.json()
    start, held = page.at("start").integer(), len(page.at("discussions").items(Field.object))
    if held == 0 or start + held >= page.at("count").integer():
        return None
    address = urlsplit(reply.url)
    query = dict(parse_qsl(address.query))
    number = int(query["p"]) if query.get("p", "").isdecimal() else 0
    if start < number:
        raise MalformedReplyError("a page of discussions begins where one before it did", field="start")
    return urlunsplit(address._replace(query=urlencode({**query, "p": str(number + 1)})))


def details_reply(reply: Reply) -> DiscussionWithDetails:
    """Read a discussion with its events."""
    found = reply.json()
    overview = _discussion(found, reply.endpoint)
    facts: dict[str, Any] = asdict(overview, recurse=False)
    if overview.is_pull_request:
        changes = found.at("changes")
        facts["conflicting_files"] = _conflicting_files(found.at("filesWithConflicts"))
        facts["target_branch"] = changes.at("base").text()
        facts["merge_commit_oid"] = changes.maybe("mergeCommitId", Field.text)
        facts["diff"] = found.maybe("diff", Field.text)
    return DiscussionWithDetails(**facts, events=found.at("events").items(discussion_event))


def _conflicting_files(files: Field) -> tuple[str, ...] | bool:
    return files.flag() if isinstance(files.value, bool) else files.items(Field.text)


def _discussion(found: Field, endpoint: str) -> Discussion:
    repo = found.at("repo")
    return Discussion(
        title=found.at("title").text(),
        status=DiscussionStatus(found.at("status").text()),
        num=found.at("num").integer(),
        repo_id=repo.at("name").text(),
        repo_type=repo.at("type").text(),
        author=_author(found) or NOBODY,
        is_pull_request=found.at("isPullRequest").flag(),
        created_at=found.at("createdAt").moment(),
        endpoint=endpoint,
    )


def _author(of: Field) -> str | None:
    return of.maybe("author", lambda author: author.maybe("name", Field.text))


def created_reply(reply: Reply) -> int:
    """Read the number of a new discussion."""
    return reply.json().at("num").integer()


def commented_reply(reply: Reply) -> DiscussionComment:
    """Read a new comment."""
    return _comment(reply.json().at("newMessage"))


def updated_comment_reply(reply: Reply) -> DiscussionComment:
    """Read a comment that was changed or hidden."""
    return _comment(reply.json().at("updatedComment"))


def renamed_reply(reply: Reply) -> DiscussionTitleChange:
    """Read a change of the title."""
    return _title_change(reply.json().at("newTitle"))


def status_reply(reply: Reply) -> DiscussionStatusChange:
    """Read a change of the status."""
    return _status_change(reply.json().at("newStatus"))


def discussion_event(event: Field) -> DiscussionEvent:
    """Read an event; one of a kind that this library does not know is kept as it is."""
    read = _KINDS.get(event.at("type").text())
    return DiscussionEvent(**_what_all_have(event)) if read is None else read(event)


def _what_all_have(event: Field) -> dict[str, Any]:
    return {
        "id": event.at("id").text(),
        "type": event.at("type").text(),
        "created_at": event.at("createdAt").moment(),
        "author": _author(event) or NOBODY,
        "data": event.maybe("data", Field.object) or {},
    }


def _comment(event: Field) -> DiscussionComment:
    data = event.at("data")
    latest = data.at("latest")
    return DiscussionComment(
        **_what_all_have(event),
        content=latest.at("raw").text(),
        edited=data.at("edited").flag(),
        hidden=data.at("hidden").flag(),
        rendered=latest.maybe("html", Field.text),
        last_edited_at=latest.maybe("updatedAt", Field.moment),
        last_edited_by=_author(latest),
        number_of_edits=data.maybe("numEdits", Field.integer) or 0,
    )


def _status_change(event: Field) -> DiscussionStatusChange:
    new_status = DiscussionStatus(event.at("data").at("status").text())
    return DiscussionStatusChange(**_what_all_have(event), new_status=new_status)


def _commit(event: Field) -> DiscussionCommit:
    data = event.at("data")
    return DiscussionCommit(**_what_all_have(event), summary=data.at("subject").text(), oid=data.at("oid").text())


def _title_change(event: Field) -> DiscussionTitleChange:
    data = event.at("data")
    old_title, new_title = data.at("from").text(), data.at("to").text()
    return DiscussionTitleChange(**_what_all_have(event), old_title=old_title, new_title=new_title)


_KINDS: dict[str, Callable[[Field], DiscussionEvent]] = {
    "comment": _comment,
    "status-change": _status_change,
    "commit": _commit,
    "title-change": _title_change,
}
