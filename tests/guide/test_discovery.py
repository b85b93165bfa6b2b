"""Finding Spaces, people and what the Hub offers, with either client on a living Hub."""

from __future__ import annotations

import pytest
from anyio import to_thread
from huggingface_hub import HfApi

from aiohfspaces import (
    AsyncSpacesClient,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RepoInfo,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    SpaceInfo,
    UsageError,
)
from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S

pytestmark = pytest.mark.anyio

CARD = "---\ntitle: {title}\nsdk: gradio\nshort_description: {words}\ntags: [{tags}]\nmodels: [{models}]\n---\n"


@pytest.fixture
async def gallery(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """Have three Spaces that run, and one that has no app."""
    cards = {
        "painter": CARD.format(title="Watercolour painter", words="Paints a photo", tags="art, x", models="me/brush"),
        "sketcher": CARD.format(title="Sketcher", words="Draws like a painter", tags="art", models=""),
        "counter": CARD.format(title="Counter", words="Counts words", tags="text", models="me/words"),
    }
    for name, card in cards.items():
        await client.create_repo(f"me/{name}", space_sdk="gradio", files={"README.md": card, "app.py": ""})
    await client.create_repo("me/empty", space_sdk="docker")
    hub.clock.advance(2 * STAGE_S)
    hub.add_user("her")
    hub.like("me/sketcher")
    hub.like("me/sketcher", "her")
    hub.like("me/counter", "her")


@pytest.mark.usefixtures("gallery")
async def test_spaces_are_listed_as_one_likes(client: AsyncSpacesClient, official: HfApi) -> None:
    """Filters, order, fields and limits mean the same to both clients."""
    asked: list[tuple[dict[str, object], list[str]]] = [
        ({}, ["empty", "counter", "sketcher", "painter"]),
        ({"filter": "art", "sort": "created_at"}, ["sketcher", "painter"]),
        ({"filter": ["art", "x"]}, ["painter"]),
        ({"search": "COUNT"}, ["counter"]),
        ({"author": "her"}, []),
        ({"models": "me/brush"}, ["painter"]),
        ({"linked": True, "full": True}, ["counter", "painter"]),
        ({"sort": "likes", "limit": 2}, ["sketcher", "counter"]),
        ({"sort": "trending_score", "limit": 1, "expand": ["likes"]}, ["sketcher"]),
    ]

    def list_officially(given: dict[str, object]) -> list[str]:
        return [space.id for space in official.list_spaces(**given)]  # type: ignore[arg-type]

    for given, expected in asked:
        ids = [f"me/{name}" for name in expected]
        assert ids == [space.id for space in await client.list_spaces(**given)]  # type: ignore[arg-type]
        assert ids == await to_thread.run_sync(list_officially, given)
    [found] = await client.list_spaces(sort="likes", limit=1, expand=["likes", "models"])
    assert SpaceInfo(id="me/sketcher", likes=2, models=()) == found


@pytest.mark.usefixtures("gallery")
async def test_spaces_are_found_by_what_they_are_about(client: AsyncSpacesClient, official: HfApi) -> None:
    """The best first, and what does not run only where it is asked for."""
    found = await client.search_spaces("painter")
    assert [("me/painter", "Watercolour painter"), ("me/sketcher", "Sketcher")] == [
        (space.id, space.title) for space in found
    ]
    assert "Draws like a painter" == found[1].short_description
    assert (found[0].semantic_relevancy_score or 0) > (found[1].semantic_relevancy_score or 0) > 0
    assert found[0].runtime is not None
    assert "RUNNING" == found[0].runtime.stage
    assert [] == await client.search_spaces("empty")
    assert ["me/empty"] == [
        space.id for space in await client.search_spaces("empty", sdk=["docker"], include_non_running=True)
    ]
    assert ["me/painter"] == [space.id async for space in client.search_spaces("painter", filter="x")]

    def search() -> None:
        theirs = list(official.search_spaces("painter", sdk="gradio", filter="art"))
        assert [(space.id, space.semantic_relevancy_score, space.likes) for space in theirs] == [
            (space.id, space.semantic_relevancy_score, space.likes) for space in found
        ]

    await to_thread.run_sync(search)


async def test_a_repository_is_told_by_its_kind(client: AsyncSpacesClient, space: str, official: HfApi) -> None:
    """A Space with what only Spaces have; revisions, fields and file sizes as asked for."""
    await client.create_repo("me/rows", repo_type="dataset", license="mit", files={"a.csv": "1,2\n"})
    told = await client.repo_info(space)
    assert isinstance(told, SpaceInfo)
    assert ("gradio", await client.space_info(space)) == (told.sdk, told)
    rows = await client.repo_info("me/rows", repo_type="dataset", files_metadata=True, timeout=30)
    assert (RepoInfo, "me", {"license": "mit"}, 0) == (type(rows), rows.author, rows.card_data, rows.downloads)
    assert {"a.csv": 4} == {file.rfilename: file.size for file in rows.siblings or () if file.rfilename == "a.csv"}
    sizes = await client.repo_info("me/rows", repo_type="dataset", revision="main", expand=["sha", "usedStorage"])
    assert RepoInfo(id="me/rows", sha=rows.sha, used_storage=sizes.used_storage) == sizes
    with pytest.raises(RevisionNotFoundError):
        await client.repo_info("me/rows", repo_type="dataset", revision="nowhere")
    with pytest.raises(RepositoryNotFoundError):
        await client.repo_info("me/rows", repo_type="model")
    with pytest.raises(BadRequestError):
        await client.repo_info("me/rows", repo_type="dataset", expand=["runtime"])
    theirs = await to_thread.run_sync(lambda: official.repo_info("me/rows", repo_type="dataset"))
    assert (theirs.sha, theirs.likes) == (rows.sha, rows.likes)


async def test_hardware_is_told_with_its_price(client: AsyncSpacesClient, official: HfApi) -> None:
    """Without a login; each flavor is one that a Space can be given."""
    nobody = client.with_options(token=False)
    flavors = {str(flavor.name): flavor for flavor in await nobody.list_spaces_hardware()}
    assert None is flavors["cpu-basic"].accelerator
    small = flavors["t4-small"]
    assert small.accelerator is not None
    assert ("gpu", "1", "16 GB") == (small.accelerator.type, small.accelerator.quantity, small.accelerator.vram)
    assert small.unit_cost_usd == pytest.approx(small.unit_cost_micro_usd / 1_000_000)
    theirs = await to_thread.run_sync(official.list_spaces_hardware)
    assert [(each.name, each.pretty_name, each.cpu) for each in theirs] == [
        (each.name, each.pretty_name, each.cpu) for each in flavors.values()
    ]


async def test_a_quota_is_told_to_its_owner(client: AsyncSpacesClient, official: HfApi) -> None:
    """Without a token it is the token that is missing, not a Space named quota."""
    quota = await client.get_zero_gpu_quota()
    assert quota.runs is not None
    assert (quota.base, quota.runs.limit) == (quota.remaining, quota.runs.remaining)
    theirs = await to_thread.run_sync(official.get_zero_gpu_quota)
    assert (theirs.base, theirs.remaining, theirs.resets_at) == (quota.base, quota.remaining, quota.resets_at)
    with pytest.raises(AuthenticationError):
        await client.with_options(token=False).get_zero_gpu_quota()
    with pytest.raises(AuthenticationError):
        await client.with_options(token="hf_wrong").get_zero_gpu_quota()


@pytest.mark.usefixtures("gallery")
async def test_likes_go_both_ways(client: AsyncSpacesClient, hub: LocalHub, official: HfApi) -> None:
    """Who likes a Space, which Spaces somebody likes, and taking a like back."""
    await client.create_repo("me/net", repo_type="model")
    hub.like("me/net", repo_type="model")
    mine = await client.list_liked_repos()
    assert ("me", 2, ("me/sketcher",), ("me/net",)) == (mine.user, mine.total, mine.spaces, mine.models)
    assert {"her", "me"} == {liker.username async for liker in client.list_repo_likers("me/sketcher")}
    theirs = await to_thread.run_sync(official.list_liked_repos)
    assert (list(mine.spaces), list(mine.models), 2) == (theirs.spaces, theirs.models, theirs.total)
    await client.unlike("me/sketcher")
    await to_thread.run_sync(lambda: official.unlike("me/net", repo_type="model"))
    assert 0 == (await client.list_liked_repos("me")).total
    likers = await to_thread.run_sync(lambda: list(official.list_repo_likers("me/sketcher", repo_type="space")))
    assert ["her"] == [liker.username for liker in likers]
    with pytest.raises(NotFoundError):
        await client.list_liked_repos("ghost")


async def test_likers_are_listed_to_the_last_page(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """More than the Hub tells at once."""
    for number in range(51):
        hub.add_user(f"u{number}")
        hub.like(space, f"u{number}")
    requests = len(hub.requests)
    assert {f"u{number}" for number in range(51)} == {user.username for user in await client.list_repo_likers(space)}
    assert 2 == len(hub.requests) - requests


async def test_people_are_told_with_what_they_have(
    client: AsyncSpacesClient, space: str, hub: LocalHub, official: HfApi
) -> None:
    """Users and organizations, and names in full."""
    hub.add_organization("us", members=["me"])
    hub.like(space)
    me, us = await client.get_user_overview("me"), await client.get_organization_overview("us")
    assert ("me", "user", 1, 1, ["us"]) == (
        me.username,
        me.user_type,
        me.num_spaces,
        me.num_likes,
        [organization.name for organization in me.orgs],
    )
    assert ("us", 1, 0, False) == (us.name, us.num_users, us.num_spaces, us.is_verified)

    def look() -> None:
        assert (1, "me") == (official.get_user_overview("me").num_spaces, official.get_user_overview("me").username)
        assert 1 == official.get_organization_overview("us").num_users

    await to_thread.run_sync(look)
    for missing in (client.get_user_overview("us"), client.get_organization_overview("me")):
        with pytest.raises(NotFoundError):
            await missing
    assert ("me/app", "us/app", "her/app") == (
        await client.get_full_repo_name("app"),
        await client.get_full_repo_name("app", organization="us"),
        await client.get_full_repo_name("her/app"),
    )


async def test_what_is_stored_is_listed(client: AsyncSpacesClient, space: str, hub: LocalHub, official: HfApi) -> None:
    """One's own, or an organization's to its members; in the order and of the kind that was asked for."""
    hub.add_organization("us", members=["me"])
    await client.create_repo("us/rows", repo_type="dataset", private=True)
    await client.create_repo("me/rows", repo_type="dataset", files={"a.csv": "1,2\n" * 2000})
    assert ["me/rows", space] == [stored.id for stored in await client.list_user_repos()]
    assert [space] == [stored.id for stored in await client.list_user_repos(direction="asc", limit=1)]
    [rows] = await client.list_user_repos(repo_type="dataset", search="ROWS", sort="updated_at")
    assert ("me/rows", "dataset", "public") == (rows.id, rows.type, rows.visibility)
    assert rows.storage > 8000
    [ours] = await client.list_user_repos("us")
    assert ("us/rows", "private", 100) == (ours.id, ours.visibility, ours.storage_percent)
    theirs = await to_thread.run_sync(lambda: list(official.list_user_repos()))
    assert (rows.id, rows.storage, rows.updated_at) == (theirs[0].id, theirs[0].storage, theirs[0].updated_at)
    other = client.with_options(token=hub.add_user("other"))
    with pytest.raises(PermissionDeniedError):
        await other.list_user_repos("us")
    with pytest.raises(AuthenticationError):
        await client.with_options(token=False).list_user_repos()


async def test_a_token_that_is_no_users_likes_nothing(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """Whose likes are meant has to be said then."""
    hub.inject_fault("GET", "/api/whoami-v2", status=200, body='{"type": "org", "name": "us"}')
    with pytest.raises(UsageError, match=r"^user: expected a name"):
        await client.list_liked_repos()
