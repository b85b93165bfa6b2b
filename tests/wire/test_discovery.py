"""Discovery: which Spaces are there, and what is known of a repository."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import discovery
from aiohfspaces._wire.calls import Call, Query, get
from aiohfspaces._wire.discovery import repo_info_reply, search_reply, space_info_reply, spaces_reply
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import (
    BlobLfsInfo,
    RepoInfo,
    RepoSibling,
    SpaceInfo,
    SpaceRuntime,
    SpaceSearchResult,
    SpaceStage,
)


def reply(value: object) -> Reply:
    """Build a reply of JSON."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url="https://hub.test/api", endpoint="https://hub.test")


def info(revision: str | None = None, *, files_metadata: bool = False, expand: Any = None) -> Call[SpaceInfo]:
    """Build a look at a Space."""
    return discovery.space_info("me/app", revision, files_metadata=files_metadata, expand=expand)


def listing(**given: Any) -> Call[tuple[SpaceInfo, ...]]:
    """Build a listing."""
    names = ["filter", "author", "search", "datasets", "models", "sort", "limit", "expand"]
    nothing_given: dict[str, Any] = dict.fromkeys(names) | {"linked": False, "full": False}
    return discovery.list_spaces(**nothing_given | given)


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (discovery.look_at_repository("me/rows", "dataset"), get("/api/datasets/me/rows", nothing)),
        (info(), get("/api/spaces/me/app", space_info_reply)),
        (info("refs/pr/1"), get("/api/spaces/me/app/revision/refs%2Fpr%2F1", space_info_reply)),
        (info(files_metadata=True), get("/api/spaces/me/app", space_info_reply, (("blobs", "true"),))),
        (
            info(expand=["sha", "runtime"]),
            get("/api/spaces/me/app", space_info_reply, (("expand", "sha"), ("expand", "runtime"))),
        ),
        (
            discovery.repo_info("me/rows", "dataset", "v1/2", files_metadata=True, expand=None),
            get("/api/datasets/me/rows/revision/v1%2F2", repo_info_reply, (("blobs", "true"),)),
        ),
        (
            discovery.repo_info("gpt2", "model", None, files_metadata=False, expand="sha"),
            get("/api/models/gpt2", repo_info_reply, (("expand", "sha"),)),
        ),
    ],
)
def test_each_look_is_one_call(built: Call[Any], expected: Call[Any]) -> None:
    """A revision is one part of the path."""
    assert expected == built


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({}, ()),
        ({"author": "me", "search": "a b"}, (("author", "me"), ("search", "a b"))),
        ({"filter": "gradio"}, (("filter", "gradio"),)),
        ({"filter": ["a", "b"], "models": ["m"]}, (("filter", "a"), ("filter", "b"), ("models", "m"))),
        ({"datasets": iter(["d"]), "linked": True}, (("datasets", "d"), ("linked", "true"))),
        ({"sort": "last_modified", "limit": 5}, (("sort", "lastModified"), ("limit", "5"))),
        ({"full": True, "expand": "runtime"}, (("full", "true"), ("expand", "runtime"))),
    ],
)
def test_a_listing_says_what_was_given_and_no_more(given: dict[str, Any], query: Query) -> None:
    """A list repeats its key, one string is a list of one, and keys to sort by are the Hub's."""
    assert get("/api/spaces", spaces_reply, query) == listing(**given)


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({}, (("q", "a b"),)),
        ({"filter": ["x", "y"], "sdk": "gradio"}, (("q", "a b"), ("filter", "x"), ("filter", "y"), ("sdk", "gradio"))),
        (
            {"sdk": ["gradio", "docker"], "include_non_running": True},
            (("q", "a b"), ("sdk", "gradio"), ("sdk", "docker"), ("includeNonRunning", "true")),
        ),
    ],
)
def test_a_search_says_what_was_given_and_no_more(given: dict[str, Any], query: Query) -> None:
    """Lists repeat their key, and only those that do not run have to be asked for."""
    nothing_given: dict[str, Any] = {"filter": None, "sdk": None, "include_non_running": False}
    assert get("/api/spaces/semantic-search", search_reply, query) == discovery.search_spaces(
        "a b", **nothing_given | given
    )


def test_only_the_id_of_a_space_is_sure_to_be_there() -> None:
    """What is not told is not known."""
    assert SpaceInfo(id="me/app") == space_info_reply(reply({"id": "me/app", "_id": "67ca", "likes": None}))


def test_a_space_holds_everything_that_the_hub_says() -> None:
    """Each field of the reply under the name that callers know, siblings and runtime included."""
    told = {
        "id": "me/app",
        "author": "me",
        "sha": "c0ffee",
        "sdk": "gradio",
        "private": False,
        "gated": "auto",
        "disabled": False,
        "host": "https://me-app.hf.space",
        "subdomain": "me-app",
        "likes": 0,
        "tags": ["a", "b"],
        "trendingScore": 1.5,
        "createdAt": "2025-03-07T12:24:18.000Z",
        "lastModified": "2025-03-08T12:24:18.000Z",
        "cardData": {"title": "App"},
        "siblings": [
            {"rfilename": "a"},
            {"rfilename": "b", "size": 9, "blobId": "b1", "lfs": {"sha256": "ff", "size": 9}},
        ],
        "runtime": {"stage": "RUNNING"},
        "models": ["me/net"],
        "datasets": [],
        "region": "eu",
        "resourceGroup": {"id": "7"},
        "usedStorage": 12,
        "visibility": "protected",
        "title": "My app",
        "emoji": "\N{ROCKET}",
        "colorFrom": "red",
        "colorTo": "blue",
        "pinned": True,
        "featured": False,
        "shortDescription": "Does it",
        "ai_short_description": "Does all of it",
        "ai_category": "Other",
        "originRepo": {"name": "her/app", "author": {"name": "her"}},
        "authorData": {"name": "me"},
        "isLikedByUser": False,
        "discussionsDisabled": True,
        "duplicationDisabled": False,
    }
    assert SpaceInfo(
        id="me/app",
        author="me",
        sha="c0ffee",
        sdk="gradio",
        private=False,
        gated="auto",
        disabled=False,
        host="https://me-app.hf.space",
        subdomain="me-app",
        likes=0,
        tags=("a", "b"),
        trending_score=1.5,
        created_at=datetime(2025, 3, 7, 12, 24, 18, tzinfo=UTC),
        last_modified=datetime(2025, 3, 8, 12, 24, 18, tzinfo=UTC),
        card_data={"title": "App"},
        siblings=(
            RepoSibling(rfilename="a"),
            RepoSibling(rfilename="b", size=9, blob_id="b1", lfs=BlobLfsInfo(size=9, sha256="ff")),
        ),
        runtime=SpaceRuntime(stage=SpaceStage.RUNNING),
        models=("me/net",),
        datasets=(),
        region="eu",
        resource_group={"id": "7"},
        used_storage=12,
        visibility="protected",
        title="My app",
        emoji="\N{ROCKET}",
        color_from="red",
        color_to="blue",
        pinned=True,
        featured=False,
        short_description="Does it",
        ai_short_description="Does all of it",
        ai_category="Other",
        origin="her/app",
        author_data={"name": "me"},
        is_liked_by_user=False,
        discussions_disabled=True,
        duplication_disabled=False,
    ) == space_info_reply(reply(told))


def test_a_copy_knows_where_it_comes_from() -> None:
    """Whichever of its two names the field has."""
    assert "her/app" == space_info_reply(reply({"id": "me/app", "originSpace": {"name": "her/app"}})).origin
    assert None is space_info_reply(reply({"id": "me/app", "originRepo": {}})).origin


def test_a_model_or_a_dataset_is_read_without_what_only_spaces_have() -> None:
    """And with its downloads."""
    told = {"id": "gpt2", "downloads": 5, "downloadsAllTime": 7, "gated": False, "sdk": "gradio"}
    assert RepoInfo(id="gpt2", downloads=5, downloads_all_time=7, gated=False) == repo_info_reply(reply(told))


def test_what_was_found_is_a_space_and_how_well_it_fits() -> None:
    """In the Hub's order; the score may be missing."""
    told = [{"id": "b/b", "title": "B", "semanticRelevancyScore": 0.5}, {"id": "a/a", "likes": 2}]
    assert (
        SpaceSearchResult(id="b/b", title="B", semantic_relevancy_score=0.5),
        SpaceSearchResult(id="a/a", likes=2),
    ) == search_reply(reply(told))


def test_a_page_of_spaces_keeps_the_order_of_the_hub() -> None:
    """A page may be empty."""
    assert (SpaceInfo(id="b/b"), SpaceInfo(id="a/a")) == spaces_reply(reply([{"id": "b/b"}, {"id": "a/a"}]))
    assert () == spaces_reply(reply([]))


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (repo_info_reply, {"id": "gpt2", "downloads": "many"}, "downloads"),
        (search_reply, [{"id": "a/a", "semanticRelevancyScore": "high"}], "[0].semanticRelevancyScore"),
        (space_info_reply, {}, "id"),
        (space_info_reply, {"id": "me/app", "gated": 5}, "gated"),
        (space_info_reply, {"id": "me/app", "siblings": [{}]}, "siblings[0].rfilename"),
        (space_info_reply, {"id": "me/app", "runtime": {}}, "runtime.stage"),
        (spaces_reply, {}, "body"),
        (spaces_reply, [{"id": "a/a"}, {"id": 5}], "[1].id"),
    ],
)
def test_a_field_of_another_shape_is_named(parse: Any, value: object, path: str) -> None:
    """The error leads to the field."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert path == caught.value.field


def test_the_runtimes_of_an_owner_are_listed() -> None:
    """In an order that stays; a Space whose runtime is missing or odd hides no other."""
    call = discovery.list_runtimes("me")
    assert ("GET", "/api/spaces") == (call.method, call.path)
    assert (("author", "me"), ("sort", "createdAt"), ("limit", "500"), ("expand", "runtime")) == call.query
    up = {"stage": "RUNNING", "hardware": {"current": "t4-small", "requested": "t4-small"}}
    told = [{"id": "me/a", "runtime": up}, {"id": "me/b"}, {"id": "me/c", "runtime": {"stage": 3}}]
    page = call.parse(reply(told))
    assert [("me/a", "RUNNING"), ("me/b", None), ("me/c", None)] == [
        (repo_id, runtime and runtime.stage) for repo_id, runtime in page
    ]
    with pytest.raises(MalformedReplyError, match="id"):
        call.parse(reply([{"runtime": up}]))
