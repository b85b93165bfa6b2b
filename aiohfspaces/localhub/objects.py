"""The store of LFS objects: files named by the SHA-256 of their bytes, shared by all repositories."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from aiohfspaces.localhub.chunks import ChunkStore

_OID = re.compile(r"[0-9a-f]{64}")
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_COPY_BYTES = 1024 * 1024


class ObjectStore:
    """Objects that arrived whole, and the pieces of those that are on their way.

    What does not have the bytes that its name promises is never kept.
    """

    def __init__(self, folder: Path, chunks: ChunkStore | None = None) -> None:
        """Keep the objects in ``folder``; those that came in chunks are put together when they are asked for."""
        self._chunks = chunks
        self._objects = folder / "objects"
        self._arriving = folder / "arriving"
        self._attachments = folder / "attachments"
        shutil.rmtree(self._arriving, ignore_errors=True)
        for created in (self._objects, self._arriving):
            created.mkdir(parents=True, exist_ok=True)

    def path(self, oid: str) -> Path:
        """Say where an object is, or would be.

        Raises:
            ValueError: That is not the name of an object.
        """
        if not _OID.fullmatch(oid):
            raise ValueError(f"not a SHA-256 in hex: {oid!r}")
        return self._objects / oid[:2] / oid[2:4] / oid

    def size(self, oid: str) -> int | None:
        """Say how many bytes an object has; ``None`` if it is not here."""
        try:
            return self.path(oid).stat().st_size
        except FileNotFoundError:
            found = self._chunks.find(oid) if self._chunks else None
            return found.size if found else None

    def xet_hash(self, oid: str) -> str | None:
        """Say what Xet storage calls an object; ``None`` if it is not there."""
        found = self._chunks.find(oid) if self._chunks else None
        return found.hash if found else None

    def open_path(self, oid: str) -> Path:
        """Say where the bytes of an object are, put together from its chunks if need be.

        Raises:
            OSError: The disk refused.
            RuntimeError: Its chunks do not make it.
        """
        found = self._chunks.find(oid) if self._chunks else None
        if self._chunks is not None and found is not None and not self.path(oid).exists():
            arrival = self.receive()
            whole = arrival.path.with_suffix(".whole")
            try:
                self._chunks.write(found, whole)
                arrival.append(whole)
            finally:
                whole.unlink(missing_ok=True)
            if not self.keep(arrival, oid):
                raise RuntimeError(f"the chunks of {oid} make something else")
        return self.path(oid)

    def delete(self, oid: str) -> None:
        """Forget an object; one that is not here is no error."""
        self.path(oid).unlink(missing_ok=True)
        if self._chunks is not None:
            self._chunks.forget(oid)

    def keep_attachment(self, name: str, content: bytes) -> None:
        """Keep a picture or a recording under a name of its own."""
        self.attachment(name).parent.mkdir(exist_ok=True)
        self.attachment(name).write_bytes(content)

    def attachment(self, name: str) -> Path:
        """Say where an attachment is, or would be."""
        return self._attachments / Path(name).name

    def receive(self) -> Arrival:
        """Open a file for the bytes of an object to arrive in."""
        return Arrival(self._arriving / secrets.token_hex(16), "sha256")

    def receive_part(self) -> Arrival:
        """Open a file for the bytes of one part of an object."""
        return Arrival(self._arriving / secrets.token_hex(16), "md5")

    def keep(self, arrival: Arrival, oid: str) -> bool:
        """Keep what arrived under its name; refused, and dropped, if that is not its SHA-256."""
        arrival.file.close()
        if arrival.digest != oid:
            arrival.drop()
            return False
        target = self.path(oid)
        target.parent.mkdir(parents=True, exist_ok=True)
        arrival.path.replace(target)
        return True

    def keep_part(self, arrival: Arrival, upload_id: str, number: int) -> None:
        """Keep one part of a multipart upload until the others are here."""
        arrival.file.close()
        folder = self._parts(upload_id)
        folder.mkdir(exist_ok=True)
        arrival.path.replace(folder / _part_name(number, arrival.digest))

    def join_parts(self, upload_id: str, etags: Mapping[int, str], oid: str) -> bool:
        """Make an object of its parts; refused if one is missing or is not what its etag (an MD5) says."""
        folder = self._parts(upload_id)
        parts = [folder / _part_name(number, etags[number]) for number in sorted(etags)]
        if not all(part.is_file() for part in parts):
            return False
        whole = self.receive()
        for part in parts:
            whole.append(part)
        shutil.rmtree(folder)
        return self.keep(whole, oid)

    def _parts(self, upload_id: str) -> Path:
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise ValueError(f"not an upload: {upload_id!r}")
        return self._arriving / f"parts-{upload_id}"


def _part_name(number: int, etag: str) -> str:
    return f"{number}-{re.sub('[^0-9a-f]', '', etag)}"


class Arrival:
    """Bytes on their way to disk, hashed as they pass."""

    def __init__(self, path: Path, algorithm: str) -> None:
        """Open the file; ``algorithm`` is the hash to make on the way."""
        self.path = path
        self.file = path.open("wb")
        self.size = 0
        self._hash = hashlib.new(algorithm, usedforsecurity=False)

    @property
    def digest(self) -> str:
        """The hash of what arrived so far, in hex."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self.file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def append(self, part: Path) -> None:
        """Take the bytes of a file."""
        with part.open("rb") as source:
            while data := source.read(_COPY_BYTES):
                self.write(data)

    def drop(self) -> None:
        """Forget what arrived."""
        self.file.close()
        self.path.unlink(missing_ok=True)
