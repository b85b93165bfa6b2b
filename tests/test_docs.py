"""The code in the documentation, run as its readers would."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from aiohfspaces.localhub import LocalHub

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS = ["python -m pip install nox && python -m nox -s demo", "python -m nox -s tests"]

pytestmark = pytest.mark.anyio


def code_blocks(page: Path) -> Iterator[CodeType]:
    """Compile a page's Python blocks; they may await, as in an async prompt."""
    for block in re.finditer(r"(?ms)^```python\n(.*?)^```$", page.read_text()):
        line = page.read_text()[: block.start()].count("\n") + 1
        source = "\n" * line + block[1]
        yield compile(source, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("page", [page for page in PAGES if list(code_blocks(page))], ids=lambda page: page.stem)
async def test_each_block_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page's blocks run one after the other, against a Hub on loopback."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("print('hi')\n")
    monkeypatch.chdir(tmp_path)
    async with LocalHub(stage_seconds=0.01) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", hub.token)
        names: dict[str, Any] = {}
        for code in code_blocks(page):
            if inspect.isawaitable(running := FunctionType(code, names)()):
                await running


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_link_leads_somewhere(page: Path) -> None:
    """A page's links to other files of the project lead to files that are there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_has_its_commands_once(command: str) -> None:
    """Each of the two commands stands in the README once, on a line of its own."""
    assert 1 == [line.strip() for line in (ROOT / "README.md").read_text().splitlines()].count(command)
