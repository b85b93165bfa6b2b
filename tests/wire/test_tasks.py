"""The head of a dataset, with the Hub's time."""

from __future__ import annotations

import json

import pytest

from aiohfspaces import MalformedReplyError
from aiohfspaces._wire.replies import Reply
from aiohfspaces._wire.tasks import Head, dataset_head, head_reply

COMMIT = {"id": "c0ffee", "authors": [{"user": "me"}], "date": "2026-11-22T15:30:00.000Z", "title": "x"}


def reply(history: list[object], **headers: str) -> Reply:
    """Build what the Hub answers."""
    return Reply(
        status=200,
        headers=headers,
        content=json.dumps(history).encode(),
        url="https://hub.test/api",
        endpoint="https://hub.test",
    )


def test_the_history_is_asked() -> None:
    """Its first page, which is as short for a dataset of many files."""
    call = dataset_head("me/tasks")
    assert ("GET", "/api/datasets/me/tasks/commits/main", True) == (call.method, call.path, call.repeatable)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"date": "Sun, 22 Nov 2026 15:30:00 GMT"}, 1795361400.0), ({"date": "today"}, None), ({}, None)],
)
def test_the_time_is_the_replys(headers: dict[str, str], expected: float | None) -> None:
    """It is the Hub's ``Date``, if it says one."""
    assert Head("c0ffee", expected) == head_reply(reply([COMMIT, {**COMMIT, "id": "old"}], **headers))


def test_without_a_commit_there_is_no_head() -> None:
    """Every repository of the Hub has one."""
    with pytest.raises(MalformedReplyError, match="expected a commit"):
        head_reply(reply([]))
