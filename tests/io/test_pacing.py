"""The rate budget: shared by all that call for an account, whatever client, loop or thread they call from."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

import anyio
import pytest
from attrs import define, field

from aiohfspaces import (
    ActionQuotaError,
    AsyncSpacesClient,
    HubHTTPError,
    PacedCall,
    RateBudgetError,
    RateLimitError,
    RateLimitState,
    RetryPolicy,
    UsageError,
)
from aiohfspaces._io.counting import counting
from aiohfspaces._io.pacing import ANONYMOUS, MOST_BUDGETS, PACER, Pacer, account_of
from aiohfspaces.localhub import LocalHub
from tests.support.scripted import BOTH_LOOPS, TOKEN, Step, client_of, hang_up, never, reply, serving

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

QUOTA, WINDOW_S = 20, 60
ONCE = RetryPolicy(attempts=1)


@define(eq=False)
class Shifting(Pacer):
    """A pacer on a hub's clock: who would sleep moves that on, when nothing is under way."""

    hub: LocalHub | None = None
    under_way: int = field(default=0, init=False)
    slept: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        assert self.hub is not None
        self.clock, self.sleep = self.hub.clock.now, self.shift

    async def take(self, call: PacedCall, *, timeout: float | None) -> Any:
        """Count what is under way."""
        taken = await super().take(call, timeout=timeout)
        with self._lock:
            self.under_way += 1
        return taken

    def told(self, taken: Any, status: int | None, limit: RateLimitState | None) -> None:
        """Count what is under way."""
        super().told(taken, status, limit)
        with self._lock:
            self.under_way -= 1

    async def shift(self, seconds: float) -> None:
        """Move the hub's clock on, unless another has done so."""
        target = self.clock() + seconds
        self.slept += 1
        while self.under_way:  # noqa: ASYNC110  # replies come in other loops too
            await anyio.sleep(0.001)
        with self._lock:
            assert self.hub is not None
            self.hub.clock.advance(max(0.0, target - self.clock()))


async def crowd(hub: LocalHub, pacer: Pacer, calls: int, at_once: int) -> None:
    """Make so many calls, so many at a time."""
    left = iter(range(calls))

    async def work(client: AsyncSpacesClient) -> None:
        for _ in left:
            await client.whoami()

    async with (
        AsyncSpacesClient(hub.token, endpoint=hub.url, rate_budget=pacer, retry=ONCE) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(at_once):
            group.start_soon(work, client)


def refused(hub: LocalHub) -> int:
    """Count the refusals."""
    return sum(request.status == 429 for request in hub.requests)


async def test_many_callers_share_the_windows() -> None:
    """All get through, none is refused."""
    async with LocalHub(rate_limit=(QUOTA, WINDOW_S)) as hub:
        pacer = Shifting(hub=hub)
        await crowd(hub, pacer, 1, 1)
        await crowd(hub, pacer, 5 * QUOTA - 1, 8)
        assert (5 * QUOTA, 0) == (len(hub.requests), refused(hub))
        assert pacer.slept > 0


async def test_two_threads_share_the_windows(anyio_backend: str) -> None:
    """Each with a client, an event loop and half of the calls."""
    async with LocalHub(rate_limit=(QUOTA, WINDOW_S)) as hub:
        pacer = Shifting(hub=hub)
        await crowd(hub, pacer, 1, 1)
        threads = [
            Thread(target=lambda: anyio.run(crowd, hub, pacer, 2 * QUOTA, 4, backend=anyio_backend)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            await anyio.to_thread.run_sync(thread.join)
        assert (4 * QUOTA + 1, 0) == (len(hub.requests), refused(hub))


def limited(remaining: int, resets_in: int, status: int = 200, quota: int = 100) -> Step:
    """Answer with what is left."""
    headers = {
        "RateLimit": f'"api";r={remaining};t={resets_in}',
        "RateLimit-Policy": f'"fixed window";"api";q={quota};w=300',
    }
    return reply({}, status, headers)


@pytest.mark.parametrize("status", [200, 404, 500, 503])
async def test_the_state_is_that_of_the_last_reply(status: int) -> None:
    """Whatever its status; siblings of the same account see it too, others do not."""
    async with serving(limited(42, 300, status)) as hub, client_of(hub, retry=ONCE) as client, client_of(hub) as other:
        assert {} == client.rate_limit
        with suppress(HubHTTPError):
            await client.request("GET", "/api/x")
        for one in (client, other, client.with_options(timeout=1)):
            state = one.rate_limit["api"]
            assert ("api", 42, 100, 300, 0) == (
                state.bucket,
                state.remaining,
                state.quota,
                state.window,
                state.waiting,
            )
            assert 299 < (state.resets_in or 0) <= 300
        assert {} == client.with_options(token="hf_another").rate_limit


async def test_who_has_not_called_yet_is_not_taken_for_an_anonymous_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the token is found or asked for, nobody knows before the first call whose the windows are."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    async with serving(rest=limited(42, 300)) as hub, client_of(hub, False) as anonymous:
        await anonymous.request("GET", "/api/x")
        assert 42 == anonymous.rate_limit["api"].remaining
        for token in (None, lambda: TOKEN):
            async with client_of(hub, token) as client:
                assert {} == client.rate_limit
                await client.request("GET", "/api/x")
                assert 42 == client.rate_limit["api"].remaining


async def test_files_have_a_bucket_of_their_own() -> None:
    """Which says nothing about other calls."""
    spent = reply({}, headers={"RateLimit": '"resolvers";r=0;t=300'})
    async with serving(spent, limited(42, 300)) as hub, client_of(hub) as client:
        await client.request("GET", "/me/app/resolve/main/x")
        await client.request("GET", "/api/x")
        assert [0, 42] == [client.rate_limit[bucket].remaining for bucket in ("resolvers", "api")]


async def test_what_is_not_counted_says_nothing() -> None:
    """A page, or a reply that tells of another bucket."""
    other = reply({}, headers={"RateLimit": '"pages";r=0;t=300'})
    async with serving(limited(0, 300), other, rest=reply({})) as hub, client_of(hub) as client:
        for path in ("/spaces", "/api/x", "/api/x"):
            await client.request("GET", path)
        assert None is client.rate_limit["api"].remaining


async def test_a_call_that_cannot_get_its_turn_in_time_is_not_sent() -> None:
    """It fails at once, with when to come back."""
    async with serving(limited(0, 300)) as hub, client_of(hub, timeout=5) as client:
        await client.request("GET", "/api/x")
        with (
            counting() as count,
            anyio.fail_after(1),
            pytest.raises(RateBudgetError, match=r"GET .*/api/y was not sent: no call .* timeout left") as caught,
        ):
            await client.request("GET", "/api/y")
        assert 0 == count.sent
        assert 299 < (caught.value.retry_after or 0) <= 300
        assert isinstance(pickle.loads(pickle.dumps(caught.value)), RateLimitError)
        assert ["/api/x"] == hub.targets


async def test_a_caller_who_gives_up_waits_no_more() -> None:
    """Its own time limit is not this library's error."""
    async with serving(limited(0, 300)) as hub, client_of(hub, timeout=600) as client:
        await client.request("GET", "/api/x")
        with anyio.move_on_after(0.02) as scope:
            await client.request("GET", "/api/y")
        assert scope.cancelled_caught
        assert 0 == client.rate_limit["api"].waiting


async def test_a_lost_reply_is_not_spent() -> None:
    """Nor is one that was cancelled: the next reply tells."""
    async with serving(limited(7, 300), hang_up) as hub, client_of(hub, retry=ONCE) as client:
        await client.request("GET", "/api/x")
        with pytest.raises(Exception, match="/api/y"):
            await client.request("POST", "/api/y")
        assert 7 == client.rate_limit["api"].remaining


async def test_an_action_quota_is_another_matter() -> None:
    """It is raised, not repeated, and spends nothing."""
    body = {"error": "You have exceeded 128 commits per hour"}
    step = reply(body, 429, {"RateLimit": '"api";r=90;t=300'})
    async with serving(step) as hub, client_of(hub) as client:
        with pytest.raises(ActionQuotaError) as caught:
            await client.request("POST", "/api/x")
        assert "You have exceeded 128 commits per hour" == caught.value.action
        assert 1 == len(hub.received)
        assert 90 == client.rate_limit["api"].remaining


async def test_listings_leave_the_last_calls_to_others() -> None:
    """To looks and to what changes something."""
    async with serving(limited(5, 300), rest=limited(5, 300)) as hub, client_of(hub, timeout=5) as client:
        await client.request("GET", "/api/x")
        with pytest.raises(RateBudgetError):
            await client.list_spaces(author="me")
        await client.request("POST", "/api/y")
        assert ["/api/x", "/api/y"] == hub.targets


async def test_tokens_of_one_account_share_a_budget_once_it_is_named() -> None:
    """Before that each token stands for an account."""
    async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
        await client.whoami()
        assert [("me", "api")] == [key[1:] for key in PACER._budgets]
        assert 999 == client.rate_limit["api"].remaining
    PACER.named("http://hub", account_of("hf_one"), "me")
    PACER.named("http://hub", account_of("hf_two"), "me")
    call = PacedCall(endpoint="http://hub", account=account_of("hf_one"), bucket="api", method="GET", url="/")
    PACER.told(await PACER.take(call, timeout=None), 200, RateLimitState(bucket="api", remaining=3, resets_in=9))
    assert 3 == PACER.state("http://hub", account_of("hf_two"))["api"].remaining


async def test_a_token_cannot_be_told_from_its_account() -> None:
    """And nobody has an account of their own without one."""
    assert TOKEN not in account_of(TOKEN)
    assert ANONYMOUS == account_of(None)


async def test_old_budgets_are_forgotten() -> None:
    """Those that were asked longest ago, though their windows have not turned: a service has many users."""
    pacer, state = Pacer(), RateLimitState(bucket="api", remaining=9, quota=10, window=300, resets_in=300)
    for number in [*range(MOST_BUDGETS), 0, MOST_BUDGETS]:
        call = PacedCall(endpoint="", account=f"{number}", bucket="api", method="GET", url="")
        pacer.told(await pacer.take(call, timeout=1), 200, state)
    assert [True, False, True] == [bool(pacer.state("", f"{number}")) for number in (0, 1, MOST_BUDGETS)]
    assert MOST_BUDGETS == len(pacer._budgets)
    for number in range(MOST_BUDGETS + 1):
        pacer.named("", f"{number}", f"name{number}")
    assert MOST_BUDGETS == len(pacer._names)


async def test_a_bulk_whose_calls_have_little_time_spends_what_is_left() -> None:
    """Its calls are not put off to where they would have failed; who fails does so since nothing is left."""
    ids = [f"me/app{number}" for number in range(200)]
    async with serving(limited(40, 300), rest=reply({})) as hub, client_of(hub, timeout=1) as client:
        await client.request("GET", "/api/x")
        report = await client.bulk(lambda repo_id: client.request("GET", f"/api/{repo_id}"), ids)
    failures = [error for error in report.failed.values() if isinstance(error, RateBudgetError)]
    assert (ids[:40], 160) == (list(report.succeeded), len(failures))
    assert min(failure.retry_after or 0 for failure in failures) > 290


@define
class Own:
    """A budget of a user's own, which lets everything through and remembers it."""

    heard: list[tuple[Any, int | None, RateLimitState | None]] = field(factory=list)

    async def take(self, call: PacedCall, *, timeout: float | None) -> PacedCall:
        """Let it through."""
        assert timeout is not None
        assert 0 < timeout <= 5
        return call

    def told(self, taken: Any, status: int | None, limit: RateLimitState | None) -> None:
        """Remember it."""
        self.heard.append((taken, status, limit))

    def named(self, endpoint: str, account: str, name: str) -> None:
        """Do nothing."""

    def state(self, endpoint: str, account: str) -> dict[str, RateLimitState]:
        """Know nothing."""
        return {}


async def test_a_budget_of_ones_own_is_asked_and_told() -> None:
    """Of each request, and of what came of it."""
    own = Own()
    async with serving(limited(0, 7), hang_up) as hub, client_of(hub, rate_budget=own, retry=ONCE) as client:
        await client.request("POST", "/api/x")
        with pytest.raises(Exception, match="/api/x"):
            await client.request("POST", "/api/x")
        call = PacedCall(
            endpoint=hub.url, account=account_of(TOKEN), bucket="api", method="POST", url=f"{hub.url}/api/x"
        )
        state = RateLimitState(bucket="api", remaining=0, resets_in=7, quota=100, window=300)
        assert [(call, 200, state), (call, None, None)] == own.heard
        assert {} == client.rate_limit


@define
class Slow(Own):
    """One that takes its time where it is told to."""

    is_held: bool = False

    async def take(self, call: PacedCall, *, timeout: float | None) -> PacedCall:
        """Let it through, if ever."""
        if self.is_held:
            await anyio.sleep_forever()
        return await super().take(call, timeout=timeout)


@pytest.mark.parametrize("is_held", [True, False], ids=["while it waits", "when it was sent"])
async def test_a_budget_of_ones_own_is_told_of_what_was_cancelled(is_held: bool) -> None:
    """Once, if it had let it through, and not at all if it had not."""
    own = Slow(is_held=is_held)
    async with (
        serving(never) as hub,
        client_of(hub, rate_budget=own) as client,
        anyio.create_task_group() as group,
    ):
        group.start_soon(client.request, "GET", "/api/x")
        if not is_held:
            await hub.until(lambda: len(hub.received) == 1)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert ([] if is_held else [(None, None)]) == [(status, limit) for _, status, limit in own.heard]


WRONG: dict[str, Callable[[], object]] = {"a number": lambda: 7, "a class": lambda: Own, "an object": object}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
async def test_what_is_no_budget_is_refused(make: Callable[[], Any]) -> None:
    """When the client is made."""
    with pytest.raises(UsageError, match=r"^rate_budget: "):
        AsyncSpacesClient(TOKEN, rate_budget=make())
