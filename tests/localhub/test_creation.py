"""Making repositories."""

from pathlib import Path

from aiohfspaces.localhub.creation import SpaceWish, Wish, create, duplicate
from aiohfspaces.localhub.repositories import Repositories, Repository
from aiohfspaces.localhub.spaces import Setting

from .test_state import build_world


class Watched(Repositories):
    """Repositories that note which variables a Space has when others begin to see it."""

    seen: tuple[str, ...] = ()

    def add(self, repository: Repository) -> None:
        """Make a repository known."""
        self.seen = tuple(repository.required_space.variables)
        super().add(repository)


def test_a_copy_is_complete_before_others_see_it(tmp_path: Path) -> None:
    """With the variables of both."""
    world = build_world(tmp_path)
    world.repositories = watched = Watched(tmp_path / "repos", world.accounts)
    me = world.accounts.add_user("me", 0)
    setting = Setting("x", 0)
    source = create(world, me, Wish("space", "me/app", sdk="docker", space=SpaceWish(variables={"V": setting})))
    duplicate(world, me, source, Wish("space", "me/copy", space=SpaceWish(variables={"W": setting})))
    assert ("V", "W") == watched.seen
    world.repositories.close()
