"""The rules of discussions, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aiohfspaces.localhub import discussions
from aiohfspaces.localhub.discussions import Discussion, Voice
from aiohfspaces.localhub.refusals import Refusal

AUTHOR = Voice("author", 10, is_writer=False)
WRITER = Voice("writer", 20, is_writer=True)
GUEST = Voice("guest", 30, is_writer=False)


def begun(*, base: str | None = None, status: str = "open") -> Discussion:
    """Begin one."""
    return discussions.begin(3, "A title", "First words", AUTHOR, base=base, status=status)


def test_what_is_said_and_done_is_kept_in_order() -> None:
    """Each step leaves the one before as it was."""
    first = begun(base="refs/heads/main", status="draft")
    committed = discussions.note_commit(first, "c0ffee", "Add", AUTHOR)
    opened = discussions.change_status(committed, "open", None, AUTHOR)
    closed = discussions.change_status(opened, "closed", "No", WRITER)
    merged = discussions.merge(discussions.change_status(closed, "open", "", WRITER), "beef", "Thanks", WRITER)
    kinds = ["comment" if isinstance(event, discussions.Comment) else event.kind for event in merged.events]
    change = "status-change"
    assert ["comment", "commit", change, "comment", change, change, "comment", change] == kinds
    assert ("draft", "open", "closed", "merged") == (first.status, opened.status, closed.status, merged.status)
    assert (None, "beef", "refs/pr/3") == (closed.merge_commit, merged.merge_commit, merged.ref)
    assert "A title (#3)\n\n- Add (c0ffee)" == discussions.merge_message(merged)
    assert "A title (#3)" == discussions.merge_message(first)


@pytest.mark.parametrize("by", [AUTHOR, WRITER])
def test_the_author_and_who_may_write_may_change_it(by: Voice) -> None:
    """Title, status and comments."""
    first = begun()
    comment = first.comments[0].id
    assert "Other" == discussions.rename(first, "Other", by).title
    assert "closed" == discussions.change_status(first, "closed", None, by).status
    edited = discussions.edit(first, comment, "Other words", by).comments[0]
    assert [("First words", "author"), ("Other words", by.name)] == [
        (version.text, version.author) for version in edited.versions
    ]
    hidden = discussions.hide(first, comment, by).comments[0]
    assert ([""], by.name) == ([version.text for version in hidden.versions], hidden.hidden_by)


def test_others_may_only_talk() -> None:
    """403 for the rest."""
    first = begun()
    comment = first.comments[0].id
    assert "Hi" == discussions.comment(first, "Hi", GUEST).comments[-1].versions[0].text
    steps: tuple[Callable[[], Discussion], ...] = (
        lambda: discussions.rename(first, "Other", GUEST),
        lambda: discussions.change_status(first, "closed", None, GUEST),
        lambda: discussions.edit(first, comment, "Other", GUEST),
        lambda: discussions.hide(first, comment, GUEST),
    )
    for step in steps:
        with pytest.raises(Refusal) as caught:
            step()
        assert 403 == caught.value.status


def test_what_is_hidden_stays_so() -> None:
    """And a comment that is not there cannot be changed."""
    first = begun()
    hidden = discussions.hide(first, first.comments[0].id, AUTHOR)
    for comment_id, status in ((hidden.comments[0].id, 400), ("0" * 24, 404)):
        with pytest.raises(Refusal) as caught:
            discussions.edit(hidden, comment_id, "Back", AUTHOR)
        assert status == caught.value.status


@pytest.mark.parametrize("status", ["draft", "closed", "merged"])
def test_only_an_open_pull_request_is_merged(status: str) -> None:
    """And no discussion."""
    discussions.check_mergeable(begun(base="refs/heads/main"))
    for found in (begun(base="refs/heads/main", status=status), begun()):
        with pytest.raises(Refusal) as caught:
            discussions.check_mergeable(found)
        assert 400 == caught.value.status


@pytest.mark.parametrize(("before", "after"), [("open", "open"), ("closed", "closed"), ("merged", "open")])
def test_a_status_that_changes_nothing_is_refused(before: str, after: str) -> None:
    """So is one for what was merged."""
    with pytest.raises(Refusal) as caught:
        discussions.change_status(begun(status=before), after, None, AUTHOR)
    assert 400 == caught.value.status


@pytest.mark.parametrize("title", ["ab", "x" * 201, "\U0001f600" * 101])
def test_titles_have_a_length(title: str) -> None:
    """Counted as JavaScript does."""
    with pytest.raises(Refusal):
        discussions.check_title(title)
    assert "\U0001f600" * 100 == discussions.check_title("\U0001f600" * 100)


def test_comments_have_a_length() -> None:
    """64 Ki characters."""
    assert "x" * 65_536 == discussions.check_text("x" * 65_536, "comment")
    with pytest.raises(Refusal):
        discussions.check_text("x" * 65_537, "comment")
