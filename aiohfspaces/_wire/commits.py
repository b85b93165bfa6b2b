"""One commit: what it says, a line for each path, and what the Hub made of it.

Source: huggingface_hub 2.4.0, ``_commit_api`` and ``HfApi.create_commit``; ``hot_reload`` is private there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from attrs import frozen

from aiohfspaces._wire.calls import Base64File, Call, JsonValue, StreamBody, post
from aiohfspaces._wire.names import api_path, quoted_revision
from aiohfspaces._wire.replies import Reply
from aiohfspaces.models import RepoType

_FILE_LINE = b'{"key": "file", "value": {"path": %b, "encoding": "base64", "content": "'
"""What comes before a content; written out, since a commit may have ten thousand of these."""


@frozen(kw_only=True)
class RegularFile:
    """A file whose content goes into the commit."""

    path: str
    content: Base64File


@frozen(kw_only=True)
class LfsFile:
    """A file whose content is stored already; of a copy the Hub knows the size."""

    path: str
    oid: str
    size: int | None = None


@frozen(kw_only=True)
class RemovedPath:
    """A file to remove, or a folder with all that is below it."""

    path: str
    is_folder: bool = False


CommitLine: TypeAlias = RegularFile | LfsFile | RemovedPath


@frozen(kw_only=True)
class NewCommit:
    """What the Hub says of a commit that it made."""

    oid: str
    url: str
    pr_url: str | None


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
    hot_reload: bool = False,
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
    flags = (("create_pr", create_pr), ("hot_reload", hot_reload))
    return Call(
        method="POST",
        path=f"{api_path(repo_id, repo_type)}/commit/{quoted_revision(revision)}",
        parse=commit_reply,
        query=tuple((name, "1") for name, is_set in flags if is_set),
        body=StreamBody(tuple(_merged(parts)), "application/x-ndjson"),
        repeatable=False,
    )


def _line_parts(line: CommitLine) -> list[bytes | Base64File]:
    match line:
        case RegularFile(path=path, content=content):
            return [_FILE_LINE % json.dumps(path).encode(), content, b'"}}\n']
        case LfsFile(path=path, oid=oid, size=size):
            length = {} if size is None else {"size": size}
            return [_line("lfsFile", {"path": path, "algo": "sha256", "oid": oid, **length})]
        case RemovedPath(path=path, is_folder=is_folder):
            return [_line("deletedFolder" if is_folder else "deletedFile", {"path": path})]


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


def check_card(readme: str, repo_type: RepoType) -> Call[tuple[str, ...]]:
    """``POST /api/validate-yaml``: what is doubtful of the front matter of a README.md; what is wrong is a 400."""
    body = {"content": readme, "repoType": repo_type}
    return post("/api/validate-yaml", card_reply, body, repeatable=True)


def card_reply(reply: Reply) -> tuple[str, ...]:
    """Read the warnings, each a sentence."""
    warnings = reply.json().maybe("warnings", lambda found: found.items(lambda warning: warning.at("message").text()))
    return warnings or ()


def commit_reply(reply: Reply) -> NewCommit:
    """Read what was committed."""
    made = reply.json()
    return NewCommit(
        oid=made.at("commitOid").text(),
        url=reply.hub_url(made.at("commitUrl").text()),
        pr_url=made.maybe("pullRequestUrl", lambda url: reply.hub_url(url.text())),
    )
