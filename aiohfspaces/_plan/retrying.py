"""Whether a failed call may be sent again, and what that costs.

The quota is the AWS SDKs' (standard retry mode): an outage uses it up, and from then on calls
fail at once, until some succeed again.
"""

from __future__ import annotations

from aiohfspaces._wire.refusals import CONFLICTING_OPERATION
from aiohfspaces.errors import (
    ActionQuotaError,
    ConflictError,
    HubConnectionError,
    HubHTTPError,
    HubTimeoutError,
    RateLimitError,
    SpacesError,
)

PASSING_STATUSES = frozenset({408, 500, 502, 503, 504})
"""Failures that may be gone the next time."""

_REPETITION_COST = 5
_TIMEOUT_COST = 10
_SUCCESS_REFUND = 1


def may_repeat(failure: SpacesError, *, repeatable: bool) -> bool:
    """Tell whether a call may be sent again.

    Args:
        failure: How it ended.
        repeatable: Whether sending it twice does no more than sending it once.
    """
    match failure:
        case HubConnectionError(may_pass=False):
            return False
        case HubConnectionError(outcome="not done"):
            return True
        case HubConnectionError():
            return repeatable
        case ActionQuotaError():
            return failure.retry_after is not None
        case RateLimitError():
            return True
        case ConflictError():
            return CONFLICTING_OPERATION in failure.server_message
        case HubHTTPError(status=status) if status in PASSING_STATUSES:
            return repeatable
        case _:
            return False


def is_passing(failure: SpacesError) -> bool:
    """Tell whether a read that failed like this is worth doing again later."""
    return may_repeat(failure, repeatable=True)


def asked_delay(failure: SpacesError | None) -> float | None:
    """Tell in how many seconds the Hub asked to come back; ``None`` if it did not say."""
    return failure.retry_after if isinstance(failure, HubHTTPError) else None


def repetition_cost(failure: SpacesError) -> int:
    """Price a repetition; coming back when the Hub has said so, or when its turn is free, costs nothing."""
    obeyed = isinstance(failure, RateLimitError) and failure.retry_after is not None
    if obeyed or isinstance(failure, ConflictError):
        return 0
    return _TIMEOUT_COST if isinstance(failure, HubTimeoutError) else _REPETITION_COST


class RetryQuota:
    """How much repeating is left to a client. Changes in plain calls, so tasks can share it."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._left = capacity

    @property
    def left(self) -> int:
        """What is left to spend."""
        return self._left

    def take(self, cost: int) -> bool:
        """Pay for a repetition; ``False`` if there is not enough left."""
        if cost > self._left:
            return False
        self._left -= cost
        return True

    def succeeded(self, spent: int = 0) -> None:
        """Give back what the call had cost, or a little for one that cost nothing."""
        self._left = min(self._capacity, self._left + (spent or _SUCCESS_REFUND))
