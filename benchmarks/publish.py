"""Put what `docs/benchmarks/*.json` holds into the page `docs/benchmarks.md`, as charts and tables.

Those of a benchmark stand between `<!-- NAME -->` and `<!-- /NAME -->`. What has no figures there stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from chart import Bar, chart
from tables import READINGS, TRANSFERRED, Figures, Result, cpu_ms, rate, shown
from ways import WAYS

DOCS = Path(__file__).parents[1] / "docs"
FOLDER = DOCS / "benchmarks"


class Drawing(NamedTuple):
    """A chart of a benchmark: its file, what it says above, what it shows of each side, in which unit."""

    benchmark: str
    file: str
    title: str
    value: Callable[[Figures], float]
    unit: str
    better: str = "less"
    only_timed: bool = False


DRAWINGS = [
    Drawing("upload", "time.svg", "Seconds of an upload", lambda run: float(run["seconds"]), "s", only_timed=True),
    Drawing("upload", "memory.svg", "Memory an upload adds at its peak", lambda run: run["growth_bytes"] / 1e6, "MB"),
    Drawing("calls", "calls.svg", "Calls a second, without latency", rate, "calls/s", "more"),
    Drawing("calls", "cpu.svg", "Processor time of a call", cpu_ms, "ms"),
    Drawing("latency", "latency.svg", "Calls a second, with latency", rate, "calls/s", "more"),
    Drawing("watch", "watch.svg", "Seconds until a thousand Spaces are seen", lambda run: float(run["seconds"]), "s"),
]


def bars(drawing: Drawing, results: dict[str, Result]) -> list[Bar]:
    """Make a bar of each median."""
    if drawing.benchmark in READINGS:
        medians = results[drawing.benchmark]["medians"]
        return [Bar(WAYS[way].title, WAYS[way].whose, drawing.value(figures)) for way, figures in medians.items()]
    return [
        Bar(case.title(quick=False), side, drawing.value(figures))
        for name, case in TRANSFERRED[drawing.benchmark].items()
        if name in results and (case.is_timed or not drawing.only_timed)
        for side, figures in results[name]["medians"].items()
    ]


def filled(page: str, name: str, lines: list[str]) -> str:
    """Put lines between the marks of a benchmark.

    Raises:
        SystemExit: The page has no such marks, or not just once.
    """
    text = "\n".join(lines)
    page, count = re.subn(rf"(?s)(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda m: f"{m[1]}\n{text}\n\n{m[2]}", page)
    if count != 1:
        raise SystemExit(f"docs/benchmarks.md has the marks of {name} {count} times")
    return page


def main() -> None:
    """Fill the page and draw the charts."""
    page = (DOCS / "benchmarks.md").read_text()
    for name in (*TRANSFERRED, *READINGS):
        file = FOLDER / f"{name}.json"
        if not file.exists():
            print(f"{name}: not measured")
            continue
        results = json.loads(file.read_text())
        drawings = [drawing for drawing in DRAWINGS if drawing.benchmark == name]
        for drawing in drawings:
            svg = chart(f"{drawing.title} ({drawing.better} is better)", bars(drawing, results), drawing.unit)
            (FOLDER / drawing.file).write_text(svg)
        images = [line for drawing in drawings for line in (f"![{drawing.title}](benchmarks/{drawing.file})", "")]
        page = filled(page, name, [*images, *shown(name, results)])
    (DOCS / "benchmarks.md").write_text(page)


if __name__ == "__main__":
    main()
