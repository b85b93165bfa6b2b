"""One commit of local files, removals and copies.

Preupload tells how the Hub wants each file; large files go to the storage first, then one commit
names everything. So whatever fails before the commit leaves the repository as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from random import uniform

from anyio import sleep
from attrs import define, field

from aiohfspaces._io.committing import (
    Attempt,
    Destination,
    Known,
    conflict,
    find_landed,
    head_of,
    history_of,
    send_commit,
)
from aiohfspaces._io.comparing import Comparison, Matching, refuse_crowds
from aiohfspaces._io.files import in_thread
from aiohfspaces._io.storing import Send
from aiohfspaces._io.telling import Tally
from aiohfspaces._io.turns import Turns, turns_at
from aiohfspaces._plan.orders import Order
from aiohfspaces._wire.commits import NewCommit
from aiohfspaces.errors import (
    CommitConflictError,
    EntryNotFoundError,
    HubConnectionError,
    HubHTTPError,
    MalformedReplyError,
    SpacesError,
)
from aiohfspaces.models import UploadReport

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
    known: Known | None = None,
    most_lost: int = LOST_REPLIES,
) -> UploadReport:
    """Do what is ordered in one commit, leaving out what has not changed.

    The commit names its parent: the caller's, or the head that the Hub compared the files with. So
    "unchanged" is true of the very commit that is reported, and a commit whose reply was lost does not
    land twice. Where somebody else commits meanwhile, all is compared again with the new head. Writers of
    this process take turns at a branch: the first attempt to commit, each later one to compare as well.

    Args:
        send: Sends calls.
        to: Where they go.
        orders: What to add, to remove and to copy.
        tally: Counts what is done.
        matching: Looks up what else is to be removed; at the commit that will be the parent.
        known: What was found out before; more comes in.
        most_lost: How many commits are sent, as long as replies are lost and none has landed.

    Raises:
        UploadError: A file could not be stored, or is ignored although none may be; nothing was committed.
        FileChangedError: A file changed meanwhile; nothing was committed.
        CommitTooLargeError: It is too much for one commit; nothing was committed.
        CommitConflictError: Somebody has committed since `to.parent`, or again and again meanwhile.
        EntryNotFoundError: There is no such path to remove.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached; ``outcome`` tells whether the commit may have landed.
    """
    known = Known() if known is None else known
    comparison = Comparison(send, to, orders, tally, matching, known)
    uploading = _Uploading(send, to, tally, comparison, known, turns_at((to.url, to.revision)), most_lost)
    await refuse_crowds(send, to, orders, tally, known)
    for number in range(1, COMMIT_ATTEMPTS + 1):
        report = await uploading.once(is_first=number == 1, is_last=number == COMMIT_ATTEMPTS)
        if report is not None:
            return report
        await sleep(uniform(0, pause_before(number)))  # noqa: S311  # keeps writers apart, and no secret
    raise conflict(to, to.parent, None)


def pause_before(attempt: int) -> float:
    """Tell how many seconds an attempt may wait at the most, so that many writers do not meet again."""
    return min(LONGEST_PAUSE_S, 0.1 * 2.0 ** min(attempt, 10))


@define(eq=False)
class _Uploading:
    """Attempts at one commit, and what is known from those before.

    Attributes:
        comparison: Tells what there is to do on the head.
        turns: What the writers to the branch share.
        known: What was found out.
        most_lost: How many replies may be lost before it is given up.
        losses: How many have been.
        sent_before: Bytes that had travelled when the first one began.
    """

    send: Send
    to: Destination
    tally: Tally
    comparison: Comparison
    known: Known
    turns: Turns
    most_lost: int
    losses: int = 0
    sent_before: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sent_before = self.tally.bytes_sent

    async def once(self, *, is_first: bool, is_last: bool) -> UploadReport | None:
        """Try once; ``None`` if it has to be tried again."""
        try:
            return await (self._beside_others() if is_first else self._in_turn(is_last=is_last))
        except SpacesError as exc:
            lost = self.known.lost
            if lost and exc is lost[-1][1]:
                raise
            # most are what the next look finds after a commit of ours that has landed all the same
            if (report := await self._found()) is not None:
                return report
            is_outrun = isinstance(exc, CommitConflictError) and self.to.parent is None
            is_outrun |= isinstance(exc, EntryNotFoundError) and self.comparison.matching is not None
            if is_outrun and not is_last:
                return None
            if lost and not isinstance(exc, CommitConflictError | EntryNotFoundError):
                raise lost[-1][1] from exc  # a commit may have landed, or may do so yet
            if isinstance(exc, CommitConflictError) and exc.actual is None:
                with suppress(SpacesError):
                    exc.actual = await head_of(self.send, self.to)
            raise

    async def _beside_others(self) -> UploadReport | None:
        """Compare and store while others do, and wait for the turn only to commit."""
        before = self.turns.head
        attempt = await self.comparison.attempt()
        if attempt is None or not attempt.todo.steps:
            return await self._finish(attempt)
        async with self.turns.taken():
            if self.turns.head not in (before, attempt.parent):  # a writer beside this one has committed meanwhile
                attempt = await self.comparison.attempt()
            return await self._finish(attempt)

    async def _in_turn(self, *, is_last: bool) -> UploadReport | None:
        """Compare with a head that no other writer of this process moves."""
        async with self.turns.taken():
            return await self._finish(await self.comparison.attempt(), is_last=is_last)

    async def _finish(self, attempt: Attempt | None, *, is_last: bool = False) -> UploadReport | None:
        """Commit what there is to change; ``None`` if it has to be tried again."""
        if attempt is None:
            return None
        if attempt.todo.steps:
            return await self._commit(attempt, is_last=is_last)
        return await self._found() or await self._report(attempt, None)

    async def _commit(self, attempt: Attempt, *, is_last: bool) -> UploadReport | None:
        """Send the commit; if its reply is lost, look for it."""
        try:
            with self.tally.sending(attempt.todo.bytes_travelling) as on_sent:
                made = await send_commit(self.send, self.to, attempt, on_sent)
        except (HubConnectionError, HubHTTPError, MalformedReplyError) as exc:
            is_certain = not isinstance(exc, MalformedReplyError) and exc.outcome == "not done"
            if is_certain or self.to.create_pr or attempt.parent is None:
                raise
            self.known.lost.append((attempt, exc))
            self.losses += 1
            report = await self._found()
            if report is None and (is_last or self.losses >= self.most_lost):
                raise
            return report
        # a lost one on the same parent cannot land any more
        self.known.lost[:] = [one for one in self.known.lost if one[0].parent != attempt.parent]
        return await self._done(attempt, made)

    async def _found(self) -> UploadReport | None:
        """Look whether a commit whose reply was lost has landed.

        Raises:
            SpacesError: That cannot be found out; it is the loss that is raised.
        """
        lost = self.known.lost
        if not lost:
            return None
        to = self.to
        try:
            history = await history_of(self.send, to)
            for attempt, _ in lost:
                made = await find_landed(self.send, to, attempt, history, self.known.ids)
                if made is not None:
                    lost.clear()
                    self.tally.bytes_sent += attempt.todo.bytes_travelling
                    return await self._done(attempt, made, reconciled=True)
        except SpacesError as exc:
            raise lost[-1][1] from exc
        return None

    async def _done(self, attempt: Attempt, made: NewCommit, *, reconciled: bool = False) -> UploadReport:
        todo, tally = attempt.todo, self.tally
        tally.landed(made.oid, len(todo.travelling))
        if not self.to.create_pr:
            self.turns.head = made.oid
        return await self._report(attempt, made, reconciled=reconciled)

    async def _report(self, attempt: Attempt, made: NewCommit | None, *, reconciled: bool = False) -> UploadReport:
        to, todo, tally = self.to, attempt.todo, self.tally
        oid = made.oid if made else attempt.parent or ""
        travelling = sum(file.size for file in todo.files) + sum(copied.size for copied in todo.copied)
        uploaded = await in_thread(lambda: todo.added)  # of many files it takes long
        return UploadReport(
            oid=oid,
            commit_url=made.url if made else f"{to.url}/commit/{oid}",
            commit_message=to.message,
            commit_description=to.description,
            pr_url=made.pr_url if made else None,
            committed=made is not None,
            uploaded=uploaded,
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
