"""Comparing files on disk with what the Hub has."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from aiohfspaces._io.crowd import each
from aiohfspaces._io.files import exists, git_blob_id_of, in_thread, read_text, sha256_of, size_of
from aiohfspaces._io.storing import HASHING_TASKS
from aiohfspaces._plan.caching import CachedRepo, is_commit
from aiohfspaces._plan.checksums import checksum_of
from aiohfspaces._plan.filtering import NEVER_UPLOADED, matching
from aiohfspaces._plan.orders import LocalFile
from aiohfspaces.errors import FileChangedError, LocalEntryNotFoundError, UsageError
from aiohfspaces.models import FolderVerification, Mismatch, RepoFile


async def cached_snapshot(cached: CachedRepo, revision: str) -> tuple[Path, str]:
    """Find the snapshot of a revision in the cache, and its commit.

    Raises:
        LocalEntryNotFoundError: There is none.
    """
    commit = revision if is_commit(revision) else await read_text(cached.ref(revision))
    if commit is not None and await exists(cached.snapshot_folder(commit.strip())):
        return cached.snapshot_folder(commit.strip()), commit.strip()
    raise LocalEntryNotFoundError(f"Nothing of {revision} is in {cached.folder}")


async def verify(root: Path, revision: str, remote: Mapping[str, RepoFile]) -> FolderVerification:
    """Compare all files below a folder with what a revision has.

    Args:
        root: The folder.
        revision: What it is compared with.
        remote: Path to what the Hub has there.

    Raises:
        UsageError: There is no such folder.
        FileChangedError: A file changed meanwhile.
    """
    local = await in_thread(_files_below, root)

    async def compare(path: str) -> Mismatch | None:
        file, expected = LocalFile(path=path, source=root / path, size=local[path], sample=b""), remote[path]
        large = expected.lfs
        wanted = expected.blob_id if large is None else large.sha256
        actual = await (git_blob_id_of(file) if large is None else sha256_of(file))
        if actual == wanted:
            return None
        algorithm = "git-sha1" if large is None else "sha256"
        return Mismatch(path=path, expected=wanted, actual=actual, algorithm=algorithm)

    both = sorted(remote.keys() & local.keys())
    found = await each(compare, both, tasks=HASHING_TASKS)
    return FolderVerification(
        revision=revision,
        checked_count=len(both),
        mismatches=tuple(mismatch for mismatch in found if mismatch is not None),
        missing_paths=tuple(sorted(remote.keys() - local.keys())),
        extra_paths=tuple(sorted(local.keys() - remote.keys())),
        verified_path=root,
    )


async def hashes_to(path: Path, etag: str) -> bool:
    """Tell whether a file has the content that an etag is the hash of; ``False`` where that is none."""
    with suppress(OSError, FileChangedError):
        size = await size_of(path)
        file, checksum = LocalFile(path=path.name, source=path, size=size, sample=b""), checksum_of(etag, size)
        if checksum is not None:
            return checksum.expected == await (sha256_of(file) if checksum.name == "sha256" else git_blob_id_of(file))
    return False


def _files_below(root: Path) -> dict[str, int]:
    if not root.is_dir():
        raise UsageError(f"local_dir: expected a folder, got {str(root)!r}")
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {path: found[path].stat().st_size for path in matching(found, ignore=NEVER_UPLOADED)}
