"""What is loaded when it is first used, so that importing the client takes little time.

All that can be done with a Space takes a hundred modules, and most programs use a few of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class LaterModule(ModuleType):
    """Stands for a module, which is loaded when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)  # from now on it is found without asking
        return value


def modules_of(package: str) -> Callable[[str], ModuleType]:
    """Make the ``__getattr__`` of a package: ``from package import module`` loads the module when it is first used.

    ``from package.module import name`` loads it at once, as ever.

    Args:
        package: Its name; each public name that it lacks is taken for a module.
    """

    def find(name: str) -> ModuleType:
        if name.startswith("_"):
            raise _lacking(package, name)
        return LaterModule(f"{package}.{name}")

    return find


def names_of(
    package: str, modules: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package that has what its modules define: each is loaded when used.

    Args:
        package: Its name.
        modules: Module, as named below the package, to the names that are taken from it.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> Any:
        if name in modules:
            return import_module(f"{package}.{name}")
        if name not in homes:
            raise _lacking(package, name)
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return find, names


def _lacking(package: str, name: str) -> AttributeError:
    return AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
