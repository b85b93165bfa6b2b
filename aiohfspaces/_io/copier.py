"""Looking up files that a commit copies, and bringing their content within its reach.

A regular file's content travels with the commit; a large one stays where it is, and another repository's
is given to the destination first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiohfspaces._io.crowd import each
from aiohfspaces._io.storing import CALL_TASKS, Send
from aiohfspaces._plan.checksums import git_blob_id
from aiohfspaces._plan.copying import (
    copied_file,
    grouped,
    is_copied,
    missing_sources,
    objects_to_duplicate,
    travelling,
)
from aiohfspaces._plan.limits import Sized, raise_if_too_large
from aiohfspaces._plan.orders import Copy, LocalFile, Origin
from aiohfspaces._plan.uploading import Copied, batches
from aiohfspaces._wire.content import PATHS_AT_ONCE, RepoEntry, paths_info, whole_file
from aiohfspaces._wire.large_files import DUPLICATED_AT_ONCE, XetObject, duplicate_lfs_files
from aiohfspaces.errors import FileChangedError, UploadError
from aiohfspaces.models import RepoFile


async def look_up(
    send: Send,
    to: Origin,
    copies: Sequence[Copy],
    contents: dict[str, bytes],
    *,
    beside: Sequence[LocalFile],
    most_bytes: int,
) -> dict[str, Copied]:
    """Look up what is to be copied, and give large files of other repositories to the destination.

    Args:
        send: Sends calls.
        to: Where they go, at the commit that they are compared with.
        copies: What is to be copied.
        contents: Git id to content of the regular files that were fetched before; more come in.
        beside: The regular files that the same commit uploads.
        most_bytes: As many bytes may they and the regular files that are copied have together.

    Returns:
        Destination path to what goes there.

    Raises:
        UploadError: Sources are missing, are folders, or cannot be given away; it names all of them.
        CommitTooLargeError: The regular files are too large; those that are too much are not fetched.
        FileChangedError: Somebody has changed one meanwhile.
    """
    if not copies:
        return {}
    there = await entries_of(send, to, [copy.path for copy in copies])
    regular: list[Sized] = [*beside]
    found: dict[str, Copied] = {}
    for origin, group in grouped(copies, to):
        at = origin or to
        files = await _sources(send, at, group)
        needed = [copy for copy in group if not is_copied(files[copy.source_path], there.get(copy.path))]
        regular += travelling(needed, files)
        raise_if_too_large(regular, most_bytes)
        sources = {copy.source_path: files[copy.source_path] for copy in needed}
        await _fetch(send, at, [file for file in sources.values() if file.lfs is None], contents)
        if (at.repo_id, at.repo_type) != (to.repo_id, to.repo_type):
            await _duplicate(send, at, to, objects_to_duplicate(sources.values(), at))
        found |= {
            copy.path: copied_file(copy, files[copy.source_path], contents, there.get(copy.path)) for copy in group
        }
    return found


async def _sources(send: Send, origin: Origin, copies: Sequence[Copy]) -> dict[str, RepoFile]:
    sources = await entries_of(send, origin, [copy.source_path for copy in copies])
    if failures := missing_sources(copies, sources, origin):
        raise UploadError(f"{len(failures)} of {len(copies)} files cannot be copied:", failures=failures)
    return {path: entry for path, entry in sources.items() if isinstance(entry, RepoFile)}


async def _fetch(send: Send, origin: Origin, files: Sequence[RepoFile], contents: dict[str, bytes]) -> None:
    """Get the contents that are not here yet."""

    async def get(file: RepoFile) -> None:
        content = await send(whole_file(origin.repo_id, origin.repo_type, origin.revision, file.path))
        if git_blob_id(content) != file.blob_id:
            raise FileChangedError("A file changed while it was being copied:", failures={file.path: "on the Hub"})
        contents[file.blob_id] = content

    await each(get, [file for file in files if file.blob_id not in contents], tasks=CALL_TASKS)


async def entries_of(send: Send, origin: Origin, paths: Iterable[str]) -> dict[str, RepoEntry]:
    """Look up paths of a repository; what is not there is left out."""
    found: dict[str, RepoEntry] = {}
    for batch in batches(dict.fromkeys(paths), PATHS_AT_ONCE):
        entries = await send(paths_info(origin.repo_id, origin.repo_type, origin.revision, batch))
        found.update({entry.path: entry for entry in entries})
    return found


async def _duplicate(send: Send, origin: Origin, to: Origin, objects: Sequence[XetObject]) -> None:
    failures: dict[str, str] = {}
    for batch in batches(objects, DUPLICATED_AT_ONCE):
        failed = await send(duplicate_lfs_files(origin.repo_id, origin.repo_type, to.repo_id, to.repo_type, batch))
        failures.update({given.path: failed[given.sha256] for given in batch if given.sha256 in failed})
    if failures:
        raise UploadError(f"{len(failures)} of {len(objects)} large files cannot be copied:", failures=failures)
