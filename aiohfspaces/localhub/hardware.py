"""The hardware that Spaces may be given.

Source: the Hub's OpenAPI document of 2026-08-22 for the names and the shape. Sizes
and prices are of the right order only: nobody is billed by a hub on loopback.
"""

from __future__ import annotations

from attrs import frozen

FREE_FLAVOR = "cpu-basic"
ZERO_GPU = "zero-a10g"
_ALIASES = {"": FREE_FLAVOR, "zerogpu": ZERO_GPU}


@frozen
class Accelerator:
    """The graphics or neuron chips of a flavor."""

    model: str
    quantity: int
    vram_gb: int
    type: str = "gpu"
    manufacturer: str = "Nvidia"


@frozen
class Flavor:
    """One kind of machine, and what a minute of it costs in millionths of a dollar."""

    name: str
    pretty_name: str
    cpu: int
    ram_gb: int
    micro_usd: int
    accelerator: Accelerator | None = None

    @property
    def is_paid(self) -> bool:
        """Whether somebody has to pay for it."""
        return self.micro_usd > 0

    def describe(self) -> dict[str, object]:
        """Say what it is, as ``GET /api/spaces/hardware`` does."""
        return {
            "name": self.name,
            "prettyName": self.pretty_name,
            "cpu": f"{self.cpu} vCPU",
            "ram": f"{self.ram_gb} GB",
            "accelerator": self.accelerator and _describe_accelerator(self.accelerator),
            "unitCostMicroUSD": self.micro_usd,
            "unitCostUSD": self.micro_usd / 1_000_000,
            "unitLabel": "minute",
        }


def _describe_accelerator(accelerator: Accelerator) -> dict[str, object]:
    return {
        "type": accelerator.type,
        "model": accelerator.model,
        "quantity": str(accelerator.quantity),
        "vram": f"{accelerator.vram_gb} GB",
        "manufacturer": accelerator.manufacturer,
    }


def _gpu(
    name: str,
    pretty_name: str,
    cpu: int,
    ram_gb: int,
    micro_usd: int,
    model: str,
    quantity: int,
    vram_gb: int,
) -> Flavor:
    return Flavor(name, pretty_name, cpu, ram_gb, micro_usd, Accelerator(model, quantity, vram_gb))


FLAVORS: dict[str, Flavor] = {
    flavor.name: flavor
    for flavor in (
        Flavor(FREE_FLAVOR, "CPU Basic", 2, 16, 0),
        Flavor("cpu-upgrade", "CPU Upgrade", 8, 32, 500),
        Flavor("cpu-performance", "CPU Performance", 32, 256, 31_667),
        Flavor("cpu-xl", "CPU XL", 16, 124, 16_667),
        Flavor("sprx8", "8x Intel Sapphire Rapids", 128, 512, 40_000),
        _gpu(ZERO_GPU, "ZeroGPU", 32, 220, 0, "Nvidia A10G", 1, 24),
        _gpu("t4-small", "Nvidia T4 - small", 4, 15, 6_667, "Nvidia T4", 1, 16),
        _gpu("t4-medium", "Nvidia T4 - medium", 8, 30, 10_000, "Nvidia T4", 1, 16),
        _gpu("l4x1", "1x Nvidia L4", 8, 30, 13_333, "Nvidia L4", 1, 24),
        _gpu("l4x4", "4x Nvidia L4", 48, 186, 63_333, "Nvidia L4", 4, 96),
        _gpu("l40sx1", "1x Nvidia L40S", 8, 62, 30_000, "Nvidia L40S", 1, 48),
        _gpu("l40sx4", "4x Nvidia L40S", 48, 382, 138_333, "Nvidia L40S", 4, 192),
        _gpu("l40sx8", "8x Nvidia L40S", 192, 1534, 391_667, "Nvidia L40S", 8, 384),
        _gpu("a10g-small", "Nvidia A10G - small", 4, 15, 16_667, "Nvidia A10G", 1, 24),
        _gpu("a10g-large", "Nvidia A10G - large", 12, 46, 25_000, "Nvidia A10G", 1, 24),
        _gpu("a10g-largex2", "2x Nvidia A10G - large", 24, 92, 50_000, "Nvidia A10G", 2, 48),
        _gpu("a10g-largex4", "4x Nvidia A10G - large", 48, 184, 83_333, "Nvidia A10G", 4, 96),
        _gpu("a100-large", "Nvidia A100 - large", 12, 142, 41_667, "Nvidia A100", 1, 80),
        _gpu("a100x4", "4x Nvidia A100", 48, 568, 166_667, "Nvidia A100", 4, 320),
        _gpu("a100x8", "8x Nvidia A100", 96, 1136, 333_333, "Nvidia A100", 8, 640),
        _gpu("h200", "Nvidia H200", 23, 256, 83_333, "Nvidia H200", 1, 141),
        _gpu("h200x2", "2x Nvidia H200", 46, 512, 166_667, "Nvidia H200", 2, 282),
        _gpu("h200x4", "4x Nvidia H200", 92, 1024, 333_333, "Nvidia H200", 4, 564),
        _gpu("h200x8", "8x Nvidia H200", 184, 2048, 666_667, "Nvidia H200", 8, 1128),
        _gpu("rtx-pro-6000", "Nvidia RTX PRO 6000", 22, 160, 45_000, "Nvidia RTX PRO 6000", 1, 96),
        _gpu("rtx-pro-6000x2", "2x Nvidia RTX PRO 6000", 44, 320, 90_000, "Nvidia RTX PRO 6000", 2, 192),
        _gpu("rtx-pro-6000x4", "4x Nvidia RTX PRO 6000", 88, 640, 180_000, "Nvidia RTX PRO 6000", 4, 384),
        _gpu("rtx-pro-6000x8", "8x Nvidia RTX PRO 6000", 176, 1280, 360_000, "Nvidia RTX PRO 6000", 8, 768),
        Flavor(
            "inf2x6",
            "AWS Inferentia2 x6",
            96,
            384,
            216_667,
            Accelerator("Inferentia2", 6, 192, "neuron", "AWS"),
        ),
    )
}


def find_flavor(name: str) -> Flavor | None:
    """Find a flavor by the name, or the alias, that a request gives."""
    return FLAVORS.get(_ALIASES.get(name, name))
