"""Origins: whose address is it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire.origins import (
    DEFAULT_ENDPOINT,
    at_endpoint,
    checked_endpoint,
    origin,
    resolved,
    same_origin,
    shown,
)
from aiohfspaces.errors import UsageError

MIRROR = "https://mirror.test/hf"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hub.test/a?b#c", ("https", "hub.test", 443)),
        ("http://hub.test", ("http", "hub.test", 80)),
        ("HTTPS://Hub.Test:8443/", ("https", "hub.test", 8443)),
        ("http://[::1]:7861/x", ("http", "::1", 7861)),
        ("https://user@hub.test", ("https", "hub.test", 443)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: tuple[str, str, int]) -> None:
    """Case does not count, and each scheme has its port."""
    assert expected == origin(url)


NO_ADDRESSES = [
    "",
    "hub.test",
    "/api",
    "//hub.test",
    "ftp://hub.test",
    "https://",
    "https://hub.test:99999",
    "http://[",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_http_cannot_reach_has_no_origin(url: str) -> None:
    """Other schemes, no host, no such port."""
    with pytest.raises(ValueError, match=r".+"):
        origin(url)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("https://hub.test", "https://hub.test:443/api", True),
        ("https://hub.test", "http://hub.test", False),
        ("https://hub.test", "https://hub.test:8443", False),
        ("https://hub.test", "https://hub.test.evil.test", False),
        ("https://hub.test", "https://hub.test@evil.test", False),
    ],
)
def test_a_server_is_told_from_others(one: str, other: str, expected: bool) -> None:
    """The token goes to the same scheme, host and port, and nowhere else."""
    assert expected is same_origin(one, other)


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://huggingface.co", "https://huggingface.co"),
        ("https://mirror.test/hf/", MIRROR),
        ("http://localhost:7861//", "http://localhost:7861"),
    ],
)
def test_an_endpoint_is_what_paths_are_appended_to(given_url: str, expected: str) -> None:
    """It ends without a slash."""
    assert expected == checked_endpoint(given_url)


@pytest.mark.parametrize(
    "url",
    [
        *NO_ADDRESSES,
        "https://me:password@hub.test",
        "https://:password@hub.test",
        "ftp://me:password@hub.test",
        "https://hub.test?password",
        "https://hub.test?",
        "https://hub.test#",
        "https://hub.test\n",
        " https://hub.test",
        None,
        5,
    ],
)
def test_what_paths_cannot_be_appended_to_is_no_endpoint(url: str) -> None:
    """The error says so, and shows no password."""
    with pytest.raises(UsageError, match=r"^endpoint: expected an address") as caught:
        checked_endpoint(url)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (DEFAULT_ENDPOINT, MIRROR),
        (f"{DEFAULT_ENDPOINT}/me/app", f"{MIRROR}/me/app"),
        (f"{DEFAULT_ENDPOINT}.evil.test/x", f"{DEFAULT_ENDPOINT}.evil.test/x"),
        ("https://cdn.test/x", "https://cdn.test/x"),
        ("/me/app", "/me/app"),
    ],
)
def test_addresses_of_the_default_endpoint_move_to_the_mirror(url: str, expected: str) -> None:
    """Others stay as they are."""
    assert expected == at_endpoint(url, MIRROR)


@pytest.mark.parametrize(
    ("location", "base", "expected"),
    [
        ("/b", "https://mirror.test/a", "https://mirror.test/b"),
        ("c?d=1", "https://mirror.test/a/b", "https://mirror.test/a/c?d=1"),
        ("", "https://mirror.test/a", "https://mirror.test/a"),
        ("//cdn.test/x", "https://mirror.test/a", "https://cdn.test/x"),
        ("http://cdn.test/x", "http://mirror.test/a", "http://cdn.test/x"),
        (f"{DEFAULT_ENDPOINT}/x", "https://mirror.test/a", f"{MIRROR}/x"),
    ],
)
def test_a_location_becomes_an_address_to_go_to(location: str, base: str, expected: str) -> None:
    """Relative ones count from where the reply came from, the default endpoint's move to the mirror."""
    assert expected == resolved(location, base, MIRROR)


@pytest.mark.parametrize("location", ["http://mirror.test/b", "http://[", "local://x", "javascript:alert(1)"])
def test_no_location_leads_down_to_http_or_elsewhere(location: str) -> None:
    """What was asked over https is not answered in clear."""
    with pytest.raises(ValueError, match=r".+"):
        resolved(location, "https://mirror.test/a", MIRROR)


@given(st.text())
def test_a_location_is_followed_or_refused(location: str) -> None:
    """Nothing that a server can send breaks it in another way, or leaves https."""
    try:
        target = resolved(location, "https://mirror.test/a", MIRROR)
    except ValueError:
        return
    assert "https" == origin(target)[0]


ASKED = "https://mirror.test/api?limit=5"
SIGNED = "https://storage.test/x?X-Amz-Signature=abc&y=?z"


@pytest.mark.parametrize(
    ("url", "is_own", "expected"),
    [
        (ASKED, True, ASKED),
        (ASKED, False, "https://mirror.test/api"),
        (SIGNED, True, "https://storage.test/x"),
        (SIGNED, False, "https://storage.test/x"),
        ("http://mirror.test/api?limit=5", True, "http://mirror.test/api"),
        ("https://storage.test/x", False, "https://storage.test/x"),
    ],
    ids=["ours", "given by the endpoint", "elsewhere", "given, elsewhere", "in clear", "without a query"],
)
def test_a_signature_is_not_shown(url: str, is_own: bool, expected: str) -> None:
    """A query is shown where it was made here, for the endpoint: any other is as good as a password."""
    assert expected == shown(url, MIRROR, is_own=is_own)


@given(st.text())
def test_whatever_a_reply_gives_can_be_shown(url: str) -> None:
    """Even what is no address; nothing that follows its first question mark is."""
    told = shown(url, MIRROR, is_own=False)
    assert "?" not in told
    assert url.startswith(told)
