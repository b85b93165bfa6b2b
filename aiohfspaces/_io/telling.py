"""Telling how far something has come: an upload, an action on many Spaces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import isawaitable
from typing import Any, TypeAlias, TypeVar

from anyio import Event, current_time
from attrs import define, field

from aiohfspaces._io.crowd import crew
from aiohfspaces._io.files import in_thread
from aiohfspaces._wire.calls import OnSent
from aiohfspaces.errors import UsageError
from aiohfspaces.models import UploadProgress

T = TypeVar("T")

OnProgress: TypeAlias = Callable[[UploadProgress], Awaitable[object] | object]
"""Is told of what is new; a plain function, or a coroutine function that is awaited."""


async def tell(listener: Callable[..., object] | None, *facts: object) -> None:
    """Tell somebody something, and wait for a coroutine function; ``None`` is nobody."""
    if listener is not None:
        answer = listener(*facts)
        if isawaitable(answer):
            await answer


@define(eq=False)
class Tally:
    """Counts what an upload does, and tells whoever wants to know.

    Attributes:
        listeners: Who wants to know.
        commits: What has landed.
        is_over: Whether nothing more will be counted.
    """

    listeners: tuple[OnProgress, ...] = ()
    began: float = field(factory=current_time)
    files_found: int = 0
    bytes_found: int = 0
    files_hashed: int = 0
    bytes_hashed: int = 0
    files_sent: int = 0
    bytes_sent: int = 0
    files_total: int = 0
    bytes_total: int = 0
    commits: list[str] = field(factory=list)
    is_over: bool = False
    _news: Event = field(factory=Event, init=False)

    @property
    def seconds(self) -> float:
        """How long it has taken until now."""
        return current_time() - self.began

    def expect(self, size: int) -> None:
        """Count a content that has to travel."""
        self.files_total += 1
        self.bytes_total += size

    @contextmanager
    def sending(self, size: int) -> Iterator[OnSent | None]:
        """Count a content as it goes, and not at all if it does not arrive.

        Yields:
            What to tell of how far it is; ``None`` if nobody wants to know.
        """
        counted = 0

        def note(sent: int, length: int) -> None:
            nonlocal counted
            before, counted = counted, size * sent // length
            self.bytes_sent += counted - before
            self.changed()

        try:
            yield note if self.listeners else None
        except BaseException:
            self.bytes_sent -= counted
            raise
        self.bytes_sent += size - counted

    def landed(self, oid: str, files: int) -> None:
        """Count a commit, and the files whose content went with it."""
        self.commits.append(oid)
        self.files_sent += files
        self.files_total = max(self.files_total, self.files_sent)  # it may be found after all was counted anew
        self.bytes_total = max(self.bytes_total, self.bytes_sent)
        self.changed()

    def changed(self) -> None:
        """Have the listeners told of what is new, soon."""
        self._news.set()

    async def tell_on(self) -> None:
        """Tell the newest figures whenever there are some, and once more in the end."""
        is_over = False
        while not is_over:
            await self._news.wait()
            is_over, self._news = self.is_over, Event()
            await self.tell()

    async def tell(self) -> None:
        """Say how far it is now."""
        progress = UploadProgress(
            files_found=self.files_found,
            bytes_found=self.bytes_found,
            files_hashed=self.files_hashed,
            bytes_hashed=self.bytes_hashed,
            files_sent=self.files_sent,
            bytes_sent=self.bytes_sent,
            files_total=self.files_total,
            bytes_total=self.bytes_total,
            seconds=self.seconds,
        )
        for listener in self.listeners:
            await tell(listener, progress)


async def telling(tally: Tally, upload: Callable[[], Awaitable[T]]) -> T:
    """Upload, and tell the listeners meanwhile.

    They are told in a task of their own, so that one that is slow, or that uses the client itself, holds up no
    connection. What one raises ends the upload.

    Raises:
        Exception: Whatever the upload or a listener raises; it says which commits stay all the same.
    """
    results: list[T] = []

    async def uploaded() -> None:
        results.append(await upload())
        tally.is_over = True
        tally.changed()

    try:
        async with crew() as start:
            start(uploaded)
            if tally.listeners:
                start(tally.tell_on)
    except Exception as exc:
        if tally.commits:
            many = f"{len(tally.commits)} commits were made before, and stay; the last one is"
            one = "A commit was made before, and stays:"
            exc.add_note(f"{many if len(tally.commits) > 1 else one} {tally.commits[-1]}")
        raise
    return results[0]


@asynccontextmanager
async def bar(*, shown: bool) -> AsyncIterator[tuple[OnProgress, ...]]:
    """Show a progress bar, which is gone when the upload has ended, however it ends.

    Raises:
        UsageError: tqdm is not installed.
    """
    if not shown:
        yield ()
        return
    tqdm = await _loaded()
    with tqdm(desc="Uploading", unit="B", unit_scale=True, unit_divisor=1000, leave=False) as line:

        def show(progress: UploadProgress) -> None:
            line.total = progress.bytes_total
            line.set_postfix_str(f"{progress.files_sent}/{progress.files_total} files", refresh=False)
            line.update(progress.bytes_sent - line.n)

        yield (show,)


@asynccontextmanager
async def spaces_bar(*, shown: bool, total: int | None) -> AsyncIterator[Callable[[int], None]]:
    """Show a bar of Spaces, which is gone in the end.

    Args:
        shown: Whether there is to be one.
        total: How many there are; ``None`` where nobody knows yet.

    Yields:
        What moves it by one Space, and is told how many have failed.

    Raises:
        UsageError: tqdm is not installed.
    """
    if not shown:
        yield lambda failures: None
        return
    tqdm = await _loaded()
    with tqdm(desc="Spaces", unit="", total=total, leave=False) as line:

        def show(failures: int) -> None:
            if failures:
                line.set_postfix_str(f"{failures} failed", refresh=False)
            line.update()

        yield show


async def _loaded() -> Any:
    try:
        return await in_thread(_load)
    except ImportError:
        raise UsageError(
            "progress: expected tqdm, which the extra brings: pip install 'aiohfspaces[progress]'"
        ) from None


def _load() -> Any:
    """Import the extra, which is slow, and make the lock that its first bar would make."""
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]
        """One that leaves no thread behind, which would look after bars that nobody moves."""

        monitor_interval = 0

    Bar.get_lock()  # type: ignore[no-untyped-call]
    return Bar
