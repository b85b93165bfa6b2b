"""What is in a repository: its files and its history."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import BinaryIO, Literal, overload

from attrs import evolve

from aiohfspaces._api.sender import Sender
from aiohfspaces._io.downloader import Cache, Folder, Place, Wish, download
from aiohfspaces._io.files import write_whole
from aiohfspaces._io.sources import find_files, local_file, user_path
from aiohfspaces._io.uploader import Destination, upload
from aiohfspaces._plan.caching import CachedRepo, cache_folder, checked_filename
from aiohfspaces._plan.filtering import Patterns, matching
from aiohfspaces._wire import content
from aiohfspaces._wire.calls import get
from aiohfspaces._wire.content import FileMetadata
from aiohfspaces._wire.names import (
    DEFAULT_REVISION,
    checked_commit,
    checked_folder_in_repo,
    checked_path_in_repo,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
)
from aiohfspaces._wire.replies import nothing
from aiohfspaces.errors import UsageError
from aiohfspaces.models import DryRunFileInfo, GitCommitInfo, RepoFile, RepoType, UploadReport
from aiohfspaces.options import Seconds, Timeout

_SHA256_DIGITS = 64


class Content(Sender):
    """Reading and writing what a repository holds."""

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
        return [entry.path async for entry in self._pages(first) if isinstance(entry, RepoFile)]

    async def list_repo_commits(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        formatted: bool = False,
    ) -> list[GitCommitInfo]:
        """List the history of a repository, newest first.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit to begin at; ``None`` for the default branch.
            formatted: Whether title and message also come as HTML.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/commits/{revision}``, page by page; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_repo_commits``.
        """
        first = content.list_commits(
            checked_repo_id(repo_id), checked_repo_type(repo_type), checked_revision(revision), formatted=formatted
        )
        return await self._pages(first)

    async def upload_file(
        self,
        *,
        path_or_fileobj: str | Path | bytes | BinaryIO,
        path_in_repo: str,
        repo_id: str,
        repo_type: RepoType = "space",
        revision: str | None = None,
        commit_message: str | None = None,
        commit_description: str | None = None,
        create_pr: bool | None = None,
        parent_commit: str | None = None,
    ) -> UploadReport:
        """Put one file into a repository, with one commit.

        Args:
            path_or_fileobj: The file: its path, its bytes, or a binary file that is open and can be sought.
            path_in_repo: Where it goes.
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch; ``None`` for the default one.
            commit_message: First line of the commit.
            commit_description: The rest of it.
            create_pr: Whether to open a pull request for it.
            parent_commit: The head that the commit has to meet; ``None`` for any.

        Returns:
            The commit; ``committed`` is ``False`` if the file was there already with this content.

        Raises:
            UsageError: An argument is wrong, or there is no such file.
            UploadError: The file could not be read or stored; nothing was committed.
            FileChangedError: It changed meanwhile; nothing was committed.
            CommitTooLargeError: The Hub does not take so much in one commit; nothing was committed.
            CommitConflictError: Somebody has committed since `parent_commit`.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            ``POST …/preupload/{revision}``; for a large file ``POST ….git/info/lfs/objects/batch`` and
            ``PUT`` to the storage; ``POST …/commit/{revision}``, not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.upload_file``.
        """
        path = checked_path_in_repo(path_in_repo)
        to = self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or f"Upload {path} with aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
        )
        return await upload(self._send, to, [await local_file(path_or_fileobj, path)], [])

    async def upload_folder(
        self,
        *,
        repo_id: str,
        folder_path: str | Path,
        path_in_repo: str | None = None,
        commit_message: str | None = None,
        commit_description: str | None = None,
        repo_type: RepoType = "space",
        revision: str | None = None,
        create_pr: bool | None = None,
        parent_commit: str | None = None,
        allow_patterns: Patterns = None,
        ignore_patterns: Patterns = None,
        delete_patterns: Patterns = None,
    ) -> UploadReport:
        """Put a folder into a repository, with one commit.

        ``.git`` and ``.cache/huggingface`` are left out. Files that are there already with the same
        content are not sent again.

        Args:
            repo_id: ``owner/name``.
            folder_path: The folder.
            path_in_repo: Where it goes; ``None`` for the root.
            commit_message: First line of the commit.
            commit_description: The rest of it.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch; ``None`` for the default one.
            create_pr: Whether to open a pull request for it; not with a `revision`.
            parent_commit: The head that the commit has to meet; ``None`` for any.
            allow_patterns: Upload only what matches one of these; ``*`` also matches ``/``.
            ignore_patterns: Upload nothing that matches one of these.
            delete_patterns: Remove what is below `path_in_repo` and matches one of these,
                unless it is uploaded; ``.gitattributes`` stays.

        Returns:
            The commit, and what became of each file; ``committed`` is ``False`` if nothing had changed.

        Raises:
            UsageError: An argument is wrong, or there is no such folder.
            UploadError: Files could not be read (it names all of them) or one could not be stored; nothing
                was committed.
            FileChangedError: Files changed meanwhile; nothing was committed.
            CommitTooLargeError: The Hub does not take so much in one commit; nothing was committed.
            CommitConflictError: Somebody has committed since `parent_commit`.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            ``POST …/preupload/{revision}``; for large files ``POST ….git/info/lfs/objects/batch`` and
            ``PUT`` to the storage; ``POST …/commit/{revision}``, not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.upload_folder``.
        """
        below = checked_folder_in_repo(path_in_repo)
        to = self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or "Upload folder using aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
        )
        files = await find_files(folder_path, below, allow=allow_patterns, ignore=ignore_patterns)
        deleted = [] if delete_patterns is None else await self._matching_files(to, below, delete_patterns)
        report = await upload(self._send, to, files, deleted)
        if not files and not deleted:
            warnings.warn(f"Nothing to upload in {str(folder_path)!r}", UserWarning, stacklevel=2)
        return report

    async def _matching_files(self, to: Destination, below: str, patterns: Patterns) -> list[str]:
        """List what is below a folder of the repository and matches."""
        paths = await self.list_repo_files(to.repo_id, revision=to.revision, repo_type=to.repo_type)
        prefix = f"{below}/" if below else ""
        inside = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
        return [prefix + path for path in matching(inside, allow=patterns) if prefix + path != ".gitattributes"]

    def _destination(
        self,
        repo_id: str,
        repo_type: RepoType,
        revision: str | None,
        message: str,
        description: str | None,
        *,
        create_pr: bool | None,
        parent_commit: str | None,
    ) -> Destination:
        if create_pr and revision not in (None, DEFAULT_REVISION):
            raise UsageError("create_pr, revision: a pull request is always opened against the default branch")
        kind = checked_repo_type(repo_type)
        return Destination(
            repo_id=checked_repo_id(repo_id),
            repo_type=kind,
            revision=checked_revision(revision),
            message=message,
            description=description or "",
            parent=None if parent_commit is None else checked_commit(parent_commit),
            create_pr=bool(create_pr),
            url=self._repo_url(repo_id, kind),
        )

    @overload
    async def hf_hub_download(
        self,
        repo_id: str,
        filename: str,
        *,
        subfolder: str | None = None,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        force_download: bool = False,
        etag_timeout: Seconds = 10,
        local_files_only: bool = False,
        dry_run: Literal[False] = False,
    ) -> str: ...

    @overload
    async def hf_hub_download(
        self,
        repo_id: str,
        filename: str,
        *,
        subfolder: str | None = None,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        force_download: bool = False,
        etag_timeout: Seconds = 10,
        local_files_only: bool = False,
        dry_run: Literal[True],
    ) -> DryRunFileInfo: ...

    async def hf_hub_download(
        self,
        repo_id: str,
        filename: str,
        *,
        subfolder: str | None = None,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        force_download: bool = False,
        etag_timeout: Seconds = 10,
        local_files_only: bool = False,
        dry_run: bool = False,
    ) -> str | DryRunFileInfo:
        """Get a file of a repository, into the cache that all Hugging Face libraries share.

        A file that is there already is not fetched again. If the Hub cannot be reached, what an
        earlier download left is as good.

        Args:
            repo_id: ``owner/name``.
            filename: Path in the repository.
            subfolder: A folder in front of it.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            cache_dir: The cache; ``None`` for ``HF_HUB_CACHE``, else ``HF_HOME``'s, else the usual one.
            local_dir: A folder to put the file into instead of the cache.
            force_download: Whether to fetch it although it is there.
            etag_timeout: Seconds within which the Hub has to say what the file is.
            local_files_only: Whether not to ask the Hub at all.
            dry_run: Whether to tell only what would be done.

        Returns:
            Where the file is on disk; with `dry_run`, what would be done.

        Raises:
            UsageError: An argument is wrong.
            EntryNotFoundError: The revision has no such file.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.
            LocalEntryNotFoundError: It is not here, and must not be fetched.
            HubConnectionError: The Hub cannot be reached, and the file is not here.
            MalformedReplyError: What came is not what the Hub announced; nothing is kept of it.
            OSError: The disk refused; nothing is kept of it.

        Wire:
            ``HEAD {repo}/resolve/{revision}/{filename}``, then ``GET`` where that leads; the token goes
            to the endpoint only. Safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``hf_hub_download``.
        """
        kind = checked_repo_type(repo_type)
        path = checked_filename(filename)
        if subfolder:
            folder = subfolder.strip("/") if isinstance(subfolder, str) else subfolder
            path = f"{checked_filename(folder, argument='subfolder')}/{path}"
        wish = Wish(
            revision=checked_filename(checked_revision(revision), argument="revision"),
            filename=path,
            force=force_download,
            local_only=local_files_only,
            dry_run=dry_run,
        )
        place = _place(checked_repo_id(repo_id), kind, cache_dir=cache_dir, local_dir=local_dir)
        asking = self._transport.with_timeout(Timeout.of(etag_timeout))

        async def look_up() -> FileMetadata:
            return await asking.send(content.file_metadata(repo_id, kind, wish.revision, path))

        found = await download(wish, place, look_up, self._fetch)
        return str(found) if isinstance(found, Path) else found

    async def _fetch(self, found: FileMetadata, target: Path) -> None:
        """Get a file's bytes, from the start again if they break off."""
        call = evolve(get(found.location, nothing), headers=(("Accept-Encoding", "identity"),))
        sha256 = found.etag if len(found.etag) == _SHA256_DIGITS else None

        async def once() -> None:
            async with self._transport.open(call) as opened:
                await write_whole(target, opened.incoming.pieces(), expected=found.size, sha256=sha256)

        await self._transport.repeat(once, call, transferred_bytes=found.size or 0)


def _place(repo_id: str, kind: RepoType, *, cache_dir: str | Path | None, local_dir: str | Path | None) -> Place:
    if local_dir:
        return Folder(user_path(local_dir, "local_dir"))
    cache = user_path(cache_dir, "cache_dir") if cache_dir else cache_folder(os.environ, Path.home())
    return Cache(CachedRepo.of(cache, repo_id, kind))
