"""Putting files into a repository: preupload, LFS, one commit.

Source: huggingface_hub 2.4.0, ``_commit_api`` and ``lfs``; git-lfs, ``docs/api/batch.md``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from attrs import frozen

from aiohfspaces._wire.calls import (
    Base64File,
    Call,
    FileRange,
    JsonBody,
    JsonValue,
    Query,
    StreamBody,
    post,
)
from aiohfspaces._wire.names import api_path, git_path, quoted_revision
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.models import RepoType

PREUPLOAD_FILES = 256
"""The most files that a client sends in one preupload call."""

LFS_BATCH_OBJECTS = 256
"""The most objects that a client sends in one LFS batch call."""

SAMPLE_BYTES = 512
"""The start of a file by which the Hub tells text from binary."""

_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+: [\x20-\x7e]*", re.ASCII)
_LFS_JSON = "application/vnd.git-lfs+json"


@frozen(kw_only=True)
class FileSample:
    """What preupload wants to know of a file."""

    path: str
    size: int
    sample: bytes


@frozen(kw_only=True)
class FileMode:
    """How the Hub wants a file.

    Attributes:
        path: In the repository.
        lfs: Whether it goes into the large file storage.
        ignored: Whether the repository's ``.gitignore`` keeps it out.
        oid: Id of what is there now: a git id, or a SHA-256 for LFS; ``None`` for a new path.
    """

    path: str
    lfs: bool
    ignored: bool
    oid: str | None


@frozen(kw_only=True)
class Preupload:
    """How the Hub wants each file, and the head that it looked at."""

    files: tuple[FileMode, ...]
    head: str | None


@frozen
class LfsObject:
    """An object by its SHA-256 in hex and its size in bytes."""

    oid: str
    size: int


@frozen(kw_only=True)
class LfsUpload:
    """What the storage wants for an object.

    Attributes:
        oid: Which object.
        href: Where to put it; ``None`` if it is stored already.
        headers: To send along.
        verify: Where to say that it is there; ``None`` if nobody asks.
        error: Why it cannot be stored; ``None`` if it can.
    """

    oid: str
    href: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    verify: str | None = None
    error: str | None = None


@frozen(kw_only=True)
class RegularFile:
    """A file whose content goes into the commit."""

    path: str
    content: Base64File


@frozen(kw_only=True)
class LfsFile:
    """A file whose content is stored already."""

    path: str
    oid: str
    size: int


@frozen(kw_only=True)
class DeletedFile:
    """A path to remove."""

    path: str


CommitLine: TypeAlias = RegularFile | LfsFile | DeletedFile


@frozen(kw_only=True)
class NewCommit:
    """What the Hub says of a commit that it made."""

    oid: str
    url: str
    pr_url: str | None


def preupload(
    repo_id: str,
    repo_type: RepoType,
    revision: str,
    files: Iterable[FileSample],
    *,
    git_ignore: str | None,
    create_pr: bool,
) -> Call[Preupload]:
    """``POST /api/{repo_type}s/{repo_id}/preupload/{revision}``, up to `PREUPLOAD_FILES` at once."""
    described: list[JsonValue] = [
        {"path": file.path, "sample": base64.b64encode(file.sample).decode(), "size": file.size} for file in files
    ]
    body: dict[str, JsonValue] = {"files": described}
    if git_ignore is not None:
        body["gitIgnore"] = git_ignore
    return post(
        f"{api_path(repo_id, repo_type)}/preupload/{quoted_revision(revision)}",
        preupload_reply,
        body,
        repeatable=True,
        query=(("create_pr", "1"),) if create_pr else (),
    )


def lfs_batch(
    repo_id: str, repo_type: RepoType, revision: str | None, objects: Iterable[LfsObject]
) -> Call[tuple[LfsUpload, ...]]:
    """``POST {repo}.git/info/lfs/objects/batch``, up to `LFS_BATCH_OBJECTS` at once."""
    body: dict[str, JsonValue] = {
        "operation": "upload",
        "transfers": ["basic"],
        "objects": [{"oid": wanted.oid, "size": wanted.size} for wanted in objects],
        "hash_algo": "sha256",
    }
    if revision is not None:
        body["ref"] = {"name": revision}
    return Call(
        method="POST",
        path=f"{git_path(repo_id, repo_type)}.git/info/lfs/objects/batch",
        parse=lfs_batch_reply,
        headers=(("Accept", _LFS_JSON),),
        body=JsonBody(body, _LFS_JSON),
        repeatable=True,
    )


def store_object(href: str, headers: Query, content: FileRange) -> Call[None]:
    """``PUT`` an object to the storage: always with its length, since that refuses chunked bodies."""
    body = StreamBody((content,))
    return Call(method="PUT", path=href, parse=nothing, headers=headers, body=body, repeatable=True)


def verify_object(href: str, stored: LfsObject) -> Call[None]:
    """``POST`` to the batch's ``verify`` that an object is there."""
    return post(href, nothing, {"oid": stored.oid, "size": stored.size}, repeatable=True)


def commit(
    repo_id: str,
    repo_type: RepoType,
    revision: str,
    lines: Iterable[CommitLine],
    *,
    message: str,
    description: str,
    parent: str | None,
    create_pr: bool,
) -> Call[NewCommit]:
    """``POST /api/{repo_type}s/{repo_id}/commit/{revision}``: a header line, then one for each path.

    Twice might commit twice, so it is not repeated after a lost reply.
    """
    header: dict[str, JsonValue] = {"summary": message, "description": description}
    if parent is not None:
        header["parentCommit"] = parent
    parts: list[bytes | Base64File] = [_line("header", header)]
    for line in lines:
        parts += _line_parts(line)
    return Call(
        method="POST",
        path=f"{api_path(repo_id, repo_type)}/commit/{quoted_revision(revision)}",
        parse=commit_reply,
        query=(("create_pr", "1"),) if create_pr else (),
        body=StreamBody(tuple(_merged(parts)), "application/x-ndjson"),
        repeatable=False,
    )


def _line_parts(line: CommitLine) -> list[bytes | Base64File]:
    match line:
        case RegularFile(path=path, content=content):
            whole = _line("file", {"path": path, "encoding": "base64", "content": ""})
            return [whole[:-4], content, whole[-4:]]
        case LfsFile(path=path, oid=oid, size=size):
            return [_line("lfsFile", {"path": path, "algo": "sha256", "oid": oid, "size": size})]
        case DeletedFile(path=path):
            return [_line("deletedFile", {"path": path})]


def _line(key: str, value: JsonValue) -> bytes:
    return json.dumps({"key": key, "value": value}).encode() + b"\n"


def _merged(parts: Iterable[bytes | Base64File]) -> Iterator[bytes | Base64File]:
    """Join neighbouring bytes, so that ten thousand short lines are one piece to send."""
    waiting = bytearray()
    for part in parts:
        if isinstance(part, bytes):
            waiting += part
            continue
        yield bytes(waiting)
        waiting.clear()
        yield part
    if waiting:
        yield bytes(waiting)


def preupload_reply(reply: Reply) -> Preupload:
    """Read how the Hub wants each file."""
    answer = reply.json()
    return Preupload(files=answer.at("files").items(_file_mode), head=answer.maybe("commitOid", Field.text))


def lfs_batch_reply(reply: Reply) -> tuple[LfsUpload, ...]:
    """Read what the storage wants for each object."""
    return reply.json().at("objects").items(lambda wanted: _lfs_upload(wanted, reply))


def commit_reply(reply: Reply) -> NewCommit:
    """Read what was committed."""
    made = reply.json()
    return NewCommit(
        oid=made.at("commitOid").text(),
        url=reply.hub_url(made.at("commitUrl").text()),
        pr_url=made.maybe("pullRequestUrl", lambda url: reply.hub_url(url.text())),
    )


def _file_mode(file: Field) -> FileMode:
    mode = file.at("uploadMode").text()
    if mode not in ("lfs", "regular"):
        raise file.at("uploadMode").unknown()
    return FileMode(
        path=file.at("path").text(),
        lfs=mode == "lfs",
        ignored=file.maybe("shouldIgnore", Field.flag) or False,
        oid=file.maybe("oid", Field.text),
    )


def _lfs_upload(wanted: Field, reply: Reply) -> LfsUpload:
    oid = wanted.at("oid").text()
    if (error := wanted.maybe("error", lambda error: error.at("message").text())) is not None:
        return LfsUpload(oid=oid, error=error)
    actions = wanted.maybe("actions", lambda actions: actions)
    upload = actions.maybe("upload", lambda upload: upload) if actions else None
    if actions is None or upload is None:
        return LfsUpload(oid=oid)
    return LfsUpload(
        oid=oid,
        href=_target(upload, reply),
        headers=upload.maybe("header", lambda header: tuple(_header(*entry) for entry in header.entries())) or (),
        verify=actions.maybe("verify", lambda verify: _target(verify, reply)),
    )


def _header(name: str, value: Field) -> tuple[str, str]:
    """Read a header to send; ``chunk_size`` would ask for a transfer in parts, which was not offered."""
    if name == "chunk_size" or not _HEADER.fullmatch(f"{name}: {value.text()}"):
        raise value.unknown()
    return name, value.text()


def _target(action: Field, reply: Reply) -> str:
    href = action.at("href")
    return reply.target(href.text(), field=href.path)
