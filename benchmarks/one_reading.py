"""Many runtimes read in a process of its own: `one_reading.py WAY ENDPOINT COUNT REST_S [IDLE_S]`.

Before that the client reads one and rests for a while, so that it has loaded what it needs, as in a service that runs.
It prints what the others took, of itself and of the Hub.
"""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.request import urlopen

from measuring import measured, use_plain_http
from ways import WAYS


def counts(endpoint: str) -> dict[str, float]:
    """Ask the Hub what it has answered and refused so far, and what that took."""
    with urlopen(f"{endpoint}/counts", timeout=10) as reply:
        told: dict[str, float] = json.load(reply)
    return told


async def main(way: str, endpoint: str, count: str, rest_s: str, idle_s: str = "0") -> None:
    """Measure it once and print it as JSON."""
    ids = [f"me/app{number}" for number in range(int(count))]
    read = 0
    async with WAYS[way].opened(endpoint) as read_all:

        async def work() -> None:
            nonlocal read
            read = await read_all(ids)

        await read_all(ids[:1])
        await asyncio.sleep(float(rest_s))
        before = counts(endpoint)
        took = await measured(work, float(idle_s))
        after = counts(endpoint)
    print(json.dumps({**took, "read": read, **{name: after[name] - before[name] for name in after}}))


if __name__ == "__main__":
    use_plain_http()
    asyncio.run(main(*sys.argv[1:]))
