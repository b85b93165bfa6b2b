"""Telling how far an upload has come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any, TypeAlias

from anyio import current_time
from attrs import define, field

from aiohfspaces._io.files import in_thread
from aiohfspaces._wire.calls import OnSent
from aiohfspaces.errors import UsageError
from aiohfspaces.models import UploadProgress

OnProgress: TypeAlias = Callable[[UploadProgress], Awaitable[object] | object]
"""Is told of each step; a plain function, or a coroutine function that is awaited."""


@define(eq=False)
class Tally:
    """Counts what an upload does, and tells whoever wants to know.

    Attributes:
        listeners: Who wants to know.
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

    @property
    def seconds(self) -> float:
        """How long it has taken until now."""
        return current_time() - self.began

    def expect(self, size: int) -> None:
        """Count a content that has to travel."""
        self.files_total += 1
        self.bytes_total += size

    @asynccontextmanager
    async def sending(self, size: int) -> AsyncIterator[OnSent | None]:
        """Count a content as it goes, and not at all if it does not arrive.

        Yields:
            What to tell of how far it is; ``None`` if nobody wants to know.
        """
        counted = 0

        async def note(sent: int, length: int) -> None:
            nonlocal counted
            before, counted = counted, size * sent // length
            self.bytes_sent += counted - before
            await self.tell()

        try:
            yield note if self.listeners else None
        except BaseException:
            self.bytes_sent -= counted
            raise
        self.bytes_sent += size - counted

    async def tell(self) -> None:
        """Say how far it is now."""
        if not self.listeners:
            return
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
            answer = listener(progress)
            if isawaitable(answer):
                await answer


@asynccontextmanager
async def bar(*, shown: bool) -> AsyncIterator[tuple[OnProgress, ...]]:
    """Show a progress bar, which is gone when the upload has ended, however it ends.

    Raises:
        UsageError: tqdm is not installed.
    """
    if not shown:
        yield ()
        return
    try:
        tqdm = await in_thread(_load)
    except ImportError:
        raise UsageError(
            "progress: expected tqdm, which the extra brings: pip install 'aiohfspaces[progress]'"
        ) from None
    with tqdm(desc="Uploading", unit="B", unit_scale=True, unit_divisor=1000, leave=False) as line:

        def show(progress: UploadProgress) -> None:
            line.total = progress.bytes_total
            line.set_postfix_str(f"{progress.files_sent}/{progress.files_total} files", refresh=False)
            line.update(progress.bytes_sent - line.n)

        yield (show,)


def _load() -> Any:
    """Import the extra, which is slow, and make the lock that its first bar would make."""
    from tqdm.auto import tqdm

    tqdm.get_lock()  # type: ignore[no-untyped-call]
    return tqdm
