"""The door of a client that a user has brought: httpx's or httpx2's, over whatever transport it has.

Both libraries have the same methods and the same names of failures, and neither's leave this module.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from anyio import move_on_after

from aiohfspaces._io.http import CLOSING_S, Door, Incoming, LentContent, Outgoing, cause, closed, failure
from aiohfspaces.errors import UsageError

if TYPE_CHECKING:
    import httpx


class InjectedDoor(Door):
    """Sends through a client that stays the user's."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        library = sys.modules[_library(client)]
        below = sys.modules.get("aiohttp")  # httpx-aiohttp lets some of its failures through
        others = () if below is None else (below.ClientError,)
        self.name = f"{library.__name__}/{library.__version__}"
        self._client = client
        self._failures: tuple[type[Exception], ...] = (
            library.HTTPError,
            library.StreamError,
            library.InvalidURL,
            *others,
        )

    async def open(self, request: Outgoing) -> Incoming:
        if self._client.is_closed:
            raise closed(request)
        content = request.content
        body = None if content is None or isinstance(content, bytes) else LentContent(content)
        try:
            built = self._built(request, body)
            response = await self._client.send(built, stream=True, auth=None, follow_redirects=False)
        except BaseException as exc:
            if body is not None:
                await body.aclose()
            if not isinstance(exc, self._failures):
                raise
            if body is not None and body.problem is not None:
                raise body.problem from None
            raise failure(_kind(exc), exc, request) from cause(exc)
        return _Response(response, request, body, self._failures)

    async def aclose(self) -> None:
        """Leave the client to the user."""

    def _built(self, request: Outgoing, body: LentContent | None) -> httpx.Request:
        """Build it so that neither the client's own login nor its cookies go along."""
        built = self._client.build_request(
            request.method,
            request.url,
            content=request.content if body is None else body,
            headers=dict(request.headers),
            extensions={"timeout": dict(request.timeout_s)},
        )
        for name in {"authorization", "cookie"} - {name.lower() for name in request.headers}:
            built.headers.pop(name, None)
        return built


class _Response(Incoming):
    def __init__(
        self,
        response: httpx.Response,
        request: Outgoing,
        body: LentContent | None,
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.status = response.status_code
        self.headers = dict(response.headers)
        self._response = response
        self._request = request
        self._body = body
        self._failures = failures

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            async for piece in self._response.aiter_bytes():
                yield piece
        except self._failures as exc:
            raise failure(_kind(exc), exc, self._request) from cause(exc)

    async def aclose(self) -> None:
        with move_on_after(CLOSING_S, shield=True):
            await self._response.aclose()
        if self._body is not None:
            await self._body.aclose()


def _library(client: object) -> str:
    for kind in type(client).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in ("httpx", "httpx2") and kind.__name__ == "AsyncClient":
            return root
    given = f"{type(client).__module__}.{type(client).__name__}"
    raise UsageError(f"http_client: expected an httpx.AsyncClient, got {given.removeprefix('builtins.')}")


def _kind(exc: Exception) -> str:
    """Name a failure as httpx does.

    httpx-aiohttp 0.2.0 calls it a failed connect, too, when a connection breaks off after the request was sent; what
    aiohttp itself says is more exact.
    """
    kind, cause = type(exc).__name__, type(exc.__cause__)
    if not cause.__module__.startswith("aiohttp."):
        return kind
    names = {base.__name__ for base in cause.__mro__}
    if "ConnectionTimeoutError" in names:
        return "ConnectTimeout"
    if kind not in ("ConnectTimeout", "ConnectError"):
        return kind
    return "ConnectError" if "ClientConnectorError" in names else "ReadError"
