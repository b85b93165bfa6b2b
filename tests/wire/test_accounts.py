"""Accounts: who is asked about, and what a reply says of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import accounts
from aiohfspaces._wire.accounts import (
    account_reply,
    likers_reply,
    likes_reply,
    organization_reply,
    storage_reply,
    user_reply,
)
from aiohfspaces._wire.calls import Call, Query, delete, get
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import LikedRepo, Organization, RepoStorageInfo, User, UserLikes

ORGANIZATION = {"name": "us", "fullname": "Us", "avatarUrl": "/us.svg"}
USER = {"user": "me", "fullname": "Me", "avatarUrl": "/me.svg"}
STORED = {"id": "me/app", "type": "space", "updatedAt": "2026-01-02T03:04:05.000Z", "visibility": "public"}
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def reply(value: object) -> Reply:
    """Build a reply of JSON."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url="https://hub.test/api", endpoint="https://hub.test")


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (accounts.whoami(), get("/api/whoami-v2", account_reply)),
        (accounts.user_overview("me"), get("/api/users/me/overview", user_reply)),
        (accounts.organization_overview("us"), get("/api/organizations/us/overview", organization_reply)),
        (accounts.list_likes("me"), get("/api/users/me/likes", likes_reply)),
        (accounts.list_likers("me/rows", "dataset"), get("/api/datasets/me/rows/likers", likers_reply)),
        (accounts.unlike("me/app", "space"), delete("/api/spaces/me/app/like", nothing)),
    ],
)
def test_each_question_is_one_call(built: Call[Any], expected: Call[Any]) -> None:
    """All of them safe to repeat."""
    assert expected == built


@pytest.mark.parametrize(
    ("namespace", "given", "path", "query"),
    [
        (None, {}, "/api/settings/repositories", ()),
        ("us", {}, "/api/organizations/us/settings/repositories", ()),
        (
            None,
            {"search": "a b", "repo_type": "bucket", "sort": "updated_at", "direction": "asc", "limit": 5},
            "/api/settings/repositories",
            (("search", "a b"), ("type", "bucket"), ("sort", "updatedAt"), ("direction", "asc"), ("limit", "5")),
        ),
    ],
)
def test_a_listing_of_what_is_stored_says_what_was_given(
    namespace: str | None, given: dict[str, Any], path: str, query: Query
) -> None:
    """Words travel in the Hub's spelling."""
    nothing_given: dict[str, Any] = dict.fromkeys(["search", "repo_type", "sort", "direction", "limit"])
    assert get(path, storage_reply, query) == accounts.list_storage(namespace, **nothing_given | given)


def test_an_account_is_a_dict_as_the_hub_spells_it() -> None:
    """Whatever else is in it stays."""
    account = {"type": "user", "name": "me", "isPro": False, "orgs": [{"name": "us"}], "brandNew": 1}
    assert account == account_reply(reply(account))


def test_a_user_is_told_with_all_numbers() -> None:
    """Each under the name that callers know, and the organizations with it."""
    counted = ["Models", "Datasets", "Spaces", "Discussions", "Papers", "Upvotes", "Likes", "Following", "Followers"]
    told = {
        **USER,
        "type": "user",
        "createdAt": "2026-01-02T03:04:05.000Z",
        "details": "I am",
        "isPro": True,
        "isFollowing": False,
        "orgs": [ORGANIZATION],
        **{f"num{name}": index for index, name in enumerate(counted)},
    }
    assert User(
        username="me",
        fullname="Me",
        avatar_url="/me.svg",
        user_type="user",
        created_at=WHEN,
        details="I am",
        is_pro=True,
        is_following=False,
        orgs=(Organization(name="us", fullname="Us", avatar_url="/us.svg"),),
        num_models=0,
        num_datasets=1,
        num_spaces=2,
        num_discussions=3,
        num_papers=4,
        num_upvotes=5,
        num_likes=6,
        num_following=7,
        num_followers=8,
    ) == user_reply(reply(told))


def test_of_a_liker_little_is_told() -> None:
    """What is not told is not known."""
    assert (User(username="me", fullname="Me", avatar_url="/me.svg"),) == likers_reply(reply([USER]))


def test_an_organization_is_told_with_all_numbers() -> None:
    """And with its plan, a word that the Hub may change."""
    told = {
        **ORGANIZATION,
        "details": "We are",
        "isVerified": True,
        "isFollowing": False,
        "numUsers": 1,
        "numModels": 2,
        "numDatasets": 3,
        "numSpaces": 4,
        "numFollowers": 5,
        "numPapers": 6,
        "plan": "galactic",
    }
    assert Organization(
        name="us",
        fullname="Us",
        avatar_url="/us.svg",
        details="We are",
        is_verified=True,
        is_following=False,
        num_users=1,
        num_models=2,
        num_datasets=3,
        num_spaces=4,
        num_followers=5,
        num_papers=6,
        plan="galactic",
    ) == organization_reply(reply(told))


def test_likes_are_sorted_by_kind() -> None:
    """Kinds that this library does not know are kept, too."""
    kinds = ["space", "model", "space", "dataset", "kernel", "thing"]
    told = [
        {"createdAt": "2026-01-02T03:04:05.000Z", "repo": {"name": f"a/{index}", "type": kind}}
        for index, kind in enumerate(kinds)
    ]
    likes = UserLikes(user="me", likes=likes_reply(reply(told)))
    assert LikedRepo(repo_id="a/5", repo_type="thing", created_at=WHEN) == likes.likes[-1]
    assert (6, ("a/0", "a/2"), ("a/1",), ("a/3",), ("a/4",)) == (
        likes.total,
        likes.spaces,
        likes.models,
        likes.datasets,
        likes.kernels,
    )


def test_what_is_stored_may_have_no_share() -> None:
    """Then it is none of a hundred."""
    first, second = storage_reply(
        reply([STORED | {"storage": 5, "storagePercent": 12.5}, STORED | {"storage": 0, "storagePercent": None}])
    )
    assert (
        RepoStorageInfo(
            id="me/app", type="space", updated_at=WHEN, visibility="public", storage=5, storage_percent=12.5
        )
        == first
    )
    assert 0 == second.storage_percent


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (account_reply, {"type": "user"}, "name"),
        (account_reply, {"name": "me"}, "type"),
        (user_reply, {}, "user"),
        (user_reply, USER | {"orgs": [{}]}, "orgs[0].name"),
        (likers_reply, [USER, {"user": "her"}], "[1].fullname"),
        (organization_reply, ORGANIZATION | {"numUsers": "many"}, "numUsers"),
        (likes_reply, [{"repo": {"name": "a/b"}}], "[0].repo.type"),
        (storage_reply, [STORED], "[0].storage"),
        (storage_reply, {}, "body"),
    ],
)
def test_a_field_of_another_shape_is_named(parse: Any, value: object, path: str) -> None:
    """The error leads to the field."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert path == caught.value.field
