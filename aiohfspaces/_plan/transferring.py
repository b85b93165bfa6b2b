"""Which bytes of an object go where, and when to ask where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from attrs import frozen

from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._plan.states import ToStore
from aiohfspaces._wire.calls import FileRange
from aiohfspaces._wire.uploads import LFS_BATCH_OBJECTS, LfsObject, LfsUpload

LONGEST_WAIT_S = 0.5
"""An object waits no longer for others to be asked for with it, if somebody waits for it."""

WORTH_BYTES = 32 * 1024 * 1024
"""As many bytes are worth a call of their own."""

MOST_BYTES = 1024 * 1024 * 1024
"""Having as many, a call asks for no more: an address that the storage gives is good for some time only."""


@frozen(kw_only=True)
class Shipment:
    """An object that the storage wants, and where its bytes are.

    Attributes:
        wanted: The object.
        href: Where it goes, or where to say that all its parts are there.
        upload: What else the storage wants.
        files: All files that have this content.
    """

    wanted: LfsObject
    href: str
    upload: LfsUpload
    files: tuple[LocalFile, ...]

    @property
    def pieces(self) -> tuple[FileRange, ...]:
        """What is sent, one request for each: the whole, or the parts in order."""
        whole = next((file for file in self.files if not file.is_let_go), self.files[0])
        size = self.wanted.size
        starts = [0] if self.upload.part_size is None else range(0, size, self.upload.part_size)
        return tuple(
            FileRange(whole.source, start, end - start, whole.path, whole.modified_ns)
            for start, end in pairwise([*starts, size])
        )


def is_worth_a_call(waiting: Sequence[ToStore], number: int, waited_s: float) -> bool:
    """Tell whether to ask where files go before there are as many as one call can ask for.

    Many bytes keep the connections busy, however few files they are. Of small files the first is asked for
    alone, then each call asks for twice as many: so the first bytes leave early, and the calls stay few. Where
    hashing is slow, nobody waits for that many.

    Args:
        waiting: What would be asked for.
        number: The number of this call, from 1 on.
        waited_s: How long the first of them has waited.
    """
    if waited_s >= LONGEST_WAIT_S or len(waiting) >= 2 ** (number - 1):
        return True
    return sum(state.file.size for state in waiting) >= WORTH_BYTES


def is_full(files: int, size: int) -> bool:
    """Tell whether a call that asks for so many files of so many bytes cannot ask for more, or should not."""
    return files >= LFS_BATCH_OBJECTS or size >= MOST_BYTES


def refusals(wanted: Mapping[LfsObject, Sequence[LocalFile]], answers: Mapping[str, LfsUpload]) -> dict[LfsObject, str]:
    """Find the objects that the storage does not take, or that there is nothing left of to give.

    Args:
        wanted: Object to the files that have this content.
        answers: SHA-256 to what the storage wants for it.

    Returns:
        Object to why not.
    """
    found = {stored: _refused(stored, answers.get(stored.oid), files) for stored, files in wanted.items()}
    return {stored: why for stored, why in found.items() if why is not None}


def shipments(wanted: Mapping[LfsObject, Sequence[LocalFile]], answers: Mapping[str, LfsUpload]) -> list[Shipment]:
    """Make of the storage's answers what is to be sent; what it has already is left out."""
    return [
        Shipment(wanted=stored, href=upload.href, upload=upload, files=tuple(files))
        for stored, files in wanted.items()
        if (upload := answers[stored.oid]).href is not None
    ]


def _refused(stored: LfsObject, answer: LfsUpload | None, files: Sequence[LocalFile]) -> str | None:
    if answer is None:
        return "the storage did not say where to put it"
    if answer.error is not None:
        return answer.error
    if answer.href is not None and all(file.is_let_go for file in files):
        return "the storage does not have it, and its content was let go by preupload_lfs_files(free_memory=True)"
    count = 0 if answer.part_size is None else -(-stored.size // answer.part_size)
    if count != len(answer.parts):
        return f"the storage wants {len(answer.parts)} parts of {answer.part_size} bytes for {stored.size} bytes"
    return None
