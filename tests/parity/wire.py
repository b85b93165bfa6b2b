"""What a client puts on the wire, taken down before it leaves."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl

import httpx
import httpx2
import huggingface_hub
from attrs import field, frozen
from huggingface_hub import HfApi
from huggingface_hub.utils._http import default_client_factory

from aiohfspaces import AsyncSpacesClient, MalformedReplyError, UploadError, UsageError

ENDPOINT = "https://hub.test"
TOKEN = "hf_parity"

COMMITTED = {
    "commitOid": "c0ffee" * 6 + "c0ff",
    "commitUrl": f"{ENDPOINT}/spaces/me/app/commit/c0ffee",
    "pullRequestUrl": f"{ENDPOINT}/spaces/me/app/discussions/1",
}
"""What is said of each commit."""

Answer = Callable[[str, str], Any]
"""From method and path to the JSON of a reply; ``None`` for an empty object."""

Official = Callable[[HfApi], Any]
Ours = Callable[[AsyncSpacesClient], Awaitable[Any]]
Case = tuple[Official, Ours, *tuple[str, ...]]
"""What each client is asked to do, and the names of the differences that are meant."""


@frozen
class Sent:
    """A request as it left.

    Attributes:
        method: The HTTP method.
        target: The path, percent-encoded as it travels.
        query: Sorted pairs, decoded.
        body: JSON, the list of an NDJSON body's lines, a form's pairs, or bytes; ``None`` for none.
        authorization: The header.
    """

    method: str
    target: str
    query: tuple[tuple[str, str], ...]
    body: Any = field(eq=lambda body: json.dumps(body, sort_keys=True))
    authorization: str | None


def sent(method: str, raw_path: bytes, content: bytes, headers: Mapping[str, str]) -> Sent:
    """Read a request down to what has to be equal."""
    target, _, query = raw_path.decode().partition("?")
    pairs = tuple(sorted(parse_qsl(query, keep_blank_values=True)))
    body = _read(content, headers.get("content-type", "")) if content else None
    return Sent(method, target, pairs, body, headers.get("authorization"))


def _read(content: bytes, kind: str) -> Any:
    if "ndjson" in kind:
        return [json.loads(line) for line in content.splitlines()]
    if "form" in kind:
        return {"form": parse_qsl(content.decode())}
    return json.loads(content) if "json" in kind else {"bytes": content.hex(), "kind": kind}


def _told(answer: Answer, method: str, path: str) -> Any:
    told = answer(method, path)
    if told is None and "/commit/" in path:
        return COMMITTED
    return {} if told is None else told


@contextmanager
def official(answer: Answer) -> Iterator[tuple[HfApi, list[Sent]]]:
    """Let the official client talk to nobody, and take down what it says."""
    taken: list[Sent] = []

    def reply(request: httpx2.Request) -> httpx2.Response:
        taken.append(sent(request.method, request.url.raw_path, request.read(), request.headers))
        return httpx2.Response(200, json=_told(answer, request.method, request.url.path))

    huggingface_hub.set_client_factory(lambda: httpx2.Client(transport=httpx2.MockTransport(reply)))
    try:
        yield HfApi(endpoint=ENDPOINT, token=TOKEN), taken
    finally:
        huggingface_hub.set_client_factory(default_client_factory)
        huggingface_hub.close_session()


def official_requests(answer: Answer, call: Callable[[HfApi], Any]) -> list[Sent]:
    """Take down what the official client sends; what it makes of the replies does not matter."""
    with official(answer) as (api, taken), suppress(Exception):
        result = call(api)
        if not isinstance(result, str | dict) and hasattr(result, "__next__"):
            list(result)
    return taken


_OF_THE_REPLIES = (MalformedReplyError, UploadError)
"""What comes of replies that say just enough to go on."""


async def our_requests(answer: Answer, call: Callable[[AsyncSpacesClient], Awaitable[Any]]) -> list[Sent]:
    """Take down what our client sends; what it makes of the replies does not matter.

    Any other error is one of the case: an argument is wrong only if a reply has shown it.
    """
    taken: list[Sent] = []

    async def reply(request: httpx.Request) -> httpx.Response:
        taken.append(sent(request.method, request.url.raw_path, await request.aread(), request.headers))
        return httpx.Response(200, json=_told(answer, request.method, request.url.path))

    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as http:
        client = AsyncSpacesClient(TOKEN, endpoint=ENDPOINT, http_client=http)
        try:
            await call(client)
        except _OF_THE_REPLIES:
            pass
        except UsageError:
            if not taken:
                raise
    return taken
