"""Getting what a repository holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, overload

from anyio import Semaphore

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io import downloader, fetcher, snapshots, sources, verifying, writing
from aiohfspaces._io.rooms import loaded
from aiohfspaces._plan import caching
from aiohfspaces._plan.filtering import Patterns, checked_patterns
from aiohfspaces._wire import content
from aiohfspaces._wire.names import (
    DEFAULT_REVISION,
    checked_flags,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoType
from aiohfspaces.options import Seconds, Timeout, whole_number

FILES_ON_DISK = 8
"""Files at once, beside those that are fetched, that are looked for or put into their places."""


class Downloads(Sender):
    """Getting files, into the cache or into a folder."""

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
    ) -> models.DryRunFileInfo: ...

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
        dry_run: bool = False,
    ) -> str | models.DryRunFileInfo: ...

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
    ) -> str | models.DryRunFileInfo:
        """Get a file of a repository, into the cache that all Hugging Face libraries share.

        A file that is there already is not fetched again. If the Hub cannot be reached, what an
        earlier download left is as good; if it refuses, that is raised.

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
            MalformedReplyError: What came is not what the Hub announced; of other bytes nothing is kept, and where a
                storage sent another part than was asked for, what is right is kept for the next call.
            FileReplacedError: It became another file each time it was fetched.
            OSError: The disk refused; what is there of a large file is kept for the next call.

        Wire:
            ``HEAD {repo}/resolve/{revision}/{filename}``, then ``GET`` where that leads, of a large file with
            ``Range`` and several times at once, or with hf-xet ``GET …/xet-read-token/{commit}`` where the reply
            says so; the token goes to the endpoint only. Safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``hf_hub_download``.
        """
        kind = checked_repo_type(repo_type)
        checked_flags(force_download=force_download, local_files_only=local_files_only, dry_run=dry_run)
        await loaded(downloader, fetcher)
        path = caching.checked_filename(filename)
        if subfolder:
            folder = subfolder.strip("/") if isinstance(subfolder, str) else subfolder
            path = f"{caching.checked_filename(folder, argument='subfolder')}/{path}"
        wish = downloader.Wish(
            revision=_wanted(revision, repo_id, kind),
            filename=path,
            force=force_download,
            local_only=local_files_only,
            dry_run=dry_run,
        )
        place = await _place(await _cached(repo_id, kind, cache_dir), local_dir)
        asking = Timeout.of(etag_timeout, argument="etag_timeout")
        fetching = fetcher.Fetcher(transport=self._transport, xet=self._xet, permits=self._pieces.here())
        found = await self._download(repo_id, kind, wish, place, asking, fetching)
        return str(found) if isinstance(found, Path) else found

    async def _download(
        self,
        repo_id: str,
        kind: RepoType,
        wish: downloader.Wish,
        place: downloader.Place,
        etag_timeout: Timeout,
        fetching: fetcher.Fetcher,
        known: models.HfFileMetadata | None = None,
    ) -> Path | models.DryRunFileInfo:
        asking = self._transport.with_timeout(etag_timeout)

        async def look_up() -> models.HfFileMetadata:
            async with fetching.files:
                return await asking.send(content.file_metadata(repo_id, kind, wish.revision, wish.filename))

        async def fetch(found: models.HfFileMetadata, target: Path) -> None:
            await fetching.get(found, target, wish.filename)

        return await downloader.download(wish, place, look_up, fetch, known=known)

    def _known(self, repo_id: str, kind: RepoType, commit: str, file: caching.Listed) -> models.HfFileMetadata | None:
        """Tell what the tree says of a regular file; of a large one only the Hub knows where it is."""
        if file.blob_id is None:
            return None
        location = self._transport.endpoint + content.resolve_path(repo_id, kind, commit, file.path)
        return models.HfFileMetadata(commit_hash=commit, etag=file.blob_id, location=location, size=file.size)

    @overload
    async def snapshot_download(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        etag_timeout: Seconds = 10,
        force_download: bool = False,
        local_files_only: bool = False,
        allow_patterns: Patterns = None,
        ignore_patterns: Patterns = None,
        max_workers: int = 16,
        dry_run: Literal[False] = False,
    ) -> str: ...

    @overload
    async def snapshot_download(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        etag_timeout: Seconds = 10,
        force_download: bool = False,
        local_files_only: bool = False,
        allow_patterns: Patterns = None,
        ignore_patterns: Patterns = None,
        max_workers: int = 16,
        dry_run: Literal[True],
    ) -> list[models.DryRunFileInfo]: ...

    @overload
    async def snapshot_download(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        etag_timeout: Seconds = 10,
        force_download: bool = False,
        local_files_only: bool = False,
        allow_patterns: Patterns = None,
        ignore_patterns: Patterns = None,
        max_workers: int = 16,
        dry_run: bool = False,
    ) -> str | list[models.DryRunFileInfo]: ...

    async def snapshot_download(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_dir: str | Path | None = None,
        etag_timeout: Seconds = 10,
        force_download: bool = False,
        local_files_only: bool = False,
        allow_patterns: Patterns = None,
        ignore_patterns: Patterns = None,
        max_workers: int = 16,
        dry_run: bool = False,
    ) -> str | list[models.DryRunFileInfo]:
        """Get all files of a repository, into the cache that all Hugging Face libraries share.

        All come from one commit, however the revision moves meanwhile. What is there already is not fetched
        again. If the Hub cannot be reached, what an earlier download left is as good, if it is all there, or if
        nothing is noted here of which files there are: those that are here may have come one by one.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            cache_dir: The cache; ``None`` for ``HF_HUB_CACHE``, else ``HF_HOME``'s, else the usual one.
            local_dir: A folder to put the files into instead of the cache.
            etag_timeout: Seconds within which the Hub has to say what a file is.
            force_download: Whether to fetch them although they are there.
            local_files_only: Whether not to ask the Hub at all.
            allow_patterns: Get only what matches one of these; ``*`` also matches ``/``.
            ignore_patterns: Get nothing that matches one of these.
            max_workers: Files that are asked for or fetched at once.
            dry_run: Whether to tell only what would be done.

        Returns:
            The folder on disk; with `dry_run`, what would be done for each file.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.
            LocalEntryNotFoundError: A file is not here, and must not, or cannot be fetched.
            HubConnectionError: The Hub cannot be reached any more, or did not say which files there are.
            HubServerError: It could not.
            MalformedReplyError: What came is not what the Hub announced, as for `hf_hub_download`.
            FileReplacedError: A file became another one each time it was fetched.
            OSError: The disk refused; what is there of large files is kept for the next call.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``, ``GET …/tree/{commit}?recursive=true``, then for
            each file as `hf_hub_download`, of a regular one without the ``HEAD``. Safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``snapshot_download``.
        """
        kind, limit = checked_repo_type(repo_type), whole_number("max_workers", max_workers, least=1)
        checked_flags(force_download=force_download, local_files_only=local_files_only, dry_run=dry_run)
        await loaded(snapshots, fetcher)
        allow = checked_patterns(allow_patterns, argument="allow_patterns")
        ignore = checked_patterns(ignore_patterns, argument="ignore_patterns")
        asking = Timeout.of(etag_timeout, argument="etag_timeout")
        wanted = DEFAULT_REVISION if revision is None else revision
        cached = await _cached(repo_id, kind, cache_dir)
        place = await _place(cached, local_dir)
        at = await self._locate(repo_id, kind, wanted, cached, local_only=local_files_only)
        files, pieces = Semaphore(limit), self._pieces.here()
        fetching = fetcher.Fetcher(transport=self._transport, xet=self._xet, files=files, permits=pieces)

        async def list_files() -> list[models.RepoFile]:
            tree = self._pages(content.list_tree(repo_id, kind, at.commit, recursive=True))
            return [entry async for entry in tree if isinstance(entry, models.RepoFile)]

        async def get_file(file: caching.Listed) -> Path | models.DryRunFileInfo:
            wish = downloader.Wish(
                revision=at.commit,
                filename=file.path,
                force=force_download,
                local_only=not at.reachable,
                dry_run=dry_run,
            )
            known = self._known(repo_id, kind, at.commit, file)
            return await self._download(repo_id, kind, wish, place, asking, fetching, known)

        found = await snapshots.snapshot(
            at,
            place,
            list_files,
            get_file,
            allow=allow,
            ignore=ignore,
            tasks=limit + FILES_ON_DISK,
            force=force_download,
            dry_run=dry_run,
        )
        if dry_run:
            return (
                [each for each in found if isinstance(each, models.DryRunFileInfo)] if isinstance(found, list) else []
            )
        whole = place.whole(at.commit)
        await writing.make_folder(whole)  # nothing may have matched
        return str(whole)

    async def _locate(
        self, repo_id: str, kind: RepoType, revision: str | None, cached: caching.CachedRepo, *, local_only: bool
    ) -> snapshots.Located:
        wanted = _wanted(revision, repo_id, kind)
        asked = None if revision is None else wanted
        return await snapshots.locate(
            wanted, cached, lambda: self._send(content.head_of(repo_id, kind, asked)), local_only=local_only
        )

    async def resolve_revision(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
    ) -> models.ResolvedRevision:
        """Find out which commit a revision is at, and note it in the cache if that can be written.

        Downloads that are given the result take their files from that one commit.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            cache_dir: The cache; ``None`` for ``HF_HUB_CACHE``, else ``HF_HOME``'s, else the usual one.
            local_files_only: Whether not to ask the Hub at all.

        Returns:
            The revision as it was given, a ``str``, which also knows the commit as ``resolved``.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.
            LocalEntryNotFoundError: The Hub must not, or cannot be asked, and nothing is noted here.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``; safe to repeat. Nothing for a commit.

        Source:
            huggingface_hub 2.4.0, ``HfApi.resolve_revision``.
        """
        checked_flags(local_files_only=local_files_only)
        await loaded(snapshots)
        kind = checked_repo_type(repo_type)
        cached = await _cached(repo_id, kind, cache_dir)
        at = await self._locate(repo_id, kind, revision, cached, local_only=local_files_only)
        initial = revision.initial if isinstance(revision, models.ResolvedRevision) else revision
        return models.ResolvedRevision(at.commit, initial, repo_id=repo_id, repo_type=kind)

    async def get_hf_file_metadata(self, *, url: str, timeout: Seconds | None = 10) -> models.HfFileMetadata:
        """Tell where a file's bytes are, and how to know them again.

        Args:
            url: The file's address at the Hub, e.g. ``https://huggingface.co/spaces/me/app/resolve/main/app.py``.
            timeout: Seconds for this call in total; ``None`` for the client's.

        Returns:
            Its commit, ETag and size, and where to get it.

        Raises:
            UsageError: `url` is no address of a file at this client's Hub.
            EntryNotFoundError: The revision has no such file.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``HEAD {url}``; safe to repeat. The token goes to the endpoint only.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_hf_file_metadata``.
        """
        endpoint = self._transport.endpoint
        call = content.metadata_at(content.checked_file_url(url, endpoint))
        transport = self._transport if timeout is None else self._transport.with_timeout(Timeout.of(timeout))
        return await transport.send(call)

    async def verify_repo_checksums(
        self,
        repo_id: str,
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        local_dir: str | Path | None = None,
        cache_dir: str | Path | None = None,
    ) -> models.FolderVerification:
        """Compare files on disk with what the Hub has, by their checksums.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            local_dir: The folder to look at; ``None`` for the snapshot in the cache.
            cache_dir: The cache; not with `local_dir`.

        Returns:
            Which files differ, are missing or are too many.

        Raises:
            UsageError: An argument is wrong, or there is no such folder.
            LocalEntryNotFoundError: Nothing of that revision is in the cache.
            FileChangedError: A file changed meanwhile.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/tree/{revision}?recursive=true``, page by page; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.verify_repo_checksums``.
        """
        if local_dir is not None and cache_dir is not None:
            raise UsageError("local_dir, cache_dir: expected one of them, got both")
        await loaded(verifying)
        kind = checked_repo_type(repo_type)
        wanted = _wanted(revision, repo_id, kind)
        if local_dir is not None:
            root, at = sources.user_path(local_dir, "local_dir"), wanted
        else:
            root, at = await verifying.cached_snapshot(await _cached(repo_id, kind, cache_dir), wanted)
        tree = self._pages(content.list_tree(repo_id, kind, at, recursive=True))
        remote = {entry.path: entry async for entry in tree if isinstance(entry, models.RepoFile)}
        return await verifying.verify(root, at, remote)


def _wanted(revision: str | None, repo_id: str, kind: RepoType) -> str:
    """Check a revision; one that was resolved for this repository is its commit."""
    if isinstance(revision, models.ResolvedRevision) and (revision.repo_id, revision.repo_type) == (repo_id, kind):
        return revision.resolved
    return caching.checked_filename(checked_revision(revision), argument="revision")


async def _cached(repo_id: str, kind: RepoType, cache_dir: str | Path | None) -> caching.CachedRepo:
    cache = await sources.user_folder(cache_dir or caching.cache_folder(os.environ, Path.home()), "cache_dir")
    return caching.CachedRepo.of(cache, checked_repo_id(repo_id), kind)


async def _place(cached: caching.CachedRepo, local_dir: str | Path | None) -> downloader.Place:
    return (
        downloader.Folder(await sources.user_folder(local_dir, "local_dir")) if local_dir else downloader.Cache(cached)
    )
