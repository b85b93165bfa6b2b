"""What the Hub's replies mean, as frozen values.

Shapes are strict and vocabularies open: a stage or a flavor that the Hub has added since is
kept as it is spelt and equals its string. All datetimes are aware; all durations are seconds.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NotRequired, Self, TypedDict

from attrs import field, frozen

from aiohfspaces.errors import UsageError

__all__ = [
    "BlobLfsInfo",
    "CommitInfo",
    "DryRunFileInfo",
    "DuplicatedRepoUrl",
    "GitCommitInfo",
    "GitRefInfo",
    "GitRefs",
    "Replicas",
    "RepoFile",
    "RepoFolder",
    "RepoSibling",
    "RepoType",
    "RepoUrl",
    "RepoVisibility",
    "SpaceDomain",
    "SpaceHardware",
    "SpaceHotReloading",
    "SpaceInfo",
    "SpaceRuntime",
    "SpaceSecret",
    "SpaceStage",
    "SpaceStorage",
    "SpaceVariable",
    "StageSighting",
    "UploadReport",
    "Volume",
    "WaitHandle",
    "WhoAmI",
]

RepoType = Literal["space", "dataset", "model"]
RepoVisibility = Literal["public", "private", "protected"]


class _Vocabulary(StrEnum):
    """Words that the Hub may add to."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = word._value_ = value
        return word


class SpaceStage(_Vocabulary):
    """Where a Space is in its life."""

    NO_APP_FILE = "NO_APP_FILE"
    CONFIG_ERROR = "CONFIG_ERROR"
    BUILDING = "BUILDING"
    BUILD_ERROR = "BUILD_ERROR"
    APP_STARTING = "APP_STARTING"
    RUNNING = "RUNNING"
    RUNNING_BUILDING = "RUNNING_BUILDING"
    RUNNING_APP_STARTING = "RUNNING_APP_STARTING"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    DELETING = "DELETING"
    STOPPED = "STOPPED"
    PAUSED = "PAUSED"
    SLEEPING = "SLEEPING"


class SpaceHardware(_Vocabulary):
    """A flavor of hardware; which of them can be had, the Hub decides."""

    CPU_BASIC = "cpu-basic"
    CPU_UPGRADE = "cpu-upgrade"
    CPU_PERFORMANCE = "cpu-performance"
    CPU_XL = "cpu-xl"
    SPRX8 = "sprx8"
    ZERO_A10G = "zero-a10g"
    T4_SMALL = "t4-small"
    T4_MEDIUM = "t4-medium"
    L4X1 = "l4x1"
    L4X4 = "l4x4"
    L40SX1 = "l40sx1"
    L40SX4 = "l40sx4"
    L40SX8 = "l40sx8"
    A10G_SMALL = "a10g-small"
    A10G_LARGE = "a10g-large"
    A10G_LARGEX2 = "a10g-largex2"
    A10G_LARGEX4 = "a10g-largex4"
    A100_LARGE = "a100-large"
    A100X4 = "a100x4"
    A100X8 = "a100x8"
    H200 = "h200"
    H200X2 = "h200x2"
    H200X4 = "h200x4"
    H200X8 = "h200x8"
    RTX_PRO_6000 = "rtx-pro-6000"
    RTX_PRO_6000X2 = "rtx-pro-6000x2"
    RTX_PRO_6000X4 = "rtx-pro-6000x4"
    RTX_PRO_6000X8 = "rtx-pro-6000x8"
    INF2X6 = "inf2x6"


class SpaceStorage(_Vocabulary):
    """A tier of the persistent storage that volumes have replaced on the Hub."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@frozen(kw_only=True)
class Volume:
    """A bucket or a repository mounted into a Space.

    Attributes:
        type: What is mounted.
        source: Its id, ``owner/name``.
        mount_path: Where in the container; absolute.
        revision: Branch, tag or commit; repositories only.
        read_only: Repositories always are.
        path: The folder of the source to mount; ``None`` for all of it.
    """

    type: Literal["bucket", "model", "dataset", "space"]
    source: str
    mount_path: str
    revision: str | None = None
    read_only: bool | None = None
    path: str | None = None


@frozen(kw_only=True)
class Replicas:
    """How many copies of a Space run.

    Attributes:
        current: Copies that run; ``None`` while none is known of.
        requested: Copies asked for, or ``"auto"``.
    """

    current: int | None
    requested: int | str | None


@frozen(kw_only=True)
class SpaceDomain:
    """An address under which a Space's app is served.

    Attributes:
        domain: The host name.
        stage: ``READY``, ``PENDING``, ``MISCONFIGURED`` and the like.
        is_custom: Whether it is the owner's own.
    """

    domain: str
    stage: str
    is_custom: bool


@frozen(kw_only=True)
class SpaceHotReloading:
    """The state of a reload without a rebuild.

    Attributes:
        status: ``created`` or ``canceled``.
        replica_statuses: For each replica its hash and its status.
    """

    status: str
    replica_statuses: tuple[tuple[str, str | None], ...]


@frozen(kw_only=True)
class SpaceRuntime:
    """What a Space runs on, and how far it has come.

    Attributes:
        stage: Where it is in its life.
        hardware: The flavor it runs on; ``None`` before its first start and for a static Space.
        requested_hardware: The flavor that was asked for last; ``None`` for a static Space.
        sleep_time: Idle seconds until it sleeps; ``None`` for never.
        storage: Tier of its persistent storage; ``None`` without.
        dev_mode: Whether it is open for development.
        error_message: Why it failed, in the Hub's words.
        sha: The commit that runs; ``None`` where the Hub does not say.
        replicas: Copies that run and that were asked for.
        domains: Where the app is served; empty where the Hub does not say.
        volumes: What is mounted; ``None`` without.
        hot_reloading: The state of a reload without a rebuild; ``None`` without.
    """

    stage: SpaceStage
    hardware: SpaceHardware | None = None
    requested_hardware: SpaceHardware | None = None
    sleep_time: int | None = None
    storage: SpaceStorage | None = None
    dev_mode: bool = False
    error_message: str | None = None
    sha: str | None = None
    replicas: Replicas | None = None
    domains: tuple[SpaceDomain, ...] = ()
    volumes: tuple[Volume, ...] | None = None
    hot_reloading: SpaceHotReloading | None = None


@frozen(kw_only=True)
class SpaceSecret:
    """A secret of a Space; its value cannot be read back.

    Attributes:
        key: Its name in the app's environment.
        description: What it is for.
        updated_at: When it was set last.
    """

    key: str
    description: str | None = None
    updated_at: datetime | None = None


@frozen(kw_only=True)
class SpaceVariable:
    """A public variable of a Space.

    Attributes:
        key: Its name in the app's environment.
        value: Its value.
        description: What it is for.
        updated_at: When it was set last.
    """

    key: str
    value: str
    description: str | None = None
    updated_at: datetime | None = None


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
class SpaceInfo:
    """A Space; what was not asked for, or not told, is ``None``.

    Attributes:
        id: ``owner/name``.
        author: The owner.
        sha: Head commit of the revision.
        sdk: ``gradio``, ``docker``, ``static`` or ``streamlit``.
        private: Whether only its owner sees it.
        gated: ``False``, ``"auto"`` or ``"manual"``.
        disabled: Whether the Hub has switched it off.
        host: The app's address.
        subdomain: The app's name under ``hf.space``.
        likes: How many people like it.
        tags: In the Hub's order.
        trending_score: The Hub's.
        created_at: When it was created.
        last_modified: When it was committed to last.
        card_data: The front matter of its README.
        siblings: Its files.
        runtime: What it runs on.
        models: Models it uses.
        datasets: Datasets it uses.
        region: Where it lives.
        resource_group: The group it belongs to.
        used_storage: In bytes.
    """

    id: str
    author: str | None = None
    sha: str | None = None
    sdk: str | None = None
    private: bool | None = None
    gated: bool | str | None = None
    disabled: bool | None = None
    host: str | None = None
    subdomain: str | None = None
    likes: int | None = None
    tags: tuple[str, ...] | None = None
    trending_score: float | None = None
    created_at: datetime | None = None
    last_modified: datetime | None = None
    card_data: dict[str, Any] | None = None
    siblings: tuple[RepoSibling, ...] | None = None
    runtime: SpaceRuntime | None = None
    models: tuple[str, ...] | None = None
    datasets: tuple[str, ...] | None = None
    region: str | None = None
    resource_group: dict[str, Any] | None = None
    used_storage: int | None = None


@frozen(kw_only=True)
class RepoFile:
    """A file in a tree.

    Attributes:
        path: From the root of the repository.
        size: In bytes.
        blob_id: Its git id.
        lfs: The LFS object behind it; ``None`` for a regular file.
        xet_hash: Its hash in Xet storage; ``None`` outside of it.
    """

    path: str
    size: int
    blob_id: str
    lfs: BlobLfsInfo | None = None
    xet_hash: str | None = None


@frozen(kw_only=True)
class RepoFolder:
    """A folder in a tree.

    Attributes:
        path: From the root of the repository.
        tree_id: Its git id.
    """

    path: str
    tree_id: str


@frozen(kw_only=True)
class GitCommitInfo:
    """A commit in a history.

    Attributes:
        commit_id: Its git id.
        authors: User names.
        created_at: When it was made.
        title: First line of its message.
        message: The rest.
        formatted_title: As HTML; ``None`` unless asked for, as the next.
        formatted_message: As HTML.
    """

    commit_id: str
    authors: tuple[str, ...]
    created_at: datetime
    title: str
    message: str
    formatted_title: str | None = None
    formatted_message: str | None = None


@frozen(kw_only=True)
class GitRefInfo:
    """A name of a commit.

    Attributes:
        name: What people call it, e.g. ``main``.
        ref: What git calls it, e.g. ``refs/heads/main``.
        target_commit: The commit.
    """

    name: str
    ref: str
    target_commit: str


@frozen(kw_only=True)
class GitRefs:
    """All names of a repository's commits.

    Attributes:
        branches: In the Hub's order.
        converts: Branches of the Hub's own conversions.
        tags: In the Hub's order.
        pull_requests: ``None`` unless they were asked for.
    """

    branches: tuple[GitRefInfo, ...]
    converts: tuple[GitRefInfo, ...]
    tags: tuple[GitRefInfo, ...]
    pull_requests: tuple[GitRefInfo, ...] | None


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


@frozen(kw_only=True)
class CommitInfo:
    """A commit that was made.

    Attributes:
        oid: Its git id.
        commit_url: Where to look at it.
        commit_message: Its first line.
        commit_description: The rest; may be empty.
        pr_url: The pull request that was opened for it; ``None`` without.
    """

    oid: str
    commit_url: str
    commit_message: str
    commit_description: str = ""
    pr_url: str | None = None

    @property
    def pr_num(self) -> int | None:
        """The pull request's number."""
        return int(self.pr_url.rstrip("/").rpartition("/")[2]) if self.pr_url else None

    @property
    def pr_revision(self) -> str | None:
        """The pull request's git ref."""
        return f"refs/pr/{self.pr_num}" if self.pr_url else None


@frozen(kw_only=True)
class UploadReport(CommitInfo):
    """A commit, and what became of each file.

    Attributes:
        committed: ``False`` if there was nothing to change; ``oid`` is then the head that was found.
        uploaded: Paths in the repository that the commit added or replaced.
        unchanged: Paths that were there already with this content.
        ignored: Paths that the repository's ``.gitignore`` keeps out.
        deleted: Paths that the commit removed.
        reconciled: Whether the commit's reply was lost, and the commit was found by looking for it.
        bytes_sent: Bytes of files that travelled.
        seconds: How long it took.
    """

    committed: bool
    uploaded: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    reconciled: bool = False
    bytes_sent: int = 0
    seconds: float = field(default=0.0, eq=False)


@frozen(kw_only=True)
class DryRunFileInfo:
    """What a download would do.

    Attributes:
        commit_hash: The commit that the revision is at.
        file_size: In bytes.
        filename: Path in the repository.
        local_path: Where the file is, or would be.
        is_cached: Whether it is there already.
        will_download: Whether the real call would fetch it.
    """

    commit_hash: str
    file_size: int
    filename: str
    local_path: str
    is_cached: bool
    will_download: bool


@frozen
class StageSighting:
    """A runtime as it was first seen in a wait.

    Attributes:
        seconds: Since the wait began.
        stage: Its stage.
        hardware: The flavor it ran on.
    """

    seconds: float
    stage: SpaceStage
    hardware: SpaceHardware | None

    def __str__(self) -> str:
        return f"{self.stage}{f' on {self.hardware}' if self.hardware else ''} at {self.seconds:.0f} s"


@frozen(kw_only=True)
class WaitHandle:
    """What a wait waits for, so that another process can go on with it.

    Attributes:
        repo_id: The Space.
        hardware: The flavor to land on; ``None`` for a wait that only wants it to run.
        revision: The commit that has to run; ``None`` for any.
    """

    repo_id: str
    hardware: SpaceHardware | None = None
    revision: str | None = None

    def to_json(self) -> str:
        """Write it as text; nothing in it is secret."""
        facts = {"repo_id": self.repo_id, "hardware": self.hardware, "revision": self.revision}
        return json.dumps(facts)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` has written.

        Raises:
            UsageError: It is not such a text.
        """
        try:
            facts = json.loads(text)
            repo_id, hardware, revision = facts["repo_id"], facts["hardware"], facts["revision"]
            if not isinstance(repo_id, str) or not isinstance(revision, str | None):
                raise TypeError
            return cls(
                repo_id=repo_id,
                hardware=None if hardware is None else SpaceHardware(hardware),
                revision=revision,
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UsageError(f"handle: expected the text of WaitHandle.to_json, got {text!r}") from None


class _Organization(TypedDict):
    name: str
    roleInOrg: NotRequired[str]
    plan: NotRequired[str | None]


class WhoAmI(TypedDict):
    """The account behind a token, in the Hub's own spelling (a ``dict``, as in ``HfApi.whoami``)."""

    type: str
    name: str
    id: NotRequired[str]
    fullname: NotRequired[str]
    email: NotRequired[str | None]
    isPro: NotRequired[bool]
    canPay: NotRequired[bool]
    orgs: NotRequired[list[_Organization]]
    auth: NotRequired[dict[str, Any]]
