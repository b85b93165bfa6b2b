"""The public methods of a client: their names, and what they take."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

DROPPED = {"token", "run_as_future", "num_threads", "tqdm_class", "_hot_reload"}
"""An option of the client; what ``await`` does; how the official client shows progress; private there."""

Parameters = dict[str, tuple[Any, Any]]
"""By name the kind and the default of a parameter, in order."""


def public_names(client: type) -> list[str]:
    """Tell the names that a client offers, sorted."""
    return sorted(name for name in dir(client) if not name.startswith("_"))


def parameters(function: Callable[..., Any]) -> Parameters:
    """Tell a function's parameters, in order, with kind and default; a Space is our default kind of repository."""
    found = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        default = None if (name, parameter.default) == ("repo_type", "space") else parameter.default
        if name not in DROPPED:
            found[name] = (parameter.kind, default)
    return found


def changed(before: Parameters, after: Parameters) -> set[str]:
    """Tell which parameters came, went, or are of another kind or default."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
