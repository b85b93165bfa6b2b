"""What is downloaded: files that are made up as they are read, and what each has to hash to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from random import Random

from cases import KB, MB, Case

_BLOCK = Random(1).randbytes(1 << 20)
_TWICE = memoryview(_BLOCK * 2)


CASES = {
    "large": Case(1, 1000 * MB, (1, 40 * MB), is_large=True),
    "small": Case(2000, 20 * KB, (100, 20 * KB), is_large=False),
}


class Served:
    """A file that the Hub has: the same random bytes as all, from another place on."""

    def __init__(self, number: int, size: int, *, is_large: bool) -> None:
        self.path = f"part-{number // 500}/file-{number}.bin"
        self.size = size
        self.is_large = is_large
        self._shift = number * 509 % len(_BLOCK)

    def slice(self, start: int, end: int) -> memoryview:
        """Give some of its bytes, at most a MiB."""
        at = (start + self._shift) % len(_BLOCK)
        return _TWICE[at : at + min(end - start, len(_BLOCK))]

    def pieces(self) -> Iterator[memoryview]:
        """Give all of its bytes."""
        return (self.slice(at, self.size) for at in range(0, self.size, len(_BLOCK)))

    @cached_property
    def etag(self) -> str:
        """Hash it as the Hub does."""
        digest = hashlib.sha256() if self.is_large else hashlib.sha1(b"blob %d\0" % self.size)
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()

    def is_in(self, folder: Path) -> bool:
        """Tell whether a folder has it, with all of its bytes."""
        with (folder / self.path).open("rb") as file:
            return all(file.read(len(piece)) == piece for piece in self.pieces()) and not file.read(1)


def served(name: str, *, quick: bool) -> list[Served]:
    """Make up the files of a case."""
    case = CASES[name]
    files, size = case.quick if quick else (case.files, case.size)
    return [Served(number, size, is_large=case.is_large) for number in range(files)]
