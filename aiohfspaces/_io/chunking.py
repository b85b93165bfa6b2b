"""Large files of an upload that go into Xet storage: of each, the chunks that it does not have yet.

hf-xet reads a file once, and hashes it meanwhile. What it has sent counts for nothing until the end, when all
files that have come are registered together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from anyio import Lock
from anyio.streams.memory import MemoryObjectReceiveStream
from attrs import define, field

from aiohfspaces._io.crowd import crew
from aiohfspaces._io.sessions import waited, watched
from aiohfspaces._io.sources import raise_if_changed
from aiohfspaces._io.telling import Tally
from aiohfspaces._io.xet import Xet, said
from aiohfspaces._plan.chunking import goes_in_chunks, look_of
from aiohfspaces._plan.orders import Branch, LocalFile
from aiohfspaces._plan.states import ToHash, ToStore
from aiohfspaces._wire.uploads import LfsObject
from aiohfspaces._wire.xet import XetGrant, write_grant
from aiohfspaces.errors import FileChangedError, HubTimeoutError, SpacesError, UploadError

CHUNKING_TASKS = 4
"""Files that hf-xet reads at once: it takes about 100 MiB of memory for each, and as much again for what it sends."""

_NOT_TAKEN = "The Xet storage has not taken these files, which go by LFS where the client has xet=False:"

ToChunk: TypeAlias = ToHash | ToStore
"""A large file whose id hf-xet finds out, or one that is known to be new."""


@define(eq=False)
class Chunking:
    """What one call of a user's puts into Xet storage, however many attempts it takes.

    Attributes:
        xet: The client's way there.
        stored: What is there for good.
        is_granted: Whether files may go there; ``None`` if nobody has asked yet.
    """

    xet: Xet
    stored: set[LfsObject] = field(factory=set)
    is_granted: bool | None = None
    _asking: Lock = field(factory=Lock, init=False)

    async def grant(self, to: Branch) -> XetGrant | None:
        """Ask for the right to write; ``None`` if files go by LFS."""
        return await self.xet.grant(write_grant(to.repo_id, to.repo_type, to.revision, create_pr=to.create_pr))

    async def takes(self, file: LocalFile, to: Branch) -> bool:
        """Tell whether a large file goes this way."""
        if not goes_in_chunks(file):
            return False
        async with self._asking:
            if self.is_granted is None:
                self.is_granted = await self.grant(to) is not None
        return self.is_granted


@define(eq=False)
class Consignment:
    """The files of one attempt, on their way.

    Attributes:
        chunking: What is known from the attempts before.
        to: Where they go.
        tally: Counts what is done.
        twins: Looks that several files have.
        settle: Is given each file with its object, as soon as that is known.
        is_hopeless: Tells whether there will be no commit, so that nothing more is sent.
        awaited: Objects that are read by their id, so that each is read once.
        objects: Path to object, of what has been read.
        reading: Files that hf-xet reads now.
        bytes_sent: How much has travelled.
        is_registering: Whether all has been read.
    """

    chunking: Chunking
    to: Branch
    tally: Tally
    twins: set[tuple[int, bytes]]
    settle: Callable[[ToStore], None]
    is_hopeless: Callable[[], bool]
    awaited: set[LfsObject] = field(factory=set)
    objects: dict[str, LfsObject] = field(factory=dict)
    reading: dict[str, LocalFile] = field(factory=dict)
    bytes_sent: int = 0
    is_registering: bool = False

    async def takes(self, file: LocalFile) -> bool:
        """Tell whether a large file goes this way."""
        return await self.chunking.takes(file, self.to)

    def hashes(self, state: ToHash) -> bool:
        """Tell whether hf-xet finds out the id: not where that decides whether the file is read at all."""
        return state.present is None and look_of(state.file) not in self.twins

    def is_new(self, wanted: LfsObject) -> bool:
        """Tell whether an object has to be read, and expect it from now on."""
        if wanted in self.awaited or wanted in self.chunking.stored:
            return False
        self.awaited.add(wanted)
        return True

    async def send(self, out: MemoryObjectReceiveStream[ToChunk]) -> None:
        """Send what comes, and register it when no more does.

        Raises:
            UploadError: Something could not be stored; it names the files.
            FileChangedError: One changed meanwhile.
        """
        async with out:
            async for first in out:
                if self.is_hopeless():
                    continue
                try:
                    await self._send(first, out)
                except Exception as exc:
                    if isinstance(exc, SpacesError) and not isinstance(exc, HubTimeoutError):
                        raise
                    raise await self._failure(exc) from exc

    async def _send(self, first: ToChunk, out: MemoryObjectReceiveStream[ToChunk]) -> None:
        self.reading[first.file.path] = first.file
        grant = await self.chunking.grant(self.to)
        if grant is None:
            raise HubTimeoutError("the right to write has ended", outcome="not done")
        async with self.chunking.xet.uploading(grant) as commit:
            await watched(
                commit,
                partial(self._read_all, commit, first, out),
                self.chunking.xet.patience_s,
                storage=grant.cas_url,
                told=self._tell,
                is_idle=lambda: not self.reading and not self.is_registering,
            )
        self._count()

    async def _read_all(self, commit: Any, first: ToChunk, out: MemoryObjectReceiveStream[ToChunk]) -> None:
        async def read_on(state: ToChunk | None = None) -> None:
            if state is not None:
                await self._read(commit, state)
            async for following in out:
                await self._read(commit, following)

        async with crew() as start:
            start(read_on, first)
            for _ in range(CHUNKING_TASKS - 1):
                start(read_on)
        self.is_registering = True
        await waited(commit.wait_to_finish)

    async def _read(self, commit: Any, state: ToChunk) -> None:
        """Let hf-xet read a file, and learn its id."""
        file = state.file
        if self.is_hopeless():
            self.reading.pop(file.path, None)
            return
        self.reading[file.path] = file
        self.tally.expect(file.size)
        known = {"sha256": state.wanted.oid} if isinstance(state, ToStore) else {}
        handle = await waited(partial(_begin, commit, file, known))
        read = (await waited(handle.result)).xet_info
        await raise_if_changed([file])  # before it is registered: other bytes, under an id that was known before
        if isinstance(state, ToHash):
            self.tally.files_hashed += 1
            self.tally.bytes_hashed += file.size
            state = ToStore(file, LfsObject(read.sha256, file.size))
        self.objects[file.path] = state.wanted
        del self.reading[file.path]
        self.settle(state)

    def _tell(self, report: Any) -> None:
        sent = report.total_transfer_bytes_completed
        self.tally.bytes_sent += sent - self.bytes_sent
        self.bytes_sent = sent
        self.tally.changed()

    def _count(self) -> None:
        """Count what has come; what the storage had already does not travel any more."""
        self.chunking.stored.update(self.objects.values())
        self.tally.files_sent += len(self.objects)
        self.tally.bytes_total += self.bytes_sent - sum(stored.size for stored in self.objects.values())

    async def _failure(self, exc: Exception) -> UploadError:
        """Say of which files hf-xet did not get through, and whether it is they that have changed."""
        try:
            await raise_if_changed(list(self.reading.values()))
        except FileChangedError as changed:
            return changed
        is_of_all = isinstance(exc, HubTimeoutError) or not self.reading
        files = [*self.objects, *self.reading] if is_of_all else self.reading
        return UploadError(_NOT_TAKEN, failures=dict.fromkeys(files, said(exc)))


def _begin(commit: Any, file: LocalFile, known: dict[str, str]) -> Any:
    if isinstance(file.source, str | Path):
        return commit.start_upload_file(str(Path(file.source).absolute()), **known)
    return commit.start_upload_bytes(file.source, name=file.path, **known)
