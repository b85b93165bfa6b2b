"""One repository, read: its refs, its commits and what they hold. A bare git repository on disk, by dulwich."""

from __future__ import annotations

import re
import stat
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from dulwich.errors import NotTreeError
from dulwich.graph import find_merge_base
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, Tag, Tree
from dulwich.patch import write_tree_diff
from dulwich.refs import Ref
from dulwich.repo import Repo

from aiohfspaces.localhub import refusals
from aiohfspaces.localhub.git_objects import (
    Commitment,
    Entry,
    measure,
    read_commit,
)
from aiohfspaces.localhub.merging import File, Merge, merge_files

MAIN = "main"
_HEX = re.compile(r"[0-9a-f]{7,40}")


class DeletedError(Exception):
    """Somebody was still at work in a repository that was deleted meanwhile."""


class GitReader:
    """Reads one bare repository. Every method may be called from any thread, and reads the disk.

    Once it was deleted, every method but `close` raises `DeletedError`.
    """

    def __init__(self, path: Path) -> None:
        """Open the repository that is in a folder, when it is first needed."""
        self.path = path
        self.lock = threading.RLock()
        self._opened: Repo | None = None
        self._is_deleted = False
        self._measures: dict[ObjectID, tuple[int, str | None, int]] = {}

    def close(self) -> None:
        """Close what is open of it."""
        with self.lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _check_here(self) -> None:
        if self._is_deleted:
            raise DeletedError(f"{self.path} was deleted")

    @property
    def _repo(self) -> Repo:
        self._check_here()
        if self._opened is None:
            self._opened = Repo(str(self.path))
        return self._opened

    # Revisions

    def resolve(self, revision: str) -> str:
        """Find the commit that a branch, a tag, a ref or a (shortened) commit id names.

        Raises:
            Refusal: There is none: 404 ``RevisionNotFound``.
        """
        with self.lock:
            for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
                found = self._repo.refs.as_dict().get(Ref(name.encode()))
                if found is not None:
                    return self._peel(found)
            if _HEX.fullmatch(revision):
                for oid in self._repo.object_store.iter_prefix(revision.encode()):
                    if isinstance(self._repo[oid], Commit):
                        return oid.decode()
        raise refusals.revision_not_found(revision)

    def _peel(self, oid: ObjectID) -> str:
        target = self._repo[oid]
        while isinstance(target, Tag):
            target = self._repo[target.object[1]]
        return target.id.decode()

    def branch_ref(self, revision: str) -> str:
        """Find the ref that a commit to ``revision`` would move: a branch or a pull request.

        Raises:
            Refusal: There is none: 404 ``RevisionNotFound``.
        """
        with self.lock:
            refs = self._repo.refs.as_dict()
        for name in (f"refs/heads/{revision}", revision):
            if name.startswith(("refs/heads/", "refs/pr/")) and Ref(name.encode()) in refs:
                return name
        raise refusals.revision_not_found(revision)

    def refs(self, prefix: str) -> dict[str, str]:
        """List the refs below a prefix such as ``refs/heads/``: their names behind it, and the commits."""
        with self.lock:
            found = sorted(self._repo.refs.as_dict().items())
            return {
                name.decode().removeprefix(prefix): self._peel(oid)
                for name, oid in found
                if name.startswith(prefix.encode())
            }

    def history(self, commit: str) -> Iterator[Commitment]:
        """Iterate over a commit and all before it, newest first. Hold the lock meanwhile."""
        for entry in self._repo.get_walker(include=[ObjectID(commit.encode())]):
            yield read_commit(entry.commit)

    def commitment(self, commit: str) -> Commitment:
        """Read one commit."""
        with self.lock:
            return read_commit(self._commit(commit))

    def last_change(self, commit: str, path: str) -> Commitment | None:
        """Find the newest commit, from ``commit`` on back, that changed a path."""
        with self.lock:
            walker = self._repo.get_walker(include=[ObjectID(commit.encode())], paths=[path.encode()], max_entries=1)
            return next((read_commit(entry.commit) for entry in walker), None)

    def fork(self, one: str, other: str) -> str | None:
        """Find the commit that two have grown from; ``None`` if there is none."""
        with self.lock:
            found = find_merge_base(self._repo, [ObjectID(one.encode()), ObjectID(other.encode())])
            return found[0].decode() if found else None

    def diff(self, before: str | None, after: str) -> str:
        """Tell what has changed between two commits, as git writes it."""
        written = BytesIO()
        with self.lock:
            old = self._commit(before).tree if before else None
            write_tree_diff(written, self._repo.object_store, old, self._commit(after).tree)
        return written.getvalue().decode(errors="replace")

    def merge(self, ours: str, theirs: str) -> Merge:
        """Merge two commits; nothing is written yet."""
        with self.lock:
            base = self.fork(ours, theirs)
            return merge_files(
                self._files(base) if base else {}, self._files(ours), self._files(theirs), self._read_blob
            )

    # Files

    def entry(self, commit: str, path: str) -> Entry | None:
        """Look a path up; ``None`` if the revision does not have it."""
        with self.lock:
            tree = self._tree_of(commit)
            try:
                mode, oid = tree.lookup_path(self._repo.object_store.__getitem__, path.encode())
            except (KeyError, ValueError, NotTreeError):
                return None
            return self._describe(path, mode, oid)

    def entries(self, commit: str, folder: str = "", *, recursive: bool = False) -> list[Entry] | None:
        """List what a folder holds, sorted as git sorts; ``None`` if there is no such folder."""
        with self.lock:
            root = self._tree_of(commit)
            if folder:
                found = self.entry(commit, folder)
                if found is None or not found.is_folder:
                    return None
                root = self._tree(ObjectID(found.oid.encode()))
            return list(self._walk(root, f"{folder}/" if folder else "", recursive=recursive))

    def _walk(self, tree: Tree, prefix: str, *, recursive: bool) -> Iterator[Entry]:
        for item in tree.iteritems():
            entry = self._describe(prefix + item.path.decode(errors="replace"), item.mode, item.sha)
            yield entry
            if recursive and entry.is_folder:
                yield from self._walk(self._tree(item.sha), f"{entry.path}/", recursive=True)

    def read(self, entry: Entry) -> bytes:
        """Read the git blob of a file: for an LFS object its pointer."""
        with self.lock:
            blob = self._repo[ObjectID(entry.oid.encode())]
            assert isinstance(blob, Blob)
            return blob.data

    def read_path(self, commit: str, path: str) -> bytes:
        """Read a small file; empty if there is none."""
        entry = self.entry(commit, path)
        return b"" if entry is None or entry.is_folder else self.read(entry)

    def _describe(self, path: str, mode: int, oid: ObjectID) -> Entry:
        if stat.S_ISDIR(mode):
            return Entry(path, oid.decode(), is_folder=True)
        size, lfs_oid, blob_size = self._measure(oid)
        return Entry(path, oid.decode(), size=size, lfs_oid=lfs_oid, blob_size=blob_size)

    def _measure(self, oid: ObjectID) -> tuple[int, str | None, int]:
        if oid not in self._measures:
            blob = self._repo[oid]
            assert isinstance(blob, Blob)
            self._measures[oid] = measure(blob)
        return self._measures[oid]

    def _commit(self, oid: str) -> Commit:
        found = self._repo[ObjectID(oid.encode())]
        assert isinstance(found, Commit)
        return found

    def _tree(self, oid: ObjectID) -> Tree:
        found = self._repo[oid]
        assert isinstance(found, Tree)
        return found

    def _tree_of(self, commit: str) -> Tree:
        return self._tree(self._commit(commit).tree)

    def _files(self, commit: str) -> dict[bytes, File]:
        entries = iter_tree_contents(self._repo.object_store, self._commit(commit).tree)
        return {entry.path: (entry.mode, entry.sha) for entry in entries}

    def _read_blob(self, oid: ObjectID) -> bytes:
        blob = self._repo[oid]
        assert isinstance(blob, Blob)
        return blob.data
