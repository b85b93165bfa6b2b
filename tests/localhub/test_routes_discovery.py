"""Finding Spaces over HTTP."""

import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S, Caller


def space_with(me: Caller, name: str, card: str, **wanted: object) -> None:
    """Make a Space with these lines in its card."""
    files = {"README.md": f"---\nsdk: gradio\n{card}\n---\n".encode(), "app.py": b"", "Dockerfile": b""}
    assert 200 == me.commit(me.create(name, **wanted), files).status_code


def ids(caller: Caller, query: str) -> list[str]:
    """List Spaces."""
    reply = caller.get(f"/api/spaces{query}")
    assert 200 == reply.status_code, reply.text
    return [space["id"].removeprefix("me/") for space in reply.json()]


def test_spaces_are_found_by_what_they_use(me: Caller) -> None:
    """As their cards say: all that is asked for, or anything."""
    space_with(me, "plain", "title: A")
    space_with(me, "net", "models: [me/net, her/net]")
    space_with(me, "both", "models: [me/net]\ndatasets: [me/rows]")
    assert ["both", "net"] == ids(me, "?models=me/net")
    assert ["net"] == ids(me, "?models=me/net&models=her/net")
    assert ["both"] == ids(me, "?models=me/net&datasets=me/rows")
    assert ["both", "net"] == ids(me, "?linked=true")
    told = me.get("/api/spaces/me/both?expand=models&expand=datasets").json()
    assert (["me/net"], ["me/rows"]) == (told["models"], told["datasets"])


def test_tags_are_those_that_are_told(me: Caller) -> None:
    """The card's, and the Hub's own."""
    space_with(me, "one", "tags: [x, y]")
    space_with(me, "two", "tags: [x]")
    assert ["one"] == ids(me, "?filter=x&filter=y&filter=gradio&filter=region:us")
    assert ["two", "one"] == ids(me, "?filter=x")
    assert [] == ids(me, "?filter=z")


def test_all_pages_of_a_filter_are_of_that_filter(me: Caller) -> None:
    """The next page has the same query."""
    for number in range(5):
        space_with(me, f"s{number}", "tags: [x]" if number % 2 == 0 else "title: A")
    page = me.get("/api/spaces?filter=x&limit=2&sort=lastModified&expand=tags&expand=sdk")
    rest = me.get(page.links["next"]["url"])
    assert ["me/s4", "me/s2", "me/s0"] == [space["id"] for space in [*page.json(), *rest.json()]]
    assert {"_id", "id", "tags", "sdk"} == set(rest.json()[0])
    assert "next" not in rest.links


@pytest.mark.parametrize("query", ["sort=last_modified", "sort=trending_score", "direction=asc", "expand=card_data"])
def test_words_in_another_spelling_are_refused(me: Caller, query: str) -> None:
    """The Hub knows camelCase."""
    me.create()
    assert 400 == me.get(f"/api/spaces?{query}").status_code


def test_spaces_are_found_by_words(hub: LocalHub, me: Caller, other: Caller) -> None:
    """The best first; those that do not run have to be asked for, and what is private is its owner's."""
    space_with(me, "one", "title: Watercolour painter\nshort_description: Paints\nemoji: x\ntags: [art]")
    space_with(me, "two", "title: Sketches\nshort_description: like a painter")
    space_with(me, "three", "title: Painter\nsdk: docker", private=True, sdk="docker")
    hub.clock.advance(2 * STAGE_S)
    space_with(me, "painter-that-builds", "title: Nothing")
    hub.like("me/three")
    path = "/semantic-search?q=a%20PAINTER"
    assert ["three", "one", "two"] == ids(me, path)
    assert ["one", "two"] == ids(other, path)
    assert ["three", "one", "two", "painter-that-builds"] == ids(me, f"{path}&includeNonRunning=true")
    assert ["three"] == ids(me, f"{path}&sdk=docker&sdk=static")
    assert ["one"] == ids(me, f"{path}&filter=art")
    assert [] == ids(me, "/semantic-search?q=violin")
    best = other.get(f"/api/spaces{path}").json()[0]
    assert ("Watercolour painter", "Paints", "x", "RUNNING") == (
        best["title"],
        best["shortDescription"],
        best["emoji"],
        best["runtime"]["stage"],
    )
    assert {"author", "likes", "private", "tags", "trendingScore", "semanticRelevancyScore"} <= set(best)
    assert 400 == me.get("/api/spaces/semantic-search").status_code


def test_the_card_of_a_space_is_told_as_it_shows(me: Caller) -> None:
    """From its beginning, unless something else is asked for; a commit changes it, what is no word is left out."""
    me.create("my-app", short_description="hey")
    told = me.get("/api/spaces/me/my-app").json()
    assert ("My App", "\N{ROCKET}", "hey") == tuple(told[key] for key in ("title", "emoji", "shortDescription"))
    assert ("blue", "indigo", False) == tuple(told[key] for key in ("colorFrom", "colorTo", "pinned"))
    assert {"_id", "id", "sdk"} == set(me.get("/api/spaces/me/my-app?expand=sdk").json())
    me.commit("me/my-app", {"README.md": b"---\ntitle: 3\nemoji: X\npinned: maybe\nsdk: gradio\n---\n"})
    told = me.get("/api/spaces/me/my-app").json()
    assert {"emoji": "X"} == {key: told[key] for key in ("title", "emoji", "pinned", "colorFrom") if key in told}
    me.create("data", type="dataset", sdk=None, license="mit")
    assert "title" not in me.get("/api/datasets/me/data").json()
