"""The store of LFS objects."""

import hashlib
from pathlib import Path

import pytest

from aiohfspaces.localhub.objects import Arrival, ObjectStore

DATA = b"some bytes" * 1000
OID = hashlib.sha256(DATA).hexdigest()


def arrive(arrival: Arrival, data: bytes = DATA) -> Arrival:
    """Let bytes arrive."""
    arrival.write(data)
    return arrival


def test_an_object_is_kept_under_its_hash(tmp_path: Path) -> None:
    """And has a size from then on."""
    store = ObjectStore(tmp_path)
    assert store.size(OID) is None
    assert store.keep(arrive(store.receive()), OID)
    assert store.size(OID) == len(DATA)
    assert DATA == store.path(OID).read_bytes()


def test_wrong_bytes_are_never_kept(tmp_path: Path) -> None:
    """Nothing of them is left."""
    store = ObjectStore(tmp_path)
    assert not store.keep(arrive(store.receive(), b"else"), OID)
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


def test_parts_are_joined_in_order(tmp_path: Path) -> None:
    """In whichever order they came."""
    store, upload = ObjectStore(tmp_path), "0" * 32
    etags = {}
    for number, piece in ((2, DATA[6000:]), (1, DATA[:6000])):
        part = arrive(store.receive_part(), piece)
        store.keep_part(part, upload, number)
        etags[number] = f'"{hashlib.md5(piece).hexdigest()}"'
    assert not store.join_parts(upload, {**etags, 3: "ab"}, OID)
    assert store.join_parts(upload, etags, OID)
    assert DATA == store.path(OID).read_bytes()


@pytest.mark.parametrize("oid", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_hashes_name_objects(tmp_path: Path, oid: str) -> None:
    """A path is never made of anything else."""
    with pytest.raises(ValueError, match="not a SHA-256"):
        ObjectStore(tmp_path).path(oid)
