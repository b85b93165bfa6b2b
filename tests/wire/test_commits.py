"""One commit: its lines, its bytes, and what the Hub made of it."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire.calls import Base64File, Call, FileRange, StreamBody
from aiohfspaces._wire.commits import (
    CommitLine,
    LfsFile,
    NewCommit,
    RegularFile,
    RemovedPath,
    card_reply,
    check_card,
    commit,
    commit_reply,
)
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError


def reply(value: object) -> Reply:
    """Build a mirror's reply."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url="https://mirror.test/a", endpoint="https://mirror.test")


def committed(*lines: CommitLine, **facts: Any) -> Call[NewCommit]:
    """Build a commit to a Space."""
    known: dict[str, Any] = {"message": "Add", "description": "", "parent": None, "create_pr": False}
    return commit("me/app", "space", "main", lines, **known | facts)


def sent(call: Call[Any]) -> bytes:
    """Make the bytes of a commit as they travel."""
    assert isinstance(call.body, StreamBody)
    content = b""
    for part in call.body.parts:
        assert not isinstance(part, FileRange)
        if isinstance(part, Base64File):
            assert isinstance(part.source, BytesIO | bytes)
            part = base64.b64encode(part.source if isinstance(part.source, bytes) else part.source.getvalue())
        content += part
    assert len(content) == call.body.length
    return content


def test_a_commit_is_a_header_and_a_line_for_each_path() -> None:
    """In the order given, contents in base64, neighbours joined into one piece."""
    made = committed(
        RemovedPath(path="old"),
        RegularFile(path="é", content=Base64File(b"one", 3)),
        RegularFile(path="b", content=Base64File(BytesIO(b"two"), 3)),
        RegularFile(path="c", content=Base64File(BytesIO(b""), 0)),
        LfsFile(path="d", oid="ff", size=9),
        LfsFile(path="copy", oid="ff"),
        RemovedPath(path="logs", is_folder=True),
        description="More",
        parent="c0ffee",
    )
    assert [
        {"key": "header", "value": {"summary": "Add", "description": "More", "parentCommit": "c0ffee"}},
        {"key": "deletedFile", "value": {"path": "old"}},
        {"key": "file", "value": {"path": "é", "encoding": "base64", "content": "b25l"}},
        {"key": "file", "value": {"path": "b", "encoding": "base64", "content": "dHdv"}},
        {"key": "file", "value": {"path": "c", "encoding": "base64", "content": ""}},
        {"key": "lfsFile", "value": {"path": "d", "algo": "sha256", "oid": "ff", "size": 9}},
        {"key": "lfsFile", "value": {"path": "copy", "algo": "sha256", "oid": "ff"}},
        {"key": "deletedFolder", "value": {"path": "logs"}},
    ] == list(map(json.loads, sent(made).splitlines()))
    assert isinstance(made.body, StreamBody)
    assert [bytes, Base64File, bytes, Base64File, bytes, Base64File, bytes] == list(map(type, made.body.parts))
    assert "application/x-ndjson" == made.body.content_type


@pytest.mark.parametrize(
    ("flags", "query"),
    [
        ({}, ()),
        ({"create_pr": True}, (("create_pr", "1"),)),
        ({"create_pr": True, "hot_reload": True}, (("create_pr", "1"), ("hot_reload", "1"))),
    ],
)
def test_a_commit_is_never_repeated_blindly(flags: dict[str, bool], query: Any) -> None:
    """Twice might commit twice."""
    made = committed(**flags)
    assert ("POST", "/api/spaces/me/app/commit/main", query) == (made.method, made.path, made.query)
    assert not made.repeatable
    assert b'{"key": "header", "value": {"summary": "Add", "description": ""}}\n' == sent(made)


PATHS = st.text(min_size=1)
LINES = st.one_of(
    PATHS.map(lambda path: RemovedPath(path=path)),
    st.builds(lambda path, size: LfsFile(path=path, oid="ff", size=size), PATHS, st.integers(0)),
    st.builds(
        lambda path, content: RegularFile(path=path, content=Base64File(content, len(content))), PATHS, st.binary()
    ),
    st.builds(
        lambda path, content: RegularFile(path=path, content=Base64File(BytesIO(content), len(content))),
        PATHS,
        st.binary(),
    ),
)


@given(st.lists(LINES), st.text())
def test_any_commit_reads_back_as_it_was_meant(lines: list[CommitLine], message: str) -> None:
    """One line of JSON for each path, whatever is in names, messages and contents, of the length that was announced."""
    header, *read = map(json.loads, sent(committed(*lines, message=message)).splitlines())
    assert message == header["value"]["summary"]
    assert [line.path for line in lines] == [line["value"]["path"] for line in read]
    for line, back in zip(lines, read, strict=True):
        if isinstance(line, RegularFile):
            source = line.content.source
            content = source if isinstance(source, bytes) else getattr(source, "getvalue", bytes)()
            assert content == base64.b64decode(back["value"]["content"])


@pytest.mark.parametrize(
    ("pr_url", "expected"),
    [(None, None), ("https://huggingface.co/me/x/discussions/1", "https://mirror.test/me/x/discussions/1")],
)
def test_the_hub_says_what_it_committed(pr_url: str | None, expected: str | None) -> None:
    """Its id, its address at the mirror, and the pull request that it opened."""
    told = {"commitOid": "c0ffee", "commitUrl": "https://huggingface.co/c/c0ffee", "pullRequestUrl": pr_url}
    assert NewCommit(oid="c0ffee", url="https://mirror.test/c/c0ffee", pr_url=expected) == commit_reply(reply(told))


def test_a_card_is_checked_as_text() -> None:
    """The Hub is told which kind of repository it is for; looking twice does no harm."""
    call = check_card("---\nsdk: flask\n---", "space")
    assert ("POST", "/api/validate-yaml", True) == (call.method, call.path, call.repeatable)
    assert call.body is not None
    assert {"content": "---\nsdk: flask\n---", "repoType": "space"} == getattr(call.body, "value", None)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ()),
        ({"errors": [], "warnings": []}, ()),
        ({"warnings": [{"message": "empty"}, {"message": "b"}]}, ("empty", "b")),
    ],
)
def test_what_is_doubtful_of_a_card_comes_back(told: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Each a sentence, in the Hub's order."""
    assert expected == card_reply(reply(told))


@pytest.mark.parametrize(("told", "field"), [({"commitUrl": "x"}, "commitOid"), ({"commitOid": "x"}, "commitUrl")])
def test_a_commit_without_its_facts_is_malformed(told: dict[str, Any], field: str) -> None:
    """The error names what is missing."""
    with pytest.raises(MalformedReplyError) as caught:
        commit_reply(reply(told))
    assert field == caught.value.field
