"""Repositories as they are listed, and their addresses."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Self

from attrs import frozen

from aiohfspaces.models.runtime import SpaceRuntime
from aiohfspaces.models.words import RepoType


@frozen(kw_only=True)
class BlobLfsInfo:
    """An LFS object behind a file.

    Attributes:
        size: In bytes.
        sha256: Of its content, in hex.
        pointer_size: Bytes of the pointer that git holds.
    """

    size: int
    sha256: str
    pointer_size: int | None = None


@frozen(kw_only=True)
class RepoSibling:
    """A file of a repository, as an info lists it.

    Attributes:
        rfilename: Its path.
        size: In bytes; ``None`` unless ``files_metadata`` was asked for, as the next two.
        blob_id: Its git id.
        lfs: The LFS object behind it.
    """

    rfilename: str
    size: int | None = None
    blob_id: str | None = None
    lfs: BlobLfsInfo | None = None


@frozen(kw_only=True)
class RepoInfo:
    """A repository; what was not asked for, or not told, is ``None``.

    Attributes:
        id: ``owner/name``.
        author: The owner.
        sha: Head commit of the revision.
        private: Whether only its owner sees it.
        visibility: ``public``, ``private`` or ``protected``.
        gated: ``False``, ``"auto"`` or ``"manual"``.
        disabled: Whether the Hub has switched it off.
        likes: How many people like it.
        downloads: In the last 30 days; of models and datasets.
        downloads_all_time: Since it was created; of models and datasets.
        tags: In the Hub's order.
        trending_score: The Hub's.
        created_at: When it was created.
        last_modified: When it was committed to last.
        card_data: The front matter of its README.
        siblings: Its files.
        resource_group: The group it belongs to.
        used_storage: In bytes.
    """

    id: str
    author: str | None = None
    sha: str | None = None
    private: bool | None = None
    visibility: str | None = None
    gated: bool | str | None = None
    disabled: bool | None = None
    likes: int | None = None
    downloads: int | None = None
    downloads_all_time: int | None = None
    tags: tuple[str, ...] | None = None
    trending_score: float | None = None
    created_at: datetime | None = None
    last_modified: datetime | None = None
    card_data: dict[str, Any] | None = None
    siblings: tuple[RepoSibling, ...] | None = None
    resource_group: dict[str, Any] | None = None
    used_storage: int | None = None


@frozen(kw_only=True)
class SpaceInfo(RepoInfo):
    """A Space; what was not asked for, or not told, is ``None``.

    Attributes:
        sdk: ``gradio``, ``docker``, ``static`` or ``streamlit``.
        host: The app's address.
        subdomain: The app's name under ``hf.space``.
        runtime: What it runs on.
        models: Models it uses.
        datasets: Datasets it uses.
        region: Where it lives.
        title: What its card calls it.
        emoji: What its card shows.
        color_from: Where the colours of its card begin.
        color_to: Where they end.
        pinned: Whether its owner has put it first.
        featured: Whether the Hub has.
        short_description: Its owner's words.
        ai_short_description: The Hub's words.
        ai_category: What the Hub takes it for.
        origin: The repository that it is a copy of.
        author_data: The owner's account, in the Hub's spelling.
        is_liked_by_user: Whether the caller likes it.
        discussions_disabled: Whether nobody may begin a discussion.
        duplication_disabled: Whether nobody may copy it.
    """

    sdk: str | None = None
    host: str | None = None
    subdomain: str | None = None
    runtime: SpaceRuntime | None = None
    models: tuple[str, ...] | None = None
    datasets: tuple[str, ...] | None = None
    region: str | None = None
    title: str | None = None
    emoji: str | None = None
    color_from: str | None = None
    color_to: str | None = None
    pinned: bool | None = None
    featured: bool | None = None
    short_description: str | None = None
    ai_short_description: str | None = None
    ai_category: str | None = None
    origin: str | None = None
    author_data: dict[str, Any] | None = None
    is_liked_by_user: bool | None = None
    discussions_disabled: bool | None = None
    duplication_disabled: bool | None = None


@frozen(kw_only=True)
class SpaceSearchResult(SpaceInfo):
    """A Space that was found by what it is about.

    Attributes:
        semantic_relevancy_score: How well it fits, by the Hub's measure; the higher the better.
    """

    semantic_relevancy_score: float | None = None


_PATH_PREFIXES: dict[str, RepoType] = {"spaces": "space", "datasets": "dataset"}


class RepoUrl(str):
    """A repository's address, which also knows its parts.

    Attributes:
        endpoint: The Hub that holds it.
        repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
        repo_id: ``owner/name``.
    """

    endpoint: str
    repo_type: RepoType
    repo_id: str

    def __new__(cls, url: str, *, endpoint: str) -> Self:
        """Read the parts off an address below `endpoint`.

        Raises:
            ValueError: It is no repository's address.
        """
        parts = url.removeprefix(endpoint).strip("/").split("/")
        repo_type = _PATH_PREFIXES.get(parts[0], "model")
        names = parts if repo_type == "model" else parts[1:]
        if not url.startswith(f"{endpoint}/") or not 1 <= len(names) <= 2 or not all(names):
            raise ValueError(f"not a repository below {endpoint}: {url!r}")
        self = super().__new__(cls, url)
        self.endpoint = endpoint
        self.repo_type = repo_type
        self.repo_id = "/".join(names)
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str]]:
        return (str(self),), {"endpoint": self.endpoint}

    @property
    def url(self) -> str:
        """The address itself."""
        return str(self)

    @property
    def namespace(self) -> str | None:
        """The owner; ``None`` for the few old models without one."""
        return self.repo_id.rpartition("/")[0] or None

    @property
    def repo_name(self) -> str:
        """The name without the owner."""
        return self.repo_id.rpartition("/")[2]

    @property
    def app_url(self) -> str | None:
        """Where a Space's app is served; ``None`` for other repositories.

        Built by the rule that recorded replies follow; `SpaceInfo.host` is the Hub's own word.
        """
        if self.repo_type != "space":
            return None
        return f"https://{re.sub('[^a-z0-9]+', '-', self.repo_id.lower()).strip('-')}.hf.space"


class DuplicatedRepoUrl(RepoUrl):
    """The address of a duplicate.

    Attributes:
        files_copy_pending: Whether its large files are still being copied.
    """

    files_copy_pending: bool = False
