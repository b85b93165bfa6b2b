"""What belongs to one event loop, where a client may serve several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from anyio.lowlevel import current_token

T = TypeVar("T")


class PerLoop(Generic[T]):
    """A thing for each event loop, made when that loop first asks, and gone with it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._by_loop: WeakKeyDictionary[object, T] = WeakKeyDictionary()

    def here(self) -> T:
        """Give the running loop's."""
        loop = current_token().native_token
        found = self._by_loop.get(loop)
        if found is None:
            found = self._by_loop[loop] = self._make()
        return found

    def everywhere(self) -> Iterable[T]:
        """Give all that there are."""
        return list(self._by_loop.values())
