"""Secrets and variables of a Space.

Source: huggingface_hub 2.4.0, the methods of the same names; recorded replies of March 2025, in
which a variable's entry carries no ``key`` of its own; the Hub's OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

from aiohfspaces._wire.calls import Call, JsonValue, delete, get, post
from aiohfspaces._wire.names import api_path, checked_value
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.models import SpaceSecret, SpaceVariable


def get_secrets(repo_id: str) -> Call[dict[str, SpaceSecret]]:
    """``GET /api/spaces/{repo_id}/secrets``; values are never in it."""
    return get(f"{api_path(repo_id)}/secrets", secrets_reply)


def add_secret(repo_id: str, key: str, value: str, description: str | None) -> Call[None]:
    """``POST /api/spaces/{repo_id}/secrets``."""
    body = _entry(key, value, description)
    return post(f"{api_path(repo_id)}/secrets", nothing, body, repeatable=True, secrets=(value,))


def delete_secret(repo_id: str, key: str) -> Call[None]:
    """``DELETE /api/spaces/{repo_id}/secrets``; a key that is not there is no error."""
    return delete(f"{api_path(repo_id)}/secrets", nothing, {"key": key})


def get_variables(repo_id: str) -> Call[dict[str, SpaceVariable]]:
    """``GET /api/spaces/{repo_id}/variables``."""
    return get(f"{api_path(repo_id)}/variables", variables_reply)


def add_variable(repo_id: str, key: str, value: str, description: str | None) -> Call[dict[str, SpaceVariable] | None]:
    """``POST /api/spaces/{repo_id}/variables``; the reply is the map after the change, where it is given."""
    body = _entry(key, value, description)
    return post(f"{api_path(repo_id)}/variables", changed_variables_reply, body, repeatable=True)


def delete_variable(repo_id: str, key: str) -> Call[dict[str, SpaceVariable] | None]:
    """``DELETE /api/spaces/{repo_id}/variables``; a key that is not there is no error."""
    return delete(f"{api_path(repo_id)}/variables", changed_variables_reply, {"key": key})


def _entry(key: str, value: str, description: str | None) -> dict[str, JsonValue]:
    entry: dict[str, JsonValue] = {"key": key, "value": value}
    if description is not None:
        entry["description"] = checked_value(description, argument="description")
    return entry


def secrets_reply(reply: Reply) -> dict[str, SpaceSecret]:
    """Read the map of secrets, name to what may be known of it."""
    return {
        key: SpaceSecret(
            key=key,
            description=entry.maybe("description", Field.text),
            updated_at=entry.maybe("updatedAt", Field.moment),
        )
        for key, entry in reply.json().entries()
    }


def variables_reply(reply: Reply) -> dict[str, SpaceVariable]:
    """Read the map of variables."""
    return {
        key: SpaceVariable(
            key=key,
            value=entry.at("value").text(),
            description=entry.maybe("description", Field.text),
            updated_at=entry.maybe("updatedAt", Field.moment),
        )
        for key, entry in reply.json().entries()
    }


def changed_variables_reply(reply: Reply) -> dict[str, SpaceVariable] | None:
    """Read the map after a change; ``None`` where the Hub answers without one.

    The OpenAPI document promises no reply here, while recorded traffic has the map: an empty
    object may mean either, so it counts as no answer.
    """
    return variables_reply(reply) or None if reply.content.lstrip().startswith(b"{") else None
