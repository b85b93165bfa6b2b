"""Draw what `upload.py --json` wrote, and print it as a table for a page: `chart.py FIGURES.json FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from cases import CASES

WIDTH, LEFT, LONGEST = 760, 210, 440
ROW, GAP, TOP = 18, 14, 44
COLORS = {"ours": "#2f6fde", "theirs": "#b4bac4"}
NAMES = {"ours": "aiohfspaces", "theirs": "huggingface_hub"}


class Bar(NamedTuple):
    """One bar: of which group, whose, and how long in the chart's unit."""

    group: str
    side: str
    value: float


def chart(title: str, bars: list[Bar], unit: str) -> str:
    """Draw horizontal bars, group by group, as SVG."""
    most = max(bar.value for bar in bars)
    body, y, group = [*_heading(title)], TOP, None
    for bar in bars:
        if bar.group != group:
            y, group = y + GAP, bar.group
            body.append(_text(LEFT - 10, y + ROW, bar.group, anchor="end"))
        length = max(1, bar.value / most * LONGEST)
        body.append(f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{ROW - 2}" fill="{COLORS[bar.side]}"/>')
        body.append(_text(LEFT + length + 6, y + ROW - 5, f"{bar.value:.3g} {unit}"))
        y += ROW
    size = f'width="{WIDTH}" height="{y + GAP}" viewBox="0 0 {WIDTH} {y + GAP}"'
    font = 'font-family="sans-serif" font-size="12" fill="#222"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>', *body, "</svg>", ""]
    return "\n".join(lines)


def _heading(title: str) -> Iterator[str]:
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    yield _text(10, 20, title)
    for number, (side, name) in enumerate(NAMES.items()):
        yield f'<rect x="{LEFT + number * 130}" y="30" width="12" height="12" fill="{COLORS[side]}"/>'
        yield _text(LEFT + number * 130 + 18, 41, name)


def _text(x: float, y: float, said: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y}" text-anchor="{anchor}">{escape(said)}</text>'


def bars(results: dict[str, Any], value: Callable[[dict[str, Any]], float], *, only_timed: bool) -> list[Bar]:
    """Make a bar of each client's median in each case that was measured."""
    return [
        Bar(case.title(quick=False), side, value(measured))
        for name, case in CASES.items()
        if name in results and (case.is_timed or not only_timed)
        for side, measured in results[name]["medians"].items()
    ]


def table(results: dict[str, Any]) -> Iterator[str]:
    """Make a line of Markdown for each client in each case."""
    for name in (name for name in CASES if name in results):
        medians = results[name]["medians"]
        for side, measured in medians.items():
            ratio = f"{medians['theirs']['seconds'] / measured['seconds']:.2f}" if "theirs" in medians else ""
            stalls = " | ".join(f"{measured['stalls'][share] * 1000:.0f}" for share in ("99", "99.9", "worst"))
            seconds, cpu_s, growth = measured["seconds"], measured["cpu_s"], measured["growth_bytes"] / 1e6
            title = CASES[name].title(quick=False) if side == "ours" else ""
            yield f"| {title} | {NAMES[side]} | {seconds:.2f} | {ratio} | {cpu_s:.1f} | {growth:.0f} | {stalls} |"


def main(figures: str, folder: str) -> None:
    """Draw the time and the memory of uploads."""
    results = json.loads(Path(figures).read_text())
    seconds = bars(results, lambda measured: float(measured["seconds"]), only_timed=True)
    megabytes = bars(results, lambda measured: float(measured["growth_bytes"]) / 1e6, only_timed=False)
    Path(folder, "time.svg").write_text(chart("Seconds of an upload (less is better)", seconds, "s"))
    print(*table(results), sep="\n")
    Path(folder, "memory.svg").write_text(chart("Memory an upload adds at its peak (less is better)", megabytes, "MB"))


if __name__ == "__main__":
    main(*sys.argv[1:])
