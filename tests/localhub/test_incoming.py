"""The objects of a push, while nobody knows whether it is accepted."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from dulwich.objects import ObjectID

from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.incoming import Incoming

from .pushing import new_commit, push_body


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    """A repository without commits."""
    return GitRepository.create(tmp_path / "it.git")


def receive(incoming: Incoming, *parents: str) -> ObjectID:
    """Let a commit of one file come in, and return its id."""
    commit, objects = new_commit({"a.txt": b"a"}, *parents)
    pack = io.BytesIO(push_body("", "", "", objects).partition(b"0000")[2])
    incoming.receive(pack.read, pack.read)
    return commit.id


def test_what_is_accepted_is_there(git: GitRepository) -> None:
    """Before that it can be read beside what there was, and by nobody else."""
    old = git.commit(None, {"old.txt": b"old"}, author="me", message="first", at=0)
    with git.open_incoming() as incoming:
        new = receive(incoming, old)
        assert (True, False) == (incoming.is_old(ObjectID(old.encode())), incoming.is_old(new))
        assert {old, new.decode()} == {incoming.read(oid).id.decode() for oid in (ObjectID(old.encode()), new)}
        git.set_ref("refs/heads/main", old)
        with pytest.raises(Exception, match=new.decode()):
            git.commitment(new.decode())
        git.accept(incoming)
    assert "by hand" == git.commitment(new.decode()).message
    assert b"a" == git.read_path(new.decode(), "a.txt")
    git.close()


def test_what_is_not_accepted_is_gone(git: GitRepository, tmp_path: Path) -> None:
    """With the folder that it waited in."""
    with git.open_incoming() as incoming:
        receive(incoming)
        assert 2 == len(list(tmp_path.iterdir()))
    assert [git.path] == list(tmp_path.iterdir())
