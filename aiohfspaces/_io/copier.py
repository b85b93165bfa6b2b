"""Looking up files that a commit copies, and bringing their content within its reach.

A regular file's content travels with the commit; a large one stays where it is, and another repository's
is given to the destination first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiohfspaces._io.crowd import each
from aiohfspaces._io.storing import CALL_TASKS, Send
from aiohfspaces._plan.copying import copied_file, grouped, missing_sources, objects_to_duplicate
from aiohfspaces._plan.orders import Branch, Copy, Origin
from aiohfspaces._plan.uploading import Copied, batches
from aiohfspaces._wire.content import PATHS_AT_ONCE, RepoEntry, paths_info, whole_file
from aiohfspaces._wire.large_files import DUPLICATED_AT_ONCE, XetObject, duplicate_lfs_files
from aiohfspaces.errors import UploadError
from aiohfspaces.models import RepoFile


async def look_up(send: Send, to: Branch, copies: Sequence[Copy]) -> dict[str, Copied]:
    """Look up what is to be copied, and give large files of other repositories to the destination.

    Returns:
        Destination path to what goes there.

    Raises:
        UploadError: Sources are missing, are folders, or cannot be given away; it names all of them.
    """
    if not copies:
        return {}
    own = Origin(repo_id=to.repo_id, repo_type=to.repo_type, revision=to.revision)
    there = await entries_of(send, own, [copy.path for copy in copies])
    found: dict[str, Copied] = {}
    for origin, group in grouped(copies, to):
        found |= await _look_up_group(send, to, origin or own, group, there)
    return found


async def _look_up_group(
    send: Send, to: Branch, origin: Origin, copies: Sequence[Copy], there: dict[str, RepoEntry]
) -> dict[str, Copied]:
    sources = await entries_of(send, origin, [copy.source_path for copy in copies])
    if failures := missing_sources(copies, sources, origin):
        raise UploadError(f"{len(failures)} of {len(copies)} files cannot be copied:", failures=failures)
    files = {path: entry for path, entry in sources.items() if isinstance(entry, RepoFile)}

    async def content(path: str) -> bytes:
        return await send(whole_file(origin.repo_id, origin.repo_type, origin.revision, path))

    regular = [path for path, file in files.items() if file.lfs is None]
    contents = dict(zip(regular, await each(content, regular, tasks=CALL_TASKS), strict=True))
    if (origin.repo_id, origin.repo_type) != (to.repo_id, to.repo_type):
        await _duplicate(send, origin, to, objects_to_duplicate(files.values(), origin))
    return {
        copy.path: copied_file(copy, files[copy.source_path], contents.get(copy.source_path), there.get(copy.path))
        for copy in copies
    }


async def entries_of(send: Send, origin: Origin, paths: Iterable[str]) -> dict[str, RepoEntry]:
    """Look up paths of a repository; what is not there is left out."""
    found: dict[str, RepoEntry] = {}
    for batch in batches(dict.fromkeys(paths), PATHS_AT_ONCE):
        entries = await send(paths_info(origin.repo_id, origin.repo_type, origin.revision, batch))
        found.update({entry.path: entry for entry in entries})
    return found


async def _duplicate(send: Send, origin: Origin, to: Branch, objects: Sequence[XetObject]) -> None:
    failures: dict[str, str] = {}
    for batch in batches(objects, DUPLICATED_AT_ONCE):
        failed = await send(duplicate_lfs_files(origin.repo_id, origin.repo_type, to.repo_id, to.repo_type, batch))
        failures.update({given.path: failed[given.sha256] for given in batch if given.sha256 in failed})
    if failures:
        raise UploadError(f"{len(failures)} of {len(objects)} large files cannot be copied:", failures=failures)
