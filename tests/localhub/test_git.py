"""Bare repositories, as dulwich writes and the real git reads them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.lfs import LFSPointer

from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.git_objects import Entry
from aiohfspaces.localhub.refusals import Refusal

BYTES = {"app.py": b"print()\n", "a/b/c.txt": b"c", "a/\u00fc \u2028.txt": b"odd", "a.txt": b""}


def git(path: Path, *arguments: str) -> str:
    """What the real git says."""
    command = ["git", "-c", "core.quotePath=false", "-c", "safe.directory=*", "-C", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, check=True)
    return (done.stdout + done.stderr).decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[GitRepository]:
    """A repository with one commit on main."""
    made = GitRepository.create(tmp_path / "some" / "repo.git")
    made.set_ref("refs/heads/main", made.commit(None, BYTES, author="me", message="first\n\nmore", at=1000))
    yield made
    made.close()


def test_the_real_git_finds_nothing_to_complain_about(repository: GitRepository) -> None:
    """Ids, trees and messages are those that git would have made."""
    many = {f"many/{number}": str(number).encode() for number in range(100)}
    second = repository.commit(
        repository.resolve("main"),
        {**many, "app.py": None, "a/b/c.txt": b"d"},
        author="me",
        message="second",
        at=2000,
    )
    repository.set_ref("refs/heads/main", second)
    repository.tag("v1", second, message="a tag", author="me", at=2000)
    assert "" == git(repository.path, "fsck", "--full", "--strict")
    assert git(repository.path, "log", "--format=%H %an %at %s", "main").splitlines()[0] == f"{second} me 2000 second"
    assert "more" == git(repository.path, "log", "-1", "--format=%b", "main~1")
    assert "d" == git(repository.path, "show", "main:a/b/c.txt")
    assert git(repository.path, "rev-parse", "v1^{commit}") == repository.resolve("v1") == second
    listed = git(repository.path, "ls-tree", "-r", "--name-only", "main").split("\n")
    entries = repository.entries(second, recursive=True) or []
    assert sorted(listed) == sorted(entry.path for entry in entries if not entry.is_folder)


def test_entries_are_listed_by_folder_or_recursively(repository: GitRepository) -> None:
    """Folders are told, too."""
    head = repository.resolve("main")
    assert ["a.txt", "a", "app.py"] == [entry.path for entry in repository.entries(head) or []]
    assert ["a/b/c.txt"] == [entry.path for entry in repository.entries(head, "a/b") or []]
    assert repository.entries(head, "app.py") is None
    assert repository.entries(head, "nowhere", recursive=True) is None
    below = [entry.path for entry in repository.entries(head, "a", recursive=True) or []]
    assert ["a/b", "a/b/c.txt", "a/\u00fc \u2028.txt"] == below


def test_an_lfs_object_has_the_size_of_its_bytes(repository: GitRepository) -> None:
    """Not of its pointer."""
    pointer = LFSPointer("a" * 64, 12345).to_bytes()
    commit = repository.commit(repository.resolve("main"), {"m.bin": pointer}, author="me", message="m", at=1)
    entry = repository.entry(commit, "m.bin")
    assert entry == Entry("m.bin", entry.oid, False, 12345, "a" * 64, len(pointer)) if entry else False


@pytest.mark.parametrize("path", ["nowhere", "app.py/x", "a/b/c.txt/d"])
def test_a_missing_path_is_none(repository: GitRepository, path: str) -> None:
    """Also one below a file."""
    assert repository.entry(repository.resolve("main"), path) is None


def test_revisions_have_many_names(repository: GitRepository) -> None:
    """Branches, refs, and ids that may be shortened."""
    head = repository.resolve("main")
    assert repository.resolve("refs/heads/main") == repository.resolve(head) == repository.resolve(head[:8]) == head
    for revision in ("nowhere", "0" * 40, "refs/pr/1"):
        with pytest.raises(Refusal, match="Invalid rev id"):
            repository.resolve(revision)
    with pytest.raises(Refusal, match="Invalid reference name"):
        repository.set_ref("refs/heads/..", head)


def test_a_folder_may_take_the_place_of_a_file(repository: GitRepository) -> None:
    """And the other way round, in one commit."""
    head = repository.resolve("main")
    changes = {"app.py": None, "app.py/x": b"x", "a/b/c.txt": None, "a/\u00fc \u2028.txt": None, "a": b"file"}
    commit = repository.commit(head, changes, author="me", message="swap", at=1)
    assert b"x" == repository.read_path(commit, "app.py/x")
    assert b"file" == repository.read_path(commit, "a")


def test_history_and_changes(repository: GitRepository) -> None:
    """Newest first, even within a second."""
    first = repository.resolve("main")
    second = repository.commit(first, {"x": b"x"}, author="other", message="second", at=1000)
    assert [entry.oid for entry in repository.history(second)] == [second, first]
    change = repository.last_change(second, "app.py")
    assert change is not None
    assert (change.oid, change.title, change.body, change.author, change.at) == (
        first,
        "first",
        "more",
        "me",
        1000,
    )


def test_a_copy_and_a_move_keep_everything(repository: GitRepository, tmp_path: Path) -> None:
    """Deleting the original leaves the copy."""
    copied = repository.copy(tmp_path / "copies" / "copy.git")
    head = repository.resolve("main")
    repository.move(tmp_path / "moved" / "repo.git")
    assert repository.resolve("main") == head
    repository.delete()
    assert not (tmp_path / "moved" / "repo.git").exists()
    assert b"print()\n" == copied.read_path(head, "app.py")
    copied.close()


def test_two_revisions_are_compared_and_merged(repository: GitRepository) -> None:
    """The merge is one commit that the real git finds sound, and git agrees on the diff."""
    base = repository.resolve("main")
    ours = repository.commit(base, {"a.txt": b"ours\n"}, author="me", message="ours", at=2000)
    theirs = repository.commit(base, {"app.py": b"print(1)\n", "a/new": b"n"}, author="me", message="theirs", at=2000)
    alone = repository.commit(None, {"x": b"x"}, author="me", message="alone", at=2000)
    assert (base, ours, None) == (
        repository.fork(ours, theirs),
        repository.fork(ours, ours),
        repository.fork(ours, alone),
    )
    merge = repository.merge(ours, theirs)
    assert [] == merge.conflicts
    merged = repository.commit_merge(merge, ours, author="me", message="merged", at=3000)
    repository.set_ref("refs/heads/main", merged)
    assert "" == git(repository.path, "fsck", "--full", "--strict", "--no-dangling")
    assert [ours, "merged"] == git(repository.path, "log", "-1", "--format=%P %s", merged).split(" ")
    assert b"ours\n" == repository.read_path(merged, "a.txt")
    assert repository.diff(base, theirs) == repository.diff(ours, merged)
    assert ["a/new", "app.py"] == git(repository.path, "diff", "--name-only", ours, merged).split("\n")
    assert "+print(1)" in repository.diff(base, theirs)
    assert "+++ b/x" in repository.diff(None, alone)
