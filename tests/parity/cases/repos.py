"""Repositories as a whole."""

from __future__ import annotations

from huggingface_hub import Volume

import aiohfspaces
from tests.parity.cases.values import SETTINGS, T4, VOLUME
from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "create_repo": (
        lambda api: api.create_repo("me/app", repo_type="space", space_sdk="gradio"),
        lambda client: client.create_repo("me/app", space_sdk="gradio"),
    ),
    "create_repo, no owner": (
        lambda api: api.create_repo("app", repo_type="space", space_sdk="docker", private=True),
        lambda client: client.create_repo("app", space_sdk="docker", private=True),
    ),
    "create_repo, public dataset": (
        lambda api: api.create_repo("me/data", repo_type="dataset", private=False, exist_ok=True),
        lambda client: client.create_repo("me/data", repo_type="dataset", private=False, exist_ok=True),
    ),
    "create_repo, model": (
        lambda api: api.create_repo("me/model", repo_type="model", visibility="public", region="eu"),
        lambda client: client.create_repo("me/model", repo_type="model", visibility="public", region="eu"),
    ),
    "create_repo, everything": (
        lambda api: api.create_repo(
            "me/app",
            repo_type="space",
            space_sdk="gradio",
            visibility="protected",
            resource_group_id="66670e5163145ca562cb1988",
            region="us",
            space_hardware=T4,
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
            space_volumes=[Volume(**VOLUME)],
        ),
        lambda client: client.create_repo(
            "me/app",
            space_sdk="gradio",
            visibility="protected",
            resource_group_id="66670e5163145ca562cb1988",
            region="us",
            space_hardware="t4-medium",
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
            space_volumes=[aiohfspaces.Volume(**VOLUME)],  # type: ignore[arg-type]
        ),
    ),
    "delete_repo": (
        lambda api: api.delete_repo("me/app", repo_type="space"),
        lambda client: client.delete_repo("me/app"),
    ),
    "delete_repo, no owner": (
        lambda api: api.delete_repo("data", repo_type="dataset"),
        lambda client: client.delete_repo("data", repo_type="dataset"),
    ),
    "duplicate_repo": (
        lambda api: api.duplicate_repo("her/app", repo_type="space"),
        lambda client: client.duplicate_repo("her/app"),
    ),
    "duplicate_repo as duplicate_space": (
        lambda api: api.duplicate_repo(
            "her/app",
            "me/copy",
            repo_type="space",
            private=True,
            space_hardware=T4,
            space_sleep_time=60,
            space_secrets=SETTINGS,
            space_variables=SETTINGS,
        ),
        lambda client: client.duplicate_space(
            "her/app",
            "me/copy",
            private=True,
            hardware="t4-medium",
            sleep_time=60,
            secrets=SETTINGS,
            variables=SETTINGS,
        ),
    ),
    "duplicate_repo, dataset": (
        lambda api: api.duplicate_repo("her/data", "copy", repo_type="dataset", visibility="private"),
        lambda client: client.duplicate_repo("her/data", "copy", repo_type="dataset", visibility="private"),
    ),
    "move_repo": (
        lambda api: api.move_repo("me/app", "org/app", repo_type="space"),
        lambda client: client.move_repo("me/app", "org/app"),
    ),
    "update_repo_settings": (
        lambda api: api.update_repo_settings("me/app", repo_type="space", private=True),
        lambda client: client.update_repo_settings("me/app", private=True),
    ),
    "update_repo_settings, gated": (
        lambda api: api.update_repo_settings("me/m", repo_type="model", gated="auto", visibility="public"),
        lambda client: client.update_repo_settings("me/m", repo_type="model", gated="auto", visibility="public"),
    ),
    "update_repo_settings, not gated": (
        lambda api: api.update_repo_settings("me/m", repo_type="model", gated=False),
        lambda client: client.update_repo_settings("me/m", repo_type="model", gated=False),
    ),
}
