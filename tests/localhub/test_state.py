"""What survives a restart."""

from pathlib import Path

from aiohfspaces.localhub import life
from aiohfspaces.localhub.accounts import Accounts
from aiohfspaces.localhub.clock import Clock
from aiohfspaces.localhub.creation import SpaceWish, Wish, create
from aiohfspaces.localhub.discussions import Voice, comment, rename
from aiohfspaces.localhub.life import Failure
from aiohfspaces.localhub.logbook import Line
from aiohfspaces.localhub.objects import ObjectStore
from aiohfspaces.localhub.pull_requests import begin_pull_request, change
from aiohfspaces.localhub.quotas import Quotas
from aiohfspaces.localhub.repositories import Preferences, Repositories
from aiohfspaces.localhub.spaces import Setting
from aiohfspaces.localhub.state import Keeper, load_accounts, load_repositories, load_webhooks, read_state
from aiohfspaces.localhub.webhooks import Webhook
from aiohfspaces.localhub.world import World


def build_world(folder: Path) -> World:
    """A world of what is in a folder."""
    state = read_state(folder)
    accounts = load_accounts(state) if state else Accounts()
    repositories = Repositories(folder / "repos", accounts)
    load_repositories(state, repositories, 10)
    clock, objects = Clock(state.get("now", 0)), ObjectStore(folder / "lfs")
    known = (clock, accounts, repositories, objects, 10, True, 100, 10, Quotas())
    return World("http://hub", "http://lfs", *known, webhooks=load_webhooks(state))


def test_a_world_comes_back_as_it_was(tmp_path: Path) -> None:
    """To the last field of a Space."""
    before = build_world(tmp_path)
    me = before.accounts.add_user("me", 5)
    before.accounts.add_organization("org", 6, ["me"])
    settings = {"K": Setting("v", 7, "why")}
    wish = SpaceWish("t4-small", "small", 60, True, settings, settings, [{"type": "model"}])
    made = create(
        before,
        me,
        Wish(
            "space",
            "me/app",
            "private",
            "docker",
            files={"Dockerfile": b""},
            space=wish,
            region="eu",
            resource_group="a" * 24,
        ),
    )
    assert made.space is not None
    made.preferences = Preferences(True, "trending", True, "me@example.org", "real-time")
    made.space.life = life.doom(life.restart(made.space.life, before.clock.now()), Failure("BUILD_ERROR", "later"))
    made.likes["me"] = 8
    voice = Voice("me", 8, is_writer=True)
    begin_pull_request(made, "A change", "Why", voice, base="refs/heads/main", start=made.tip.sha)
    change(made, 1, lambda found: rename(comment(found, "And", voice), "Another", voice))
    before.webhooks.add(Webhook("w1", "me", None, "job-1", (("space", "me/app"),), ("repo",), "hush", ("A",), True))
    made.space.output.append(Line(8, "printed"))
    before.repositories.remember(made, ["me/old"])
    Keeper(before, tmp_path).keep()
    after = build_world(tmp_path)
    assert list(after.accounts) == list(before.accounts)
    found = after.repositories.find("space", "me/app")
    assert found is not None
    assert (found.space, found.tip, found.visibility) == (made.space, made.tip, "private")
    assert found.preferences == made.preferences
    assert ("eu", "a" * 24) == (found.region, found.resource_group)
    assert {"me": 8} == found.likes
    assert ["me/old"] == after.repositories.old_ids(found)
    assert (made.discussions, list(before.webhooks)) == (found.discussions, list(after.webhooks))
    before.repositories.close()
    after.repositories.close()


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    """That is where a hub begins."""
    assert {} == read_state(tmp_path)
