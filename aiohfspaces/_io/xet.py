"""Files in Xet storage. The one door to hf-xet, whose own threads chunk, send and fetch.

Its calls block and free the interpreter meanwhile, so each waits in a worker thread that nobody waits for
once it is given up: what it waits for is aborted, which ends it within milliseconds.
"""

from __future__ import annotations

import importlib
import logging
import math
import os
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeVar

import anyio.to_thread
from anyio import CancelScope, CapacityLimiter, Event, Lock, current_time, move_on_after
from attrs import define, field

from aiohfspaces._io.crowd import crew
from aiohfspaces._io.files import in_thread, make_folder, sha256_of
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.transport import Transport
from aiohfspaces._plan.chunking import FOLD, Standstill
from aiohfspaces._plan.orders import LocalFile
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.xet import SPARE_S, XetGrant, grant_at, without_signatures
from aiohfspaces.errors import HubTimeoutError, MalformedReplyError, NotFoundError, UsageError
from aiohfspaces.models import HfFileMetadata

T = TypeVar("T")

logger = logging.getLogger("aiohfspaces")

LOOK_S = 0.1
"""How often a transfer is looked at."""

WAITING_THREADS = 32
"""Threads of an event loop that wait for hf-xet, at the most; hf-xet's own are as many as it likes."""

RESPITE_S = 300.0
"""How long downloads leave a storage alone that has not answered: each of them would wait for it again."""

_CONFIG = {"telemetry.enabled": False, "client.connect_timeout": "10s"}
_TRUE = {"1", "ON", "YES", "TRUE"}
_SHA256_DIGITS = 64
_MOST_GRANTS = 256
_WAITERS = PerLoop(lambda: CapacityLimiter(WAITING_THREADS))


class Transfer(Protocol):
    """Files on their way, as hf-xet has them: an upload commit, or a download group."""

    def progress(self) -> Any:
        """Tell how far they are; does not block."""

    def abort(self) -> None:
        """Give up; whoever waits is told so."""

    def wait_to_finish(self) -> Any:
        """Wait for the last of them."""


async def waited(function: Callable[..., T], *args: Any) -> T:
    """Wait for hf-xet in a thread that is left to itself if the caller gives up."""
    return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=True, limiter=_WAITERS.here())


@define(eq=False)
class _Session:
    """A session of hf-xet: threads and connections that several transfers share."""

    session: Any
    process: int
    users: int = 0
    is_spoilt: bool = False

    @property
    def is_good(self) -> bool:
        """Whether more may use it: its threads do not survive a fork."""
        return not self.is_spoilt and self.process == os.getpid()


class _Sessions:
    """The session of this process.

    A transfer that is aborted leaves requests behind that go on for minutes, if the storage is silent. Only
    the end of their session ends them: so none joins it any more, and the last one out ends it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: _Session | None = None

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Any]:
        """Give a session for one transfer; whatever the block raises, nothing of that transfer goes on."""
        held = await waited(self._get)
        while not self._joined(held):
            held = await waited(self._get)
        try:
            yield held.session
        except BaseException:
            held.is_spoilt = True
            raise
        finally:
            with self._lock:
                held.users -= 1
                is_over = held.is_spoilt and not held.users and held.process == os.getpid()
            if is_over:
                held.session.sigint_abort()

    def _joined(self, held: _Session) -> bool:
        """Count one more user, unless the session has ended meanwhile: whoever used it then would be interrupted."""
        with self._lock:
            held.users += held.is_good
            return held.is_good

    def _get(self) -> _Session:
        library = importlib.import_module("hf_xet")
        with self._lock:
            if self._current is None or not self._current.is_good:
                session = library.XetSession(library.XetConfig().with_config(_CONFIG))
                self._current = _Session(session, os.getpid())
            return self._current


_SESSIONS = _Sessions()


def _load() -> ModuleType | None:
    try:
        return importlib.import_module("hf_xet")
    except ImportError:
        return None


async def watched(
    transfer: Transfer,
    work: Callable[[], Awaitable[None]],
    patience_s: float,
    *,
    told: Callable[[Any], Awaitable[None]] | None = None,
    is_idle: Callable[[], bool] = lambda: False,
) -> None:
    """Do what waits for a transfer, and look meanwhile how far it is; unless it is done then, it is aborted.

    Args:
        transfer: What is waited for.
        work: Waits.
        patience_s: How long nothing may move.
        told: Is given hf-xet's report at each look, and once more in the end.
        is_idle: Tells whether there is nothing that could move.

    Raises:
        HubTimeoutError: Nothing has moved for so long.
    """
    still, ended = Standstill(patience_s, current_time()), Event()

    async def look() -> None:
        while not ended.is_set():
            with move_on_after(LOOK_S):
                await ended.wait()
            report = transfer.progress()
            if told is not None:
                await told(report)
            if is_idle():
                still.since_s = current_time()
            elif still.is_over(_moved(report), current_time()) and not ended.is_set():
                raise HubTimeoutError(f"nothing has moved for {patience_s:g} s", outcome="unknown")

    async def do() -> None:
        await work()
        ended.set()

    try:
        async with crew() as start:
            start(look)
            start(do)
    finally:
        if not ended.is_set():
            transfer.abort()


def _moved(report: Any) -> tuple[int, ...]:
    """Pick what grows while hf-xet gets on: bytes, and what the storage has looked at in the end."""
    bytes_moved = (report.total_bytes, report.total_bytes_completed, report.total_transfer_bytes_completed)
    if report.shard is None:
        return bytes_moved
    shard = report.shard
    return (
        *bytes_moved,
        shard.total_shard_bytes_upload_completed,
        shard.total_shard_validation_entries_completed,
        shard.total_shards_completed,
    )


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
    _grants: dict[str, XetGrant] = field(factory=dict, init=False)
    _asking: PerLoop[Lock] = field(factory=lambda: PerLoop(Lock), init=False)
    _silent_s: float = field(default=-math.inf, init=False)

    @property
    def patience_s(self) -> float:
        """How long nothing may move, in seconds."""
        return FOLD * self.transport.timeout.read

    async def grant(self, call: Call[XetGrant]) -> XetGrant | None:
        """Ask for a token, unless there is one yet; ``None`` if Xet storage is not used here, or nobody grants one.

        Raises:
            UsageError: The client is to use it, and hf-xet is missing.
            SpacesError: The Hub could not be asked.
        """
        if await self._library() is None:
            return None
        async with self._asking.here():
            held = self._grants.get(call.path)
            if held is not None and held.expires_s - SPARE_S > time.time():
                return held
            try:
                granted = await self.transport.send(call)
            except NotFoundError:
                logger.debug("%s: no Xet storage here, so large files go without it", call.path.partition("?")[0])
                return None
            if len(self._grants) >= _MOST_GRANTS:
                self._grants.clear()
            self._grants[call.path] = granted
            return granted

    async def _library(self) -> ModuleType | None:
        is_off = os.environ.get("HF_HUB_DISABLE_XET", "").upper() in _TRUE
        if is_off or self.wanted is False or (self.wanted is None and not self.is_plain):
            return None
        library = await in_thread(_load)
        if library is None and self.wanted:
            raise UsageError("xet: expected hf-xet, which the extra brings: pip install 'aiohfspaces[xet]'")
        return library

    @asynccontextmanager
    async def uploading(self, grant: XetGrant) -> AsyncIterator[Any]:
        """Begin an upload commit of hf-xet, of which nothing goes on after the block.

        Raises:
            HubTimeoutError: The storage did not answer.
            Exception: Whatever hf-xet says.
        """
        async with _SESSIONS.lease() as session:
            yield await self._begun(session.new_upload_commit, grant)

    async def _begun(self, begin: Callable[..., T], grant: XetGrant) -> T:
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
            return await waited(start)
        raise HubTimeoutError(f"it could not be reached within {self.patience_s:g} s", outcome="not done")

    async def fetch(self, found: HfFileMetadata, target: Path) -> bool:
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
            grant = await self.grant(grant_at(path))
            if grant is None:
                return False
            await self._fetch(grant, data.file_hash, size, found.etag, target)
        except UsageError:
            raise
        except Exception as exc:
            logger.debug("%s does not come by Xet storage: %s", target.name, said(exc))
            if isinstance(exc, HubTimeoutError):
                self._silent_s = time.monotonic()
            return False
        return True

    async def _fetch(self, grant: XetGrant, name: str, size: int, sha256: str, target: Path) -> None:
        temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.incomplete")
        await make_folder(target.parent)
        try:
            info = importlib.import_module("hf_xet").XetFileInfo(name, size)
            async with _SESSIONS.lease() as session:
                group = await self._begun(session.new_file_download_group, grant)

                async def come() -> None:
                    await waited(group.start_download_file, info, str(temporary.absolute()))
                    await waited(group.wait_to_finish)

                await watched(group, come, self.patience_s)
            if await sha256_of(LocalFile(path=target.name, source=temporary, size=size, sample=b"")) != sha256:
                raise MalformedReplyError("its bytes are not those that the Hub announced", field="sha256")
            await in_thread(os.replace, temporary, target)
        finally:
            with CancelScope(shield=True):
                await in_thread(lambda: temporary.unlink(missing_ok=True))


def said(exc: Exception) -> str:
    """Repeat what went wrong, without what nobody should see."""
    return without_signatures(str(exc)) or type(exc).__name__
