"""What a request says: who asks, about which repository, with which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast
from urllib.parse import unquote

from starlette.requests import Request

from aiohfspaces.localhub.accounts import Account
from aiohfspaces.localhub.json_text import load_json
from aiohfspaces.localhub.paging import cut_page, next_link
from aiohfspaces.localhub.refusals import Moved, bad_request, no_such_page, who_are_you
from aiohfspaces.localhub.repositories import VISIBILITIES, Repository
from aiohfspaces.localhub.world import World

API = "/api/{kind}/{namespace}/{name}"
"""Where the endpoints of one repository are."""

REPO_TYPE_OF = {"models": "model", "datasets": "dataset", "spaces": "space"}

_MOST_DIGITS = 12

Body = Mapping[str, object]
T = TypeVar("T")


def world_of(request: Request) -> World:
    """Return the world of the hub that was asked."""
    return cast(World, request.app.state.world)


def caller_of(request: Request) -> Account | None:
    """Return who asks; ``None`` for somebody without a token."""
    return cast("Account | None", request.scope.get("caller"))


def known_caller(request: Request) -> Account:
    """Return who asks.

    Raises:
        Refusal: Somebody without a token: 401.
    """
    caller = caller_of(request)
    if caller is None:
        raise who_are_you()
    return caller


def segment(request: Request, name: str) -> str:
    """Return a part of the path, decoded; routes match the path as it was sent."""
    return unquote(request.path_params[name])


def repo_type_of(request: Request) -> str:
    """Return the repository type that the path names.

    Raises:
        Refusal: It names something else: 404.
    """
    kind = request.path_params.get("kind", "models")
    if kind not in REPO_TYPE_OF:
        raise no_such_page()
    return REPO_TYPE_OF[kind]


def readable(request: Request) -> Repository:
    """Find the repository that the path names, for somebody who reads."""
    return world_of(request).repositories.readable(caller_of(request), *_named(request))


def downloadable(request: Request) -> Repository:
    """Find the repository that the path names, for somebody who wants its files."""
    found = readable(request)
    world_of(request).repositories.check_gate(caller_of(request), found)
    return found


def writable(request: Request) -> Repository:
    """Find the repository that the path names, for somebody who changes it."""
    return world_of(request).repositories.writable(caller_of(request), *_named(request))


def proposable(request: Request) -> Repository:
    """Find the repository that the path names, for somebody who proposes a change: whoever may read and is known.

    Source: huggingface_hub 2.4.0, ``HfApi.create_commit``, on the permission that a pull request takes.
    """
    found = downloadable(request)
    known_caller(request)
    return found


def _named(request: Request) -> tuple[str, str]:
    """Read off the path which repository is meant.

    Raises:
        Moved: It had that name, and has another now.
    """
    repo_type, repo_id = repo_type_of(request), f"{segment(request, 'namespace')}/{segment(request, 'name')}"
    now = world_of(request).repositories.moved(caller_of(request), repo_type, repo_id)
    if now is not None:
        raise Moved(_under(request, now))
    return repo_type, repo_id


def _under(request: Request, repo_id: str) -> str:
    """Put another repository into a path, as it was sent otherwise."""
    path, query = request.scope["path"], request.scope["query_string"].decode("ascii")
    kind = request.path_params.get("kind")
    begins = path.index(f"/{kind}/") + len(kind) + 1 if kind else 0
    old = f"/{request.path_params['namespace']}/{request.path_params['name']}"
    moved = path[:begins] + path[begins:].replace(old, f"/{repo_id}", 1)
    return f"{moved}?{query}" if query else moved


def is_set(request: Request, name: str) -> bool:
    """Tell whether a switch of the query is on."""
    return request.query_params.get(name, "").lower() in ("1", "true")


def listed(request: Request, name: str) -> list[str]:
    """Return all values of a key of the query, spelt ``name`` or ``name[]``."""
    return [*request.query_params.getlist(name), *request.query_params.getlist(f"{name}[]")]


def page_limit(request: Request, most: int, default: int | None = None) -> int:
    """Return how many items a page may hold.

    Raises:
        Refusal: It is not a number above zero: 400.
    """
    asked = whole_number(request.query_params.get("limit", str(default or most)), "limit")
    if asked < 1:
        raise bad_request(f"Invalid limit: {asked}")
    return min(asked, most)


def page_of(request: Request, items: Sequence[T], limit: int) -> tuple[Sequence[T], dict[str, str]]:
    """Cut the page out of a list that the query asks for, and build the ``Link`` header that leads on.

    Raises:
        Refusal: The cursor is not one of ours: 400.
    """
    page, cursor = cut_page(items, request.query_params.get("cursor"), limit)
    if cursor is None:
        return page, {}
    url = f"{world_of(request).url}{request.url.path}"
    return page, next_link(url, request.query_params.multi_items(), {"cursor": cursor})


def whole_number(asked: str, name: str) -> int:
    """Return a number of the query that counts something.

    Raises:
        Refusal: It is none, or beyond counting: 400.
    """
    if not asked.isdecimal() or len(asked) > _MOST_DIGITS:
        raise bad_request(f"Invalid {name}: {asked}")
    return int(asked)


async def json_object(request: Request) -> Body:
    """Return the JSON object in the body; an empty body is an empty one.

    Raises:
        Refusal: It is something else: 400.
    """
    body = await request.body()
    try:
        loaded = load_json(body or b"{}")
    except ValueError as exc:
        raise bad_request("The body is not JSON") from exc
    if not isinstance(loaded, dict):
        raise bad_request("The body must be a JSON object")
    return loaded


def optional_text(body: Body, key: str) -> str | None:
    """Return a string of the body, ``None`` if it is missing or null.

    Raises:
        Refusal: It is something else: 400.
    """
    found = body.get(key)
    if found is not None and not isinstance(found, str):
        raise bad_request(f'"{key}" must be a string')
    return found


def required_text(body: Body, key: str) -> str:
    """Return a string of the body.

    Raises:
        Refusal: It is missing, empty, or something else: 400.
    """
    found = optional_text(body, key)
    if not found:
        raise bad_request(f'"{key}" is required')
    return found


def optional_number(body: Body, key: str) -> int | None:
    """Return a whole number of the body, ``None`` if it is missing or null.

    Raises:
        Refusal: It is something else: 400.
    """
    found = body.get(key)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool)):
        raise bad_request(f'"{key}" must be an integer')
    return found


def flag(body: Body, key: str, default: bool) -> bool:
    """Return a boolean of the body, ``default`` if it is missing or null.

    Raises:
        Refusal: It is something else: 400.
    """
    found = body.get(key)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise bad_request(f'"{key}" must be a boolean')
    return found


def one_of(body: Body, key: str, allowed: Sequence[str], default: str) -> str:
    """Return a word of the body that has to be among some, ``default`` if it is missing or null.

    Raises:
        Refusal: It is another, or none: 400.
    """
    found = optional_text(body, key)
    if found is not None and found not in allowed:
        raise bad_request(f'"{key}" must be one of [{", ".join(allowed)}]')
    return default if found is None else found


def required_number(body: Body, key: str) -> int:
    """Return a whole number of the body.

    Raises:
        Refusal: It is missing, or something else: 400.
    """
    found = optional_number(body, key)
    if found is None:
        raise bad_request(f'"{key}" is required')
    return found


def objects(body: Body, key: str) -> list[Body]:
    """Return a list of objects of the body; empty if it is missing or null.

    Raises:
        Refusal: It is something else: 400.
    """
    found = body.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise bad_request(f'"{key}" must be a list of objects')
    return found


def visibility(body: Body, default: str) -> str:
    """Return the visibility that a body asks for, by either of the Hub's spellings.

    Raises:
        Refusal: There is no such visibility, or both spellings are there: 400.
    """
    asked, private = optional_text(body, "visibility"), body.get("private")
    if asked is not None and private is not None:
        raise bad_request('Send either "private" or "visibility"')
    if asked is not None and asked not in VISIBILITIES:
        raise bad_request(f'"visibility" must be one of {", ".join(VISIBILITIES)}')
    if private is not None:
        return "private" if private else "public"
    return asked or default
