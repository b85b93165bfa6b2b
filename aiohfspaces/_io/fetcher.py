"""Getting the bytes of one file under a name: from Xet storage, or as they are.

A short one comes in one request, a large one in pieces at once.
"""

from __future__ import annotations

from pathlib import Path

from anyio import CancelScope, Semaphore
from attrs import field, frozen

from aiohfspaces._io.files import in_thread
from aiohfspaces._io.filling import Filling, LinkExpiredError, RangesIgnoredError
from aiohfspaces._io.partial import Partial, is_begun
from aiohfspaces._io.transport import Transport
from aiohfspaces._io.writing import other_bytes, write_whole
from aiohfspaces._io.xet import Xet
from aiohfspaces._plan.arriving import raise_if_replaced
from aiohfspaces._plan.checksums import Checksum, checksum_of
from aiohfspaces._plan.pieces import PIECE_BYTES, PIECES_AT_ONCE, cut, is_short
from aiohfspaces._wire.ranges import whole
from aiohfspaces.errors import FileReplacedError, PermissionDeniedError
from aiohfspaces.models import HfFileMetadata


@frozen(kw_only=True)
class Fetcher:
    """Gets the files of one call.

    Attributes:
        transport: What sends.
        xet: Where large files are got from, if they are there.
        files: How many more files may be asked for or fetched.
        permits: How many more pieces may be under way, of their files and of other calls'.
        piece_bytes: Bytes of a piece.
    """

    transport: Transport
    xet: Xet | None = None
    files: Semaphore = field(factory=lambda: Semaphore(1))
    permits: Semaphore = field(factory=lambda: Semaphore(PIECES_AT_ONCE))
    piece_bytes: int = PIECE_BYTES

    async def get(self, found: HfFileMetadata, target: Path, name: str) -> None:
        """Get a file's bytes, verified, under a name: all of them, or nothing appears there.

        Args:
            found: What the Hub says of it.
            target: Where they go; what is not whole stands beside it meanwhile.
            name: What errors call the file.

        Raises:
            LinkExpiredError: The link to it is refused after a while; what is there is kept.
            FileReplacedError: The Hub, or the storage, has another file there now.
            MalformedReplyError: What came is not what was announced.
            HubConnectionError: It broke off again and again; what is there of a large file is kept for the next time.
            HubHTTPError: It was refused.
            OSError: The disk refused; what is there of a large file is kept as well.
        """
        async with self.files:
            if not await self._came_by_xet(found, target):
                await self._get(found, target, name)

    async def _came_by_xet(self, found: HfFileMetadata, target: Path) -> bool:
        """Get a file from Xet storage, unless a part of it is here, with which that can do nothing."""
        if self.xet is None or (not is_short(found.size) and await in_thread(is_begun, target)):
            return False
        return await self.xet.fetch(found, target)

    async def _get(self, found: HfFileMetadata, target: Path, name: str) -> None:
        checksum = checksum_of(found.etag, found.size)
        if found.size is None or is_short(found.size):
            await self._get_whole(found, target, name, checksum)
            return
        try:
            await self._get_in_pieces(found, found.size, target, name, checksum, is_noted=checksum is not None)
        except FileNotFoundError:  # another process has taken over what is there, since no lock holds between them
            await self._get_in_pieces(found, found.size, target, name, checksum, is_noted=False)

    async def _get_whole(self, found: HfFileMetadata, target: Path, name: str, checksum: Checksum | None) -> None:
        call = whole(found.location)

        async def once() -> None:
            async with self.transport.open(call) as opened:
                raise_if_replaced(name, found, opened.incoming.headers)
                pieces = opened.incoming.pieces()
                await write_whole(target, pieces, name=name, expected=found.size, checksum=checksum)

        await self.transport.repeat(once, call, transferred_bytes=found.size)

    async def _get_in_pieces(
        self, found: HfFileMetadata, size: int, target: Path, name: str, checksum: Checksum | None, *, is_noted: bool
    ) -> None:
        partial = Partial(target, cut(size, self.piece_bytes), is_noted=is_noted)
        is_kept = is_noted
        try:
            await in_thread(partial.begin)
            filling = Filling(self.transport, self.permits, partial, found, name)
            while not await filling.fill(checksum):
                if not partial.is_resumed:
                    is_kept = False
                    raise other_bytes(name, checksum)
                await in_thread(partial.begin_anew)  # what an earlier download left has rotted
            await in_thread(partial.finish)
        except RangesIgnoredError:
            await self._get_whole(found, target, name, checksum)
            is_kept = False
        except FileReplacedError:
            is_kept = False
            raise
        except PermissionDeniedError as exc:
            if is_kept and partial.has_grown:
                raise LinkExpiredError from exc
            raise
        finally:
            if not is_kept:
                with CancelScope(shield=True):
                    await in_thread(partial.discard)
