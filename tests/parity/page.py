"""The page on parity, made from the code.

``python -m tests.parity.page`` writes it; a test compares it with what would be written.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient
from tests.parity.cases import all_cases, method_of
from tests.parity.differences import DIFFERENCES
from tests.parity.reasons import ABSENT, BEYOND, DIFFERENT, reason_for_absence
from tests.parity.signatures import public_names

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "parity.md"

INTRODUCTION = """# Parity with HfApi

<!-- Made by `python -m tests.parity.page`. -->

Every operation with its request, where that is known from, and the test that proves it: a case asks both this
library and `huggingface_hub` 2.4.0 for the same and compares what they put on the wire, method, path, query, body
and authorization. What has no counterpart there is proven against the [local Hub](../how-to/test-with-localhub.md).
In words, what differs is [on a page of its own](../topics/differences.md).
"""

EVERYWHERE = """
`token`, `run_as_future`, `num_threads` and `tqdm_class` are nowhere: an option of the client, what `await` does,
and how the official client shows progress. `repo_type` is `"space"` unless said otherwise.
"""


def section(method: str, title: str) -> str:
    """Read a section of a method's docstring as one line of Markdown."""
    docstring = inspect.getdoc(getattr(AsyncSpacesClient, method)) or ""
    found = re.search(rf"(?ms)^{title}:\n(.*?)(?=^\S|\Z)", docstring)
    return " ".join(found[1].split()).replace("``", "`").replace("|", "\\|") if found else ""


def home(method: str) -> str:
    """Tell the module that a method is defined in."""
    return inspect.getmodule(getattr(AsyncSpacesClient, method)).__name__.rpartition(".")[2]  # type: ignore[union-attr]


def proofs(method: str) -> str:
    """Link to the cases of a method, or to the tests that call it."""
    counts: dict[str, int] = {}
    for name, (family, _) in all_cases().items():
        if method_of(name) == method:
            path = f"tests/parity/cases/{family.__name__.rpartition('.')[2]}.py"
            counts[path] = counts.get(path, 0) + 1
    if counts:
        return ", ".join(
            f"{_link(path)}: {count} {'case' if count == 1 else 'cases'}" for path, count in counts.items()
        )
    return _link(calling(method))


def calling(method: str) -> str:
    """Find the test module that has most to say of a method; one of calls that send nothing is no proof of it."""
    modules = sorted(path for folder in ("guide", "io") for path in (ROOT / "tests" / folder).glob("test_*.py"))
    modules.remove(ROOT / "tests" / "guide" / "test_bad_input.py")
    modules.append(ROOT / "tests" / "test_client.py")
    counts = {path: len(re.findall(rf"\.{method}\(", path.read_text("utf-8"))) for path in modules}
    return max(counts, key=counts.__getitem__).relative_to(ROOT).as_posix() if any(counts.values()) else ""


def _link(path: str) -> str:
    return f"[{Path(path).stem}](../../{path})" if path else ""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Write a table."""
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def lines() -> Iterator[str]:
    """Write the page, line by line."""
    yield INTRODUCTION
    sending = [name for name in public_names(AsyncSpacesClient) if section(name, "Wire")]
    for family in sorted({home(name) for name in sending}):
        yield f"## {family.replace('_', ' ').capitalize()}\n"
        yield from table(
            ["operation", "wire", "known from", "proof"],
            (
                [f"`{name}`", section(name, "Wire"), section(name, "Source"), proofs(name)]
                for name in sending
                if home(name) == family
            ),
        )
        yield ""
    yield "## Parameters that are other\n"
    yield from table(
        ["operation", "parameter", "why"], ([f"`{name}`", f"`{key}`", why] for (name, key), why in DIFFERENT.items())
    )
    yield EVERYWHERE
    yield "## Requests that are other\n"
    yield from table(["what", "why"], ([name, found.reason] for name, found in DIFFERENCES.items()))
    yield "\n## Beyond HfApi\n"
    yield from table(["name", "what it is"], ([f"`{name}`", why] for name, why in BEYOND.items()))
    yield "\n## Not here\n"
    yield from table(["why", "names of `HfApi`"], ([why, absent_for(why)] for why in dict.fromkeys(ABSENT.values())))


def absent_for(reason: str) -> str:
    """List the names of ``HfApi`` that are not here for a reason."""
    absent = set(public_names(HfApi)) - set(public_names(AsyncSpacesClient))
    return ", ".join(f"`{name}`" for name in sorted(absent) if reason_for_absence(name) == reason)


def text() -> str:
    """Write the page."""
    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), "utf-8")
