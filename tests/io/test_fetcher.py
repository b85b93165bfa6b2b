"""A file's bytes come whole and verified, in pieces where it is large, or nothing has its name."""

from __future__ import annotations

import hashlib
import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    FileReplacedError,
    HfFileMetadata,
    HubConnectionError,
    HubHTTPError,
    MalformedReplyError,
    RetryPolicy,
    Timeout,
)
from aiohfspaces._io.fetcher import Fetcher
from aiohfspaces._plan.pieces import PIECES_AT_ONCE, SHORT_BYTES, cut, read_note
from tests.support.scripted import (
    BOTH_LOOPS,
    STOPS_READING,
    Exchange,
    ScriptedServer,
    Step,
    client_of,
    encoded,
    hang_up,
    never,
    reply,
    serving,
)

pytestmark = [pytest.mark.anyio, STOPS_READING]

PIECE = 100_000
CONTENT = os.urandom(SHORT_BYTES + 12_345)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
COUNT = -(-len(CONTENT) // PIECE)


def span(exchange: Exchange) -> tuple[int, int]:
    """Tell which bytes are asked for."""
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", exchange.request.headers["range"])
    assert found is not None
    return int(found[1]), int(found[2]) + 1


def part_of(content: bytes = CONTENT, **headers: str) -> Step:
    """Serve what is asked for, as a storage does."""

    async def step(exchange: Exchange) -> bool:
        start, end = span(exchange)
        told = {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}", "ETag": '"s"'}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        await exchange.stream.send(encoded(content[start:end], 206, told))
        return True

    return step


def cut_off(sent: int) -> Step:
    """Serve so many bytes of what is asked for, and hang up."""

    async def step(exchange: Exchange) -> bool:
        start, end = span(exchange)
        whole = encoded(CONTENT[start:end], 206, {"Content-Range": f"bytes {start}-{end - 1}/{len(CONTENT)}"})
        await exchange.stream.send(whole[: len(whole) - (end - start) + sent])
        return False

    return step


def found_at(server: ScriptedServer, **facts: Any) -> HfFileMetadata:
    """Tell of the file as the Hub does."""
    told = {"commit_hash": "a" * 40, "etag": SHA256, "location": f"{server.url}/object", "size": len(CONTENT)}
    return HfFileMetadata(**{**told, **facts})


async def fetch(client: AsyncSpacesClient, found: HfFileMetadata, target: Path) -> None:
    """Get the file in small pieces."""
    await Fetcher(transport=client._transport, piece_bytes=PIECE).get(found, target, "model.bin")


def spans(server: ScriptedServer) -> list[str]:
    """Tell what was asked for."""
    return [request.headers.get("range", "all") for request in server.received]


def names_in(folder: Path) -> list[str]:
    """List what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@BOTH_LOOPS
async def test_a_large_file_comes_in_pieces_at_once(tmp_path: Path) -> None:
    """As many as are allowed, each byte once; nothing but the file is left."""
    waiting = anyio.Event()
    arrived = 0

    async def together(exchange: Exchange) -> bool:
        nonlocal arrived
        arrived += 1
        if arrived == min(COUNT, PIECES_AT_ONCE):
            waiting.set()
        with anyio.fail_after(5):
            await waiting.wait()
        return await part_of()(exchange)

    async with serving(rest=together) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
        assert COUNT == len(set(spans(server))) == len(server.received)
        assert min(COUNT, PIECES_AT_ONCE) == server.most_under_way
    assert (["x"], CONTENT) == (names_in(tmp_path), (tmp_path / "x").read_bytes())


async def test_pieces_are_bounded_over_all_files(tmp_path: Path) -> None:
    """However many files are fetched at once."""

    async def together(exchange: Exchange) -> bool:
        await server.until(lambda: server.most_under_way >= 2)  # the first waits for a second one
        return await part_of()(exchange)

    async with serving(rest=together) as server, client_of(server) as client:
        fetcher = Fetcher(
            transport=client._transport, files=anyio.Semaphore(3), permits=anyio.Semaphore(2), piece_bytes=PIECE
        )
        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(fetcher.get, found_at(server), tmp_path / f"{number}", "model.bin")
        assert 2 == server.most_under_way


async def test_a_piece_has_the_time_of_all_that_share_the_line(tmp_path: Path) -> None:
    """Its own would be over at once on a line that carries them all, each at a twelfth of its speed."""
    noted: list[int] = []

    class Noting(Timeout):
        def total_with(self, transferred_bytes: int) -> float:
            noted.append(transferred_bytes)
            return super().total_with(transferred_bytes)

    async with serving(rest=part_of()) as server, client_of(server, timeout=Noting()) as client:
        await fetch(client, found_at(server), tmp_path / "x")
    assert [PIECE * PIECES_AT_ONCE] * (COUNT - 1) == sorted(noted)[1:]


@pytest.mark.parametrize("first", [hang_up, reply(status=503), cut_off(0), cut_off(40_000)])
async def test_a_piece_that_breaks_off_goes_on_from_there(tmp_path: Path, first: Step) -> None:
    """The others are not asked for again."""
    async with serving(first, rest=part_of()) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
        assert COUNT + 1 == len(server.received)
        if first is not hang_up and "bytes=40000-99999" in spans(server):
            assert 1 == spans(server).count("bytes=0-99999")
    assert CONTENT == (tmp_path / "x").read_bytes()


async def test_a_server_may_send_less_than_a_piece(tmp_path: Path) -> None:
    """Then the rest is asked for."""

    async def sparing(exchange: Exchange) -> bool:
        start, end = span(exchange)
        end = min(end, start + 60_000)
        told = {"Content-Range": f"bytes {start}-{end - 1}/{len(CONTENT)}"}
        await exchange.stream.send(encoded(CONTENT[start:end], 206, told))
        return True

    async with serving(rest=sparing) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
    assert CONTENT == (tmp_path / "x").read_bytes()


@pytest.mark.parametrize("ending", ["cancelled", "refused", "gone"])
async def test_an_interrupted_download_goes_on_where_it_was(tmp_path: Path, ending: str) -> None:
    """However it ended, what is complete of it does not come again."""
    third = {"cancelled": never, "refused": reply({"error": "no"}, 400), "gone": hang_up}[ending]
    enough = anyio.Event()

    async def stop(exchange: Exchange) -> bool:
        if span(exchange)[0] == 2 * PIECE:
            await enough.wait()
            return await third(exchange)
        if len(server.received) >= COUNT - 1:
            enough.set()
        return await part_of()(exchange)

    async with serving(rest=stop) as server, client_of(server, retry=RetryPolicy(attempts=1)) as client:
        if ending == "cancelled":
            with anyio.move_on_after(5) as scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(fetch, client, found_at(server), tmp_path / "x")
                    await enough.wait()
                    await until_noted(tmp_path, COUNT - 1)
                    scope.cancel()
        else:
            with pytest.raises((HubHTTPError, HubConnectionError)):
                await fetch(client, found_at(server), tmp_path / "x")
        assert not (tmp_path / "x").exists()
    async with serving(rest=part_of()) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
        assert f"bytes={2 * PIECE}-{3 * PIECE - 1}" in spans(server)
        assert len(server.received) <= (1 if ending == "cancelled" else PIECES_AT_ONCE)
    assert (["x"], CONTENT) == (names_in(tmp_path), (tmp_path / "x").read_bytes())


def noted(folder: Path) -> list[int]:
    """Read how many bytes of each piece are noted."""
    notes = [path.read_bytes() for path in folder.glob("*.pieces.incomplete")]
    return read_note(notes[0], cut(len(CONTENT), PIECE)) or [] if notes else []


async def until_noted(folder: Path, pieces: int) -> None:
    """Wait until so many pieces are noted as complete."""
    with anyio.fail_after(5):
        while sum(await anyio.to_thread.run_sync(noted, folder)) < (pieces - 1) * PIECE:
            await anyio.lowlevel.checkpoint()


async def test_what_has_rotted_meanwhile_comes_again(tmp_path: Path) -> None:
    """A machine that crashed may have noted bytes that it has not written."""
    whole = tmp_path / "x.00000000.incomplete"
    pieces = [min(PIECE, len(CONTENT) - start) for start in range(0, len(CONTENT), PIECE)]
    whole.write_bytes(bytes(len(CONTENT)))
    note = b"".join(number.to_bytes(8, "big") for number in (len(CONTENT), PIECE, *pieces))
    (tmp_path / "x.00000000.pieces.incomplete").write_bytes(note)
    async with serving(rest=part_of()) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
        assert COUNT == len(server.received)
    assert (["x"], CONTENT) == (names_in(tmp_path), (tmp_path / "x").read_bytes())


async def test_a_server_without_ranges_sends_the_whole_file(tmp_path: Path) -> None:
    """It is asked for once more, as a whole, and checked all the same."""
    async with serving(rest=reply(CONTENT)) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
        assert "all" == spans(server)[-1]
    assert (["x"], CONTENT) == (names_in(tmp_path), (tmp_path / "x").read_bytes())


WRONG: dict[str, tuple[Step, type[Exception], str]] = {
    "another part": (part_of(Content_Range=f"bytes 7-9/{len(CONTENT)}"), MalformedReplyError, "Content-Range"),
    "of another file": (part_of(Content_Range="bytes 0-99999/5"), MalformedReplyError, "Content-Range"),
    "no part": (part_of(Content_Range="?"), MalformedReplyError, "Content-Range"),
    "other bytes": (part_of(bytes(len(CONTENT))), MalformedReplyError, r"model\.bin.*sha256"),
    "always shorter": (cut_off(0), HubConnectionError, "object"),
    "not there any more": (reply(status=404), HubHTTPError, "404"),
    "beyond the end": (reply(status=416), HubHTTPError, "416"),
}


@pytest.mark.parametrize(("step", "error", "said"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_does_not_appear(tmp_path: Path, step: Step, error: type[Exception], said: str) -> None:
    """The error says what it is."""
    async with serving(rest=step) as server, client_of(server) as client:
        with pytest.raises(error, match=said):
            await fetch(client, found_at(server), tmp_path / "x")
    assert not (tmp_path / "x").exists()


async def test_other_bytes_are_not_kept_either(tmp_path: Path) -> None:
    """The next download begins anew, and gets the right ones."""
    async with serving(rest=part_of(bytes(len(CONTENT)))) as server, client_of(server) as client:
        with pytest.raises(MalformedReplyError):
            await fetch(client, found_at(server), tmp_path / "x")
        assert [] == names_in(tmp_path)
        server._rest = part_of()
        await fetch(client, found_at(server), tmp_path / "x")
    assert CONTENT == (tmp_path / "x").read_bytes()


async def test_a_file_that_becomes_another_between_two_parts_is_told(tmp_path: Path) -> None:
    """By the etag; pieces of two files do not make one."""
    steps = [part_of(), *[part_of(ETag='"t"')] * COUNT]
    async with serving(*steps) as server, client_of(server) as client:
        with pytest.raises(FileReplacedError) as caught:
            await fetch(client, found_at(server), tmp_path / "x")
    assert ("model.bin", {"s", "t"}) == (caught.value.path, {caught.value.expected, caught.value.actual})
    assert [] == names_in(tmp_path)


@pytest.mark.parametrize("size", [len(CONTENT), None])
async def test_without_a_checksum_nothing_is_left_of_half_a_file(tmp_path: Path, size: int | None) -> None:
    """Nobody could tell whether its bytes are right."""
    broken = hang_up if size is None else cut_off(9)
    once = RetryPolicy(attempts=1)
    async with serving(part_of() if size else hang_up, rest=broken) as server, client_of(server, retry=once) as client:
        with pytest.raises(HubConnectionError):
            await fetch(client, found_at(server, etag="abc", size=size), tmp_path / "x")
    assert [] == names_in(tmp_path)


async def test_a_reply_longer_than_announced_is_refused(tmp_path: Path) -> None:
    """A short file comes as a whole, and must be as long as the Hub says."""
    async with serving(rest=reply(b"hello, and more")) as server, client_of(server) as client:
        with pytest.raises(HubConnectionError, match=r"model\.bin"):
            await fetch(client, found_at(server, etag="abc", size=5), tmp_path / "x")
    assert [] == names_in(tmp_path)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_without_room_for_it_is_told_at_once(tmp_path: Path) -> None:
    """Before anything is transferred; the error names the file."""
    async with serving(rest=part_of()) as server, client_of(server) as client:
        with files_up_to(len(CONTENT) // 2), pytest.raises(OSError, match="File too large") as caught:
            await fetch(client, found_at(server), tmp_path / "x")
        assert [] == server.received
    assert tmp_path == Path(caught.value.filename).parent
    assert not (tmp_path / "x").exists()


async def test_a_disk_that_fills_loses_nothing_complete(tmp_path: Path) -> None:
    """Once there is room again, only what is missing comes."""
    limit = files_up_to(len(CONTENT) // 2)

    async def fill(exchange: Exchange) -> bool:
        if span(exchange)[0] == 0:
            limit.__enter__()
        return await part_of()(exchange)

    async with serving(rest=fill) as server, client_of(server) as client:
        with pytest.raises(OSError, match="File too large") as caught:
            await fetch(client, found_at(server), tmp_path / "x")
        limit.__exit__(None, None, None)
        assert tmp_path == Path(caught.value.filename).parent
        assert not (tmp_path / "x").exists()
        server._rest = part_of()
        there = sum(noted(tmp_path))
        before = len(server.received)
        await fetch(client, found_at(server), tmp_path / "x")
        assert len(server.received) - before <= COUNT - there // PIECE
    assert (["x"], CONTENT) == (names_in(tmp_path), (tmp_path / "x").read_bytes())


async def test_what_another_process_took_over_is_begun_anew(tmp_path: Path) -> None:
    """Where locks do not hold between machines, both get the file, each for itself."""
    taken = False

    async def take(exchange: Exchange) -> bool:
        nonlocal taken
        if not taken:
            taken = True
            for path in await anyio.to_thread.run_sync(lambda: list(tmp_path.iterdir())):
                path.rename(tmp_path / f"y{path.name[1:]}")
        return await part_of()(exchange)

    async with serving(rest=take) as server, client_of(server) as client:
        await fetch(client, found_at(server), tmp_path / "x")
    assert CONTENT == (tmp_path / "x").read_bytes()


@pytest.mark.parametrize("turns", range(0, 120, 12))
async def test_it_is_given_up_at_any_moment(tmp_path: Path, turns: int) -> None:
    """The next download has the file, and no descriptor stays open."""
    async with serving(rest=part_of()) as server, client_of(server) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(fetch, client, found_at(server), tmp_path / "x")
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        await fetch(client, found_at(server), tmp_path / "x")
    assert (["x"], CONTENT) == (names_in(tmp_path), (tmp_path / "x").read_bytes())
    opened = [fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    assert [] == [path for path in opened if tmp_path in path.parents]
