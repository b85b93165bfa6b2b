"""Each parameter is said in some case: one that no case says might be sent otherwise, and nobody would know."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from huggingface_hub import HfApi

from tests.parity.cases import all_cases
from tests.parity.reasons import DIFFERENT, UNSAID
from tests.parity.signatures import parameters
from tests.parity.test_requests import answer
from tests.parity.test_signatures import SHARED
from tests.parity.wire import official_requests, our_requests

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::UserWarning")]

Said = set[tuple[str, str]]
"""Methods, and parameters that they were given another value for than the default."""


class Listener:
    """A client that takes down what it is told, and passes it on."""

    def __init__(self, client: Any, said: Said) -> None:
        """Stand before a client."""
        self._client = client
        self._said = said

    def __getattr__(self, name: str) -> Any:
        """Lend a method that notes down its arguments."""
        found = getattr(self._client, name)
        return self._noting(name, found) if inspect.ismethod(found) else found

    def _noting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(method)

        def call(*args: Any, **options: Any) -> Any:
            given = signature.bind(*args, **options).arguments
            self._said.update((name, key) for key in given if given[key] is not signature.parameters[key].default)
            return method(*args, **options)

        return call


async def what_is_said() -> tuple[Said, Said]:
    """Go through all cases, and take down what either client is told."""
    theirs: Said = set()
    ours: Said = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for family, case in all_cases().values():
            told = getattr(family, "answer", answer)
            official_requests(told, lambda api, ask=case[0]: ask(Listener(api, theirs)))  # type: ignore[misc]
            await our_requests(told, lambda client, ask=case[1]: ask(Listener(client, ours)))  # type: ignore[misc]
    return theirs, ours


async def test_each_parameter_is_said_to_either_client() -> None:
    """Some case gives it a value of its own, or a reason is listed; none is listed in vain."""
    there = {
        (method, key)
        for method in SHARED
        if callable(getattr(HfApi, method))
        for key in parameters(getattr(HfApi, method))
        if (method, key) not in DIFFERENT
    }
    theirs, ours = await what_is_said()
    assert sorted(UNSAID) == sorted(there - (theirs & ours))
