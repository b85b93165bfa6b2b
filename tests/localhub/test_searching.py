"""How well a Space fits what is looked for."""

import pytest

from aiohfspaces.localhub import LocalHub
from aiohfspaces.localhub.searching import relevancy, words_of

from .conftest import Caller


def test_words_are_letters_and_digits_of_any_language() -> None:
    """In lower case."""
    assert ["remove", "the", "b_g", "f\u00fcr", "2"] == words_of("Remove the b_g, f\u00dcR 2!")
    assert [] == words_of(" ?! ")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("painter", 1.0),
        ("watercolour", 0.8),
        ("art", 0.6),
        ("xq7", 0.4),
        ("painter nothing", 0.5),
        ("painter xq7", 0.7),
        ("nothing", 0.0),
        ("", 0.0),
    ],
)
def test_a_word_counts_by_where_it_stands(hub: LocalHub, me: Caller, query: str, expected: float) -> None:
    """Title before description before tags before the id; what is missing counts against it."""
    readme = b"---\ntitle: The Painter\nshort_description: in Watercolour\ntags: [art]\nsdk: gradio\n---\n"
    me.create("xq7")
    me.commit("me/xq7", {"README.md": readme})
    found = hub._world.repositories.find("space", "me/xq7")
    assert found is not None
    assert expected == pytest.approx(relevancy(words_of(query), found))
