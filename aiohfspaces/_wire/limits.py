"""When to come back: ``Retry-After`` and the rate limit headers.

Source: IETF draft-ietf-httpapi-ratelimit-headers as the Hub sends it,
``RateLimit: "api";r=489;t=189``; RFC 9110, 10.2.3 for ``Retry-After``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from attrs import frozen

from aiohfspaces.models import RateLimitState

_RATE_LIMIT = re.compile(r'^\s*"?(?P<bucket>[^";]*)"?\s*;\s*r=(?P<remaining>\d{1,9})\s*;\s*t=(?P<reset>\d{1,9})\b')
_POLICY = re.compile(
    r'^\s*"fixed window"\s*;\s*"?(?P<bucket>[^";]*)"?\s*;\s*q=(?P<quota>\d{1,9})\s*;\s*w=(?P<window>\d{1,9})\b'
)


@frozen
class RateLimit:
    """What is left of a window.

    Attributes:
        bucket: ``api``, ``resolvers`` or ``pages``.
        remaining: Calls left.
        reset_s: Seconds until the window turns, rounded up.
    """

    bucket: str
    remaining: int
    reset_s: int


def rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Read the ``RateLimit`` header; ``None`` if there is none, or none that can be read."""
    match = _RATE_LIMIT.match(headers.get("ratelimit", ""))
    if match is None:
        return None
    return RateLimit(match["bucket"], int(match["remaining"]), int(match["reset"]))


def window_state(headers: Mapping[str, str]) -> RateLimitState | None:
    """Read ``RateLimit``, and ``RateLimit-Policy`` where it is about the same; ``None`` without the former."""
    limit, policy = rate_limit(headers), _POLICY.match(headers.get("ratelimit-policy", ""))
    if limit is None:
        return None
    known = policy is not None and policy["bucket"] == limit.bucket
    return RateLimitState(
        bucket=limit.bucket,
        remaining=limit.remaining,
        resets_in=limit.reset_s,
        quota=int(policy["quota"]) if policy is not None and known else None,
        window=int(policy["window"]) if policy is not None and known else None,
    )


def bucket_of(path: str) -> str | None:
    """Tell what a request counts for, by its path below the endpoint; ``None`` if for nothing that is known."""
    if path.startswith("/api/"):
        return "api"
    return "resolvers" if "/resolve/" in path else None


def retry_after(headers: Mapping[str, str], now_epoch_s: float) -> float | None:
    """Tell in how many seconds the server wants to be asked again.

    A date counts from the server's own ``Date`` where it sends one, so that the two clocks
    need not agree. Without ``Retry-After`` a spent window says when it turns; a window with
    calls left says nothing.

    Args:
        headers: Names in lower case.
        now_epoch_s: Our clock.

    Returns:
        Seconds, zero or more; ``None`` if it did not say.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    if (moment := epoch_of(asked)) is not None:
        return max(0.0, moment - (epoch_of(headers.get("date", "")) or now_epoch_s))
    limit = rate_limit(headers)
    return float(limit.reset_s) if limit is not None and limit.remaining == 0 else None


def epoch_of(date: str) -> float | None:
    """Read a date of HTTP; ``None`` if it is none."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
