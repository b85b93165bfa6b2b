"""Both clients put the same requests on the wire."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import pytest

from tests.parity.cases import all_cases
from tests.parity.differences import DIFFERENCES
from tests.parity.wire import Case, Sent, official_requests, our_requests

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::UserWarning")]

CASES = all_cases()


def answer(method: str, path: str) -> Any:
    """Say just enough for both clients to go on to their next request."""
    if path == "/api/whoami-v2":
        return {"type": "user", "name": "me"}
    return [] if "/commits/" in path else None


async def compare(family: ModuleType, case: Case) -> tuple[list[Sent], list[Sent]]:
    """Take down both, without the differences that are meant."""
    theirs, ours, *names = case
    told = getattr(family, "answer", answer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        requests = official_requests(told, theirs), await our_requests(told, ours)
    for name in names:
        requests = DIFFERENCES[name].without(requests[0]), DIFFERENCES[name].without(requests[1])
    return requests


@pytest.mark.parametrize("name", CASES)
async def test_an_operation_sends_what_the_official_client_sends(name: str) -> None:
    """Method, path with its encoding, query, body and authorization are equal, in the same order."""
    theirs, ours = await compare(*CASES[name])
    assert [] != theirs
    assert theirs == ours


async def test_no_difference_is_named_in_vain() -> None:
    """Where a case names a difference, there is one."""
    for name, (family, (theirs, ours, *names)) in CASES.items():
        for spared in names:
            others = [other for other in names if other != spared]
            left = await compare(family, (theirs, ours, *others))
            assert left[0] != left[1], f"{name} does not differ in its {spared}"
