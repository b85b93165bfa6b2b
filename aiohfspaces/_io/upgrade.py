"""Hardware that was requested, and has not landed yet."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from attrs import evolve

from aiohfspaces._io.poller import Course, Watch, look_once, settle
from aiohfspaces._plan.settling import Goal
from aiohfspaces.models import SpaceRuntime
from aiohfspaces.options import PollPolicy


class HardwareUpgrade:
    """Hardware that was requested: awaiting it waits until the Space has landed on it.

    Nothing looks at the Space but `done` and ``await``.

    Attributes:
        runtime: The Space as it was seen last; at first, as the Hub answered the request.
    """

    runtime: SpaceRuntime

    def __init__(self, watch: Watch, goal: Goal, policy: PollPolicy, runtime: SpaceRuntime) -> None:
        self.runtime = runtime
        self._watch = evolve(watch, on_change=self._note)
        self._goal = goal
        self._policy = policy
        self._course = Course()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._watch.repo_id!r}, {str(self._goal.hardware)!r}, {self.runtime.stage})"

    def __await__(self) -> Generator[Any, Any, SpaceRuntime]:
        """Wait until it has landed.

        Raises:
            SpaceWaitError: It has not, and why; as for `AsyncSpacesClient.wait_for_hardware`.
            HubHTTPError: The Hub refused to show it.
        """
        return settle(self._watch, self._goal, self._policy, check=True, course=self._course).__await__()

    async def done(self) -> bool:
        """Look at the Space once, and tell whether there is nothing left to wait for.

        ``await`` then returns the runtime, or raises why it will not land, at once. What the Hub
        cannot show just now is not done.

        Raises:
            HubHTTPError: The Hub refused to show it.
        """
        return await look_once(self._watch, self._goal, self._course)

    def to_json(self) -> str:
        """Write it as text that `AsyncSpacesClient.resume_wait` takes, in any process; nothing in it is secret."""
        return self._goal.handle(self._watch.repo_id).to_json()

    def _note(self, runtime: SpaceRuntime) -> None:
        self.runtime = runtime
