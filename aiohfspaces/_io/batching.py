"""Uploading in as many commits as it takes, where one is not asked for."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from aiohfspaces._io.committing import Destination, Known
from aiohfspaces._io.comparing import Matching, refuse_crowds, refuse_ignored
from aiohfspaces._io.storing import Send
from aiohfspaces._io.telling import Tally
from aiohfspaces._io.uploader import LOST_REPLIES, upload
from aiohfspaces._plan.limits import BatchSize, cut
from aiohfspaces._plan.orders import LocalFile, Order, Removal, files_of
from aiohfspaces.errors import CommitTooLargeError, SpacesError
from aiohfspaces.models import UploadReport


async def upload_in_batches(
    send: Send,
    to: Destination,
    orders: Sequence[Order],
    tally: Tally,
    *,
    matching: Matching | None = None,
    known: Known | None = None,
) -> UploadReport:
    """Do what is ordered in several commits, each on top of the one before.

    The first ones are small; as long as they go well, they grow. One that is too much for the Hub is cut in
    two. What was committed stays, so calling again goes on from there.

    Returns:
        The last commit, and what became of all files.

    Raises:
        CommitTooLargeError: A single file is too much.
        SpacesError: As `upload`.
    """
    files = files_of(orders)
    known = Known() if known is None else known
    await refuse_crowds(send, to, orders, tally, known)
    if to.strict:
        await refuse_ignored(send, to, files, tally, known)
    added = {file.path for file in files}
    others = [order for order in orders if not isinstance(order, LocalFile)]
    reports: list[UploadReport] = []
    at, size = 0, BatchSize()

    async def first(revision: str) -> Sequence[Removal]:
        """Remove at once what matches, but for what a later commit adds."""
        return [removal for removal in (await matching(revision) if matching else ()) if removal.path not in added]

    while at < len(files) or not reports:
        count = cut(files[at : at + size.files], size.files, to.most_regular_bytes)
        try:
            batch = [*others, *files[at : at + count]]
            remove, most_lost = (None if reports else first), (1 if count > 1 else LOST_REPLIES)
            report = await upload(send, to, batch, tally, matching=remove, known=known, most_lost=most_lost)
        except SpacesError as exc:
            if count > 1 and _is_too_much(exc, known):
                size = size.cut(count)
                continue
            raise
        reports.append(report)
        if report.committed:
            to = evolve(to, parent=None)
        if report.pr_revision is not None:
            to = evolve(to, create_pr=False, revision=report.pr_revision)
        others, at, size = [], at + count, size.grown()
    return _joined(to, reports)


def _is_too_much(exc: SpacesError, known: Known) -> bool:
    """Tell whether fewer files may get through: the Hub has said so, or a commit got no reply."""
    return isinstance(exc, CommitTooLargeError) or (bool(known.lost) and exc is known.lost[-1][1])


def _joined(to: Destination, reports: Sequence[UploadReport]) -> UploadReport:
    last = next((report for report in reversed(reports) if report.committed), reports[-1])
    uploaded = {path for report in reports for path in report.uploaded}  # by a commit found late perhaps twice
    return evolve(
        last,
        commit_message=to.message,
        pr_url=next((report.pr_url for report in reports if report.pr_url), None),
        uploaded=tuple(sorted(uploaded)),
        unchanged=tuple(sorted(path for report in reports for path in report.unchanged if path not in uploaded)),
        ignored=tuple(path for report in reports for path in report.ignored),
        deleted=tuple(path for report in reports for path in report.deleted),
        reconciled=any(report.reconciled for report in reports),
        commits=tuple(oid for report in reports for oid in report.commits),
        bytes_hashed=reports[-1].bytes_hashed,
        bytes_sent=reports[-1].bytes_sent,
        bytes_spared=sum(report.bytes_spared for report in reports),
        seconds=reports[-1].seconds,
    )
