"""Uploading in as many commits as it takes, where one is not asked for."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from aiohfspaces._io.storing import Send
from aiohfspaces._io.telling import Tally
from aiohfspaces._io.uploader import Destination, upload
from aiohfspaces._plan.limits import batch_sizes, cut
from aiohfspaces._plan.orders import LocalFile, Order
from aiohfspaces.errors import CommitTooLargeError, HubServerError, HubTimeoutError
from aiohfspaces.models import UploadReport


async def upload_in_batches(send: Send, to: Destination, orders: Sequence[Order], tally: Tally) -> UploadReport:
    """Do what is ordered in several commits, each on top of the one before.

    The first ones are small; as long as they go well, they grow. One that is too much for the Hub is cut in
    two. What was committed stays, so calling again goes on from there.

    Returns:
        The last commit, and what became of all files.

    Raises:
        CommitTooLargeError: A single file is too much.
        SpacesError: As `upload`.
    """
    others = [order for order in orders if not isinstance(order, LocalFile)]
    files = [order for order in orders if isinstance(order, LocalFile)]
    reports: list[UploadReport] = []
    sizes, at, most = batch_sizes(), 0, next(iter(batch_sizes()))
    while at < len(files) or others:
        count = cut(files[at : at + most], most, to.most_regular_bytes)
        try:
            report = await upload(send, to, [*others, *files[at : at + count]], tally)
        except (CommitTooLargeError, HubServerError, HubTimeoutError):
            if count <= 1:
                raise
            most = count // 2
            continue
        reports.append(report)
        to = evolve(to, parent=None, **_pull_request(report))
        others, at, most = [], at + count, next(sizes)
    return _joined(to, reports) if reports else await upload(send, to, orders, tally)


def _pull_request(report: UploadReport) -> dict[str, object]:
    """Go on with the pull request that the first commit has opened."""
    return {"create_pr": False, "revision": report.pr_revision} if report.pr_revision else {}


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
