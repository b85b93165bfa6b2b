"""Filling a partial file: its pieces come at once, each is hashed when those before it are there."""

from __future__ import annotations

import hashlib
from contextlib import aclosing

from anyio import Event, Semaphore
from attrs import define

from aiohfspaces._io.crowd import crew, each
from aiohfspaces._io.files import in_thread
from aiohfspaces._io.opened import Opened
from aiohfspaces._io.partial import Partial
from aiohfspaces._io.transport import Transport
from aiohfspaces._io.writing import gathered
from aiohfspaces._plan.arriving import raise_if_another, raise_if_replaced, reach
from aiohfspaces._plan.checksums import Checksum
from aiohfspaces._plan.pieces import PIECES_AT_ONCE, Piece
from aiohfspaces._wire.ranges import part
from aiohfspaces.errors import HubConnectionError, MalformedReplyError
from aiohfspaces.models import HfFileMetadata


class RangesIgnoredError(Exception):
    """The server sends the whole file, whichever part of it is asked for; no caller sees this."""


class LinkExpiredError(Exception):
    """The storage refuses the link to a file, of which more is here by now than before; no caller sees this."""


@define(eq=False)
class Filling:
    """A partial file, and where its bytes come from.

    Attributes:
        transport: What sends.
        permits: How many more pieces may be under way, of this file and others.
        partial: What is filled.
        found: What the Hub says of the file.
        name: What errors call it.
        etag: What the storage called it in its first reply.
    """

    transport: Transport
    permits: Semaphore
    partial: Partial
    found: HfFileMetadata
    name: str
    etag: str | None = None

    async def fill(self, checksum: Checksum | None) -> bool:
        """Get what is missing, and tell whether all of it hashes to what it has to.

        Raises:
            RangesIgnoredError: The server has no parts to give.
            SpacesError: Whatever went wrong.
            OSError: The disk refused.
        """
        pieces = self.partial.pieces
        arrived = [Event() for _ in pieces]

        async def get(piece: Piece) -> None:
            if self.partial.counts[piece.number] < piece.size:
                async with self.permits:
                    await self._get(piece)
            arrived[piece.number].set()

        async def get_all() -> None:
            await each(get, pieces, tasks=PIECES_AT_ONCE)

        async def hash_all(digest: hashlib._Hash) -> None:
            for piece in pieces:
                await arrived[piece.number].wait()
                await in_thread(self.partial.hash_piece, piece, digest)

        digest = checksum.begun() if checksum else None
        async with crew() as start:
            start(get_all)
            if digest:
                start(hash_all, digest)
        return digest is None or checksum is None or digest.hexdigest() == checksum.expected

    async def _get(self, piece: Piece) -> None:
        """Get what is missing of a piece; where it breaks off, it goes on from there."""

        async def once() -> None:
            while (count := self.partial.counts[piece.number]) < piece.size:
                call = part(self.found.location, piece.start + count, piece.end)
                async with self.transport.open(call) as opened:
                    await self._take(opened, piece)

        call = part(self.found.location, piece.start, piece.end)
        shared_bytes = piece.size * PIECES_AT_ONCE  # what comes meanwhile over the same line
        await self.transport.repeat(once, call, transferred_bytes=shared_bytes)

    async def _take(self, opened: Opened, piece: Piece) -> None:
        """Write what a reply brings of a piece."""
        status, headers = opened.incoming.status, opened.incoming.headers
        start = piece.start + self.partial.counts[piece.number]
        raise_if_replaced(self.name, self.found, headers)
        raise_if_another(self.name, self.etag, headers.get("etag"))
        self.etag = headers.get("etag", self.etag)
        end = reach(status, headers, start=start, end=piece.end, size=self.partial.pieces[-1].end)
        if end is None:
            raise RangesIgnoredError
        async with aclosing(gathered(opened.incoming.pieces())) as runs:
            async for run in runs:
                start += len(run)
                if start > end:
                    raise MalformedReplyError(f"{self.name}: more came than the part asked for", field="body")
                await in_thread(self.partial.write, piece, run)
        if start < end:
            raise HubConnectionError(f"{self.name}: {end - start} bytes did not come", outcome="not done")
