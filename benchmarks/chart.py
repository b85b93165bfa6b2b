"""Bars side by side, as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

WIDTH, LEFT, LONGEST = 880, 320, 440
ROW, GAP, TOP = 18, 14, 44
COLORS = {"ours": "#2f6fde", "theirs": "#b4bac4", "limit": "#7fb58a"}
NAMES = {"ours": "aiohfspaces", "theirs": "huggingface_hub", "limit": "bare aiohttp"}


class Bar(NamedTuple):
    """One bar: of which group, whose, and how long in the chart's unit."""

    group: str
    whose: str
    value: float


def chart(title: str, bars: list[Bar], unit: str) -> str:
    """Draw horizontal bars, group by group."""
    most = max(bar.value for bar in bars)
    body, y, group = [*_heading(title, bars)], TOP, None
    for bar in bars:
        if bar.group != group:
            y, group = y + GAP, bar.group
            body.append(_text(LEFT - 10, y + ROW - 5, bar.group, anchor="end"))
        length = max(1, bar.value / most * LONGEST)
        body.append(f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{ROW - 2}" fill="{COLORS[bar.whose]}"/>')
        body.append(_text(LEFT + length + 6, y + ROW - 5, f"{_rounded(bar.value)} {unit}"))
        y += ROW
    size = f'width="{WIDTH}" height="{y + GAP}" viewBox="0 0 {WIDTH} {y + GAP}"'
    font = 'font-family="sans-serif" font-size="12" fill="#222"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>', *body, "</svg>", ""])


def _heading(title: str, bars: list[Bar]) -> Iterator[str]:
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    yield _text(10, 20, title)
    for number, whose in enumerate(dict.fromkeys(bar.whose for bar in bars)):
        yield f'<rect x="{LEFT + number * 130}" y="30" width="12" height="12" fill="{COLORS[whose]}"/>'
        yield _text(LEFT + number * 130 + 18, 41, NAMES[whose])


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _text(x: float, y: float, said: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y}" text-anchor="{anchor}">{escape(said)}</text>'
