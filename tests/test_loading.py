"""Loading: what the client needs is there at once, and all else when it is first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import get_type_hints

import pytest

import aiohfspaces
from aiohfspaces import AsyncSpacesClient, _io, _plan, _wire, models
from aiohfspaces._loading import modules_of, names_of

Made = Callable[..., str]
"""Writes a package with the modules that are named, and tells its name."""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Give what makes packages, and forget them in the end."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)

    def make(**modules: str) -> str:
        folder = tmp_path / "shelf"
        folder.mkdir()
        for name, source in {"__init__": "", **modules}.items():
            (folder / f"{name}.py").write_text(source)
        return folder.name

    yield make
    for name in set(sys.modules) - known:
        del sys.modules[name]


def loaded_by(statement: str) -> set[str]:
    """Name the modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_a_module_is_loaded_when_something_of_it_is_used(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when it is imported from its package; and what others change of it is seen."""
    package = made(book="PAGES = [1, 2]")
    book = modules_of(package)("book")
    assert f"{package}.book" not in sys.modules
    assert [1, 2] == book.PAGES
    monkeypatch.setattr(f"{package}.book.PAGES", [3])
    assert [3] == book.PAGES


def test_threads_that_use_a_module_at_once_all_find_it_whole(made: Made) -> None:
    """None sees it half loaded."""
    package = made(book="import time\nfirst = 1\ntime.sleep(0.05)\nlast = 2")
    book = modules_of(package)("book")
    with ThreadPoolExecutor(8) as threads:
        assert [2] * 8 == list(threads.map(lambda _: book.last, range(8)))


def test_a_module_that_is_not_there_is_missed_when_it_is_used(made: Made) -> None:
    """And what it lacks is missed as in any module."""
    package = made(book="")
    find = modules_of(package)
    with pytest.raises(ModuleNotFoundError, match=r"shelf\.none"):
        _ = find("none").PAGES
    with pytest.raises(AttributeError, match="PAGES"):
        _ = find("book").PAGES
    with pytest.raises(AttributeError, match="module 'shelf' has no attribute '__path'"):
        find("__path")


def test_a_name_is_loaded_with_its_module(made: Made) -> None:
    """The package has it from then on, and lists it before."""
    package = made(book="PAGES = [1, 2]", desk="")
    find, names = names_of(package, {"book": ("PAGES",), "desk": ()})
    shelf = import_module(package)
    assert {"PAGES", "__name__"} <= set(names())
    assert f"{package}.book" not in sys.modules
    assert [1, 2] == find("PAGES") == shelf.PAGES
    assert import_module(f"{package}.desk") is find("desk")
    with pytest.raises(AttributeError, match="module 'shelf' has no attribute 'nothing'") as caught:
        find("nothing")
    assert "nothing" == caught.value.name


@pytest.mark.parametrize("package", [_io, _plan, _wire])
def test_each_room_can_be_imported_from_its_package(package: ModuleType) -> None:
    """As itself where it has been loaded, else as what loads it."""
    rooms = [found.name for found in iter_modules(package.__path__)]
    assert [] != rooms
    assert [f"{package.__name__}.{room}" for room in rooms] == [getattr(package, room).__name__ for room in rooms]


@pytest.mark.parametrize("package", [aiohfspaces, models])
def test_type_checkers_see_what_is_loaded(package: ModuleType) -> None:
    """What they are told in an ``if TYPE_CHECKING`` is what the package gives, and listed by ``dir``."""
    tree = ast.parse(Path(str(package.__file__)).read_text("utf-8"))
    (told,) = [node.body for node in tree.body if isinstance(node, ast.If)]
    seen = set()
    for node in told:
        assert isinstance(node, ast.ImportFrom)
        module = import_module(str(node.module))
        names = [alias.name for alias in node.names]
        for name in module.__all__ if names == ["*"] else names:
            assert getattr(module, name) is getattr(package, name)
            seen.add(name)
    assert seen <= set(package.__all__) <= set(dir(package))
    assert set(package.__all__) == seen or package is aiohfspaces


@pytest.mark.parametrize(
    "name", ["__init__", *sorted(name for name in dir(AsyncSpacesClient) if not name.startswith("_"))]
)
def test_annotations_can_be_resolved(name: str) -> None:
    """Whatever documents methods, or calls them by their types, finds the types."""
    method = getattr(AsyncSpacesClient, name)
    if callable(method) and name != "request":  # what JSON is made of names itself
        assert "return" in get_type_hints(method)


def test_the_client_loads_nothing_that_most_programs_do_without() -> None:
    """Neither the libraries behind the doors, nor the rooms of what is done rarely, nor their models."""
    loaded = loaded_by("from aiohfspaces import AsyncSpacesClient")
    assert {"aiohfspaces.client", "aiohfspaces._io.transport", "anyio", "attrs"} <= loaded
    assert set() == {"aiofiles", "hf_xet", "httpcore", "tenacity", "tqdm"} & loaded
    models_loaded = {name.rpartition(".")[2] for name in loaded if name.startswith("aiohfspaces.models.")}
    assert {"bulk", "pacing", "words"} == models_loaded
    rooms = {
        "aiohfspaces._io": ("files", "mapping", "poller", "sessions", "storing", "streams", "telling", "watching"),
        "aiohfspaces._plan": ("caching", "following", "orders", "settling", "states", "watching"),
        "aiohfspaces._wire": ("accounts", "content", "discussions", "runtime", "uploads", "webhooks"),
    }
    assert set() == {f"{package}.{room}" for package, below in rooms.items() for room in below} & loaded


def test_that_check_can_fail() -> None:
    """A client that has been made has what it sends with, and what has been used is there."""
    loaded = loaded_by("from aiohfspaces import AsyncSpacesClient, SpaceRuntime\nAsyncSpacesClient()")
    assert {"httpcore", "aiohfspaces.models.runtime"} <= loaded
