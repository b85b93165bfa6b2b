"""The client: every family of methods over one transport."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from copy import copy
from enum import Enum
from functools import partial
from json import dumps as json_text
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from anyio import Semaphore
from attrs import evolve

from aiohfspaces._api.attachments import Attachments
from aiohfspaces._api.bulk import Bulk
from aiohfspaces._api.discussions import Discussions
from aiohfspaces._api.downloads import Downloads
from aiohfspaces._api.edits import Edits
from aiohfspaces._api.large_files import LargeFiles
from aiohfspaces._api.lending import Lending
from aiohfspaces._api.refs import Refs
from aiohfspaces._api.repos import Repos
from aiohfspaces._api.settings import Settings
from aiohfspaces._api.streams import Streams
from aiohfspaces._api.waiting import MOST_LOOKS
from aiohfspaces._api.watching import Watching
from aiohfspaces._api.webhooks import Webhooks
from aiohfspaces._io import aiohttp_door, certificates, injected, lane_door
from aiohfspaces._io.credentials import Token, TokenSource
from aiohfspaces._io.http import Door
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.pacing import PACER
from aiohfspaces._io.transport import Transport
from aiohfspaces._io.xet import Xet
from aiohfspaces._loading import LaterModule
from aiohfspaces._plan.allowances import most_transfers
from aiohfspaces._plan.pieces import most_pieces
from aiohfspaces._plan.restarting import Restarts
from aiohfspaces._plan.retrying import RetryQuota
from aiohfspaces._version import __version__
from aiohfspaces._wire import discovery
from aiohfspaces._wire.calls import Call, JsonBody, JsonValue, Query
from aiohfspaces._wire.names import checked_flags, checked_texts
from aiohfspaces._wire.origins import DEFAULT_ENDPOINT, checked_endpoint
from aiohfspaces._wire.replies import body_value
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RateLimitState
from aiohfspaces.options import RateBudget, RetryPolicy, Seconds, Timeout, whole_number

if TYPE_CHECKING:
    import httpx
else:
    httpx = LaterModule("httpx")  # whoever resolves annotations finds it

TransportName: TypeAlias = Literal["lanes", "aiohttp"]

_SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_METHODS = _SAFE_METHODS | {"POST", "PATCH"}


class Kept(Enum):
    """What an option is that was not given."""

    KEPT = "kept"


KEPT = Kept.KEPT


class AsyncSpacesClient(
    Repos,
    Settings,
    Edits,
    Downloads,
    LargeFiles,
    Refs,
    Discussions,
    Attachments,
    Webhooks,
    Streams,
    Lending,
    Watching,
    Bulk,
):
    """Manages Hugging Face Spaces from async code: the methods of ``HfApi``, awaitable.

    Use it as ``async with AsyncSpacesClient() as client:``, or call `aclose` in the end.
    Nothing connects before the first call. One client serves as many tasks of an event loop as you
    like; `with_options` makes siblings for other accounts that share its connections.
    """

    def __init__(
        self,
        token: Token = None,
        *,
        endpoint: str | None = None,
        http_client: httpx.AsyncClient | None = None,
        transport: TransportName = "lanes",
        timeout: Timeout | Seconds | None = None,
        max_connections: int = 64,
        retry: RetryPolicy | None = None,
        rate_budget: RateBudget | None = None,
        user_agent: str | None = None,
        verify: certificates.Verify = True,
        xet: bool | None = None,
    ) -> None:
        """Make a client.

        Args:
            token: ``None`` finds it: ``HF_TOKEN``, then what ``hf auth login`` wrote. ``False`` is
                anonymous. A string is the token. A function, plain or async, is asked for it at each
                call, and once more after a 401.
            endpoint: The Hub; ``None`` for ``HF_ENDPOINT``, else ``https://huggingface.co``.
            http_client: An `httpx.AsyncClient` (or httpx2's) of yours to send through: its proxy, CA and
                transport hold, and it stays yours to close.
            transport: What to send through without an `http_client`: ``"lanes"``, or ``"aiohttp"`` (extra ``aiohttp``),
                which costs an event loop of asyncio less.
            timeout: Seconds for a call in total, or a `Timeout` that says more.
            max_connections: Calls under way at once, at the most; three in four of them may carry files.
            retry: How failed calls are repeated.
            rate_budget: What lets calls through so that the Hub need not refuse any; ``None`` for the one that all
                clients of this process share.
            user_agent: What to add to what the Hub is told of the caller, e.g. ``"my-service/1.2"``.
            verify: ``True`` for the usual certificates (``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` count),
                a CA file or folder, an `ssl.SSLContext`, or ``False`` for no check at all.
            xet: Whether large files go by Xet storage (extra ``xet``), where the Hub has it. ``None`` for where
                hf-xet is installed, unless there is an `http_client` or a `verify`, of which hf-xet knows nothing.
                ``HF_HUB_DISABLE_XET`` switches it off in any case.

        Raises:
            UsageError: An argument is wrong.
        """
        whole_number("max_connections", max_connections, least=1)
        checked_flags(xet=xet)
        if http_client is not None and verify is not True:
            raise UsageError("verify, http_client: expected one of them, since the client brings its own certificates")
        policy = RetryPolicy() if retry is None else checked_retry(retry)
        if http_client is not None and transport != "lanes":
            raise UsageError("transport, http_client: expected one of them, since the client brings its own transport")
        door = (
            _own_door(transport, max_connections, certificates.checked_verify(verify))
            if http_client is None
            else injected.InjectedDoor(http_client)
        )
        self._owns_door = True
        self._borrowed = set()
        self._restarts = Restarts()
        self._looks = _looks()
        self._transport = Transport(
            door=door,
            endpoint=checked_endpoint(endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT),
            token=TokenSource(token),
            timeout=Timeout() if timeout is None else Timeout.of(timeout),
            retry=policy,
            quota=RetryQuota(policy.quota),
            transfers=PerLoop(partial(Semaphore, most_transfers(max_connections), fast_acquire=True)),
            user_agent=_user_agent(door.name, user_agent),
            budget=PACER if rate_budget is None else checked_budget(rate_budget),
        )
        self._pieces = PerLoop(partial(Semaphore, most_pieces(max_connections)))
        self._xet = Xet(self._transport, wanted=xet, is_plain=http_client is None and verify is True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(endpoint={self.endpoint!r}, token={self._transport.token.kind})"

    @property
    def endpoint(self) -> str:
        """The Hub that this client talks to."""
        return self._transport.endpoint

    @property
    def rate_limit(self) -> dict[str, RateLimitState]:
        """What is known of the windows of this client's account, by bucket: ``"api"``, and ``"resolvers"`` for files.

        Empty before the first reply. Of a token that a function gives, it is that of the last call.
        """
        return self._transport.rate_limit()

    def with_options(
        self,
        *,
        token: Token | Kept = KEPT,
        timeout: Timeout | Seconds | None = None,
        retry: RetryPolicy | None = None,
    ) -> Self:
        """Make a sibling that shares this client's connections: one service, many accounts.

        What is not given stays as it is. The connections belong to this client: closing a sibling
        leaves them open.

        Args:
            token: Another account's token, ``False`` for none, or a function to ask.
            timeout: Seconds for a call in total, or a `Timeout`.
            retry: How failed calls are repeated.

        Raises:
            UsageError: An argument is wrong.
        """
        transport = self._transport
        if token is None:
            raise UsageError("token: None is nobody's; leave it out to keep this client's, or say False for none")
        if not isinstance(token, Kept):
            transport = evolve(transport, token=TokenSource(token))
        if timeout is not None:
            transport = evolve(transport, timeout=Timeout.of(timeout))
        if retry is not None:
            transport = evolve(transport, retry=checked_retry(retry), quota=RetryQuota(retry.quota))
        sibling = copy(self)
        sibling._transport, sibling._owns_door, sibling._account = transport, False, None
        if not isinstance(token, Kept):
            sibling._looks = _looks()  # or those of an account whose calls are spent would hold up all others
        sibling._xet = evolve(self._xet, transport=transport)
        return sibling

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | bool | Iterable[str]] | None = None,
        json: JsonValue = None,
        repeatable: bool | None = None,
    ) -> Any:
        """Reach an endpoint that has no method here, with the same token, retries and errors.

        Args:
            method: ``"GET"``, ``"POST"`` and so on.
            path: Below the endpoint, percent-encoded, e.g. ``"/api/spaces/me/app/scan"``.
            params: The query; a list stands for its key repeated.
            json: The body.
            repeatable: Whether sending it twice does no more than sending it once, so that it may be
                sent again after a lost reply; ``None`` for all but ``POST`` and ``PATCH``.

        Returns:
            The reply's JSON; its text where it is no JSON; ``None`` where it is empty.

        Raises:
            UsageError: `method` or `path` is none, or `params` or `json` cannot be sent.
            HubHTTPError: The Hub refused.
            HubConnectionError: No reply came.
            MalformedReplyError: It says that it is JSON and does not parse.

        Wire:
            As given.

        Source:
            No counterpart upstream.
        """
        verb = method.upper() if isinstance(method, str) else ""
        if verb not in _METHODS:
            raise UsageError(f"method: expected one of {', '.join(sorted(_METHODS))}, got {method!r}")
        if (
            not isinstance(path, str)
            or not path.startswith("/")
            or path.startswith("//")
            or not path.isascii()
            or not path.isprintable()
        ):
            raise UsageError(f"path: expected a percent-encoded path such as '/api/spaces', got {path!r}")
        if " " in path or "#" in path:
            raise UsageError(f"path: expected a percent-encoded path without a fragment, got {path!r}")
        checked_flags(repeatable=repeatable)
        return await self._send(
            Call(
                method=verb,
                path=path,
                parse=body_value,
                query=_checked_params(params),
                body=None if json is None else JsonBody(_checked_json(json)),
                repeatable=verb in _SAFE_METHODS if repeatable is None else repeatable,
            )
        )

    async def aclose(self) -> None:
        """Close the connections, unless they are another's: an injected client's, or those of an elder sibling."""
        if self._owns_door:
            await self._transport.door.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def _own_door(transport: TransportName, max_connections: int, verify: certificates.Verify) -> Door:
    if transport == "lanes":
        return lane_door.LaneDoor(max_connections=max_connections, verify=verify)
    if transport != "aiohttp":
        raise UsageError(f"transport: expected 'lanes' or 'aiohttp', got {transport!r}")
    try:
        return aiohttp_door.AiohttpDoor(max_connections=max_connections, verify=verify)
    except ImportError as exc:
        raise UsageError(f"transport: 'aiohttp' needs pip install 'aiohfspaces[aiohttp]' ({exc})") from None


def _looks() -> PerLoop[Semaphore]:
    return PerLoop(partial(Semaphore, MOST_LOOKS, fast_acquire=True))


def checked_retry(retry: object) -> RetryPolicy:
    """Accept a policy.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(retry, RetryPolicy):
        raise UsageError(f"retry: expected a RetryPolicy, got {retry!r}")
    return retry


def checked_budget(budget: RateBudget) -> RateBudget:
    """Accept what has the methods of a `RateBudget`.

    Raises:
        UsageError: It has not.
    """
    lacking = [name for name in ("take", "told", "named", "state") if not callable(getattr(budget, name, None))]
    if lacking or isinstance(budget, type):
        raise UsageError(f"rate_budget: expected a RateBudget, got {budget!r}")
    return budget


def _checked_params(params: Mapping[str, str | int | bool | Iterable[str]] | None) -> Query:
    if params is None:
        return ()
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise UsageError(f"params: expected a mapping of names to values, got {type(params).__name__}")
    return tuple(pair for name, value in params.items() for pair in discovery.repeated(name, _words(name, value)))


def _words(name: str, value: str | int | bool | Iterable[str]) -> tuple[str, ...] | None:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (str(value),) if isinstance(value, int) else checked_texts(value, argument=f"params[{name!r}]")


def _checked_json(value: JsonValue) -> JsonValue:
    try:
        json_text(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise UsageError(f"json: expected what JSON can say: {type(exc).__name__}") from None
    return value


def _user_agent(http_library: str, added: str | None) -> str:
    if added is not None and not (isinstance(added, str) and added.isascii() and added.isprintable()):
        raise UsageError(f"user_agent: expected printable ASCII such as 'my-service/1.2', got {added!r}")
    own = f"aiohfspaces/{__version__}; python/{platform.python_version()}; {http_library}"
    return f"{own}; {added}" if added else own
