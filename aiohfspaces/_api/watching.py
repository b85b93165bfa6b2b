"""Many Spaces at once, for the price of a listing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing

from attrs import evolve

from aiohfspaces import models
from aiohfspaces._api.waiting import POLITE, Waiting, checked_poll
from aiohfspaces._io import blocks, landing, watching
from aiohfspaces._io.pages import next_page
from aiohfspaces._io.rooms import loaded
from aiohfspaces._plan import actions, settling
from aiohfspaces._plan import landing as landing_plan
from aiohfspaces._plan import watching as watching_plan
from aiohfspaces._wire import runtime
from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.names import checked_account, checked_full_ids, checked_landings
from aiohfspaces.errors import UsageError
from aiohfspaces.models import SpaceHardware
from aiohfspaces.options import PollPolicy, Seconds, seconds


class Watching(Waiting):
    """Watching many Spaces, and waiting for many."""

    def watch_spaces(
        self, repo_ids: Iterable[str] | None = None, *, author: str | None = None, poll: PollPolicy = POLITE
    ) -> AbstractAsyncContextManager[AsyncGenerator[tuple[str, models.SpaceRuntime | None], None]]:
        """Watch many Spaces change, those of one owner for the price of a listing.

        ``async with client.watch_spaces(author="me") as changes: async for repo_id, runtime in changes: ...`` It looks
        only while the next change is waited for, and lives through failures that may pass, for ever. A round of
        several calls is followed by as long a wait as so many looks at one Space, up to ``poll.maximum``.

        Args:
            repo_ids: Each ``owner/name``; one that is named twice is watched once.
            author: The user or organization all of whose Spaces are watched, those that come later included; instead
                of `repo_ids`.
            poll: How often to look.

        Returns:
            What gives, when entered, an async iterator of ``(repo_id, runtime)``: each Space as it is found, then each
            change. The runtime is ``None`` for a Space that is not there, or not for this token, be it from the start
            or from then on; it may come back.

        Raises:
            UsageError: An argument is wrong; at once. All ids that are none are named.
            AuthenticationError: The token is wrong.
            PermissionDeniedError: The token may not list Spaces.
            MalformedReplyError: What the Hub says of a Space does not parse.

        Wire:
            ``GET /api/spaces?author={owner}&sort=createdAt&limit=500&expand=runtime``, then the ``next`` of its
            ``Link`` headers, and ``GET /api/spaces/{repo_id}/runtime`` where that says nothing or costs less; again
            and again.

        Source:
            No counterpart upstream; the listing is that of huggingface_hub 2.4.0, ``HfApi.list_spaces``.
        """
        checked_poll(poll)
        if (repo_ids is None) == (author is None):
            raise UsageError("repo_ids, author: expected one of them")
        if author is not None:
            roster = watching_plan.Roster.of_author(checked_account(author, argument="author"))
        else:
            roster = watching_plan.Roster.of_ids(checked_full_ids(repo_ids or ()))
        changes = watching.sightings(watching.Rounds(self._reading(), roster), poll)
        return blocks.Block(aclosing(changes), "watch_spaces")

    async def wait_for_all(
        self,
        requests: Iterable[str | tuple[str, SpaceHardware | str | None]] | Mapping[str, SpaceHardware | str | None],
        *,
        timeout: Seconds | None = 1800,
        poll: PollPolicy = POLITE,
        on_change: landing.OnChangeOfOne | None = None,
        report: models.BulkReport[models.SpaceRuntime] | None = None,
    ) -> models.BulkReport[models.SpaceRuntime]:
        """Wait until each of many Spaces has landed on the hardware that was requested for it.

        Landed means what it means to `wait_for_hardware`, with the same errors. The Spaces are watched as by
        `watch_spaces`; one that seems to have landed, or to have failed, is looked at by itself before that counts.

        Args:
            requests: Pairs ``(repo_id, flavor)``, or ids alone for whatever is requested now, which costs a look
                at each of these; or a mapping of ids to flavors. What is there twice is waited for once.
            timeout: Seconds for all of it, ``None`` for ever; what is seen within the first two counts in any case.
            poll: How often to look.
            on_change: Told of each new runtime, as ``(repo_id, runtime)``, the first of each included; a function or a
                coroutine function.
            report: A new `BulkReport` to write into, which you have whatever ends this call, a cancellation included;
                ``None`` makes one.

        Returns:
            The report, as of `bulk`: what each has landed on, and why the others have not, which
            ``report.raise_for_failures()`` raises. A Space that fails ends no wait but its own.

        Raises:
            UsageError: An argument is wrong; all requests that are none are named, and Spaces that are to land on two
                flavors.
            AuthenticationError: The token is wrong.
            PermissionDeniedError: The token may not list Spaces.

        Wire:
            As `watch_spaces`; for each ``GET /api/spaces/{repo_id}/runtime`` in the end, and in the beginning where no
            flavor is named; after a failure
            ``GET /api/spaces/{repo_id}/logs/{build|run}?tail=20``.

        Source:
            No counterpart upstream.
        """
        checked_poll(poll)
        if on_change is not None and not callable(on_change):
            raise UsageError(f"on_change: expected a function, got {on_change!r}")
        asked = checked_landings(requests)
        limit = None if timeout is None else seconds("timeout", timeout)
        kept = actions.report_to_write(report)
        await loaded(landing)
        awaited = {
            repo_id: landing_plan.Awaited(
                settling.Goal(
                    hardware=flavor,
                    as_requested=flavor is None,
                    grace=poll.grace,
                    timeout=limit,
                    restarting=self._was_restarted(repo_id, poll),
                )
            )
            for repo_id, flavor in asked
            if kept.expect(repo_id)
        }
        rounds = watching.Rounds(self._reading(), watching_plan.Roster.of_ids(awaited))
        landings = landing.Landings(
            awaited, rounds, lambda repo_id: self._watch(repo_id, on_change=None, wake=False), on_change, kept
        )
        await landings.settle(poll, limit)
        return kept

    def _reading(self) -> watching.Reading:
        once = self._transport.without_repeating()  # what fails is read again in the next round

        async def look(repo_id: str) -> models.SpaceRuntime:
            async with self._looks.here():
                return await once.send(runtime.get_runtime(repo_id))

        async def turn(page: Call[watching_plan.Told]) -> tuple[watching_plan.Told, Call[watching_plan.Told] | None]:
            async with self._looks.here():
                reply = await once.fetch(page)
            following = next_page(reply)
            return page.parse(reply), None if following is None else evolve(page, path=following, query=())

        return watching.Reading(look, turn)
