from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import pytest

from aiohfspaces import AsyncSpacesClient, UsageError
from aiohfspaces._io.blocks import Block
from tests.support.scripted import BOTH_LOOPS

pytestmark = [pytest.mark.anyio, BOTH_LOOPS]

ENTERED: list[Callable[[AsyncSpacesClient], Any]] = [
    lambda client: client.map_spaces(client.get_space_runtime, ["me/app"]),
    lambda client: client.watch_spaces(["me/app"]),
    lambda client: client.watch_space("me/app"),
]


@pytest.mark.parametrize("call", ENTERED, ids=["map_spaces", "watch_spaces", "watch_space"])
async def test_who_forgets_to_enter_is_told(call: Callable[[AsyncSpacesClient], Any]) -> None:
    """Before anything is sent, and by the name of the method."""
    async with AsyncSpacesClient("hf_x", endpoint="http://127.0.0.1:9") as client:
        block = call(client)
        with pytest.raises(UsageError, match=rf"async with client\.{block.name}\("):
            async for _ in block:
                pass
        assert block.name in repr(block)


async def test_what_a_block_raises_goes_where_it_would() -> None:
    """Through what is entered, which may end it."""
    seen = []

    @asynccontextmanager
    async def inner() -> Any:
        try:
            yield 7
        except LookupError as exc:
            seen.append(exc)

    ends: list[tuple[type[Exception], AbstractContextManager[Any]]] = [
        (LookupError, nullcontext()),
        (ArithmeticError, pytest.raises(ArithmeticError)),
    ]
    for error, raised in ends:
        with raised:
            async with Block(inner(), "method") as found:
                assert 7 == found
                raise error
    assert [LookupError] == [type(exc) for exc in seen]
