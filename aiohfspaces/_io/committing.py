"""Sending a commit, and looking for one whose reply was lost."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from aiohfspaces._io.chunking import Chunking
from aiohfspaces._io.copier import entries_of
from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import git_blob_id_of, in_thread
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._io.storing import HASHING_TASKS, Ids, Send
from aiohfspaces._plan.allowances import MAX_COMMIT_BYTES, TRANSFER_TASKS
from aiohfspaces._plan.limits import too_large_for_the_hub
from aiohfspaces._plan.orders import Branch, Origin
from aiohfspaces._plan.uploading import Changes, commit_lines, holds, landed
from aiohfspaces._wire.calls import Call, OnSent, watched
from aiohfspaces._wire.commits import NewCommit, commit
from aiohfspaces._wire.content import list_commits
from aiohfspaces.errors import CommitConflictError, EntryNotFoundError, FileChangedError, HubHTTPError, SpacesError
from aiohfspaces.models import GitCommitInfo

_REMOVAL_ADVICE = "A folder is removed as one: with a '/' at its end, with is_folder=True, or by delete_folder."

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
        max_workers: How many requests to the storage may be under way.
        url: The repository's address.
    """

    message: str
    description: str
    parent: str | None
    hot_reload: bool = False
    strict: bool = False
    most_regular_bytes: int = MAX_COMMIT_BYTES
    max_workers: int = TRANSFER_TASKS
    url: str


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


def _call(to: Destination, attempt: Attempt) -> Call[NewCommit]:
    return commit(
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


@define(eq=False)
class Known:
    """What the attempts of one call have found out.

    Attributes:
        ids: What was hashed.
        contents: Git id to what was fetched to be copied.
        chunking: Puts large files into Xet storage, if the Hub lets it.
        lost: Attempts whose reply was lost, and how: each may have landed, or may do so yet.
    """

    ids: Ids = field(factory=dict)
    contents: dict[str, bytes] = field(factory=dict)
    chunking: Chunking | None = None
    lost: list[tuple[Attempt, SpacesError]] = field(factory=list)


async def send_commit(send: Send, to: Destination, attempt: Attempt, on_sent: OnSent | None) -> NewCommit:
    """Send a commit, and tell how far its body is.

    Raises:
        FileChangedError: Some files have changed; no commit is made of half a body.
        CommitConflictError: Its parent is not the head.
        CommitTooLargeError: It is too much for one commit.
        EntryNotFoundError: There is no such path to remove.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached, or has not replied.
    """
    call = await in_thread(_call, to, attempt)  # of many files it takes long
    try:
        return await send(watched(call, on_sent))
    except FileChangedError:
        await raise_if_changed(attempt.todo.files)  # the body ends at the first of them; this names all
        raise
    except CommitConflictError as exc:
        exc.expected = attempt.parent
        raise
    except EntryNotFoundError as exc:
        exc.advice = _REMOVAL_ADVICE
        raise
    except HubHTTPError as exc:
        if exc.status != _TOO_LARGE:
            raise
        raise too_large_for_the_hub(attempt.todo.travelling, attempt.todo.large) from exc


def conflict(to: Destination, expected: str | None, actual: str | None) -> CommitConflictError:
    """Say that the branch is not where the commit has to meet it; nothing was sent."""
    url = f"{to.url}/commit/{to.revision}"
    said = "Somebody has committed since" if actual else "Others commit again and again"
    return CommitConflictError(
        status=412, method="POST", url=url, server_message=said, expected=expected, actual=actual
    )


async def history_of(send: Send, to: Destination) -> tuple[GitCommitInfo, ...]:
    """Look up the branch's commits, newest first."""
    return await send(list_commits(to.repo_id, to.repo_type, to.revision, formatted=False))


async def head_of(send: Send, to: Destination) -> str | None:
    """Look up the branch's newest commit; ``None`` if there is none."""
    history = await history_of(send, to)
    return history[0].commit_id if history else None


async def find_landed(
    send: Send, to: Destination, sent: Attempt, history: Sequence[GitCommitInfo], ids: Ids
) -> NewCommit | None:
    """Look whether a commit has landed: our words on its parent, and our content in it.

    Args:
        send: Sends calls.
        to: Where it went.
        sent: What it was to do.
        history: The branch's commits, newest first.
        ids: What was hashed before; more come in.
    """
    commit = None if sent.parent is None else landed(history, sent.parent, to.message)
    if commit is None:
        return None
    at = Origin(repo_id=to.repo_id, repo_type=to.repo_type, revision=commit.commit_id)
    there = await entries_of(send, at, [step.path for step in sent.todo.steps])
    regular = [file for file in sent.todo.regular if (file.path, False) not in ids]
    computed = await each(git_blob_id_of, regular, tasks=HASHING_TASKS)
    ids.update({(file.path, False): oid for file, oid in zip(regular, computed, strict=True)})
    named = {file.path: ids[file.path, file.path in sent.todo.objects] for file in sent.todo.files}
    if not holds(sent.todo, named, there):
        return None
    return NewCommit(oid=commit.commit_id, url=f"{to.url}/commit/{commit.commit_id}", pr_url=None)
