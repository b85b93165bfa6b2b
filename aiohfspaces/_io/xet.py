"""A client's way to Xet storage: tokens, uploads to be filled, and files to get.

Source: huggingface_hub 2.4.0, ``_upload_xet_files`` and ``xet_get``; hf-xet 1.8.0.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from anyio import CancelScope, Lock, move_on_after
from attrs import define, field

from aiohfspaces import models
from aiohfspaces._io import files, sessions, writing
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.transport import Transport
from aiohfspaces._plan import chunking, orders
from aiohfspaces._wire import xet as wire
from aiohfspaces._wire.calls import Call
from aiohfspaces.errors import HubTimeoutError, MalformedReplyError, NotFoundError, SpacesError, UsageError

T = TypeVar("T")

logger = logging.getLogger("aiohfspaces")

RESPITE_S = 300.0
"""How long downloads leave a storage alone that has not answered, or is not open to them: each would wait again."""

_TRUE = {"1", "ON", "YES", "TRUE"}
_SHA256_DIGITS = 64
_MOST_KEPT = 256


@define(eq=False)
class Xet:
    """A client's way to Xet storage.

    Attributes:
        transport: Asks for tokens, which hf-xet then takes along.
        wanted: Whether it is to be used; ``None`` for where hf-xet is installed and `is_plain`.
        is_plain: Whether the client's connections are nothing special; what is special of them, hf-xet does not know.
    """

    transport: Transport
    wanted: bool | None
    is_plain: bool
    _grants: dict[str, wire.XetGrant] = field(factory=dict, init=False)
    _asking: PerLoop[Lock] = field(factory=lambda: PerLoop(Lock), init=False)
    _failed_s: dict[str, float] = field(factory=dict, init=False)
    _silent_s: float = field(default=-math.inf, init=False)

    @property
    def patience_s(self) -> float:
        """How long nothing may move, in seconds."""
        return chunking.FOLD * self.transport.timeout.read

    async def grant(self, call: Call[wire.XetGrant]) -> wire.XetGrant | None:
        """Ask for a token, unless there is one yet; ``None`` if Xet storage is not used here, or nobody grants one.

        Raises:
            UsageError: The client is to use it, and hf-xet is missing.
            SpacesError: The Hub could not be asked.
        """
        if not await self._is_used():
            return None
        async with self._asking.here():
            return await self._granted(call, self.transport)

    async def _grant_to_read(self, call: Call[wire.XetGrant]) -> wire.XetGrant | None:
        """Ask for a token as `grant` does, but once: plain bytes are there, and each file would wait for it again."""
        if not await self._is_used():
            return None
        async with self._asking.here():
            if time.monotonic() - self._failed_s.get(call.path, -math.inf) < RESPITE_S:
                return None
            try:
                granted = await self._granted(call, self.transport.without_repeating())
            except SpacesError:
                _keep(self._failed_s, call.path, time.monotonic())
                raise
            if granted is None:
                _keep(self._failed_s, call.path, time.monotonic())
            return granted

    async def _granted(self, call: Call[wire.XetGrant], transport: Transport) -> wire.XetGrant | None:
        held = self._grants.get(call.path)
        if held is not None and held.expires_s - wire.SPARE_S > time.time():
            return held
        try:
            granted = await transport.send(call)
        except NotFoundError:
            logger.debug("%s: no Xet storage here, so large files go without it", call.path.partition("?")[0])
            return None
        _keep(self._grants, call.path, granted)
        return granted

    async def _is_used(self) -> bool:
        """Tell whether files may come and go this way."""
        is_off = os.environ.get("HF_HUB_DISABLE_XET", "").upper() in _TRUE
        if is_off or self.wanted is False or (self.wanted is None and not self.is_plain):
            return False
        is_there = await files.in_thread(sessions.is_installed)
        if self.wanted and not is_there:
            raise UsageError("xet: expected hf-xet, which the extra brings: pip install 'aiohfspaces[xet]'")
        return is_there

    @asynccontextmanager
    async def uploading(self, grant: wire.XetGrant) -> AsyncIterator[Any]:
        """Begin an upload commit of hf-xet, of which nothing goes on after the block.

        Raises:
            HubTimeoutError: The storage did not answer.
            Exception: Whatever hf-xet says.
        """
        with self._doubting(grant):
            async with sessions.SESSIONS.lease() as session:
                yield await self._begun(session.new_upload_commit, grant)

    @contextmanager
    def _doubting(self, grant: wire.XetGrant) -> Iterator[None]:
        """Let the next transfer ask for a token of its own if this one fails."""
        try:
            yield
        except Exception:
            self._grants.pop(grant.refresh_path, None)
            raise

    async def _begun(self, begin: Callable[..., T], grant: wire.XetGrant) -> T:
        """Begin a transfer of hf-xet, which asks for the next token by itself: an upload may outlast one."""
        token = await self.transport.token.get()
        start = partial(
            begin,
            endpoint=grant.cas_url,
            token=grant.token,
            token_expiry_unix_secs=grant.expires_s,
            token_refresh_url=self.transport.endpoint + grant.refresh_path,
            token_refresh_headers={"Authorization": f"Bearer {token}"} if token else {},
            custom_headers={"User-Agent": self.transport.user_agent},
        )
        with move_on_after(self.patience_s):
            return await sessions.waited(start)
        raise HubTimeoutError(f"it could not be reached within {self.patience_s:g} s", outcome="not done")

    async def fetch(self, found: models.HfFileMetadata, target: Path) -> bool:
        """Get a file, which appears under its name only when it is whole and has the bytes that were announced.

        Returns:
            Whether it is there now; otherwise its plain bytes have to do.

        Raises:
            UsageError: The client is to use Xet storage, and hf-xet is missing.
        """
        data, size = found.xet_file_data, found.size
        is_silent = time.monotonic() - self._silent_s < RESPITE_S
        if is_silent or data is None or not size or len(found.etag) != _SHA256_DIGITS:
            return False
        path = data.refresh_route.removeprefix(self.transport.endpoint)
        try:
            grant = await self._grant_to_read(wire.grant_at(path))
            if grant is None:
                return False
            with self._doubting(grant):
                await self._fetch(grant, data.file_hash, size, found.etag, target)
        except UsageError:
            raise
        except Exception as exc:
            logger.debug("%s does not come by Xet storage: %s", target.name, said(exc))
            if isinstance(exc, HubTimeoutError):
                self._silent_s = time.monotonic()
            return False
        return True

    async def _fetch(self, grant: wire.XetGrant, name: str, size: int, sha256: str, target: Path) -> None:
        temporary = writing.temporary_name(target)
        await writing.make_folder(target.parent)
        try:
            async with sessions.SESSIONS.lease() as session:
                group = await self._begun(session.new_file_download_group, grant)

                async def come() -> None:
                    await sessions.waited(
                        group.start_download_file, sessions.library().XetFileInfo(name, size), str(temporary.absolute())
                    )
                    await sessions.waited(group.wait_to_finish)

                await sessions.watched(group, come, self.patience_s, storage=grant.cas_url)
            come_to = orders.LocalFile(path=target.name, source=temporary, size=size, sample=b"")
            if await files.sha256_of(come_to) != sha256:
                raise MalformedReplyError("its bytes are not those that the Hub announced", field="sha256")
            await files.in_thread(os.replace, temporary, target)
        finally:
            with CancelScope(shield=True):
                await files.in_thread(lambda: temporary.unlink(missing_ok=True))


def _keep(kept: dict[str, T], path: str, value: T) -> None:
    """Remember of not too many what was found."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[path] = value


def said(exc: Exception) -> str:
    """Repeat what went wrong, without what nobody should see."""
    return wire.without_signatures(str(exc)) or type(exc).__name__
