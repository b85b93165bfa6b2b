"""Finding out: which Spaces are there, and what is known of a repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeVar, overload

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io.pages import Pages
from aiohfspaces._plan import caching
from aiohfspaces._wire import content, discovery
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.names import (
    checked_choice,
    checked_flags,
    checked_full_id,
    checked_ref,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
    checked_texts,
    checked_value,
    checked_words,
)
from aiohfspaces.errors import (
    EntryNotFoundError,
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    UsageError,
)
from aiohfspaces.models import RepoType
from aiohfspaces.options import Seconds, Timeout, whole_number

T = TypeVar("T")


class Discovery(Sender):
    """Reading what is there."""

    async def space_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        timeout: Seconds | None = None,
        files_metadata: bool = False,
        expand: str | Iterable[str] | None = None,
    ) -> models.SpaceInfo:
        """Tell what is known of a Space.

        Args:
            repo_id: ``owner/name``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            timeout: Seconds for this call in total; ``None`` for the client's.
            files_metadata: Whether ``siblings`` say size, git id and LFS object.
            expand: The only fields wanted, e.g. ``["runtime", "sha"]``; not with `files_metadata`.

        Returns:
            The Space; what was not asked for, or not told, is ``None``.

        Raises:
            UsageError: `expand` and `files_metadata` are both given, or `repo_id` is none.
            RepositoryNotFoundError: There is no such Space, or the token may not see it.
            RevisionNotFoundError: It has no such revision.
            BadRequestError: It has no such field.

        Wire:
            ``GET /api/spaces/{repo_id}[/revision/{revision}]``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.space_info``.
        """
        fields = checked_texts(expand, argument="expand")
        wanted = _wanted_revision(revision, files_metadata=files_metadata, expand=fields)
        call = discovery.space_info(checked_full_id(repo_id), wanted, files_metadata=files_metadata, expand=fields)
        return await self._send_within(timeout, call)

    @overload
    async def repo_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        repo_type: Literal["space"] = "space",
        timeout: Seconds | None = None,
        files_metadata: bool = False,
        expand: str | Iterable[str] | None = None,
    ) -> models.SpaceInfo: ...

    @overload
    async def repo_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        repo_type: RepoType,
        timeout: Seconds | None = None,
        files_metadata: bool = False,
        expand: str | Iterable[str] | None = None,
    ) -> models.RepoInfo: ...

    async def repo_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        repo_type: RepoType = "space",
        timeout: Seconds | None = None,
        files_metadata: bool = False,
        expand: str | Iterable[str] | None = None,
    ) -> models.RepoInfo:
        """Tell what is known of a repository.

        Args:
            repo_id: ``owner/name``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            timeout: Seconds for this call in total; ``None`` for the client's.
            files_metadata: Whether ``siblings`` say size, git id and LFS object.
            expand: The only fields wanted, e.g. ``["downloads", "sha"]``; not with `files_metadata`.

        Returns:
            A `SpaceInfo` of a Space.

        Raises:
            UsageError: `expand` and `files_metadata` are both given, or another argument is wrong.
            RepositoryNotFoundError: There is no such repository, or the token may not see it.
            RevisionNotFoundError: It has no such revision.
            BadRequestError: It has no such field.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.repo_info``.
        """
        kind = checked_repo_type(repo_type)
        if kind == "space":
            return await self.space_info(
                repo_id, revision=revision, timeout=timeout, files_metadata=files_metadata, expand=expand
            )
        fields = checked_texts(expand, argument="expand")
        wanted = _wanted_revision(revision, files_metadata=files_metadata, expand=fields)
        call = discovery.repo_info(checked_repo_id(repo_id), kind, wanted, files_metadata=files_metadata, expand=fields)
        return await self._send_within(timeout, call)

    async def _send_within(self, timeout: Seconds | None, call: Call[T]) -> T:
        transport = self._transport if timeout is None else self._transport.with_timeout(Timeout.of(timeout))
        return await transport.send(call)

    async def repo_exists(self, repo_id: str, *, repo_type: RepoType = "space") -> bool:
        """Tell whether there is such a repository that the token may see.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            ``True`` also for a gated one that the token has no access to.

        Raises:
            UsageError: `repo_id` or `repo_type` is none.
            AuthenticationError: The token is wrong.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.repo_exists``.
        """
        try:
            await self._send(discovery.look_at_repository(checked_repo_id(repo_id), checked_repo_type(repo_type)))
        except GatedRepoError:
            return True
        except RepositoryNotFoundError:
            return False
        return True

    async def revision_exists(self, repo_id: str, revision: str, *, repo_type: RepoType = "space") -> bool:
        """Tell whether a repository has such a branch, tag or commit.

        Args:
            repo_id: ``owner/name``.
            revision: Branch, tag or commit.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Returns:
            ``False`` also where there is no such repository.

        Raises:
            UsageError: An argument is wrong.
            AuthenticationError: The token is wrong.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/revision/{revision}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.revision_exists``.
        """
        kind, wanted = checked_repo_type(repo_type), checked_ref(revision, argument="revision")
        try:
            await self._send(discovery.look_at_repository(checked_repo_id(repo_id), kind, wanted))
        except (RepositoryNotFoundError, RevisionNotFoundError):
            return False
        return True

    async def file_exists(
        self, repo_id: str, filename: str, *, repo_type: RepoType = "space", revision: str | None = None
    ) -> bool:
        """Tell whether a repository has such a file.

        Args:
            repo_id: ``owner/name``.
            filename: Path in the repository.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: Branch, tag or commit; ``None`` for the default branch.

        Returns:
            ``False`` also where there is no such repository or revision.

        Raises:
            UsageError: An argument is wrong.
            AuthenticationError: The token is wrong.
            GatedRepoError: Access has to be asked for.

        Wire:
            ``HEAD {repo}/resolve/{revision}/{filename}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.file_exists``.
        """
        kind, path = checked_repo_type(repo_type), caching.checked_filename(filename)
        try:
            await self._send(content.file_metadata(checked_repo_id(repo_id), kind, checked_revision(revision), path))
        except (RepositoryNotFoundError, RevisionNotFoundError, EntryNotFoundError):
            return False
        return True

    async def auth_check(self, repo_id: str, *, repo_type: RepoType = "space", write: bool = False) -> None:
        """Make sure that the token may read a repository, or write to it.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            write: Whether it has to be able to write.

        Raises:
            UsageError: An argument is wrong.
            GatedRepoError: Access has to be asked for.
            PermissionDeniedError: It may not.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/auth-check[/write]``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.auth_check``.
        """
        checked_flags(write=write)
        call = discovery.check_access(checked_repo_id(repo_id), checked_repo_type(repo_type), write=write)
        await self._send(call)

    def list_spaces(
        self,
        *,
        filter: str | Iterable[str] | None = None,
        author: str | None = None,
        search: str | None = None,
        datasets: str | Iterable[str] | None = None,
        models: str | Iterable[str] | None = None,
        linked: bool = False,
        sort: str | None = None,
        limit: int | None = None,
        expand: str | Iterable[str] | None = None,
        full: bool | None = None,
    ) -> Pages[models.SpaceInfo]:
        """List Spaces.

        Args:
            filter: Tags that they have to have, all of them.
            author: Whose.
            search: A part of their names.
            datasets: Datasets that they use.
            models: Models that they use.
            linked: Whether only those that use a model or a dataset.
            sort: ``"created_at"``, ``"last_modified"``, ``"likes"`` or ``"trending_score"``; descending.
            limit: How many at the most.
            expand: The only fields wanted, e.g. ``["runtime"]``; not with `full`.
            full: Whether to tell more of each.

        Returns:
            Pages: ``async for space in …`` takes one page at a time, ``await …`` gives a list.

        Raises:
            UsageError: `expand` and `full` are both given, `sort` is no such word, or another argument is wrong.
            BadRequestError: A Space has no such field to expand.

        Wire:
            ``GET /api/spaces``, then the ``next`` of its ``Link`` headers; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_spaces``.
        """
        checked_flags(linked=linked, full=full)
        if expand is not None and full:
            raise UsageError("expand, full: expected one of them, got both")
        if sort is not None:
            checked_choice(sort, discovery.SORT_KEYS, argument="sort")
        if limit is not None:
            whole_number("limit", limit, least=0)
        first = discovery.list_spaces(
            filter=checked_texts(filter, argument="filter"),
            author=None if author is None else checked_value(author, argument="author"),
            search=None if search is None else checked_value(search, argument="search"),
            datasets=checked_texts(datasets, argument="datasets"),
            models=checked_texts(models, argument="models"),
            linked=linked,
            sort=sort,
            limit=limit,
            expand=checked_texts(expand, argument="expand"),
            full=bool(full),
        )
        return self._pages(first, limit)

    def search_spaces(
        self,
        query: str,
        *,
        filter: str | Iterable[str] | None = None,
        sdk: str | Iterable[str] | None = None,
        include_non_running: bool = False,
    ) -> Pages[models.SpaceSearchResult]:
        """Find Spaces by what they are about, in words of any language.

        Args:
            query: What is looked for, e.g. ``"remove the background of a photo"``.
            filter: Tags that they have to have, all of them.
            sdk: SDKs, one of which they have to have.
            include_non_running: Whether to find those, too, that do not run now.

        Returns:
            The best first, in one page: ``async for space in …`` or ``await …``.

        Raises:
            UsageError: `query` is empty, or another argument is wrong.

        Wire:
            ``GET /api/spaces/semantic-search``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.search_spaces``.
        """
        checked_flags(include_non_running=include_non_running)
        call = discovery.search_spaces(
            checked_words(query, argument="query"),
            filter=checked_texts(filter, argument="filter"),
            sdk=checked_texts(sdk, argument="sdk"),
            include_non_running=include_non_running,
        )
        return self._pages(call)


def _wanted_revision(revision: str | None, *, files_metadata: bool, expand: Iterable[str] | None) -> str | None:
    """Check what is asked of one repository.

    Raises:
        UsageError: `expand` and `files_metadata` are both given, or `revision` is none.
    """
    checked_flags(files_metadata=files_metadata)
    if expand is not None and files_metadata:
        raise UsageError("expand, files_metadata: expected one of them, got both")
    return None if revision is None else checked_revision(revision)
