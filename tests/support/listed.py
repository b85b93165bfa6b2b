"""A Hub that lists Spaces and shows them one by one, inside the process."""

from __future__ import annotations

from collections import deque

from anyio.lowlevel import checkpoint
from attrs import evolve

from aiohfspaces import RepositoryNotFoundError, SpaceHardware, SpaceRuntime, SpaceStage
from aiohfspaces._io.watching import Reading
from aiohfspaces._plan.watching import Told
from aiohfspaces._wire.calls import Call

CPU, T4, A10G = SpaceHardware.CPU_BASIC, SpaceHardware.T4_SMALL, SpaceHardware.A10G_SMALL


def seen(
    stage: str = "RUNNING", hardware: SpaceHardware | None = T4, requested: SpaceHardware | None = T4
) -> SpaceRuntime:
    """Make a runtime, by default one that has landed on a T4."""
    return SpaceRuntime(stage=SpaceStage(stage), hardware=hardware, requested_hardware=requested)


UP, MOVING = seen(), seen("RUNNING_BUILDING", CPU)


class ListedHub:
    """Shows what it is told to.

    Attributes:
        spaces: What each Space runs on.
        listed: What listings show of some instead; ``None`` for nothing.
        failing: Spaces and owners whose reading fails, and how.
        pages: Owners whose listings were read, page by page.
        looks: Spaces that were looked at by themselves.
        trouble: How the next calls fail; ``None`` for one that does not.
    """

    def __init__(self, *repo_ids: str, page: int = 100, runtime: SpaceRuntime = UP) -> None:
        self.spaces: dict[str, SpaceRuntime] = dict.fromkeys(repo_ids, runtime)
        self.listed: dict[str, SpaceRuntime | None] = {}
        self.failing: dict[str, Exception] = {}
        self.pages: list[str] = []
        self.looks: list[str] = []
        self.trouble: deque[Exception | None] = deque()
        self._page = page

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self.pages) + len(self.looks)

    @property
    def reading(self) -> Reading:
        """The two ways to read it."""
        return Reading(self.look, self.turn)

    async def look(self, repo_id: str) -> SpaceRuntime:
        """Show one."""
        self.looks.append(repo_id)
        await self._answer(repo_id)
        if repo_id not in self.spaces:
            raise RepositoryNotFoundError(status=404, method="GET", url="http://hub/x")
        return self.spaces[repo_id]

    async def turn(self, call: Call[Told]) -> tuple[Told, Call[Told] | None]:
        """Show a page of an owner's."""
        owner, start = call.path.split("|") if "|" in call.path else (dict(call.query)["author"], "0")
        self.pages.append(owner)
        await self._answer(owner)
        theirs = [repo_id for repo_id in self.spaces if repo_id.startswith(f"{owner}/")]
        end = int(start) + self._page
        told = tuple((each, self.listed.get(each, self.spaces[each])) for each in theirs[int(start) : end])
        return told, evolve(call, path=f"{owner}|{end}", query=()) if end < len(theirs) else None

    async def _answer(self, name: str) -> None:
        await checkpoint()
        failure = (self.trouble.popleft() if self.trouble else None) or self.failing.get(name)
        if failure is not None:
            raise failure
