"""What is uploaded: folders of files, and what a Hub has got when all of it has come."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

KB, MB = 10**3, 10**6
FILES_PER_FOLDER = 500


class Case(NamedTuple):
    """Files of one kind, uploaded with one commit.

    Attributes:
        files: How many.
        size: Bytes of each.
        quick: The same two for a smoke test.
        is_large: Whether they go into the large file storage.
        is_sparse: Whether they are all zeros and take no room on the disk.
        is_timed: Whether it is about time; otherwise it is about memory, and stalls are measured along with it.
        is_long: Whether the official client takes minutes, and is measured only if asked to; there is one round.
    """

    files: int
    size: int
    quick: tuple[int, int]
    is_large: bool = True
    is_sparse: bool = False
    is_timed: bool = False
    is_long: bool = False

    def title(self, *, quick: bool) -> str:
        """Say what it is, in a few words."""
        files, size = self.quick if quick else (self.files, self.size)
        shown = f"{size // MB:,} MB" if size >= MB else f"{size // KB:,} kB"
        kind = "LFS" if self.is_large else "regular"
        return f"{files:,} {kind} file{'s' if files > 1 else ''} of {shown}"


CASES = {
    "large": Case(8, 128 * MB, (2, 24 * MB), is_timed=True),
    "small": Case(2000, 2 * KB, (100, 2 * KB), is_large=False, is_timed=True),
    "many": Case(20_000, 100 * KB, (50, 100 * KB), is_long=True),
    "regular": Case(90, MB, (9, MB), is_large=False),
    "huge": Case(1, 4000 * MB, (1, 36 * MB), is_sparse=True, is_long=True),
}


class Folder(NamedTuple):
    """Files on the disk, and what they are.

    Attributes:
        path: Where they are.
        objects: SHA-256 to size of what goes into the large file storage.
        files: How many there are.
        bytes: Bytes of all of them.
    """

    path: Path
    objects: dict[str, int]
    files: int
    bytes: int


def made(case: Case, path: Path, *, quick: bool) -> Folder:
    """Write the files of a case, no two alike, and read them, so that no upload is the first to."""
    files, size = case.quick if quick else (case.files, case.size)
    objects = {}
    for number in range(files):
        file = path / f"{number // FILES_PER_FOLDER}" / f"{number}.{'bin' if case.is_large else 'txt'}"
        file.parent.mkdir(exist_ok=True)
        with file.open("wb") as out:
            if not case.is_sparse:
                out.writelines(_pieces(size))
            out.truncate(size)
        with file.open("rb") as written:
            objects[hashlib.file_digest(written, "sha256").hexdigest()] = size
    if not quick:
        os.sync()
    return Folder(path, objects if case.is_large else {}, files, files * size)


def problems(folder: Folder, counts: dict[str, object]) -> Iterator[str]:
    """Compare a folder with what a storing Hub has counted, and tell what is not as it should be."""
    stored, verified, commits = counts["stored"], counts["verified"], counts["commits"]
    assert isinstance(stored, dict)
    assert isinstance(commits, list)
    if stored != folder.objects:
        yield f"{len(stored)} objects of {sum(stored.values())} bytes came instead of {len(folder.objects)}"
    if verified != folder.objects:
        yield "other objects were said to be there"
    if len(commits) != 1:
        yield f"{len(commits)} commits came instead of 1"
    for lines, size in commits:
        if lines != folder.files + 1:
            yield f"the commit has {lines} lines instead of a header and {folder.files} files"
        if not folder.objects and size < folder.bytes * 4 / 3:
            yield f"the commit's {size} bytes cannot hold {folder.bytes}"


def _pieces(size: int) -> Iterator[bytes]:
    """Make so many bytes: a block of random ones, again and again."""
    block = os.urandom(min(size, MB))
    for at in range(0, size, len(block)):
        yield block[: size - at]
