"""Telling: how far an upload has come, to callbacks and on a bar."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from io import StringIO
from typing import Any

import pytest
from anyio import CancelScope, Event, move_on_after, sleep_forever
from anyio.lowlevel import checkpoint
from attrs import define, evolve
from tqdm import tqdm

from aiohfspaces import HubConnectionError, UsageError
from aiohfspaces._io.telling import OnProgress, Tally, bar, telling
from aiohfspaces.models import UploadProgress
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

SO_FAR = UploadProgress(
    files_found=9,
    bytes_found=9000,
    files_hashed=5,
    bytes_hashed=5000,
    files_sent=1,
    bytes_sent=500,
    files_total=4,
    bytes_total=2000,
    seconds=0,
)


def tally_of(*listeners: OnProgress) -> Tally:
    """Build a tally of so much."""
    return Tally(
        listeners,
        files_found=9,
        bytes_found=9000,
        files_hashed=5,
        bytes_hashed=5000,
        files_sent=1,
        bytes_sent=500,
        files_total=4,
        bytes_total=2000,
    )


@define
class Listener:
    """An object that is called, and awaited."""

    told: int = 0

    async def __call__(self, progress: UploadProgress) -> None:
        """Count."""
        await checkpoint()
        self.told += 1


async def test_a_plain_function_is_told_all_that_was_counted() -> None:
    """And how long it has taken."""
    told: list[UploadProgress] = []
    tally = tally_of(told.append)
    tally.began -= 7
    await tally.tell()
    assert [SO_FAR] == [evolve(progress, seconds=0) for progress in told]
    assert 7 <= told[0].seconds <= tally.seconds


async def test_a_coroutine_function_is_awaited() -> None:
    """Before anybody else is told, and before the upload goes on."""
    told: list[str] = []

    async def first(progress: UploadProgress) -> None:
        told.append("begun")
        await checkpoint()
        told.append("ended")

    await tally_of(first, lambda progress: told.append("second")).tell()
    assert ["begun", "ended", "second"] == told


async def test_whatever_is_called_may_be_awaited() -> None:
    """It need not be a function."""
    listener = Listener()
    await tally_of(listener).tell()
    assert 1 == listener.told


async def test_each_step_is_told_as_it_is_then() -> None:
    """What was told before stays as it was."""
    told: list[UploadProgress] = []
    tally = Tally((told.append,))
    await tally.tell()
    tally.bytes_sent += 5
    await tally.tell()
    assert [0, 5] == [progress.bytes_sent for progress in told]


@pytest.mark.parametrize("is_awaited", [False, True])
async def test_an_error_of_a_listener_is_raised_as_it_is(is_awaited: bool) -> None:
    """Whoever does not want to go on can end an upload so."""

    def fail(progress: UploadProgress) -> None:
        raise KeyError("enough")

    async def fail_later(progress: UploadProgress) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        await tally_of(fail_later if is_awaited else fail).tell()


async def test_what_is_on_its_way_is_counted_as_it_goes() -> None:
    """In proportion, where it is longer on the wire; from the beginning, where it is sent anew."""
    told: list[int] = []
    tally = Tally((lambda progress: told.append(progress.bytes_sent),))
    tally.bytes_sent = 100
    with tally.sending(30) as on_sent:
        assert on_sent is not None
        for sent in (10, 20, 5, 40):
            on_sent(sent, 40)
            await tally.tell()
    assert [107, 115, 103, 130] == told
    assert 130 == tally.bytes_sent


async def test_what_does_not_arrive_is_not_counted() -> None:
    """Though it was told how far it had come."""
    tally = Tally((lambda progress: None,))
    with move_on_after(0):
        with tally.sending(30) as on_sent:
            assert on_sent is not None
            on_sent(20, 40)
            assert 15 == tally.bytes_sent
            await checkpoint()
    assert 0 == tally.bytes_sent


async def test_nobody_has_to_listen_to_what_is_on_its_way() -> None:
    """It counts all the same, once it has arrived."""
    tally = tally_of()
    with tally.sending(30) as on_sent:
        assert on_sent is None
    assert 530 == tally.bytes_sent


async def test_what_has_landed_was_to_be_expected() -> None:
    """A commit may be found after everything was counted anew."""
    tally = tally_of()
    tally.files_total, tally.bytes_total = 1, 100
    tally.landed("c1", 3)
    assert (4, 4) == (tally.files_sent, tally.files_total)
    assert (500, 500) == (tally.bytes_sent, tally.bytes_total)


async def test_whoever_listens_is_told_the_newest_figures_and_those_of_the_end() -> None:
    """While the upload goes on: it does not wait for a listener."""
    told: list[int] = []
    heard = Event()

    async def slow(progress: UploadProgress) -> None:
        told.append(progress.bytes_sent)
        heard.set()
        await checkpoint()

    tally = Tally((slow,))

    async def upload() -> str:
        for _ in range(3):
            tally.bytes_sent += 1
            tally.changed()
        await heard.wait()
        tally.bytes_sent += 1
        return "done"

    assert "done" == await telling(tally, upload)
    assert [3, 4] == told


async def test_what_a_listener_raises_ends_the_upload() -> None:
    """As it is, be it an error of this library."""

    def fail(progress: UploadProgress) -> None:
        raise HubConnectionError("mine", outcome="unknown")

    tally = Tally((fail,))

    async def upload() -> None:
        tally.commits += ["c1", "c2"]
        tally.changed()
        await sleep_forever()

    with pytest.raises(HubConnectionError, match="mine") as caught:
        await telling(tally, upload)
    assert ["2 commits were made before, and stay; the last one is c2"] == caught.value.__notes__


async def test_nobody_has_to_listen() -> None:
    """It counts all the same."""
    tally = tally_of()
    await tally.tell()
    assert 500 == tally.bytes_sent


class Eager(tqdm):  # type: ignore[type-arg]  # generic for the type checker only
    """A bar that writes each step to a text, where the usual one waits a tenth of a second."""

    made: list[Eager]

    def __init__(self, **options: Any) -> None:
        self.text = StringIO()
        super().__init__(**options, file=self.text, mininterval=0, miniters=0, ascii=True, ncols=100)
        Eager.made.append(self)

    @property
    def last_line(self) -> str:
        """What stands there now."""
        return self.text.getvalue().rpartition("\r")[2]


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Eager]:
    """Collect the bars that are made."""
    Eager.made = []
    monkeypatch.setattr("tqdm.auto.tqdm", Eager)
    return Eager.made


async def test_a_bar_shows_what_has_arrived_of_what_has_to_be_sent(bars: list[Eager]) -> None:
    """Bytes and files, of the totals as they are known by then."""
    async with bar(shown=True) as listeners:
        tally = tally_of(*listeners)
        await tally.tell()
        (line,) = bars
        assert (500, 2000) == (line.n, line.total)
        assert "Uploading:  25%" in line.last_line
        assert "500/2.00k" in line.last_line
        assert "1/4 files" in line.last_line
        tally.bytes_sent, tally.files_sent, tally.bytes_total = 3000, 2, 4000
        await tally.tell()
        assert (3000, 4000) == (line.n, line.total)
        assert "Uploading:  75%" in line.last_line
        assert "2/4 files" in line.last_line


async def test_a_bar_is_gone_in_the_end(bars: list[Eager]) -> None:
    """The line is as empty as it was."""
    async with bar(shown=True) as listeners:
        await tally_of(*listeners).tell()
        assert [False] == [line.disable for line in bars]
    assert [True] == [line.disable for line in bars]
    assert "" == bars[0].last_line
    assert bars[0].text.getvalue().rstrip("\r").endswith(" ")


async def test_a_bar_is_gone_when_the_upload_fails(bars: list[Eager]) -> None:
    """And the error is raised as it is."""
    with pytest.raises(KeyError, match="enough"):
        async with bar(shown=True):
            raise KeyError("enough")
    assert bars[0].disable
    assert "" == bars[0].last_line


async def test_a_bar_is_gone_when_the_upload_is_cancelled(bars: list[Eager]) -> None:
    """As with any other end."""
    with CancelScope() as scope:
        async with bar(shown=True):
            scope.cancel()
            await checkpoint()
    assert scope.cancelled_caught
    assert bars[0].disable


async def test_without_a_bar_nobody_is_told(bars: list[Eager]) -> None:
    """And none is made."""
    async with bar(shown=False) as listeners:
        assert () == listeners
    assert [] == bars


async def test_a_bar_is_written_where_errors_go(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program prints is not mixed up with it."""
    async with bar(shown=True):
        pass
    said = capsys.readouterr()
    assert ("", True) == (said.out, "Uploading: " in said.err)


async def test_whoever_wants_a_bar_without_tqdm_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent; without a bar it is not needed."""
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    async with AsyncExitStack() as stack:
        with pytest.raises(UsageError, match=r"pip install 'aiohfspaces\[progress\]'"):
            await stack.enter_async_context(bar(shown=True))
    async with bar(shown=False) as listeners:
        assert () == listeners
