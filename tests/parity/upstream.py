"""What the official client changed since the release that is our reference.

``python -m tests.parity.upstream write FILE`` notes down the methods of the installed ``huggingface_hub``;
``… compare FILE``, with another release installed, reports what is new, gone or changed there. It fails nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import huggingface_hub
from attrs import asdict, frozen
from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient
from tests.parity.reasons import reason_for_absence
from tests.parity.signatures import Parameters, changed, parameters, public_names


@frozen
class Release:
    """One release of the official client, in words that JSON can hold.

    Attributes:
        version: Its version.
        methods: By name what each public method takes.
    """

    version: str
    methods: Mapping[str, Parameters]


def look_at(client: type, version: str) -> Release:
    """Take down the public methods of a client."""
    methods = {name: getattr(client, name) for name in public_names(client)}
    found = {name: parameters(method) for name, method in methods.items() if callable(method)}
    return Release(
        version,
        {
            method: {name: (str(kind), repr(default)) for name, (kind, default) in takes.items()}
            for method, takes in found.items()
        },
    )


def read_release(file: Path) -> Release:
    """Read what was noted down."""
    saved = json.loads(file.read_text("utf-8"))
    methods = {
        method: {name: (kind, default) for name, (kind, default) in takes.items()}
        for method, takes in saved["methods"].items()
    }
    return Release(saved["version"], methods)


def compare(before: Release, after: Release, ours: Iterable[str]) -> Iterator[str]:
    """Report the differences, line by line; what our client offers too is marked, and what it may lack."""
    shared = set(ours)

    def mark(name: str) -> str:
        if name in shared:
            return f"  * {name}"
        return f"    {name}" if reason_for_absence(name) else f"  ? {name}"

    yield f"huggingface_hub {before.version} -> {after.version}"
    yield "(*: also a method of AsyncSpacesClient; ?: no reason is known why it is not)"
    kept = before.methods.keys() & after.methods.keys()
    different = {name: changed(before.methods[name], after.methods[name]) for name in sorted(kept)}
    sections = {
        "New methods": [mark(name) for name in sorted(after.methods.keys() - kept)],
        "Gone methods": [mark(name) for name in sorted(before.methods.keys() - kept)],
        "Changed methods": [
            f"{mark(name)}: {_tell(before.methods[name], after.methods[name], which)}"
            for name, which in different.items()
            if which
        ],
    }
    for title, lines in sections.items():
        yield f"{title}: {len(lines) or 'none'}"
        yield from lines


def _tell(before: Parameters, after: Parameters, which: Iterable[str]) -> str:
    said = []
    for name in sorted(which):
        if name not in before:
            said.append(f"+{name}={after[name][1]}")
        elif name not in after:
            said.append(f"-{name}")
        else:
            said.append(f"{name}: {' '.join(before[name])} -> {' '.join(after[name])}")
    return ", ".join(said)


def main(action: str, file: str) -> None:
    """Write down the installed release, or compare it with what was written down."""
    installed = look_at(HfApi, huggingface_hub.__version__)
    if action == "write":
        Path(file).write_text(json.dumps(asdict(installed)), "utf-8")
        return
    for line in compare(read_release(Path(file)), installed, public_names(AsyncSpacesClient)):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
