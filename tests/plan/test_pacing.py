"""Pacing: who may send when, by what replies have said, on a clock of the test's own."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count, pairwise
from math import ceil

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from aiohfspaces._plan.pacing import LOOK_S, PROBE_S, Budget, Ticket, Wait
from aiohfspaces.localhub.quotas import Quotas
from aiohfspaces.models import RateLimitState


def said(remaining: int, resets_in: int, quota: int | None = 100, window: int = 300) -> RateLimitState:
    """Build what a reply says."""
    return RateLimitState(
        bucket="api", remaining=remaining, resets_in=resets_in, quota=quota, window=None if quota is None else window
    )


def sent(budget: Budget, now: float, **asked: bool | int) -> Ticket:
    """Ask for a turn that has come."""
    verdict = budget.ask(now, **asked)  # type: ignore[arg-type]  # of each argument's own type
    assert isinstance(verdict, Ticket)
    return verdict


def told(remaining: int, resets_in: int = 300, quota: int | None = 100) -> Budget:
    """Build a budget of which one reply has told at the time 0."""
    budget = Budget()
    budget.heard(sent(budget, 0), 0, said(remaining, resets_in, quota), refused=False)
    return budget


def test_whoever_knows_nothing_holds_nobody_up() -> None:
    """Before the first reply everything goes."""
    budget = Budget()
    assert [1, 2, 3] == [sent(budget, 0).number for _ in range(3)]


def test_a_short_burst_goes_through_untouched() -> None:
    """However much is still to come, the first half of a window is for whoever comes first."""
    budget = told(99)
    assert 49 == len([sent(budget, 1, coming=3000) for _ in range(49)])
    assert isinstance(budget.ask(1, coming=3000), Ticket)
    assert isinstance(budget.ask(1, coming=3000), Wait)


def test_who_cannot_wait_so_long_is_not_put_off() -> None:
    """As long as any calls are left: spreading them is a courtesy, and none of its calls may fail for that."""
    budget = told(27, 300)
    sent(budget, 0, coming=1000)
    assert Wait(10) == budget.ask(0, coming=1000, until=10)
    assert [True] * 26 == [isinstance(budget.ask(0, coming=1000, until=9), Ticket) for _ in range(26)]
    assert Wait(300) == budget.ask(0, coming=1000, until=9)


def test_what_is_left_is_spread_where_more_is_to_come() -> None:
    """Over what remains of the window, but for a tenth that is spared for delays."""
    budget = told(27, 300)
    now, times = 0.0, []
    for _ in range(27):
        while isinstance(verdict := budget.ask(now, coming=1000, again=True), Wait):
            now = verdict.until
        times.append(now)
        budget.heard(verdict, now, None, refused=False)
    assert [10.0] * 26 == pytest.approx([later - earlier for earlier, later in pairwise(times)])
    assert Wait(300) == budget.ask(now)


def test_whoever_waits_for_a_slot_has_one_of_its_own() -> None:
    """So that they do not all wake for the same."""
    budget = told(27, 300)
    sent(budget, 0, coming=1000)
    waits = []
    for _ in range(3):
        waits.append(budget.ask(0, coming=1000))
        budget.waiting += 1
    assert [10, 20, 30] == pytest.approx([wait.until for wait in waits if isinstance(wait, Wait)], rel=0.05)


def test_nothing_is_spread_where_enough_is_left() -> None:
    """The end of a job is not put off."""
    budget = told(40)
    assert 40 == len([sent(budget, 0, coming=40 - number) for number in range(40)])


def test_when_all_is_spent_the_turn_of_the_window_is_waited_for() -> None:
    """And then there is as much as in a whole one."""
    budget = told(1, 42)
    sent(budget, 1)
    assert Wait(42) == budget.ask(1)
    sent(budget, 42)
    assert 99 == budget.left


def test_the_earliest_bound_of_the_turn_is_waited_for() -> None:
    """Seconds are told whole, so the reply that was told just after a second had passed knows best."""
    budget = told(50, 42)
    budget.heard(sent(budget, 0.5), 0.6, said(49, 42), refused=False)
    assert 42 == budget.turns_at
    budget.heard(sent(budget, 0.7), 0.8, said(48, 41), refused=False)
    assert 41.8 == budget.turns_at


def test_replies_that_overtake_each_other_lower_what_is_left_once() -> None:
    """What is left was counted as the calls were sent."""
    budget = told(50)
    first, second = sent(budget, 1), sent(budget, 1)
    budget.heard(second, 2, said(48, 298), refused=False)
    budget.heard(first, 2, said(49, 298), refused=False)
    assert 48 == budget.left


def test_what_other_programs_use_is_seen() -> None:
    """A reply that says less is believed."""
    budget = told(50)
    budget.heard(sent(budget, 1), 2, said(7, 298), refused=False)
    assert 7 == budget.left


def test_a_reply_of_a_window_that_is_over_says_nothing() -> None:
    """It may come late."""
    budget = told(5, 42)
    late = sent(budget, 41)
    sent(budget, 43)
    budget.heard(late, 43, said(0, 1), refused=True)
    assert 99 == budget.left
    assert isinstance(budget.ask(43), Ticket)


def test_a_new_window_is_told_by_time() -> None:
    """A reply that tells of a turn after the one that was waited for is of the next window, whatever is left there."""
    budget = told(50, 42)
    budget.heard(sent(budget, 41.5), 41.6, said(3, 300), refused=False)
    assert 3 == budget.left
    assert 341.6 == budget.turns_at


def test_more_left_is_no_new_window() -> None:
    """It may be an earlier reply that was overtaken."""
    budget = told(5, 42)
    early, late = sent(budget, 1), sent(budget, 1)
    budget.heard(late, 2, said(3, 41), refused=False)
    budget.heard(early, 2, said(4, 41), refused=False)
    assert (3, 42) == (budget.left, budget.turns_at)


def test_a_hub_that_counts_less_is_believed() -> None:
    """All that it may not have counted yet is taken off what it says is left."""
    budget = told(10, 42)
    tickets = [sent(budget, 1) for _ in range(4)]
    budget.heard(tickets[1], 2, said(10, 41), refused=False)
    assert 10 - 3 == budget.left
    assert 42 == budget.turns_at


def test_after_a_refusal_one_goes_first() -> None:
    """When the window has turned; the others follow when its reply has come."""
    budget = told(50, 42)
    budget.heard(sent(budget, 1), 1, said(0, 41), refused=True)
    assert Wait(42) == budget.ask(2)
    first = sent(budget, 42)
    assert Wait(42 + LOOK_S) == budget.ask(42)
    budget.heard(first, 43, said(99, 300), refused=False)
    sent(budget, 43)


def test_one_that_went_first_and_is_lost_is_not_waited_for() -> None:
    """Whether it tells or not."""
    for is_told in (True, False):
        budget = told(50, 42)
        budget.heard(sent(budget, 1), 1, said(0, 41), refused=True)
        first = sent(budget, 42)
        if is_told:
            budget.lost(first)
        sent(budget, 42 if is_told else 42 + PROBE_S)


def test_another_goes_first_where_the_first_is_lost() -> None:
    """Nobody knows yet whether the Hub refuses all that come after."""
    budget = told(50, 42)
    budget.heard(sent(budget, 1), 1, said(0, 41), refused=True)
    for _ in range(3):
        first = sent(budget, 42)
        assert Wait(42 + LOOK_S) == budget.ask(42)
        budget.lost(first)
    budget.heard(sent(budget, 42), 43, said(99, 300), refused=False)
    assert [5, 6] == [sent(budget, 43).number - 2 for _ in range(2)]


def test_a_refusal_with_calls_left_spends_nothing() -> None:
    """It is about another quota."""
    budget = told(50)
    budget.heard(sent(budget, 1), 1, said(49, 299), refused=True)
    sent(budget, 1)


def test_listings_leave_the_last_calls_to_others() -> None:
    """To waits and to what changes something."""
    budget = told(6, 42)
    sent(budget, 0, is_listing=True)
    assert Wait(42) == budget.ask(0, is_listing=True)
    assert 5 == len([sent(budget, 0) for _ in range(5)])


def test_a_call_that_never_arrived_is_not_spent() -> None:
    """An outage does not use up the window."""
    budget = told(1, 42)
    budget.lost(sent(budget, 1))
    sent(budget, 1)


def test_without_a_quota_a_new_window_is_asked_about() -> None:
    """Whoever knows nothing holds nobody up."""
    budget = told(0, 42, None)
    assert Wait(42) == budget.ask(1)
    assert [None, None] == [(sent(budget, 42), budget.left)[1] for _ in range(2)]


def test_a_window_whose_first_reply_has_not_come_is_not_overdrawn() -> None:
    """It is looked for; when all that were sent are lost, nothing is known any more."""
    budget = told(0, 42)
    tickets = [sent(budget, 42) for _ in range(100)]
    assert Wait(42 + LOOK_S) == budget.ask(42)
    for ticket in tickets:
        budget.heard(ticket, 43, None, refused=False)
    sent(budget, 43)


@define
class Hub:
    """One that counts as the Hub does, and is as late as it is told."""

    quota: int
    window_s: int
    offset_s: float
    _window: int = -1
    _used: int = 0
    refused: int = field(default=0, init=False)
    is_refused: bool = field(default=False, init=False)

    def answer(self, now: float, others: int) -> RateLimitState:
        """Count a call, after those that others have made."""
        window = int((now + self.offset_s) // self.window_s)
        if window != self._window:
            self._window, self._used = window, 0
        self._used = min(self.quota, self._used + others)
        self.is_refused = self._used >= self.quota
        self.refused += self.is_refused
        self._used = min(self.quota, self._used + 1)
        left_s = (window + 1) * self.window_s - self.offset_s - now
        return said(self.quota - self._used, ceil(left_s), self.quota, self.window_s)


@given(
    quota=st.integers(20, 80),
    window_s=st.integers(3, 20),
    offset_s=st.floats(0, 20),
    callers=st.integers(1, 20),
    delays=st.lists(st.floats(0.001, 0.2), min_size=1, max_size=30),
    others=st.lists(st.integers(0, 1), min_size=1, max_size=5) | st.just([0]),
    is_known=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_all_get_through_without_being_refused(
    quota: int,
    window_s: int,
    offset_s: float,
    callers: int,
    delays: list[float],
    others: list[int],
    is_known: bool,
) -> None:
    """Whatever is late, and whoever else calls: in the time that the windows allow, and hardly any is refused."""
    calls = 4 * quota
    hub, budget, order = Hub(quota, window_s, offset_s), Budget(), count()
    events: list[tuple[float, int, str, Ticket | None, RateLimitState | bool | None]] = []
    for _ in range(callers):
        heappush(events, (0.0, next(order), "ask", None, False))
    begun = done = 0
    now = 0.0
    while done < calls:
        now, number, what, ticket, fact = heappop(events)
        delay = delays[number % len(delays)]
        if what == "ask":
            budget.waiting -= bool(fact)
            if begun == calls:
                continue
            verdict = budget.ask(now, coming=calls - done if is_known else 1, again=bool(fact))
            if isinstance(verdict, Wait):
                budget.waiting += 1
                heappush(events, (max(now, verdict.until), next(order), "ask", None, True))
            else:
                begun += 1
                heappush(events, (now + delay / 2, next(order), "arrive", verdict, None))
        elif what == "arrive":
            state = hub.answer(now, others[number % len(others)])
            refused = hub.is_refused
            heappush(events, (now + delay / 2, next(order), "refused" if refused else "reply", ticket, state))
        else:
            assert ticket is not None
            assert isinstance(fact, RateLimitState)
            budget.heard(ticket, now, fact, refused=what == "refused")
            if what == "refused":
                begun -= 1
            else:
                done += 1
            heappush(events, (now, next(order), "ask", None, False))
    shared = 2 if any(others) else 1
    if shared == 1:
        assert hub.refused <= callers
        assert now <= (calls / quota + 2) * window_s + 2 + calls * max(delays) / callers
    assert hub.refused <= callers * (now / window_s + 1)


@pytest.mark.parametrize("in_flight", [1, 64])
@pytest.mark.parametrize("quotas", [None, Quotas()], ids=["it does not count", "it counts anew"])
def test_a_hub_that_refuses_nobody_holds_nobody_up(quotas: Quotas | None, in_flight: int) -> None:
    """However many calls are made in no time."""
    budget = Budget()
    for _ in range(5000 // in_flight):
        answered = []
        for ticket in [sent(budget, 1) for _ in range(in_flight)]:
            left = 999 if quotas is None else quotas.count("api", "me", 1).left
            answered.append((ticket, said(left, 300, 1000)))
        for ticket, state in reversed(answered):
            budget.heard(ticket, 1, state, refused=False)
