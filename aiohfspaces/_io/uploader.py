"""One commit of local files, removals and copies.

Preupload tells how the Hub wants each file; large files go to the storage first, then one commit
names everything. So whatever fails before the commit leaves the repository as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import uniform

from anyio import current_time, sleep
from attrs import frozen

from aiohfspaces._io.copier import entries_of, look_up
from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import git_blob_id_of
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._io.storing import HASHING_TASKS, Send, ask_modes, compute_ids, store
from aiohfspaces._plan.orders import Branch, Copy, Order, Origin, files_of
from aiohfspaces._plan.uploading import Changes, Sorted, changes, commit_lines, holds, landed, sort_files
from aiohfspaces._wire.commits import NewCommit, commit
from aiohfspaces._wire.content import list_commits
from aiohfspaces.errors import (
    CommitConflictError,
    CommitTooLargeError,
    EntryNotFoundError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
)
from aiohfspaces.models import UploadReport

COMMIT_ATTEMPTS = 10
LONGEST_PAUSE_S = 0.5

REMOVAL_ADVICE = "A folder is removed as one: with a '/' at its end, with is_folder=True, or by delete_folder."

_TOO_LARGE = 413


@frozen(kw_only=True)
class Destination(Branch):
    """Where files go, and under which words.

    Attributes:
        message: First line of the commit.
        description: The rest.
        parent: The head that the commit has to meet; ``None`` for any.
        hot_reload: Whether a running app is to take the change without a rebuild.
        url: The repository's address.
    """

    message: str
    description: str
    parent: str | None
    hot_reload: bool = False
    url: str


async def upload(send: Send, to: Destination, orders: Sequence[Order]) -> UploadReport:
    """Do what is ordered in one commit, leaving out what has not changed.

    The commit names its parent: the caller's, or the head that the Hub compared the files with. So
    "unchanged" is true of the very commit that is reported, and a commit whose reply was lost can
    never land twice. Where somebody else commits meanwhile, all is compared again with the new head.

    Args:
        send: Sends calls.
        to: Where they go.
        orders: What to add, to remove and to copy.

    Raises:
        UploadError: A file could not be stored; nothing was committed.
        FileChangedError: A file changed meanwhile; nothing was committed.
        CommitTooLargeError: The Hub does not take so much in one commit; nothing was committed.
        CommitConflictError: Somebody has committed since `to.parent`, or again and again meanwhile.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached; ``outcome`` tells whether the commit may have landed.
    """
    began = current_time()
    ids: dict[str, str] = {}
    for left in reversed(range(COMMIT_ATTEMPTS)):
        attempt = await _attempt(send, to, orders, ids)
        if not attempt.todo.steps:
            return _report(to, attempt, None, began)
        try:
            made = await _commit(send, to, attempt)
        except CommitConflictError:
            if to.parent is not None or not left:
                raise
        except (HubConnectionError, HubServerError) as exc:
            if exc.outcome == "not done" or to.create_pr or attempt.parent is None or not left:
                raise
            found = await _landed(send, to, attempt, ids)
            if found is not None:
                return _report(to, attempt, found, began, reconciled=True)
        else:
            return _report(to, attempt, made, began)
        await sleep(uniform(0, LONGEST_PAUSE_S))  # noqa: S311  # keeps writers apart, and no secret
    raise AssertionError("the last attempt returns or raises")


@frozen(kw_only=True)
class Attempt:
    """What one commit is going to do.

    Attributes:
        parent: The head that it names; ``None`` where there is no commit yet.
        ignored: Paths that the repository's ``.gitignore`` keeps out.
        todo: What changes; no step if there is nothing to change.
    """

    parent: str | None
    ignored: tuple[str, ...]
    todo: Changes


async def _attempt(send: Send, to: Destination, orders: Sequence[Order], ids: dict[str, str]) -> Attempt:
    """Compare the files with a head, and store what the commit is going to name; `ids` keeps what was computed."""
    files = files_of(orders)
    answers = await ask_modes(send, to, files)
    parent = to.parent or (answers[0].head if answers else None) or await _head(send, to)
    by_kind: Sorted = sort_files(files, [mode for answer in answers for mode in answer.files])
    await compute_ids(by_kind, ids)
    copies = await look_up(send, to, [order for order in orders if isinstance(order, Copy)])
    todo = changes(orders, by_kind, ids, copies)
    await store(send, to, [(file, todo.objects[file.path]) for file in todo.files if file.path in todo.objects])
    await raise_if_changed(todo.files)
    return Attempt(parent=parent, ignored=by_kind.ignored, todo=todo)


def _report(
    to: Destination, attempt: Attempt, made: NewCommit | None, began: float, *, reconciled: bool = False
) -> UploadReport:
    todo = attempt.todo
    oid = made.oid if made else attempt.parent or ""
    return UploadReport(
        oid=oid,
        commit_url=made.url if made else f"{to.url}/commit/{oid}",
        commit_message=to.message,
        commit_description=to.description,
        pr_url=made.pr_url if made else None,
        committed=made is not None,
        uploaded=tuple(sorted(todo.added)),
        unchanged=todo.unchanged,
        ignored=attempt.ignored,
        deleted=todo.removed,
        reconciled=reconciled,
        bytes_sent=sum(file.size for file in todo.files),
        seconds=current_time() - began,
    )


async def _landed(send: Send, to: Destination, sent: Attempt, ids: dict[str, str]) -> NewCommit | None:
    """Look whether a commit whose reply was lost has landed: our words on its parent, and our content in it."""
    if sent.parent is None:
        return None
    history = await send(list_commits(to.repo_id, to.repo_type, to.revision, formatted=False))
    commit = landed(history, sent.parent, to.message)
    if commit is None:
        return None
    at = Origin(repo_id=to.repo_id, repo_type=to.repo_type, revision=commit.commit_id)
    there = await entries_of(send, at, [step.path for step in sent.todo.steps])
    regular = [file for file in sent.todo.regular if file.path not in ids]
    ids.update(
        zip([file.path for file in regular], await each(git_blob_id_of, regular, tasks=HASHING_TASKS), strict=True)
    )
    if not holds(sent.todo, ids, there):
        return None
    return NewCommit(oid=commit.commit_id, url=f"{to.url}/commit/{commit.commit_id}", pr_url=None)


async def _commit(send: Send, to: Destination, attempt: Attempt) -> NewCommit:
    try:
        return await send(
            commit(
                to.repo_id,
                to.repo_type,
                to.revision,
                commit_lines(attempt.todo),
                message=to.message,
                description=to.description,
                parent=attempt.parent,
                create_pr=to.create_pr,
                hot_reload=to.hot_reload,
            )
        )
    except CommitConflictError as exc:
        exc.expected, exc.actual = attempt.parent, await _head(send, to)
        raise
    except EntryNotFoundError as exc:
        exc.advice = REMOVAL_ADVICE
        raise
    except HubHTTPError as exc:
        if exc.status != _TOO_LARGE:
            raise
        sizes = {file.path: f"{file.size} bytes" for file in attempt.todo.regular}
        raise CommitTooLargeError("The Hub does not take so much in one commit:", failures=sizes) from exc


async def _head(send: Send, to: Destination) -> str | None:
    history = await send(list_commits(to.repo_id, to.repo_type, to.revision, formatted=False))
    return history[0].commit_id if history else None
