"""What the Hub's replies mean, as frozen values, a module for each family.

Shapes are strict and vocabularies open: a stage or a flavor that the Hub has added since is
kept as it is spelt and equals its string. All datetimes are aware; all durations are seconds.
"""

from aiohfspaces.models.accounts import LikedRepo, Organization, RepoStorageInfo, User, UserLikes, WhoAmI
from aiohfspaces.models.content import CommitInfo, DryRunFileInfo, GitCommitInfo, RepoFile, RepoFolder, UploadReport
from aiohfspaces.models.offers import SpaceAccelerator, SpaceHardwareInfo, SpaceTemplate, ZeroGpuQuota, ZeroGpuRuns
from aiohfspaces.models.refs import GitRefInfo, GitRefs
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
from aiohfspaces.models.waiting import StageSighting, WaitHandle
from aiohfspaces.models.words import RepoType, RepoVisibility, SpaceHardware, SpaceStage, SpaceStorage

__all__ = [
    "BlobLfsInfo",
    "CommitInfo",
    "DryRunFileInfo",
    "DuplicatedRepoUrl",
    "GitCommitInfo",
    "GitRefInfo",
    "GitRefs",
    "LikedRepo",
    "Organization",
    "Replicas",
    "RepoFile",
    "RepoFolder",
    "RepoInfo",
    "RepoSibling",
    "RepoStorageInfo",
    "RepoType",
    "RepoUrl",
    "RepoVisibility",
    "SpaceAccelerator",
    "SpaceDomain",
    "SpaceHardware",
    "SpaceHardwareInfo",
    "SpaceHotReloading",
    "SpaceInfo",
    "SpaceRuntime",
    "SpaceSearchResult",
    "SpaceSecret",
    "SpaceStage",
    "SpaceStorage",
    "SpaceTemplate",
    "SpaceVariable",
    "StageSighting",
    "UploadReport",
    "User",
    "UserLikes",
    "Volume",
    "WaitHandle",
    "WhoAmI",
    "ZeroGpuQuota",
    "ZeroGpuRuns",
]
