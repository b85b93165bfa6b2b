"""What a Space tells while it is listened to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from aiohfspaces.models.words import SpaceStage


@frozen(kw_only=True)
class SpaceEvent:
    """A change of a Space, as the Hub tells it.

    The Hub documents neither the names nor the data, so both are here as they came. Where the data is
    what is known to go with the name, one of the other attributes holds it; the others are ``None``.

    Attributes:
        event: Its name: ``stage``, ``zero-gpu-count``, ``space``, or another.
        data: Its data.
        stage: Where the Space is in its life; of ``stage``.
        zero_gpu_count: How many ZeroGPU devices it uses; of ``zero-gpu-count``.
        space: What it is made of and how that is doing (``compute``, ``service``); of ``space``.
    """

    event: str
    data: str
    stage: SpaceStage | None = None
    zero_gpu_count: int | None = None
    space: Mapping[str, Any] | None = None


@frozen(kw_only=True)
class GpuMetrics:
    """How busy a GPU is. What the Hub does not tell is ``None``.

    Attributes:
        utilization: Percent.
        memory_used_bytes: Memory in use.
        memory_total_bytes: Memory that it has.
    """

    utilization: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None


@frozen(kw_only=True)
class SpaceMetrics:
    """How busy one replica of a Space is. What the Hub does not tell is ``None``.

    Attributes:
        cpu_usage_pct: Percent of the CPU in use.
        cpu_millicores: CPU that it has, in thousandths of a core.
        memory_used_bytes: Memory in use.
        memory_total_bytes: Memory that it has.
        rx_bps: Bytes per second received.
        tx_bps: Bytes per second sent.
        gpus: GPU id to how busy that is; empty without any.
        replica: Which replica.
    """

    cpu_usage_pct: float | None = None
    cpu_millicores: int | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    rx_bps: float | None = None
    tx_bps: float | None = None
    gpus: Mapping[str, GpuMetrics] = field(factory=dict)
    replica: str | None = None
