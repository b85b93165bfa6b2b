"""A thread that serves."""

import httpx
from starlette.responses import PlainTextResponse

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
