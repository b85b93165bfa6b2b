from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import httpcore
import pytest
import trustme
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.tls import TLSStream

from aiohfspaces._io.sockets import (
    MOST_UNREAD,
    AddressInfo,
    AsyncioSockets,
    AsyncioStream,
    Connection,
    _by_turns,
    _first,
)

pytestmark = pytest.mark.anyio

LONG_S = 5.0
SHORT_S = 0.02
BIG = bytes(range(256)) * 4096 * 16  # more than the buffers of both sockets hold


@asynccontextmanager
async def joined() -> AsyncIterator[tuple[AsyncioStream, SocketStream]]:
    """Connect to a server of this block; give both ends."""
    ends: list[SocketStream] = []
    accepted, over = anyio.Event(), anyio.Event()

    async def serve(stream: SocketStream) -> None:
        ends.append(stream)
        accepted.set()
        await over.wait()
        await stream.aclose()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        mine = await AsyncioSockets().connect_tcp("127.0.0.1", listener.extra(SocketAttribute.local_port), LONG_S)
        await accepted.wait()
        try:
            yield mine, ends[0]
        finally:
            await mine.aclose()
            over.set()
            group.cancel_scope.cancel()


async def test_no_more_is_read_than_asked_for() -> None:
    """What is left waits for the next read."""
    async with joined() as (mine, theirs):
        await theirs.send(b"abcdef")
        assert b"abcd" == await mine.read(4, LONG_S)
        assert b"ef" == await mine.read(4, LONG_S)


async def test_the_end_is_read_as_nothing() -> None:
    """Again and again, after all that came before it."""
    async with joined() as (mine, theirs):
        await theirs.send(b"last")
        await theirs.send_eof()
        assert [b"last", b"", b""] == [await mine.read(9, LONG_S) for _ in range(3)]
        assert mine.get_extra_info("is_readable")


async def test_an_idle_connection_is_readable_once_something_comes() -> None:
    """By which httpcore knows that it must not send on it."""
    async with joined() as (mine, theirs):
        assert not mine.get_extra_info("is_readable")
        await theirs.send(b"unasked")
        await mine._connection.woken(LONG_S)
        assert mine.get_extra_info("is_readable")


async def test_a_read_has_its_time() -> None:
    """And what comes afterwards can still be read."""
    async with joined() as (mine, theirs):
        with pytest.raises(httpcore.ReadTimeout):
            await mine.read(9, SHORT_S)
        await theirs.send(b"late")
        assert b"late" == await mine.read(9, LONG_S)


async def test_a_broken_connection_fails_reads_and_writes() -> None:
    """After what had come before it broke."""
    async with joined() as (mine, theirs):
        await theirs.send(b"before")
        await mine._connection.woken(LONG_S)
        raw = theirs.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        await theirs.aclose()  # which resets it, since it does not linger
        while not mine._connection.is_lost:
            await mine._connection.woken(LONG_S)
        assert b"before" == await mine.read(9, LONG_S)
        with pytest.raises(httpcore.ReadError):
            await mine.read(9, LONG_S)
        with pytest.raises(httpcore.WriteError):
            await mine.write(b"more", LONG_S)


async def test_nobody_reads_ahead_for_ever() -> None:
    """A reader that takes its time holds up the sender, not its own memory; nothing is lost."""
    async with joined() as (mine, theirs), anyio.create_task_group() as group:
        group.start_soon(theirs.send, BIG)
        await mine._connection.woken(LONG_S)
        with anyio.move_on_after(SHORT_S):
            while True:
                await mine._connection.woken(None)
        ahead = sum(map(len, mine._connection.unread))
        assert MOST_UNREAD <= ahead < 2 * MOST_UNREAD
        came = bytearray()
        while len(came) < len(BIG):
            came += await mine.read(1 << 16, LONG_S)
        assert came == BIG


async def test_a_write_waits_for_the_other_side() -> None:
    """It has its time, too; what was taken arrives."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        mine = await AsyncioSockets().connect_tcp("127.0.0.1", listener.getsockname()[1], LONG_S)
        theirs, _ = await loop.sock_accept(listener)
        with theirs:
            with pytest.raises(httpcore.WriteTimeout):
                await mine.write(BIG, SHORT_S)
            came = 0
            async with anyio.create_task_group() as group:
                group.start_soon(mine.write, b"end", LONG_S)
                while came < len(BIG) + 3:
                    came += len(await loop.sock_recv(theirs, 1 << 20))
        await mine.aclose()


async def test_a_cancelled_read_leaves_the_connection_as_it_was() -> None:
    """Which asyncio's own cancellation does as anyio's."""
    async with joined() as (mine, theirs):
        reading = asyncio.ensure_future(mine.read(9, LONG_S))
        await anyio.wait_all_tasks_blocked()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await theirs.send(b"after")
        assert b"after" == await mine.read(9, LONG_S)


async def test_a_closed_stream_is_closed_when_it_says_so() -> None:
    """The other side has its end, and closing again does nothing."""
    async with joined() as (mine, theirs):
        await mine.aclose()
        assert mine._connection.closed.done()
        with pytest.raises(anyio.EndOfStream):
            await theirs.receive()
        await mine.aclose()


async def test_where_nobody_listens_is_a_failed_connect() -> None:
    """And so is a name that nobody knows, or that is none."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(SocketAttribute.local_port)
    for host in ("127.0.0.1", "name.invalid", "name..invalid", "n" * 64):
        with pytest.raises(httpcore.ConnectError):
            await AsyncioSockets().connect_tcp(host, port, LONG_S)


async def test_a_handshake_that_fails_closes_the_socket(authority: trustme.CA) -> None:
    """Be it that it is refused, takes too long, or is cancelled."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with joined() as (mine, theirs):
        with pytest.raises(httpcore.ConnectTimeout):
            await mine.start_tls(trusting, "localhost", SHORT_S)
        await theirs.receive()
        with pytest.raises(anyio.EndOfStream):
            await theirs.receive()
    async with joined() as (mine, theirs):
        with anyio.move_on_after(SHORT_S):
            await mine.start_tls(trusting, "localhost", LONG_S)
        await theirs.receive()
        with pytest.raises(anyio.EndOfStream):
            await theirs.receive()


async def test_nothing_that_came_before_tls_is_read_after_it(authority: trustme.CA) -> None:
    """Whoever is in between could have sent it: it would be taken for the server's reply."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with joined() as (mine, theirs):
        await theirs.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        await mine._connection.woken(LONG_S)
        with pytest.raises(httpcore.ConnectError, match="before TLS"):
            await mine.start_tls(trusting, "localhost", LONG_S)
        with pytest.raises(anyio.EndOfStream):
            await theirs.receive()


async def test_a_handshake_with_nobody_fails_at_once(authority: trustme.CA) -> None:
    """The other side has ended before it: its answer would be waited for in vain."""
    async with joined() as (mine, theirs):
        await theirs.send_eof()
        await mine._connection.woken(LONG_S)
        with anyio.fail_after(LONG_S / 2), pytest.raises(httpcore.ConnectError):
            await mine.start_tls(ssl.create_default_context(), "localhost", LONG_S)


async def test_tls_goes_on_as_the_plain_connection_did(authority: trustme.CA) -> None:
    """Reads, writes and the end, through the same stream."""
    trusting, serving = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(trusting)
    authority.issue_cert("localhost").configure_cert(serving)
    async with joined() as (mine, theirs):

        async def echo() -> None:
            secured = await TLSStream.wrap(theirs, ssl_context=serving, standard_compatible=False)
            await secured.send((await secured.receive()).upper())
            await secured.aclose()

        async with anyio.create_task_group() as group:
            group.start_soon(echo)
            secured = await mine.start_tls(trusting, "localhost", LONG_S)
            await secured.write(b"said", LONG_S)
            assert b"SAID" == await secured.read(9, LONG_S)
            assert b"" == await secured.read(9, LONG_S)


def test_families_take_turns() -> None:
    """So that an address family that leads nowhere costs one wait, not as many as there are addresses."""
    found: list[AddressInfo] = [(10, 1, 6, "", (f"6{index}", 443, 0, 0)) for index in range(3)]
    found += [(2, 1, 6, "", (f"4{index}", 443)) for index in range(2)]
    assert ["60", "40", "61", "41", "62"] == _by_turns(found)


class Transport:
    """Remembers that it was closed."""

    aborted = False

    def abort(self) -> None:
        """Close."""
        self.aborted = True


def connection() -> Connection:
    """Make one without a socket."""
    made = Connection()
    made.transport = Transport()  # type: ignore[assignment]
    return made


def is_closed(connection: Connection) -> bool:
    """Tell whether its transport was."""
    transport = connection.transport
    assert isinstance(transport, Transport)
    return transport.aborted


async def test_the_first_address_that_answers_wins() -> None:
    """One that refuses is passed over at once; one that is silent is left when another answers."""
    begun = []

    async def connect(address: str) -> Connection:
        begun.append(address)
        if address == "refuses":
            raise ConnectionRefusedError(address)
        if address == "silent":
            await anyio.sleep_forever()
        return connection()

    made = await _first(connect, ["refuses", "silent", "answers", "unasked"])
    assert not is_closed(made)
    assert ["refuses", "silent", "answers"] == begun


async def test_where_no_address_answers_the_first_says_why() -> None:
    """It is the one that the resolver thinks best."""

    async def connect(address: str) -> Connection:
        raise ConnectionRefusedError(address)

    with pytest.raises(ConnectionRefusedError, match="one"):
        await _first(connect, ["one", "two"])


async def test_of_two_that_answer_one_is_closed() -> None:
    """Though neither could be stopped any more."""
    made: list[Connection] = []
    both = anyio.Event()

    async def connect(address: str) -> Connection:
        if address == "two":
            both.set()
        with anyio.CancelScope(shield=True):
            await both.wait()
        made.append(connection())
        return made[-1]

    won = await _first(connect, ["one", "two"])
    assert 2 == len(made)
    assert [won] == [each for each in made if not is_closed(each)]


async def test_who_is_cancelled_while_connecting_keeps_no_connection() -> None:
    """One that stands in the same moment is closed."""
    made: list[Connection] = []

    async def connect(address: str) -> Connection:
        scope.cancel()
        made.append(connection())
        return made[-1]

    with anyio.CancelScope() as scope:
        await _first(connect, ["one", "two"])
        await anyio.lowlevel.checkpoint()
    assert scope.cancelled_caught
    assert [True] == [is_closed(each) for each in made]
