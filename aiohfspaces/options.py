"""What a caller can set: time limits, retries, polling. All times are seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import inf
from typing import Any, Protocol, TypeAlias

from attrs import Attribute, field, frozen

from aiohfspaces.errors import UsageError
from aiohfspaces.models import PacedCall, RateLimitState

__all__ = ["PollPolicy", "RateBudget", "RetryPolicy", "Seconds", "Timeout", "seconds", "whole_number"]

Seconds: TypeAlias = float | timedelta
"""A duration: a number of seconds, or a `datetime.timedelta`."""


def seconds(argument: str, value: Seconds) -> float:
    """Turn a duration into a number of seconds.

    Args:
        argument: Its name, for the error.
        value: The duration, zero or longer.

    Raises:
        UsageError: It is negative, without end, or no duration.
    """
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < inf:
        raise UsageError(f"{argument}: expected seconds, zero or more, got {value!r}")
    return float(number)


def whole_number(argument: str, value: int, *, least: int) -> int:
    """Accept a whole number.

    Args:
        argument: Its name, for the error.
        value: The number.
        least: The smallest that will do.

    Raises:
        UsageError: It is smaller, or none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(f"{argument}: expected a whole number, {least} or more, got {value!r}")
    return value


def _number(value: Seconds) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else value


def _zero_or_more(_: object, attribute: Attribute[float], value: float) -> None:
    seconds(attribute.name, value)


def _above_zero(_: object, attribute: Attribute[float], value: float) -> None:
    if seconds(attribute.name, value) == 0:
        raise UsageError(f"{attribute.name}: expected more than zero, got 0")


def _whole(least: int) -> Callable[[object, Attribute[int], int], None]:
    def check(_: object, attribute: Attribute[int], value: int) -> None:
        whole_number(attribute.name, value, least=least)

    return check


@frozen(kw_only=True)
class Timeout:
    """How long a call may take.

    Attributes:
        connect: Until a connection stands.
        read: Until the next bytes of the reply.
        write: Until the next bytes of the request are taken.
        total: For the call in total, its repetitions and the waits between them included.
        slowest: Bytes per second that a transfer must reach on average: what a file adds to
            ``total`` is its size divided by this.
    """

    connect: float = field(default=10.0, converter=_number, validator=_above_zero)
    read: float = field(default=60.0, converter=_number, validator=_above_zero)
    write: float = field(default=60.0, converter=_number, validator=_above_zero)
    total: float = field(default=600.0, converter=_number, validator=_above_zero)
    slowest: float = field(default=256 * 1024.0, validator=_above_zero)

    @classmethod
    def of(cls, total: Timeout | Seconds, *, argument: str = "timeout") -> Timeout:
        """Make a limit for the call in total; its parts are cut to fit.

        Args:
            total: Seconds above zero; a `Timeout` is one already.
            argument: Its name, for the error.

        Raises:
            UsageError: It is no duration above zero.
        """
        if isinstance(total, Timeout):
            return total
        limit = seconds(argument, total)
        if limit == 0:
            raise UsageError(f"{argument}: expected more than zero, got 0")
        ordinary = cls()
        return cls(
            connect=min(ordinary.connect, limit),
            read=min(ordinary.read, limit),
            write=min(ordinary.write, limit),
            total=limit,
        )

    def total_with(self, transferred_bytes: int) -> float:
        """Limit a call that also carries a file of so many bytes."""
        return self.total + transferred_bytes / self.slowest


@frozen(kw_only=True)
class RetryPolicy:
    """How often and how fast a failed call is repeated, where repeating it is safe.

    Attributes:
        attempts: At the most, the first included; 1 for never again.
        initial: The wait before the second attempt; it doubles from there.
        maximum: The longest wait of our own choosing; what the Hub asks for is waited as asked.
        jitter: Up to so much is added at random.
        quota: How much repeating the client as a whole may do before it has to succeed again:
            each repetition costs 5 (10 after a timeout), and a success gives back what it cost.
    """

    attempts: int = field(default=5, validator=_whole(1))
    initial: float = field(default=0.5, converter=_number, validator=_zero_or_more)
    maximum: float = field(default=8.0, converter=_number, validator=_zero_or_more)
    jitter: float = field(default=0.5, converter=_number, validator=_zero_or_more)
    quota: int = field(default=500, validator=_whole(0))


@frozen(kw_only=True)
class PollPolicy:
    """How often a waiting call looks.

    Attributes:
        initial: The wait after the first look, and after each change; it doubles from there.
        maximum: The longest wait.
        jitter: Up to so much is added at random.
        grace: How long an error stage that was there at the first look may last.
    """

    initial: float = field(default=1.0, converter=_number, validator=_zero_or_more)
    maximum: float = field(default=15.0, converter=_number, validator=_zero_or_more)
    jitter: float = field(default=1.0, converter=_number, validator=_zero_or_more)
    grace: float = field(default=10.0, converter=_number, validator=_zero_or_more)


class RateBudget(Protocol):
    """What lets calls through so that the Hub need not refuse any.

    The one of the process does, unless ``AsyncSpacesClient(rate_budget=)`` is given another, e.g. one that several
    machines share. All methods may be called from several threads and event loops at once.
    """

    async def take(self, call: PacedCall, *, timeout: float | None) -> Any:
        """Wait until a call may be sent.

        Args:
            call: What is about to be sent.
            timeout: Seconds that are left to it; ``None`` for no end. Whoever sees that these will not do raises
                `RateBudgetError` at once.

        Returns:
            Whatever `told` is to be given.
        """

    def told(self, taken: Any, status: int | None, limit: RateLimitState | None) -> None:
        """Learn what came of a call; called once for each that was let through, one that was cancelled included.

        It must not raise: the call would fail with that, although its reply is there.

        Args:
            taken: What `take` has returned.
            status: The HTTP status; ``None`` if no reply came.
            limit: What the reply says of its window, ``resets_in`` in whole seconds, rounded up; ``None`` if nothing.
        """

    def named(self, endpoint: str, account: str, name: str) -> None:
        """Learn the name of an account that was known by the digest of its token."""

    def state(self, endpoint: str, account: str) -> Mapping[str, RateLimitState]:
        """Tell what is known of an account's windows, by bucket."""
        ...
