"""Discovery: who am I, and which Spaces are there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import discovery
from aiohfspaces._wire.calls import Call, Query, get
from aiohfspaces._wire.discovery import account_reply, space_info_reply, spaces_reply
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import BlobLfsInfo, RepoSibling, SpaceInfo, SpaceRuntime, SpaceStage


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
        (discovery.whoami(), get("/api/whoami-v2", account_reply)),
        (discovery.look_at_repository("me/rows", "dataset"), get("/api/datasets/me/rows", nothing)),
        (info(), get("/api/spaces/me/app", space_info_reply)),
        (info("refs/pr/1"), get("/api/spaces/me/app/revision/refs%2Fpr%2F1", space_info_reply)),
        (info(files_metadata=True), get("/api/spaces/me/app", space_info_reply, (("blobs", "true"),))),
        (
            info(expand=["sha", "runtime"]),
            get("/api/spaces/me/app", space_info_reply, (("expand", "sha"), ("expand", "runtime"))),
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


def test_an_account_is_a_dict_as_the_hub_spells_it() -> None:
    """Whatever else is in it stays."""
    account = {"type": "user", "name": "me", "isPro": False, "orgs": [{"name": "us"}], "brandNew": 1}
    assert account == account_reply(reply(account))


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
    ) == space_info_reply(reply(told))


def test_a_page_of_spaces_keeps_the_order_of_the_hub() -> None:
    """A page may be empty."""
    assert (SpaceInfo(id="b/b"), SpaceInfo(id="a/a")) == spaces_reply(reply([{"id": "b/b"}, {"id": "a/a"}]))
    assert () == spaces_reply(reply([]))


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (account_reply, {"type": "user"}, "name"),
        (account_reply, {"name": "me"}, "type"),
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
