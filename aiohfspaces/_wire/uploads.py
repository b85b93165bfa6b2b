"""How the Hub wants files, and putting large ones into the storage.

Source: huggingface_hub 2.4.0, ``_commit_api`` and ``lfs``; git-lfs, ``docs/api/batch.md``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Protocol

from attrs import frozen

from aiohfspaces._wire.calls import (
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
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import RepoType

PREUPLOAD_FILES = 256
"""The most files that a client sends in one preupload call."""

LFS_BATCH_OBJECTS = 256
"""The most objects that a client sends in one LFS batch call."""

SAMPLE_BYTES = 512
"""The start of a file by which the Hub tells text from binary."""

_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+: [\x20-\x7e]*", re.ASCII)
_PART_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_LFS_JSON = "application/vnd.git-lfs+json"


class FileSample(Protocol):
    """What preupload wants to know of a file."""

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def sample(self) -> bytes: ...


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
        href: Where to put it, or where to say that all its parts are there; ``None`` if it is stored already.
        headers: To send along.
        part_size: Bytes of each part but the last; ``None`` if it goes at once.
        parts: Where to put each part, in order.
        verify: Where to say that it is there; ``None`` if nobody asks.
        error: Why it cannot be stored; ``None`` if it can.
    """

    oid: str
    href: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    part_size: int | None = None
    parts: tuple[str, ...] = ()
    verify: str | None = None
    error: str | None = None


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
        "transfers": ["basic", "multipart"],
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


def store_part(href: str, content: FileRange) -> Call[str]:
    """``PUT`` a part of an object to the storage; the reply is what the storage calls it."""
    body = StreamBody((content,))
    return Call(method="PUT", path=href, parse=part_reply, body=body, repeatable=True)


def complete_object(href: str, oid: str, tags: Iterable[str]) -> Call[None]:
    """``POST`` to the batch's ``upload`` that all parts of an object are there."""
    parts: list[JsonValue] = [{"partNumber": number, "etag": tag} for number, tag in enumerate(tags, 1)]
    body = JsonBody({"oid": oid, "parts": parts}, _LFS_JSON)
    headers = (("Accept", _LFS_JSON),)
    return Call(method="POST", path=href, parse=nothing, headers=headers, body=body, repeatable=True)


def verify_object(href: str, stored: LfsObject) -> Call[None]:
    """``POST`` to the batch's ``verify`` that an object is there."""
    return post(href, nothing, {"oid": stored.oid, "size": stored.size}, repeatable=True)


def preupload_reply(reply: Reply) -> Preupload:
    """Read how the Hub wants each file."""
    answer = reply.json()
    return Preupload(files=answer.at("files").items(_file_mode), head=answer.maybe("commitOid", Field.text))


def lfs_batch_reply(reply: Reply) -> tuple[LfsUpload, ...]:
    """Read what the storage wants for each object."""
    return reply.json().at("objects").items(lambda wanted: _lfs_upload(wanted, reply))


def part_reply(reply: Reply) -> str:
    """Read what the storage calls a part."""
    tag = reply.header("ETag")
    if not tag:
        raise MalformedReplyError("expected what the storage calls the part", field="ETag")
    return tag


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
    entries = upload.maybe("header", lambda header: dict(header.entries())) or {}
    part_size = entries.pop("chunk_size", None)
    numbered = {int(name): entries.pop(name) for name in list(entries) if _PART_NUMBER.fullmatch(name)}
    return LfsUpload(
        oid=oid,
        href=_target(upload, reply),
        headers=tuple(_header(*entry) for entry in entries.items()),
        part_size=None if part_size is None else _part_size(part_size),
        parts=tuple(_part(numbered[number], reply) for number in sorted(numbered)),
        verify=actions.maybe("verify", lambda verify: _target(verify, reply)),
    )


def _header(name: str, value: Field) -> tuple[str, str]:
    if not _HEADER.fullmatch(f"{name}: {value.text()}"):
        raise value.unknown()
    return name, value.text()


def _part_size(value: Field) -> int:
    if not _PART_NUMBER.fullmatch(value.text()) or int(value.text()) == 0:
        raise value.unknown()
    return int(value.text())


def _part(value: Field, reply: Reply) -> str:
    return reply.target(value.text(), field=value.path)


def _target(action: Field, reply: Reply) -> str:
    href = action.at("href")
    return reply.target(href.text(), field=href.path)
