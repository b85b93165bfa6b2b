"""Blotting: no escaping that a server uses leaves a secret in what it echoes."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aiohfspaces._wire.redaction import BLOT, blotted

ESCAPINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in ASCII": lambda text: json.dumps(text)[1:-1],
    "HTML, Python": html.escape,
    "HTML, JavaScript": lambda text: html.escape(text).replace("&#x27;", "&#39;"),
    "HTML, text only": lambda text: html.escape(text, quote=False),
    "URL path": quote,
    "URL part": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "encodeURIComponent": lambda text: quote(text, safe="!'()*~"),
    "repr": lambda text: repr(text)[1:-1],
}


@pytest.mark.parametrize("escaping", ESCAPINGS)
@given(secret=st.text(alphabet="aB0'\"&<>/\\ +%\n\té😀!()*~", min_size=1, max_size=20))
def test_a_secret_is_blotted_in_every_escaping(escaping: str, secret: str) -> None:
    """Only the blot is left where the server echoed a secret."""
    assume(secret not in "says:{}.")
    assert f"says:{BLOT}." == blotted(f"says:{ESCAPINGS[escaping](secret)}.", [secret])


@given(secrets=st.lists(st.text(alphabet="xyz", min_size=1, max_size=4), max_size=3), text=st.text(alphabet="xyz -"))
def test_no_secret_is_left(secrets: list[str], text: str) -> None:
    """None of several is in what comes out, however they overlap."""
    assert [] == [secret for secret in secrets if secret in blotted(text, secrets)]


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("nothing to hide", [], "nothing to hide"),
        ("nothing to hide", [""], "nothing to hide"),
        ("key=abc, key=abcdef", ["abc", "abcdef"], f"key={BLOT}, key={BLOT}"),
        ("a secret e", ["secret", "e"], f"a {BLOT} {BLOT}"),
        ("a.c abc", ["a.c"], f"{BLOT} abc"),
    ],
)
def test_the_rest_of_the_text_stays(text: str, secrets: list[str], expected: str) -> None:
    """Longer secrets go first, a blot is never blotted, and an empty secret is none."""
    assert expected == blotted(text, iter(secrets))
