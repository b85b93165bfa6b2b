"""Copying files and folders between places that addresses name."""

from __future__ import annotations

from typing import Any

from tests.parity.cases.values import file
from tests.parity.wire import Case, Official, Ours


def answer(method: str, path: str) -> Any:
    """Say what is at the addresses: a file, a folder, nothing."""
    if "/resolve/" in path:
        return path
    far = "/datasets/her/data/resolve"
    there = {
        "/api/datasets/her/data/paths-info/v1": [file("a.txt", f"{far}/v1/a.txt")],
        "/api/datasets/her/data/tree/main": [
            file("sub/a.txt", f"{far}/main/sub/a.txt"),
            file("b.txt", f"{far}/main/b.txt"),
        ],
        "/api/spaces/me/app/paths-info/main": [{"type": "directory", "path": "to", "oid": "2" * 40}],
    }
    return there.get(path, [] if "/commits/" in path or "/tree/" in path or "/paths-info/" in path else None)


def copy_files(source: str, destination: str) -> tuple[Official, Ours]:
    """Copy something."""
    return (
        lambda api: api.copy_files(source, destination),
        lambda client: client.copy_files(source, destination),
    )


CASES: dict[str, Case] = {
    "copy_files, a file into a folder": (
        *copy_files("hf://datasets/her/data@v1/a.txt", "hf://spaces/me/app/to"),
        "form",
        "parentCommit",
    ),
    "copy_files, a file under a name": (
        *copy_files("hf://datasets/her/data@v1/a.txt", "hf://me/net/new/name.txt"),
        "form",
        "parentCommit",
        "second look",
    ),
    "copy_files, a repository": (
        *copy_files("hf://datasets/her/data", "hf://spaces/me/app"),
        "form",
        "parentCommit",
        "false query",
    ),
}
