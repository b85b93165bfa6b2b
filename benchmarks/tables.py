"""What benchmarks have measured, as Markdown: for the terminal, and for the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any, NamedTuple

import cases
import served
from ways import IN_FLIGHT, WAYS

Result = dict[str, Any]
"""``medians``, ``runs`` and ``circumstances``."""

Figures = dict[str, Any]
"""The medians of one side."""

TRANSFERRED = {"upload": cases.CASES, "download": served.CASES}
NAMES = {"ours": "aiohfspaces", "theirs": "huggingface_hub"}
KINDS = {"lanes": "as installed", "aiohttp": 'with `transport="aiohttp"`'}
STALLS = ("stall 99%, ms", "99.9%", "worst")
SHARES = ("99", "99.9", "worst")
TRANSFER_HEAD = (
    "| case | | seconds | ratio | CPU s | memory, MB | stall 99%, ms | 99.9% | worst |",
    "|---|---|---|---|---|---|---|---|---|",
)


class Goal(NamedTuple):
    """What was to be reached, what was, and whether that is enough."""

    said: str
    figure: str
    reached: bool


def shown(name: str, results: dict[str, Result]) -> Iterator[str]:
    """Show all that a benchmark has measured."""
    if name in TRANSFERRED:
        yield from TRANSFER_HEAD
        for case in (case for case in TRANSFERRED[name] if case in results):
            yield from transfers(TRANSFERRED[name][case].title(quick=False), results[case]["medians"])
        return
    medians, circumstances = results[name]["medians"], results[name]["circumstances"]
    table, goals = READINGS[name]
    yield from table(medians, circumstances)
    yield from ("", said_of(circumstances), "", "| goal | | |", "|---|---|---|")
    for goal in goals(medians, circumstances):
        yield _row(goal.said, goal.figure, "reached" if goal.reached else "not reached")


def said_of(circumstances: Figures) -> str:
    """Say what figures depend on."""
    date = time.strftime("%d %B %Y", time.strptime(circumstances["when"], "%Y-%m-%d")).lstrip("0")
    packages = ", ".join(f"{package} {version}" for package, version in circumstances["packages"].items())
    rounds = f"medians of {circumstances['rounds']} rounds" if circumstances["rounds"] > 1 else "one round"
    return (
        f"{date}: {circumstances['count']:,} runtimes, {circumstances['latency'] * 1000:g} ms of latency, {rounds};"
        f" {circumstances['cores']} cores, their load {circumstances['load']:.1f} before;"
        f" Python {circumstances['python']}, {packages}."
    )


def transfers(title: str, medians: dict[str, Figures]) -> Iterator[str]:
    """Show both clients' figures of one upload or download."""
    for side, measured in medians.items():
        ratio = f"{medians['theirs']['seconds'] / measured['seconds']:.2f}" if "theirs" in medians else ""
        growth = f"{measured['growth_bytes'] / 1e6:.0f}"
        first = title if side == "ours" else ""
        yield _row(
            first, NAMES[side], f"{measured['seconds']:.2f}", ratio, f"{measured['cpu_s']:.1f}", growth, *_ms(measured)
        )


def calls(medians: dict[str, Figures], circumstances: Figures) -> Iterator[str]:
    """Show how fast calls are, what each costs, and how late the event loop is meanwhile."""
    yield _row("", "calls/s", "between", "ratio", "CPU ms a call", *STALLS)
    yield _row(*["---"] * 8)
    for way, measured in medians.items():
        ratio = f"{rate(measured) / rate(medians['threads']):.2f}"
        least, most = (measured["read"] / seconds for seconds in reversed(measured["seconds_between"]))
        rates = (f"{rate(measured):,.0f}", f"{least:,.0f} and {most:,.0f}")
        yield _row(WAYS[way].title, *rates, ratio, f"{cpu_ms(measured):.2f}", *_ms(measured))
    hub_us = max(measured["hub_cpu_s"] / measured["read"] for measured in medians.values()) * 1e6
    yield from ("", f"The Hub itself took at most {hub_us:.0f} µs of processor time a call,")
    yield f"so one core could answer some {round(1e6 / hub_us, -3):,.0f} a second."


def calls_goals(medians: dict[str, Figures], circumstances: Figures) -> Iterator[Goal]:
    """Compare with `HfApi` in threads, with a flat line, and with an idle event loop."""
    for (kind, said), least in zip(KINDS.items(), (2, 3), strict=True):
        times = rate(medians[f"{kind}-{IN_FLIGHT}"]) / rate(medians["threads"])
        yield Goal(f"at least {least} times `HfApi` in 32 threads, {said}", f"{times:.2f} times", times >= least)
    for kind, said in KINDS.items():
        costs = [cpu_ms(medians[f"{kind}-{in_flight}"]) for in_flight in (8, 32, 200)]
        apart = max(costs) / min(costs) - 1
        figure = f"{', '.join(f'{cost:.2f}' for cost in costs)} ms: {apart:.0%} apart"
        yield Goal(f"CPU per call with 8, 32 and 200 in flight within 25%, {said}", figure, apart <= 0.25)
    yield from stall_goals(medians)


def latency(medians: dict[str, Figures], circumstances: Figures) -> Iterator[str]:
    """Show how much of what the latency allows is reached."""
    against = ("of what 32 in flight allow", "ratio to threads", "to `to_thread`")
    yield _row("", "calls/s", *against, "CPU ms a call", *STALLS)
    yield _row(*["---"] * 9)
    for way, measured in medians.items():
        ratios = (f"{rate(measured) / rate(medians[other]):.2f}" for other in ("threads", "to-thread"))
        share = f"{rate(measured) / _bound(circumstances):.1%}"
        cost = f"{cpu_ms(measured):.2f}"
        yield _row(WAYS[way].title, f"{rate(measured):,.0f}", share, *ratios, cost, *_ms(measured))


def latency_goals(medians: dict[str, Figures], circumstances: Figures) -> Iterator[Goal]:
    """Compare with what the latency allows, with `asyncio.to_thread(HfApi)`, and with an idle event loop."""
    bound = _bound(circumstances)
    for kind, said in KINDS.items():
        measured = medians[f"{kind}-{IN_FLIGHT}"]
        share, times = rate(measured) / bound, rate(measured) / rate(medians["to-thread"])
        yield Goal(f"at least 90% of {bound:,.0f} calls/s, {said}", f"{share:.1%}", share >= 0.9)
        yield Goal(f"at least 4 times `asyncio.to_thread(HfApi)`, {said}", f"{times:.2f} times", times >= 4)
    yield from stall_goals(medians)


def stall_goals(medians: dict[str, Figures]) -> Iterator[Goal]:
    """Compare with an idle event loop."""
    for kind, said in KINDS.items():
        stalls = medians[f"{kind}-{IN_FLIGHT}"]["stalls"]
        reached = stalls["99"] < 0.010 and stalls["99.9"] < 0.050
        figure = f"{stalls['99'] * 1000:.1f} and {stalls['99.9'] * 1000:.1f} ms"
        yield Goal(f"stall, above an idle loop's: 99% below 10 ms, 99.9% below 50 ms, {said}", figure, reached)


def budget(medians: dict[str, Figures], circumstances: Figures) -> Iterator[str]:
    """Show how long it took, what came through, and what was refused."""
    head = ("seconds", "of what the windows allow", "ratio to threads, repeated", "read", "refused by the Hub")
    yield _row("", *head, "CPU ms a call")
    yield _row(*["---"] * 7)
    for way, measured in medians.items():
        came = measured["read"] == circumstances["count"]
        share = f"{measured['seconds'] / _allowed_s(circumstances):.3f}" if came else "not all came through"
        ratio = f"{medians['threads-repeated']['seconds'] / measured['seconds']:.2f}" if came else ""
        counted = (f"{measured['read']:,.0f}", f"{measured['refused']:,.0f}", f"{cpu_ms(measured):.2f}")
        yield _row(WAYS[way].title, f"{measured['seconds']:.1f}", share, ratio, *counted)


def budget_goals(medians: dict[str, Figures], circumstances: Figures) -> Iterator[Goal]:
    """Compare with what the windows allow."""
    measured, allowed_s = medians["bulk"], _allowed_s(circumstances)
    figure = f"{measured['seconds']:.1f} s, {measured['seconds'] / allowed_s - 1:.1%} more"
    windows = f"windows of {circumstances['quota']} in {circumstances['window']:g} s"
    yield Goal(f"within 5% of what {windows} allow: {allowed_s:g} s", figure, measured["seconds"] <= 1.05 * allowed_s)
    refused = measured["refused"]
    yield Goal("at most as many refusals as calls in flight", f"{refused:.0f}" if refused else "none", refused <= 32)


def watch(medians: dict[str, Figures], circumstances: Figures) -> Iterator[str]:
    """Show what one look at all of them takes."""
    yield _row("", "requests", "seconds", "ratio to threads", "CPU s", "ratio to threads")
    yield _row(*["---"] * 6)
    for way, measured in medians.items():
        figures = [f"{measured['answered']:,.0f}"]
        for name in ("seconds", "cpu_s"):
            figures += [f"{measured[name]:.2f}", f"{medians['threads'][name] / measured[name]:.2f}"]
        yield _row(WAYS[way].title, *figures)


def watch_goals(medians: dict[str, Figures], circumstances: Figures) -> Iterator[Goal]:
    """Count requests."""
    requests = medians["watch"]["answered"]
    yield Goal("at most 12 requests a round for 1,000 Spaces", f"{requests:.0f}", requests <= 12)


READINGS: dict[str, tuple[Callable[..., Iterator[str]], Callable[..., Iterator[Goal]]]] = {
    "calls": (calls, calls_goals),
    "latency": (latency, latency_goals),
    "watch": (watch, watch_goals),
    "budget": (budget, budget_goals),
}


def rate(measured: Figures) -> float:
    """Tell how many were read a second."""
    return float(measured["read"] / measured["seconds"])


def cpu_ms(measured: Figures) -> float:
    """Tell the milliseconds of the client's processor time for each request."""
    return float(measured["cpu_s"] / (measured["answered"] + measured["refused"]) * 1000)


def _bound(circumstances: Figures) -> float:
    return float(IN_FLIGHT / circumstances["latency"])


def _allowed_s(circumstances: Figures) -> float:
    return float((ceil(circumstances["count"] / circumstances["quota"]) - 1) * circumstances["window"])


def _ms(measured: Figures) -> Iterator[str]:
    return (f"{measured['stalls'][share] * 1000:.0f}" for share in SHARES)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
