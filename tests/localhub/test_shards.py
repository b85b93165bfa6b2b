"""What a shard tells of files."""

import struct

import pytest

from aiohfspaces.localhub.shards import XetFile, files_of

HEADER = b"HFRepoMetaData\0".ljust(48, b"\1")
END = b"\xff" * 32 + bytes(16)


def name(digit: str) -> tuple[str, bytes]:
    """Make a hash, as it is written and as it is stored."""
    text = "".join(f"{digit}{number:015x}" for number in range(4))
    return text, b"".join(bytes.fromhex(text[at : at + 16])[::-1] for at in range(0, 64, 16))


def file(digit: str, sizes: tuple[int, ...], *, flags: int) -> bytes:
    """Build the block of a file with pieces of these sizes."""
    entries = b"".join(bytes(36) + struct.pack("<III", size, 0, 1) for size in sizes)
    return name(digit)[1] + struct.pack("<IIQ", flags, len(sizes), 0) + entries


def test_each_file_has_its_name_its_size_and_maybe_its_sha256() -> None:
    """Whatever else the shard says of it is passed over."""
    proven = file("a", (70_000, 9), flags=1 << 31 | 1 << 30) + bytes(2 * 48) + name("b")[1] + bytes(16)
    plain = file("c", (5,), flags=0)
    found = list(files_of(HEADER + proven + plain + END + b"and more"))
    assert [XetFile(name("a")[0], 70_009, name("b")[0]), XetFile(name("c")[0], 5, None)] == found


@pytest.mark.parametrize("content", [b"", b"no shard", HEADER, HEADER + file("a", (5,), flags=0)])
def test_what_is_no_shard_is_refused(content: bytes) -> None:
    """Or what ends too early."""
    with pytest.raises(ValueError, match="shard"):
        list(files_of(content))
