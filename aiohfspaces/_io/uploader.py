"""One commit of local files, removals and copies.

Preupload tells how the Hub wants each file; large files go to the storage first, then one commit
names everything. So whatever fails before the commit leaves the repository as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from random import uniform
from weakref import WeakValueDictionary

from anyio import Lock, sleep
from attrs import define, field

from aiohfspaces._io.chunking import Chunking
from aiohfspaces._io.committing import Attempt, Destination, find_landed, head_of, history_of, send_commit
from aiohfspaces._io.copier import look_up
from aiohfspaces._io.files import in_thread
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._io.storing import Ids, Send, prepare
from aiohfspaces._io.telling import Tally
from aiohfspaces._plan.limits import raise_if_crowded
from aiohfspaces._plan.orders import Copy, Order, Removal, files_of
from aiohfspaces._plan.states import Ignored
from aiohfspaces._plan.uploading import Copied, changes
from aiohfspaces._wire.commits import NewCommit
from aiohfspaces.errors import (
    CommitConflictError,
    CommitTooLargeError,
    EntryNotFoundError,
    HubConnectionError,
    HubHTTPError,
    MalformedReplyError,
    SpacesError,
    UploadError,
)
from aiohfspaces.models import UploadReport

Matching = Callable[[], Awaitable[Sequence[Removal]]]
"""Looks up which paths of a branch are to be removed."""

COMMIT_ATTEMPTS = 30
LONGEST_PAUSE_S = 2.0

LOST_REPLIES = 3
"""Commits that are sent without a reply, and found nowhere, before it is given up."""


async def upload(
    send: Send,
    to: Destination,
    orders: Sequence[Order],
    tally: Tally,
    *,
    matching: Matching | None = None,
    ids: Ids | None = None,
    most_lost: int = LOST_REPLIES,
    chunking: Chunking | None = None,
) -> UploadReport:
    """Do what is ordered in one commit, leaving out what has not changed.

    The commit names its parent: the caller's, or the head that the Hub compared the files with. So
    "unchanged" is true of the very commit that is reported, and a commit whose reply was lost does not
    land twice. Where somebody else commits meanwhile, all is compared again with the new head;
    from then on commits of this event loop to the same branch take turns.

    Args:
        send: Sends calls.
        to: Where they go.
        orders: What to add, to remove and to copy.
        tally: Counts what is done.
        matching: Looks up what else is to be removed; asked anew for each head.
        ids: What was hashed before; more come in.
        most_lost: How many commits are sent, as long as replies are lost and none has landed.
        chunking: Puts large files into Xet storage, if the Hub lets it.

    Raises:
        UploadError: A file could not be stored, or is ignored although none may be; nothing was committed.
        FileChangedError: A file changed meanwhile; nothing was committed.
        CommitTooLargeError: It is too much for one commit; nothing was committed.
        CommitConflictError: Somebody has committed since `to.parent`, or again and again meanwhile.
        EntryNotFoundError: There is no such path to remove.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached; ``outcome`` tells whether the commit may have landed.
    """
    uploading = _Uploading(send, to, orders, tally, matching, most_lost, chunking, ids={} if ids is None else ids)
    try:
        await in_thread(raise_if_crowded, orders)
    except CommitTooLargeError:
        uploading.is_crowded = True  # but for what is ignored, perhaps
    for number in range(1, COMMIT_ATTEMPTS + 1):
        async with _turn(to) if number > 1 else nullcontext():
            report = await uploading.once(is_first=number == 1, is_last=number == COMMIT_ATTEMPTS)
        if report is not None:
            return report
        await sleep(uniform(0, pause_before(number)))  # noqa: S311  # keeps writers apart, and no secret
    raise _conflict(to, to.parent, None)


def pause_before(attempt: int) -> float:
    """Tell how many seconds an attempt may wait at the most, so that many writers do not meet again."""
    return min(LONGEST_PAUSE_S, 0.1 * 2.0 ** min(attempt, 10))


_TURNS: PerLoop[WeakValueDictionary[tuple[str, str], Lock]] = PerLoop(WeakValueDictionary)


def _turn(to: Destination) -> Lock:
    """Give the lock that writers of one event loop to one branch take turns with."""
    turns = _TURNS.here()
    key = (to.url, to.revision)
    lock = turns.get(key)
    if lock is None:
        lock = turns[key] = Lock()
    return lock


@define(eq=False)
class _Uploading:
    """Attempts at one commit, and what is known from those before.

    Attributes:
        ids: What was hashed.
        contents: Git id to what was fetched to be copied.
        is_crowded: Whether a folder would hold too much, unless files of it are ignored.
        lost: Attempts whose reply was lost, and how: each may have landed, or may do so yet.
        sent_before: Bytes that had travelled when the first one began.
    """

    send: Send
    to: Destination
    orders: Sequence[Order]
    tally: Tally
    matching: Matching | None
    most_lost: int
    chunking: Chunking | None
    ids: Ids = field(factory=dict)
    contents: dict[str, bytes] = field(factory=dict)
    lost: list[tuple[Attempt, SpacesError]] = field(factory=list)
    is_crowded: bool = False
    sent_before: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sent_before = self.tally.bytes_sent

    async def once(self, *, is_first: bool, is_last: bool) -> UploadReport | None:
        """Try once; ``None`` if it has to be tried again."""
        try:
            attempt = await self._attempt()
            if attempt is None:
                return None
            if attempt.todo.steps:
                async with _turn(self.to) if is_first else nullcontext():
                    return await self._commit(attempt, is_last=is_last)
            return await self._found() or self._report(attempt, None)
        except (CommitConflictError, EntryNotFoundError, UploadError) as exc:
            # each of them is what the next look finds after a commit of ours that has landed all the same
            if (report := await self._found()) is not None:
                return report
            if isinstance(exc, UploadError) and self.lost:
                raise self.lost[-1][1] from exc  # it may have landed with what was there before
            is_outrun = isinstance(exc, CommitConflictError) and self.to.parent is None
            is_outrun |= isinstance(exc, EntryNotFoundError) and self.matching is not None
            if not is_outrun or is_last:
                if isinstance(exc, CommitConflictError) and exc.actual is None:
                    with suppress(SpacesError):
                        exc.actual = await head_of(self.send, self.to)
                raise
            return None

    async def _attempt(self) -> Attempt | None:
        """Compare the files with a head, and store what the commit is going to name.

        Returns:
            ``None`` if the head has moved meanwhile.
        """
        send, to, tally = self.send, self.to, self.tally
        orders = [*(await self.matching() if self.matching else ()), *self.orders]
        files = files_of(orders)
        tally.files_total, tally.bytes_total = tally.files_sent, tally.bytes_sent
        prepared = await prepare(
            send,
            to,
            files,
            tally,
            ids=self.ids,
            most_regular_bytes=to.most_regular_bytes,
            max_workers=to.max_workers,
            refuses=lambda head: self.is_crowded or not _meets(to, head),
            strict=to.strict,
            chunking=self.chunking,
        )
        if to.parent is None and len(prepared.heads) > 1:
            return None
        for found in prepared.heads:
            if not _meets(to, found):
                raise _conflict(to, to.parent, found)
        head = next(iter(prepared.heads), None)
        if head is None and to.parent is None:
            head = await head_of(send, to)
        is_head = to.parent is None or (head is not None and head.startswith(to.parent))
        ignored = tuple(file.path for file in files if isinstance(prepared.states.get(file.path), Ignored))
        if ignored and to.strict:
            failures = dict.fromkeys(ignored, "the repository's .gitignore keeps it out")
            raise UploadError(f"{len(ignored)} of {len(files)} files would be left out (strict):", failures=failures)
        if self.is_crowded:
            await in_thread(raise_if_crowded, orders, set(ignored))
            self.is_crowded = False
            return None
        copying = [order for order in orders if isinstance(order, Copy)]
        copies = await look_up(send, to, copying, self.contents, most_bytes=to.most_regular_bytes)
        compare = partial(changes, orders, prepared.states, copies, is_compared=is_head or head is None)
        todo = await in_thread(compare)  # of many files it takes long
        await raise_if_changed(todo.files)
        unchanged = set(todo.unchanged)
        return Attempt(
            parent=head if is_head and head is not None else to.parent,
            ignored=ignored,
            todo=todo,
            spared_bytes=sum(file.size for file in files if file.path in unchanged),
        )

    async def _commit(self, attempt: Attempt, *, is_last: bool) -> UploadReport | None:
        """Send the commit; if its reply is lost, look for it."""
        try:
            made = await send_commit(self.send, self.to, attempt)
        except (HubConnectionError, HubHTTPError, MalformedReplyError) as exc:
            is_certain = not isinstance(exc, MalformedReplyError) and exc.outcome == "not done"
            if is_certain or self.to.create_pr or attempt.parent is None:
                raise
            self.lost.append((attempt, exc))
            report = await self._found()
            if report is None and (is_last or len(self.lost) >= self.most_lost):
                raise
            return report
        return await self._done(attempt, made)

    async def _found(self) -> UploadReport | None:
        """Look whether a commit whose reply was lost has landed.

        Raises:
            SpacesError: That cannot be found out; it is the loss that is raised.
        """
        if not self.lost:
            return None
        to = self.to
        try:
            history = await history_of(self.send, to)
            for attempt, _ in self.lost:
                made = await find_landed(self.send, to, attempt, history, self.ids)
                if made is not None:
                    return await self._done(attempt, made, reconciled=True)
        except SpacesError as exc:
            raise self.lost[-1][1] from exc
        return None

    async def _done(self, attempt: Attempt, made: NewCommit, *, reconciled: bool = False) -> UploadReport:
        todo, tally = attempt.todo, self.tally
        tally.files_sent += len(todo.regular)
        tally.bytes_sent += sum(file.size for file in todo.regular)
        tally.bytes_sent += sum(len(step.content) for step in todo.steps if isinstance(step, Copied))
        try:
            await tally.tell()
        except Exception as exc:
            exc.add_note(f"The commit has landed all the same: {made.oid}")
            raise
        return self._report(attempt, made, reconciled=reconciled)

    def _report(self, attempt: Attempt, made: NewCommit | None, *, reconciled: bool = False) -> UploadReport:
        to, todo, tally = self.to, attempt.todo, self.tally
        oid = made.oid if made else attempt.parent or ""
        travelling = sum(file.size for file in todo.files)
        return UploadReport(
            oid=oid,
            commit_url=made.url if made else f"{to.url}/commit/{oid}",
            commit_message=to.message,
            commit_description=to.description,
            pr_url=made.pr_url if made else None,
            committed=made is not None,
            uploaded=todo.added,
            unchanged=todo.unchanged,
            ignored=attempt.ignored,
            deleted=todo.removed,
            reconciled=reconciled,
            commits=(made.oid,) if made else (),
            bytes_hashed=tally.bytes_hashed,
            bytes_sent=tally.bytes_sent,
            bytes_spared=attempt.spared_bytes + max(0, travelling - tally.bytes_sent + self.sent_before),
            seconds=tally.seconds,
        )


def _meets(to: Destination, head: str) -> bool:
    """Tell whether a head is the one that the commit has to meet; a pull request may begin at any commit."""
    return to.parent is None or to.create_pr or head.startswith(to.parent)


def _conflict(to: Destination, expected: str | None, actual: str | None) -> CommitConflictError:
    """Say that the branch is not where the commit has to meet it; nothing was sent."""
    url = f"{to.url}/commit/{to.revision}"
    said = "Somebody has committed since" if actual else "Others commit again and again"
    return CommitConflictError(
        status=412, method="POST", url=url, server_message=said, expected=expected, actual=actual
    )
