"""What the Hub's replies mean, as frozen values, a module for each family.

Shapes are strict and vocabularies open: a stage or a flavor that the Hub has added since is
kept as it is spelt and equals its string. All datetimes are aware; all durations are seconds.
"""

from typing import TYPE_CHECKING

from aiohfspaces._loading import names_of

if TYPE_CHECKING:
    from aiohfspaces.models.accounts import LikedRepo, Organization, RepoStorageInfo, User, UserLikes, WhoAmI
    from aiohfspaces.models.bulk import BulkReport, SpaceOutcome
    from aiohfspaces.models.commits import (
        CommitOperation,
        CommitOperationAdd,
        CommitOperationCopy,
        CommitOperationDelete,
    )
    from aiohfspaces.models.content import (
        BlobSecurityInfo,
        CommitInfo,
        DryRunFileInfo,
        FolderVerification,
        GitCommitInfo,
        HfFileMetadata,
        LastCommitInfo,
        LFSFileInfo,
        Mismatch,
        RepoFile,
        RepoFolder,
        UploadProgress,
        UploadReport,
        XetFileData,
    )
    from aiohfspaces.models.discussions import (
        Discussion,
        DiscussionComment,
        DiscussionCommit,
        DiscussionEvent,
        DiscussionStatusChange,
        DiscussionTitleChange,
        DiscussionWithDetails,
    )
    from aiohfspaces.models.offers import SpaceAccelerator, SpaceHardwareInfo, SpaceTemplate, ZeroGpuQuota, ZeroGpuRuns
    from aiohfspaces.models.pacing import PacedCall, RateLimitState
    from aiohfspaces.models.refs import GitRefInfo, GitRefs, ResolvedRevision
    from aiohfspaces.models.repos import (
        BlobLfsInfo,
        DuplicatedRepoUrl,
        RepoInfo,
        RepoSibling,
        RepoUrl,
        SpaceInfo,
        SpaceSearchResult,
    )
    from aiohfspaces.models.runtime import (
        Replicas,
        SpaceDomain,
        SpaceHotReloading,
        SpaceRuntime,
        SpaceSecret,
        SpaceVariable,
        Volume,
    )
    from aiohfspaces.models.streams import GpuMetrics, SpaceEvent, SpaceMetrics
    from aiohfspaces.models.tasks import Task, TaskStatus
    from aiohfspaces.models.waiting import LeaseHandle, StageSighting, WaitHandle
    from aiohfspaces.models.webhooks import WebhookInfo, WebhookWatchedItem
    from aiohfspaces.models.words import (
        DiscussionStatus,
        RepoType,
        RepoVisibility,
        SpaceHardware,
        SpaceStage,
        SpaceStorage,
    )
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "accounts": ("LikedRepo", "Organization", "RepoStorageInfo", "User", "UserLikes", "WhoAmI"),
            "bulk": ("BulkReport", "SpaceOutcome"),
            "commits": ("CommitOperation", "CommitOperationAdd", "CommitOperationCopy", "CommitOperationDelete"),
            "content": (
                "BlobSecurityInfo",
                "CommitInfo",
                "DryRunFileInfo",
                "FolderVerification",
                "GitCommitInfo",
                "HfFileMetadata",
                "LastCommitInfo",
                "LFSFileInfo",
                "Mismatch",
                "RepoFile",
                "RepoFolder",
                "UploadProgress",
                "UploadReport",
                "XetFileData",
            ),
            "discussions": (
                "Discussion",
                "DiscussionComment",
                "DiscussionCommit",
                "DiscussionEvent",
                "DiscussionStatusChange",
                "DiscussionTitleChange",
                "DiscussionWithDetails",
            ),
            "offers": ("SpaceAccelerator", "SpaceHardwareInfo", "SpaceTemplate", "ZeroGpuQuota", "ZeroGpuRuns"),
            "pacing": ("PacedCall", "RateLimitState"),
            "refs": ("GitRefInfo", "GitRefs", "ResolvedRevision"),
            "repos": (
                "BlobLfsInfo",
                "DuplicatedRepoUrl",
                "RepoInfo",
                "RepoSibling",
                "RepoUrl",
                "SpaceInfo",
                "SpaceSearchResult",
            ),
            "runtime": (
                "Replicas",
                "SpaceDomain",
                "SpaceHotReloading",
                "SpaceRuntime",
                "SpaceSecret",
                "SpaceVariable",
                "Volume",
            ),
            "streams": ("GpuMetrics", "SpaceEvent", "SpaceMetrics"),
            "tasks": ("Task", "TaskStatus"),
            "waiting": ("LeaseHandle", "StageSighting", "WaitHandle"),
            "webhooks": ("WebhookInfo", "WebhookWatchedItem"),
            "words": ("DiscussionStatus", "RepoType", "RepoVisibility", "SpaceHardware", "SpaceStage", "SpaceStorage"),
        },
    )

__all__ = [
    "BlobLfsInfo",
    "BlobSecurityInfo",
    "BulkReport",
    "CommitInfo",
    "CommitOperation",
    "CommitOperationAdd",
    "CommitOperationCopy",
    "CommitOperationDelete",
    "Discussion",
    "DiscussionComment",
    "DiscussionCommit",
    "DiscussionEvent",
    "DiscussionStatus",
    "DiscussionStatusChange",
    "DiscussionTitleChange",
    "DiscussionWithDetails",
    "DryRunFileInfo",
    "DuplicatedRepoUrl",
    "FolderVerification",
    "GitCommitInfo",
    "GitRefInfo",
    "GitRefs",
    "GpuMetrics",
    "HfFileMetadata",
    "LFSFileInfo",
    "LastCommitInfo",
    "LeaseHandle",
    "LikedRepo",
    "Mismatch",
    "Organization",
    "PacedCall",
    "RateLimitState",
    "Replicas",
    "RepoFile",
    "RepoFolder",
    "RepoInfo",
    "RepoSibling",
    "RepoStorageInfo",
    "RepoType",
    "RepoUrl",
    "RepoVisibility",
    "ResolvedRevision",
    "SpaceAccelerator",
    "SpaceDomain",
    "SpaceEvent",
    "SpaceHardware",
    "SpaceHardwareInfo",
    "SpaceHotReloading",
    "SpaceInfo",
    "SpaceMetrics",
    "SpaceOutcome",
    "SpaceRuntime",
    "SpaceSearchResult",
    "SpaceSecret",
    "SpaceStage",
    "SpaceStorage",
    "SpaceTemplate",
    "SpaceVariable",
    "StageSighting",
    "Task",
    "TaskStatus",
    "UploadProgress",
    "UploadReport",
    "User",
    "UserLikes",
    "Volume",
    "WaitHandle",
    "WebhookInfo",
    "WebhookWatchedItem",
    "WhoAmI",
    "XetFileData",
    "ZeroGpuQuota",
    "ZeroGpuRuns",
]
