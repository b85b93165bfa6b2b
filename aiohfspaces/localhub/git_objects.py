"""Git objects made from values, and values read from git objects; nothing here touches the disk."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen
from dulwich.lfs import LFSPointer
from dulwich.objects import Blob, Commit, ObjectID, Tree

_FILE_MODE = stat.S_IFREG | 0o644
_MAX_POINTER_BYTES = 1024


@frozen
class Entry:
    """A file or a folder of one revision.

    Attributes:
        path: From the root, with ``/``.
        oid: The id of the git blob or tree.
        size: Bytes of the file, of the LFS object where it is one; 0 for a folder.
        lfs_oid: The SHA-256 of the LFS object, where it is one.
        blob_size: Bytes of the git blob: of the pointer, where it is an LFS object.
    """

    path: str
    oid: str
    is_folder: bool = False
    size: int = 0
    lfs_oid: str | None = None
    blob_size: int = 0


@frozen
class Commitment:
    """A commit, as far as the Hub tells of it."""

    oid: str
    author: str
    at: int
    message: str

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def body(self) -> str:
        """The message after its first line."""
        return self.message.partition("\n")[2].strip("\n")


def change_tree(
    read: Callable[[ObjectID], Tree], tree: Tree, changes: Mapping[bytes, ObjectID | None]
) -> tuple[Tree, list[Tree]]:
    """Change files of a tree, which may be folders deep.

    Args:
        read: Reads a tree by its id.
        tree: The tree before; it is changed in place.
        changes: By path the blob that a file becomes, or ``None`` for a file that goes.

    Returns:
        The tree after, and all trees that are new in it, itself included. A folder left empty is not kept.
    """
    files = {path: blob for path, blob in changes.items() if b"/" not in path}
    written: list[Tree] = []
    # What goes has to be gone first: a folder may take the place of a file of its name.
    for name in (name for name, blob in files.items() if blob is None):
        del tree[name]
    for name, inner in _by_folder(changes).items():
        before = read(tree[name][1]) if name in tree else Tree()
        folder, inside = change_tree(read, before, inner)
        if len(folder):
            tree[name] = (stat.S_IFDIR, folder.id)
            written += inside
        else:
            del tree[name]
    for name, blob in files.items():
        if blob is not None:
            tree[name] = (_FILE_MODE, blob)
    return tree, [*written, tree]


def _by_folder(changes: Mapping[bytes, ObjectID | None]) -> dict[bytes, dict[bytes, ObjectID | None]]:
    folders: dict[bytes, dict[bytes, ObjectID | None]] = {}
    for path, blob in changes.items():
        folder, slash, rest = path.partition(b"/")
        if slash:
            folders.setdefault(folder, {})[rest] = blob
    return folders


def write_commit(tree: ObjectID, parents: Sequence[str], author: str, message: str, at: float) -> Commit:
    """Make a commit object."""
    commit = Commit()
    commit.tree = tree
    commit.parents = [ObjectID(parent.encode()) for parent in parents]
    commit.author = commit.committer = identity(author)
    commit.author_time = commit.commit_time = int(at)
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    return commit


def identity(author: str) -> bytes:
    """Spell a user as git spells authors."""
    return f"{author} <{author}@users.noreply.localhost>".encode()


def read_commit(commit: Commit) -> Commitment:
    """Read what the Hub tells of a commit object."""
    # What was pushed was written elsewhere, in whatever encoding.
    author = commit.author.partition(b" <")[0].decode(errors="replace")
    return Commitment(commit.id.decode(), author, commit.commit_time, commit.message.decode(errors="replace"))


def measure(blob: Blob) -> tuple[int, str | None, int]:
    """Tell the bytes of a file, its LFS object if it is one, and the bytes of the git blob."""
    size = blob.raw_length()
    pointer = LFSPointer.from_bytes(blob.data) if size < _MAX_POINTER_BYTES else None
    if pointer is None or not pointer.is_valid_oid():
        return size, None, size
    return pointer.size, pointer.oid, size
