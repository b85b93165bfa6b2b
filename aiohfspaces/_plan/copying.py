"""Which files a copy takes, and where each of them goes.

Source of the rules for folders: huggingface_hub 2.4.0, ``HfApi.copy_files``; they are those of ``cp -r``, and of rsync
for a slash at the end of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from attrs import evolve, frozen

from aiohfspaces._plan.orders import Copy, Origin
from aiohfspaces._plan.uploading import Copied
from aiohfspaces._wire.content import RepoEntry
from aiohfspaces._wire.large_files import XetObject
from aiohfspaces._wire.uploads import LfsObject
from aiohfspaces.errors import UploadError
from aiohfspaces.models import RepoFile, RepoFolder


def grouped(copies: Iterable[Copy], to: Origin) -> list[tuple[Origin | None, list[Copy]]]:
    """Put copies from the same place together, those within the repository first."""

    def place(copy: Copy) -> tuple[str, str, str]:
        origin = copy.origin
        if origin is None:
            return "", "", ""
        is_near = (origin.repo_id, origin.repo_type) == (to.repo_id, to.repo_type)
        return ("", "", origin.revision) if is_near else (origin.repo_id, origin.repo_type, origin.revision)

    groups = (list(group) for _, group in groupby(sorted(copies, key=place), place))
    return [(group[0].origin, group) for group in groups]


def missing_sources(copies: Iterable[Copy], sources: Mapping[str, RepoEntry], origin: Origin) -> dict[str, str]:
    """Say of each copy that cannot be why not."""
    where = f"{origin.repo_type} {origin.repo_id} at {origin.revision}"
    failures = {}
    for copy in copies:
        source = sources.get(copy.source_path)
        if source is None:
            failures[copy.path] = f"there is no {copy.source_path} in {where}"
        elif isinstance(source, RepoFolder):
            failures[copy.path] = f"{copy.source_path} is a folder of {where}: copy_files copies those"
    return failures


def objects_to_duplicate(files: Iterable[RepoFile], origin: Origin) -> list[XetObject]:
    """List the large files that another repository needs, each content once.

    Raises:
        UploadError: Some are not in Xet storage, so that the Hub cannot give them away; it names all of them.
    """
    large = {file.lfs.sha256: (file, file.xet_hash) for file in files if file.lfs is not None}
    failures = {
        file.path: f"the Hub has it in no Xet storage, so it cannot leave {origin.repo_id}: upload it instead"
        for file, xet_hash in large.values()
        if xet_hash is None
    }
    if failures:
        raise UploadError(f"{len(failures)} of {len(large)} large files cannot be copied:", failures=failures)
    return [
        XetObject(sha256=sha256, xet_hash=xet_hash, path=file.path)
        for sha256, (file, xet_hash) in large.items()
        if xet_hash is not None
    ]


def is_copied(source: RepoFile, there: RepoEntry | None) -> bool:
    """Tell whether a copy's destination has the content already: the same git id is the same content."""
    return isinstance(there, RepoFile) and there.blob_id == source.blob_id


def travelling(copies: Iterable[Copy], sources: Mapping[str, RepoFile]) -> list[RepoFile]:
    """List the regular files, whose content travels, each as it will be where it goes."""
    found = [evolve(sources[copy.source_path], path=copy.path) for copy in copies]
    return [file for file in found if file.lfs is None]


def copied_file(copy: Copy, source: RepoFile, contents: Mapping[str, bytes], there: RepoEntry | None) -> Copied:
    """Say what goes to a copy's destination, and whether it is there already.

    Args:
        copy: What is to be copied.
        source: What is at its source.
        contents: Git id to content of regular files; what is there already need not be among them.
        there: What is at its destination.
    """
    is_there = is_copied(source, there)
    if source.lfs is not None:
        stored = LfsObject(source.lfs.sha256, source.lfs.size)
        return Copied(path=copy.path, blob_id=source.blob_id, stored=stored, is_there=is_there)
    content = contents.get(source.blob_id, b"")
    return Copied(path=copy.path, blob_id=source.blob_id, content=content, is_there=is_there)


@frozen(kw_only=True)
class Target:
    """Where `copy_files` is to put something.

    Attributes:
        path: In the repository; ``""`` for its root.
        is_folder: Whether it is a folder, or was called one.
        exists: Whether that folder is there already.
    """

    path: str
    is_folder: bool
    exists: bool


def target_of_file(path: str, to: Target) -> str:
    """Say where a single file goes: into a folder, or under the name that was given."""
    name = path.rpartition("/")[2]
    if not to.path:
        return name
    return f"{to.path}/{name}" if to.is_folder else to.path


def target_in_folder(path: str, folder: str, to: Target, *, contents_only: bool) -> str:
    """Say where a file of a copied folder goes.

    Args:
        path: The file's.
        folder: The copied folder; ``""`` for a whole repository.
        to: Where it is copied to.
        contents_only: Whether what is in the folder is meant, and not the folder itself.
    """
    below = path.removeprefix(f"{folder}/") if folder else path
    if to.exists and folder and not contents_only:
        below = f"{folder.rpartition('/')[2]}/{below}"
    return f"{to.path}/{below}" if to.path else below
