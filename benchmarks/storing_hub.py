"""A Hub and its storage that only uploads know, in a process of its own: `storing_hub.py LATENCY_S BYTES_PER_S`.

It takes whatever comes, at a settable speed for each connection (0 for any), answers after a settable latency, and
keeps nothing but counts of it, which `GET /counts` tells. It prints its port, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

HEAD, MADE = "a" * 40, "c" * 40
LARGE_BYTES = 20_000_000
PART_BYTES = 16_000_000
BUFFER_BYTES = 1 << 20
NEWLINE = ord("\n")


class Counts:
    """What has come, each object by its SHA-256 and each request only once its body was whole.

    Attributes:
        stored: Bytes of each object that were put into the storage.
        verified: Size of each object that the client says is there.
        commits: Lines and bytes of each commit.
    """

    def __init__(self) -> None:
        self.stored: Counter[str] = Counter()
        self.verified: dict[str, int] = {}
        self.commits: list[tuple[int, int]] = []

    def note(self, method: str, path: str, size: int, lines: int) -> None:
        """Count a body that has come to its end."""
        if method == "PUT" and path.startswith("/storage/"):
            self.stored[path.split("/")[2]] += size
        elif "/commit/" in path:
            self.commits.append((lines, size))


class Connection(asyncio.BufferedProtocol):
    """One connection: requests one after the other, bodies thrown away as they come."""

    def __init__(self, counts: Counts, latency_s: float, bytes_per_s: float) -> None:
        self.counts = counts
        self.latency_s, self.bytes_per_s = latency_s, bytes_per_s
        self.buffer = bytearray(BUFFER_BYTES)
        self.head = bytearray()
        self.kept = bytearray()
        self.left = self.size = self.lines = 0
        self.free_at = 0.0
        self.method = self.path = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.loop = transport, asyncio.get_running_loop()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the one buffer."""
        return memoryview(self.buffer)

    def buffer_updated(self, nbytes: int) -> None:
        """Take what came, and be busy with it as long as the line would be."""
        data = memoryview(self.buffer)[:nbytes]
        if self.bytes_per_s:
            now = self.loop.time()
            self.free_at = max(self.free_at, now) + nbytes / self.bytes_per_s
            if self.free_at - now > 0.002:
                self.transport.pause_reading()
                self.loop.call_at(self.free_at, self.resume)
        self.take(data)

    def resume(self) -> None:
        """Read on, unless the other side is gone."""
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def take(self, data: memoryview) -> None:
        """Read heads, and count bodies."""
        while len(data):
            if self.left:
                took = min(self.left, len(data))
                if self.is_kept:
                    self.kept += data[:took]
                elif self.is_commit:
                    self.lines += bytes(data[:took]).count(b"\n") + (took == self.left and data[took - 1] != NEWLINE)
                self.left, data = self.left - took, data[took:]
            else:
                self.head += data
                end = self.head.find(b"\r\n\r\n")
                if end < 0:
                    return
                rest = bytes(self.head[end + 4 :])
                self.begin(bytes(self.head[:end]))
                self.head.clear()
                data = memoryview(rest)
            if not self.left:
                self.counts.note(self.method, self.path, self.size, self.lines)
                self.loop.call_later(self.latency_s, self.answer, self.method, self.path, bytes(self.kept))
                self.kept.clear()

    def begin(self, head: bytes) -> None:
        """Read a head."""
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        self.method, target, _ = first.split(" ")
        self.path = urlsplit(target).path
        self.left = self.size = int(headers.get("content-length", 0))
        self.lines = 0
        self.is_commit = "/commit/" in self.path
        self.is_kept = self.method == "POST" and not self.is_commit

    def answer(self, method: str, path: str, body: bytes) -> None:
        """Reply to one request, unless the other side is gone."""
        if self.transport.is_closing():
            return
        told = json.dumps(self.told(method, path, body)).encode()
        head = f'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(told)}\r\nETag: "e"\r\n\r\n'
        self.transport.write(head.encode() + told)

    def told(self, method: str, path: str, body: bytes) -> Any:
        """Say what a client needs to go on."""
        url = f"http://127.0.0.1:{self.transport.get_extra_info('sockname')[1]}"
        if "/preupload/" in path:
            files = json.loads(body)["files"]
            modes = [{"path": f["path"], "uploadMode": _mode(f["path"]), "shouldIgnore": False} for f in files]
            return {"files": modes, "commitOid": HEAD}
        if path.endswith("/objects/batch"):
            wanted = json.loads(body)
            is_divided = "multipart" in wanted.get("transfers", [])
            return {"objects": [_object(url, one, is_divided) for one in wanted["objects"]]}
        if path == "/verify":
            stored = json.loads(body)
            self.counts.verified[stored["oid"]] = stored["size"]
        if path == "/counts":
            return vars(self.counts)
        if "/commit/" in path:
            return {
                "success": True,
                "commitOid": MADE,
                "commitUrl": f"{url}/spaces/me/app/commit/{MADE}",
                "hookOutput": "",
            }
        return [] if method == "GET" and ("/commits/" in path or "/tree/" in path) else {}


def _mode(path: str) -> str:
    return "lfs" if path.endswith(".bin") else "regular"


def _object(url: str, wanted: dict[str, Any], is_divided: bool) -> dict[str, Any]:
    oid, size = wanted["oid"], wanted["size"]
    upload: dict[str, Any] = {"href": f"{url}/storage/{oid}"}
    if is_divided and size > LARGE_BYTES:
        count = -(-size // PART_BYTES)
        parts = {f"{number:05}": f"{url}/storage/{oid}/{number}" for number in range(1, count + 1)}
        upload = {"href": f"{url}/complete", "header": {"chunk_size": str(PART_BYTES), **parts}}
    return {**wanted, "actions": {"upload": upload, "verify": {"href": f"{url}/verify"}}}


async def main(latency_s: float, bytes_per_s: float) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    counts = Counts()
    server = await loop.create_server(lambda: Connection(counts, latency_s, bytes_per_s), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2])))
