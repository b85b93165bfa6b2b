"""Redirecting: where a redirect may lead, with what."""

from __future__ import annotations

import pytest

from aiohfspaces._plan.redirecting import MOST_REDIRECTS, REDIRECTS, next_url

HUB = "https://hub.test"
CDN = "https://cdn.test/x?signature"
HERE = f"{HUB}/a"


@pytest.mark.parametrize("status", sorted(REDIRECTS))
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", f"{HUB}/b"),
        (f"{HUB}/b", f"{HUB}/b"),
        (CDN, CDN),
        ("//cdn.test/x", "https://cdn.test/x"),
        ("https://huggingface.co/b", f"{HUB}/b"),
        ("http://hub.test/b", None),
        ("http://cdn.test/x", None),
        ("ftp://cdn.test/x", None),
        ("http://[", None),
    ],
)
def test_a_read_is_followed_anywhere_but_down_to_http(
    method: str, status: int, location: str, expected: str | None
) -> None:
    """To other origins too, since it carries nothing; the default endpoint is the one that was asked."""
    assert expected == next_url(method, status, HERE, location, HUB)


@pytest.mark.parametrize("location", ["http://cdn.test/x", CDN])
def test_what_began_in_clear_may_go_on_in_clear(location: str) -> None:
    """Only the way down is refused."""
    assert location == next_url("GET", 302, "http://hub.test/a", location, "http://hub.test")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    ("status", "url", "location", "expected"),
    [
        (307, HERE, "/b", f"{HUB}/b"),
        (308, HERE, f"{HUB}:443/b", f"{HUB}:443/b"),
        (301, HERE, "/b", None),
        (302, HERE, "/b", None),
        (303, HERE, "/b", None),
        (307, HERE, CDN, None),
        (308, HERE, f"{HUB}:8443/b", None),
        (307, HERE, "http://hub.test/b", None),
        (307, "https://cdn.test/y", CDN, None),
        (307, HERE, "http://[", None),
    ],
)
def test_a_body_stays_at_the_endpoint(method: str, status: int, url: str, location: str, expected: str | None) -> None:
    """It may hold a secret, and only 307 and 308 keep its method."""
    assert expected == next_url(method, status, url, location, HUB)


def test_only_redirects_redirect() -> None:
    """304 and the like are replies, and no chain is followed for ever."""
    assert {301, 302, 303, 307, 308} == REDIRECTS
    assert 10 == MOST_REDIRECTS
