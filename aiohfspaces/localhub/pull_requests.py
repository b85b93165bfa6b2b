"""Beginning discussions and pull requests of a repository, and noting the commits to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from aiohfspaces.localhub import discussions
from aiohfspaces.localhub.accounts import Account
from aiohfspaces.localhub.discussions import PULL_REQUESTS, Discussion, Voice
from aiohfspaces.localhub.refusals import Refusal
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.world import World


def voice_of(world: World, caller: Account, repository: Repository) -> Voice:
    """Tell as whom somebody speaks now."""
    return Voice(caller.name, world.clock.now(), world.accounts.may_write(caller, repository.namespace))


def begin_discussion(repository: Repository, title: str, text: str, by: Voice) -> Discussion:
    """Begin a discussion."""
    with repository.git.lock:
        return _add(repository, discussions.begin(_next_number(repository), title, text, by))


def begin_pull_request(
    repository: Repository,
    title: str,
    text: str,
    by: Voice,
    *,
    base: str,
    start: str,
    commit: Callable[[str], str] | None = None,
) -> Discussion:
    """Begin a pull request: a draft without changes, or an open one with a first commit.

    Args:
        repository: What is to be changed.
        title: What it is about.
        text: Its first comment.
        by: Who begins it.
        base: The ref that it would change.
        start: The commit that it starts at.
        commit: Commits to a ref, the pull request's, and returns the commit's id. If that fails, nothing has begun.
    """
    git = repository.git
    with git.lock, ExitStack() as undo:
        status = "draft" if commit is None else "open"
        begun = discussions.begin(_next_number(repository), title, text, by, status=status, base=base)
        git.set_ref(begun.ref, start)
        undo.callback(git.delete_ref, begun.ref)
        if commit is not None:
            oid = commit(begun.ref)
            begun = discussions.note_commit(begun, oid, git.commitment(oid).title, by)
        undo.pop_all()
        return _add(repository, begun)


def _next_number(repository: Repository) -> int:
    refs = repository.git.refs(PULL_REQUESTS)
    return max([0, *repository.discussions, *(int(name) for name in refs if name.isdecimal())]) + 1


def _add(repository: Repository, begun: Discussion) -> Discussion:
    with repository.lock:
        repository.discussions[begun.num] = begun
    return begun


def find(repository: Repository, number: int) -> Discussion:
    """Find a discussion.

    Raises:
        Refusal: There is none: 404.
    """
    found = repository.discussions.get(number)
    if found is None:
        raise Refusal(404, "Discussion not found")
    return found


def change(repository: Repository, number: int, step: Callable[[Discussion], Discussion]) -> Discussion:
    """Take a step of a discussion, and nobody else meanwhile.

    Raises:
        Refusal: There is no such discussion (404), or the step refuses.
    """
    with repository.lock:
        changed = repository.discussions[number] = step(find(repository, number))
        return changed


def note_commit(repository: Repository, ref: str, oid: str, by: Voice) -> None:
    """Note a commit to a ref, if that is a pull request's."""
    number = ref.removeprefix(PULL_REQUESTS)
    if ref != number and number.isdecimal() and int(number) in repository.discussions:
        subject = repository.git.commitment(oid).title
        change(repository, int(number), lambda found: discussions.note_commit(found, oid, subject, by))
