"""What a Space tells of itself while it is listened to: events and metrics.

Source: the Hub's OpenAPI document of 2026-08-22 for the paths, which says nothing of what comes;
metrics: huggingface_hub 2.4.0, ``fetch_job_metrics``, which shows the same event of jobs; events: as
observed by others on the Hub. So what is not there, or new, is no error.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohfspaces._wire.calls import Call
from aiohfspaces._wire.events import ServerEvent, event_stream
from aiohfspaces._wire.names import api_path
from aiohfspaces._wire.replies import Field
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import GpuMetrics, SpaceEvent, SpaceMetrics, SpaceStage

METRIC = "metric"

_WHOLE_NUMBER = re.compile(r"\s*-?[0-9]{1,18}\s*")


def follow_events(repo_id: str) -> Call[None]:
    """``GET /api/spaces/{repo_id}/events``: what is, then what changes."""
    return event_stream(f"{api_path(repo_id)}/events")


def follow_metrics(repo_id: str) -> Call[None]:
    """``GET /api/spaces/{repo_id}/metrics``: about one a second for each replica."""
    return event_stream(f"{api_path(repo_id)}/metrics")


def space_event(event: ServerEvent) -> SpaceEvent:
    """Read an event; data that does not go with its name stays as it is."""
    name, data = event.name, event.data
    return SpaceEvent(
        event=name,
        data=data,
        stage=SpaceStage(data.strip()) if name == "stage" and data.strip() else None,
        zero_gpu_count=int(data) if name == "zero-gpu-count" and _WHOLE_NUMBER.fullmatch(data) else None,
        space=_object(data) if name == "space" else None,
    )


def space_metrics(event: ServerEvent) -> SpaceMetrics | None:
    """Read a measurement; ``None`` for an event of another name.

    Raises:
        MalformedReplyError: It is none.
    """
    if event.name != METRIC:
        return None
    measured = _object(event.data)
    if measured is None:
        raise MalformedReplyError("expected a JSON object in an event of the metrics", field=METRIC)
    metric = Field(measured, METRIC)
    return SpaceMetrics(
        cpu_usage_pct=metric.maybe("cpu_usage_pct", Field.number),
        cpu_millicores=metric.maybe("cpu_millicores", _whole),
        memory_used_bytes=metric.maybe("memory_used_bytes", _whole),
        memory_total_bytes=metric.maybe("memory_total_bytes", _whole),
        rx_bps=metric.maybe("rx_bps", Field.number),
        tx_bps=metric.maybe("tx_bps", Field.number),
        gpus=metric.maybe("gpus", _gpus) or {},
        replica=metric.maybe("replica", Field.text),
    )


def _gpus(gpus: Field) -> dict[str, GpuMetrics]:
    return {name: _gpu(gpu) for name, gpu in gpus.entries()}


def _gpu(gpu: Field) -> GpuMetrics:
    return GpuMetrics(
        utilization=gpu.maybe("utilization", Field.number),
        memory_used_bytes=gpu.maybe("memory_used_bytes", _whole),
        memory_total_bytes=gpu.maybe("memory_total_bytes", _whole),
    )


def _whole(amount: Field) -> int:
    return int(amount.number())


def _object(data: str) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
