"""A Space's settings."""

import pytest

from aiohfspaces.localhub.refusals import Refusal
from aiohfspaces.localhub.spaces import Setting, check_key, check_tier, describe_secrets, describe_variables


def test_descriptions_leave_out_what_there_is_not() -> None:
    """And the values of secrets."""
    settings = {"A": Setting("x", 0), "B": Setting("y", 0, "why")}
    at = "1970-01-01T00:00:00.000Z"
    assert describe_variables(settings) == {
        "A": {"value": "x", "updatedAt": at},
        "B": {"value": "y", "description": "why", "updatedAt": at},
    }
    assert describe_secrets(settings)["B"] == {"key": "B", "description": "why", "updatedAt": at}


@pytest.mark.parametrize("key", ["", "1", "a-b", "a b", "\u00e4", "A\n"])
def test_keys_are_names(key: str) -> None:
    """Of environment variables."""
    assert "Ab_1" == check_key("Ab_1")
    with pytest.raises(Refusal, match="Invalid key"):
        check_key(key)


def test_storage_only_goes_up() -> None:
    """Through the tiers there are."""
    assert "small" == check_tier("small", None)
    assert "large" == check_tier("large", "small")
    for tier, before in (("small", "small"), ("small", "large"), ("huge", None)):
        with pytest.raises(Refusal):
            check_tier(tier, before)
