"""Secrets and variables."""

from __future__ import annotations

from tests.parity.wire import Case

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
}
