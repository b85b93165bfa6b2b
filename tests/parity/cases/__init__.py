"""What both clients are asked to do: a module for each family, each with its `CASES`.

A case is named after the method, and after a comma what is special about it. Where the clients
deliberately differ, it also names the differences, which `differences.py` explains. A module that
needs replies to go on has an `answer` of its own.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from tests.parity.wire import Case

Cases = dict[str, tuple[ModuleType, Case]]
"""By its name a case, and the family that it is of."""


def all_cases() -> Cases:
    """Gather the cases of all families."""
    families = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {name: (family, case) for family in families for name, case in getattr(family, "CASES", {}).items()}


def method_of(case: str) -> str:
    """Tell which method a case is named after."""
    return case.partition(",")[0].partition(" ")[0]
