"""The history of one repository: a bare git repository on disk, read and written with dulwich."""

from __future__ import annotations

import re
import shutil
import stat
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from errno import EEXIST, EISDIR, ENAMETOOLONG, ENOTDIR, ENOTEMPTY
from io import BytesIO
from pathlib import Path

from dulwich.errors import NotTreeError
from dulwich.graph import find_merge_base
from dulwich.index import commit_tree
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree
from dulwich.patch import write_tree_diff
from dulwich.refs import HEADREF, Ref, check_ref_format
from dulwich.repo import Repo
from dulwich.walk import ORDER_TOPO

from aiohfspaces.localhub import refusals
from aiohfspaces.localhub.git_objects import (
    Commitment,
    Entry,
    change_tree,
    identity,
    measure,
    read_commit,
    write_commit,
)
from aiohfspaces.localhub.incoming import Incoming, open_incoming
from aiohfspaces.localhub.merging import File, Merge, merge_files

MAIN = "main"
_PACK_FROM = 64
_UNFIT_NAME = frozenset({ENAMETOOLONG, EEXIST, EISDIR, ENOTDIR, ENOTEMPTY})
_HEX = re.compile(r"[0-9a-f]{7,40}")


class DeletedError(Exception):
    """Somebody was still at work in a repository that was deleted meanwhile."""


class GitRepository:
    """One bare repository. Every method may be called from any thread, and reads and writes the disk.

    Once it was deleted, every method but `close` raises `DeletedError`.
    """

    def __init__(self, path: Path) -> None:
        """Open the repository that is in a folder, when it is first needed."""
        self.path = path
        self.lock = threading.RLock()
        self._opened: Repo | None = None
        self._is_deleted = False
        self._measures: dict[ObjectID, tuple[int, str | None, int]] = {}

    @classmethod
    def create(cls, path: Path) -> GitRepository:
        """Make an empty one."""
        path.mkdir(parents=True)
        Repo.init_bare(path, default_branch=MAIN.encode()).close()
        return cls(path)

    def copy(self, path: Path) -> GitRepository:
        """Copy it whole to another folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.lock:
            self._check_here()
            shutil.copytree(self.path, path)
        return GitRepository(path)

    def move(self, path: Path) -> None:
        """Move it to another folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.lock:
            self._check_here()
            self.close()
            self.path = self.path.rename(path)

    def close(self) -> None:
        """Close what is open of it."""
        with self.lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def delete(self) -> None:
        """Take it off the disk."""
        with self.lock:
            self._check_here()
            self.close()
            self._is_deleted = True
            shutil.rmtree(self.path)

    def reopen(self) -> Repo:
        """Open it once more, for somebody who reads for long and must not hold the lock; to be closed by them."""
        with self.lock:
            self._check_here()
            return Repo(str(self.path))

    def open_incoming(self) -> AbstractContextManager[Incoming]:
        """Make room for the objects of a push; nobody sees them before `accept`."""
        with self.lock:
            self._check_here()
            return open_incoming(self.path)

    def accept(self, incoming: Incoming) -> None:
        """Take the objects of a push over; no ref names them yet."""
        with self.lock:
            self._check_here()
            self.close()  # what is open does not know of them
            incoming.move_into(self.path / "objects")

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

    def named(self) -> Mapping[bytes, bytes]:
        """Tell what every ref names: of an annotated tag the tag."""
        with self.lock:
            return {name: oid for name, oid in self._repo.refs.as_dict().items()}  # noqa: C416 - as plain bytes

    def set_ref(self, name: str, oid: str) -> None:
        """Make a ref name a commit.

        Raises:
            Refusal: Git does not allow such a name: 400.
        """
        if not check_ref_format(Ref(name.encode())):
            raise refusals.bad_request(f"Invalid reference name: {name}")
        with self.lock:
            try:
                self._repo.refs[Ref(name.encode())] = ObjectID(oid.encode())
            except OSError as exc:
                if exc.errno not in _UNFIT_NAME:
                    raise
                raise refusals.bad_request(f"Invalid reference name: {name}: {exc.strerror}") from exc

    def delete_ref(self, name: str) -> None:
        """Forget a ref."""
        with self.lock:
            del self._repo.refs[Ref(name.encode())]

    def tag(self, name: str, oid: str, *, message: str, author: str, at: float) -> None:
        """Make an annotated tag of a commit."""
        tag = Tag()
        tag.name, tag.message, tag.tagger = name.encode(), message.encode(), identity(author)
        tag.tag_time, tag.tag_timezone = int(at), 0
        tag.object = (Commit, ObjectID(oid.encode()))
        with self.lock:
            self._repo.object_store.add_object(tag)
            self.set_ref(f"refs/tags/{name}", tag.id.decode())

    # Reading

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

    # Writing

    def commit(
        self,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        *,
        author: str,
        message: str,
        at: float,
    ) -> str:
        """Write a commit and return its id; no ref names it yet.

        Args:
            parent: The commit before it; ``None`` for the first one.
            changes: By path the new bytes of a git blob, or ``None`` for a file that goes.
            author: A user's name.
            message: The title, and after an empty line the rest.
            at: Seconds since the epoch.
        """
        with self.lock:
            blobs = {path: Blob.from_string(data) for path, data in changes.items() if data is not None}
            ids = {path.encode(): blobs[path].id if path in blobs else None for path in changes}
            before = self._tree_of(parent) if parent else Tree()
            after, trees = change_tree(self._tree, before, ids)
            commit = write_commit(after.id, [parent] if parent else [], author, message, at)
            self._add([*blobs.values(), *trees, commit])
            return commit.id.decode()

    def squash(self, commit: str, *, author: str, message: str, at: float) -> str:
        """Write a commit with the files of another and no history; returns its id."""
        with self.lock:
            squashed = write_commit(self._commit(commit).tree, [], author, message, at)
            self._repo.object_store.add_object(squashed)
            return squashed.id.decode()

    def rewrite(self, unwanted: Callable[[Entry], bool]) -> None:
        """Write all commits anew without some files, as if they had never been there; the refs lead to those then."""
        with self.lock:
            refs = {name: oid for name, oid in self._repo.refs.as_dict().items() if name != HEADREF}
            new: dict[ObjectID, ObjectID] = {}
            tips = [ObjectID(self._peel(oid).encode()) for oid in refs.values()]
            walker = self._repo.get_walker(include=tips, order=ORDER_TOPO)
            for before in [entry.commit for entry in reversed(list(walker))]:
                new[before.id] = self._rewritten(before, new, unwanted)
            for name, oid in refs.items():
                target = self._repo[oid]
                if isinstance(target, Tag):
                    target.object = (Commit, new[target.object[1]])
                    self._repo.object_store.add_object(target)
                self._repo.refs[name] = target.id if isinstance(target, Tag) else new[oid]

    def _rewritten(
        self, before: Commit, new: Mapping[ObjectID, ObjectID], unwanted: Callable[[Entry], bool]
    ) -> ObjectID:
        tree = self._tree(before.tree)
        files = [entry for entry in self._walk(tree, "", recursive=True) if not entry.is_folder and unwanted(entry)]
        after, trees = change_tree(self._tree, tree, {entry.path.encode(): None for entry in files})
        commit = before.copy()
        assert isinstance(commit, Commit)
        commit.tree, commit.parents = after.id, [new[parent] for parent in before.parents]
        self._add([*trees, commit])
        return commit.id

    # Two revisions

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

    def commit_merge(self, merge: Merge, parent: str, *, author: str, message: str, at: float) -> str:
        """Write what comes of merging as a commit, and return its id; no ref names it yet."""
        with self.lock:
            self._add(merge.blobs)
            blobs = [(path, oid, mode) for path, (mode, oid) in merge.files.items()]
            tree = commit_tree(self._repo.object_store, blobs)
            commit = write_commit(tree, [parent], author, message, at)
            self._add([commit])
            return commit.id.decode()

    def _files(self, commit: str) -> dict[bytes, File]:
        entries = iter_tree_contents(self._repo.object_store, self._commit(commit).tree)
        return {entry.path: (entry.mode, entry.sha) for entry in entries}

    def _read_blob(self, oid: ObjectID) -> bytes:
        blob = self._repo[oid]
        assert isinstance(blob, Blob)
        return blob.data

    def _add(self, objects: Sequence[ShaFile]) -> None:
        for blob in objects:
            if isinstance(blob, Blob):
                self._measures[blob.id] = measure(blob)
        if len(objects) >= _PACK_FROM:
            self._repo.object_store.add_objects([(added, None) for added in objects])
            return
        for added in objects:
            self._repo.object_store.add_object(added)
