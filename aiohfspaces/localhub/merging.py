"""Merging two revisions that have grown from one: files, and the lines of a file that both have changed.

dulwich merges trees, too, but needs the GPL's merge3 for lines, and takes a file that became a folder for a conflict.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from attrs import field, frozen
from dulwich.objects import Blob, ObjectID

File: TypeAlias = tuple[int, ObjectID]
"""The mode and the blob of a file."""

Files: TypeAlias = Mapping[bytes, File]
"""All files of a revision, by path."""

Read: TypeAlias = Callable[[ObjectID], bytes]

_LONGEST_TEXT = 1024 * 1024


@frozen
class Merge:
    """What comes of merging.

    Attributes:
        files: All files of the merged revision; of those in conflict, ours.
        blobs: What is new among their contents.
        conflicts: Paths of files that somebody has to merge by hand.
    """

    files: dict[bytes, File] = field(factory=dict)
    blobs: list[Blob] = field(factory=list)
    conflicts: list[str] = field(factory=list)


def merge_files(base: Files, ours: Files, theirs: Files, read: Read) -> Merge:
    """Take each file from the side that has changed it; where both have, merge its lines."""
    merge = Merge()
    for path in sorted({*base, *ours, *theirs}):
        before, our, their = base.get(path), ours.get(path), theirs.get(path)
        kept = their if before == our else our
        if before not in (our, their) and our != their:
            blob = _merge_blobs(before, our, their, read)
            if blob is None:
                merge.conflicts.append(path.decode(errors="replace"))
            elif before and our and their:
                merge.blobs.append(blob)
                kept = (their if our[0] == before[0] else our)[0], blob.id
        if kept is not None:
            merge.files[path] = kept
    merge.conflicts.extend(path.decode(errors="replace") for path in merge.files if _is_below_file(path, merge.files))
    return merge


def _merge_blobs(before: File | None, our: File | None, their: File | None, read: Read) -> Blob | None:
    if before is None or our is None or their is None:
        return None
    if not all(stat.S_ISREG(mode) for mode, _ in (before, our, their)):
        return None
    texts = [read(oid) for _, oid in (before, our, their)]
    if any(b"\0" in text or len(text) > _LONGEST_TEXT for text in texts):
        return None
    lines = merge_lines(*(text.splitlines(keepends=True) for text in texts))
    return None if lines is None else Blob.from_string(b"".join(lines))


def merge_lines(base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]) -> list[bytes] | None:
    """Make the changes of both sides; ``None`` where they touch and are not the same."""
    merged: list[bytes] = []
    done = -1
    for begin, end, lines in sorted({*_hunks(base, ours), *_hunks(base, theirs)}):
        if begin <= done:
            return None
        merged += [*base[max(done, 0) : begin], *lines]
        done = end
    return [*merged, *base[max(done, 0) :]]


def _hunks(base: Sequence[bytes], side: Sequence[bytes]) -> Iterator[tuple[int, int, tuple[bytes, ...]]]:
    for tag, begin, end, first, last in SequenceMatcher(None, base, side).get_opcodes():
        if tag != "equal":
            yield begin, end, tuple(side[first:last])


def _is_below_file(path: bytes, files: Files) -> bool:
    parts = path.split(b"/")
    return any(b"/".join(parts[:depth]) in files for depth in range(1, len(parts)))
