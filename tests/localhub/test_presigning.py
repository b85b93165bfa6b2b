"""Links that carry their own permission."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from aiohfspaces.localhub.presigning import LIFETIME_S, Signer


def query_of(link: str) -> dict[str, str]:
    """The query of a link."""
    return dict(parse_qsl(urlsplit(link).query))


def test_a_link_permits_what_it_was_made_for() -> None:
    """Until it runs out."""
    signer = Signer()
    query = query_of(signer.sign("PUT", "/objects/a", 100, size=5))
    assert signer.permits("PUT", "/objects/a", query, 100)
    assert not signer.permits("PUT", "/objects/a", query, 100 + LIFETIME_S)


@pytest.mark.parametrize("changed", [{"size": "6"}, {"expires": "99999999"}, {"signature": ""}, {"more": "1"}])
def test_a_changed_link_permits_nothing(changed: dict[str, str]) -> None:
    """Neither does one for something else, or of another hub."""
    signer = Signer()
    query = query_of(signer.sign("PUT", "/objects/a", 100, size=5))
    assert not signer.permits("PUT", "/objects/a", {**query, **changed}, 100)
    assert not signer.permits("GET", "/objects/a", query, 100)
    assert not signer.permits("PUT", "/objects/b", query, 100)
    assert not Signer().permits("PUT", "/objects/a", query, 100)
