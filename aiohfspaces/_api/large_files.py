"""The large files of a repository, by their content."""

from __future__ import annotations

from collections.abc import Iterable

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io.pages import Pages
from aiohfspaces._plan import uploading
from aiohfspaces._wire import large_files
from aiohfspaces._wire.names import (
    checked_flags,
    checked_items,
    checked_repo_id,
    checked_repo_type,
    kind_of,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoType


class LargeFiles(Sender):
    """Finding out what fills a repository, and getting rid of it."""

    def list_lfs_files(self, repo_id: str, *, repo_type: RepoType = "space") -> Pages[models.LFSFileInfo]:
        """List all large files that a repository has, or ever had: old contents count as long as they are kept.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            Pages: ``async for`` takes one page at a time, ``await`` gives a list.

        Raises:
            UsageError: An argument is wrong.
            PermissionDeniedError: The token may not manage it.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/lfs-files``, then the ``next`` of its ``Link`` headers; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_lfs_files``.
        """
        return self._pages(large_files.list_lfs_files(checked_repo_id(repo_id), checked_repo_type(repo_type)))

    async def permanently_delete_lfs_files(
        self,
        repo_id: str,
        lfs_files: Iterable[models.LFSFileInfo],
        *,
        rewrite_history: bool = True,
        repo_type: RepoType = "space",
    ) -> None:
        """Delete large files from a repository and all of its history; there is no way back.

        Args:
            repo_id: ``owner/name``.
            lfs_files: Which, as `list_lfs_files` names them.
            rewrite_history: Whether commits are rewritten, so that no pointer to them is left.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong.
            PermissionDeniedError: The token may not manage it.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/lfs-files/batch`` ``{"deletions": {"sha", "rewriteHistory"}}``, 1,000 a
            call; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.permanently_delete_lfs_files``.
        """
        chosen = list(checked_items(lfs_files, argument="lfs_files"))
        for index, file in enumerate(chosen):
            if not isinstance(file, models.LFSFileInfo):
                raise UsageError(f"lfs_files[{index}]: expected an LFSFileInfo, got {kind_of(file)}")
        checked_flags(rewrite_history=rewrite_history)
        checked_repo_id(repo_id)
        kind = checked_repo_type(repo_type)
        for batch in uploading.batches((file.file_oid for file in chosen), large_files.DELETED_AT_ONCE):
            await self._send(large_files.delete_lfs_files(repo_id, kind, batch, rewrite_history=rewrite_history))
