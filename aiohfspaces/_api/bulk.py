"""One action on many Spaces."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias, TypeVar

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io import blocks, mapping, telling
from aiohfspaces._plan import actions
from aiohfspaces._wire.names import checked_flags
from aiohfspaces.errors import UsageError
from aiohfspaces.options import whole_number

T = TypeVar("T")

OnOutcome: TypeAlias = Callable[[models.SpaceOutcome[T]], Awaitable[object] | object]
"""Is told of an outcome; a plain function, or a coroutine function that is awaited."""


class Bulk(Sender):
    """Doing one thing to many Spaces."""

    def map_spaces(
        self,
        action: mapping.Action[T],
        repo_ids: Iterable[str] | AsyncIterable[str],
        *,
        max_concurrency: int = 32,
    ) -> AbstractAsyncContextManager[mapping.Outcomes[T]]:
        """Do something to many Spaces, and take the outcomes as they come.

        ``async with client.map_spaces(client.restart_space, repo_ids) as outcomes:`` and therein ``async for outcome
        in outcomes: ...`` One failure never stops the rest. Leaving the block stops what is under way.

        Args:
            action: A coroutine function that takes a repo id: a method of this client, a `functools.partial`, an
                object with ``async __call__``, a lambda that returns what can be awaited, or your own.
            repo_ids: Each ``owner/name``; what is there twice is acted on once. A collection is checked as a whole
                before anything is sent. An iterator or an asynchronous iterable is taken from as outcomes are read:
                at no time are more than `max_concurrency` ids taken of which no outcome was read. An id of it that
                is no ``owner/name`` is an outcome with a `UsageError`; what is no string at all ends it.
            max_concurrency: How many Spaces are acted on at once, at the most.

        Returns:
            What gives the outcomes, an asynchronous iterator of `SpaceOutcome`, when it is entered. Its ``report``, a
            `BulkReport`, says at any time what has become of each Space, and stays when the block has ended.

        Raises:
            UsageError: `action` is not async, `repo_ids` holds what is no ``owner/name`` (it names them all), or
                `max_concurrency` is below 1.
            Exception: Whatever an iterator of `repo_ids` raises; once those under way have ended.

        Wire:
            What `action` sends.

        Source:
            No counterpart upstream.
        """
        actions.checked_action(action)
        tasks = whole_number("max_concurrency", max_concurrency, least=1)
        known = actions.known_ids(repo_ids)
        report = models.BulkReport[T]()
        outcomes = mapping.mapped(action, repo_ids if known is None else known, report, tasks=tasks)
        return blocks.Block(outcomes, "map_spaces")

    async def bulk(
        self,
        action: mapping.Action[T],
        repo_ids: Iterable[str] | AsyncIterable[str],
        *,
        max_concurrency: int = 32,
        on_outcome: OnOutcome[T] | None = None,
        stop_after_failures: int | None = None,
        progress: bool = False,
        report: models.BulkReport[T] | None = None,
    ) -> models.BulkReport[T]:
        """Do something to many Spaces, and report what came of each.

        One failure does not stop the rest, and is no error of this call: `BulkReport.raise_for_failures` makes it one.

        Args:
            action: A coroutine function that takes a repo id, as for `map_spaces`.
            repo_ids: Each ``owner/name``, as for `map_spaces`.
            max_concurrency: How many Spaces are acted on at once, at the most.
            on_outcome: Told of each outcome as it comes, one after the other; a function or a coroutine function.
                What it raises stops what is under way, and is raised.
            stop_after_failures: After so many failures no other Space is begun; what is under way then ends as
                usual. The rest is ``not_attempted``, as far as it was known: an iterator stays where it is, but for
                the one id that is on its way by then.
                ``None`` for never.
            progress: Whether to show a progress bar (extra ``progress``).
            report: A new `BulkReport` to write into, which you have whatever ends this call, a cancellation
                included; ``None`` makes one.

        Returns:
            The report: ``succeeded``, ``failed`` and more.

        Raises:
            UsageError: `action` is not async, `repo_ids` holds what is no ``owner/name`` (it names them all), tqdm is
                not installed, or another argument is wrong.
            Exception: Whatever `on_outcome` raises, or an iterator of `repo_ids`.

        Wire:
            What `action` sends.

        Source:
            No counterpart upstream.
        """
        actions.checked_action(action)
        checked_flags(progress=progress)
        if on_outcome is not None and not callable(on_outcome):
            raise UsageError(f"on_outcome: expected a function, got {on_outcome!r}")
        kept = actions.report_to_write(report)
        tasks = whole_number("max_concurrency", max_concurrency, least=1)
        last = (
            None if stop_after_failures is None else whole_number("stop_after_failures", stop_after_failures, least=1)
        )
        known = actions.known_ids(repo_ids)
        ids, total = (repo_ids, None) if known is None else (known, len(set(known)))
        async with (
            telling.spaces_bar(shown=progress, total=total) as show,
            mapping.mapped(action, ids, kept, tasks=tasks, stop_after_failures=last) as outcomes,
        ):
            async for outcome in outcomes:
                show(kept.failures)
                await telling.tell(on_outcome, outcome)
        return kept
