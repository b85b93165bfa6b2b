"""Who likes what, over HTTP."""

import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import Caller


def test_likes_are_counted_and_can_be_taken_back(hub: LocalHub, me: Caller, other: Caller) -> None:
    """Once for each user, and the second time it is as well."""
    me.create("app")
    hub.like("me/app")
    hub.like("me/app")
    hub.like("me/app", "other")
    assert 2 == me.get("/api/spaces/me/app").json()["likes"]
    assert ["other", "me"] == [liker["user"] for liker in me.get("/api/spaces/me/app/likers").json()]
    assert [200, 200] == [other.delete("/api/spaces/me/app/like").status_code for _ in range(2)]
    assert 1 == me.get("/api/spaces/me/app?expand=likes").json()["likes"]


def test_what_is_liked_most_comes_first(hub: LocalHub, me: Caller) -> None:
    """Of two that are liked as much, the newer one."""
    for name in ("one", "two", "three"):
        me.create(name)
    hub.add_user("other")
    hub.like("me/one")
    hub.like("me/one", "other")
    for sort in ("likes", "trendingScore"):
        found = [space["id"] for space in me.get(f"/api/spaces?sort={sort}&direction=-1").json()]
        assert ["me/one", "me/three", "me/two"] == found
    assert 400 == me.get("/api/spaces?sort=likes&direction=1").status_code


def test_what_a_user_likes_is_public(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """The newest like first, of all kinds; a private repository is not told."""
    me.create("hidden", private=True)
    me.create("rows", type="dataset")
    me.create("app")
    hub.like("me/app")
    hub.like("me/hidden")
    hub.clock.advance(1)
    hub.like("me/rows", repo_type="dataset")
    liked = nobody.get("/api/users/me/likes").json()
    assert [{"name": "me/rows", "type": "dataset"}, {"name": "me/app", "type": "space"}] == [
        like["repo"] for like in liked
    ]
    assert liked[0]["createdAt"] > liked[1]["createdAt"]
    page = nobody.get("/api/users/me/likes?limit=1")
    assert ["me/app"] == [like["repo"]["name"] for like in nobody.get(page.links["next"]["url"]).json()]
    assert 404 == nobody.get("/api/users/ghost/likes").status_code


@pytest.mark.parametrize("path", ["likers?limit=x", "likers?cursor=x"])
def test_pages_that_there_are_not_are_refused(me: Caller, path: str) -> None:
    """As everywhere."""
    me.create("app")
    assert 400 == me.get(f"/api/spaces/me/app/{path}").status_code


def test_likers_come_in_pages(hub: LocalHub, me: Caller) -> None:
    """Each user once."""
    me.create("app")
    names = ["me", *(f"u{number}" for number in range(4))]
    for name in names[1:]:
        hub.add_user(name)
    for name in names:
        hub.like("me/app", name)
    first = me.get("/api/spaces/me/app/likers?limit=3")
    second = me.get(first.links["next"]["url"])
    assert names[::-1] == [liker["user"] for liker in [*first.json(), *second.json()]]
    assert {} == second.links


def test_who_may_not_see_does_not_like(hub: LocalHub, me: Caller, other: Caller, nobody: Caller) -> None:
    """Nor find out who does."""
    me.create("app", private=True)
    assert [404, 404] == [
        other.delete("/api/spaces/me/app/like").status_code,
        other.get("/api/spaces/me/app/likers").status_code,
    ]
    assert 401 == nobody.delete("/api/spaces/me/app/like").status_code
