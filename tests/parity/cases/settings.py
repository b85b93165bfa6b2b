"""Secrets and variables."""

from __future__ import annotations

from typing import Any

from tests.parity.wire import Case


def answer(method: str, path: str) -> Any:
    """Tell the variables after each change, as the Hub does."""
    return {"A": {"value": "1", "updatedAt": "2025-01-01T00:00:00.000Z"}} if path.endswith("/variables") else None


CASES: dict[str, Case] = {
    "get_space_secrets": (
        lambda api: api.get_space_secrets("me/app"),
        lambda client: client.get_space_secrets("me/app"),
    ),
    "add_space_secret": (
        lambda api: api.add_space_secret("me/app", "KEY", "ü"),
        lambda client: client.add_space_secret("me/app", "KEY", "ü"),
    ),
    "add_space_secret, description": (
        lambda api: api.add_space_secret("me/app", "KEY", "x", description="why"),
        lambda client: client.add_space_secret("me/app", "KEY", "x", description="why"),
    ),
    "delete_space_secret": (
        lambda api: api.delete_space_secret("me/app", "KEY"),
        lambda client: client.delete_space_secret("me/app", "KEY"),
    ),
    "get_space_variables": (
        lambda api: api.get_space_variables("me/app"),
        lambda client: client.get_space_variables("me/app"),
    ),
    "add_space_variable": (
        lambda api: api.add_space_variable("me/app", "KEY", "ü"),
        lambda client: client.add_space_variable("me/app", "KEY", "ü"),
    ),
    "add_space_variable, description": (
        lambda api: api.add_space_variable("me/app", "KEY", "x", description="why"),
        lambda client: client.add_space_variable("me/app", "KEY", "x", description="why"),
    ),
    "delete_space_variable": (
        lambda api: api.delete_space_variable("me/app", "KEY"),
        lambda client: client.delete_space_variable("me/app", "KEY"),
    ),
}
