"""A reply as a value, and JSON that is read field by field.

Strict about shape, lenient about vocabulary: a field that is missing or of another kind is a
`MalformedReplyError` that names it; extra fields are ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from attrs import define, frozen

from aiohfspaces._wire.origins import at_endpoint, resolved
from aiohfspaces.errors import MalformedReplyError

T = TypeVar("T")


@frozen(kw_only=True)
class Reply:
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        content: The whole body, decompressed.
        url: Where it came from, without a signature.
        endpoint: The Hub that was asked.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    endpoint: str

    def json(self) -> Field:
        """Read the body as JSON.

        Raises:
            MalformedReplyError: It is none.
        """
        try:
            return Field(json.loads(self.content))
        except (ValueError, RecursionError):
            # not shown: a server may echo the token, or a secret
            kind = self.headers.get("content-type", "no content type")
            message = f"expected JSON from {self.url}, got {len(self.content)} bytes of {kind}"
            raise MalformedReplyError(message, field="body") from None

    def header(self, name: str) -> str:
        """Read a header that has to be there.

        Raises:
            MalformedReplyError: It is not.
        """
        if name.lower() not in self.headers:
            raise MalformedReplyError(f"no header {name} in the reply of {self.url}", field=name)
        return self.headers[name.lower()]

    def hub_url(self, url: str) -> str:
        """Move an address of the default endpoint to the one that was asked (mirrors)."""
        return at_endpoint(url, self.endpoint)

    def target(self, location: str, *, field: str) -> str:
        """Read an address that a request will go to.

        Raises:
            MalformedReplyError: HTTP cannot reach it, or it leads from https down to http.
        """
        try:
            return resolved(location, self.url, self.endpoint)
        except ValueError:
            message = f"expected an address to go to in the reply of {self.url}"
            raise MalformedReplyError(message, field=field) from None


@define(eq=False)  # freezing would double the time that reading takes: there is one for each field of each reply
class Field:
    """A JSON value, and the way to it.

    Attributes:
        value: What it is.
        step: Its name in the object that it is in, or its place in the list.
        above: That object or list; ``None`` for a whole body.
    """

    value: object
    step: str | int = ""
    above: Field | None = None

    @property
    def path(self) -> str:
        """The way to it, such as ``files[3].path``."""
        above = self.above.path if self.above else ""
        if isinstance(self.step, int):
            return f"{above}[{self.step}]"
        return f"{above}.{self.step}" if above else self.step

    def at(self, name: str) -> Field:
        """Step into an object.

        Raises:
            MalformedReplyError: This is none, or has no such field.
        """
        members = self.object()
        if name not in members:
            raise MalformedReplyError("missing in the Hub's reply", field=Field(None, name, self).path)
        return Field(members[name], name, self)

    def maybe(self, name: str, read: Callable[[Field], T]) -> T | None:
        """Read a field that may be absent or null."""
        members = self.value if isinstance(self.value, dict) else self.object()
        value = members.get(name)
        if value is None or type(value) is _PLAIN.get(read):
            return cast("T | None", value)
        return read(Field(value, name, self))

    def items(self, read: Callable[[Field], T]) -> tuple[T, ...]:
        """Read each item of a list, in order."""
        if not isinstance(self.value, list):
            raise self._wrong("a list")
        return tuple(read(Field(item, index, self)) for index, item in enumerate(self.value))

    def entries(self) -> Iterator[tuple[str, Field]]:
        """Walk the fields of an object, in order."""
        return ((name, self.at(name)) for name in self.object())

    def object(self) -> dict[str, Any]:
        """Read an object as it is."""
        if not isinstance(self.value, dict):
            raise self._wrong("an object")
        return self.value

    def text(self) -> str:
        """Read a string."""
        if not isinstance(self.value, str):
            raise self._wrong("a string")
        return self.value

    def integer(self) -> int:
        """Read a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self._wrong("a whole number")
        return self.value

    def number(self) -> float:
        """Read a number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        if not isinstance(self.value, float) or not math.isfinite(self.value):
            raise self._wrong("a number")
        return self.value

    def flag(self) -> bool:
        """Read a boolean."""
        if not isinstance(self.value, bool):
            raise self._wrong("true or false")
        return self.value

    def moment(self) -> datetime:
        """Read an ISO 8601 time; without a zone it is UTC."""
        try:
            moment = datetime.fromisoformat(self.text())
        except ValueError:
            raise self._wrong("an ISO 8601 time") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def unknown(self) -> MalformedReplyError:
        """Say that this library does not know what to do with a value that decides what comes next."""
        return MalformedReplyError("a value in the Hub's reply that this library does not know", field=self.path)

    def _wrong(self, expected: str) -> MalformedReplyError:
        kind = "null" if self.value is None else type(self.value).__name__
        return MalformedReplyError(f"expected {expected} in the Hub's reply, got {kind}", field=self.path or "body")


_PLAIN: dict[object, type] = {Field.text: str, Field.integer: int, Field.flag: bool}
"""What is read as it is. Most fields are, and there are a dozen in each reply."""


def nothing(reply: Reply) -> None:
    """Read a reply whose body says nothing."""


def body_value(reply: Reply) -> Any:
    """Read whatever there is: JSON, text, or ``None`` for nothing."""
    if not reply.content:
        return None
    if "json" in reply.headers.get("content-type", ""):
        return reply.json().value
    return reply.content.decode(errors="replace")
