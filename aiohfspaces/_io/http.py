"""One exchange over HTTP: a request goes out, the head of the reply comes back, then its body.

What it goes through is a `Door`; there is one for each HTTP library.
"""

from __future__ import annotations

import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping

from anyio import CancelScope, Event, move_on_after
from attrs import field, frozen

from aiohfspaces._wire.calls import READS
from aiohfspaces.errors import (
    HubConnectionError,
    HubTimeoutError,
    MalformedReplyError,
    Outcome,
    SpacesError,
    UsageError,
)

CLOSING_S = 2.0
"""How long letting go of a reply may take."""

_ASKED = (("accept", "*/*"), ("accept-encoding", "gzip, deflate"))
_NOT_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "LocalProtocolError"}
)
_QUERY = re.compile(r"(https?://[^\s?]*)\?\S*")
_LASTING = frozenset({"UnsupportedProtocol", "LocalProtocolError", "ProxyError"})


@frozen(kw_only=True)
class Outgoing:
    """A request as it leaves.

    Attributes:
        method: The HTTP method.
        url: The whole address.
        shown_url: The address as logs may show it.
        headers: All that this library sets; those of an injected client come on top.
        content: The body: bytes, or a stream whose length a header tells and which the door closes.
        timeout_s: ``connect``, ``read``, ``write`` and ``pool``.
        repeatable: Whether sending it twice does no more than sending it once.
    """

    method: str
    url: str = field(repr=False)
    shown_url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | AsyncGenerator[bytes, None] | None = field(repr=False)
    timeout_s: Mapping[str, float]
    repeatable: bool


class Incoming(ABC):
    """A reply whose head has come; it must be closed.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case; of several of one name the values follow one another, with a comma between.
    """

    status: int
    headers: Mapping[str, str]

    @abstractmethod
    def pieces(self) -> AsyncGenerator[bytes, None]:
        """Read the body as it comes, decompressed.

        Raises:
            HubConnectionError: It broke off.
            HubTimeoutError: It stalled.
            MalformedReplyError: It cannot be decompressed.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of the connection, cancelled or not."""


class LentContent:
    """A body that the HTTP library sends from a task of its own, which may go on when the reply has come already.

    Attributes:
        problem: What reading it has raised; the library may say only that it could not be sent.
    """

    def __init__(self, content: AsyncGenerator[bytes, None]) -> None:
        self.problem: Exception | None = None
        self._content = content
        self._reading: Event | None = None

    def __aiter__(self) -> LentContent:
        return self

    async def __anext__(self) -> bytes:
        self._reading = Event()
        try:
            return await anext(self._content)
        except StopAsyncIteration:
            raise
        except Exception as exc:
            self.problem = exc
            raise
        finally:
            self._reading.set()

    async def aclose(self) -> None:
        """Close what it is read from, when the task that reads it has been stopped."""
        with move_on_after(CLOSING_S, shield=True):
            if self._reading is not None:
                await self._reading.wait()
            await self._content.aclose()


class Door(ABC):
    """What requests go out through.

    Attributes:
        name: The HTTP library and its version, for the Hub to know.
    """

    name: str

    @abstractmethod
    async def open(self, request: Outgoing) -> Incoming:
        """Send a request and wait for the head of the reply.

        Raises:
            HubConnectionError: No reply came.
            HubTimeoutError: It did not come in time.
            MalformedReplyError: The address, which a reply has given, is none.
            UsageError: The client is closed.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections, unless they are the user's."""

    @property
    def crowd(self) -> int | None:
        """How many requests are under way, if no other may be; ``None`` while there is room, or nobody knows."""
        return None


def complete(headers: Mapping[str, str]) -> dict[str, str]:
    """Add what a request says of the reply it wants, where it says nothing of it itself."""
    given = {name.lower() for name in headers}
    return {**headers, **{name: value for name, value in _ASKED if name not in given}}


def header_texts(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read headers as they came, as `Incoming.headers` has them."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), _text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def failure(kind: str, exc: Exception, request: Outgoing, *, proxy: str | None = None) -> SpacesError:
    """Make the error that says how an exchange failed, and whether anything was done.

    Args:
        kind: What httpx calls such a failure.
        exc: What the HTTP library says.
        request: What was sent.
        proxy: What it went through; ``None`` for none, or if nobody knows.
    """
    shown = f"{request.method} {request.shown_url}"
    if kind == "DecodingError":
        return MalformedReplyError(f"{shown}: {exc}", field="body")
    if kind == "InvalidURL":
        return MalformedReplyError(f"{shown}: not an address", field="url")
    outcome: Outcome = "not done" if kind in _NOT_SENT or request.method in READS else "unknown"
    timed_out = kind.endswith(("Timeout", "TimeoutException"))
    error = HubTimeoutError if timed_out else HubConnectionError
    said = _unsigned(str(exc)) or ("took too long" if timed_out else "broken off")
    if kind in _NOT_SENT and proxy is not None:
        said += f", through the proxy {proxy} that the environment names"
    may_pass = kind not in _LASTING and not _untrusted(exc)
    return error(f"{shown}: {said} ({kind})", outcome=outcome, may_pass=may_pass)


def cause(exc: Exception) -> Exception | None:
    """Give what an error came of, for its traceback; ``None`` if that shows the query of an address."""
    return exc if all(str(each) == _unsigned(str(each)) for each in _chain(exc)) else None


async def close_content(request: Outgoing) -> None:
    """Close what a body is read from, cancelled or not."""
    if request.content is not None and not isinstance(request.content, bytes):
        with CancelScope(shield=True):
            await request.content.aclose()


def closed(request: Outgoing) -> UsageError:
    """Make the error of what was not sent because the client is closed."""
    return UsageError(f"{request.method} {request.shown_url} was not sent: the client is closed")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _unsigned(said: str) -> str:
    """Take the query from each address in a text: aiohttp names whole ones, and a query may be a signature."""
    return _QUERY.sub(r"\1", said)


def _untrusted(exc: BaseException) -> bool:
    """Tell whether it is a certificate that stands in the way."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(exc))


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    """Give an exception, what it came of, and so on."""
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__
