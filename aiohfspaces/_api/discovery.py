"""Finding out: who am I, which Spaces are there, what is known of one."""

from __future__ import annotations

from collections.abc import Iterable

from aiohfspaces._api.sender import Sender
from aiohfspaces._io.pages import Pages
from aiohfspaces._plan.caching import checked_filename
from aiohfspaces._wire import discovery
from aiohfspaces._wire.content import file_metadata
from aiohfspaces._wire.names import (
    checked_choice,
    checked_full_id,
    checked_ref,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
)
from aiohfspaces.errors import (
    EntryNotFoundError,
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    UsageError,
)
from aiohfspaces.models import RepoType, SpaceInfo, WhoAmI
from aiohfspaces.options import Seconds, Timeout, whole_number


class Discovery(Sender):
    """Reading what is there."""

    _account: WhoAmI | None = None

    async def whoami(self, *, cache: bool = False) -> WhoAmI:
        """Tell whose token this is.

        The Hub limits this call more strictly than others.

        Args:
            cache: Whether an answer that this client has had before will do; not where the token is
                asked for, since it may be another's by now.

        Returns:
            The account: its ``name``, its ``type`` (``"user"`` or ``"org"``), its ``orgs`` and more.

        Raises:
            AuthenticationError: There is no token, or it is wrong.
            RateLimitError: It was called too often.

        Wire:
            ``GET /api/whoami-v2``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.whoami``.
        """
        if cache and self._account is not None and not self._transport.token.renewable:
            return self._account
        account = await self._send(discovery.whoami())
        self._account = account
        return account

    async def space_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        timeout: Seconds | None = None,
        files_metadata: bool = False,
        expand: Iterable[str] | None = None,
    ) -> SpaceInfo:
        """Tell what is known of a Space.

        Args:
            repo_id: ``owner/name``.
            revision: Branch, tag or commit; ``None`` for the default branch.
            timeout: Seconds for this call in total; ``None`` for the client's.
            files_metadata: Whether ``siblings`` say size, git id and LFS object.
            expand: The only fields wanted, e.g. ``["runtime", "sha"]``; not with `files_metadata`.

        Raises:
            UsageError: `expand` and `files_metadata` are both given, or `repo_id` is none.
            RepositoryNotFoundError: There is no such Space, or the token may not see it.
            RevisionNotFoundError: It has no such revision.

        Wire:
            ``GET /api/spaces/{repo_id}[/revision/{revision}]``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.space_info``.
        """
        if expand is not None and files_metadata:
            raise UsageError("expand, files_metadata: expected one of them, got both")
        transport = self._transport if timeout is None else self._transport.with_timeout(Timeout.of(timeout))
        wanted_revision = None if revision is None else checked_revision(revision)
        return await transport.send(
            discovery.space_info(
                checked_full_id(repo_id), wanted_revision, files_metadata=files_metadata, expand=expand
            )
        )

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
        kind, path = checked_repo_type(repo_type), checked_filename(filename)
        try:
            await self._send(file_metadata(checked_repo_id(repo_id), kind, checked_revision(revision), path))
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
        expand: Iterable[str] | None = None,
        full: bool | None = None,
    ) -> Pages[SpaceInfo]:
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
            UsageError: `expand` and `full` are both given, `sort` is no such word, or `limit` is negative.

        Wire:
            ``GET /api/spaces``, then the ``next`` of its ``Link`` headers; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_spaces``.
        """
        if expand is not None and full:
            raise UsageError("expand, full: expected one of them, got both")
        if sort is not None:
            checked_choice(sort, discovery.SORT_KEYS, argument="sort")
        if limit is not None:
            whole_number("limit", limit, least=0)
        first = discovery.list_spaces(
            filter=filter,
            author=author,
            search=search,
            datasets=datasets,
            models=models,
            linked=linked,
            sort=sort,
            limit=limit,
            expand=expand,
            full=bool(full),
        )
        return self._pages(first, limit)
