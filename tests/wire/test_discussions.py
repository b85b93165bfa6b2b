"""Discussions: what is asked for, what a reply means, and where the next page is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from aiohfspaces._wire import discussions
from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.discussions import (
    checked_comment_id,
    checked_remark,
    checked_text,
    checked_title,
    commented_reply,
    created_reply,
    details_reply,
    discussions_reply,
    next_discussions,
    renamed_reply,
    status_reply,
    updated_comment_reply,
)
from aiohfspaces._wire.replies import Reply, nothing
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
)

HUB = "https://hub.test"
ALL = "/api/spaces/me/app/discussions"
ONE = f"{ALL}/7"
MARCH = datetime(2025, 3, 7, 12, 24, 18, 657000, UTC)
AUTHOR = {"name": "ü", "type": "user", "new": 1}
OVERVIEW = {
    "num": 7,
    "author": AUTHOR,
    "repo": {"name": "me/app", "type": "space"},
    "title": "Hällo",
    "createdAt": "2025-03-07T12:24:18.657Z",
    "status": "open",
    "isPullRequest": False,
    "new": 1,
}
DISCUSSION = Discussion(
    title="Hällo",
    status=DiscussionStatus.OPEN,
    num=7,
    repo_id="me/app",
    repo_type="space",
    author="ü",
    is_pull_request=False,
    created_at=MARCH,
    endpoint=HUB,
)


def reply(value: object, url: str = f"{HUB}{ALL}?p=0") -> Reply:
    """Build a reply of JSON."""
    return Reply(status=200, headers={}, content=json.dumps(value).encode(), url=url, endpoint=HUB)


def event(kind: str, data: object, **more: Any) -> dict[str, Any]:
    """Build an event as it travels."""
    return {"id": "e1", "type": kind, "createdAt": "2025-03-07T12:24:18.657Z", "author": AUTHOR, "data": data, **more}


def facts(kind: str, data: Any, author: str = "ü") -> dict[str, Any]:
    """Tell what an event has whatever its kind."""
    return {"id": "e1", "type": kind, "created_at": MARCH, "author": author, "data": data}


COMMENT = {"edited": True, "hidden": False, "latest": {"raw": "*x*"}}


@pytest.mark.parametrize(
    ("built", "method", "path", "body", "parse"),
    [
        (discussions.create("me/app", "space", "T", "D", pull_request=True), "POST", ALL,
         {"title": "T", "description": "D", "pullRequest": True}, created_reply),
        (discussions.comment("me/app", "space", 7, "x"), "POST", f"{ONE}/comment", {"comment": "x"}, commented_reply),
        (discussions.edit_comment("me/app", "space", 7, "c1", "x"), "POST", f"{ONE}/comment/c1/edit",
         {"content": "x"}, updated_comment_reply),
        (discussions.hide_comment("me/app", "space", 7, "c1"), "POST", f"{ONE}/comment/c1/hide", None,
         updated_comment_reply),
        (discussions.rename("me/app", "space", 7, "T"), "POST", f"{ONE}/title", {"title": "T"}, renamed_reply),
        (discussions.change_status("me/app", "space", 7, "open", None), "POST", f"{ONE}/status",
         {"status": "open"}, status_reply),
        (discussions.change_status("me/app", "space", 7, "closed", "x"), "POST", f"{ONE}/status",
         {"status": "closed", "comment": "x"}, status_reply),
        (discussions.merge("me/app", "space", 7, None), "POST", f"{ONE}/merge", None, nothing),
        (discussions.merge("me/m", "model", 7, "x"), "POST", "/api/models/me/m/discussions/7/merge",
         {"comment": "x"}, nothing),
    ],
)  # fmt: skip
def test_each_change_is_one_call_that_is_not_repeated(
    built: Call[Any], method: str, path: str, body: Any, parse: Any
) -> None:
    """A second time it would be a second event."""
    content = None if body is None else JsonBody(body)
    assert Call(method=method, path=path, parse=parse, body=content, repeatable=False) == built


def test_reading_is_safe_to_repeat() -> None:
    """Filters that are not given are not sent; the first page is asked for by its number."""
    assert Call(method="GET", path=ONE, parse=details_reply, query=(("diff", "1"),), repeatable=True) == (
        discussions.get_details("me/app", "space", 7)
    )
    assert (("p", "0"),) == discussions.list_discussions("me/app", "space", author=None, kind=None, status=None).query
    filtered = discussions.list_discussions("me/app", "space", author="ü", kind="all", status="open")
    assert (("type", "all"), ("status", "open"), ("author", "ü"), ("p", "0")) == filtered.query


def test_a_page_is_read() -> None:
    """A status that the Hub has added is kept; who is gone is called so."""
    added = {**OVERVIEW, "status": "frozen", "author": None}
    first, second = discussions_reply(reply({"discussions": [OVERVIEW, added], "count": 2, "start": 0}))
    assert DISCUSSION == first
    assert ("frozen", "deleted") == (second.status, second.author)


@pytest.mark.parametrize(
    ("number", "start", "held", "count", "expected"),
    [
        (0, 0, 0, 0, None),
        (0, 0, 50, 50, None),
        (0, 0, 50, 51, "1"),
        (1, 50, 1, 51, None),
        (1, 50, 50, 101, "2"),
        (3, 150, 0, 200, None),
        (None, 0, 50, 51, "1"),
    ],
)
def test_the_body_tells_whether_there_is_another_page(
    number: int | None, start: int, held: int, count: int, expected: str | None
) -> None:
    """The next address is the same but for the number; an empty page is the last."""
    page = {"discussions": [{}] * held, "count": count, "start": start}
    url = f"{HUB}{ALL}?author=%C3%BC+x&type=all" + ("" if number is None else f"&p={number}")
    following = next_discussions(reply(page, url))
    if expected is None:
        assert None is following
    else:
        address = urlsplit(following or "")
        assert (HUB + ALL) == f"{address.scheme}://{address.netloc}{address.path}"
        assert {"author": "ü x", "type": "all", "p": expected} == dict(parse_qsl(address.query))


def test_a_listing_that_does_not_go_on_ends() -> None:
    """A server that does not know page numbers would send the first page for ever."""
    page = {"discussions": [{}] * 50, "count": 99, "start": 0}
    with pytest.raises(MalformedReplyError) as caught:
        next_discussions(reply(page, f"{HUB}{ALL}?p=1"))
    assert "start" == caught.value.field


@pytest.mark.parametrize(("files", "expected"), [([], ()), (["a", "ü"], ("a", "ü")), (True, True)])
def test_a_pull_request_is_read(files: object, expected: object) -> None:
    """With what it changes; a discussion has none of that."""
    more = {"filesWithConflicts": files, "changes": {"base": "refs/heads/main", "mergeCommitId": "c0ffee"}}
    told = {**OVERVIEW, **more, "isPullRequest": True, "diff": "+x", "events": []}
    found = details_reply(reply(told))
    assert (expected, "refs/heads/main", "c0ffee", "+x", "refs/pr/7") == (
        found.conflicting_files,
        found.target_branch,
        found.merge_commit_oid,
        found.diff,
        found.git_reference,
    )
    plain = details_reply(reply({**told, "isPullRequest": False}))
    assert (None, None, None, None, None) == (
        plain.conflicting_files,
        plain.target_branch,
        plain.merge_commit_oid,
        plain.diff,
        plain.git_reference,
    )
    assert isinstance(plain, DiscussionWithDetails)


def test_each_kind_of_event_has_its_class() -> None:
    """One of another kind is kept as it is; what happened to somebody who is gone has no author."""
    full = {"edited": False, "hidden": True, "numEdits": 2, "latest": {
        "raw": "", "html": "<p>", "updatedAt": "2025-03-07T12:24:18.657Z", "author": {"name": "me"}}}  # fmt: skip
    events = [
        event("comment", COMMENT),
        event("comment", full),
        event("status-change", {"status": "merged", "reason": "x"}),
        event("commit", {"subject": "Add", "oid": "c0ffee"}),
        event("title-change", {"from": "a", "to": "b"}),
        event("locking-change", {"locked": True}, author={}),
        {"id": "e1", "type": "ref-deleted", "createdAt": "2025-03-07T12:24:18.657Z"},
    ]
    assert (
        DiscussionComment(**facts("comment", COMMENT), content="*x*", edited=True, hidden=False),
        DiscussionComment(
            **facts("comment", full),
            content="",
            edited=False,
            hidden=True,
            rendered="<p>",
            last_edited_at=MARCH,
            last_edited_by="me",
            number_of_edits=2,
        ),
        DiscussionStatusChange(
            **facts("status-change", {"status": "merged", "reason": "x"}), new_status=DiscussionStatus.MERGED
        ),
        DiscussionCommit(**facts("commit", {"subject": "Add", "oid": "c0ffee"}), summary="Add", oid="c0ffee"),
        DiscussionTitleChange(**facts("title-change", {"from": "a", "to": "b"}), old_title="a", new_title="b"),
        DiscussionEvent(**facts("locking-change", {"locked": True}, "deleted")),
        DiscussionEvent(**facts("ref-deleted", {}, "deleted")),
    ) == details_reply(reply({**OVERVIEW, "events": events})).events


@pytest.mark.parametrize(
    ("read", "key", "sent", "expected"),
    [
        (commented_reply, "newMessage", event("comment", COMMENT), "*x*"),
        (updated_comment_reply, "updatedComment", event("comment", COMMENT), "*x*"),
        (renamed_reply, "newTitle", event("title-change", {"from": "a", "to": "b"}), "b"),
        (status_reply, "newStatus", event("status-change", {"status": "closed"}), "closed"),
    ],
)
def test_a_change_answers_with_its_event(read: Any, key: str, sent: Any, expected: str) -> None:
    """Under a name of its own."""
    found = read(reply({key: sent}))
    assert expected == (getattr(found, "content", None) or getattr(found, "new_title", None) or found.new_status)
    with pytest.raises(MalformedReplyError) as caught:
        read(reply({}))
    assert key == caught.value.field


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"events": None}, "events"),
        ({"events": [event("comment", {"edited": False, "hidden": False})]}, "events[0].data.latest"),
        ({"events": [event("commit", {})]}, "events[0].data.subject"),
        ({"isPullRequest": True, "events": []}, "changes"),
        ({"status": 5, "events": []}, "status"),
        ({"repo": {"name": "me/app"}, "events": []}, "repo.type"),
    ],
)
def test_what_is_missing_is_named(told: dict[str, Any], field: str) -> None:
    """As a path from the root."""
    with pytest.raises(MalformedReplyError) as caught:
        details_reply(reply({**OVERVIEW, **told}))
    assert field == caught.value.field


@pytest.mark.parametrize(
    ("repo_type", "path"),
    [("space", "spaces/me/app"), ("dataset", "datasets/me/app"), ("model", "me/app"), ("kernel", "kernels/me/app")],
)
def test_a_discussion_knows_its_page(repo_type: str, path: str) -> None:
    """A model's has no kind in front."""
    told = {**OVERVIEW, "repo": {"name": "me/app", "type": repo_type}}
    [found] = discussions_reply(reply({"discussions": [told]}))
    assert f"{HUB}/{path}/discussions/7" == found.url


@pytest.mark.parametrize("title", ["abc", "  abc\n", "x" * 200, "\U0001f600" * 100, "\U0001f600x"])
def test_a_title_is_sent_without_the_blanks_around_it(title: str) -> None:
    """Characters are counted as the Hub counts them."""
    assert title.strip() == checked_title(title)


@pytest.mark.parametrize("title", ["", "ab", "  ab ", "x" * 201, "\U0001f600", "\U0001f600" * 101, "abc\ud800", None])
def test_a_title_of_another_length_is_refused(title: Any) -> None:
    """So is what is no text."""
    with pytest.raises(UsageError, match=r"^new_title: expected"):
        checked_title(title, argument="new_title")


@pytest.mark.parametrize("text", ["", " \n", "x" * 65_537, "\ud800", None, 5])
def test_a_comment_says_something(text: Any) -> None:
    """But not too much."""
    with pytest.raises(UsageError, match=r"^comment: expected"):
        checked_text(text, argument="comment")
    assert " x\n" == checked_text(" x\n", argument="comment")


@pytest.mark.parametrize(("remark", "expected"), [(None, None), ("", None), (" \n", None), (" x ", "x")])
def test_a_remark_may_be_left_out(remark: str | None, expected: str | None) -> None:
    """A blank one is."""
    assert expected == checked_remark(remark, argument="comment")


@pytest.mark.parametrize("comment_id", ["", "a/b", "..", "ü", "a b", None, 5])
def test_what_is_no_id_of_a_comment_is_refused(comment_id: Any) -> None:
    """It becomes a part of the path."""
    with pytest.raises(UsageError, match=r"^comment_id: expected"):
        checked_comment_id(comment_id)
    assert "64f0aa" == checked_comment_id("64F0Aa")
