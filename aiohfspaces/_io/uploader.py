"""One commit of local files, removals and copies.

Preupload tells how the Hub wants each file; large files go to the storage first, then one commit
names everything. So whatever fails before the commit leaves the repository as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from random import uniform
from weakref import WeakValueDictionary

from anyio import Lock, sleep
from attrs import frozen

from aiohfspaces._io.copier import entries_of, look_up
from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import git_blob_id_of
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._io.storing import HASHING_TASKS, Send, prepare
from aiohfspaces._io.telling import Tally
from aiohfspaces._plan.limits import MAX_COMMIT_BYTES, raise_if_crowded
from aiohfspaces._plan.orders import Branch, Copy, Order, Origin, files_of
from aiohfspaces._plan.states import Ignored
from aiohfspaces._plan.uploading import Changes, changes, commit_lines, holds, landed
from aiohfspaces._wire.commits import NewCommit, commit
from aiohfspaces._wire.content import list_commits
from aiohfspaces.errors import (
    CommitConflictError,
    CommitTooLargeError,
    EntryNotFoundError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    UploadError,
)
from aiohfspaces.models import UploadReport

COMMIT_ATTEMPTS = 30
LONGEST_PAUSE_S = 2.0

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
        strict: Whether no file may be left out.
        most_regular_bytes: How many bytes of regular files the commit may hold.
        url: The repository's address.
    """

    message: str
    description: str
    parent: str | None
    hot_reload: bool = False
    strict: bool = False
    most_regular_bytes: int = MAX_COMMIT_BYTES
    url: str


async def upload(send: Send, to: Destination, orders: Sequence[Order], tally: Tally) -> UploadReport:
    """Do what is ordered in one commit, leaving out what has not changed.

    The commit names its parent: the caller's, or the head that the Hub compared the files with. So
    "unchanged" is true of the very commit that is reported, and a commit whose reply was lost can
    never land twice. Where somebody else commits meanwhile, all is compared again with the new head;
    from then on commits of this event loop to the same branch take turns.

    Args:
        send: Sends calls.
        to: Where they go.
        orders: What to add, to remove and to copy.
        tally: Counts what is done.

    Raises:
        UploadError: A file could not be stored, or is ignored although none may be; nothing was committed.
        FileChangedError: A file changed meanwhile; nothing was committed.
        CommitTooLargeError: It is too much for one commit; nothing was committed.
        CommitConflictError: Somebody has committed since `to.parent`, or again and again meanwhile.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached; ``outcome`` tells whether the commit may have landed.
    """
    raise_if_crowded(orders)
    files = files_of(orders)
    tally.files_found += len(files)
    tally.bytes_found += sum(file.size for file in files)
    ids: dict[str, str] = {}
    turn = _turn(to)
    for left in reversed(range(COMMIT_ATTEMPTS)):
        is_first = left == COMMIT_ATTEMPTS - 1
        async with nullcontext() if is_first else turn:
            tally.files_total, tally.bytes_total = tally.files_sent, tally.bytes_sent
            attempt = await _attempt(send, to, orders, ids, tally)
            if attempt is None:  # the head has moved between two looks at it
                continue
            if not attempt.todo.steps:
                return _report(to, attempt, None, tally)
            async with turn if is_first else nullcontext():
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
                        return await _done(to, attempt, found, tally, reconciled=True)
                else:
                    return await _done(to, attempt, made, tally)
        await sleep(uniform(0, pause_before(COMMIT_ATTEMPTS - left)))  # noqa: S311  # keeps writers apart, and no secret
    raise CommitConflictError(status=412, method="POST", url=to.url, server_message="The branch moves on and on")


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


@frozen(kw_only=True)
class Attempt:
    """What one commit is going to do.

    Attributes:
        parent: The head that it names; ``None`` where there is no commit yet.
        ignored: Paths that the repository's ``.gitignore`` keeps out.
        todo: What changes; no step if there is nothing to change.
        spared_bytes: Bytes of files that are there already.
    """

    parent: str | None
    ignored: tuple[str, ...]
    todo: Changes
    spared_bytes: int


async def _attempt(
    send: Send, to: Destination, orders: Sequence[Order], ids: dict[str, str], tally: Tally
) -> Attempt | None:
    """Compare the files with a head, and store what the commit is going to name; `ids` keeps what was computed.

    Returns:
        ``None`` if the head has moved meanwhile.
    """
    files = files_of(orders)
    prepared = await prepare(send, to, files, tally, ids=ids, most_regular_bytes=to.most_regular_bytes)
    if to.parent is None and len(prepared.heads) > 1:
        return None
    parent = to.parent or next(iter(prepared.heads), None) or await _head(send, to)
    ignored = tuple(file.path for file in files if isinstance(prepared.states[file.path], Ignored))
    if ignored and to.strict:
        failures = dict.fromkeys(ignored, "the repository's .gitignore keeps it out")
        raise UploadError(f"{len(ignored)} of {len(files)} files would be left out (strict):", failures=failures)
    copies = await look_up(send, to, [order for order in orders if isinstance(order, Copy)])
    todo = changes(orders, prepared.states, copies)
    await raise_if_changed(todo.files)
    unchanged = set(todo.unchanged)
    spared = sum(file.size for file in files if file.path in unchanged)
    return Attempt(parent=parent, ignored=ignored, todo=todo, spared_bytes=spared)


async def _done(
    to: Destination, attempt: Attempt, made: NewCommit, tally: Tally, *, reconciled: bool = False
) -> UploadReport:
    regular = attempt.todo.regular
    tally.files_sent += len(regular)
    tally.bytes_sent += sum(file.size for file in regular)
    await tally.tell()
    return _report(to, attempt, made, tally, reconciled=reconciled)


def _report(
    to: Destination, attempt: Attempt, made: NewCommit | None, tally: Tally, *, reconciled: bool = False
) -> UploadReport:
    todo = attempt.todo
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
        bytes_spared=attempt.spared_bytes + max(0, travelling - tally.bytes_sent),
        seconds=tally.seconds,
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
