"""What a push by git may bring."""

from __future__ import annotations

import stat
from collections.abc import Callable

import pytest
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree

from aiohfspaces.localhub.git_objects import write_commit
from aiohfspaces.localhub.pushes import Arrivals, Move, find_arrivals, judge_files, judge_move

MAIN = b"refs/heads/main"
ABSENT = b"0" * 40
FILE = stat.S_IFREG | 0o644
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"5" * 64 + b"\nsize 12\n"

NONE: dict[str, int | None] = {}
STORED: dict[str, int | None] = {"5" * 64: 12}


class Store(dict[ObjectID, ShaFile]):
    """Objects in memory."""

    def put(self, *objects: ShaFile) -> ObjectID:
        """Keep objects, and return the id of the last one."""
        self.update({kept.id: kept for kept in objects})
        return objects[-1].id

    def commit(self, files: dict[bytes, bytes], *parents: bytes) -> ObjectID:
        """Keep a commit with files in its root and in folders one deep."""
        root, folders = Tree(), dict[bytes, Tree]()
        for path, data in files.items():
            folder, _, name = path.rpartition(b"/")
            target = folders.setdefault(folder, Tree()) if folder else root
            target.add(name, FILE, self.put(Blob.from_string(data)))
        for name, tree in folders.items():
            root.add(name, stat.S_IFDIR, self.put(tree))
        return self.put(root, write_commit(root.id, [parent.decode() for parent in parents], "me", "message", 0))

    def tag(self, oid: ObjectID) -> ObjectID:
        """Keep an annotated tag of an object."""
        tag = Tag()
        tag.name, tag.message, tag.tagger, tag.tag_time, tag.tag_timezone = b"v1", b"", b"me <me>", 0, 0
        tag.object = (type(self[oid]), oid)
        return self.put(tag)


def nothing(_oid: ObjectID) -> bool:
    """Nothing was there before."""
    return False


def arrivals(store: Store, start: bytes, is_old: Callable[[ObjectID], bool] = nothing) -> Arrivals:
    """What a push of ``start`` brings."""
    return find_arrivals(store.__getitem__, is_old, [start])


def test_all_new_files_are_found() -> None:
    """In each commit, behind tags and in folders; each once, by a path that it has."""
    store = Store()
    first = store.commit({b"gone.txt": b"gone", b"same.txt": b"same"})
    second = store.commit({b"folder/\xff.txt": b"new", b"same.txt": b"same"}, first)
    found = arrivals(store, store.tag(store.tag(second)))
    assert ["folder/\ufffd.txt", "gone.txt", "same.txt"] == sorted(found.files.values())
    assert ([], False) == (found.crowded, found.has_submodules)


def test_what_is_old_is_not_looked_at() -> None:
    """Nor what can be reached from it."""
    store = Store()
    first = store.commit({b"old.txt": b"old"})
    old = set(store)
    second = store.commit({b"old.txt": b"old", b"new.txt": b"new"}, first)
    for oid in old:
        del store[oid]
    assert ["new.txt"] == list(arrivals(store, second, old.__contains__).files.values())


def test_a_hole_is_noticed() -> None:
    """A push that leaves an object out does not pass."""
    store = Store()
    commit = store.commit({b"a.txt": b"a"})
    del store[Blob.from_string(b"a").id]
    with pytest.raises(KeyError):
        arrivals(store, commit)


def test_crowded_folders_and_submodules() -> None:
    """Both are found, the latter without being looked into."""
    store = Store()
    crowd = store.commit({b"crowd/%d" % number: b"" for number in range(10_001)})
    assert ["crowd"] == list(arrivals(store, crowd).crowded)
    tree = Tree()
    tree.add(b"other", 0o160000, ObjectID(b"1" * 40))
    commit = store.put(tree, write_commit(tree.id, [], "me", "message", 0))
    assert arrivals(store, commit).has_submodules


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Arrivals({}, ["a", "b"], has_submodules=False), "too many files per directory"),
        (Arrivals({}, [], has_submodules=True), "submodules"),
    ],
)
def test_what_the_hub_does_not_take(found: Arrivals, sentence: str) -> None:
    """It says so."""
    assert sentence in str(judge_files(found, Store().__getitem__, NONE.get))
    assert judge_files(Arrivals({}, [], has_submodules=False), Store().__getitem__, NONE.get) is None


def test_sizes_and_pointers() -> None:
    """Ten MiB pass, a byte more does not; an LFS object must have arrived."""
    store = Store()
    good = arrivals(store, store.commit({b"a": bytes(10 * 1024 * 1024), b"p": POINTER}))
    assert judge_files(good, store.__getitem__, STORED.get) is None
    missing = judge_files(good, store.__getitem__, NONE.get)
    assert missing is not None
    assert missing.endswith("does not exist.\n\nOffending files:\n  - p\n")
    big = arrivals(store, store.commit({b"a": bytes(10 * 1024 * 1024 + 1)}))
    too_big = judge_files(big, store.__getitem__, NONE.get)
    assert too_big is not None
    assert "larger than 10 MiB" in too_big


def test_refs_that_may_move() -> None:
    """Branches, tags and open pull requests, from where the pusher saw them; ``main`` stays."""
    store = Store()
    commit = store.commit({})
    refs = {MAIN: b"1" * 40, b"refs/pr/1": b"2" * 40, b"refs/heads/other": b"3" * 40}

    def judge(ref: bytes, old: bytes, new: bytes = commit) -> str | None:
        return judge_move(Move(ref, old, new), refs, store.__getitem__, MAIN)

    for ref, old in refs.items():
        assert judge(ref, old) is None
        assert "failed to update ref" == judge(ref, ABSENT)
    assert judge(b"refs/heads/new", ABSENT) is None
    assert judge(b"refs/tags/v1", ABSENT, store.tag(commit)) is None
    assert judge(b"refs/heads/other", b"3" * 40, ABSENT) is None
    assert "deletion of the current branch prohibited" == judge(MAIN, b"1" * 40, ABSENT)
    assert "deny updating a hidden ref" == judge(b"refs/pr/1", b"2" * 40, ABSENT)
    assert "deny updating a hidden ref" == judge(b"refs/pr/2", ABSENT)
    assert "funny refname" == judge(b"HEAD", ABSENT)
    assert "funny refname" == judge(b"refs/heads/a..b", ABSENT)
    assert "funny refname" == judge(b"refs/heads/\xff", ABSENT)
    assert "cannot update ref to non-commit object" == judge(b"refs/heads/new", ABSENT, store.tag(commit))
    found = store[commit]
    assert isinstance(found, Commit)
    assert "cannot update ref to non-commit object" == judge(b"refs/tags/v1", ABSENT, found.tree)
