"""Putting files into a repository, one commit at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from attrs import asdict

from aiohfspaces import models
from aiohfspaces._api.content import Content
from aiohfspaces._io import batching, chunking, committing, comparing, files, sources, storing, telling, uploader
from aiohfspaces._io.rooms import loaded
from aiohfspaces._plan import orders, states
from aiohfspaces._plan.allowances import MAX_COMMIT_BYTES, TRANSFER_TASKS
from aiohfspaces._plan.filtering import Patterns, checked_patterns, matching
from aiohfspaces._wire import commits
from aiohfspaces._wire.names import (
    DEFAULT_REVISION,
    checked_commit,
    checked_flags,
    checked_folder_in_repo,
    checked_items,
    checked_new_path,
    checked_repo_id,
    checked_repo_type,
    checked_revision,
    checked_value,
    checked_words,
    kind_of,
)
from aiohfspaces.errors import BadRequestError, UsageError
from aiohfspaces.models import RepoType
from aiohfspaces.options import whole_number

_CARD = "README.md"
_LONGEST_CARD = 1 << 20  # its front matter, which is what is looked at, is at the beginning
_CARD_ADVICE = "That is what the Hub says of the front matter of README.md; nothing was committed."


class Commits(Content):
    """Adding, replacing, removing and copying files."""

    async def create_commit(
        self,
        repo_id: str,
        operations: Iterable[models.CommitOperation],
        *,
        commit_message: str,
        commit_description: str | None = None,
        repo_type: RepoType = "space",
        revision: str | None = None,
        create_pr: bool | None = None,
        parent_commit: str | None = None,
        hot_reload: bool = False,
        strict: bool = False,
        max_commit_bytes: int = MAX_COMMIT_BYTES,
        max_workers: int = TRANSFER_TASKS,
        on_progress: telling.OnProgress | None = None,
        progress: bool = False,
    ) -> models.UploadReport:
        """Add, remove and copy files of a repository with one commit.

        What is there already with the same content is left out, unless the same commit removes it first.

        Args:
            repo_id: ``owner/name``.
            operations: Each a `CommitOperationAdd`, `CommitOperationDelete` or `CommitOperationCopy`; done in
                this order.
            commit_message: First line of the commit.
            commit_description: The rest of it.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch; ``None`` for the default one.
            create_pr: Whether to open a pull request for it; not with a `revision`.
            parent_commit: The head that the commit has to meet; ``None`` for any.
            hot_reload: Whether a running Gradio Space is to take a change of one Python file without being
                built again; the Hub decides whether it can.
            strict: Whether it is an error if the repository's ``.gitignore`` keeps a file out.
            max_commit_bytes: How many bytes of regular files the commit may hold.
            max_workers: Requests to the storage under way at once.
            on_progress: Is told how far it has come; a function or a coroutine function.
            progress: Whether to show a progress bar (extra ``progress``).

        Returns:
            The commit, and what became of each path; ``committed`` is ``False`` if nothing had changed.

        Raises:
            UsageError: An argument is wrong; for an operation it is named as ``operations[2].path_in_repo``.
            BadRequestError: The Hub does not accept it, or the front matter of its ``README.md``.
            UploadError: Files could not be read, stored or copied (it names them); nothing was committed.
            FileChangedError: Files changed meanwhile; nothing was committed.
            CommitTooLargeError: It is too much for one commit; ``fits`` names what is not, or what to try where
                the Hub has refused. Nothing was committed.
            CommitConflictError: Somebody has committed since `parent_commit`, or others commit again and again.
            EntryNotFoundError: There is no such path to remove.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            ``POST /api/validate-yaml`` for a ``README.md``; ``POST …/preupload/{revision}``; for large files
            ``GET …/xet-write-token/{revision}`` with hf-xet, and where that grants none
            ``POST ….git/info/lfs/objects/batch`` and ``PUT`` to the storage; for copies
            ``POST …/paths-info/{revision}``, ``GET …/resolve/…`` and ``POST …/lfs-files/duplicate``;
            ``POST …/commit/{revision}``, not repeated after a lost reply but looked for.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_commit``.
        """
        checked_flags(progress=progress)
        to = await self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message,
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
            hot_reload=hot_reload,
            strict=strict,
            max_commit_bytes=max_commit_bytes,
            max_workers=max_workers,
        )
        return await self._commit(to, await sources.orders_of(operations, to), on_progress, shown=progress)

    async def preupload_lfs_files(
        self,
        repo_id: str,
        additions: Iterable[models.CommitOperationAdd],
        *,
        repo_type: RepoType = "space",
        revision: str | None = None,
        create_pr: bool | None = None,
        free_memory: bool = True,
        gitignore_content: str | None = None,
    ) -> None:
        """Put the large ones of some files into the storage, ahead of the commit that will name them.

        So files that are made one after the other need not be kept until the last one is there. The
        additions are changed: ``lfs`` tells what was stored, and `create_commit` takes them as they are then.

        Args:
            repo_id: ``owner/name``.
            additions: The files; those that are not large, or that ``.gitignore`` keeps out, stay as they are.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            revision: The branch that will be committed to; ``None`` for the default one.
            create_pr: Whether that commit will open a pull request.
            free_memory: Whether to let go of the content of what was stored: ``path_or_fileobj`` is ``b""`` then.
            gitignore_content: A ``.gitignore`` to go by; ``None`` for the one among the additions, or the
                repository's.

        Raises:
            UsageError: An argument is wrong; for an addition it is named as ``additions[2].path_in_repo``.
            UploadError: Files could not be read or stored; it names them.
            FileChangedError: Files changed meanwhile.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            ``POST …/preupload/{revision}``, then as `create_commit` before its commit; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.preupload_lfs_files``.
        """
        checked_flags(free_memory=free_memory)
        chosen = list(checked_items(additions, argument="additions"))
        for index, addition in enumerate(chosen):
            if not isinstance(addition, models.CommitOperationAdd):
                raise UsageError(f"additions[{index}]: expected a CommitOperationAdd, got {kind_of(addition)}")
        await loaded(storing)
        to = self._branch(repo_id, repo_type, revision, create_pr=create_pr)
        if gitignore_content is not None:
            checked_value(gitignore_content, argument="gitignore_content")
        waiting = [addition for addition in chosen if addition.lfs is None]
        found = await sources.orders_of(waiting, to, argument="additions")
        prepared = await storing.prepare(
            self._send,
            to,
            orders.files_of(found),
            telling.Tally(),
            git_ignore=gitignore_content,
            only_large=True,
            chunking=chunking.Chunking(self._xet),
        )
        await sources.raise_if_changed([state.file for state in prepared.states.values()])
        for addition, order in zip(waiting, found, strict=True):
            state = prepared.states[order.path]
            if state.file is order and not isinstance(state, states.Ignored) and state.stored is not None:
                addition.lfs = models.BlobLfsInfo(size=state.stored.size, sha256=state.stored.oid)
                addition.path_or_fileobj = b"" if free_memory else addition.path_or_fileobj

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
        hot_reload: bool = False,
        strict: bool = False,
        max_commit_bytes: int = MAX_COMMIT_BYTES,
        max_workers: int = TRANSFER_TASKS,
        on_progress: telling.OnProgress | None = None,
        progress: bool = False,
    ) -> models.UploadReport:
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
            hot_reload: As in `create_commit`.
            strict: Whether it is an error if the repository's ``.gitignore`` keeps a file out.
            max_commit_bytes: How many bytes of regular files the commit may hold.
            max_workers: Requests to the storage under way at once.
            on_progress: Is told how far it has come; a function or a coroutine function.
            progress: Whether to show a progress bar (extra ``progress``).

        Returns:
            The commit; ``committed`` is ``False`` if the file was there already with this content.

        Raises:
            UsageError: An argument is wrong, or there is no such file.
            BadRequestError: The Hub does not accept it, or the front matter of a ``README.md``.
            UploadError: The file could not be read or stored; nothing was committed.
            FileChangedError: It changed meanwhile; nothing was committed.
            CommitTooLargeError: It is too much for one commit; ``fits`` names what is not, or what to try where
                the Hub has refused. Nothing was committed.
            CommitConflictError: Somebody has committed since `parent_commit`, or others commit again and again.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            As `create_commit`.

        Source:
            huggingface_hub 2.4.0, ``HfApi.upload_file``.
        """
        checked_flags(progress=progress)
        path = checked_new_path(path_in_repo)
        to = await self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or f"Upload {path} with aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
            hot_reload=hot_reload,
            strict=strict,
            max_commit_bytes=max_commit_bytes,
            max_workers=max_workers,
        )
        return await self._commit(to, [await sources.local_file(path_or_fileobj, path)], on_progress, shown=progress)

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
        strict: bool = False,
        atomic: bool = True,
        max_commit_bytes: int = MAX_COMMIT_BYTES,
        max_workers: int = TRANSFER_TASKS,
        on_progress: telling.OnProgress | None = None,
        progress: bool = False,
    ) -> models.UploadReport:
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
            strict: Whether it is an error if the repository's ``.gitignore`` keeps a file out.
            atomic: Whether it has to be one commit. Otherwise it is as many as it takes, each on top of the one
                before; a Space is built on each of them. If it fails in between, those before it stay, and what is
                there already when it is called again is not sent again.
            max_commit_bytes: How many bytes of regular files the commit may hold.
            max_workers: Requests to the storage under way at once.
            on_progress: Is told how far it has come; a function or a coroutine function.
            progress: Whether to show a progress bar (extra ``progress``).

        Returns:
            The commit, and what became of each file; ``committed`` is ``False`` if nothing had changed.

        Raises:
            UsageError: An argument is wrong, or there is no such folder.
            BadRequestError: The Hub does not accept it, or the front matter of its ``README.md``.
            UploadError: Files could not be read (it names all of them), links lead to more than 100,000 paths
                (it names one of them), or a file could not be stored; nothing was committed.
            FileChangedError: Files changed meanwhile; nothing was committed.
            CommitTooLargeError: It is too much for one commit; ``fits`` names what is not, or what to try where
                the Hub has refused. Nothing was committed.
            CommitConflictError: Somebody has committed since `parent_commit`, or others commit again and again.
            PermissionDeniedError: The token may not write.
            RepositoryNotFoundError: There is none, or the token may not see it.
            RevisionNotFoundError: It has no such branch.

        Wire:
            As `create_commit`; for `delete_patterns` ``GET …/tree/{parent}?recursive=true`` before the commit.

        Source:
            huggingface_hub 2.4.0, ``HfApi.upload_folder``.
        """
        checked_flags(atomic=atomic, progress=progress)
        below = checked_folder_in_repo(path_in_repo)
        to = await self._destination(
            repo_id,
            repo_type,
            revision,
            commit_message or "Upload folder using aiohfspaces",
            commit_description,
            create_pr=create_pr,
            parent_commit=parent_commit,
            strict=strict,
            max_commit_bytes=max_commit_bytes,
            max_workers=max_workers,
        )
        found = await sources.find_files(
            folder_path,
            below,
            allow=checked_patterns(allow_patterns, argument="allow_patterns"),
            ignore=checked_patterns(ignore_patterns, argument="ignore_patterns"),
        )
        patterns = checked_patterns(delete_patterns, argument="delete_patterns")
        report = await self._commit(
            to,
            found,
            on_progress,
            shown=progress,
            is_whole=atomic,
            matching=None if patterns is None else lambda revision: self._matching(to, revision, below, patterns),
        )
        if not found and not report.deleted:
            warnings.warn(f"Nothing to upload to {to.repo_id} in {str(folder_path)!r}", UserWarning, stacklevel=2)
        return report

    async def _matching(self, to: orders.Branch, revision: str, below: str, patterns: Patterns) -> list[orders.Removal]:
        """List what is below a folder of the repository at a revision, and matches."""
        paths = await self.list_repo_files(to.repo_id, revision=revision, repo_type=to.repo_type)
        prefix = f"{below}/" if below else ""
        inside = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
        found = [prefix + path for path in matching(inside, allow=patterns)]
        return [orders.Removal(path=path, unless_added=True) for path in found if path != ".gitattributes"]

    def _branch(
        self, repo_id: str, repo_type: RepoType, revision: str | None, *, create_pr: bool | None
    ) -> orders.Branch:
        checked_flags(create_pr=create_pr)
        if create_pr and revision not in (None, DEFAULT_REVISION):
            raise UsageError("create_pr, revision: a pull request is always opened against the default branch")
        return orders.Branch(
            repo_id=checked_repo_id(repo_id),
            repo_type=checked_repo_type(repo_type),
            revision=checked_revision(revision),
            create_pr=bool(create_pr),
        )

    async def _destination(
        self,
        repo_id: str,
        repo_type: RepoType,
        revision: str | None,
        message: str,
        description: str | None,
        *,
        create_pr: bool | None,
        parent_commit: str | None,
        hot_reload: bool = False,
        strict: bool = False,
        max_commit_bytes: int = MAX_COMMIT_BYTES,
        max_workers: int = TRANSFER_TASKS,
    ) -> committing.Destination:
        checked_flags(hot_reload=hot_reload, strict=strict)
        await loaded(batching)
        branch = self._branch(repo_id, repo_type, revision, create_pr=create_pr)
        return committing.Destination(
            **asdict(branch),
            message=checked_words(message, argument="commit_message"),
            description="" if description is None else checked_value(description, argument="commit_description"),
            parent=None if parent_commit is None else checked_commit(parent_commit),
            hot_reload=hot_reload,
            strict=strict,
            most_regular_bytes=whole_number("max_commit_bytes", max_commit_bytes, least=0),
            max_workers=whole_number("max_workers", max_workers, least=1),
            url=self._repo_url(branch.repo_id, branch.repo_type),
        )

    async def _commit(
        self,
        to: committing.Destination,
        steps: Sequence[orders.Order],
        on_progress: telling.OnProgress | None = None,
        *,
        shown: bool = False,
        is_whole: bool = True,
        matching: comparing.Matching | None = None,
    ) -> models.UploadReport:
        """Commit what a public method was asked for, whose caller is told of doubts."""
        if paths := await files.in_thread(orders.contested, steps):  # of many files it takes long
            raise UsageError(f"operations: a file is copied to where something else is put too: {', '.join(paths)}")
        if on_progress is not None and not callable(on_progress):
            raise UsageError(f"on_progress: expected a function, got {on_progress!r}")
        async with telling.bar(shown=shown) as listeners:
            doubtful = [*await files.in_thread(lambda: list(orders.doubts(steps, to.repo_type)))]
            doubtful += await self._doubts_of_card(to, steps)
            for sentence in doubtful:
                warnings.warn(f"{to.repo_id}: {sentence}", UserWarning, stacklevel=3)
            found = orders.files_of(steps)
            tally = telling.Tally(
                listeners if on_progress is None else (*listeners, on_progress),
                files_found=len(found),
                bytes_found=sum(file.size for file in found),
            )
            uploading = uploader.upload if is_whole else batching.upload_in_batches
            known = committing.Known(chunking=chunking.Chunking(self._xet))
            return await telling.telling(
                tally, lambda: uploading(self._send, to, steps, tally, matching=matching, known=known)
            )

    async def _doubts_of_card(self, to: committing.Destination, steps: Sequence[orders.Order]) -> tuple[str, ...]:
        """Let the Hub look at a repository's card before anything of a commit is sent."""
        cards = [file for file in orders.files_of(steps) if file.path == _CARD]
        if not cards:
            return ()
        try:
            return await self._send(commits.check_card(await files.text_of(cards[0], _LONGEST_CARD), to.repo_type))
        except BadRequestError as exc:
            exc.advice = _CARD_ADVICE
            raise
