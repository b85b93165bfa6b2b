"""Which files a shard of Xet storage tells of.

Source: https://huggingface.co/docs/xet/shard, the header and the file info section; what hf-xet 1.8.0 writes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from attrs import frozen

_TAG = b"HFRepoMetaData\0"
_HEADER_BYTES = 48
_ENTRY_BYTES = 48
_HASH_BYTES = 32
_END = b"\xff" * _HASH_BYTES
_WITH_VERIFICATION = 1 << 31
_WITH_SHA256 = 1 << 30


@frozen
class XetFile:
    """A file in Xet storage.

    Attributes:
        hash: What Xet storage calls it.
        size: In bytes.
        sha256: Of its content, in hex; ``None`` if whoever brought it did not say.
    """

    hash: str
    size: int
    sha256: str | None


def files_of(shard: bytes) -> Iterator[XetFile]:
    """Read the files of a shard, in its order.

    Raises:
        ValueError: It is no shard, or ends too early.
    """
    if not shard.startswith(_TAG):
        raise ValueError("not a shard")
    at = _HEADER_BYTES
    try:
        while shard[at : at + _HASH_BYTES] != _END:
            name = _hex(shard, at)
            flags, count = struct.unpack_from("<II", shard, at + _HASH_BYTES)
            at += _ENTRY_BYTES
            size = sum(struct.unpack_from("<I", shard, at + index * _ENTRY_BYTES + 36)[0] for index in range(count))
            at += count * _ENTRY_BYTES * (2 if flags & _WITH_VERIFICATION else 1)
            sha256 = None
            if flags & _WITH_SHA256:
                sha256 = _hex(shard, at)
                at += _ENTRY_BYTES
            yield XetFile(name, size, sha256)
    except struct.error as exc:
        raise ValueError("the shard ends too early") from exc


def _hex(shard: bytes, at: int) -> str:
    """Read a hash: four numbers of 64 bits each, whose bytes stand in reverse."""
    return "".join(f"{number:016x}" for number in struct.unpack_from("<4Q", shard, at))
