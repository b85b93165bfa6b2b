"""Branches and tags of a repository."""

from __future__ import annotations

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._wire import refs
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.names import (
    checked_flags,
    checked_ref,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
    checked_value,
)
from aiohfspaces.errors import ConflictError, HubHTTPError, PermissionDeniedError, RevisionNotFoundError
from aiohfspaces.models import RepoType


class Refs(Sender):
    """Naming commits, and squashing them."""

    async def list_repo_refs(
        self, repo_id: str, *, repo_type: RepoType = "space", include_pull_requests: bool = False
    ) -> models.GitRefs:
        """List the branches and tags of a repository, and its pull requests if they are wanted.

        Args:
            repo_id: ``owner/name``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            include_pull_requests: Whether ``pull_requests`` is filled.

        Returns:
            ``branches``, ``converts`` and ``tags``, each in the Hub's order; ``pull_requests`` is ``None`` unless they
            were asked for.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is none, or the token may not see it.

        Wire:
            ``GET /api/{repo_type}s/{repo_id}/refs[?include_prs=1]``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_repo_refs``.
        """
        checked_flags(include_pull_requests=include_pull_requests)
        return await self._send(
            refs.list_refs(
                checked_repo_id(repo_id), checked_repo_type(repo_type), include_pull_requests=include_pull_requests
            )
        )

    async def create_branch(
        self,
        repo_id: str,
        *,
        branch: str,
        revision: str | None = None,
        repo_type: RepoType = "space",
        exist_ok: bool = False,
    ) -> None:
        """Begin a branch.

        Args:
            repo_id: ``owner/name``.
            branch: Its name.
            revision: Where it begins: branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            exist_ok: Whether one of that name that is there already is as good.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: Git does not allow such a name.
            ConflictError: There is one of that name, and `exist_ok` is not set.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: There is no `revision` to begin at.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/branch/{branch}`` ``{"startingPoint"?}``; not repeated after a
            lost reply. With `exist_ok` a 403 is followed by ``GET …/refs``.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_branch``.
        """
        checked_flags(exist_ok=exist_ok)
        start = None if revision is None else checked_revision(revision)
        call = refs.create_branch(
            checked_repo_id(repo_id), checked_repo_type(repo_type), checked_ref(branch, argument="branch"), start
        )
        try:
            await self._send(call)
        except ConflictError:
            if not exist_ok:
                raise
        except PermissionDeniedError:
            if not exist_ok or not await self._has_branch(repo_id, repo_type, branch):
                raise

    async def _has_branch(self, repo_id: str, repo_type: RepoType, branch: str) -> bool:
        """Look for a branch; a token that may not write may still see it."""
        try:
            found = await self.list_repo_refs(repo_id, repo_type=repo_type)
        except HubHTTPError:
            return False
        return branch in {each.name for each in found.branches}

    async def delete_branch(self, repo_id: str, *, branch: str, repo_type: RepoType = "space") -> None:
        """Remove a branch; its commits stay as long as something else names them.

        Args:
            repo_id: ``owner/name``.
            branch: Its name.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong.
            PermissionDeniedError: The token may not write, or the branch is protected, as ``main`` is.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: There is no such branch. Not raised where the call had to be repeated after
                a lost reply, since then it is gone as it should be.

        Wire:
            ``DELETE /api/{repo_type}s/{repo_id}/branch/{branch}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_branch``.
        """
        name = checked_ref(branch, argument="branch")
        await self._remove(refs.delete_branch(checked_repo_id(repo_id), checked_repo_type(repo_type), name))

    async def create_tag(
        self,
        repo_id: str,
        *,
        tag: str,
        tag_message: str | None = None,
        revision: str | None = None,
        repo_type: RepoType = "space",
        exist_ok: bool = False,
    ) -> None:
        """Give a commit a name that stays.

        Args:
            repo_id: ``owner/name``.
            tag: The name.
            tag_message: What git keeps with it.
            revision: What is named: branch, tag or commit; ``None`` for the default branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            exist_ok: Whether a tag of that name that is there already is as good.

        Raises:
            UsageError: An argument is wrong.
            BadRequestError: Git does not allow such a name.
            ConflictError: There is one of that name, and `exist_ok` is not set.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: There is no such `revision`.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/tag/{revision}`` ``{"tag", "message"?}``; not repeated after a
            lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_tag``.
        """
        checked_flags(exist_ok=exist_ok)
        if tag_message is not None:
            checked_value(tag_message, argument="tag_message")
        name = checked_ref(tag, argument="tag")
        kind, named = checked_repo_type(repo_type), checked_revision(revision)
        try:
            await self._send(refs.create_tag(checked_repo_id(repo_id), kind, name, tag_message, named))
        except ConflictError:
            if not exist_ok:
                raise

    async def delete_tag(self, repo_id: str, *, tag: str, repo_type: RepoType = "space") -> None:
        """Take a name off a commit.

        Args:
            repo_id: ``owner/name``.
            tag: The name.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: There is no such tag. Not raised where the call had to be repeated after a
                lost reply, since then it is gone as it should be.

        Wire:
            ``DELETE /api/{repo_type}s/{repo_id}/tag/{tag}``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.delete_tag``.
        """
        name = checked_ref(tag, argument="tag")
        await self._remove(refs.delete_tag(checked_repo_id(repo_id), checked_repo_type(repo_type), name))

    async def super_squash_history(
        self,
        repo_id: str,
        *,
        branch: str | None = None,
        commit_message: str | None = None,
        repo_type: RepoType = "space",
    ) -> None:
        """Make one commit of all that a branch has; there is no way back.

        Args:
            repo_id: ``owner/name``.
            branch: Its name; ``None`` for the default branch.
            commit_message: The message of what is left, in 500 characters at the most; ``None`` for one that names
                the branch.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            UsageError: An argument is wrong.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: There is no such branch.

        Wire:
            ``POST /api/{repo_type}s/{repo_id}/super-squash/{branch}`` ``{"message"}``; not repeated after a
            lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.super_squash_history``; the longest message: the Hub's OpenAPI document
            of 2026-08-22.
        """
        name = checked_revision(branch)
        message = refs.checked_squash_message(commit_message) or f"Super-squash branch '{name}' using aiohfspaces"
        await self._send(refs.super_squash(checked_repo_id(repo_id), checked_repo_type(repo_type), name, message))

    async def _remove(self, call: Call[None]) -> None:
        """Send a removal; what is gone when a lost reply is repeated has been removed."""
        try:
            await self._send(call)
        except RevisionNotFoundError as refusal:
            if refusal.outcome == "not done":
                raise
