"""What is deliberately other on the wire, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from tests.parity.wire import Sent


@frozen
class Difference:
    """A difference that is meant.

    Attributes:
        reason: Why it is so.
        without: Takes it off the requests of either client.
    """

    reason: str
    without: Callable[[list[Sent]], list[Sent]]


def _without_false(requests: list[Sent]) -> list[Sent]:
    return [evolve(request, query=tuple(pair for pair in request.query if pair[1] != "false")) for request in requests]


def _without_parent(requests: list[Sent]) -> list[Sent]:
    return [
        evolve(request, body=_without_parent_in(request.body))
        for request in requests
        if not (request.method == "GET" and "/commits/" in request.target)
    ]


def _without_parent_in(body: Any) -> Any:
    if not isinstance(body, list):
        return body
    header = {key: value for key, value in body[0]["value"].items() if key != "parentCommit"}
    return [{**body[0], "value": header}, *body[1:]]


def _without_description(requests: list[Sent]) -> list[Sent]:
    return [evolve(request, body=_without_keys(request.body, "description")) for request in requests]


def _without_what_stays(requests: list[Sent]) -> list[Sent]:
    return [
        evolve(request, body=_without_keys(request.body, "watched", "domains"))
        for request in requests
        if request.method != "GET"
    ]


def _without_keys(body: Any, *keys: str) -> Any:
    return {key: value for key, value in body.items() if key not in keys} if isinstance(body, dict) else body


DIFFERENCES = {
    "description": Difference(
        "a discussion that says nothing else says which library began it, and each says its own name",
        _without_description,
    ),
    "false query": Difference(
        "the official client also says `recursive` and `expand` where they are false, as they are anyway",
        _without_false,
    ),
    "parentCommit": Difference(
        "a commit of ours names its parent, which preupload or else the history tells: nothing is overwritten "
        "unseen, and a lost reply can be settled",
        _without_parent,
    ),
    "what stays": Difference(
        "the Hub wants what is watched, and in which domains, in each update, and refuses the empty list that the "
        "official client sends where they were not given: ours asks for what there is, and sends that",
        _without_what_stays,
    ),
}
"""All of them, by the name that a case gives."""
