"""Actions on many Spaces: which are awaited, and which ids are none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial, wraps
from typing import Any
from unittest.mock import AsyncMock

import pytest

from aiohfspaces import SpaceInfo, UsageError
from aiohfspaces._plan.actions import checked_action, known_ids


class Restarter:
    """What can be called and awaited, and has a method that can."""

    async def __call__(self, repo_id: str) -> None:
        """Do nothing."""

    async def restart(self, repo_id: str, *, factory_reboot: bool = False) -> None:
        """Do nothing."""

    def block(self, repo_id: str) -> None:
        """Do nothing."""


async def restart(repo_id: str) -> None:
    """Do nothing."""


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a coroutine function in a function that returns what it returns."""

    @wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


ASYNC = {
    "a function": restart,
    "a method": Restarter().restart,
    "an object": Restarter(),
    "a part": partial(Restarter().restart, factory_reboot=True),
    "a part of a part": partial(partial(Restarter().restart), factory_reboot=True),
    "a part of an object": partial(Restarter()),
    "a decorated one": decorated(restart),
    "a lambda": lambda repo_id: restart(repo_id),
    "a fake": AsyncMock(),
}


@pytest.mark.parametrize("action", ASYNC.values(), ids=ASYNC)
def test_whatever_is_awaited_is_an_action(action: Any) -> None:
    """It need not be a plain coroutine function."""
    checked_action(action)


BLOCKING = [print, Restarter().block, partial(Restarter().block), Restarter, "me/app", None, restart.__name__]


@pytest.mark.parametrize("action", BLOCKING)
def test_what_is_not_awaited_is_no_action(action: Any) -> None:
    """It is not called to find out: it may block, or do something."""
    with pytest.raises(UsageError, match=r"^action: expected a coroutine function"):
        checked_action(action)


async def later() -> AsyncIterator[str]:
    """Give ids one by one."""
    yield "me/a"


@pytest.mark.parametrize(
    "ids", [["me/a", "me/b"], ("me/a", "me/b"), {"me/a": 1, "me/b": 2}, {"me/a": 1, "me/b": 2}.keys()]
)
def test_the_ids_of_a_collection_are_known(ids: Any) -> None:
    """In its order."""
    assert ["me/a", "me/b"] == known_ids(ids)


@pytest.mark.parametrize("ids", [iter(["me/a"]), (each for each in ["app"]), later()])
def test_the_ids_of_an_iterator_are_not(ids: Any) -> None:
    """Nothing is taken from it."""
    assert None is known_ids(ids)


@pytest.mark.parametrize("ids", ["me/a", b"me/a", 7, None])
def test_what_cannot_be_gone_through_holds_no_ids(ids: Any) -> None:
    """A string is one id, not many."""
    with pytest.raises(UsageError, match=r"^repo_ids: expected many"):
        known_ids(ids)


def test_all_wrong_ids_are_named_at_once() -> None:
    """Whoever mends a list mends it once."""
    wrong: list[Any] = ["app", "me/a/b", "", 7, "me/my app"]
    with pytest.raises(UsageError) as caught:
        known_ids(["me/a", *wrong, "me/b"])
    assert "repo_ids: expected 'owner/name' everywhere, got 'app', 'me/a/b', '', 7, 'me/my app'" == str(caught.value)


def test_of_a_record_it_is_told_what_is_meant() -> None:
    """Once, and without all that a listing tells of each."""
    listed: list[Any] = [
        *(SpaceInfo(id=f"me/app{number}") for number in range(3)),
        {"id": "me/app", "tags": ["gradio"] * 20},
    ]
    with pytest.raises(UsageError) as caught:
        known_ids(listed)
    told = "a SpaceInfo (its .id is meant), a dict"
    assert f"repo_ids: expected 'owner/name' everywhere, got {told}" == str(caught.value)


def test_of_very_many_wrong_ids_a_hundred_are_named() -> None:
    """And the others are counted."""
    with pytest.raises(UsageError, match=r"'app99' and 5 more$"):
        known_ids([f"app{number}" for number in range(105)])
