"""What is in a repository: its files and its history."""

from __future__ import annotations

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io.pages import Pages
from aiohfspaces._plan import uploading
from aiohfspaces._wire import content
from aiohfspaces._wire.names import (
    checked_flags,
    checked_folder_in_repo,
    checked_items,
    checked_path_in_repo,
    checked_ref,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
)
from aiohfspaces.models import RepoType


class Content(Sender):
    """Reading what a repository holds."""

    def list_repo_tree(
        self,
        repo_id: str,
        path_in_repo: str | None = None,
        *,
        recursive: bool = False,
        expand: bool = False,
        revision: str | None = None,
        repo_type: RepoType = "space",
    ) -> Pages[content.RepoEntry]:
        """List the files and folders of a repository.

        Args:
            repo_id: ``owner/name``.
            path_in_repo: The folder to list; ``None`` for the root.
            recursive: Whether to list what is in its folders, too.
            expand: Whether to tell the last commit of each and what scanners found, which takes longer.
            revision: Branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            Pages of `RepoFile` and `RepoFolder`, in the Hub's order: ``async for`` takes one page at a time,
            ``await`` gives a list.

        Raises:
            UsageError: An argument is wrong.
            EntryNotFoundError: There is no such folder.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/tree/{revision}[/{path_in_repo}]``, then the ``next`` of its ``Link``
            headers; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_repo_tree``.
        """
        checked_flags(recursive=recursive, expand=expand)
        return self._pages(
            content.list_tree(
                checked_repo_id(repo_id),
                checked_repo_type(repo_type),
                checked_revision(revision),
                checked_folder_in_repo(path_in_repo),
                recursive=recursive,
                expand=expand,
            )
        )

    async def get_paths_info(
        self,
        repo_id: str,
        paths: list[str] | str,
        *,
        expand: bool = False,
        revision: str | None = None,
        repo_type: RepoType = "space",
    ) -> list[content.RepoEntry]:
        """Tell what is at some paths of a repository.

        Args:
            repo_id: ``owner/name``.
            paths: Files or folders; one string is a list of one.
            expand: Whether to tell the last commit of each and what scanners found.
            revision: Branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            A `RepoFile` or a `RepoFolder` for each that is there, in the Hub's order; what is not there is left out.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/paths-info/{revision}`` ``{"paths", "expand"}``, 500 paths a call;
            safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_paths_info``.
        """
        checked_flags(expand=expand)
        kind, at = checked_repo_type(repo_type), checked_revision(revision)
        several = [paths] if isinstance(paths, str) else checked_items(paths, argument="paths")
        wanted = [checked_path_in_repo(path, argument="paths") for path in several]
        found: list[content.RepoEntry] = []
        for batch in uploading.batches(wanted, content.PATHS_AT_ONCE):
            page = await self._send(content.paths_info(checked_repo_id(repo_id), kind, at, batch, expand=expand))
            found += page
        return found

    async def get_repo_size(
        self,
        repo_id: str,
        path: str | None = None,
        *,
        revision: str | None = None,
        repo_type: RepoType = "space",
    ) -> int:
        """Tell how large a repository is at a revision, or a folder of it.

        Args:
            repo_id: ``owner/name``.
            path: The folder; ``None`` for all of it.
            revision: Branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            Bytes of all files below; large files count as what they are, not as their pointers.

        Raises:
            UsageError: An argument is wrong.
            EntryNotFoundError: There is no such folder.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/treesize/{revision}/{path}``; safe to repeat.

        Source:
            The Hub's OpenAPI document of 2026-08-22; no counterpart upstream.
        """
        return await self._send(
            content.tree_size(
                checked_repo_id(repo_id),
                checked_repo_type(repo_type),
                checked_revision(revision),
                checked_folder_in_repo(path, argument="path"),
            )
        )

    async def compare_revisions(self, repo_id: str, base: str, head: str, *, repo_type: RepoType = "space") -> str:
        """Tell what differs between two revisions of a repository.

        Args:
            repo_id: ``owner/name``.
            base: Branch, tag or commit to begin at.
            head: Branch, tag or commit to end at.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            The differences as ``git diff`` writes them; empty if there are none.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/compare/{base}..{head}?raw=1``; safe to repeat.

        Source:
            The Hub's OpenAPI document of 2026-08-22; no counterpart upstream.
        """
        return await self._send(
            content.compare(
                checked_repo_id(repo_id),
                checked_repo_type(repo_type),
                checked_ref(base, argument="base"),
                checked_ref(head, argument="head"),
            )
        )

    async def list_repo_files(
        self, repo_id: str, *, revision: str | None = None, repo_type: RepoType = "space"
    ) -> list[str]:
        """List the paths of all files of a repository.

        Args:
            repo_id: ``owner/name``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            Paths from the root, in the Hub's order; empty for an empty repository.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/tree/{revision}?recursive=true``, page by page; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_repo_files``.
        """
        first = content.list_tree(
            checked_repo_id(repo_id), checked_repo_type(repo_type), checked_revision(revision), recursive=True
        )
        return [entry.path async for entry in self._pages(first) if isinstance(entry, models.RepoFile)]

    async def list_repo_commits(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        formatted: bool = False,
    ) -> list[models.GitCommitInfo]:
        """List the history of a repository, newest first.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit to begin at; ``None`` for the default branch.
            formatted: Whether title and message also come as HTML.

        Returns:
            All commits from there back to the first.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/commits/{revision}``, page by page; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_repo_commits``.
        """
        checked_flags(formatted=formatted)
        first = content.list_commits(
            checked_repo_id(repo_id), checked_repo_type(repo_type), checked_revision(revision), formatted=formatted
        )
        return await self._pages(first)
