"""A request as a value: two that would send the same are equal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Generic, TypeAlias, TypeVar

from attrs import Factory, evolve, field, frozen

from aiohfspaces._wire.replies import Reply

T = TypeVar("T")

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
Source: TypeAlias = "str | Path | BinaryIO | bytes"
"""A file by its path, an open one, or the bytes themselves. Of many files paths are strings: to make a `Path` takes
as long as to open what it names."""
Query: TypeAlias = tuple[tuple[str, str], ...]
OnSent: TypeAlias = Callable[[int, int], None]
"""Is told how many bytes of a body have gone, and how many it has; fewer than before if it is sent anew."""

READS = frozenset({"GET", "HEAD"})
"""Methods that change nothing, whatever becomes of the reply."""


@frozen
class JsonBody:
    """A body of one JSON value; it may hold a secret, so it is not shown."""

    value: JsonValue = field(repr=False)
    content_type: str = "application/json"

    def encode(self) -> bytes:
        """Write it as it travels."""
        return json.dumps(self.value, separators=(",", ":")).encode()


@frozen
class FileRange:
    """Bytes ``start`` to ``start + size`` of a file, as they are.

    Attributes:
        name: What errors call it.
        modified_ns: When the file was changed; sent at another time of change, it is another file.
    """

    source: Source = field(repr=False)
    start: int
    size: int
    name: str = field(default="", eq=False)
    modified_ns: int | None = field(default=None, eq=False)

    @property
    def length(self) -> int:
        """Bytes on the wire."""
        return self.size


@frozen
class Base64File:
    """All ``size`` bytes of a file, in base64; `name` and `modified_ns` are those of `FileRange`."""

    source: Source = field(repr=False)
    size: int
    name: str = field(default="", eq=False)
    modified_ns: int | None = field(default=None, eq=False)

    @property
    def length(self) -> int:
        """Bytes on the wire."""
        return base64_length(self.size)


def _length_of(part: bytes | FileRange | Base64File) -> int:
    return len(part) if isinstance(part, bytes) else part.length


@frozen
class StreamBody:
    """A body sent piece by piece, whose length is known beforehand.

    Attributes:
        on_sent: Is told how far that has come; ``None`` if nobody wants to know.
        length: Bytes on the wire.
    """

    parts: tuple[bytes | FileRange | Base64File, ...] = field(repr=False)
    content_type: str | None = None
    on_sent: OnSent | None = field(default=None, eq=False, repr=False)
    length: int = field(
        init=False,
        eq=False,
        default=Factory(lambda self: sum(map(_length_of, self.parts)), takes_self=True),
    )


@frozen(kw_only=True)
class Call(Generic[T]):
    """One request to the Hub, and how to read the reply.

    Attributes:
        method: The HTTP method.
        path: Percent-encoded, below the endpoint; or a whole URL that the Hub has given.
        parse: Reads a reply below 400, or raises `MalformedReplyError`.
        query: Pairs in order; not encoded yet.
        headers: Beyond those that every request has.
        body: What is sent.
        repeatable: Whether sending it twice does no more than sending it once.
        exclusive: Whether an account may do only one such thing at a time.
        stops_at_origin: Whether a redirect to another origin is itself the reply.
        secrets: Values that no error may show.
        advice: What to do instead if the Hub refuses.
    """

    method: str
    path: str
    parse: Callable[[Reply], T]
    query: Query = ()
    headers: Query = ()
    body: JsonBody | StreamBody | None = None
    repeatable: bool
    exclusive: bool = False
    stops_at_origin: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    advice: str | None = None


def watched(call: Call[T], on_sent: OnSent | None) -> Call[T]:
    """Make a call that tells how much of its body has gone."""
    body = call.body
    return evolve(call, body=evolve(body, on_sent=on_sent)) if isinstance(body, StreamBody) and on_sent else call


def get(path: str, parse: Callable[[Reply], T], query: Query = ()) -> Call[T]:
    """Read something."""
    return Call(method="GET", path=path, parse=parse, query=query, repeatable=True)


def post(
    path: str,
    parse: Callable[[Reply], T],
    value: JsonValue = None,
    *,
    repeatable: bool,
    query: Query = (),
    exclusive: bool = False,
    secrets: tuple[str, ...] = (),
    advice: str | None = None,
) -> Call[T]:
    """Change something; without a value the body is empty."""
    return Call(
        method="POST",
        path=path,
        parse=parse,
        query=query,
        body=None if value is None else JsonBody(value),
        repeatable=repeatable,
        exclusive=exclusive,
        secrets=secrets,
        advice=advice,
    )


def put(path: str, parse: Callable[[Reply], T], value: JsonValue) -> Call[T]:
    """Put something in place of what was there."""
    return Call(method="PUT", path=path, parse=parse, body=JsonBody(value), repeatable=True)


def delete(path: str, parse: Callable[[Reply], T], value: JsonValue = None, *, advice: str | None = None) -> Call[T]:
    """Remove something."""
    body = None if value is None else JsonBody(value)
    return Call(method="DELETE", path=path, parse=parse, body=body, repeatable=True, advice=advice)


def base64_length(size: int) -> int:
    """Tell how long so many bytes are in base64."""
    return (size + 2) // 3 * 4
