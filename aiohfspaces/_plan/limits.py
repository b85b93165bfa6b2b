"""How much one commit takes, and how to cut what is more.

Source: the Hub's refusals of more than 10,000 entries in a folder, and of bodies that are too large; huggingface_hub
2.4.0 for the sizes of batches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from itertools import islice
from typing import Protocol

from attrs import evolve, frozen

from aiohfspaces._plan.orders import LocalFile, Order, itself_and_above
from aiohfspaces.errors import CommitTooLargeError

MAX_FOLDER_ENTRIES = 10_000
"""Files and folders that a folder may hold."""

FIRST_BATCH, LARGEST_BATCH = 128, 1024
"""Files of one commit where an upload may be cut into several."""

_REGULAR_BYTES = 10 * 1024 * 1024


def raise_if_crowded(orders: Iterable[Order], ignored: Container[str] = ()) -> None:
    """Count what a commit puts into each folder.

    Args:
        orders: What it is asked to do.
        ignored: Paths that it leaves out.

    Raises:
        CommitTooLargeError: It is more than a folder may hold; it names the folders, and files that would fit.
    """
    files = [order.path for order in orders if isinstance(order, LocalFile) and order.path not in ignored]
    if len(files) <= MAX_FOLDER_ENTRIES:
        return
    entries: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path in files:
        for entry in itself_and_above(path):
            entries[entry.rpartition("/")[0]][entry] = None
    crowded = {folder: list(found) for folder, found in entries.items() if len(found) > MAX_FOLDER_ENTRIES}
    if not crowded:
        return
    left = {entry for found in crowded.values() for entry in found[MAX_FOLDER_ENTRIES:]}
    raise CommitTooLargeError(
        "A folder would hold too much:",
        failures={
            folder or ".": f"{len(found)} entries, where the Hub takes {MAX_FOLDER_ENTRIES}"
            for folder, found in crowded.items()
        },
        fits=tuple(path for path in files if left.isdisjoint(itself_and_above(path))),
    )


class Sized(Protocol):
    """What travels in a commit.

    Attributes:
        path: Where it goes.
        size: How many bytes it has.
    """

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...


def raise_if_too_large(regular: Sequence[Sized], most_bytes: int) -> None:
    """Add up the files whose content goes into the commit.

    Raises:
        CommitTooLargeError: They are too many; it names those that fit and those that do not.
    """
    total = sum(file.size for file in regular)
    if total <= most_bytes:
        return
    fits, failures = _fitting(regular, most_bytes)
    raise CommitTooLargeError(
        f"{len(regular)} regular files have {total} bytes, where one commit holds {most_bytes} "
        f"(max_commit_bytes); {len(fits)} of them would fit, not these:",
        failures=failures,
        fits=fits,
    )


def too_large_for_the_hub(regular: Sequence[Sized], others: Sequence[Sized]) -> CommitTooLargeError:
    """Say what to try where the Hub says no more than that it was too much: half of the bytes, or of the files.

    Args:
        regular: The files whose content went into the commit.
        others: The files that it only named.
    """
    fits, failures = _fitting(regular, sum(file.size for file in regular) // 2)
    if not failures:  # then it is not their bytes
        named = [*regular, *others]
        fits = tuple(file.path for file in named[: len(named) // 2])
        failures = {file.path: f"{file.size} bytes" for file in named[len(named) // 2 :]}
    return CommitTooLargeError("The Hub does not take so much in one commit:", failures=failures, fits=fits)


def _fitting(regular: Sequence[Sized], most_bytes: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """Pick in order what fits, a small file even after one that does not, and say how large the others are."""
    fits, others = list[str](), dict[str, str]()
    for file in regular:
        if file.size <= most_bytes:
            fits.append(file.path)
            most_bytes -= file.size
        else:
            others[file.path] = f"{file.size} bytes"
    return tuple(fits), others


def cut(files: Sequence[LocalFile], count: int, most_bytes: int) -> int:
    """Tell how many of the first files go into the next commit: one at least.

    Args:
        files: What is left.
        count: How many at the most.
        most_bytes: How many bytes of files that may be regular.
    """
    taken, total = 0, 0
    for file in islice(files, count):
        total += file.size if file.size < _REGULAR_BYTES else 0
        if taken and total > most_bytes:
            break
        taken += 1
    return taken


@frozen
class BatchSize:
    """How many files to try in one commit.

    Attributes:
        files: In the next one.
        was_cut: Whether one has been too much, so that more are tried with care.
    """

    files: int = FIRST_BATCH
    was_cut: bool = False

    def grown(self) -> BatchSize:
        """Learn that a commit went well: twice as many are tried next, or a quarter more."""
        more = self.files // 4 + 1 if self.was_cut else self.files
        return evolve(self, files=min(self.files + more, LARGEST_BATCH))

    def cut(self, tried: int) -> BatchSize:
        """Learn that a commit of so many files was too much."""
        return BatchSize(max(tried // 2, 1), was_cut=True)
