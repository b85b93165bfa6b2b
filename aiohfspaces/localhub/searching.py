"""Finding Spaces by words: how well one fits.

The Hub goes by meaning, with a model; here it is the words themselves that count.
"""

from __future__ import annotations

import re

from aiohfspaces.localhub.descriptions import tags
from aiohfspaces.localhub.repositories import Repository

_WEIGHTS = (1.0, 0.8, 0.6, 0.4)
"""What a word counts that is in the title, the short description, the tags, or the id."""


def words_of(query: str) -> list[str]:
    """Cut what is looked for into words."""
    return re.findall(r"\w+", query.lower())


def relevancy(words: list[str], repository: Repository) -> float:
    """Tell how well a Space fits, from 0 for not at all to 1 for every word in its title."""
    card = repository.tip.card
    texts = (
        str(card.get("title", "")),
        str(card.get("short_description", "")),
        " ".join(tags(repository)),
        repository.repo_id,
    )
    found = [text.lower() for text in texts]
    if not words:
        return 0.0
    return sum(_weight(word, found) for word in words) / len(words)


def _weight(word: str, texts: list[str]) -> float:
    return max((weight for weight, text in zip(_WEIGHTS, texts, strict=True) if word in text), default=0.0)
