"""Retrying: what may be sent again, and what that costs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces import errors
from aiohfspaces._plan.retrying import RetryQuota, asked_delay, is_passing, may_repeat, repetition_cost
from aiohfspaces._wire.refusals import CONFLICTING_OPERATION
from aiohfspaces.errors import HubConnectionError, HubHTTPError, HubTimeoutError, SpacesError

NEVER, SAFE, ANY = "never", "only what is safe to repeat", "any call"


def refused(status: int, kind: str = "HubHTTPError", **facts: Any) -> HubHTTPError:
    """Build a refusal."""
    error: HubHTTPError = getattr(errors, kind)(status=status, method="POST", url="https://hub.test", **facts)
    return error


BUSY = f"Cannot create repo: {CONFLICTING_OPERATION}"

TABLE: list[tuple[SpacesError, str]] = [
    (HubConnectionError("refused", outcome="not done"), ANY),
    (HubTimeoutError("connect", outcome="not done"), ANY),
    (HubConnectionError("lost", outcome="unknown"), SAFE),
    (HubTimeoutError("read", outcome="unknown"), SAFE),
    (HubConnectionError("broke off", outcome="done"), SAFE),
    (refused(429, "RateLimitError"), ANY),
    (refused(429, "RateLimitError", retry_after=3.0), ANY),
    (refused(429, "ActionQuotaError"), NEVER),
    (refused(429, "ActionQuotaError", retry_after=0.0), ANY),
    (refused(409, "ConflictError", server_message=BUSY), ANY),
    (refused(409, "ConflictError", server_message="other"), NEVER),
    (refused(409, "RepositoryExistsError"), NEVER),
    (refused(412, "CommitConflictError"), NEVER),
    *((refused(status), SAFE) for status in (408,)),
    *((refused(status, "HubServerError"), SAFE) for status in (500, 502, 503, 504)),
    *((refused(status, "HubServerError"), NEVER) for status in (501, 505, 507, 599)),
    (refused(400, "BadRequestError"), NEVER),
    (refused(401, "AuthenticationError"), NEVER),
    (refused(402, "PaymentRequiredError"), NEVER),
    (refused(403, "PermissionDeniedError"), NEVER),
    (refused(404, "NotFoundError"), NEVER),
    (refused(413), NEVER),
    (refused(302), NEVER),
    (errors.MalformedReplyError("no JSON", field="body"), NEVER),
    (errors.OfflineError("offline"), NEVER),
    (errors.UsageError("wrong"), NEVER),
    (errors.FileChangedError("changed", failures={}), NEVER),
]


@pytest.mark.parametrize(("failure", "rule"), TABLE, ids=str)
def test_a_call_is_repeated_by_the_rule(failure: SpacesError, rule: str) -> None:
    """Any call where nothing was done, what is safe where that is not known, and nothing else."""
    assert {NEVER: (False, False), SAFE: (False, True), ANY: (True, True)}[rule] == (
        may_repeat(failure, repeatable=False),
        may_repeat(failure, repeatable=True),
    )
    assert (rule != NEVER) is is_passing(failure)


@pytest.mark.parametrize(
    ("failure", "delay", "cost"),
    [
        (refused(429, "RateLimitError", retry_after=3.0), 3.0, 0),
        (refused(429, "RateLimitError", retry_after=0.0), 0.0, 0),
        (refused(429, "RateLimitError"), None, 5),
        (refused(503, "HubServerError", retry_after=3.0), 3.0, 5),
        (HubConnectionError("lost"), None, 5),
        (HubTimeoutError("read"), None, 10),
    ],
    ids=str,
)
def test_a_repetition_has_its_delay_and_its_price(failure: SpacesError, delay: float | None, cost: int) -> None:
    """To come back when the Hub has said so is free; a timeout costs twice."""
    assert (delay, cost) == (asked_delay(failure), repetition_cost(failure))


def test_without_a_failure_nobody_asked_for_a_delay() -> None:
    """A look that went well is followed at our own pace."""
    assert None is asked_delay(None)


def test_an_outage_uses_the_quota_up() -> None:
    """From then on calls fail at once, until some succeed."""
    quota = RetryQuota(12)
    assert [True, True, False] == [quota.take(5) for _ in range(3)]
    assert 2 == quota.left
    assert [True, False] == [quota.take(2), quota.take(1)]
    assert quota.take(0)
    quota.succeeded()
    assert 1 == quota.left
    quota.succeeded(spent=10)
    assert 11 == quota.left


@given(st.integers(0, 50), st.lists(st.tuples(st.booleans(), st.integers(0, 60))))
def test_the_quota_stays_within_its_bounds(capacity: int, steps: list[tuple[bool, int]]) -> None:
    """Never below nothing, never above what it began with."""
    quota = RetryQuota(capacity)
    for takes, amount in steps:
        if takes:
            assert (amount <= quota.left) is quota.take(amount)
        else:
            quota.succeeded(amount)
        assert 0 <= quota.left <= capacity
