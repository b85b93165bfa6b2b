"""What is deliberately other on the wire, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from tests.parity.wire import Sent

_HEAD = re.compile(r"/api/[a-z]+/[^/]+/[^/]+/commits/[^/]+")
_LISTING = re.compile(r"(/api/[a-z]+/[^/]+/[^/]+/tree/)[^/]+")


@frozen
class Difference:
    """A difference that is meant.

    Attributes:
        reason: Why it is so.
        without: Takes it off the requests of either client.
    """

    reason: str
    without: Callable[[list[Sent]], list[Sent]]


def _without_library(requests: list[Sent]) -> list[Sent]:
    def bare(body: Any) -> Any:
        if isinstance(body, list):
            return [{**body[0], "value": {**body[0]["value"], "summary": ""}}, *body[1:]]
        return {**body, "message": ""} if isinstance(body, dict) and "message" in body else body

    return [evolve(request, body=bare(request.body)) for request in requests]


def _without_false(requests: list[Sent]) -> list[Sent]:
    return [evolve(request, query=tuple(pair for pair in request.query if pair[1] != "false")) for request in requests]


def _without_parent(requests: list[Sent]) -> list[Sent]:
    """Take the parent off, and the one look-up of it; a second would be one too many."""
    looks = [request for request in requests if request.method == "GET" and _HEAD.fullmatch(request.target)]
    left = [request for request in requests if not any(request is look for look in looks[:1])]
    return [evolve(request, body=_without_parent_in(request.body)) for request in left]


def _without_parent_in(body: Any) -> Any:
    if not isinstance(body, list):
        return body
    header = {key: value for key, value in body[0]["value"].items() if key != "parentCommit"}
    return [{**body[0], "value": header}, *body[1:]]


def _with_listing_first(requests: list[Sent]) -> list[Sent]:
    """Put what lists a whole repository in front, at whichever revision."""
    found = [(request, _LISTING.fullmatch(request.target)) for request in requests]
    listings = [evolve(request, target=listing[1]) for request, listing in found if listing]
    return [*listings, *(request for request, listing in found if not listing)]


def _as_json(requests: list[Sent]) -> list[Sent]:
    def read(body: Any) -> Any:
        if not isinstance(body, dict) or "form" not in body:
            return body
        pairs = body["form"]
        expand = dict(pairs)["expand"] == "true"
        return {"paths": [value for name, value in pairs if name == "paths"], "expand": expand}

    return [evolve(request, body=read(request.body)) for request in requests]


def _without_slashes(requests: list[Sent]) -> list[Sent]:
    def bare(line: Any) -> Any:
        if line["key"] != "deletedFolder":
            return line
        return {**line, "value": {"path": line["value"]["path"].rstrip("/")}}

    return _with_lines(requests, lambda lines: [bare(line) for line in lines])


def _the_last_of_each(requests: list[Sent]) -> list[Sent]:
    return _with_lines(requests, lambda lines: list({line["value"].get("path"): line for line in lines}.values()))


def _with_lines(requests: list[Sent], change: Callable[[list[Any]], list[Any]]) -> list[Sent]:
    return [
        evolve(request, body=change(request.body)) if isinstance(request.body, list) else _with_files(request, change)
        for request in requests
    ]


def _with_files(request: Sent, change: Callable[[list[Any]], list[Any]]) -> Sent:
    """Do the same to what preupload is asked."""
    if not isinstance(request.body, dict) or "files" not in request.body:
        return request
    files = [line["value"] for line in change([{"key": "", "value": file} for file in request.body["files"]])]
    return evolve(request, body={**request.body, "files": files})


def _without_second_look(requests: list[Sent]) -> list[Sent]:
    """Take off a listing that follows a look at the same path."""
    looks = {request.target.replace("/paths-info/", "/tree/") for request in requests}
    return [request for request in requests if request.target.rpartition("/")[0] not in looks]


def _without_description(requests: list[Sent]) -> list[Sent]:
    return [evolve(request, body=_without_keys(request.body, "description")) for request in requests]


def _without_what_stays(requests: list[Sent]) -> list[Sent]:
    return [
        evolve(request, body=_without_keys(request.body, "watched", "domains"))
        for request in requests
        if request.method != "GET"
    ]


def _without_resolving(requests: list[Sent]) -> list[Sent]:
    return [request for request in requests if "/resolve/" not in request.target]


def _without_keys(body: Any, *keys: str) -> Any:
    return {key: value for key, value in body.items() if key not in keys} if isinstance(body, dict) else body


DIFFERENCES = {
    "added twice": Difference(
        "of two files for the same path only the last one is sent: the Hub keeps no other", _the_last_of_each
    ),
    "default message": Difference(
        "a commit that says nothing else says which library made it, and each says its own name", _without_library
    ),
    "description": Difference(
        "a discussion that says nothing else says which library began it, and each says its own name",
        _without_description,
    ),
    "false query": Difference(
        "the official client also says `recursive` and `expand` where they are false, as they are anyway",
        _without_false,
    ),
    "folder's slash": Difference("a folder is removed under its bare path, however it was written", _without_slashes),
    "form": Difference("paths are asked for as JSON, which the Hub documents, and not as a form", _as_json),
    "listed at the parent": Difference(
        "what a pattern removes is looked up at the commit's parent, as soon as that is known: a file that somebody "
        "adds meanwhile is not passed over",
        _with_listing_first,
    ),
    "parentCommit": Difference(
        "a commit of ours names its parent, which preupload or else the history tells: nothing is overwritten "
        "unseen, and a lost reply can be settled",
        _without_parent,
    ),
    "second look": Difference(
        "what a look at a path has not found is not listed as well: the Hub tells of folders, too", _without_second_look
    ),
    "tree tells": Difference(
        "the tree has told size and id of a regular file, so a snapshot fetches it without a `HEAD` before, and a dry "
        "run asks for none",
        _without_resolving,
    ),
    "what stays": Difference(
        "the Hub wants what is watched, and in which domains, in each update, and refuses the empty list that the "
        "official client sends where they were not given: ours asks for what there is, and sends that",
        _without_what_stays,
    ),
}
"""All of them, by the name that a case gives."""
