"""Who there is, and what they have, over HTTP."""

import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import Caller


def test_a_user_is_told_with_what_is_to_be_seen(hub: LocalHub, me: Caller, other: Caller) -> None:
    """Private repositories count for their owner only."""
    hub.add_organization("org", members=["me"])
    me.create("app")
    me.create("hidden", private=True)
    me.create("rows", type="dataset")
    hub.like("me/app", "other")
    told = me.get("/api/users/me/overview").json()
    assert ("me", "user", False, 2, 1, 0, 0) == (
        told["user"],
        told["type"],
        told["isPro"],
        told["numSpaces"],
        told["numDatasets"],
        told["numModels"],
        told["numLikes"],
    )
    assert ["org"] == [organization["name"] for organization in told["orgs"]]
    assert 1 == other.get("/api/users/me/overview").json()["numSpaces"]
    assert 1 == other.get("/api/users/other/overview").json()["numLikes"]


def test_an_organization_is_told_with_its_members(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """A user is none, and an organization no user."""
    hub.add_organization("org", members=["me"])
    me.create("app", organization="org")
    told = nobody.get("/api/organizations/org/overview").json()
    assert ("org", "org", 1, 1) == (told["name"], told["type"], told["numUsers"], told["numSpaces"])
    replies = [nobody.get(f"/api/{path}/overview") for path in ("organizations/me", "users/org", "users/ghost")]
    assert [404, 404, 404] == [reply.status_code for reply in replies]
    assert "This user does not exist" == replies[1].json()["error"]


def test_what_is_stored_is_listed_by_its_size(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """The largest first, unless said otherwise; shares are of all that somebody has."""
    me.create("app", private=True)
    me.commit("me/app", {"app.py": b"x" * 5000})
    hub.clock.advance(1)
    me.create("rows", type="dataset")
    hub.clock.advance(1)
    me.create("net", type="model")
    me.commit("me/net", {"a.txt": b"x" * 3000}, kind="models")
    stored = me.get("/api/settings/repositories").json()
    assert [("me/app", "space", "private"), ("me/net", "model", "public"), ("me/rows", "dataset", "public")] == [
        (found["id"], found["type"], found["visibility"]) for found in stored
    ]
    assert 100 == pytest.approx(sum(found["storagePercent"] for found in stored))
    assert stored[0]["storage"] > stored[1]["storage"] > stored[2]["storage"] > 0

    def ids(query: str) -> list[str]:
        return [found["id"] for found in me.get(f"/api/settings/repositories?{query}").json()]

    assert ["me/rows", "me/net", "me/app"] == ids("direction=asc")
    assert ["me/net", "me/rows", "me/app"] == ids("sort=updatedAt")
    assert ["me/rows"] == ids("type=dataset")
    assert ["me/app"] == ids("search=APP")
    assert [] == ids("type=bucket")
    page = me.get("/api/settings/repositories?limit=2&sort=storage")
    assert ["me/rows"] == [found["id"] for found in me.get(page.links["next"]["url"]).json()]
    assert 401 == nobody.get("/api/settings/repositories").status_code


@pytest.mark.parametrize("query", ["sort=updated_at", "direction=up", "type=app", "limit=0"])
def test_words_that_the_hub_does_not_know_are_refused(me: Caller, query: str) -> None:
    """Rather than passed over."""
    assert 400 == me.get(f"/api/settings/repositories?{query}").status_code


def test_what_an_organization_stores_is_for_its_members(hub: LocalHub, me: Caller, other: Caller) -> None:
    """A user's name is none of an organization."""
    hub.add_organization("org", members=["me"])
    me.create("app", organization="org")
    path = "/api/organizations/{}/settings/repositories"
    assert ["org/app"] == [found["id"] for found in me.get(path.format("org")).json()]
    assert 403 == other.get(path.format("org")).status_code
    assert 404 == me.get(path.format("me")).status_code
