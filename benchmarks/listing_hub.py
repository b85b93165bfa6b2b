"""A server that lists Spaces by the hundred and shows each by itself, as fast as asyncio can.

It runs in a process of its own, so that it is not what is measured; it prints its port, then how many requests it has
answered whenever a line comes, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

LATENCY_S, COUNT = float(sys.argv[1]), int(sys.argv[2])
PAGE = 100
RUNTIME = {
    "stage": "RUNNING",
    "hardware": {"current": "t4-small", "requested": "t4-small"},
    "storage": None,
    "gcTimeout": 172800,
    "replicas": {"requested": 1, "current": 1},
    "devMode": False,
    "domains": [{"domain": "me-app.hf.space", "stage": "READY"}],
    "sha": "0" * 40,
}
SPACES = [{"_id": f"{number:024}", "id": f"me/app{number}", "runtime": RUNTIME} for number in range(COUNT)]
BODIES = [json.dumps(SPACES[start : start + PAGE]).encode() for start in range(0, COUNT, PAGE)]
BODY = json.dumps(RUNTIME).encode()
NEXT = 'Link: <http://%s/api/spaces?cursor=%d>; rel="next"\r\n'

answered = 0


class Listing(asyncio.Protocol):
    """Answers each head of a request; none of them has a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete, after the latency."""
        heads = (self.pending + data).split(b"\r\n\r\n")
        self.pending = heads.pop()
        for head in heads:
            asyncio.get_running_loop().call_later(LATENCY_S, self.answer, head.decode())

    def answer(self, head: str) -> None:
        """Send a page or a runtime, unless the other side has gone."""
        global answered
        answered += 1
        body, link = BODY, ""
        if head.startswith("GET /api/spaces?"):
            cursor = re.search(r"[?&]cursor=(\d+)", head)
            page = int(cursor[1]) if cursor else 0
            host = re.search(r"(?i)\r\nhost: ([^\r]+)", head)
            assert host is not None
            body, link = BODIES[page], NEXT % (host[1], page + 1) if page + 1 < len(BODIES) else ""
        reply = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{link}Content-Length: {len(body)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(reply.encode() + body)


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Listing, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(answered, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
