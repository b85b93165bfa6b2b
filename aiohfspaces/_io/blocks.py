"""What is entered by ``async with`` before it is gone through."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import NoReturn, TypeVar

from aiohfspaces.errors import UsageError

T = TypeVar("T")


class Block(AbstractAsyncContextManager[T]):
    """Enters what it is made of; ``async for`` over it says what was forgotten.

    Attributes:
        entered: What is entered.
        name: The method that gave it.
    """

    def __init__(self, entered: AbstractAsyncContextManager[T], name: str) -> None:
        self.entered = entered
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}(…), to be entered by async with>"

    async def __aenter__(self) -> T:
        return await self.entered.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return await self.entered.__aexit__(kind, exc, traceback)

    def __aiter__(self) -> NoReturn:
        raise UsageError(
            f"{self.name}: enter it first, so that leaving it early ends it: "
            f"async with client.{self.name}(...) as found: and therein async for ... in found:"
        )
