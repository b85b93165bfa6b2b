"""Which parts of a body are read together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from aiohfspaces._wire.calls import Base64File, FileRange

BodyPart: TypeAlias = bytes | FileRange | Base64File


def runs(parts: Iterable[BodyPart], at_once: int) -> Iterator[list[BodyPart]]:
    """Cut a body into runs of neighbours that have so many bytes together, or fewer.

    A part that has more is a run of its own.
    """
    run: list[BodyPart] = []
    length = 0
    for part in parts:
        size = len(part) if isinstance(part, bytes) else part.length
        if run and length + size > at_once:
            yield run
            run, length = [], 0
        run.append(part)
        length += size
    if run:
        yield run
