"""Whose turn it is: one writer of this process at a branch, one creator for an account, in the order of their coming.

They may belong to several event loops, each in a thread of its own. Writers of other processes are met as conflicts.
"""

from __future__ import annotations

import os
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from threading import RLock
from typing import Protocol, TypeAlias, cast
from weakref import WeakValueDictionary

from anyio import Event, move_on_after
from anyio.lowlevel import current_token
from attrs import define, field

Place: TypeAlias = tuple[str, str]
"""A repository's address, and the branch; or where repositories are created, and the account."""

LONGEST_TURN_S = 60.0
"""After that the next one goes on: whoever has the turn may hang, and two that commit at once meet as conflicts."""

_LOCK = RLock()
"""Held for a look into memory, never for a wait. What is collected meanwhile may leave its line in the same thread."""


@define(eq=False)
class Turns:
    """The line of those who want to write in one place; the first one has the turn.

    Attributes:
        head: The last commit that any of them has made.
    """

    head: str | None = None
    _line: deque[_Writer] = field(factory=deque, init=False)

    @asynccontextmanager
    async def taken(self, *, is_patient: bool = False) -> AsyncIterator[None]:
        """Wait for the turn, though not for ever unless the waiter has its own deadline, and have it for a block."""
        writer = _Writer()
        with _LOCK:
            self._line.append(writer)
        try:
            self._call_first()
            with move_on_after(None if is_patient else LONGEST_TURN_S):
                await writer.called.wait()
            yield
        finally:
            self._leave(writer)
            self._call_first()

    def _call_first(self) -> None:
        """Tell the first in the line, even if it knows; whose event loop has ended is in nobody's way."""
        while (first := self._first()) is not None:
            try:
                first.call()
            except RuntimeError:
                self._leave(first)
            else:
                return

    def _first(self) -> _Writer | None:
        with _LOCK:
            return self._line[0] if self._line else None

    def _leave(self, writer: _Writer) -> None:
        with _LOCK, suppress(ValueError):
            self._line.remove(writer)


_TURNS: WeakValueDictionary[Place, Turns] = WeakValueDictionary()


def _begin_anew() -> None:
    """Forget the lines of the process that this one was forked from: nobody here calls those who stand in them."""
    global _LOCK
    _LOCK = RLock()
    _TURNS.clear()


if hasattr(os, "register_at_fork"):  # which Windows has not
    os.register_at_fork(after_in_child=_begin_anew)


def turns_at(place: Place) -> Turns:
    """Give what all writers in one place share, as long as there are any."""
    with _LOCK:
        turns = _TURNS.get(place)
        if turns is None:
            turns = _TURNS[place] = Turns()
        return turns


class _TrioToken(Protocol):
    def run_sync_soon(self, function: Callable[[], object], /) -> None: ...


@define(eq=False)
class _Writer:
    """One that waits in its own event loop, and may be called from another."""

    called: Event = field(factory=Event)
    loop: object = field(factory=lambda: current_token().native_token)

    def call(self) -> None:
        """Tell it that it is its turn.

        Raises:
            RuntimeError: Its event loop has ended.
        """
        if isinstance(self.loop, AbstractEventLoop):
            self.loop.call_soon_threadsafe(self.called.set)
        else:
            cast(_TrioToken, self.loop).run_sync_soon(self.called.set)
