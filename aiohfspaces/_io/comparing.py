"""Comparing what is ordered with a head, and storing what a commit on it is going to name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

from attrs import define

from aiohfspaces._io.committing import Attempt, Destination, Known, conflict, head_of
from aiohfspaces._io.copier import look_up
from aiohfspaces._io.files import in_thread
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._io.storing import Prepared, Send, prepare
from aiohfspaces._io.telling import Tally
from aiohfspaces._plan.limits import raise_if_crowded, raise_if_too_large
from aiohfspaces._plan.orders import Copy, LocalFile, Order, Origin, Removal, files_of
from aiohfspaces._plan.states import Ignored, Ready, regular_among
from aiohfspaces._plan.uploading import changes
from aiohfspaces.errors import CommitTooLargeError, UploadError

Matching: TypeAlias = Callable[[str], Awaitable[Sequence[Removal]]]
"""Looks up which paths of a revision are to be removed."""


@define(eq=False)
class Comparison:
    """What is ordered, to be compared with one head after the other."""

    send: Send
    to: Destination
    orders: Sequence[Order]
    tally: Tally
    matching: Matching | None
    known: Known

    async def attempt(self) -> Attempt | None:
        """Find out what a commit on the head has to do; the large files that it names are stored then.

        Returns:
            ``None`` if the head has moved meanwhile.
        """
        to, files = self.to, files_of(self.orders)
        prepared = await self._prepared(files)
        if to.parent is None and len(prepared.heads) > 1:
            return None
        head = await self._head(prepared.heads)
        is_compared = head is None or to.parent is None or head.startswith(to.parent)
        parent = (head if is_compared else None) or to.parent
        ignored = _ignored_among(files, prepared)
        if to.strict:
            _raise_if_any(ignored, files)
        at = Origin(repo_id=to.repo_id, repo_type=to.repo_type, revision=parent or to.revision)
        removals = await self.matching(at.revision) if self.matching else ()
        copies = await look_up(
            self.send,
            at,
            [order for order in self.orders if isinstance(order, Copy)],
            self.known.contents,
            beside=regular_among(prepared.states[file.path] for file in files),
            most_bytes=to.most_regular_bytes,
        )
        compare = partial(changes, [*removals, *self.orders], prepared.states, copies, is_compared=is_compared)
        todo = await in_thread(compare)  # of many files it takes long
        await raise_if_changed(todo.large)  # the others are looked at as they travel
        raise_if_too_large(todo.travelling, to.most_regular_bytes)
        for step in todo.travelling:
            if not isinstance(prepared.states.get(step.path), Ready):  # which was expected as it was found
                self.tally.expect(step.size)
        unchanged = set(todo.unchanged)
        return Attempt(
            parent=parent,
            ignored=ignored,
            todo=todo,
            spared_bytes=sum(file.size for file in files if file.path in unchanged),
        )

    async def _prepared(self, files: Sequence[LocalFile]) -> Prepared:
        to, tally = self.to, self.tally
        tally.files_total, tally.bytes_total = tally.files_sent, tally.bytes_sent
        return await prepare(
            self.send,
            to,
            files,
            tally,
            ids=self.known.ids,
            most_regular_bytes=to.most_regular_bytes,
            max_workers=to.max_workers,
            refuses=lambda head: not _meets(to, head),
            strict=to.strict,
            chunking=self.known.chunking,
        )

    async def _head(self, told: Iterable[str]) -> str | None:
        """Tell the head, as preupload or else the history has it."""
        to, heads = self.to, list(told)
        for head in heads:
            if not _meets(to, head):
                raise conflict(to, to.parent, head)
        if heads or to.parent is not None:
            return next(iter(heads), None)
        return await head_of(self.send, to)


async def refuse_crowds(send: Send, to: Destination, orders: Sequence[Order], tally: Tally, known: Known) -> None:
    """Count what goes into each folder; only if that seems too much, ask the Hub what it leaves out.

    Raises:
        CommitTooLargeError: It is more than a folder may hold; nothing was stored for it.
    """
    try:
        await in_thread(raise_if_crowded, orders)
    except CommitTooLargeError:
        ignored = await _ignored(send, to, files_of(orders), tally, known)
        await in_thread(raise_if_crowded, orders, set(ignored))


async def refuse_ignored(send: Send, to: Destination, files: Sequence[LocalFile], tally: Tally, known: Known) -> None:
    """Ask the Hub which files it leaves out, before the first of several commits.

    Raises:
        UploadError: There are some; it names them.
    """
    _raise_if_any(await _ignored(send, to, files, tally, known), files)


async def _ignored(
    send: Send, to: Destination, files: Sequence[LocalFile], tally: Tally, known: Known
) -> tuple[str, ...]:
    prepared = await prepare(send, to, files, tally, ids=known.ids, only_asks=True)
    return _ignored_among(files, prepared)


def _raise_if_any(ignored: Sequence[str], files: Sequence[LocalFile]) -> None:
    if ignored:
        failures = dict.fromkeys(ignored, "the repository's .gitignore keeps it out")
        raise UploadError(f"{len(ignored)} of {len(files)} files would be left out (strict):", failures=failures)


def _ignored_among(files: Iterable[LocalFile], prepared: Prepared) -> tuple[str, ...]:
    return tuple(file.path for file in files if isinstance(prepared.states.get(file.path), Ignored))


def _meets(to: Destination, head: str) -> bool:
    """Tell whether a head is the one that the commit has to meet; a pull request may begin at any commit."""
    return to.parent is None or to.create_pr or head.startswith(to.parent)
