"""What a Space tells while it is listened to: its logs, its events, its metrics."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._io import streams
from aiohfspaces._plan import following
from aiohfspaces._wire import logs
from aiohfspaces._wire.names import (
    checked_flags,
    checked_full_id,
)
from aiohfspaces.options import whole_number


class Streams(Sender):
    """Streams of a Space.

    Each is an async iterator that sends nothing before its first item is asked for, and that holds one
    of the client's connections until it has ended or ``aclose`` was called. A loop that may be left early
    stands in ``async with aclosing(…)``, so that the connection is given back at once.
    """

    def fetch_space_logs(
        self, repo_id: str, *, build: bool = False, follow: bool = False, tail: int | None = None
    ) -> AsyncGenerator[str, None]:
        r"""Read what a Space has printed, or what its build has, line by line.

        Each line comes once, however often the connection breaks off on the way.

        Args:
            repo_id: ``owner/name``.
            build: The log of the last build instead of that of the app.
            follow: Whether to go on with what is printed from now on, until the Hub ends the log: that of
                a build with the build, that of an app hardly ever. ``False`` ends with what there is now.
            tail: Only the last so many lines of what there is now; ``None`` for all that the Hub kept.

        Returns:
            The lines as they were printed, their ends (``\n``) included: print them with ``end=""``.

        Raises:
            UsageError: An argument is wrong; at once, not with the first line.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            HubConnectionError: It broke off: five times in a row without a new line, if it is followed.
            HubServerError: As often, the Hub failed to open it.
            RateLimitError: As often, there were too many calls.
            MalformedReplyError: What came is no stream of events.

        Wire:
            ``GET /api/spaces/{repo_id}/logs/{build|run}?tail=N``; safe to repeat. After a break it is asked for
            without ``tail``, and what is known already is left out.

        Source:
            huggingface_hub 2.4.0, ``HfApi.fetch_space_logs``; ``tail``: the Hub's OpenAPI document.
        """
        checked_flags(build=build, follow=follow)
        count = None if tail is None else whole_number("tail", tail, least=0)
        kind: logs.LogKind = "build" if build else "run"
        reading = following.LogReading(checked_full_id(repo_id), kind, tail=count, follow=follow)
        return _texts(reading, streams.following(self._transport) if follow else streams.draining(self._transport))

    def stream_space_events(self, repo_id: str) -> AsyncGenerator[models.SpaceEvent, None]:
        """Follow what happens to a Space: its stage above all.

        What it is now comes first. The Hub documents neither the names of the events nor what they say, so
        `get_space_runtime` is the authority where it matters.

        Args:
            repo_id: ``owner/name``.

        Returns:
            The events as they happen, without end; those of unknown names, too.

        Raises:
            UsageError: `repo_id` is none; at once, not with the first event.
            PermissionDeniedError: The token may not see this.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            HubConnectionError: It broke off five times in a row without a new event.
            HubServerError: As often, the Hub failed to open it.
            RateLimitError: As often, there were too many calls.
            MalformedReplyError: What came is no stream of events.

        Wire:
            ``GET /api/spaces/{repo_id}/events``; safe to repeat.

        Source:
            The Hub's OpenAPI document of 2026-08-22 for the path; the events as observed by others.
        """
        return streams.told(following.EventReading(checked_full_id(repo_id)), streams.following(self._transport))

    def stream_space_metrics(self, repo_id: str) -> AsyncGenerator[models.SpaceMetrics, None]:
        """Follow how busy a Space that runs is.

        Args:
            repo_id: ``owner/name``.

        Returns:
            About one measurement a second for each replica, until the Hub ends it. Events of another kind
            are left out.

        Raises:
            UsageError: `repo_id` is none; at once, not with the first measurement.
            ConflictError: It does not run, or is static; with the Hub's words.
            PermissionDeniedError: The token may not manage this Space.
            RepositoryNotFoundError: There is none, or the token may not see it.
            AuthenticationError: The token is wrong.
            HubConnectionError: It broke off five times in a row without a new measurement.
            HubServerError: As often, the Hub failed to open it.
            RateLimitError: As often, there were too many calls.
            MalformedReplyError: What came is no stream of events, or a measurement does not parse.

        Wire:
            ``GET /api/spaces/{repo_id}/metrics``; safe to repeat.

        Source:
            The Hub's OpenAPI document of 2026-08-22 for the path; the measurements as
            huggingface_hub 2.4.0, ``HfApi.fetch_job_metrics``, shows those of jobs.
        """
        return streams.told(following.MetricsReading(checked_full_id(repo_id)), streams.following(self._transport))


async def _texts(reading: following.LogReading, manner: streams.Manner) -> AsyncGenerator[str, None]:
    async with aclosing(streams.told(reading, manner)) as lines:
        async for line in lines:
            yield line.text
