from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from email.utils import formatdate
from math import inf
from typing import Any

import anyio
import pytest

from aiohfspaces import (
    ActionQuotaError,
    BadRequestError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    HubTimeoutError,
    PollPolicy,
    RateLimitError,
    RepositoryNotFoundError,
    RetryPolicy,
    SpacesError,
    Timeout,
    UsageError,
)
from aiohfspaces._io.repeating import TimeUp, again, look_for_news
from aiohfspaces._plan.retrying import RetryQuota
from tests.support.scripted import AT_ONCE, BOTH_LOOPS, Step, client_of, hang_up, never, raw, reply, serving

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

NO_WAIT = PollPolicy(initial=0, maximum=0, jitter=0)
SPENT = {"RateLimit": '"api";r=0;t=0'}
NOT_FOUND = reply({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})


def refused(status: int, **headers: str) -> Step:
    """Refuse, with headers such as ``Retry_After``."""
    return reply({"error": "no"}, status, {name.replace("_", "-"): value for name, value in headers.items()})


def failure_of(status: int, *, outcome: Any = "not done") -> HubServerError:
    """Make a failure of the server."""
    return HubServerError(status=status, method="GET", url="http://hub/x", outcome=outcome)


def scripted(looks: Iterable[Any]) -> Callable[[], Awaitable[Any]]:
    """Make a step that returns, or raises, one after the other."""
    left = iter(looks)

    async def step() -> Any:
        await anyio.lowlevel.checkpoint()
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return step


@pytest.mark.parametrize("step", [refused(503), refused(500), refused(502), refused(504), refused(408), hang_up])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_what_is_safe_to_repeat_is_repeated(step: Step, method: str) -> None:
    """Failures that pass are lived through."""
    async with serving(step, step, reply("right")) as hub, client_of(hub) as client:
        assert "right" == await client.request(method, "/x")
        assert 3 == len(hub.received)


@pytest.mark.parametrize("step", [refused(500), refused(503), refused(408), hang_up, raw(b"HTTP/1.1 200")])
async def test_a_post_whose_fate_is_unknown_is_not_repeated(step: Step) -> None:
    """It may have taken effect, and the error says that nobody knows."""
    async with serving(step) as hub, client_of(hub) as client:
        with pytest.raises(SpacesError) as caught:
            await client.request("POST", "/x")
        assert "unknown" == getattr(caught.value, "outcome", None)
        assert 1 == len(hub.received)


@pytest.mark.parametrize("step", [refused(429), refused(429, Retry_After="0"), refused(429, **SPENT)])
async def test_a_post_is_repeated_after_a_429(step: Step) -> None:
    """Nothing was done, so doing it again is not doing it twice."""
    async with serving(step, reply("right")) as hub, client_of(hub) as client:
        assert "right" == await client.request("POST", "/x", json={"a": 1})
        assert 1 == len({request.body for request in hub.received})


async def test_a_post_is_repeated_after_a_failed_connect() -> None:
    """Where no connection stood nothing was done; each attempt is made, and the last failure told."""
    async with serving() as hub:
        pass
    async with client_of(hub) as client:
        left = client._transport.quota.left
        with pytest.raises(HubConnectionError) as caught:
            await client.request("POST", "/x")
        assert "not done" == caught.value.outcome
        assert 4 * 5 == left - client._transport.quota.left


async def test_a_post_that_the_caller_calls_safe_is_repeated() -> None:
    """``repeatable=True`` says what the method does not."""
    async with serving(refused(500), reply("right")) as hub, client_of(hub) as client:
        assert "right" == await client.request("POST", "/x", repeatable=True)


@pytest.mark.parametrize(("attempts", "expected"), [(1, 1), (3, 3), (5, 5)])
async def test_attempts_are_bounded(attempts: int, expected: int) -> None:
    """The first counts as one."""
    async with serving(rest=refused(503)) as hub:
        async with client_of(hub, retry=RetryPolicy(attempts=attempts, initial=0, jitter=0)) as client:
            with pytest.raises(HubServerError):
                await client.request("GET", "/x")
        assert expected == len(hub.received)


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 412, 422, 501])
async def test_what_will_not_pass_is_not_repeated(status: int) -> None:
    """A refusal for good is told at once."""
    async with serving(rest=refused(status)) as hub, client_of(hub) as client:
        with pytest.raises(HubHTTPError):
            await client.request("GET", "/x")
        assert 1 == len(hub.received)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_the_hub_says_when_to_come_back(status: int, form: str) -> None:
    """``Retry-After`` wins over our own, much longer, waits; a date counts from the Hub's own."""
    now, asked = 1_700_000_000, {"Retry-After": "0"}
    if form == "date":
        asked = {"Retry-After": formatdate(now, usegmt=True), "Date": formatdate(now, usegmt=True)}
    slow = RetryPolicy(initial=30, maximum=30)
    answers = (reply(status=status, headers=asked), reply("right"))
    async with serving(*answers) as hub, client_of(hub, retry=slow) as client:
        with anyio.fail_after(1):
            assert "right" == await client.request("GET", "/x")


@pytest.mark.parametrize("asked", [{"Retry-After": "60"}, {"RateLimit": '"api";r=0;t=60'}])
async def test_a_wait_longer_than_the_time_left_ends_at_once(asked: dict[str, str]) -> None:
    """Nobody is kept waiting for what cannot come; the error says when it can."""
    async with serving(rest=reply(status=429, headers=asked)) as hub, client_of(hub, timeout=5) as client:
        with anyio.fail_after(1), pytest.raises(RateLimitError) as caught:
            await client.request("GET", "/x")
        assert 60 == caught.value.retry_after
        assert 1 == len(hub.received)


async def test_a_quota_of_another_kind_is_told_at_once() -> None:
    """With calls left, a 429 is about something else, and waiting for the window does not help."""
    limited = reply({"error": "128 commits per hour"}, 429, {"RateLimit": '"api";r=12;t=1'})
    async with serving(rest=limited) as hub, client_of(hub) as client:
        with pytest.raises(ActionQuotaError) as caught:
            await client.request("POST", "/x")
        assert "128 commits per hour" == caught.value.action
        assert 1 == len(hub.received)


async def test_the_quota_stops_a_storm() -> None:
    """In an outage a client's requests are its calls and what the quota pays for, not five times as many."""
    policy = RetryPolicy(initial=0, jitter=0, quota=50)
    async with serving(rest=refused(503)) as hub, client_of(hub, retry=policy) as client:
        for _ in range(30):
            with pytest.raises(HubServerError):
                await client.request("GET", "/x")
        assert 30 + 50 // 5 == len(hub.received)


async def test_successes_refill_the_quota() -> None:
    """Each success gives a little back, up to where it began."""
    policy = RetryPolicy(initial=0, jitter=0, quota=10)
    async with serving(*[refused(503)] * 3) as hub, client_of(hub, retry=policy) as client:
        quota = client._transport.quota
        with pytest.raises(HubServerError):
            await client.request("GET", "/x")
        assert 0 == quota.left
        for _ in range(12):
            await client.request("GET", "/x")
        assert 10 == quota.left


async def test_a_repetition_that_succeeds_gives_back_what_it_cost() -> None:
    """A failure here and there never uses the quota up."""
    async with serving(*[refused(503), refused(503), reply({})] * 20) as hub, client_of(hub) as client:
        left = client._transport.quota.left
        for _ in range(20):
            await client.request("GET", "/x")
        assert left == client._transport.quota.left


async def test_coming_back_when_told_costs_nothing() -> None:
    """A rate limit with a time is no failure of the Hub's."""
    policy = RetryPolicy(initial=0, jitter=0, quota=0)
    async with serving(refused(429, Retry_After="0"), reply("right")) as hub, client_of(hub, retry=policy) as client:
        assert "right" == await client.request("GET", "/x")


async def test_timeouts_cost_double() -> None:
    """They are what makes an outage worse."""
    short = Timeout(read=0.02)
    policy = RetryPolicy(initial=0, jitter=0, quota=10)
    async with serving(rest=never) as hub, client_of(hub, timeout=short, retry=policy) as client:
        with pytest.raises(HubTimeoutError):
            await client.request("GET", "/x")
        assert 2 == len(hub.received)


@pytest.mark.parametrize("first", [hang_up, refused(500), refused(504)])
async def test_a_lost_reply_is_remembered(first: Step) -> None:
    """A refusal of a later attempt does not say that the first one did nothing."""
    async with serving(first, refused(400)) as hub, client_of(hub) as client:
        with pytest.raises(BadRequestError) as caught:
            await client.request("PUT", "/x")
        assert "unknown" == caught.value.outcome
        assert "unknown" in str(caught.value)


async def test_a_refusal_before_anything_was_done_stays_certain() -> None:
    """After a rate limit it is known that nothing was done."""
    async with serving(refused(429), refused(400)) as hub, client_of(hub) as client:
        with pytest.raises(BadRequestError) as caught:
            await client.request("PUT", "/x")
        assert "not done" == caught.value.outcome


async def test_a_deletion_whose_reply_was_lost_is_done() -> None:
    """Not there any more is what was wanted, if the first attempt may have done it."""
    async with serving(hang_up, NOT_FOUND) as hub, client_of(hub) as client:
        assert None is await client.delete_repo("me/app")  # type: ignore[func-returns-value]
        assert 2 == len(hub.received)


@pytest.mark.parametrize("before", [[], [refused(429)]])
async def test_a_deletion_of_nothing_is_an_error(before: list[Step]) -> None:
    """Without a lost reply the repository was never there."""
    async with serving(*before, NOT_FOUND) as hub, client_of(hub) as client:
        with pytest.raises(RepositoryNotFoundError):
            await client.delete_repo("me/app")


async def test_the_wait_grows_and_has_a_limit() -> None:
    """The waits are ours to choose, and none begins that the time does not allow."""
    waits = RetryPolicy(attempts=100, initial=0.01, maximum=0.02, jitter=0)
    failures = [failure_of(503) for _ in range(100)]
    left = iter(failures)
    with pytest.raises(HubServerError):
        await again(
            scripted(left),
            failure_of(503),
            repeatable=True,
            policy=waits,
            quota=RetryQuota(500),
            until=anyio.current_time() + 0.1,
        )
    assert len(list(left)) >= 100 - 5  # 10 ms, then 20 ms each


async def test_the_last_failure_is_raised_as_it_is() -> None:
    """No exception of the retrying library reaches a caller."""
    mistake = UsageError("token: expected another")
    with pytest.raises(UsageError) as caught:
        await again(
            scripted([mistake]),
            failure_of(503),
            repeatable=True,
            policy=AT_ONCE,
            quota=RetryQuota(500),
            until=anyio.current_time() + 5,
        )
    assert mistake is caught.value


LOOKING: dict[str, Any] = {"policy": NO_WAIT, "due": inf, "until": inf}


async def test_looking_ends_with_something_else() -> None:
    """What was seen before is looked at again, whatever passes meanwhile."""
    looks = ["old", failure_of(503), HubConnectionError("gone"), "old", "new", "newer"]
    assert "new" == await look_for_news(scripted(looks), "old", **LOOKING)


async def test_the_first_look_is_news() -> None:
    """Where nothing was seen before, whatever is seen ends it."""
    assert "new" == await look_for_news(scripted([failure_of(503), "new", "newer"]), None, **LOOKING)


async def test_the_same_is_news_when_it_is_due() -> None:
    """A look that goes well then ends it; one that fails does not."""
    looks = [failure_of(503), "old", "new"]
    due = {**LOOKING, "due": anyio.current_time()}
    assert "old" == await look_for_news(scripted(looks), "old", **due)


@pytest.mark.parametrize("failure", [None, failure_of(503)])
async def test_looking_ends_with_the_time(failure: HubHTTPError | None) -> None:
    """Where nothing changes, that is told, and how the last look ended."""
    looks = ["old" if failure is None else failure] * 100_000
    until = {**LOOKING, "until": anyio.current_time() + 0.05}
    assert TimeUp(failure) == await look_for_news(scripted(looks), "old", **until)


async def test_a_look_that_hangs_ends_with_the_time() -> None:
    """The time for a wait is the caller's, also where the Hub does not answer at all."""

    async def hang() -> str:
        await anyio.sleep_forever()
        return "never"

    with anyio.fail_after(1):
        until = {**LOOKING, "until": anyio.current_time() + 0.05}
        assert TimeUp(None) == await look_for_news(hang, "old", **until)


async def test_looking_ends_with_a_failure_for_good() -> None:
    """A look that can never succeed is not repeated."""
    gone = RepositoryNotFoundError(status=404, method="GET", url="http://hub/x")
    with pytest.raises(RepositoryNotFoundError):
        await look_for_news(scripted([failure_of(500), gone, "new"]), "old", **LOOKING)


async def test_a_call_in_its_retries_can_be_cancelled() -> None:
    """A wait between attempts ends at once with the caller's own cancellation."""
    slow = RetryPolicy(initial=30, maximum=30)
    async with serving(rest=refused(503)) as hub, client_of(hub, retry=slow, timeout=100) as client:
        with anyio.fail_after(1):
            async with anyio.create_task_group() as group:
                group.start_soon(client.request, "GET", "/x")
                await hub.until(lambda: len(hub.received) == 1)
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()
        assert 1 == len(hub.received)
