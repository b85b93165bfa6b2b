"""What the Hub's replies mean, as frozen values, a module for each family.

Shapes are strict and vocabularies open: a stage or a flavor that the Hub has added since is
kept as it is spelt and equals its string. All datetimes are aware; all durations are seconds.
"""

from aiohfspaces.models.accounts import WhoAmI
from aiohfspaces.models.content import CommitInfo, DryRunFileInfo, GitCommitInfo, RepoFile, RepoFolder, UploadReport
from aiohfspaces.models.refs import GitRefInfo, GitRefs
from aiohfspaces.models.repos import BlobLfsInfo, DuplicatedRepoUrl, RepoSibling, RepoUrl, SpaceInfo
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
    "GpuMetrics",
    "Replicas",
    "RepoFile",
    "RepoFolder",
    "RepoSibling",
    "RepoType",
    "RepoUrl",
    "RepoVisibility",
    "SpaceDomain",
    "SpaceEvent",
    "SpaceHardware",
    "SpaceHotReloading",
    "SpaceInfo",
    "SpaceMetrics",
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
