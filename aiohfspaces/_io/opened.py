"""A reply whose head has come, as what it is the reply to reads it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from anyio.lowlevel import checkpoint
from attrs import field, frozen

from aiohfspaces._io.http import Incoming
from aiohfspaces._plan.redirecting import REDIRECTS
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.refusals import refusal
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError, SpacesError

LONGEST_REPLY = 64 << 20
"""Bytes of a reply that is read whole; a longer one is an error."""

_LONGEST_REFUSAL = 64 << 10


@frozen
class Opened:
    """A reply that has come, with what it is the reply to."""

    call: Call[Any]
    incoming: Incoming
    shown_url: str
    endpoint: str
    own: bool
    token: str | None = field(repr=False)

    async def read(self, limit: int = LONGEST_REPLY) -> Reply:
        """Take in the whole body.

        Raises:
            HubConnectionError: It broke off.
            MalformedReplyError: It is longer than `limit` bytes.
        """
        await checkpoint()  # as before a call is sent (docs/topics/lanes.md)
        content = bytearray()
        async for piece in self.incoming.pieces():
            content += piece
            if len(content) > limit:
                raise MalformedReplyError(f"the reply of {self.shown_url} is longer than {limit} bytes", field="body")
        return self._reply(bytes(content))

    async def raise_if_refused(self, token: str | None, token_origin: str) -> None:
        """Turn a refusal, or a redirect that leads nowhere, into the error that says it.

        Args:
            token: Who called; ``None`` for nobody.
            token_origin: Where that was from, for the one who has to mend it.

        Raises:
            HubHTTPError: It is one.
        """
        status = self.incoming.status
        if status < 400 and (status not in REDIRECTS or self.call.stops_at_origin):
            return
        call, seen = self.call, token is not None and self.own
        raise refusal(
            await self._refusal_reply(),
            method=call.method,
            path=urlsplit(call.path).path,
            authenticated=token is not None,
            secrets=(*call.secrets, token or ""),
            advice=call.advice or (f"The token {token_origin} was refused." if seen and status == 401 else None),
            now_epoch_s=time.time(),
        )

    async def _refusal_reply(self) -> Reply:
        """Take in as much of a refusal as comes; its status says enough."""
        content = bytearray()
        with suppress(SpacesError):
            async for piece in self.incoming.pieces():
                content += piece
                if len(content) >= _LONGEST_REFUSAL:
                    break
        return self._reply(bytes(content))

    def _reply(self, content: bytes) -> Reply:
        return Reply(
            status=self.incoming.status,
            headers=self.incoming.headers,
            content=content,
            url=self.shown_url,
            endpoint=self.endpoint,
        )
