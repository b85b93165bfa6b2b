"""A folder's upload consists of the same files, and removes the same paths, whichever client does it."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.parity.cases.values import HEAD
from tests.parity.wire import Sent, official_requests, our_requests

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::UserWarning")]

COMPOSED = unicodedata.normalize("NFC", "Ünïcödé.txt")

TREE = [
    ".env",
    ".git/config",
    ".gitattributes",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".hidden/.deeper/x.txt",
    ".cache/huggingface/upload/x.metadata",
    "[brackets]/a.txt",
    "README.md",
    "a b/c d.txt",
    "app.py",
    "data/.cache/huggingface/x",
    "data/train.csv",
    "data/train/0.csv",
    "empty.txt",
    "logs",
    "n" * 250 + ".txt",
    "nested/repo/.git/HEAD",
    "nested/repo/.git/objects/aa/bb",
    "nested/repo/file.txt",
    "not.git/x",
    "star*.txt",
    COMPOSED,
    "decomposed/" + unicodedata.normalize("NFD", COMPOSED),
]
THERE = [".gitattributes", "README.md", "app.py", "data/old.csv", "logs/1.txt", "logs/deep/2.txt", "old/.env", COMPOSED]

PATTERNS: list[Any] = [
    None,
    [],
    "*",
    "*.txt",
    "*.TXT",
    ["*.csv", "*.py"],
    "data/",
    "data",
    "data/*",
    "data/**",
    "**/*.txt",
    "**",
    "./app.py",
    "/app.py",
    "logs",
    "logs/",
    ".*",
    "*/.*",
    "?pp.py",
    "[a-d]*",
    "[[]brackets]/*",
    "star[*].txt",
    "star*.txt",
    "a b/*",
    COMPOSED,
    unicodedata.normalize("NFD", COMPOSED),
    "*.git/*",
    ".git*",
    "",
    ["", "*.py"],
]


def answer(method: str, path: str) -> Any:
    """Want every file as it is, and tell what is there."""
    if "/preupload/" in path:
        files = [{"path": f"{below}{name}", "uploadMode": "regular"} for below in ("", "up/") for name in TREE]
        return {"files": [{**file, "shouldIgnore": False} for file in files], "commitOid": HEAD}
    if "/tree/" in path or "/commits/" in path:
        return [{"type": "file", "path": name, "oid": "0" * 40, "size": 1} for name in THERE]
    return None


def committed(requests: list[Sent]) -> list[tuple[str, str]]:
    """List what the one commit does; ``[]`` if there is none."""
    commits = [request.body for request in requests if "/commit/" in request.target]
    assert len(commits) <= 1
    return sorted((line["key"], line["value"]["path"]) for body in commits for line in body[1:])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have a folder with all that a folder may hold."""
    root = tmp_path_factory.mktemp("tree")
    for path in TREE:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("" if path == "empty.txt" else path[:99])
    (root / "no files" / "here").mkdir(parents=True)
    return root


async def both(folder: Path, **options: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Upload the folder with either client, and list what each commits."""
    said = {"repo_id": "me/app", "repo_type": "space", "folder_path": folder, **options}
    theirs = official_requests(answer, lambda api: api.upload_folder(**said))
    return committed(theirs), committed(await our_requests(answer, lambda client: client.upload_folder(**said)))


@pytest.mark.parametrize("patterns", PATTERNS, ids=repr)
@pytest.mark.parametrize("argument", ["allow_patterns", "ignore_patterns"])
async def test_the_same_files_are_picked(folder: Path, argument: str, patterns: Any) -> None:
    """Hidden ones, odd ones, and none that is git's own or a cache's."""
    theirs, ours = await both(folder, **{argument: patterns})
    assert theirs == ours


@pytest.mark.parametrize("patterns", PATTERNS, ids=repr)
async def test_the_same_paths_are_removed(folder: Path, patterns: Any) -> None:
    """What is uploaded anew stays, and so does ``.gitattributes``."""
    theirs, ours = await both(folder, delete_patterns=patterns, allow_patterns="app.py")
    assert theirs == ours
    assert ("deletedFile", ".gitattributes") not in ours


@pytest.mark.parametrize("path_in_repo", ["up", "up/", "./up"])
async def test_removals_and_files_are_below_the_same_path(folder: Path, path_in_repo: str) -> None:
    """Patterns are relative to it."""
    theirs, ours = await both(folder, path_in_repo=path_in_repo, ignore_patterns="data/", delete_patterns="*.txt")
    assert theirs == ours


async def test_some_files_are_picked_and_some_are_not(folder: Path) -> None:
    """Or else the other tests would compare nothing with nothing."""
    theirs, ours = await both(folder, ignore_patterns="*.csv")
    paths = {path for _, path in ours}
    assert theirs == ours
    assert {".env", ".gitignore", "not.git/x", "empty.txt", COMPOSED} < paths
    assert paths.isdisjoint({".git/config", "nested/repo/.git/HEAD", "data/train.csv"})


async def test_a_cache_of_somebody_else_is_refused_by_either(tmp_path: Path) -> None:
    """Rather than left out in silence."""
    (tmp_path / ".cache" / "pip").mkdir(parents=True)
    (tmp_path / ".cache" / "pip" / "x").write_text("x")
    assert ([], []) == await both(tmp_path)
