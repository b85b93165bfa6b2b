"""Content: trees, histories, and where a file is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import content
from aiohfspaces._wire.calls import Call, get, post
from aiohfspaces._wire.content import (
    checked_file_url,
    commits_reply,
    file_metadata_reply,
    normalized_etag,
    tree_reply,
)
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import (
    BlobLfsInfo,
    BlobSecurityInfo,
    GitCommitInfo,
    HfFileMetadata,
    LastCommitInfo,
    RepoFile,
    RepoFolder,
)

OID = "0123456789abcdef0123456789abcdef01234567"
HERE = "https://mirror.test/spaces/me/app/resolve/main/a.bin"
HUB = "https://mirror.test"
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
            get(f"{API}/tree/refs%2Fpr%2F1/a%20b%2Fc", tree_reply, (("recursive", "true"),)),
        ),
        (
            content.list_tree("me/app", "space", "main", recursive=False, expand=True),
            get(f"{API}/tree/main", tree_reply, (("expand", "true"),)),
        ),
        (
            content.paths_info("me/app", "space", "a/b", ["x y", "ü"], expand=True),
            post(f"{API}/paths-info/a%2Fb", tree_reply, {"paths": ["x y", "ü"], "expand": True}, repeatable=True),
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


@pytest.mark.parametrize(
    ("built", "path", "query"),
    [
        (content.tree_size("me/app", "space", "a/b", "x y/z"), f"{API}/treesize/a%2Fb/x%20y/z", ()),
        (content.tree_size("me/app", "space", "main", ""), f"{API}/treesize/main/", ()),
        (content.compare("me/app", "space", "v1", "a/b"), f"{API}/compare/v1..a%2Fb", (("raw", "1"),)),
        (content.head_of("me/app", "space", None), API, ()),
        (content.head_of("me/app", "space", "a/b"), f"{API}/revision/a%2Fb", ()),
        (content.whole_file("me/app", "space", "main", "a b"), "/spaces/me/app/resolve/main/a%20b", ()),
    ],
)
def test_each_of_the_others_is_one_get(built: Call[Any], path: str, query: Any) -> None:
    """Safe to repeat, and without a body."""
    assert ("GET", path, query, None, True) == (built.method, built.path, built.query, built.body, built.repeatable)


def test_the_size_of_a_folder_is_in_bytes() -> None:
    """Whatever path the Hub says it is of."""
    assert 42 == content.tree_size("me/app", "space", "main", "").parse(reply({"path": "/", "size": 42}))


@pytest.mark.parametrize(
    ("body", "kind"), [(b"diff --git a/x b/x\n", "text/plain"), (b'"diff --git a/x b/x\\n"', "application/json")]
)
def test_a_diff_is_text(body: bytes, kind: str) -> None:
    """As it is, or as JSON has it."""
    answer = Reply(status=200, headers={"content-type": kind}, content=body, url=HUB, endpoint=HUB)
    assert "diff --git a/x b/x\n" == content.diff_reply(answer)


@pytest.mark.parametrize("sha", ["", "..", "../x", "/etc"])
def test_a_commit_id_that_is_no_name_is_malformed(sha: str) -> None:
    """It names a folder of the cache."""
    with pytest.raises(MalformedReplyError):
        content.head_of("me/app", "space", None).parse(reply({"sha": sha}))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{HUB}/spaces/me/app/resolve/main/a%20b/c.py", "/spaces/me/app/resolve/main/a%20b/c.py"),
        ("https://huggingface.co/me/net/resolve/refs%2Fpr%2F1/x", "/me/net/resolve/refs%2Fpr%2F1/x"),
    ],
)
def test_a_file_has_an_address_at_the_hub(url: str, expected: str) -> None:
    """The default Hub's address stands for any."""
    assert expected == checked_file_url(url, HUB)


@pytest.mark.parametrize(
    "url",
    [
        f"{HUB}.evil.test/spaces/me/app/resolve/main/x",
        f"{HUB}@evil.test/spaces/me/app/resolve/main/x",
        "https://evil.test/spaces/me/app/resolve/main/x",
        f"{HUB}/spaces/me/app/blob/main/x",
        f"{HUB}/spaces/me/app/resolve/main/a b",
        f"{HUB}/spaces/me/app/resolve/main/x?y",
        f"{HUB}/spaces/me/app/resolve/main/x#y",
        f"{HUB}/spaces/me/app/resolve/main/ü",
        f"{HUB}//evil.test/resolve/main/x",
        f"{HUB}/spaces/me/app/resolve/main/x\n",
        "",
        None,
    ],
)
def test_no_other_address_is_asked(url: Any) -> None:
    """The token goes along, so it must be this Hub and nothing else."""
    with pytest.raises(UsageError, match=r"^url: "):
        checked_file_url(url, HUB)


def test_a_tree_tells_more_when_it_is_expanded() -> None:
    """The last commit of each entry, and what scanners found."""
    told = {"lastCommit": {"id": OID, "title": "Add", "date": "2025-01-01T00:00:00.000Z"}}
    found = {"status": "unsafe", "avScan": {"status": "queued"}, "pickleImportScan": None}
    last = LastCommitInfo(oid=OID, title="Add", date=datetime(2025, 1, 1, tzinfo=UTC))
    security = BlobSecurityInfo(status="unsafe", av_scan={"status": "queued"})
    assert (
        RepoFile(path="a", size=1, blob_id="1", last_commit=last, security=security),
        RepoFolder(path="b", tree_id="2", last_commit=last),
    ) == tree_reply(
        reply(
            [
                {"type": "file", "path": "a", "size": 1, "oid": "1", "securityFileStatus": found, **told},
                {"type": "directory", "path": "b", "oid": "2", **told},
            ]
        )
    )
    assert (False, True) == (security.safe, BlobSecurityInfo(status="safe").safe)


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
    assert HfFileMetadata(commit_hash=OID, etag=etag, location=location, size=size) == file_metadata_reply(
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
