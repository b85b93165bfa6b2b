"""The repositories of a hub: what they are called, whose they are, and who may see or change them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from attrs import define, field, frozen

from aiohfspaces.localhub.accounts import Account, Accounts
from aiohfspaces.localhub.cards import Card, app_files, read_card
from aiohfspaces.localhub.discussions import Discussion
from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.git_reading import MAIN
from aiohfspaces.localhub.life import play, seen
from aiohfspaces.localhub.refusals import Refusal, bad_request, gated, not_yours, repository_not_found, who_are_you
from aiohfspaces.localhub.spaces import Space

REPO_TYPES = ("model", "dataset", "space")
VISIBILITIES = ("public", "private", "protected")
REGIONS = ("us", "eu")
DISCUSSION_SORTINGS = ("recently-created", "trending", "reactions")
NOTIFICATION_MODES = ("bulk", "real-time")
_URL_PREFIXES = {"model": "", "dataset": "datasets/", "space": "spaces/"}
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)


@frozen
class Tip:
    """What the newest commit of ``main`` holds, kept at hand.

    Attributes:
        sha: The commit.
        at: When it was made.
        card: The card in its README.md.
        has_app: Whether a Space could be started from it.
    """

    sha: str
    at: float
    card: Card
    has_app: bool


@frozen
class Preferences:
    """What the owner of a repository decides besides who may see it.

    Attributes:
        notifications_email: Who is told of requests for access; ``None`` for the owner.
    """

    discussions_disabled: bool = False
    discussions_sorting: str = DISCUSSION_SORTINGS[0]
    org_members_gated: bool = False
    notifications_email: str | None = None
    notifications_mode: str = NOTIFICATION_MODES[0]


@define(eq=False)
class Repository:
    """A model, a dataset or a Space.

    Attributes:
        region: Where it is kept.
        resource_group: The id of the group of its organization that it belongs to.
        likes: Since when each user has liked it, the first one first.
    """

    id: str
    type: str
    repo_id: str
    created_at: float
    visibility: str
    git: GitRepository
    tip: Tip
    gated: str | bool = False
    space: Space | None = None
    origin: str | None = None
    region: str = REGIONS[0]
    resource_group: str | None = None
    preferences: Preferences = Preferences()
    likes: dict[str, float] = field(factory=dict)
    discussions: dict[int, Discussion] = field(factory=dict)
    lock: AbstractContextManager[object] = field(factory=threading.RLock)

    @property
    def namespace(self) -> str:
        """Whose it is."""
        return self.repo_id.partition("/")[0]

    @property
    def name(self) -> str:
        """What it is called there."""
        return self.repo_id.partition("/")[2]

    @property
    def url_path(self) -> str:
        """The path of its page, without a slash before it."""
        return _URL_PREFIXES[self.type] + self.repo_id

    @property
    def subdomain(self) -> str:
        """Where the app of a Space would be served."""
        return re.sub(r"[^a-z0-9]+", "-", self.repo_id.lower()).strip("-")

    @property
    def required_space(self) -> Space:
        """Its Space.

        Raises:
            Refusal: It is a model or a dataset.
        """
        if self.space is None:
            raise bad_request(f"{self.repo_id} is not a Space")
        return self.space


def count_look(repository: Repository, now: float) -> None:
    """Note that somebody has looked at the runtime of a Space, for the script that it may be playing."""
    with repository.lock:
        space = repository.required_space
        space.life = seen(play(space.life, now))


def read_tip(git: GitRepository, sdk: str | None) -> Tip:
    """Look at the newest commit of ``main``; ``sdk`` is a Space's, unless its card says otherwise."""
    sha = git.resolve(MAIN)
    card = read_card(git.read_path(sha, "README.md").decode(errors="replace"))
    wanted = app_files(sdk_of(card, sdk), card) if sdk else ()
    has_app = not wanted or any(git.entry(sha, path) is not None for path in wanted)
    return Tip(sha, git.commitment(sha).at, card, has_app)


def sdk_of(card: Card, before: str) -> str:
    """Say which SDK a Space has after a commit with this card."""
    return str(card.get("sdk", before))


class Repositories:
    """All repositories of one hub, found by type and id."""

    def __init__(self, folder: Path, accounts: Accounts) -> None:
        """Keep the git repositories in ``folder``."""
        self._folder = folder
        self._accounts = accounts
        self._lock = threading.RLock()
        self._known: dict[tuple[str, str], Repository] = {}
        self._moved: dict[tuple[str, str], Repository] = {}

    def __iter__(self) -> Iterator[Repository]:
        """Iterate over all repositories, oldest first."""
        return iter(list(self._known.values()))

    def path(self, repo_type: str, repo_id: str) -> Path:
        """Say where the git repository is, or would be."""
        return self._folder / f"{repo_type}s" / f"{repo_id}.git"

    def find(self, repo_type: str, repo_id: str) -> Repository | None:
        """Find a repository, whoever asks."""
        return self._known.get((repo_type, repo_id))

    def add(self, repository: Repository) -> None:
        """Make a repository known."""
        with self._lock:
            self._known[repository.type, repository.repo_id] = repository
            self._moved.pop((repository.type, repository.repo_id), None)

    def remove(self, repository: Repository) -> None:
        """Delete a repository's files and forget it.

        Raises:
            DeletedError: Somebody else has.
        """
        with self._lock:
            repository.git.delete()
            self._known.pop((repository.type, repository.repo_id), None)
            self._moved = {old: moved for old, moved in self._moved.items() if moved is not repository}

    def rename(self, repository: Repository, repo_id: str) -> None:
        """Move a repository to another name or owner.

        Raises:
            DeletedError: It was deleted meanwhile.
            Refusal: The name is taken: 409.
        """
        with self._lock:
            if (repository.type, repo_id) in self._known or self.path(repository.type, repo_id).exists():
                raise Refusal(409, f"There is a {repository.type} repo named {repo_id} already")
            repository.git.move(self.path(repository.type, repo_id))
            self._known.pop((repository.type, repository.repo_id))
            self._moved[repository.type, repository.repo_id] = repository
            repository.repo_id = repo_id
            self.add(repository)

    def old_ids(self, repository: Repository) -> list[str]:
        """List the names that a repository had and that are still free, oldest first."""
        with self._lock:
            return [repo_id for (_, repo_id), moved in self._moved.items() if moved is repository]

    def remember(self, repository: Repository, old_ids: Iterable[str]) -> None:
        """Let names that a repository had lead to it."""
        with self._lock:
            self._moved.update({(repository.type, repo_id): repository for repo_id in old_ids})

    def moved(self, caller: Account | None, repo_type: str, repo_id: str) -> str | None:
        """Tell somebody the name of what once had another; ``None`` if nothing had it that they may read."""
        found = self._moved.get((repo_type, repo_id))
        return found.repo_id if found is not None and self.sees(caller, found) else None

    def close(self) -> None:
        """Close all files."""
        for repository in self:
            repository.git.close()

    def sees(self, caller: Account | None, repository: Repository) -> bool:
        """Tell whether somebody may read a repository."""
        if repository.visibility == "public":
            return True
        return caller is not None and self._accounts.may_write(caller, repository.namespace)

    def readable(self, caller: Account | None, repo_type: str, repo_id: str) -> Repository:
        """Find a repository for somebody who wants to read it.

        Raises:
            Refusal: There is none, or none for this caller: 404, or 401 without a token.
        """
        found = self.find(repo_type, repo_id)
        if found is None or not self.sees(caller, found):
            raise repository_not_found() if caller else who_are_you(is_missing=True)
        return found

    def check_gate(self, caller: Account | None, repository: Repository) -> None:
        """Let those through to the files of a repository whom its owner lets in: nobody but themselves, if gated.

        Raises:
            Refusal: It is gated: 403, or 401 without a token.
        """
        is_owner = caller is not None and self._accounts.may_write(caller, repository.namespace)
        if repository.gated and not is_owner:
            raise gated(repository.type, repository.repo_id, is_known=caller is not None)

    def writable(self, caller: Account | None, repo_type: str, repo_id: str) -> Repository:
        """Find a repository for somebody who wants to change it.

        Raises:
            Refusal: As `readable`, and 403 for somebody else's.
        """
        found = self.readable(caller, repo_type, repo_id)
        if caller is None:
            raise who_are_you()
        if not self._accounts.may_write(caller, found.namespace):
            raise not_yours(f"change the {repo_type} {repo_id}")
        return found


def check_repo_id(repo_id: str) -> str:
    """Return a repository id that the Hub would take.

    Raises:
        Refusal: It would not: 400.
    """
    namespace, _, name = repo_id.partition("/")
    good = _NAME.fullmatch(namespace) and _NAME.fullmatch(name)
    if not good or ".." in name or "--" in name or name.endswith((".git", "-", ".")):
        raise bad_request(f"Invalid repository name: {repo_id!r}")
    return repo_id
