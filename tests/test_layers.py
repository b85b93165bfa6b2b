"""The layers: each module imports only what lies below it, and each library has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import aiohfspaces

ROOT = Path(aiohfspaces.__file__).parent
LAYERS = ["__init__", "tasks", "client", "_api", "_io", "_plan", "_wire", "options", "models", "errors", "_loading"]
"""From the left to the right: each may import itself and what stands after it."""

SEEN_BY = {"_version": {"__init__", "client"}}
LOCALHUB_SEES = {"localhub", "models", "_wire"}
DOORS = {
    "httpx": {"_io/certificates.py", "_io/lane_door.py"},
    "httpcore": {"_io/connecting.py", "_io/http11.py", "_io/lane_door.py", "_io/lanes.py", "_io/sockets.py"},
    "h11": {"_io/http11.py"},
    "aiohttp": {"_io/aiohttp_door.py"},
    "tenacity": {"_io/repeating.py"},
    "aiofiles": {"_io/files.py"},
    "hf_xet": {"_io/sessions.py"},
}
IMPURE = {"asyncio", "anyio", "httpx", "httpcore", "socket", "random", "time", "os", "aiofiles", "tenacity", "hf_xet"}
PURE = {"_wire", "_plan"}


def runtime_imports(tree: ast.AST) -> Iterator[str]:
    """Name each module that is imported when the code runs; what only a type checker sees is excepted."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in node.orelse:
                yield from runtime_imports(ast.Module([other], []))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert 0 == node.level, "imports are absolute"
            module = str(node.module)
            yield from (f"{module}.{alias.name}" for alias in node.names) if module == "aiohfspaces" else [module]
        else:
            yield from runtime_imports(node)


def offences(path: str, source: str) -> list[str]:
    """List what a file, by its path in the package, imports although it must not."""
    own = path.partition("/")[0].removesuffix(".py")
    found = []
    for module in runtime_imports(ast.parse(source)):
        library, _, below = module.partition(".")
        layer = below.partition(".")[0]
        if library == "aiohfspaces":
            if own == "localhub":
                allowed = layer in LOCALHUB_SEES
            elif layer in SEEN_BY:
                allowed = own in SEEN_BY[layer]
            else:
                allowed = layer in LAYERS and own in LAYERS and LAYERS.index(own) <= LAYERS.index(layer)
        else:
            allowed = own == "localhub" or path in DOORS.get(library, {path})
            allowed = allowed and not (own in PURE and library in IMPURE)
        if not allowed:
            found.append(module)
    return found


@pytest.mark.parametrize("path", sorted(file.relative_to(ROOT).as_posix() for file in ROOT.rglob("*.py")))
def test_each_file_imports_only_what_it_may(path: str) -> None:
    """Dependencies point one way, pure layers know no world, and each library is behind its door."""
    assert [] == offences(path, (ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("_wire/calls.py", "from aiohfspaces._plan.settling import judge", ["aiohfspaces._plan.settling"]),
        ("_plan/x.py", "from aiohfspaces._wire.calls import Call", []),
        ("_plan/x.py", "def f():\n    import aiohfspaces._io.http", ["aiohfspaces._io.http"]),
        ("models.py", "from aiohfspaces import options, errors", ["aiohfspaces.options"]),
        ("errors.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from aiohfspaces.models import X", []),
        ("errors.py", "if TYPE_CHECKING:\n    pass\nelse:\n    import aiohfspaces.models", ["aiohfspaces.models"]),
        ("errors.py", "try:\n    import httpx\nexcept ImportError:\n    pass", ["httpx"]),
        ("client.py", "from aiohfspaces._version import __version__", []),
        ("_api/repos.py", "from aiohfspaces._version import __version__", ["aiohfspaces._version"]),
        ("_api/repos.py", "from aiohfspaces.client import AsyncSpacesClient", ["aiohfspaces.client"]),
        ("_io/lane_door.py", "import httpx, httpcore, os, anyio.to_thread", []),
        ("_io/lanes.py", "import httpcore, httpx", ["httpx"]),
        ("_io/files.py", "import tenacity, aiofiles", ["tenacity"]),
        ("_io/repeating.py", "import aiofiles.os, tenacity", ["aiofiles.os"]),
        ("client.py", "import httpx", ["httpx"]),
        ("client.py", "if TYPE_CHECKING:\n    import httpx", []),
        *((f"{pure}/x.py", f"import {name}", [name]) for pure in sorted(PURE) for name in sorted(IMPURE)),
        ("_wire/x.py", "from os.path import join", ["os.path"]),
        ("_wire/x.py", "import json, re", []),
        ("client.py", "from aiohfspaces.localhub import LocalHub", ["aiohfspaces.localhub"]),
        ("localhub/app.py", "import httpx, time\nfrom aiohfspaces._wire.names import api_path", []),
        ("localhub/app.py", "from aiohfspaces.client import AsyncSpacesClient", ["aiohfspaces.client"]),
        ("localhub/app.py", "from aiohfspaces.errors import UsageError", ["aiohfspaces.errors"]),
        ("utils.py", "from aiohfspaces.errors import UsageError", ["aiohfspaces.errors"]),
        ("_wire/x.py", "from aiohfspaces.utils import x", ["aiohfspaces.utils"]),
    ],
)
def test_the_check_can_fail(path: str, source: str, expected: list[str]) -> None:
    """It finds what must not be, wherever in a file it stands, and nothing else."""
    assert expected == offences(path, source)


def test_there_are_files_to_check() -> None:
    """An empty folder would pass as well."""
    assert {"client.py", "_io/http.py", "_plan/settling.py", "_wire/calls.py"} <= {
        file.relative_to(ROOT).as_posix() for file in ROOT.rglob("*.py")
    }
