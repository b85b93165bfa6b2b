"""A thread that serves."""

import threading
from concurrent.futures import ThreadPoolExecutor

import anyio.lowlevel
import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from aiohfspaces.localhub.server import ServerThread, open_port, url_of


def test_each_port_serves_its_application() -> None:
    """In one thread, from the moment it is started."""
    one, two = open_port(0), open_port(0)
    urls = url_of(one), url_of(two)
    thread = ServerThread({one: PlainTextResponse("one"), two: PlainTextResponse("two")})
    thread.start()
    try:
        assert ["one", "two"] == [httpx.get(url).text for url in urls]
    finally:
        thread.stop()
    assert one.fileno() == two.fileno() == -1


def test_it_stops_where_nothing_is_under_way() -> None:
    """Connections that are kept for later are closed with it."""
    for _ in range(10):
        port = open_port(0)
        thread = ServerThread({port: PlainTextResponse("here")})
        thread.start()
        with httpx.Client(base_url=url_of(port)) as client:
            assert "here" == client.get("/").text
            thread.stop()
        assert -1 == port.fileno()


def test_a_reply_that_is_under_way_is_sent_to_its_end() -> None:
    """Before its connection goes."""
    arrived, port = threading.Event(), open_port(0)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        arrived.set()
        while port.fileno() != -1:
            await anyio.lowlevel.checkpoint()
        await PlainTextResponse("late")(scope, receive, send)

    thread = ServerThread({port: slow})
    thread.start()
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(httpx.get, url_of(port))
        assert arrived.wait(5)
        thread.stop()
    assert "late" == reply.result().text
