"""A Hub and its storage that only downloads know, in a process of its own: `serving_hub.py LATENCY_S BYTES_PER_S CASE`.

It sends each body at a settable speed for each connection (0 for any), after a settable latency, and knows `Range`.
`quick` after the case makes it a small one. It prints its port, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

from served import Served, served
from storing_hub import Connection, Counts

HEAD = "a" * 40
SLICE_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class ServingConnection(Connection):
    """One connection: requests one after the other, bodies as fast as the line would be."""

    def __init__(self, files: dict[str, Served], latency_s: float, bytes_per_s: float) -> None:
        super().__init__(Counts(), latency_s, 0)
        self.files, self.speed = files, bytes_per_s
        self.writable = asyncio.Event()
        self.writable.set()

    def begin(self, head: bytes) -> None:
        """Read a head, and remember which part is asked for."""
        super().begin(head)
        self.asked = _RANGE.search(head.decode("latin-1").lower().replace(": ", ":"))

    def pause_writing(self) -> None:
        """Wait for the other side to read."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Send on."""
        self.writable.set()

    def answer(self, method: str, path: str, body: bytes) -> None:
        """Reply to one request, unless the other side is gone."""
        if self.transport.is_closing():
            return
        name = path.partition("/resolve/")[2].partition("/")[2] or path.removeprefix("/storage/")
        if name not in self.files:
            told = json.dumps(self.told(method, path, body)).encode()
            self.transport.write(_head("200 OK", {"Content-Length": len(told), "Content-Type": "application/json"}))
            self.transport.write(told)
            return
        file = self.files[name]
        url = f"http://127.0.0.1:{self.transport.get_extra_info('sockname')[1]}/storage/{file.path}"
        headers: dict[str, object] = {"ETag": f'"{file.etag}"', "X-Repo-Commit": HEAD}
        if file.is_large and "/resolve/" in path:
            linked = {"X-Linked-Etag": headers["ETag"], "X-Linked-Size": file.size, "Location": url}
            self.transport.write(_head("302 Found", {**headers, **linked, "Content-Length": 0}))
        elif method == "HEAD":
            self.transport.write(_head("200 OK", {**headers, "Content-Length": file.size}))
        else:
            self.sending = self.loop.create_task(self.send(file, headers if "/resolve/" in path else {"ETag": '"s"'}))

    async def send(self, file: Served, headers: dict[str, object]) -> None:
        """Send a file, or the part of it that is asked for."""
        start, end, status = 0, file.size, "200 OK"
        if self.asked:
            start, end, status = int(self.asked[1]), min(int(self.asked[2]) + 1, file.size), "206 Partial Content"
            headers = {**headers, "Content-Range": f"bytes {start}-{end - 1}/{file.size}"}
        self.transport.write(_head(status, {**headers, "Content-Length": end - start}))
        free_at = self.loop.time()
        while start < end and not self.transport.is_closing():
            piece = file.slice(start, min(end, start + SLICE_BYTES))
            self.transport.write(piece)
            start += len(piece)
            await self.writable.wait()
            if self.speed:
                free_at = max(free_at, self.loop.time() - 0.05) + len(piece) / self.speed
                if free_at - self.loop.time() > 0.002:
                    await asyncio.sleep(free_at - self.loop.time())

    def told(self, method: str, path: str, body: bytes) -> Any:
        """Say which files there are, and at which commit."""
        if "/tree/" not in path:
            return {"id": "me/app", "sha": HEAD, "siblings": []}
        return [_listed(file) for file in self.files.values()]


def _listed(file: Served) -> dict[str, object]:
    told: dict[str, object] = {"type": "file", "path": file.path, "size": file.size, "oid": file.etag[:40]}
    if file.is_large:
        told["lfs"] = {"oid": file.etag, "size": file.size, "pointerSize": 134}
    return told


def _head(status: str, headers: dict[str, object]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode()


async def main(latency_s: float, bytes_per_s: float, case: str, *, quick: bool) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    files = {file.path: file for file in served(case, quick=quick)}
    for file in files.values():
        _ = file.etag  # before anybody waits for it
    server = await loop.create_server(
        lambda: ServingConnection(files, latency_s, bytes_per_s), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], quick=sys.argv[4:] == ["quick"]))
