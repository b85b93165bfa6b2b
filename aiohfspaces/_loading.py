"""What is loaded when it is first used, so that importing the client takes little time.

All that can be done with a Space takes a hundred modules, and most programs use a few of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class LaterModule:
    """Stands for a module, which is loaded when something of it is used; what is used of it then costs half a µs."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self._loaded: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        if self._loaded is None:
            self._loaded = import_module(self.__name__)  # whoever else does it meanwhile is waited for
        return getattr(self._loaded, name)


def modules_of(package: str) -> Callable[[str], LaterModule]:
    """Make the ``__getattr__`` of a package: ``from package import module`` loads the module when it is first used.

    ``from package.module import name`` loads it at once, as ever.

    Args:
        package: Its name; each public name that it lacks is taken for a module.
    """

    def find(name: str) -> LaterModule:
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
