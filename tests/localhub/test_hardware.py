"""The hardware that Spaces may be given."""

import pytest

from aiohfspaces.localhub.hardware import FLAVORS, find_flavor


def test_there_are_the_flavors_of_the_hub() -> None:
    """29, of which two cost nothing."""
    assert 29 == len(FLAVORS)
    assert ["cpu-basic", "zero-a10g"] == [name for name, flavor in FLAVORS.items() if not flavor.is_paid]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", "cpu-basic"), ("zerogpu", "zero-a10g"), ("t4-small", "t4-small"), ("cpu-classic", None)],
)
def test_aliases_lead_to_their_flavor(asked: str, found: str | None) -> None:
    """What the Hub does not know is nothing."""
    flavor = find_flavor(asked)
    assert (flavor.name if flavor else None) == found


def test_a_flavor_is_described_as_the_hub_does() -> None:
    """In words, with the unit of its price."""
    assert {
        "name": "t4-medium",
        "prettyName": "Nvidia T4 - medium",
        "cpu": "8 vCPU",
        "ram": "30 GB",
        "accelerator": {
            "type": "gpu",
            "model": "Nvidia T4",
            "quantity": "1",
            "vram": "16 GB",
            "manufacturer": "Nvidia",
        },
        "unitCostMicroUSD": 10000,
        "unitCostUSD": 0.01,
        "unitLabel": "minute",
    } == FLAVORS["t4-medium"].describe()
    assert FLAVORS["cpu-basic"].describe()["accelerator"] is None
