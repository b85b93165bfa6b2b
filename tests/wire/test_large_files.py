"""Large files by their content: listed, deleted, given away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire.calls import JsonValue, get, post
from aiohfspaces._wire.large_files import (
    XetObject,
    delete_lfs_files,
    duplicate_lfs_files,
    failures_reply,
    lfs_files_reply,
    list_lfs_files,
)
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import LFSFileInfo

API = "/api/datasets/me/data/lfs-files"


def reply(value: object) -> Reply:
    """Build a reply."""
    return Reply(status=200, headers={}, content=json.dumps(value).encode(), url="https://hub.test", endpoint="")


def test_each_is_one_call() -> None:
    """All are safe to repeat: what is gone, or given, stays so."""
    assert get(API, lfs_files_reply) == list_lfs_files("me/data", "dataset")
    deletions: JsonValue = {"deletions": {"sha": ["a", "b"], "rewriteHistory": False}}
    assert post(f"{API}/batch", nothing, deletions, repeatable=True) == delete_lfs_files(
        "me/data", "dataset", iter("ab"), rewrite_history=False
    )
    given: JsonValue = {
        "target": {"type": "space", "name": "me/app"},
        "files": [{"xetHash": "x", "sha256": "1", "filename": "a/b"}],
    }
    assert post(f"{API}/duplicate", failures_reply, given, repeatable=True) == duplicate_lfs_files(
        "me/data", "dataset", "me/app", "space", [XetObject(sha256="1", xet_hash="x", path="a/b")]
    )


FILE = {"fileOid": "1", "oid": "2", "size": 9, "pushedAt": "2025-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, {"filename": None}),
        (
            {"filename": "a", "ref": "main", "xetHash": "x", "pusher": {}},
            {"filename": "a", "ref": "main", "xet_hash": "x"},
        ),
    ],
)
def test_a_large_file_is_known_by_its_content(told: dict[str, Any], expected: dict[str, Any]) -> None:
    """Where it is, and when it came, as far as the Hub says."""
    pushed = datetime(2025, 1, 1, tzinfo=UTC)
    assert (LFSFileInfo(file_oid="1", oid="2", size=9, pushed_at=pushed, **expected),) == lfs_files_reply(
        reply([FILE | told])
    )


@pytest.mark.parametrize("missing", FILE)
def test_a_large_file_without_its_facts_is_malformed(missing: str) -> None:
    """The error names what is missing."""
    with pytest.raises(MalformedReplyError) as caught:
        lfs_files_reply(reply([{key: value for key, value in FILE.items() if key != missing}]))
    assert f"[0].{missing}" == caught.value.field


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"success": True, "processed": 1, "succeeded": 1, "failed": []}, {}),
        ({}, {}),
        ({"failed": [{"xetHash": "x", "sha256": "1", "error": "too far"}]}, {"1": "too far"}),
        ({"failed": [{"sha256": "1"}]}, {"1": "the Hub does not say why"}),
    ],
)
def test_the_hub_says_what_it_could_not_give_away(told: dict[str, Any], expected: dict[str, str]) -> None:
    """Each with its reason."""
    assert expected == failures_reply(reply(told))
