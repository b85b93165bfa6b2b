"""Content: trees, histories, and where a file is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import content
from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.content import (
    FileMetadata,
    commits_reply,
    file_metadata_reply,
    normalized_etag,
    tree_reply,
)
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import BlobLfsInfo, GitCommitInfo, RepoFile, RepoFolder

OID = "0123456789abcdef0123456789abcdef01234567"
HERE = "https://mirror.test/spaces/me/app/resolve/main/a.bin"
API = "/api/spaces/me/app"


def reply(value: object = None, **headers: str) -> Reply:
    """Build a mirror's reply; headers are named with underscores."""
    return Reply(
        status=200,
        headers={name.replace("_", "-"): text for name, text in headers.items()},
        content=json.dumps(value).encode(),
        url=HERE,
        endpoint="https://mirror.test",
    )


def head(**headers: str) -> Reply:
    """Build the reply to a look at a regular file, or one that differs in some headers."""
    return reply(**{"x_repo_commit": OID, "etag": '"abc"'} | headers)


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (content.list_tree("me/app", "space", "main", recursive=False), get(f"{API}/tree/main", tree_reply)),
        (
            content.list_tree("me/app", "space", "refs/pr/1", "a b/c", recursive=True),
            get(f"{API}/tree/refs%2Fpr%2F1/a%20b/c", tree_reply, (("recursive", "true"),)),
        ),
        (
            content.list_commits("me/app", "space", "main", formatted=False),
            get(f"{API}/commits/main", commits_reply),
        ),
        (
            content.list_commits("me/app", "space", "main", formatted=True),
            get(f"{API}/commits/main", commits_reply, (("expand[]", "formatted"),)),
        ),
        (
            content.file_metadata("me/net", "model", "refs/pr/1", "a/b#c?.py"),
            Call(
                method="HEAD",
                path="/me/net/resolve/refs%2Fpr%2F1/a/b%23c%3F.py",
                parse=file_metadata_reply,
                headers=(("Accept-Encoding", "identity"),),
                repeatable=True,
                stops_at_origin=True,
            ),
        ),
    ],
)
def test_each_look_is_one_call(built: Call[Any], expected: Call[Any]) -> None:
    """Names are encoded; a file's bytes are asked for as they are, and a redirect to them is the answer."""
    assert expected == built


def test_a_tree_is_files_and_folders() -> None:
    """In the order of the Hub; what is neither is left out."""
    assert (
        RepoFolder(path="src", tree_id="t1"),
        RepoFile(path="a.py", size=0, blob_id="b1"),
        RepoFile(
            path="b.bin", size=9, blob_id="b2", lfs=BlobLfsInfo(size=9, sha256="ff", pointer_size=130), xet_hash="x1"
        ),
    ) == tree_reply(
        reply(
            [
                {"type": "directory", "path": "src", "oid": "t1"},
                {"type": "file", "path": "a.py", "oid": "b1", "size": 0},
                {"type": "submodule", "path": "sub", "oid": "s1"},
                {
                    "type": "file",
                    "path": "b.bin",
                    "oid": "b2",
                    "size": 9,
                    "xetHash": "x1",
                    "lfs": {"oid": "ff", "size": 9, "pointerSize": 130},
                },
            ]
        )
    )


def test_a_history_is_commits() -> None:
    """Newest first, as the Hub says them; HTML only where it was asked for."""
    date, told = "2025-03-07T12:24:18Z", datetime(2025, 3, 7, 12, 24, 18, tzinfo=UTC)
    plain = {"id": OID, "authors": [{"user": "me"}, {"user": "you"}], "date": date, "title": "Add", "message": "More"}
    formatted = {"id": "b", "authors": [], "date": date, "title": "Add", "formatted": {"title": "<b>Add</b>"}}
    assert (
        GitCommitInfo(commit_id=OID, authors=("me", "you"), created_at=told, title="Add", message="More"),
        GitCommitInfo(
            commit_id="b", authors=(), created_at=told, title="Add", message="", formatted_title="<b>Add</b>"
        ),
    ) == commits_reply(reply([plain, formatted]))


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (tree_reply, {}, "body"),
        (tree_reply, [{"type": "file", "path": "a", "oid": "b"}], "[0].size"),
        (tree_reply, [{"type": "file", "path": "a", "oid": "b", "size": 1, "lfs": {"size": 1}}], "[0].lfs.oid"),
        (commits_reply, [{"id": "a", "authors": [{}]}], "[0].authors[0].user"),
    ],
)
def test_a_field_of_another_shape_is_named(parse: Any, value: object, path: str) -> None:
    """The error leads to the field."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert path == caught.value.field


@pytest.mark.parametrize(
    ("headers", "etag", "location", "size"),
    [
        ({"content_length": "7"}, "abc", HERE, 7),
        ({}, "abc", HERE, None),
        ({"etag": 'W/"abc"'}, "abc", HERE, None),
        (
            {
                "location": "https://cdn.test/x?sig=1",
                "content_length": "0",
                "x_linked_etag": '"ff"',
                "x_linked_size": "9",
            },
            "ff",
            "https://cdn.test/x?sig=1",
            9,
        ),
        ({"location": "https://cdn.test/x", "content_length": "1234"}, "abc", "https://cdn.test/x", None),
        ({"location": "//cdn.test/x"}, "abc", "https://cdn.test/x", None),
        ({"location": "/api/resolve-cache/x"}, "abc", "https://mirror.test/api/resolve-cache/x", None),
        ({"location": "https://huggingface.co/x"}, "abc", "https://mirror.test/x", None),
    ],
)
def test_a_file_is_known_by_its_headers(headers: dict[str, str], etag: str, location: str, size: int | None) -> None:
    """What is said of the object behind it wins; the length of a redirect is not the file's."""
    assert FileMetadata(commit_hash=OID, etag=etag, location=location, size=size) == file_metadata_reply(
        head(**headers)
    )


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"x_linked_size": "nine"}, "X-Linked-Size"),
        ({"x_linked_size": "²"}, "X-Linked-Size"),
        ({"x_linked_size": "-1"}, "X-Linked-Size"),
        ({"location": "http://cdn.test/x"}, "Location"),
        ({"location": "local://x"}, "Location"),
        *(
            ({"etag": etag}, "etag")
            for etag in ('""', '".."', '"../../x"', "/etc/passwd", "a/../b", "C:x", "a\0b", "..\\x")
        ),
        ({"x_linked_etag": '"../x"'}, "x-linked-etag"),
        *(({"x_repo_commit": commit}, "X-Repo-Commit") for commit in ("", "..", "../x", "/x")),
    ],
)
def test_headers_are_not_trusted_with_the_disk_or_the_network(headers: dict[str, str], field: str) -> None:
    """An etag and a commit name files in the cache, and a location is where a request goes."""
    with pytest.raises(MalformedReplyError) as caught:
        file_metadata_reply(head(**headers))
    assert field == caught.value.field


@pytest.mark.parametrize("missing", ["X-Repo-Commit", "etag"])
def test_a_reply_without_its_headers_is_malformed(missing: str) -> None:
    """The error names the header."""
    headers = {"x_repo_commit": OID, "etag": '"abc"'}
    del headers[missing.lower().replace("-", "_")]
    with pytest.raises(MalformedReplyError) as caught:
        file_metadata_reply(reply(**headers))
    assert missing == caught.value.field


@pytest.mark.parametrize("etag", ["abc", '"abc"', 'W/"abc"'])
def test_an_etag_can_name_a_file(etag: str) -> None:
    """Quotes and the mark of a weak one are taken off."""
    assert "abc" == normalized_etag(etag)
