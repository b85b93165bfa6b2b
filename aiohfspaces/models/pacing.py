"""How many calls an account has left, and the calls that need one of them."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen


def _one() -> int:
    return 1


@frozen(kw_only=True)
class RateLimitState:
    """What is known of one window of calls.

    Attributes:
        bucket: What is counted: ``"api"``, or ``"resolvers"`` for files.
        remaining: Calls left; ``None`` if that is not known.
        quota: Calls of a whole window; ``None`` if that is not known.
        window: Seconds of a whole window; ``None`` if that is not known.
        resets_in: Seconds until the next window has begun; ``None`` if that is not known.
        waiting: How many calls of this process wait for their turn.
    """

    bucket: str
    remaining: int | None = None
    quota: int | None = None
    window: float | None = None
    resets_in: float | None = None
    waiting: int = 0


@frozen(kw_only=True)
class PacedCall:
    """One request that is about to be sent, as a rate budget sees it.

    Attributes:
        endpoint: The Hub.
        account: Whose it is: a digest of the token, of which `RateBudget.named` tells the name when it is known; empty
            for anonymous callers.
        bucket: What it counts for: ``"api"`` or ``"resolvers"``.
        method: The HTTP method.
        url: Where it goes, without what may be secret.
        is_listing: Whether it is a page of a listing, which can wait rather than others.
        coming: Tells how many calls, at the least, whoever sends it is going to send from now on, this one and those
            under way included.
    """

    endpoint: str
    account: str
    bucket: str
    method: str
    url: str = field(repr=False)
    is_listing: bool = False
    coming: Callable[[], int] = field(default=_one, repr=False, eq=False)
