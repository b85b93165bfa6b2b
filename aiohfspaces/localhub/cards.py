"""The card of a repository: the YAML at the head of its README.md, and what follows from it.

Source: the Hub's page "Spaces Configuration Reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import cast

import yaml

SPACE_SDKS = ("gradio", "streamlit", "docker", "static")
_COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
MAX_SHORT_DESCRIPTION = 60

Card = Mapping[str, object]


def read_card(readme: str) -> Card:
    """Read a card; empty if there is none, or none that can be read and told as JSON."""
    try:
        return _load(readme)
    except ValueError:
        return {}


def _load(readme: str) -> Card:
    found = _FRONT_MATTER.match(readme)
    if found is None:
        return {}
    try:
        loaded = yaml.load(found[1], Loader=_TextLoader)
        json.dumps(loaded, allow_nan=False)
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as exc:
        raise ValueError(f"YAML Error: {exc}") from exc
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ValueError("the metadata should be a YAML mapping")
    return cast(Card, loaded)


class _TextLoader(yaml.SafeLoader):
    """YAML as JSON can carry it: what looks like a date stays text."""


_TextLoader.yaml_implicit_resolvers = {
    initial: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for initial, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def check_card(readme: str, repo_type: str) -> tuple[list[str], list[str]]:
    """Check a card before it is committed.

    Returns:
        The errors and the warnings, each a sentence; both empty for a good card.
    """
    try:
        card = _load(readme)
    except ValueError as exc:
        return [str(exc)], []
    if not card:
        return [], ["empty or missing yaml metadata in repo card"]
    return (_space_errors(card) if repo_type == "space" else []), []


def _space_errors(card: Card) -> list[str]:
    choices: dict[str, Collection[str]] = {"sdk": SPACE_SDKS, "colorFrom": _COLORS, "colorTo": _COLORS}
    errors = [
        f'"{key}" must be one of [{", ".join(allowed)}]'
        for key, allowed in choices.items()
        if key in card and card[key] not in allowed
    ]
    if len(str(card.get("short_description", ""))) > MAX_SHORT_DESCRIPTION:
        errors.append(f'"short_description" length must be at most {MAX_SHORT_DESCRIPTION} characters')
    return errors


def tags_of(card: Card) -> list[str]:
    """List the tags that a card gives."""
    return listed_in(card, "tags")


def listed_in(card: Card, key: str) -> list[str]:
    """List what a card gives under a key."""
    given = card.get(key)
    return [str(each) for each in given] if isinstance(given, list) else []


def app_files(sdk: str, card: Card) -> tuple[str, ...]:
    """List the files, one of which a Space needs to be started; empty if it needs none."""
    if sdk == "static":
        return ()
    if sdk == "docker":
        return ("Dockerfile",)
    return (str(card.get("app_file", "app.py")),)


def space_readme(name: str, sdk: str, **extra: str | None) -> str:
    """Write the README.md that a new Space begins with; ``extra`` are more keys of its card."""
    card: dict[str, object] = {
        "title": name.replace("-", " ").replace("_", " ").title(),
        "emoji": "\N{ROCKET}",
        "colorFrom": "blue",
        "colorTo": "indigo",
        "sdk": sdk,
    }
    if sdk in ("gradio", "streamlit"):
        card["app_file"] = "app.py"
    card["pinned"] = False
    card.update((key, value) for key, value in extra.items() if value is not None)
    return f"---\n{yaml.safe_dump(card, sort_keys=False, allow_unicode=True)}---\n\n{_SEE_ALSO}"


def plain_readme(**extra: str | None) -> str:
    """Write the README.md of a new model or dataset that was given a licence."""
    card = {key: value for key, value in extra.items() if value is not None}
    return f"---\n{yaml.safe_dump(card, sort_keys=False)}---\n"


_SEE_ALSO = "Check out the configuration reference at https://huggingface.co/docs/hub/spaces-config-reference\n"
