"""Uploads: preupload, LFS, one commit."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from attrs import evolve

from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.calls import Call, FileRange, JsonBody, JsonValue, StreamBody
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces._wire.uploads import (
    FileMode,
    LfsObject,
    LfsUpload,
    Preupload,
    complete_object,
    lfs_batch,
    lfs_batch_reply,
    part_reply,
    preupload,
    preupload_reply,
    store_object,
    store_part,
    verify_object,
)
from aiohfspaces.errors import MalformedReplyError

LFS_JSON = "application/vnd.git-lfs+json"
STORAGE = "https://storage.test/x?X-Amz-Signature=s3cr3t"


def reply(value: object) -> Reply:
    """Build a mirror's reply."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url="https://mirror.test/a", endpoint="https://mirror.test")


def call(path: str, parse: Any, body: Any, *, method: str = "POST", **facts: Any) -> Call[Any]:
    """Build a call that is safe to repeat."""
    return Call(method=method, path=path, parse=parse, body=body, repeatable=True, **facts)


def test_files_are_shown_before_they_are_sent() -> None:
    """Path, size and the first bytes; a ``.gitignore`` that comes along, and whether it opens a pull request."""
    files = [LocalFile(path="a", source=b"", size=9, sample=b"\0\xff")]
    shown: list[JsonValue] = [{"path": "a", "sample": "AP8=", "size": 9}]
    path = "/api/spaces/me/app/preupload/refs%2Fpr%2F1"
    assert call(path, preupload_reply, JsonBody({"files": shown})) == preupload(
        "me/app", "space", "refs/pr/1", files, git_ignore=None, create_pr=False
    )
    assert call(
        path, preupload_reply, JsonBody({"files": shown, "gitIgnore": ""}), query=(("create_pr", "1"),)
    ) == preupload("me/app", "space", "refs/pr/1", iter(files), git_ignore="", create_pr=True)


@pytest.mark.parametrize(("revision", "ref"), [(None, {}), ("main", {"ref": {"name": "main"}})])
def test_objects_are_asked_for_in_batches(revision: str | None, ref: dict[str, Any]) -> None:
    """In the words of git-lfs, each object by hash and size."""
    wanted = {
        "operation": "upload",
        "transfers": ["basic", "multipart"],
        "objects": [{"oid": "ff", "size": 9}],
        "hash_algo": "sha256",
    }
    assert call(
        "/spaces/me/app.git/info/lfs/objects/batch",
        lfs_batch_reply,
        JsonBody(wanted | ref, LFS_JSON),
        headers=(("Accept", LFS_JSON),),
    ) == lfs_batch("me/app", "space", revision, iter([LfsObject("ff", 9)]))


@pytest.mark.parametrize("source", [b"content", BytesIO(b"content")])
def test_an_object_is_put_with_its_length(source: Any) -> None:
    """From memory or from a file; the storage's headers go along."""
    part = FileRange(source, 0, 7)
    put = store_object(STORAGE, (("x-amz-acl", "private"),), part)
    assert call(STORAGE, nothing, StreamBody((part,)), method="PUT", headers=(("x-amz-acl", "private"),)) == put
    assert isinstance(put.body, StreamBody)
    assert 7 == put.body.length


def test_a_part_is_put_like_an_object_but_named_by_its_reply() -> None:
    """The storage's signature is in the address: nothing else goes along."""
    part = FileRange(b"content", 3, 4)
    assert call(STORAGE, part_reply, StreamBody((part,)), method="PUT") == store_part(STORAGE, part)


def test_the_parts_are_joined_by_their_names_in_order() -> None:
    """Numbered from one, as they are spelt, and in the words of git-lfs."""
    parts: list[JsonValue] = [{"partNumber": 1, "etag": '"b"'}, {"partNumber": 2, "etag": '"a"'}]
    assert call(
        STORAGE, nothing, JsonBody({"oid": "ff", "parts": parts}, LFS_JSON), headers=(("Accept", LFS_JSON),)
    ) == complete_object(STORAGE, "ff", iter(['"b"', '"a"']))


def test_a_part_is_named_by_its_etag() -> None:
    """Quotes and all: the storage wants it back as it gave it."""
    assert '"5d41"' == part_reply(evolve(reply({}), headers={"etag": '"5d41"'}))


@pytest.mark.parametrize("headers", [{}, {"etag": ""}])
def test_a_part_without_a_name_is_not_stored(headers: dict[str, str]) -> None:
    """It could not be told where it belongs."""
    with pytest.raises(MalformedReplyError) as caught:
        part_reply(evolve(reply({}), headers=headers))
    assert "ETag" == caught.value.field


def test_a_stored_object_is_verified() -> None:
    """Where the batch has asked for it."""
    assert call(STORAGE, nothing, JsonBody({"oid": "ff", "size": 9})) == verify_object(STORAGE, LfsObject("ff", 9))


def test_the_hub_says_how_it_wants_each_file() -> None:
    """And which head it looked at."""
    files = [
        {"path": "a", "uploadMode": "regular", "shouldIgnore": False},
        {"path": "b", "uploadMode": "lfs", "shouldIgnore": True, "oid": "ff"},
        {"path": "c", "uploadMode": "lfs"},
    ]
    read = (
        FileMode(path="a", lfs=False, ignored=False, oid=None),
        FileMode(path="b", lfs=True, ignored=True, oid="ff"),
        FileMode(path="c", lfs=True, ignored=False, oid=None),
    )
    assert Preupload(files=read, head="c0ffee") == preupload_reply(reply({"files": files, "commitOid": "c0ffee"}))
    assert Preupload(files=(), head=None) == preupload_reply(reply({"files": []}))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, LfsUpload(oid="ff")),
        ({"actions": None}, LfsUpload(oid="ff")),
        ({"actions": {}}, LfsUpload(oid="ff")),
        ({"error": {"code": 422, "message": "too big"}}, LfsUpload(oid="ff", error="too big")),
        ({"actions": {"upload": {"href": STORAGE}}}, LfsUpload(oid="ff", href=STORAGE)),
        (
            {
                "actions": {
                    "upload": {"href": "https://huggingface.co/x", "header": {"a": "b"}},
                    "verify": {"href": "https://huggingface.co/verify"},
                }
            },
            LfsUpload(
                oid="ff",
                href="https://mirror.test/x",
                headers=(("a", "b"),),
                verify="https://mirror.test/verify",
            ),
        ),
    ],
)
def test_the_storage_says_what_it_wants(told: dict[str, Any], expected: LfsUpload) -> None:
    """Nothing where the object is there already; addresses of the default endpoint are the mirror's."""
    assert (expected,) == lfs_batch_reply(reply({"objects": [{"oid": "ff", "size": 9} | told]}))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({}, ()),
        (
            {"10": "https://storage.test/10", "2": "https://storage.test/2", "1": "https://storage.test/1"},
            ("https://storage.test/1", "https://storage.test/2", "https://storage.test/10"),
        ),
        (
            {"00002": "https://huggingface.co/2", "00001": "/1"},
            ("https://mirror.test/1", "https://mirror.test/2"),
        ),
    ],
    ids=["none", "not in order", "with zeros"],
)
def test_a_large_object_goes_in_parts(header: dict[str, str], expected: tuple[str, ...]) -> None:
    """In the order of their numbers, not of their digits; what is no part is a header to send along."""
    upload = {"href": "https://huggingface.co/done", "header": {"chunk_size": "9", "x-kind": "multipart"} | header}
    assert (
        LfsUpload(
            oid="ff",
            href="https://mirror.test/done",
            headers=(("x-kind", "multipart"),),
            part_size=9,
            parts=expected,
            verify="https://mirror.test/verify",
        ),
    ) == lfs_batch_reply(
        reply({"objects": [{"oid": "ff", "actions": {"upload": upload, "verify": {"href": "/verify"}}}]})
    )


OBJECTS = "objects[0].actions.upload"


def offered(**upload: Any) -> dict[str, Any]:
    """Build the storage's answer for one object."""
    return {"objects": [{"oid": "ff", "actions": {"upload": upload}}]}


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (preupload_reply, {}, "files"),
        (preupload_reply, {"files": [{"path": "a", "uploadMode": "xet"}]}, "files[0].uploadMode"),
        (preupload_reply, {"files": [{"uploadMode": "lfs"}]}, "files[0].path"),
        (lfs_batch_reply, {"objects": [{}]}, "objects[0].oid"),
        (lfs_batch_reply, {"objects": [{"oid": "ff", "error": {}}]}, "objects[0].error.message"),
        (lfs_batch_reply, offered(), f"{OBJECTS}.href"),
        (
            lfs_batch_reply,
            {"objects": [{"oid": "ff", "actions": {"upload": {"href": "local://x"}}}]},
            f"{OBJECTS}.href",
        ),
        (lfs_batch_reply, offered(href="http://x"), f"{OBJECTS}.href"),
        (
            lfs_batch_reply,
            {"objects": [{"oid": "ff", "actions": {"upload": {"href": STORAGE, "header": {"a": 5}}}}]},
            f"{OBJECTS}.header.a",
        ),
        (
            lfs_batch_reply,
            {"objects": [{"oid": "ff", "actions": {"upload": {"href": STORAGE, "header": {"a": "é\r\nb: c"}}}}]},
            f"{OBJECTS}.header.a",
        ),
        *(
            (lfs_batch_reply, offered(href=STORAGE, header={"chunk_size": size}), f"{OBJECTS}.header.chunk_size")
            for size in ("0", "-9", "nine", "", "9" * 13, 9)
        ),
        *(
            (lfs_batch_reply, offered(href=STORAGE, header={"chunk_size": "9", "1": part}), f"{OBJECTS}.header.1")
            for part in ("http://storage.test/1?s3cr3t", "local://1", 5)
        ),
    ],
)
def test_what_cannot_be_followed_is_named(parse: Any, value: object, path: str) -> None:
    """A word or an address that decides what comes next has to be known; no signature is shown."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert path == caught.value.field
    assert "s3cr3t" not in str(caught.value)
