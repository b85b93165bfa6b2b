"""What every family of methods stands on."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from anyio import Semaphore

from aiohfspaces import models
from aiohfspaces._io.loops import PerLoop
from aiohfspaces._io.pages import Following, Pages
from aiohfspaces._io.transport import Transport
from aiohfspaces._io.xet import Xet
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.names import git_path
from aiohfspaces.models import RepoType

T = TypeVar("T")


class Sender:
    """Sends calls for one account to one Hub."""

    _transport: Transport
    _xet: Xet
    _pieces: PerLoop[Semaphore]

    async def _send(self, call: Call[T]) -> T:
        return await self._transport.send(call)

    def _pages(
        self, first: Call[tuple[T, ...]], limit: int | None = None, following: Following | None = None
    ) -> Pages[T]:
        return Pages(partial(self._transport.fetch, is_listing=True), first, limit, following)

    def _repo_url(self, repo_id: str, repo_type: RepoType) -> models.RepoUrl:
        endpoint = self._transport.endpoint
        return models.RepoUrl(endpoint + git_path(repo_id, repo_type), endpoint=endpoint)
