"""What the Hub offers to Spaces: hardware, templates, and time on shared graphics cards."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from aiohfspaces.models.words import SpaceHardware


@frozen(kw_only=True)
class SpaceAccelerator:
    """The chips that a flavor of hardware has besides its CPU.

    Attributes:
        type: ``gpu`` or ``neuron``.
        model: E.g. ``Nvidia T4``.
        quantity: How many, as the Hub writes it.
        vram: Their memory together, with its unit, e.g. ``16 GB``.
        manufacturer: E.g. ``Nvidia``.
    """

    type: str
    model: str
    quantity: str
    vram: str
    manufacturer: str


@frozen(kw_only=True)
class SpaceHardwareInfo:
    """A flavor of hardware that a Space can be given.

    Attributes:
        name: What `request_space_hardware` takes.
        pretty_name: What people read.
        cpu: How many, with the unit, e.g. ``2 vCPU``.
        ram: With the unit, e.g. ``16 GB``.
        accelerator: ``None`` where there is only a CPU.
        unit_cost_micro_usd: What one `unit_label` costs, in millionths of a US dollar.
        unit_cost_usd: The same in US dollars.
        unit_label: What is paid for, e.g. ``minute``.
    """

    name: SpaceHardware
    pretty_name: str
    cpu: str
    ram: str
    accelerator: SpaceAccelerator | None
    unit_cost_micro_usd: float
    unit_cost_usd: float
    unit_label: str


@frozen(kw_only=True)
class SpaceTemplate:
    """A Space that others can begin as.

    Attributes:
        name: What people call it, e.g. ``JupyterLab``; `create_repo` takes it.
        repo_id: The Space with its files; `create_repo` takes that, too.
        sdk: What a Space made from it has.
        preferred_private: Whether such a Space is meant to be private.
    """

    name: str
    repo_id: str
    sdk: str
    preferred_private: bool


@frozen(kw_only=True)
class ZeroGpuRuns:
    """How often an account may still run something on ZeroGPU.

    Attributes:
        used: Runs so far.
        limit: Runs allowed.
        remaining: Runs left.
        resets_at: When they are counted anew; ``None`` before the first one.
    """

    used: float
    limit: float
    remaining: float
    resets_at: datetime | None


@frozen(kw_only=True)
class ZeroGpuQuota:
    """How much of ZeroGPU an account may still use.

    Attributes:
        base: GPU-seconds allowed.
        remaining: GPU-seconds left; the Hub calls them ``current``.
        resets_at: When they are counted anew; ``None`` before the first one was spent.
        overquota_used: GPU-seconds that were paid for on top.
        runs: The limit of runs; ``None`` for accounts without one.
    """

    base: float
    remaining: float
    resets_at: datetime | None = None
    overquota_used: float | None = None
    runs: ZeroGpuRuns | None = None
