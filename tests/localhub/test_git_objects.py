"""Git objects made from values."""

from dulwich.lfs import LFSPointer
from dulwich.objects import Blob, ObjectID, Tree

from aiohfspaces.localhub.git_objects import Commitment, change_tree, measure, read_commit, write_commit

BLOB = Blob.from_string(b"x").id


class Trees(dict[ObjectID, Tree]):
    """The trees that were written."""

    def change(self, tree: Tree, changes: dict[bytes, ObjectID | None]) -> Tree:
        """Change a tree and keep what is new."""
        after, written = change_tree(lambda oid: Tree.from_string(self[oid].as_raw_string()), tree, changes)
        self.update((new.id, new) for new in written)
        return after


def test_changes_reach_into_folders() -> None:
    """And make those that are missing."""
    trees = Trees()
    tree = trees.change(Tree(), {b"a/b/c": BLOB, b"d": BLOB})
    assert [b"a", b"d"] == [item.path for item in tree.iteritems()]
    assert BLOB == tree.lookup_path(trees.__getitem__, b"a/b/c")[1]


def test_a_folder_left_empty_is_gone() -> None:
    """With the folders that held nothing else."""
    trees = Trees()
    tree = trees.change(Tree(), {b"a/b/c": BLOB, b"d": BLOB})
    assert [b"d"] == [item.path for item in trees.change(tree, {b"a/b/c": None}).iteritems()]


def test_only_what_is_new_is_written() -> None:
    """Neither what stayed nor what a step between would have left behind."""
    trees = Trees()
    tree = trees.change(Tree(), {b"a/x": BLOB, b"b/x": BLOB, b"f": BLOB})
    _, written = change_tree(trees.__getitem__, tree, {b"b/y": BLOB, b"f": None, b"f/x": BLOB})
    assert 3 == len(written)


def test_a_commit_is_read_as_it_was_written() -> None:
    """Title, body, author, time."""
    commit = write_commit(Tree().id, [], "\u00fc", "title\n\nbody\nmore", 12.7)
    assert read_commit(commit) == Commitment(commit.id.decode(), "\u00fc", 12, "title\n\nbody\nmore")
    assert ("title", "body\nmore") == (read_commit(commit).title, read_commit(commit).body)


def test_a_pointer_is_told_from_a_file() -> None:
    """By its form."""
    pointer = LFSPointer("a" * 64, 99).to_bytes()
    assert measure(Blob.from_string(pointer)) == (99, "a" * 64, len(pointer))
    assert (9, None, 9) == measure(Blob.from_string(b"version 1"))
