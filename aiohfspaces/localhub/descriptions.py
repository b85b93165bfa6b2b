"""What the Hub says of a repository: in lists, on its own, and property by property (``expand``).

Source: huggingface_hub 2.4.0, ``SpaceInfo`` and ``HfApi.list_spaces``; the Hub's OpenAPI document of 2026-08-22,
``/api/trending``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from attrs import frozen

from aiohfspaces.localhub.cards import listed_in, tags_of
from aiohfspaces.localhub.clock import iso
from aiohfspaces.localhub.git_objects import Entry
from aiohfspaces.localhub.refusals import bad_request
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.spaces import describe_runtime


@frozen
class Subject:
    """A repository at one commit and one moment.

    Attributes:
        sha: The commit; ``None`` for the newest of ``main``.
        has_blobs: Whether its files are described with sizes and ids.
    """

    repository: Repository
    now: float
    sha: str | None = None
    has_blobs: bool = False

    @property
    def commit(self) -> str:
        """The commit it is about."""
        return self.sha or self.repository.tip.sha

    @property
    def last_modified(self) -> float:
        """When that commit was made."""
        return self.repository.tip.at if self.sha is None else self.repository.git.commitment(self.sha).at

    @property
    def files(self) -> list[Entry]:
        """Its files, from all folders."""
        entries = self.repository.git.entries(self.commit, recursive=True) or []
        return [entry for entry in entries if not entry.is_folder]

    @property
    def storage(self) -> int:
        """How many bytes they have."""
        return sum(entry.size for entry in self.files)


def runtime_of(repository: Repository, now: float) -> dict[str, object]:
    """Say what a Space is doing."""
    return describe_runtime(repository.required_space, f"{repository.subdomain}.hf.space", now)


def _sibling(entry: Entry, *, has_blobs: bool) -> dict[str, object]:
    named: dict[str, object] = {"rfilename": entry.path}
    if has_blobs:
        named |= {"size": entry.size, "blobId": entry.oid}
        if entry.lfs_oid is not None:
            named["lfs"] = {"sha256": entry.lfs_oid, "size": entry.size, "pointerSize": entry.blob_size}
    return named


def tags(repository: Repository) -> list[str]:
    """List the tags of a repository: those of its card, and those that the Hub gives."""
    space = repository.space
    return [*([space.life.sdk] if space else []), *tags_of(repository.tip.card), f"region:{repository.region}"]


def _resource_group(group_id: str | None) -> dict[str, object] | None:
    """Tell of a group. Nobody makes any here, so each is called what its id is."""
    return None if group_id is None else {"id": group_id, "name": group_id}


_COMMON: dict[str, Callable[[Subject], object]] = {
    "author": lambda subject: subject.repository.namespace,
    "cardData": lambda subject: subject.repository.tip.card,
    "createdAt": lambda subject: iso(subject.repository.created_at),
    "disabled": lambda subject: False,
    "gated": lambda subject: subject.repository.gated,
    "lastModified": lambda subject: iso(subject.last_modified),
    "likes": lambda subject: len(subject.repository.likes),
    "private": lambda subject: subject.repository.visibility != "public",
    "region": lambda subject: subject.repository.region,
    "resourceGroup": lambda subject: _resource_group(subject.repository.resource_group),
    "sha": lambda subject: subject.commit,
    "siblings": lambda subject: [_sibling(entry, has_blobs=subject.has_blobs) for entry in subject.files],
    "tags": lambda subject: tags(subject.repository),
    "trendingScore": lambda subject: len(subject.repository.likes),
    "usedStorage": lambda subject: subject.storage,
    "visibility": lambda subject: subject.repository.visibility,
    "xetEnabled": lambda subject: False,
}
_OF_SPACES: dict[str, Callable[[Subject], object]] = {
    "datasets": lambda subject: listed_in(subject.repository.tip.card, "datasets"),
    "host": lambda subject: f"https://{subject.repository.subdomain}.hf.space",
    "models": lambda subject: listed_in(subject.repository.tip.card, "models"),
    "runtime": lambda subject: runtime_of(subject.repository, subject.now),
    "sdk": lambda subject: subject.repository.required_space.life.sdk,
    "subdomain": lambda subject: subject.repository.subdomain,
}
_OF_FILES: dict[str, Callable[[Subject], object]] = {
    "downloads": lambda subject: 0,
    "downloadsAllTime": lambda subject: 0,
}
_PROPERTIES = {
    "space": {**_COMMON, **_OF_SPACES},
    "model": {**_COMMON, **_OF_FILES},
    "dataset": {**_COMMON, **_OF_FILES},
}
_IN_LISTS = ("author", "likes", "private", "sdk", "tags", "createdAt", "trendingScore", "downloads")
_IN_FULL_LISTS = (
    *_IN_LISTS,
    "lastModified",
    "siblings",
    "cardData",
    "runtime",
    "sha",
    "subdomain",
    "disabled",
    "gated",
)
_ON_REQUEST = frozenset({"xetEnabled", "usedStorage", "trendingScore", "resourceGroup", "region", "downloadsAllTime"})


def properties_in_lists(repo_type: str, *, full: bool) -> list[str]:
    """Name what a list tells of each repository."""
    names = _IN_FULL_LISTS if full else _IN_LISTS
    return [name for name in names if name in _PROPERTIES[repo_type]]


def describe(subject: Subject, properties: Iterable[str]) -> dict[str, object]:
    """Tell some properties of a repository.

    Raises:
        Refusal: There is no such property: 400.
    """
    repository = subject.repository
    known = _PROPERTIES[repository.type]
    told: dict[str, object] = {"_id": repository.id, "id": repository.repo_id}
    for name in properties:
        if name not in known:
            raise bad_request(f'"expand" must be one of [{", ".join(sorted(known))}], not {name}')
        told[name] = known[name](subject)
    if repository.origin is not None and "author" in told:
        told["originSpace" if repository.space else "originRepo"] = {
            "name": repository.origin,
            "author": repository.origin.partition("/")[0],
        }
    return told


_IN_FINDINGS = (
    "author",
    "likes",
    "private",
    "visibility",
    "sdk",
    "tags",
    "createdAt",
    "lastModified",
    "runtime",
    "trendingScore",
)
_OF_CARDS: dict[str, tuple[str, type]] = {
    "title": ("title", str),
    "emoji": ("emoji", str),
    "colorFrom": ("colorFrom", str),
    "colorTo": ("colorTo", str),
    "pinned": ("pinned", bool),
    "shortDescription": ("short_description", str),
}


def _shown(repository: Repository) -> dict[str, object]:
    """Tell what the card of a Space shows; a card may hold anything, and what is of another type is not told."""
    if repository.space is None:
        return {}
    card = repository.tip.card
    return {name: card[key] for name, (key, kind) in _OF_CARDS.items() if isinstance(card.get(key), kind)}


def describe_on_its_own(subject: Subject) -> dict[str, object]:
    """Tell of a repository what is told unless something else is asked for."""
    repository = subject.repository
    names = [name for name in _PROPERTIES[repository.type] if name not in _ON_REQUEST]
    is_closed = repository.preferences.discussions_disabled
    return {**describe(subject, names), **_shown(repository), "discussionsDisabled": is_closed}


def describe_found(subject: Subject, score: float) -> dict[str, object]:
    """Tell of a Space that was found, and how well it fits, as the semantic search does."""
    told = {**describe(subject, _IN_FINDINGS), **_shown(subject.repository)}
    return {**told, "featured": False, "semanticRelevancyScore": score}


def xet_hash(oid: str) -> str:
    """Make up what an object is called in Xet storage; only that it is always the same matters here."""
    return hashlib.sha256(b"xet:" + oid.encode()).hexdigest()


def describe_entry(entry: Entry) -> dict[str, object]:
    """Tell of a file or a folder, as a tree does."""
    told: dict[str, object] = {
        "type": "directory" if entry.is_folder else "file",
        "oid": entry.oid,
        "size": entry.size,
        "path": entry.path,
    }
    if entry.lfs_oid is not None:
        told["lfs"] = {"oid": entry.lfs_oid, "size": entry.size, "pointerSize": entry.blob_size}
    return told
