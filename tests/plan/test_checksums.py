from __future__ import annotations

import hashlib

import pytest

from aiohfspaces._plan.checksums import checksum_of, git_blob_header, git_blob_id

CONTENT = b"hello\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BLOB_ID = hashlib.sha1(b"blob 6\0" + CONTENT).hexdigest()


@pytest.mark.parametrize(("etag", "name"), [(SHA256, "sha256"), (BLOB_ID, "git blob id")])
def test_an_etag_tells_what_its_content_hashes_to(etag: str, name: str) -> None:
    """A large file's is its SHA-256, a regular file's what git calls its content."""
    checksum = checksum_of(etag, len(CONTENT))
    assert checksum is not None
    digest = checksum.begun()
    digest.update(CONTENT)
    assert (name, etag) == (checksum.name, digest.hexdigest())


@pytest.mark.parametrize(("etag", "size"), [("abc", 6), (SHA256.upper(), 6), (f"{SHA256}-2", 6), (BLOB_ID, None)])
def test_other_etags_tell_nothing(etag: str, size: int | None) -> None:
    """Those of a mirror, of parts put together, or of git where the size that it hashes first is not known."""
    assert None is checksum_of(etag, size)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")],
)
def test_a_git_id_is_that_of_git(content: bytes, expected: str) -> None:
    """The id of the empty file, as every repository knows it, and what ``git hash-object`` says."""
    assert expected == git_blob_id(content)
    assert b"blob 12\0" == git_blob_header(12)
