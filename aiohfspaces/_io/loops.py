"""What belongs to one event loop, where a client may serve several."""

from __future__ import annotations

import asyncio
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
        loop = _running_loop()
        found = self._by_loop.get(loop)
        if found is None:
            self._forget_ended()
            found = self._by_loop[loop] = self._make()
        return found

    def known(self) -> T | None:
        """Give the running loop's, if it has one."""
        return self._by_loop.get(_running_loop())

    def everywhere(self) -> Iterable[T]:
        """Give all that there are."""
        return list(self._by_loop.values())

    def _forget_ended(self) -> None:
        """Forget the loops of asyncio that are closed: what they have, such as sockets, keeps them in memory."""
        for known in self._by_loop.keyrefs():
            loop = known()
            if isinstance(loop, asyncio.AbstractEventLoop) and loop.is_closed():
                self._by_loop.pop(loop, None)


def _running_loop() -> object:
    try:
        return asyncio.get_running_loop()  # in a fifth of the time
    except RuntimeError:
        return current_token().native_token
