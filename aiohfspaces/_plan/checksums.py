"""What a content that is downloaded has to hash to.

Source: huggingface_hub 2.4.0, ``_local_folder``: the etag of a large file is its SHA-256, that of a regular file the
id that git gives to its content.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from attrs import frozen

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_GIT_BLOB_ID = re.compile(r"[0-9a-f]{40}", re.ASCII)


@frozen
class Checksum:
    """A hash, and what it has to come to.

    Attributes:
        name: Which hash it is.
        expected: In hex.
        header: What is hashed before the content.
    """

    name: Literal["sha256", "git blob id"]
    expected: str
    header: bytes = b""

    def begun(self) -> hashlib._Hash:
        """Begin to hash."""
        if self.name == "sha256":
            return hashlib.sha256(self.header)
        return hashlib.sha1(self.header, usedforsecurity=False)


def checksum_of(etag: str, size: int | None) -> Checksum | None:
    """Read a checksum off an etag; ``None`` where that is none, or the size that git hashes first is not known."""
    if _SHA256.fullmatch(etag):
        return Checksum("sha256", etag)
    if _GIT_BLOB_ID.fullmatch(etag) and size is not None:
        return Checksum("git blob id", etag, git_blob_header(size))
    return None


def git_blob_header(size: int) -> bytes:
    """What git hashes before a file's bytes."""
    return b"blob %d\0" % size


def git_blob_id(content: bytes) -> str:
    """Compute the id that git gives to a content."""
    return hashlib.sha1(git_blob_header(len(content)) + content, usedforsecurity=False).hexdigest()
