"""Uploading in as many commits as it takes, where one is not asked for."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from aiohfspaces._io.chunking import Chunking
from aiohfspaces._io.committing import Destination
from aiohfspaces._io.files import in_thread
from aiohfspaces._io.storing import Ids, Send
from aiohfspaces._io.telling import Tally
from aiohfspaces._io.uploader import LOST_REPLIES, Matching, upload
from aiohfspaces._plan.limits import BatchSize, cut, raise_if_crowded
from aiohfspaces._plan.orders import LocalFile, Order, Removal, files_of
from aiohfspaces.errors import CommitTooLargeError, HubServerError, HubTimeoutError, SpacesError
from aiohfspaces.models import UploadReport


async def upload_in_batches(
    send: Send,
    to: Destination,
    orders: Sequence[Order],
    tally: Tally,
    *,
    matching: Matching | None = None,
    chunking: Chunking | None = None,
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
    await in_thread(raise_if_crowded, orders)
    files = files_of(orders)
    ids: Ids = {}
    added = {file.path for file in files}
    others = [order for order in orders if not isinstance(order, LocalFile)]
    reports: list[UploadReport] = []
    at, size = 0, BatchSize()

    async def first() -> Sequence[Removal]:
        """Remove at once what matches, but for what a later commit adds."""
        return [removal for removal in (await matching() if matching else ()) if removal.path not in added]

    while at < len(files) or not reports:
        count = cut(files[at : at + size.files], size.files, to.most_regular_bytes)
        try:
            batch = [*others, *files[at : at + count]]
            remove, most_lost = (None if reports else first), (1 if count > 1 else LOST_REPLIES)
            report = await upload(
                send, to, batch, tally, matching=remove, ids=ids, most_lost=most_lost, chunking=chunking
            )
        except SpacesError as exc:
            if count > 1 and _is_too_much(exc, to):
                size = size.cut(count)
                continue
            _note(exc, reports)
            raise
        reports.append(report)
        to = evolve(to, parent=None)
        if report.pr_revision is not None:
            to = evolve(to, create_pr=False, revision=report.pr_revision)
        others, at, size = [], at + count, size.grown()
    return _joined(to, reports)


def _is_too_much(exc: SpacesError, to: Destination) -> bool:
    """Tell whether fewer files may get through; a pull request that may be open already is not opened again."""
    if isinstance(exc, HubServerError | HubTimeoutError):
        return not to.create_pr or exc.outcome == "not done"
    return isinstance(exc, CommitTooLargeError)


def _note(exc: SpacesError, reports: Sequence[UploadReport]) -> None:
    """Say what stays although the upload has failed."""
    oids = [oid for report in reports for oid in report.commits]
    if oids:
        exc.add_note(f"{len(oids)} commits were made before, and stay; the last one is {oids[-1]}")


def _joined(to: Destination, reports: Sequence[UploadReport]) -> UploadReport:
    last = next((report for report in reversed(reports) if report.committed), reports[-1])
    return evolve(
        last,
        commit_message=to.message,
        pr_url=next((report.pr_url for report in reports if report.pr_url), None),
        uploaded=tuple(sorted(path for report in reports for path in report.uploaded)),
        unchanged=tuple(sorted(path for report in reports for path in report.unchanged)),
        ignored=tuple(path for report in reports for path in report.ignored),
        deleted=tuple(path for report in reports for path in report.deleted),
        reconciled=any(report.reconciled for report in reports),
        commits=tuple(oid for report in reports for oid in report.commits),
        bytes_hashed=reports[-1].bytes_hashed,
        bytes_sent=reports[-1].bytes_sent,
        bytes_spared=sum(report.bytes_spared for report in reports),
        seconds=reports[-1].seconds,
    )
