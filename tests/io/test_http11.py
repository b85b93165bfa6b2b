from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpcore
import pytest

from aiohfspaces._io.http11 import Http11, Reply, Request
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BIG = bytes(100_000)


class Wire(httpcore.AsyncNetworkStream):
    """Gives what it was told to, piece by piece, then the end; remembers what was sent."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.sent: list[bytes] = []
        self.is_closed = self.is_broken = self.is_readable = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Give the next piece."""
        return self.pieces.pop(0) if self.pieces else b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Remember it."""
        if self.is_broken:
            raise httpcore.WriteError("closed")
        self.sent.append(buffer)

    async def aclose(self) -> None:
        """Remember that."""
        self.is_closed = True

    def get_extra_info(self, info: str) -> Any:
        """Tell what a test has set."""
        return self.is_readable if info == "is_readable" else None


def request(method: str = "GET", content: Any = None, length: int | None = None) -> Request:
    """Make a request with a body of that length."""
    headers = [(b"Host", b"here")] if length is None else [(b"Host", b"here"), (b"Content-Length", b"%d" % length)]
    origin = httpcore.Origin(b"http", b"here", 80)
    return Request(origin, method, b"/x?y=1", headers, content, {}, repeatable=True)


async def whole(reply: Reply) -> bytes:
    """Read a body to its end, and let go."""
    try:
        return b"".join([piece async for piece in reply.body])
    finally:
        await reply.body.aclose()


@asynccontextmanager
async def pieces(*parts: bytes) -> AsyncIterator[AsyncGenerator[bytes, None]]:
    """Give a body piece by piece, for as long as the block lasts."""

    async def generate() -> AsyncGenerator[bytes, None]:
        for part in parts:
            yield part

    async with aclosing(generate()) as body:
        yield body


async def test_a_reply_is_read_however_it_is_cut() -> None:
    """Its head and its body come in any pieces, and the connection serves the next request."""
    wire = Wire(*(bytes([byte]) for byte in OK), OK)
    connection = Http11(wire, idle_s=30)
    for _ in range(2):
        reply = await connection.send(request())
        assert (200, [(b"Content-Length", b"2")]) == (reply.status, reply.headers)
        assert b"{}" == await whole(reply)
        assert connection.is_available()
    assert [b"GET /x?y=1 HTTP/1.1\r\nHost: here\r\n\r\n"] * 2 == wire.sent
    assert not wire.is_closed


@pytest.mark.parametrize(
    ("method", "came", "body"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK, b"{}"),
    ],
    ids=["head", "nothing", "chunked", "hints"],
)
async def test_a_body_ends_where_http_says(method: str, came: bytes, body: bytes) -> None:
    """And after it the connection is good for more."""
    connection = Http11(Wire(came), idle_s=30)
    assert body == await whole(await connection.send(request(method)))
    assert connection.is_available()


async def test_a_body_may_end_with_its_connection() -> None:
    """Which is then good for nothing more."""
    wire = Wire(b"HTTP/1.1 200 OK\r\n\r\nab", b"c")
    connection = Http11(wire, idle_s=30)
    assert b"abc" == await whole(await connection.send(request()))
    assert (False, True) == (connection.is_available(), wire.is_closed)


@pytest.mark.parametrize(
    "came",
    [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), OK + b"HTTP/1.1 200 OK\r\n\r\nunasked"],
    ids=["closing", "unasked"],
)
async def test_a_connection_that_is_not_clean_is_closed(came: bytes) -> None:
    """What follows a reply unasked must never be taken for the next one."""
    wire = Wire(came)
    connection = Http11(wire, idle_s=30)
    assert b"{}" == await whole(await connection.send(request()))
    assert (False, True) == (connection.is_available(), wire.is_closed)


async def test_a_reply_that_is_given_up_closes_its_connection() -> None:
    """The rest of it would be in the way."""
    wire = Wire(OK[:-1])
    connection = Http11(wire, idle_s=30)
    await (await connection.send(request())).body.aclose()
    assert (False, True) == (connection.is_available(), wire.is_closed)


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (b"", "without a reply"),
        (b"nonsense\r\n\r\n", "illegal status line"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n", "without a pending proposal"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000, "too long"),
    ],
    ids=["end", "nonsense", "upgrade", "endless head"],
)
async def test_what_is_no_reply_is_a_failure(came: bytes, said: str) -> None:
    """Of the other side."""
    cut = [came[start : start + 65536] for start in range(0, len(came), 65536)]
    with pytest.raises(httpcore.RemoteProtocolError, match=said):
        await Http11(Wire(*cut), idle_s=30).send(request())


async def test_a_body_that_breaks_off_is_a_failure() -> None:
    """It is not taken for a short one."""
    reply = await Http11(Wire(OK[:-1]), idle_s=30).send(request())
    with pytest.raises(httpcore.RemoteProtocolError):
        await whole(reply)


@pytest.mark.parametrize(
    ("content", "length", "writes"),
    [(b"{}", 2, 1), (b"", 0, 1), (b"ab", 2, 1), (BIG, len(BIG), 1)],
    ids=["json", "empty", "small", "big"],
)
async def test_a_whole_body_goes_with_its_head(content: bytes, length: int, writes: int) -> None:
    """In one write: one packet for a small call."""
    wire = Wire(OK)
    await whole(await Http11(wire, idle_s=30).send(request("POST", content, length)))
    assert writes == len(wire.sent)
    assert b"".join(wire.sent).endswith(b"\r\n\r\n" + content)


async def test_a_body_in_pieces_goes_as_they_come() -> None:
    """Small ones together, with the head; what is big is not gathered."""
    wire = Wire(OK)
    length = 2 + len(BIG) + 1
    async with pieces(b"a", b"b", BIG, b"c") as body:
        await whole(await Http11(wire, idle_s=30).send(request("PUT", body, length)))
    assert 2 == len(wire.sent)
    assert b"".join(wire.sent).endswith(b"\r\n\r\nab" + BIG + b"c")


@pytest.mark.parametrize("length", [1, 3])
async def test_a_body_of_another_length_is_a_mistake(length: int) -> None:
    """The server would wait for the rest, or take it for another request."""
    async with pieces(b"ab") as body:
        with pytest.raises(httpcore.LocalProtocolError):
            await Http11(Wire(OK), idle_s=30).send(request("PUT", body, length))


async def test_a_refusal_of_a_body_that_could_not_be_sent_is_read() -> None:
    """The server has closed its side, and said why."""
    wire = Wire(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    wire.is_broken = True
    async with pieces(BIG) as body:
        reply = await Http11(wire, idle_s=30).send(request("PUT", body, len(BIG)))
    assert 413 == reply.status
    await reply.body.aclose()
    assert wire.is_closed


@pytest.mark.parametrize("is_readable", [True, False])
async def test_a_refusal_by_who_reads_no_more_is_read(is_readable: bool) -> None:
    """A server may keep the connection, and what was sent on it wait for ever."""

    class Stuck(Wire):
        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            raise httpcore.WriteTimeout

    wire = Stuck(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    wire.is_readable = is_readable
    async with pieces(BIG) as body:
        sending = Http11(wire, idle_s=30).send(request("PUT", body, len(BIG)))
        if is_readable:
            assert 413 == (await sending).status
        else:
            with pytest.raises(httpcore.WriteTimeout):
                await sending


async def test_what_comes_unasked_ends_an_idle_connection() -> None:
    """It can only be its end."""
    wire = Wire(OK)
    connection = Http11(wire, idle_s=30)
    await whole(await connection.send(request()))
    assert not connection.has_expired()
    wire.is_readable = True
    assert connection.has_expired()
