"""Events and metrics of a Space."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiohfspaces._wire.events import ServerEvent, event_stream
from aiohfspaces._wire.streams import follow_events, follow_metrics, space_event, space_metrics
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import GpuMetrics, SpaceEvent, SpaceMetrics

METRIC = {
    "cpu_usage_pct": 1.2,
    "cpu_millicores": 2000,
    "memory_used_bytes": 123,
    "memory_total_bytes": 456,
    "rx_bps": 10,
    "tx_bps": 20,
    "gpus": {"ab12": {"utilization": 7, "memory_used_bytes": 8, "memory_total_bytes": 9}},
    "replica": "57vr7",
}


def metrics(value: Any, name: str = "metric") -> SpaceMetrics | None:
    """Read a measurement."""
    return space_metrics(ServerEvent(value if isinstance(value, str) else json.dumps(value), name))


def test_both_are_asked_for_as_streams() -> None:
    """Below the Space."""
    assert event_stream("/api/spaces/me/app/events") == follow_events("me/app")
    assert event_stream("/api/spaces/me/app/metrics") == follow_metrics("me/app")


@pytest.mark.parametrize(
    ("name", "data", "known"),
    [
        ("stage", "RUNNING", {"stage": "RUNNING"}),
        ("stage", " DANCING ", {"stage": "DANCING"}),
        ("stage", " ", {}),
        ("zero-gpu-count", "12", {"zero_gpu_count": 12}),
        ("zero-gpu-count", " 0", {"zero_gpu_count": 0}),
        ("zero-gpu-count", "many", {}),
        ("zero-gpu-count", "9" * 5000, {}),
        ("zero-gpu-count", "\u0665", {}),
        ("space", '{"compute": {}}', {"space": {"compute": {}}}),
        ("space", "[]", {}),
        ("space", "{broken", {}),
        ("space", "[" * 100_000, {}),
        ("brand-new", '{"a": 1}', {}),
        ("message", '{"error": "no"}', {}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_event_is_what_it_says_as_far_as_that_is_known(name: str, data: str, known: dict[str, Any]) -> None:
    """Name and data always as they came; nothing is wrong with any of them."""
    assert SpaceEvent(event=name, data=data, **known) == space_event(ServerEvent(data, name))


def test_a_measurement_is_read() -> None:
    """With each GPU by its id."""
    expected = SpaceMetrics(
        cpu_usage_pct=1.2,
        cpu_millicores=2000,
        memory_used_bytes=123,
        memory_total_bytes=456,
        rx_bps=10,
        tx_bps=20,
        gpus={"ab12": GpuMetrics(utilization=7, memory_used_bytes=8, memory_total_bytes=9)},
        replica="57vr7",
    )
    assert expected == metrics(METRIC)


@pytest.mark.parametrize("name", METRIC)
@pytest.mark.parametrize("missing", [True, False])
def test_what_a_measurement_leaves_out_is_unknown(name: str, missing: bool) -> None:
    """Missing or null: what it says is documented nowhere."""
    value = {key: each for key, each in METRIC.items() if key != name} if missing else {**METRIC, name: None}
    measured = metrics(value)
    assert ({} if name == "gpus" else None) == getattr(measured, name)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("[]", "metric"),
        ("", "metric"),
        ("{broken", "metric"),
        ({"cpu_usage_pct": "low"}, "metric.cpu_usage_pct"),
        ({"gpus": []}, "metric.gpus"),
        ({"gpus": {"a": {"utilization": True}}}, "metric.gpus.a.utilization"),
    ],
    ids=repr,
)
def test_a_measurement_of_another_shape_says_which(value: Any, field: str) -> None:
    """`MalformedReplyError` names the field."""
    with pytest.raises(MalformedReplyError) as caught:
        metrics(value)
    assert field == caught.value.field


def test_events_of_other_names_are_no_measurements() -> None:
    """Whatever they say."""
    assert metrics(METRIC, "zero-gpu-count") is None
    assert metrics("", "message") is None
