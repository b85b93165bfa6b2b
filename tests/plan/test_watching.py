"""Which reads show many Spaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from attrs import evolve

from aiohfspaces import (
    HubServerError,
    MalformedReplyError,
    PermissionDeniedError,
    PollPolicy,
    RepositoryNotFoundError,
    SpaceRuntime,
    SpaceStage,
)
from aiohfspaces._plan.watching import LONGEST_ABSENCE, Listing, Roster, concerns_one, shown, spaced

UP, DOWN = SpaceRuntime(stage=SpaceStage.RUNNING), SpaceRuntime(stage=SpaceStage.PAUSED)
GONE = RepositoryNotFoundError(status=404, method="GET", url="http://hub/x")
ODD = MalformedReplyError("odd", field="stage")


def names(count: int, owner: str = "me") -> list[str]:
    """Name Spaces."""
    return [f"{owner}/app{number}" for number in range(count)]


def read(
    roster: Roster, pages: Mapping[str, Iterable[Mapping[str, SpaceRuntime | None]]], alone: Mapping[str, object] = {}
) -> int:
    """Go through a round with these pages for each owner, and count the calls; alone is there what is said to be."""
    for listing in roster.begin():
        left = list(pages[listing.owner])
        while listing.page is not None:
            page = left.pop(0)
            roster.take(listing, tuple(page.items()), evolve(listing.page, path=f"/{len(left)}") if left else None, 0)
    for repo_id in roster.singles():
        roster.saw(repo_id, alone.get(repo_id, GONE), 0)  # type: ignore[arg-type]
    return roster.calls


def pages_of(repo_ids: list[str], size: int = 100) -> list[dict[str, SpaceRuntime | None]]:
    """Cut a listing of Spaces that are up into pages."""
    return [dict.fromkeys(repo_ids[start : start + size], UP) for start in range(0, len(repo_ids), size)] or [{}]


def test_a_thousand_spaces_of_one_owner_are_ten_pages() -> None:
    """In each round; two that the listing does not tell of are two calls more."""
    listed = names(1000)
    roster = Roster.of_ids(listed)
    assert [10, 10] == [read(roster, {"me": pages_of(listed)}) for _ in range(2)]
    hidden = Roster.of_ids([*listed, "me/hidden1", "me/hidden2"])
    alone = {"me/hidden1": UP, "me/hidden2": DOWN}
    assert [12, 12] == [read(hidden, {"me": pages_of(listed)}, alone) for _ in range(2)]
    assert (UP, DOWN) == (hidden.sights["me/hidden1"], hidden.sights["me/hidden2"])


def test_a_listing_is_left_once_all_are_found() -> None:
    """What comes after is of no interest."""
    roster = Roster.of_ids(names(50))
    assert 1 == read(roster, {"me": pages_of(names(5000))})


def test_one_space_of_an_owner_is_looked_at() -> None:
    """A listing could not be cheaper."""
    roster = Roster.of_ids([*names(1), *names(3, "her")])
    assert 2 == read(roster, {"her": pages_of(names(3, "her"))}, {"me/app0": UP})
    assert {"me/app0"} == roster.alone


def test_few_among_many_are_looked_at_one_by_one() -> None:
    """A listing is given up when it costs as much as looks, and not begun again."""
    wanted = ["me/app4900", "me/app4901", "me/app4902"]
    roster, alone = Roster.of_ids(wanted), dict.fromkeys(wanted, UP)
    assert [6, 3, 3] == [read(roster, {"me": pages_of(names(5000))}, alone) for _ in range(3)]


def test_the_last_that_are_waited_for_are_looked_at_one_by_one() -> None:
    """Where only few are left to watch, the listing has become the dearer way."""
    roster = Roster.of_ids(names(1000))
    read(roster, {"me": pages_of(names(1000))})
    for repo_id in names(1000)[:-5]:
        roster.drop(repo_id)
    assert 5 == read(roster, {}, dict.fromkeys(names(1000), UP))
    for repo_id in names(1000)[-5:]:
        roster.drop(repo_id)
    assert 0 == read(roster, {})
    assert {} == roster.sights


def test_only_what_is_watched_is_kept() -> None:
    """However many others the owner has."""
    roster = Roster.of_ids(names(60))
    read(roster, {"me": pages_of(names(3000)[::-1])}, dict.fromkeys(names(60), UP))
    assert set(names(60)) == set(roster.sights) == set(roster.seen_at)
    few = Roster.of_ids(names(2))
    (listing,) = few.begin()
    few.take(listing, tuple(pages_of(names(100))[0].items()), None, 0)
    assert set(names(2)) == set(listing.told) == listing.found == set(few.sights)


def test_what_is_found_first_and_each_change_is_told_once() -> None:
    """In the order in which it was seen; what stays the same is not."""
    roster = Roster.of_ids(names(2))
    read(roster, {"me": [{"me/app1": UP, "me/app0": DOWN}]})
    assert (("me/app1", UP), ("me/app0", DOWN)) == roster.changes()
    read(roster, {"me": [{"me/app1": UP, "me/app0": UP}]})
    assert (("me/app0", UP),) == roster.changes()
    read(roster, {"me": [{"me/app1": UP, "me/app0": UP}]})
    assert () == roster.changes()


def test_what_is_not_there_is_looked_for_ever_more_rarely() -> None:
    """By itself; the listing shows it in any round if it comes back, and then it counts as any other."""
    roster = Roster.of_ids(names(3))
    there = {"me": pages_of(names(2))}
    looked = [round_ for round_ in range(1, 100) if read(roster, there) and "me/app2" in roster.alone]
    assert [1, 2, 4, 8, 16, 32, 64, 96] == looked
    assert LONGEST_ABSENCE == looked[-1] - looked[-2]
    assert [("me/app2", GONE)] == [change for change in roster.changes() if change[0] == "me/app2"]
    read(roster, {"me": pages_of(names(3))})
    assert (("me/app2", UP),) == roster.changes()
    read(roster, there)
    assert {"me/app2"} == roster.alone
    assert (("me/app2", GONE),) == roster.changes()


def test_an_old_listing_is_not_believed_until_it_agrees() -> None:
    """What a look has shown counts more; the Hub may tell more in a look than in a listing."""
    roster = Roster.of_ids(names(3))
    listed = {"me": pages_of(names(3))}
    read(roster, listed)
    roster.saw("me/app0", evolve(UP, sha="c0ffee"), 0)
    roster.saw("me/app1", DOWN, 0)
    read(roster, listed, {"me/app1": DOWN})
    assert {"me/app1"} == roster.alone
    assert (UP, DOWN) == (roster.sights["me/app0"], roster.sights["me/app1"])
    read(roster, {"me": [{**dict.fromkeys(names(3), UP), "me/app1": DOWN}]})
    read(roster, listed)
    assert set() == roster.alone
    assert UP == roster.sights["me/app1"]


def test_an_owners_spaces_are_all_that_are_listed() -> None:
    """Those that come later included; an odd one is looked at by itself."""
    roster = Roster.of_author("me")
    read(roster, {"me": [{"me/app0": UP}, {"me/app1": None}]}, {"me/app1": DOWN})
    assert (("me/app0", UP), ("me/app1", DOWN)) == roster.changes()
    read(roster, {"me": [{"me/app2": UP, "me/app0": UP}, {"me/app1": None}]}, {"me/app1": DOWN})
    assert (("me/app2", UP),) == roster.changes()


def test_an_owners_space_is_gone_when_two_listings_lack_it() -> None:
    """One may lack it because pages have shifted while they were read; what is gone is forgotten."""
    roster = Roster.of_author("me")
    both, one = {"me": pages_of(names(2))}, {"me": pages_of(names(1))}
    read(roster, both)
    roster.changes()
    told = []
    for listed in (one, both, one, one, one):
        read(roster, listed)
        told.append(roster.changes())
    assert [(), (), (), (("me/app1", None),), ()] == told
    assert ["me/app0"] == list(roster.sights)
    read(roster, both)
    assert (("me/app1", UP),) == roster.changes()


def test_a_page_that_could_not_be_read_is_gone_on_with() -> None:
    """The next round begins there, and nothing counts as missing before."""
    roster = Roster.of_author("me")
    read(roster, {"me": pages_of(names(300))})
    (listing,) = roster.begin()
    assert listing.page is not None
    roster.take(listing, tuple(pages_of(names(300))[0].items()), evolve(listing.page, path="/two"), 0)
    assert [] == roster.singles()
    assert ["/two"] == [again.page.path for again in roster.begin() if again.page is not None]
    assert 1 == listing.pages


def test_a_round_is_followed_by_a_wait_for_each_of_its_calls() -> None:
    """Up to the longest there is."""
    policy = PollPolicy(initial=1, maximum=15)
    assert [1, 1, 10, 15] == [spaced(policy, calls).initial for calls in (0, 1, 10, 100)]
    assert 20 == spaced(PollPolicy(initial=20, maximum=15), 3).initial
    assert 0 == spaced(PollPolicy(initial=0, maximum=0), 100).initial


@pytest.mark.parametrize("failure", [GONE, PermissionDeniedError(status=403, method="GET", url="u"), None])
def test_what_is_not_shown_is_nothing(failure: RepositoryNotFoundError | None) -> None:
    """Not there, or not for this caller, or gone."""
    assert None is shown(failure)
    assert UP is shown(UP)


def test_what_does_not_parse_is_an_error() -> None:
    """It concerns one Space; an outage does not."""
    with pytest.raises(MalformedReplyError):
        shown(ODD)
    assert [True, True, False] == [
        concerns_one(failure) for failure in (GONE, ODD, HubServerError(status=502, method="GET", url="u"))
    ]


def test_a_listing_of_nobody_is_a_listing() -> None:
    """Who has no Spaces may have some later."""
    listing = Listing("me", None)
    listing.begin()
    assert listing.page is not None
    listing.turn((), None)
    assert [] == listing.left
