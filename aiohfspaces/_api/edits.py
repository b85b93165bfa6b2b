"""Removing and copying what a repository holds: commits for which nothing is uploaded."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Iterable

from aiohfspaces import models
from aiohfspaces._api.commits import Commits
from aiohfspaces._plan import copying, orders
from aiohfspaces._plan.filtering import checked_patterns
from aiohfspaces._wire import uris
from aiohfspaces._wire.names import DEFAULT_REVISION
from aiohfspaces.errors import UploadError, UsageError
from aiohfspaces.models import RepoType


class Edits(Commits):
    """Removing and copying."""

    async def delete_file(
        self,
        path_in_repo: str,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        commit_message: str | None = None,
        commit_description: str | None = None,
        create_pr: bool | None = None,
        parent_commit: str | None = None,
    ) -> models.UploadReport:
        """Remove a file of a repository, with one commit.

        Args:
            path_in_repo: Its path; with a slash at the end a folder's.
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch; ``None`` for the default one.
            commit_message: First line of the commit.
            commit_description: The rest of it.
            create_pr: Whether to open a pull request for it; not with a `revision`.
            parent_commit: The head that the commit has to meet; ``None`` for any.

        Returns:
            The commit.

        Raises:
            UsageError: An argument is wrong.
            EntryNotFoundError: There is no such file.
            CommitConflictError: Somebody has committed since `parent_commit`, or others commit again and again.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            ``GET …/commits/{revision}`` for the head to name, then ``POST …/commit/{revision}``, not repeated
            after a lost reply but looked for.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_file``.
        """
        to = await self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or f"Delete {path_in_repo} with aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
        )
        return await self._commit(to, [orders.ordered(models.CommitOperationDelete(path_in_repo), to)])

    async def delete_folder(
        self,
        path_in_repo: str,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        commit_message: str | None = None,
        commit_description: str | None = None,
        create_pr: bool | None = None,
        parent_commit: str | None = None,
    ) -> models.UploadReport:
        """Remove a folder of a repository and all that is below it, with one commit.

        Args:
            path_in_repo: Its path.
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch; ``None`` for the default one.
            commit_message: First line of the commit.
            commit_description: The rest of it.
            create_pr: Whether to open a pull request for it; not with a `revision`.
            parent_commit: The head that the commit has to meet; ``None`` for any.

        Returns:
            The commit.

        Raises:
            UsageError: An argument is wrong.
            EntryNotFoundError: There is no such folder.
            CommitConflictError: Somebody has committed since `parent_commit`, or others commit again and again.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            As `delete_file`.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_folder``.
        """
        to = await self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or f"Delete folder {path_in_repo} with aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
        )
        return await self._commit(to, [orders.ordered(models.CommitOperationDelete(path_in_repo, is_folder=True), to)])

    async def delete_files(
        self,
        repo_id: str,
        delete_patterns: str | Iterable[str],
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        commit_message: str | None = None,
        commit_description: str | None = None,
        create_pr: bool | None = None,
        parent_commit: str | None = None,
    ) -> models.UploadReport:
        """Remove the files of a repository that match patterns, with one commit.

        Args:
            repo_id: ``owner/name``.
            delete_patterns: What to remove; ``*`` also matches ``/``, and ``logs/`` means all that is below.
                ``.gitattributes`` stays.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch; ``None`` for the default one.
            commit_message: First line of the commit.
            commit_description: The rest of it.
            create_pr: Whether to open a pull request for it; not with a `revision`.
            parent_commit: The head that the commit has to meet; ``None`` for any.

        Returns:
            The commit; ``deleted`` tells which files it removed, and ``committed`` is ``False`` if none matches.

        Raises:
            UsageError: An argument is wrong.
            CommitConflictError: Somebody has committed since `parent_commit`, or others commit again and again.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            As `delete_file`; before the commit ``GET …/tree/{parent}?recursive=true``, page by page.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_files``.
        """
        patterns = checked_patterns(delete_patterns, argument="delete_patterns")
        if not patterns:
            raise UsageError("delete_patterns: expected one pattern or more, got none")
        to = await self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or f"Delete files {' '.join(patterns)} with aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
        )
        report = await self._commit(to, [], matching=lambda revision: self._matching(to, revision, "", patterns))
        if not report.deleted:
            warnings.warn(f"Nothing in {to.repo_id} matches {list(patterns)}", UserWarning, stacklevel=2)
        return report

    async def copy_files(self, source: str, destination: str) -> models.UploadReport:
        """Copy a file or a folder of a repository to another place, or another repository, with one commit.

        As with ``cp -r``, a folder goes into a folder that is there, and else takes its name; a slash at the end
        of `source` means what is in it.

        Args:
            source: ``hf://[spaces/|datasets/|models/]owner/name[@revision][/path]``; without a kind it is a model.
            destination: The same; a slash at its end means a folder.

        Returns:
            The commit; ``uploaded`` tells where the files are now.

        Raises:
            UsageError: One is no such address, or leads into a bucket.
            UploadError: There is nothing at `source`, or it cannot be copied; nothing was committed.
            CommitConflictError: Others commit again and again.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``POST …/paths-info/{revision}`` for both, ``GET …/tree/{revision}/…?recursive=true`` for a folder; then
            as `create_commit` with copies.

        Source:
            huggingface_hub 2.4.0, ``HfApi.copy_files``.
        """
        taken, put = uris.checked_uri(source, argument="source"), uris.checked_uri(destination, argument="destination")
        to = await self._destination(
            put.repo_id,
            put.repo_type,
            put.revision,
            f"Copy files from {taken.repo_type}s/{taken.repo_id}",
            None,
            create_pr=None,
            parent_commit=None,
        )
        target = await self._target(put)
        if put.is_folder and not target.is_folder:
            raise UsageError(f"destination: expected a folder, as the slash says, but {put.path!r} is a file")
        origin = _origin(taken, put)
        pairs = self._files_to_copy(taken, target)
        copies = [orders.Copy(path=path, origin=origin, source_path=source_path) async for source_path, path in pairs]
        if not copies:
            raise UploadError("There is nothing to copy:", failures={source: "no file is there"})
        return await self._commit(to, copies)

    async def _target(self, put: uris.HfUri) -> copying.Target:
        """Look what is at a destination."""
        if not put.path:
            return copying.Target(path="", is_folder=True, exists=True)
        found = await self.get_paths_info(put.repo_id, put.path, revision=put.revision, repo_type=put.repo_type)
        is_folder = any(isinstance(entry, models.RepoFolder) for entry in found)
        return copying.Target(path=put.path, is_folder=is_folder or (not found and put.is_folder), exists=is_folder)

    async def _files_to_copy(self, taken: uris.HfUri, target: copying.Target) -> AsyncIterator[tuple[str, str]]:
        """Walk what is at a source: each file's path there, and where it goes."""
        if taken.path:
            found = await self.get_paths_info(
                taken.repo_id, taken.path, revision=taken.revision, repo_type=taken.repo_type
            )
            if any(isinstance(entry, models.RepoFile) for entry in found):
                yield taken.path, copying.target_of_file(taken.path, target)
                return
            if not found:
                return
        tree = self.list_repo_tree(
            taken.repo_id, taken.path or None, recursive=True, revision=taken.revision, repo_type=taken.repo_type
        )
        for entry in await tree:
            if isinstance(entry, models.RepoFile):
                yield (
                    entry.path,
                    copying.target_in_folder(entry.path, taken.path, target, contents_only=taken.is_folder),
                )


def _origin(taken: uris.HfUri, put: uris.HfUri) -> orders.Origin | None:
    is_same = (taken.repo_id, taken.repo_type) == (put.repo_id, put.repo_type)
    if is_same and taken.revision is None and put.revision in (None, DEFAULT_REVISION):
        return None
    return orders.Origin(repo_id=taken.repo_id, repo_type=taken.repo_type, revision=taken.revision or DEFAULT_REVISION)
