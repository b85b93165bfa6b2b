"""Git over HTTP, the server's side: dulwich answers, in worker threads, what `routes.git` lets through.

Source: git 2.39, "http-protocol" and "pack-protocol" of its technical documentation.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import anyio
from a2wsgi import WSGIMiddleware
from attrs import frozen
from dulwich.errors import ApplyDeltaError, ChecksumMismatch, GitProtocolError, ObjectFormatException
from dulwich.objects import ObjectID
from dulwich.protocol import (
    CAPABILITY_ATOMIC,
    CAPABILITY_FILTER,
    CAPABILITY_SIDE_BAND_64K,
    SIDE_BAND_CHANNEL_PROGRESS,
    ReceivableProtocol,
)
from dulwich.refs import Ref
from dulwich.repo import Repo
from dulwich.server import Backend, ReceivePackHandler, UploadPackHandler
from dulwich.web import GunzipFilter, HTTPGitApplication
from starlette.types import Message, Receive, Scope, Send

from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.git_reading import MAIN
from aiohfspaces.localhub.incoming import Incoming
from aiohfspaces.localhub.pushes import DECLINED, Move, find_arrivals, judge_files, judge_move
from aiohfspaces.localhub.refusals import Refusal, bad_request

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_MOST_AT_ONCE = 10
MAIN_REF = f"refs/heads/{MAIN}"
_VISIT = "aiohfspaces.git"
_BROKEN_PACK = (
    ApplyDeltaError,
    AssertionError,
    ChecksumMismatch,
    GitProtocolError,
    LookupError,
    ObjectFormatException,
    OSError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What dulwich raises for a pack that is cut or damaged."""


@frozen
class Visit:
    """One request of git's.

    Attributes:
        git: The repository that it is about.
        stored_size: Tells how many bytes an LFS object has; ``None`` if it never arrived.
        note: Called, with the repository locked, with each ref that a push has set and the id that it names now.
    """

    git: GitRepository
    stored_size: Callable[[str], int | None]
    note: Callable[[str, str], None]


class GitServer:
    """Answers git, at most ten requests at a time; bodies of any size pass in small pieces."""

    def __init__(self) -> None:
        """Start no thread: each request has one for itself."""
        self._limiter = anyio.CapacityLimiter(_MOST_AT_ONCE)

    async def serve(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            Refusal: It is not what git would send: 400.
        """
        # uvicorn has taken the chunks of a body apart already; dulwich would try it once more.
        headers = [(name, value) for name, value in scope["headers"] if name != b"transfer-encoding"]
        bridge: Any = WSGIMiddleware(cast(Any, GunzipFilter(_answer)), workers=1)
        try:
            async with self._limiter:
                await bridge({**scope, "headers": headers, _VISIT: visit}, receive, _begin_late(send))
        except GitProtocolError as exc:
            raise bad_request(f"This is not what git sends: {exc}") from exc
        finally:
            bridge.executor.shutdown(wait=False)


def _begin_late(send: Send) -> Send:
    """Hold the status back until there is a body: until then the work may fail, and is not kept."""
    waiting: list[Message] = []

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            waiting.append(message)
            return
        while waiting:
            await send(waiting.pop())
        await send(message)

    return send_on


def _answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    visit = environ["asgi.scope"][_VISIT]
    with closing(visit.git.reopen()) as repo:
        yield from HTTPGitApplication(_OneRepository(visit, repo), handlers=_HANDLERS)(environ, start_response)


class _OneRepository(Backend):
    """What dulwich asks for the repository: the one that the visit is about, whatever the path."""

    def __init__(self, visit: Visit, repo: Repo) -> None:
        self.visit = visit
        self._repo = repo

    def open_repository(self, path: str) -> Repo:
        return self._repo


class _Sending(UploadPackHandler):
    """Sends whole clones: one without blobs would ask for them by name later, which dulwich refuses."""

    def capabilities(self) -> list[bytes]:
        return [known for known in super().capabilities() if known != CAPABILITY_FILTER]

    def set_client_capabilities(self, caps: Iterable[bytes]) -> None:
        # git names it although it was not offered, having warned that it is going to be ignored.
        super().set_client_capabilities([known for known in caps if known != CAPABILITY_FILTER])


class _Receiving(ReceivePackHandler):
    """Lets the objects of a push wait aside, judges them, and moves refs under the repository's lock."""

    def __init__(self, backend: _OneRepository, args: Sequence[str], *rest: Any, **named: Any) -> None:
        super().__init__(backend, args, *rest, **named)
        self._visit = backend.visit

    def _apply_pack(self, refs: list[tuple[ObjectID, ObjectID, Ref]]) -> Iterator[tuple[bytes, bytes]]:
        moves = [Move(ref, old, new) for old, new, ref in refs]
        with self._visit.git.open_incoming() as incoming:
            if not all(move.deletes for move in moves):
                try:
                    incoming.receive(self.proto.read, self._proto_recv)
                except _BROKEN_PACK as exc:
                    yield b"unpack", " ".join(str(exc).split()).encode() or b"index-pack abnormal exit"
                    return
            yield b"unpack", b"ok"
            declined = self._inspect([move.new for move in moves if not move.deletes], incoming)
            with self._visit.git.lock:
                reasons = [declined] * len(moves) if declined else self._judge(moves, incoming)
                if not all(reasons):
                    self._visit.git.accept(incoming)
                for move, reason in zip(moves, reasons, strict=True):
                    yield move.ref, (reason or self._move(move) or "ok").encode()

    @property
    def _proto_recv(self) -> Callable[[int], bytes]:
        assert isinstance(self.proto, ReceivableProtocol)
        return self.proto.recv

    def _inspect(self, starts: list[bytes], incoming: Incoming) -> str | None:
        """Say why the push is refused for what it brings."""
        try:
            arrivals = find_arrivals(incoming.read, incoming.is_old, starts)
        except KeyError:
            return "missing necessary objects"
        declined = judge_files(arrivals, incoming.read, self._visit.stored_size)
        if declined is None:
            return None
        if self.has_capability(CAPABILITY_SIDE_BAND_64K):
            self.proto.write_sideband(SIDE_BAND_CHANNEL_PROGRESS, declined.encode())
        return DECLINED

    def _judge(self, moves: list[Move], incoming: Incoming) -> list[str | None]:
        """Say of each move why it is refused."""
        refs = self._visit.git.named()
        reasons = [judge_move(move, refs, incoming.read, MAIN_REF.encode()) for move in moves]
        if any(reasons) and self.has_capability(CAPABILITY_ATOMIC):
            return [reason or "atomic push failed" for reason in reasons]
        return reasons

    def _move(self, move: Move) -> str | None:
        git, name = self._visit.git, move.ref.decode()
        if move.deletes:
            git.delete_ref(name)
            return None
        try:
            git.set_ref(name, move.new.decode())
        except Refusal:
            return "failed to update ref"
        self._visit.note(name, move.new.decode())
        return None


_HANDLERS: dict[bytes, Any] = {b"git-upload-pack": _Sending, b"git-receive-pack": _Receiving}
