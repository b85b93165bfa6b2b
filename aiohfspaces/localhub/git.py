"""One repository, written: commits, refs, merges, and itself as a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from errno import EEXIST, EISDIR, ENAMETOOLONG, ENOTDIR, ENOTEMPTY
from pathlib import Path

from dulwich.index import commit_tree
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree
from dulwich.refs import HEADREF, Ref, check_ref_format
from dulwich.repo import Repo
from dulwich.walk import ORDER_TOPO

from aiohfspaces.localhub import refusals
from aiohfspaces.localhub.git_objects import (
    Entry,
    change_tree,
    identity,
    measure,
    write_commit,
)
from aiohfspaces.localhub.git_reading import MAIN, GitReader
from aiohfspaces.localhub.incoming import Incoming, open_incoming
from aiohfspaces.localhub.merging import Merge

_PACK_FROM = 64
_UNFIT_NAME = frozenset({ENAMETOOLONG, EEXIST, EISDIR, ENOTDIR, ENOTEMPTY})


class GitRepository(GitReader):
    """Reads and writes one bare repository. Every method may be called from any thread, and takes the lock it needs."""

    # The folder

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

    def delete(self) -> None:
        """Take it off the disk."""
        with self.lock:
            self._check_here()
            self.close()
            self._is_deleted = True
            shutil.rmtree(self.path)

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

    # Refs

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

    # Commits

    def reopen(self) -> Repo:
        """Open it once more, for somebody who reads for long and must not hold the lock; to be closed by them."""
        with self.lock:
            self._check_here()
            return Repo(str(self.path))

    def named(self) -> Mapping[bytes, bytes]:
        """Tell what every ref names: of an annotated tag the tag."""
        with self.lock:
            return {name: oid for name, oid in self._repo.refs.as_dict().items()}  # noqa: C416 - as plain bytes

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

    def commit_merge(self, merge: Merge, parent: str, *, author: str, message: str, at: float) -> str:
        """Write what comes of merging as a commit, and return its id; no ref names it yet."""
        with self.lock:
            self._add(merge.blobs)
            blobs = [(path, oid, mode) for path, (mode, oid) in merge.files.items()]
            tree = commit_tree(self._repo.object_store, blobs)
            commit = write_commit(tree, [parent], author, message, at)
            self._add([commit])
            return commit.id.decode()

    def _add(self, objects: Sequence[ShaFile]) -> None:
        for blob in objects:
            if isinstance(blob, Blob):
                self._measures[blob.id] = measure(blob)
        if len(objects) >= _PACK_FROM:
            self._repo.object_store.add_objects([(added, None) for added in objects])
            return
        for added in objects:
            self._repo.object_store.add_object(added)
