"""Tokens for Xet storage, and what a reply says of a file there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiohfspaces import MalformedReplyError
from aiohfspaces._wire.replies import Reply
from aiohfspaces._wire.xet import XetGrant, grant_at, grant_reply, without_signatures, write_grant, xet_file_data
from aiohfspaces.models import XetFileData

HUB = "https://huggingface.co"
NAME = "ab" * 32
TOLD = {"casUrl": "https://cas.example", "accessToken": "xet_1", "exp": 1_800_000_000}


def reply(told: dict[str, Any], endpoint: str = HUB) -> Reply:
    """Make a reply of a Hub."""
    return Reply(status=200, headers={}, content=json.dumps(told).encode(), url=f"{endpoint}/x", endpoint=endpoint)


def test_the_right_to_write_is_asked_for_a_branch() -> None:
    """For a pull request, whose branch is not known yet, in the official client's way."""
    assert ("GET", "/api/spaces/me/app/xet-write-token/a%2Fb", True) == (
        (call := write_grant("me/app", "space", "a/b", create_pr=False)).method,
        call.path,
        call.repeatable,
    )
    assert "/api/datasets/me/d/xet-write-token/None?create_pr=1" == (
        write_grant("me/d", "dataset", "main", create_pr=True).path
    )
    assert "/api/models/me/m/xet-read-token/c0ffee" == grant_at("/api/models/me/m/xet-read-token/c0ffee").path


def test_a_grant_is_read_and_does_not_show_its_token() -> None:
    """A time may have a fraction."""
    read = grant_reply(reply({**TOLD, "exp": 1_800_000_000.5}), "/p")
    assert XetGrant(cas_url="https://cas.example", token="xet_1", expires_s=1_800_000_000, refresh_path="/p") == read
    assert "xet_1" not in repr(read)


@pytest.mark.parametrize("field", ["casUrl", "accessToken", "exp"])
def test_each_field_of_a_grant_has_to_be_there(field: str) -> None:
    """And is named where it is not."""
    with pytest.raises(MalformedReplyError) as caught:
        grant_reply(reply({name: value for name, value in TOLD.items() if name != field}), "/p")
    assert field == caught.value.field


@pytest.mark.parametrize(
    ("cas_url", "endpoint", "fits"),
    [
        ("https://cas.example", HUB, True),
        ("http://cas.example", HUB, False),
        ("http://cas.example", "http://hub.example", True),
        ("local:///tmp/cas", HUB, False),
        ("local:///tmp/cas", "http://127.0.0.1:7861", True),
        ("local:///tmp/cas", "http://[::1]:7861", True),
        ("local:///tmp/cas", "http://localhost", True),
        ("local:///tmp/cas", "http://localhost.example", False),
        ("local:///tmp/cas", "http://10.0.0.1", False),
        ("file:///tmp/cas", "http://127.0.0.1", False),
        ("", HUB, False),
    ],
)
def test_a_token_goes_only_where_it_may(cas_url: str, endpoint: str, fits: bool) -> None:
    """Over TLS unless the Hub is without; into a folder only if the Hub is on this machine."""
    answer = reply({**TOLD, "casUrl": cas_url}, endpoint)
    if fits:
        assert cas_url == grant_reply(answer, "/p").cas_url
        return
    with pytest.raises(MalformedReplyError) as caught:
        grant_reply(answer, "/p")
    assert "casUrl" == caught.value.field


AUTH = "/api/spaces/me/app/xet-read-token/c0ffee"


@pytest.mark.parametrize(
    "headers",
    [
        {"link": f'<{HUB}{AUTH}>; rel="xet-auth"'},
        {"link": f'<https://cas.example/r>; rel="xet-reconstruction-info", <{HUB}{AUTH}>; rel="xet-auth"'},
        {"link": f'<https://mirror.example{AUTH}>; rel="xet-auth"'},
        {"link": f'<https://cas.example/a,b>; rel="x"; title="y" , <{HUB}{AUTH}>; rel=xet-auth'},
        {"x-xet-refresh-route": f"{HUB}{AUTH}"},
    ],
)
def test_a_file_says_what_it_is_called_and_who_grants_a_token(headers: dict[str, str]) -> None:
    """By a link or a header; the default Hub's address stands for the one that was asked."""
    mirror = "https://mirror.example"
    expected = XetFileData(file_hash=NAME, refresh_route=mirror + AUTH)
    assert expected == xet_file_data({"x-xet-hash": NAME, **headers}, mirror)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-xet-hash": NAME},
        {"x-xet-hash": "no hash", "x-xet-refresh-route": HUB + AUTH},
        {"x-xet-hash": NAME, "x-xet-refresh-route": f"https://elsewhere.example{AUTH}"},
        {"x-xet-hash": NAME, "x-xet-refresh-route": f"{HUB}.example{AUTH}"},
        {"x-xet-hash": NAME, "x-xet-refresh-route": f"{HUB}/ä"},
        {"x-xet-hash": NAME, "link": f'<{HUB}{AUTH}>; rel="next"'},
    ],
)
def test_a_file_elsewhere_or_without_a_token_is_in_no_xet_storage(headers: dict[str, str]) -> None:
    """The Hub's token is sent to the endpoint only."""
    assert xet_file_data(headers, HUB) is None


@pytest.mark.parametrize("link", ["<", "<x>;", ", ", "<x>; rel=", ",<x>;"])
def test_a_long_link_is_read_in_one_go(link: str) -> None:
    """Whatever a reply repeats; twice as much takes twice as long, not four times."""
    assert xet_file_data({"x-xet-hash": NAME, "link": link * 100_000}, HUB) is None


def test_signatures_are_dropped_from_what_is_said() -> None:
    """The address without them stays."""
    said = "GET (https://s3.example/x?X-Amz-Signature=abc&b=1) failed, https://cas.example/v1 too"
    assert "GET (https://s3.example/x) failed, https://cas.example/v1 too" == without_signatures(said)
