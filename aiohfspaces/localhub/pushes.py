"""What a push by git may bring: judged when its objects have arrived, before any ref moves.

Source: the Hub's docs, "Getting started with repositories"; git 2.39, ``git-receive-pack``.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from attrs import frozen
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree
from dulwich.refs import Ref, check_ref_format

from aiohfspaces.localhub.commits import MAX_FOLDER_ENTRIES
from aiohfspaces.localhub.git_objects import measure
from aiohfspaces.localhub.upload_modes import LFS_SIZE

DECLINED = "pre-receive hook declined"
_ABSENT = b"0" * 40
_SUBMODULE = 0o160000
_HEADS, _TAGS, _PULL_REQUESTS = b"refs/heads/", b"refs/tags/", b"refs/pr/"

Read = Callable[[ObjectID], ShaFile]
"""Reads an object by its id; ``KeyError`` if it is not there."""


@frozen
class Move:
    """One ref that a push moves.

    Attributes:
        ref: Its full name.
        old: The object that the pusher believes it names.
        new: The object that it is to name.
    """

    ref: bytes
    old: bytes
    new: bytes

    @property
    def deletes(self) -> bool:
        """Whether the ref is to go."""
        return self.new == _ABSENT


@frozen
class Arrivals:
    """What a push would bring that was not there before.

    Attributes:
        files: New blobs, each with its path in the first commit found to hold it.
        crowded: Folders that would hold more entries than the Hub takes.
        has_submodules: Whether a repository is to be part of this one.
    """

    files: Mapping[ObjectID, str]
    crowded: Collection[str]
    has_submodules: bool


def find_arrivals(read: Read, is_old: Callable[[ObjectID], bool], starts: Iterable[bytes]) -> Arrivals:
    """Look through all that can be reached from ``starts`` and is not old.

    Raises:
        KeyError: Something is missing.
    """
    files: dict[ObjectID, str] = {}
    crowded: list[str] = []
    has_submodules = False
    for path, mode, found in _new_entries(read, is_old, starts):
        if mode == _SUBMODULE:
            has_submodules = True
        elif isinstance(found, Blob):
            files.setdefault(found.id, path)
        elif isinstance(found, Tree) and len(found) > MAX_FOLDER_ENTRIES:
            crowded.append(path)
    return Arrivals(files, crowded, has_submodules)


def _new_entries(
    read: Read, is_old: Callable[[ObjectID], bool], starts: Iterable[bytes]
) -> Iterator[tuple[str, int, ShaFile | None]]:
    waiting = [("", stat.S_IFDIR, ObjectID(start)) for start in starts]
    seen: set[ObjectID] = set()
    while waiting:
        path, mode, oid = waiting.pop()
        if oid in seen or (mode != _SUBMODULE and is_old(oid)):
            continue
        seen.add(oid)
        found = None if mode == _SUBMODULE else read(oid)
        yield path, mode, found
        if isinstance(found, Tag):
            waiting.append(("", stat.S_IFDIR, found.object[1]))
        elif isinstance(found, Commit):
            waiting += [("", stat.S_IFDIR, other) for other in (*found.parents, found.tree)]
        elif isinstance(found, Tree):
            folder = f"{path}/" if path else ""
            waiting += [
                (folder + item.path.decode(errors="replace"), item.mode, item.sha) for item in found.iteritems()
            ]


def judge_move(move: Move, refs: Mapping[bytes, bytes], read: Read, main: bytes) -> str | None:
    """Say in git's words why a ref may not move; ``None`` if it may.

    Whether the new commit continues the old one is for the pusher to say: ``git push --force`` means it.
    """
    if not move.ref.startswith(b"refs/") or not check_ref_format(Ref(move.ref)) or not _is_utf8(move.ref):
        return "funny refname"
    if refs.get(move.ref, _ABSENT) != move.old:
        return "failed to update ref"
    is_open_request = move.ref.startswith(_PULL_REQUESTS) and move.ref in refs and not move.deletes
    if not move.ref.startswith((_HEADS, _TAGS)) and not is_open_request:
        return "deny updating a hidden ref"
    if move.deletes:
        return "deletion of the current branch prohibited" if move.ref == main else None
    found = read(ObjectID(move.new))
    while isinstance(found, Tag) and move.ref.startswith(_TAGS):
        found = read(found.object[1])
    return None if isinstance(found, Commit) else "cannot update ref to non-commit object"


def _is_utf8(ref: bytes) -> bool:
    return "\ufffd" not in ref.decode(errors="replace")


def judge_files(arrivals: Arrivals, read: Read, stored_size: Callable[[str], int | None]) -> str | None:
    """Say in the Hub's words why it does not take what a push brings; ``None`` if it does.

    Args:
        arrivals: What is new.
        read: Reads an object.
        stored_size: Tells how many bytes an LFS object has; ``None`` if it never arrived.
    """
    too_big, missing = [], []
    for oid, path in arrivals.files.items():
        blob = read(oid)
        assert isinstance(blob, Blob)
        _, lfs_oid, size = measure(blob)
        if size > LFS_SIZE:
            too_big.append(path)
        if lfs_oid is not None and stored_size(lfs_oid) is None:
            missing.append(path)
    if too_big:
        return _offending("it contains files larger than 10 MiB. Please use git-lfs to store large files.", too_big)
    if missing:
        return _offending("an LFS pointer pointed to a file that does not exist.", missing)
    if arrivals.crowded:
        why = f"it contains too many files per directory: at most {MAX_FOLDER_ENTRIES} are allowed."
        return _offending(why, [f"/{path}" for path in arrivals.crowded])
    return "Your push was rejected because it contains submodules.\n" if arrivals.has_submodules else None


def _offending(why: str, paths: Iterable[str]) -> str:
    listed = "".join(f"  - {path}\n" for path in sorted(paths))
    return f"Your push was rejected because {why}\n\nOffending files:\n{listed}"
