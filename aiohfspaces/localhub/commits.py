"""What a commit request asks for: NDJSON in, changes to files out.

Source: huggingface_hub 2.4.0, ``_prepare_commit_payload``.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import field, frozen
from dulwich.lfs import LFSPointer

from aiohfspaces.localhub.git_objects import Entry
from aiohfspaces.localhub.json_text import load_json
from aiohfspaces.localhub.refusals import bad_request, entry_not_found
from aiohfspaces.localhub.upload_modes import LFS_SIZE, add_lfs_paths

MAX_FOLDER_ENTRIES = 10_000
_ATTRIBUTES = ".gitattributes"

Value = Mapping[str, object]


@frozen
class Order:
    """One operation of a commit: its key and its value, as they were sent."""

    key: str
    value: Value

    @property
    def path(self) -> str:
        """The path it is about.

        Raises:
            Refusal: It is not one that git would take.
        """
        path = text(self.value, "path").rstrip("/")
        parts = path.split("/")
        if any(part in ("", ".", "..", ".git") for part in parts) or "\0" in path:
            raise bad_request(f"Invalid path: {path!r}")
        return path


@frozen
class CommitRequest:
    """A commit as it was asked for."""

    summary: str
    description: str = ""
    parent_commit: str | None = None
    orders: list[Order] = field(factory=list)

    @property
    def message(self) -> str:
        """The message of the git commit."""
        return f"{self.summary}\n\n{self.description}" if self.description else self.summary


def parse_commit(body: bytes) -> CommitRequest:
    """Read the body of a commit request.

    Raises:
        Refusal: It is not NDJSON, or has no header line: 400.
    """
    orders = [_parse_line(line) for line in body.split(b"\n") if line.strip()]
    header = next((order.value for order in orders if order.key == "header"), None)
    if header is None:
        raise bad_request("A commit needs a line with the key header")
    summary = text(header, "summary")
    if not summary.strip():
        raise bad_request("The summary of a commit must not be empty")
    parent = header.get("parentCommit")
    return CommitRequest(
        summary,
        str(header.get("description") or ""),
        str(parent) if parent else None,
        [order for order in orders if order.key != "header"],
    )


def _parse_line(line: bytes) -> Order:
    try:
        loaded: Any = load_json(line)
        return Order(str(loaded["key"]), dict(loaded["value"]))
    except (ValueError, TypeError, KeyError) as exc:
        raise bad_request("Each line must be a JSON object with key and value") from exc


def text(value: Value, key: str) -> str:
    """Take a string out of a JSON object.

    Raises:
        Refusal: It is missing, or something else: 400.
    """
    found = value.get(key)
    if not isinstance(found, str):
        raise bad_request(f'"{key}" must be a string')
    return found


Changes = dict[str, bytes | None]
"""By path the new bytes of the git blob; ``None`` for a file that goes."""


def plan_changes(
    orders: Iterable[Order],
    files: Mapping[str, Entry],
    *,
    parent: str,
    stored_size: Callable[[str], int | None],
    gitattributes: bytes,
) -> Changes:
    """Work out what becomes of which file.

    Args:
        orders: The operations; a later one wins.
        files: The files before the commit, by path.
        parent: The commit before, for what is said of it.
        stored_size: Tells how many bytes an LFS object has; ``None`` if it never arrived.
        gitattributes: The file of that name before the commit.

    Raises:
        Refusal: An operation makes no sense: 400, or 404 for what is not there to be deleted.
    """
    changes: Changes = {}
    lfs_paths: list[str] = []
    for order in orders:
        match order.key:
            case "file":
                changes[order.path] = _regular(order)
            case "lfsFile":
                changes[order.path] = _pointer(order.value, stored_size)
                lfs_paths.append(order.path)
            case "deletedFile" | "deletedFolder" | "deletedEntry":
                changes.update(_deletions(order, files, changes, parent))
            case _:
                raise bad_request(f"Unknown operation: {order.key}")
    _add_attributes(changes, [path for path in lfs_paths if changes[path] is not None], gitattributes)
    check_shape(changes, files)
    return {path: data for path, data in changes.items() if data is not None or path in files}


def _regular(order: Order) -> bytes:
    data = content_of(order.value)
    if len(data) > LFS_SIZE:
        raise bad_request(
            "Your push was rejected because it contains files larger than 10 MiB. "
            f"Please use git-lfs to store large files. Offending file: {order.path}"
        )
    return data


def content_of(value: Value) -> bytes:
    """Return the bytes of a file that was sent as text or as base64.

    Raises:
        Refusal: It was sent as neither: 400.
    """
    content = text(value, "content")
    if value.get("encoding", "utf-8") == "utf-8":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as exc:
        raise bad_request("The content of a file is not base64") from exc


def _pointer(value: Value, stored_size: Callable[[str], int | None]) -> bytes:
    oid = text(value, "oid")
    try:
        size = stored_size(oid)
    except ValueError as exc:
        raise bad_request(str(exc)) from exc
    if size is None:
        raise bad_request(f"The LFS object {oid} of {text(value, 'path')} is not stored: upload it first")
    if value.get("size", size) != size:
        raise bad_request(f"The LFS object {oid} has {size} bytes, not {value['size']}")
    return LFSPointer(oid, size).to_bytes()


def _deletions(order: Order, files: Mapping[str, Entry], changes: Changes, parent: str) -> Changes:
    if changes.get(order.path, b"" if order.path in files else None) is not None:
        return {order.path: None}  # a file: there is nothing below it
    known = [path for path in (*files, *changes) if changes.get(path, b"") is not None]
    gone = [path for path in known if path == order.path or path.startswith(f"{order.path}/")]
    if not gone:
        raise entry_not_found(order.path, parent)
    return dict.fromkeys(gone)


def _add_attributes(changes: Changes, lfs_paths: list[str], gitattributes: bytes) -> None:
    before = changes.get(_ATTRIBUTES, gitattributes) or b""
    after = add_lfs_paths(before, lfs_paths)
    if after != before:
        changes[_ATTRIBUTES] = after


def check_shape(changes: Mapping[str, bytes | None], files: Mapping[str, Entry]) -> None:
    """Check that changes to files leave a tree that the Hub would take.

    Raises:
        Refusal: A path would be a file and a folder, or a folder would hold too much: 400.
    """
    after = {path for path in files if path not in changes} | {
        path for path, data in changes.items() if data is not None
    }
    touched = {path for path, data in changes.items() if data is not None}
    for path in touched:
        blocking = next((folder for folder in _folders(path) if folder in after), None)
        if blocking is not None:
            raise bad_request(f"{blocking} is a file, so there cannot be a {path}")
    held = Counter(path.rpartition("/")[0] for path in after | {f for path in after for f in _folders(path)})
    for folder in {parent for path in touched for parent in ("", *_folders(path))}:
        if held[folder] > MAX_FOLDER_ENTRIES:
            raise bad_request(
                "Your push was rejected because it contains too many files per directory. Each directory in "
                f"your git repo can only contain up to {MAX_FOLDER_ENTRIES} files. "
                f"Offending directory: /{folder}"
            )


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
