"""Refs: what is asked for, and what a reply means."""

from __future__ import annotations

from typing import Any

import pytest

from aiohfspaces._wire import refs
from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.refs import checked_squash_message, refs_reply
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import GitRefInfo, GitRefs

SPACE = "/api/spaces/me/app"


def call(method: str, path: str, body: Any = None, *, repeatable: bool) -> Call[None]:
    """Build a call whose reply says nothing."""
    return Call(
        method=method,
        path=path,
        parse=nothing,
        body=None if body is None else JsonBody(body),
        repeatable=repeatable,
    )


def read(content: str) -> GitRefs:
    """Read a reply."""
    return refs_reply(
        Reply(status=200, headers={}, content=content.encode(), url="https://hub.test/x", endpoint="https://hub.test")
    )


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (
            refs.create_branch("me/app", "space", "dev/x", None),
            call("POST", f"{SPACE}/branch/dev%2Fx", {}, repeatable=False),
        ),
        (
            refs.create_branch("me/app", "space", "b", "refs/pr/1"),
            call("POST", f"{SPACE}/branch/b", {"startingPoint": "refs/pr/1"}, repeatable=False),
        ),
        (refs.delete_branch("me/app", "space", "dev/x"), call("DELETE", f"{SPACE}/branch/dev%2Fx", repeatable=True)),
        (
            refs.create_tag("me/d", "dataset", "v/1", None, "a/b"),
            call("POST", "/api/datasets/me/d/tag/a%2Fb", {"tag": "v/1"}, repeatable=False),
        ),
        (refs.delete_tag("me/app", "space", "v/1"), call("DELETE", f"{SPACE}/tag/v%2F1", repeatable=True)),
        (
            refs.super_squash("me/app", "space", "main", "One"),
            call("POST", f"{SPACE}/super-squash/main", {"message": "One"}, repeatable=False),
        ),
    ],
)
def test_names_are_one_part_of_the_path(built: Call[None], expected: Call[None]) -> None:
    """Whatever slashes they hold; what would do something twice is not repeatable."""
    assert expected == built


@pytest.mark.parametrize(
    ("more", "pull_requests"),
    [("", None), (', "pullRequests": []', ()), (', "converts": null, "pullRequests": null', None)],
)
def test_refs_are_read_by_kind(more: str, pull_requests: Any) -> None:
    """Pull requests are not told unless they were asked for."""
    one = '{"name": "dev/x", "ref": "refs/heads/dev/x", "targetCommit": "c0ffee", "new": 1}'
    expected = GitRefInfo(name="dev/x", ref="refs/heads/dev/x", target_commit="c0ffee")
    assert GitRefs(branches=(expected,), converts=(), tags=(expected, expected), pull_requests=pull_requests) == read(
        f'{{"branches": [{one}], "tags": [{one}, {one}]{more}}}'
    )


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ("{}", "branches"),
        ('{"branches": []}', "tags"),
        ('{"branches": [{"name": "x"}], "tags": []}', "branches[0].ref"),
    ],
)
def test_what_is_missing_is_named(content: str, path: str) -> None:
    """As a path from the root."""
    with pytest.raises(MalformedReplyError) as caught:
        read(content)
    assert path == caught.value.field


@pytest.mark.parametrize("message", [None, "", "x" * 500])
def test_the_message_of_a_squash_may_be_as_long_as_the_hub_takes(message: str | None) -> None:
    """Or missing, which leaves it to the caller."""
    assert message == checked_squash_message(message)
