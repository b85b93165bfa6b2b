"""Watching many Spaces, on a Hub inside the process; what it costs, on a clock that jumps ahead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import anyio
import pytest
import trio
import trio.testing
from anyio import current_time
from attrs import evolve

from aiohfspaces import (
    AuthenticationError,
    HubConnectionError,
    HubHTTPError,
    HubServerError,
    MalformedReplyError,
    NotFoundError,
    PermissionDeniedError,
    PollPolicy,
    RateLimitError,
    SpaceRuntime,
)
from aiohfspaces._api.waiting import MOST_LOOKS
from aiohfspaces._io.watching import AT_ONCE, Reading, Rounds, sightings
from aiohfspaces._plan.watching import Roster, Told
from aiohfspaces._wire.calls import Call
from tests.support.listed import MOVING, UP, ListedHub, seen
from tests.support.scripted import BOTH_LOOPS, Exchange, client_of, reply, serving

pytestmark = [pytest.mark.anyio]

NO_WAIT = PollPolicy(initial=0, maximum=0, jitter=0)
BAD_GATEWAY = HubServerError(status=502, method="GET", url="http://hub/x")
PASSING = [BAD_GATEWAY, HubConnectionError("gone"), HubHTTPError(status=408, method="GET", url="http://hub/x")]
REFUSALS = [
    AuthenticationError(status=401, method="GET", url="http://hub/x"),
    PermissionDeniedError(status=403, method="GET", url="http://hub/x"),
]


def refused(seconds: float) -> RateLimitError:
    """Make a 429 that asks to come back."""
    return RateLimitError(status=429, method="GET", url="http://hub/x", retry_after=seconds)


def rounds_of(hub: ListedHub, *repo_ids: str, author: str | None = None) -> Rounds:
    """Watch some Spaces, or all of an owner."""
    return Rounds(hub.reading, Roster.of_ids(repo_ids) if author is None else Roster.of_author(author))


def in_no_time(work: Callable[[], Awaitable[None]]) -> None:
    """Run something on a clock that jumps."""
    trio.run(work, clock=trio.testing.MockClock(autojump_threshold=0))


@BOTH_LOOPS
async def test_what_is_found_comes_first_and_then_each_change() -> None:
    """Listed or not, of several owners."""
    hub = ListedHub("me/app0", "me/app1", "me/app2", "her/app")
    hub.listed["me/app2"] = None
    async with aclosing(sightings(rounds_of(hub, *hub.spaces, "me/none"), NO_WAIT)) as changes:
        found = [await anext(changes) for _ in range(5)]
        assert {**hub.spaces, "me/none": None} == dict(found)
        for repo_id in ("me/app1", "me/app2", "her/app"):
            hub.spaces[repo_id] = MOVING
            assert (repo_id, MOVING) == await anext(changes)
        del hub.spaces["me/app0"]
        assert ("me/app0", None) == await anext(changes)
        hub.spaces["me/app0"] = UP
        assert ("me/app0", UP) == await anext(changes)
    assert {"me"} == set(hub.pages)


@BOTH_LOOPS
async def test_why_one_is_not_there_is_kept_without_a_traceback() -> None:
    """There may be thousands of them."""
    hub = ListedHub("me/app0")
    hub.listed["me/app0"], hub.failing["me/app0"] = None, BAD_GATEWAY
    rounds = rounds_of(hub, "me/app0", "me/none")
    await rounds.look()
    errors = [rounds.roster.sights["me/none"], rounds.failures["me/app0"]]
    assert [None, None] == [isinstance(error, Exception) and error.__traceback__ for error in errors]


@BOTH_LOOPS
async def test_an_owners_spaces_come_and_go() -> None:
    """One without Spaces shows nothing until there is one."""
    hub = ListedHub(page=1)
    async with aclosing(sightings(rounds_of(hub, author="me"), NO_WAIT)) as changes:
        with anyio.move_on_after(0.02) as scope:
            await anext(changes)
        assert scope.cancelled_caught
    async with aclosing(sightings(rounds_of(hub, author="me"), NO_WAIT)) as changes:
        hub.spaces |= {"me/app0": UP, "me/app1": MOVING}
        assert [("me/app0", UP), ("me/app1", MOVING)] == [await anext(changes) for _ in range(2)]
        del hub.spaces["me/app0"]
        assert ("me/app0", None) == await anext(changes)
    assert [] == hub.looks


@BOTH_LOOPS
async def test_failures_that_pass_are_lived_through() -> None:
    """Of pages and of looks; a listing is gone on with at the page that could not be read."""
    hub = ListedHub(*(f"me/app{number}" for number in range(4)), page=2)
    hub.listed["me/app3"] = None
    hub.trouble.extend([*PASSING, None, *PASSING, None, PASSING[0]])
    async with aclosing(sightings(rounds_of(hub, *hub.spaces), NO_WAIT)) as changes:
        assert hub.spaces == dict([await anext(changes) for _ in range(4)])
    assert 3 + 1 + 3 + 1 + 2 == len(hub.pages)
    assert 1 + 1 == len(hub.looks)


@BOTH_LOOPS
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
async def test_a_listing_that_is_refused_ends_it(refusal: HubHTTPError) -> None:
    """Reading it again would show as little; the error is no group."""
    hub = ListedHub("me/app0", "me/app1")
    hub.trouble.extend([BAD_GATEWAY, refusal])
    with pytest.raises(type(refusal)):
        await anext(sightings(rounds_of(hub, *hub.spaces), NO_WAIT))


@BOTH_LOOPS
async def test_one_space_that_is_refused_hides_no_other() -> None:
    """It is as one that is not there; a token that is wrong is wrong for all, and what does not parse is told."""
    hub = ListedHub("me/app", "her/app")
    hub.failing["her/app"] = REFUSALS[1]
    async with aclosing(sightings(rounds_of(hub, *hub.spaces), NO_WAIT)) as changes:
        assert {"me/app": UP, "her/app": None} == dict([await anext(changes) for _ in range(2)])
    for failure in (REFUSALS[0], MalformedReplyError("odd", field="stage")):
        hub.failing["her/app"] = failure
        with pytest.raises(type(failure)):
            await all_of(rounds_of(hub, *hub.spaces))


async def all_of(rounds: Rounds) -> None:
    """Watch until it ends."""
    async with aclosing(sightings(rounds, NO_WAIT)) as changes:
        async for _ in changes:
            pass


@BOTH_LOOPS
async def test_one_space_that_always_fails_hides_no_other() -> None:
    """What can be read counts, round by round."""
    hub = ListedHub("me/app", "her/app", "his/app0", "his/app1")
    hub.failing |= {"her/app": BAD_GATEWAY, "his": BAD_GATEWAY}
    async with aclosing(sightings(rounds_of(hub, *hub.spaces), NO_WAIT)) as changes:
        assert ("me/app", UP) == await anext(changes)
        hub.spaces["me/app"] = MOVING
        assert ("me/app", MOVING) == await anext(changes)
        hub.failing.clear()
        assert {"her/app", "his/app0", "his/app1"} == {(await anext(changes))[0] for _ in range(3)}


@BOTH_LOOPS
async def test_an_owner_who_is_not_there_hides_no_other() -> None:
    """Whether the Hub lists nothing then or says so."""
    hub = ListedHub("me/app0", "me/app1")
    hub.failing["no"] = NotFoundError(status=404, method="GET", url="http://hub/x")
    async with aclosing(sightings(rounds_of(hub, *hub.spaces, "no/app0", "no/app1"), NO_WAIT)) as changes:
        found = dict([await anext(changes) for _ in range(4)])
    assert {**hub.spaces, "no/app0": None, "no/app1": None} == found


@BOTH_LOOPS
async def test_a_listing_that_leads_back_is_an_error() -> None:
    """It would never end."""

    async def turn(page: Call[Told]) -> tuple[Told, Call[Told] | None]:
        return (), evolve(page, path="/again")

    with pytest.raises(MalformedReplyError, match="one before it"):
        await Rounds(Reading(ListedHub().look, turn), Roster.of_author("me")).look()


def test_a_round_of_a_thousand_is_ten_calls() -> None:
    """Within an hour at rest and in motion it makes no more calls than looks at one Space might in that time."""

    async def watch() -> None:
        hub = ListedHub(*(f"me/app{number}" for number in range(1000)))
        began, last = current_time(), 0.0
        async with aclosing(sightings(rounds_of(hub, *hub.spaces), PollPolicy())) as changes:
            for _ in range(1000):
                await anext(changes)
            assert 10 == hub.calls
            assert 0 == current_time() - began
            while current_time() < began + 3600:
                hub.spaces["me/app999"] = seen() if hub.spaces["me/app999"] == MOVING else MOVING
                last = current_time()
                assert "me/app999" == (await anext(changes))[0]
                assert 10 <= current_time() - last <= 15
        assert [] == hub.looks
        assert 3600 * 10 / 15 <= hub.calls <= 3600 + 10

    in_no_time(watch)


def test_the_hub_is_left_in_peace_for_as_long_as_it_asks() -> None:
    """A 429 ends its round at once, and what was read before it is told before the wait."""

    async def watch() -> None:
        hub = ListedHub(*(f"me/app{number}" for number in range(100)), *(f"u{n}/app" for n in range(50)), page=50)
        hub.trouble.extend([None, refused(200)])
        began = current_time()
        async with aclosing(sightings(rounds_of(hub, *hub.spaces), PollPolicy())) as changes:
            for _ in range(50):
                await anext(changes)
            assert (0, 2) == (current_time() - began, hub.calls)
            for _ in range(100):
                await anext(changes)
            assert 200 <= current_time() - began <= 204
            assert 2 + 1 + 50 == hub.calls

    in_no_time(watch)


def test_nothing_runs_while_the_caller_does() -> None:
    """The reads of a round run beside one another, 16 at the most, and are over before its first change is given."""

    async def watch() -> None:
        hub, tasks = ListedHub(*(f"u{number}/app" for number in range(100))), [0]

        async def look(repo_id: str) -> SpaceRuntime:
            tasks.append(trio.lowlevel.current_statistics().tasks_living)
            await anyio.sleep(1)
            return await hub.look(repo_id)

        rounds = Rounds(Reading(look, hub.turn), Roster.of_ids(hub.spaces))
        before, began = trio.lowlevel.current_statistics().tasks_living, current_time()
        async with aclosing(sightings(rounds, PollPolicy())) as changes:
            async for _ in changes:
                assert before == trio.lowlevel.current_statistics().tasks_living
                break
        assert before + AT_ONCE == max(tasks)
        assert 7 == current_time() - began
        assert AT_ONCE == MOST_LOOKS

    in_no_time(watch)


@BOTH_LOOPS
async def test_a_thousand_spaces_are_ten_requests() -> None:
    """On the wire: pages that lead on by their ``Link`` header, and at most twelve requests a round."""
    listed = [f"me/app{number}" for number in range(1000)]
    hidden = ["me/hidden0", "me/hidden1"]
    runtime: dict[str, Any] = {"stage": "RUNNING", "hardware": {"current": "t4-small", "requested": "t4-small"}}

    async def answer(exchange: Exchange) -> bool:
        path, _, query = exchange.request.target.partition("?")
        if path != "/api/spaces":
            return await reply(runtime)(exchange)
        start = int(query.rpartition("cursor=")[2]) if "cursor=" in query else 0
        link = {"Link": f'<{server.url}/api/spaces?cursor={start + 100}>; rel="next"'} if start < 900 else {}
        told = [{"_id": "1", "id": repo_id, "runtime": runtime} for repo_id in listed[start : start + 100]]
        return await reply(told, headers=link)(exchange)

    async with serving(rest=answer) as server, client_of(server) as client:
        async with client.watch_spaces([*listed, *hidden], poll=NO_WAIT) as changes:
            found = dict([await anext(changes) for _ in range(1002)])
        assert {*listed, *hidden} == found.keys()
        assert 12 == len(server.received)
        assert "/api/spaces?author=me&sort=createdAt&limit=500&expand=runtime" == server.targets[0]
        assert {f"/api/spaces/{repo_id}/runtime" for repo_id in hidden} == set(server.targets[10:])


@BOTH_LOOPS
async def test_a_wait_can_be_cancelled() -> None:
    """At once, in a round as between two."""
    hub = ListedHub("me/app0", "me/app1")
    with anyio.move_on_after(0.02) as scope:
        await all_of(rounds_of(hub, *hub.spaces))
    assert scope.cancelled_caught
