"""What answers when an application itself breaks down: a reply like any other, and a log entry that says why."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)


class Guard:
    """Turns unexpected exceptions into replies; only a reply that has begun already is cut."""

    def __init__(self, app: ASGIApp, respond: Callable[[], Response]) -> None:
        """Let requests through to ``app``, and answer with ``respond()`` where it breaks down."""
        self._app = app
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        has_begun = False

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            await send(message)
            has_begun = True

        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception:
            if has_begun:
                raise
            _LOG.exception("%s %s broke down", scope["method"], scope["path"])
            await self._respond()(scope, receive, send)
