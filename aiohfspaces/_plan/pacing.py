"""When a call may be sent, so that the Hub need not refuse any.

The Hub counts the calls of an account in fixed windows, and each reply says what is left (`r`) and in how many
seconds the window turns (`t`). What is hard to know:

* Replies overtake each other, and those under way may or may not be counted in `r`. So calls are counted here as
  they leave. A reply lowers that count where it says less, and raises it where it says more than all calls that it may
  not have counted can explain.
* `t` is rounded up. A reply that was sent for at `s` and came at `n` belongs to a window that turns after
  ``s + t - 1``, and not after ``n + t``. The least of the latter is waited for.
* A new window is told by time: it has begun when the old one's bound has passed, or when a reply tells of a turn after
  that bound. `r` going up tells nothing.

Source: IETF draft-ietf-httpapi-ratelimit-headers as the Hub sends it.
"""

from __future__ import annotations

from math import inf

from attrs import define, field, frozen

from aiohfspaces.models import RateLimitState

LOOK_S = 0.05
"""How often is looked whether the reply has come that all wait for."""

PROBE_S = 5.0
"""How long the one that goes first is waited for."""

_RESERVE_SHARE = 20
_MOST_RESERVED = 50
_BURST_SHARE = 2
_SPARED_SHARE = 0.1


@frozen
class Ticket:
    """A call that may be sent.

    Attributes:
        number: The how-manieth it is.
        sent_at: When it leaves.
        window: In which window, as far as is known.
        ended_before: How many calls had ended by then.
    """

    number: int
    sent_at: float
    window: int
    ended_before: int


@frozen
class Wait:
    """A call that may not be sent before a certain time; then it has to be asked again."""

    until: float


@define(eq=False)
class Budget:
    """What an account has left in one bucket. It knows no clock: each call tells the time, in seconds.

    Attributes:
        left: Calls left in this window; ``None`` if that is not known.
        quota: Calls of a whole window; ``None`` if that is not known.
        window_s: Its length; ``None`` if that is not known.
        turns_at: When it has turned at the latest; ``None`` if that is not known.
        waiting: How many wait now.
    """

    left: int | None = None
    quota: int | None = None
    window_s: float | None = None
    turns_at: float | None = None
    waiting: int = 0
    _window: int = field(default=0, init=False)
    _began_by: float = field(default=-inf, init=False)
    _number: int = field(default=0, init=False)
    _under_way: set[int] = field(factory=set, init=False)
    _most_under_way: int = field(default=0, init=False)
    _was_refused: bool = field(default=False, init=False)
    _must_probe: bool = field(default=False, init=False)
    _probe: Ticket | None = field(default=None, init=False)
    _next_slot: float = field(default=-inf, init=False)

    def ask(
        self, now: float, *, is_listing: bool = False, coming: int = 1, again: bool = False, until: float = inf
    ) -> Ticket | Wait:
        """Ask for a call's turn.

        Args:
            now: The time.
            is_listing: Whether the last calls of a window are to be left to others.
            coming: How many calls the asker is still going to make, this one included.
            again: Whether it has waited for this one already.
            until: When it has to be sent; while any are left, it is not put off until after that.
        """
        self.turn(now)
        if self._probe is not None and now < self._probe.sent_at + PROBE_S:
            return Wait(now + LOOK_S)
        if self.left is not None and self.left <= (self._reserve if is_listing else 0):
            return self._until_there_are_more(now)
        if now < (slot := self._slot(now, coming, again=again)) <= until:
            return Wait(slot)
        return self._granted(now)

    def heard(self, ticket: Ticket, now: float, limit: RateLimitState | None, *, refused: bool) -> None:
        """Learn from a reply, whatever its status.

        Args:
            ticket: What it is the reply to.
            now: When it came.
            limit: What it says of its window, the seconds rounded up; ``None`` if it says nothing.
            refused: Whether it was a 429.
        """
        self._ended(ticket)
        if limit is None or limit.remaining is None or limit.resets_in is None:
            return
        if limit.quota is not None:
            self.quota, self.window_s = limit.quota, limit.window
        self.turn(now)
        earliest, latest = ticket.sent_at + limit.resets_in - 1, now + limit.resets_in
        if self.turns_at is not None and earliest >= self.turns_at:
            self._begin(self.turns_at)
            self.left = None
        elif ticket.window != self._window and earliest < self._began_by:
            return  # it tells of a window that is over
        self.turns_at = latest if self.turns_at is None else min(self.turns_at, latest)
        self.left = self._counted(ticket, limit.remaining)
        self._was_refused = self._was_refused or (refused and limit.remaining == 0)

    def lost(self, ticket: Ticket) -> None:
        """Learn that there was no reply: if the call counted all the same, the next reply says so."""
        self._must_probe = self._must_probe or ticket == self._probe  # then another goes first
        self._ended(ticket)
        if self.left is not None and ticket.window == self._window and not self._was_refused:
            self.left += 1

    def turn(self, now: float) -> None:
        """Begin a new window if the old one is over by now."""
        if self.turns_at is not None and now >= self.turns_at:
            self._begin(self.turns_at)

    @property
    def _reserve(self) -> int:
        return min(_MOST_RESERVED, (self.quota or 0) // _RESERVE_SHARE)

    def _begin(self, began_by: float) -> None:
        self._window += 1
        self._began_by, self.turns_at, self.left = began_by, None, self.quota
        self._must_probe, self._was_refused, self._next_slot = self._was_refused, False, -inf
        self._most_under_way = len(self._under_way)

    def _counted(self, ticket: Ticket, remaining: int) -> int:
        """Tell how many calls are left, by what has left and by what a reply says."""
        if self.left is None:
            return max(0, remaining - sum(1 for number in self._under_way if number > ticket.number))
        if ticket.window != self._window or self._was_refused:
            return min(self.left, remaining)
        uncounted = self._number - 1 - ticket.ended_before  # but for what had ended, it may have overtaken any
        return max(min(self.left, remaining), remaining - uncounted)

    def _until_there_are_more(self, now: float) -> Ticket | Wait:
        if self.turns_at is not None:
            return Wait(self.turns_at)
        if self._under_way:
            return Wait(now + LOOK_S)  # the first reply of this window tells
        self.left = None  # none of them has come back
        return self._granted(now)

    def _slot(self, now: float, coming: int, *, again: bool) -> float:
        """Tell when it is this call's turn where what is left is to be spread, some of the window spared for delays."""
        if self.left is None or self.turns_at is None or self.quota is None or self.left > self.quota // _BURST_SHARE:
            return now
        to_come = max(coming - len(self._under_way) - self._most_under_way, self.waiting + 1)
        rest_s = self.turns_at - _SPARED_SHARE * (self.window_s or 0.0) - now
        if to_come <= self.left or rest_s <= 0:
            return now
        step_s = rest_s / self.left
        slot = now if self._next_slot == -inf else max(self._next_slot, now - step_s)
        if slot <= now:
            self._next_slot = slot + step_s
            return now
        return min(slot if again else slot + step_s * self.waiting, self.turns_at)

    def _granted(self, now: float) -> Ticket:
        self._number += 1
        ticket = Ticket(self._number, now, self._window, self._number - 1 - len(self._under_way))
        self._under_way.add(ticket.number)
        self._most_under_way = max(self._most_under_way, len(self._under_way))
        if self.left is not None:
            self.left = max(0, self.left - 1)
        self._probe, self._must_probe = ticket if self._must_probe else None, False
        return ticket

    def _ended(self, ticket: Ticket) -> None:
        self._under_way.discard(ticket.number)
        if self._probe is not None and self._probe.number == ticket.number:
            self._probe = None
