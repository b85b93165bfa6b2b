"""Making files ready for a commit: asking how the Hub wants them, hashing them, storing the large ones.

A pipeline: the first bytes leave while the last files are still being hashed. Between its stages are
streams of a bounded length, so that a stage waits for the one behind it. Objects that were stored
without a commit change nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol, TypeAlias, TypeVar

from anyio import CancelScope, EndOfStream, Lock, WouldBlock, create_memory_object_stream, current_time, move_on_after
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import define, field

from aiohfspaces._io.chunking import Chunking, Consignment, ToChunk
from aiohfspaces._io.crowd import crew
from aiohfspaces._io.files import git_blob_id_of, sha256_of, text_of
from aiohfspaces._io.telling import Tally
from aiohfspaces._plan.allowances import TRANSFER_TASKS
from aiohfspaces._plan.chunking import suspected_twins
from aiohfspaces._plan.limits import raise_if_too_large
from aiohfspaces._plan.orders import Branch, LocalFile
from aiohfspaces._plan.states import Ignored, Ready, Settled, ToHash, ToStore, classified, regular_among
from aiohfspaces._plan.transferring import Shipment, is_full, is_worth_a_call, refusals, shipments
from aiohfspaces._plan.uploading import batches, modes_of
from aiohfspaces._wire.calls import Call, FileRange, watched
from aiohfspaces._wire.uploads import (
    PREUPLOAD_FILES,
    LfsObject,
    complete_object,
    lfs_batch,
    preupload,
    store_object,
    store_part,
    verify_object,
)
from aiohfspaces.errors import SpacesError, UploadError

T = TypeVar("T")

CALL_TASKS = 8
"""Calls of one kind under way at once."""

BATCH_TASKS = 3
"""LFS batches at once; what they ask for is not sent at once, and the addresses that they get are not good for ever."""

HASHING_TASKS = 2
"""Files that are hashed at once."""

WAITING_FILES = 1024
"""Files that wait between two stages."""

LONGEST_IGNORES = 1024 * 1024
"""Bytes of a ``.gitignore``."""

GRACE_S = 0.5
"""How long transfers go on beside one that has failed: most fail for the same reason, and the error names them all."""

PATIENCE_S = 0.05
"""How long a batch that is not full waits for more before it looks again whether somebody waits for it."""


Ids: TypeAlias = dict[tuple[str, bool], str]
"""Path, and whether it is large, to id: a SHA-256 in hex, or a git id."""


class Send(Protocol):
    """Sends a call and gives what its reply means."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


@define(eq=False)
class Prepared:
    """What became of the files.

    Attributes:
        states: Path to what was found out of the file.
        heads: The heads that the Hub compared them with: one, unless somebody has committed meanwhile, or
            none if it does not say.
    """

    states: dict[str, Settled] = field(factory=dict)
    heads: set[str] = field(factory=set)


async def prepare(
    send: Send,
    to: Branch,
    files: Sequence[LocalFile],
    tally: Tally,
    *,
    ids: Ids | None = None,
    git_ignore: str | None = None,
    only_large: bool = False,
    most_regular_bytes: int | None = None,
    max_workers: int = TRANSFER_TASKS,
    refuses: Callable[[str], bool] = lambda head: False,
    strict: bool = False,
    chunking: Chunking | None = None,
    only_asks: bool = False,
) -> Prepared:
    """Find out what becomes of each file, and store the large ones that have changed.

    Args:
        send: Sends calls.
        to: Where they go.
        files: The files, each path once.
        tally: Counts what is done.
        ids: What was hashed before; more come in, so that nothing is hashed twice.
        git_ignore: A ``.gitignore`` to go by; ``None`` for the one among the files, or the repository's.
        only_large: Whether regular files stay as they are.
        most_regular_bytes: How many bytes the regular files that have changed may have; where they have more,
            nothing else is stored.
        max_workers: How many requests to the storage may be under way.
        refuses: Tells whether there will be no commit on a head, so that nothing is stored for it.
        strict: Whether there will be none where a file is ignored.
        chunking: Puts large files into Xet storage, if the Hub lets it.
        only_asks: Whether nothing is stored, since only what the Hub leaves out is of interest.

    Raises:
        CommitTooLargeError: They have more.
        UploadError: Some cannot be stored; it names them.
        FileChangedError: One changed meanwhile.
        HubHTTPError: The Hub refused.
        HubConnectionError: The Hub cannot be reached.
    """
    own_ignores = [file for file in files if file.path == ".gitignore"]
    if git_ignore is None and own_ignores:
        git_ignore = await _text_of_ignores(own_ignores[0])
    known = {} if ids is None else ids
    line = _Pipeline(send, to, git_ignore, only_large, most_regular_bytes, refuses, strict, tally, known)
    if chunking is not None:
        twins = suspected_twins(files)
        line.consignment = Consignment(chunking, to, tally, twins, line.settle_chunked, lambda: line.is_hopeless)
    line.is_refused = only_asks
    await line.run(files, max_workers)
    return line.prepared


async def _text_of_ignores(file: LocalFile) -> str:
    """Read a ``.gitignore``, which each preupload call repeats."""
    if file.size > LONGEST_IGNORES:
        why = f"it has {file.size} bytes, and each preupload call would repeat them: at most {LONGEST_IGNORES}"
        raise UploadError("A .gitignore is too long:", failures={file.path: why})
    return await text_of(file, LONGEST_IGNORES)


@define(eq=False)
class _Pipeline:
    """The stages, each a method that several tasks run at once."""

    send: Send
    to: Branch
    git_ignore: str | None
    only_large: bool
    most_regular_bytes: int | None
    refuses: Callable[[str], bool]
    strict: bool
    tally: Tally
    ids: Ids
    prepared: Prepared = field(factory=Prepared)
    wanted: dict[LfsObject, list[LocalFile]] = field(factory=dict)
    refused: dict[LfsObject, str] = field(factory=dict)
    failed: dict[str, SpacesError] = field(factory=dict)
    is_refused: bool = False
    regular_bytes: int = 0
    calls: int = 0
    gathering: Lock = field(factory=Lock)
    time: CancelScope = field(factory=CancelScope)
    consignment: Consignment | None = None

    @property
    def is_hopeless(self) -> bool:
        """Whether there will be no commit, so that nothing has to be stored for it."""
        is_too_large = self.most_regular_bytes is not None and self.regular_bytes > self.most_regular_bytes
        return is_too_large or self.is_refused or bool(self.failed)

    async def run(self, files: Sequence[LocalFile], max_workers: int) -> None:
        """Run all stages until the last file is through."""
        to_hash_in, to_hash = create_memory_object_stream[ToHash](WAITING_FILES)
        to_store_in, to_store = create_memory_object_stream[ToStore](WAITING_FILES)
        to_send_in, to_send = create_memory_object_stream[_Piece](max_workers)
        to_chunk_in, to_chunk = create_memory_object_stream[ToChunk](WAITING_FILES)
        asked = batches(files, PREUPLOAD_FILES)
        with self.time:
            async with (
                crew() as start,
                to_hash_in,
                to_hash,
                to_store_in,
                to_store,
                to_send_in,
                to_send,
                to_chunk_in,
                to_chunk,
            ):
                for _ in range(CALL_TASKS):
                    start(self.classify, asked, to_hash_in.clone())
                for _ in range(HASHING_TASKS):
                    start(self.hash, to_hash.clone(), to_store_in.clone(), to_chunk_in.clone())
                for _ in range(BATCH_TASKS):
                    start(self.batch, to_store.clone(), to_send_in.clone())
                for _ in range(max_workers):
                    start(self.transfer, to_send.clone())
                start(self.chunk, to_chunk.clone())
        if self.is_refused:
            return
        if self.most_regular_bytes is not None:
            states = self.prepared.states
            known = [states[file.path] for file in files if file.path in states]
            raise_if_too_large(regular_among(known), self.most_regular_bytes)
        if self.refused:
            failures = {file.path: why for stored, why in self.refused.items() for file in self.wanted[stored]}
            count = sum(map(len, self.wanted.values()))
            raise UploadError(f"{len(failures)} of {count} files cannot be stored:", failures=failures)
        if self.failed:
            first = next(iter(self.failed.values()))
            told = {path: str(exc) for path, exc in self.failed.items()}
            raise UploadError(f"{len(told)} files could not be stored:", failures=told) from first

    async def classify(self, asked: Iterable[list[LocalFile]], into: MemoryObjectSendStream[ToHash]) -> None:
        """Ask how the Hub wants files, so many at a time."""
        to = self.to
        async with into:
            for files in asked:
                if self.failed:
                    return
                reply = await self.send(
                    preupload(
                        to.repo_id,
                        to.repo_type,
                        to.revision,
                        files,
                        git_ignore=self.git_ignore,
                        create_pr=to.create_pr,
                    )
                )
                if reply.head is not None:
                    self.prepared.heads.add(reply.head)
                    self.is_refused |= self.refuses(reply.head)
                modes = modes_of(files, reply.files)
                for file in files:
                    state = classified(file, modes[file.path])
                    if isinstance(state, ToHash) and (state.is_large or not self.only_large):
                        await into.send(state)
                    else:
                        self._settle(Ready(file, None) if isinstance(state, ToHash) else state)

    def _settle(self, state: Settled) -> None:
        """Note what became of a file."""
        self.prepared.states[state.file.path] = state
        self.is_refused |= self.strict and isinstance(state, Ignored)
        if isinstance(state, Ready) and state.stored is None:
            self.regular_bytes += state.file.size
            self.tally.expect(state.file.size)

    async def chunk(self, out: MemoryObjectReceiveStream[ToChunk]) -> None:
        """Let hf-xet store what it can, if the Hub lets it."""
        async with out:
            if self.consignment is not None:
                await self.consignment.send(out)

    def settle_chunked(self, state: ToStore) -> None:
        """Note what hf-xet has read."""
        self.ids[state.file.path, True] = state.wanted.oid
        self._settle(state.stored())

    async def hash(
        self,
        out: MemoryObjectReceiveStream[ToHash],
        into: MemoryObjectSendStream[ToStore],
        chunks: MemoryObjectSendStream[ToChunk],
    ) -> None:
        """Compute the ids that are not known yet; of a new file that goes in chunks hf-xet will."""
        async with out, into, chunks:
            async for state in out:
                if self.is_hopeless and state.is_large:
                    continue
                line = self.consignment
                consignment = line if line is not None and state.is_large and await line.takes(state.file) else None
                if consignment is not None and consignment.hashes(state) and (state.file.path, True) not in self.ids:
                    await chunks.send(state)
                    continue
                found = state.hashed(await self._id_of(state))
                if not isinstance(found, ToStore):
                    self._settle(found)
                elif consignment is None:
                    await into.send(found)
                elif consignment.is_new(found.wanted):
                    await chunks.send(found)
                else:
                    self._settle(found.stored())
                self.tally.changed()

    async def _id_of(self, state: ToHash) -> str:
        file, ids = state.file, self.ids
        key = (file.path, state.is_large)
        if key not in ids:
            if file.stored is None:
                ids[key] = await (sha256_of(file) if state.is_large else git_blob_id_of(file))
                self.tally.files_hashed += 1
                self.tally.bytes_hashed += file.size
            else:
                ids[key] = file.stored
        return ids[key]

    async def batch(self, out: MemoryObjectReceiveStream[ToStore], into: MemoryObjectSendStream[_Piece]) -> None:
        """Ask where large files go, so many at a time, or fewer if somebody waits for them."""
        to = self.to
        revision = None if to.create_pr else to.revision
        async with out, into:
            while states := await self._gathered(out, into):
                wanted = self._new_objects(states)
                if not wanted or self.is_hopeless:
                    continue
                answers = await self.send(lfs_batch(to.repo_id, to.repo_type, revision, wanted))
                by_oid = {answer.oid: answer for answer in answers}
                self.refused |= refusals(wanted, by_oid)
                if self.refused:
                    continue  # all that is refused is asked for, so that the error can name it; nothing is sent
                for shipment in shipments(wanted, by_oid):
                    self.tally.expect(shipment.wanted.size)
                    delivery = _Delivery(shipment)
                    for number, content in enumerate(shipment.pieces):
                        await into.send(_Piece(delivery, number, content))

    async def _gathered(
        self, out: MemoryObjectReceiveStream[ToStore], into: MemoryObjectSendStream[_Piece]
    ) -> list[ToStore]:
        """Gather what there is, and as long as the transfers have enough to do, what comes; nothing at the end."""
        found: list[ToStore] = []
        size = 0

        def add(state: ToStore) -> None:
            nonlocal size
            found.append(state)
            size += state.file.size

        async with self.gathering:  # one after the other: few full calls rather than many that are nearly empty
            with suppress(EndOfStream):
                add(await out.receive())
                began = current_time()
                self.calls += 1
                while not is_full(len(found), size):
                    with suppress(WouldBlock):
                        add(out.receive_nowait())
                        continue
                    waited_s = current_time() - began
                    if into.statistics().tasks_waiting_receive and is_worth_a_call(found, self.calls, waited_s):
                        break
                    with move_on_after(PATIENCE_S):
                        add(await out.receive())
        return found

    def _new_objects(self, states: Iterable[ToStore]) -> dict[LfsObject, list[LocalFile]]:
        """Note what is going to be stored, each content once."""
        new: dict[LfsObject, list[LocalFile]] = {}
        for state in states:
            self._settle(state.stored())
            if state.wanted in self.wanted:
                self.wanted[state.wanted].append(state.file)
            else:
                new[state.wanted] = self.wanted[state.wanted] = [state.file]
        return new

    async def transfer(self, out: MemoryObjectReceiveStream[_Piece]) -> None:
        """Put objects and parts of objects into the storage."""
        async with out:
            async for piece in out:
                if self.is_hopeless or self.refused:
                    continue
                try:
                    await self._put(piece)
                except UploadError:
                    raise
                except SpacesError as exc:
                    self.failed |= dict.fromkeys((file.path for file in piece.delivery.shipment.files), exc)
                    self.time.deadline = min(self.time.deadline, current_time() + GRACE_S)
                self.tally.changed()

    async def _put(self, piece: _Piece) -> None:
        shipment, tags = piece.delivery.shipment, piece.delivery.tags
        upload, content = shipment.upload, piece.content
        with self.tally.sending(content.size) as on_sent:
            if upload.part_size is None:
                await self.send(watched(store_object(shipment.href, upload.headers, content), on_sent))
            else:
                tags[piece.number] = await self.send(watched(store_part(upload.parts[piece.number], content), on_sent))
        if upload.part_size is not None:
            if len(tags) < len(upload.parts):
                return
            ordered = [tags[number] for number in range(len(tags))]
            await self.send(complete_object(shipment.href, upload.oid, ordered))
        if upload.verify is not None:
            await self.send(verify_object(upload.verify, shipment.wanted))
        self.tally.files_sent += 1


@define(eq=False)
class _Delivery:
    """An object on its way: what the storage calls the parts that are there."""

    shipment: Shipment
    tags: dict[int, str] = field(factory=dict)


@define(eq=False)
class _Piece:
    """One request of a delivery."""

    delivery: _Delivery
    number: int
    content: FileRange
