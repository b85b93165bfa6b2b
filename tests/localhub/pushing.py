"""Pushes put together by hand, byte by byte, where git itself would be too polite."""

from __future__ import annotations

import io
import stat
from collections.abc import Mapping

from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.objects import Blob, Commit, ShaFile, Tree
from dulwich.pack import write_pack_objects
from dulwich.protocol import pkt_line

from aiohfspaces.localhub.git_objects import write_commit

ABSENT = "0" * 40
HEADERS = {"Content-Type": "application/x-git-receive-pack-request"}


def new_commit(files: Mapping[str, bytes], *parents: str) -> tuple[Commit, list[ShaFile]]:
    """Make a commit with files in its root, and list all objects of it."""
    tree, blobs = Tree(), [Blob.from_string(data) for data in files.values()]
    for path, blob in zip(files, blobs, strict=True):
        tree.add(path.encode(), stat.S_IFREG | 0o644, blob.id)
    commit = write_commit(tree.id, parents, "me", "by hand", 0)
    return commit, [*blobs, tree, commit]


def push_body(
    ref: str, old: str, new: str, objects: list[ShaFile], capabilities: bytes = b"report-status side-band-64k"
) -> bytes:
    """Write a push of one ref, and of a pack unless the ref goes."""
    pack = io.BytesIO()
    if new != ABSENT:
        write_pack_objects(pack, [(written, None) for written in objects], object_format=DEFAULT_OBJECT_FORMAT)
    order = f"{old} {new} {ref}".encode()
    return pkt_line(order + b"\0 " + capabilities) + b"0000" + pack.getvalue()
