"""A server that answers every request with one runtime, as fast as asyncio can.

It runs in a process of its own, so that it is not what is measured; it prints its port and ends
with its standard input.
"""

from __future__ import annotations

import asyncio
import sys

BODY = (
    b'{"stage":"RUNNING","hardware":{"current":"cpu-basic","requested":"cpu-basic"},"storage":null,'
    b'"gcTimeout":172800,"replicas":{"requested":1,"current":1},"devMode":false,'
    b'"domains":[{"domain":"me-app.hf.space","stage":"READY"}]}'
)
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: Root=1-canned\r\n"
    b'RateLimit: "api";r=999;t=300\r\nContent-Length: %d\r\n\r\n%s' % (len(BODY), BODY)
)


class Canned(asyncio.Protocol):
    """Answers each head of a request; none of them has a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete, after the latency if there is one."""
        heads = (self.pending + data).split(b"\r\n\r\n")
        self.pending = heads.pop()
        for _ in heads:
            if LATENCY_S:
                asyncio.get_running_loop().call_later(LATENCY_S, self.answer)
            else:
                self.answer()

    def answer(self) -> None:
        """Send the reply, unless the other side has gone."""
        if not self.transport.is_closing():
            self.transport.write(REPLY)


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Canned, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


LATENCY_S = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0

if __name__ == "__main__":
    asyncio.run(main())
