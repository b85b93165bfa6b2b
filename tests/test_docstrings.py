"""Public methods say what goes in, what comes out, what may go wrong, and what travels."""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Callable

import pytest

import aiohfspaces
from aiohfspaces import AsyncSpacesClient, DatasetTaskQueue

OF_THE_CLIENT = {"aclose", "endpoint", "rate_limit", "with_options"}
"""What sends nothing."""

METHODS = [
    getattr(owner, name)
    for owner in (AsyncSpacesClient, DatasetTaskQueue)
    for name in sorted(dir(owner))
    if not name.startswith("_") and name not in OF_THE_CLIENT
]


def sections(docstring: str) -> dict[str, str]:
    """Cut a docstring into its Google sections."""
    parts = re.split(r"(?m)^(Args|Returns|Yields|Raises|Wire|Source):\n", docstring)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__qualname__)
def test_a_method_says_all_that_its_caller_has_to_know(method: Callable[..., object]) -> None:
    """Each parameter, what comes out if anything does, the errors, the request and where that is known from."""
    found = sections(inspect.getdoc(method) or "")
    assert {"Raises", "Wire", "Source"} <= found.keys()
    signature = inspect.signature(method)
    answers = signature.return_annotation not in ("None", None)
    assert answers == bool({"Returns", "Yields"} & found.keys())
    parameters = list(signature.parameters)[1:]
    assert parameters == re.findall(r"(?m)^    (\w+): ", found.get("Args", ""))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__qualname__)
def test_the_errors_that_a_method_names_are_there(method: Callable[..., object]) -> None:
    """Each is a class that can be imported and caught."""
    found = sections(inspect.getdoc(method) or "")
    errors = re.findall(r"(?m)^    (\w+): ", found["Raises"])
    assert [] != errors
    for error in errors:
        kind = getattr(aiohfspaces, error, None) or getattr(builtins, error)
        assert issubclass(kind, Exception)
