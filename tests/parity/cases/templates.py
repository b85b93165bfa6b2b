"""Spaces made from templates: the catalogue is asked for before."""

from __future__ import annotations

from typing import Any

from tests.parity.wire import Case

TEMPLATES = [
    {"name": "JupyterLab", "repoId": "SpacesExamples/jupyterlab", "sdk": "docker", "preferredPrivate": True},
    {"name": "Chatbot", "repoId": "gradio-templates/chatbot", "sdk": "gradio", "preferredPrivate": False},
]


def answer(method: str, path: str) -> Any:
    """Tell the catalogue, and where the new Space is."""
    if path == "/api/spaces/templates":
        return {"templates": TEMPLATES}
    return {"url": "https://hub.test/spaces/me/app"}


CASES: dict[str, Case] = {
    "create_repo, template by name": (
        lambda api: api.create_repo("me/app", repo_type="space", space_template="jupyterlab"),
        lambda client: client.create_repo("me/app", space_template="jupyterlab"),
    ),
    "create_repo, template by id": (
        lambda api: api.create_repo("me/app", repo_type="space", space_template="gradio-templates/chatbot"),
        lambda client: client.create_repo("me/app", space_template="gradio-templates/chatbot"),
    ),
    "create_repo, template, public after all": (
        lambda api: api.create_repo(
            "app", repo_type="space", space_template="JupyterLab", space_sdk="docker", private=False
        ),
        lambda client: client.create_repo("app", space_template="JupyterLab", space_sdk="docker", private=False),
    ),
    "create_repo, template, protected": (
        lambda api: api.create_repo(
            "me/app", repo_type="space", space_template="JupyterLab", visibility="protected", exist_ok=True
        ),
        lambda client: client.create_repo("me/app", space_template="JupyterLab", visibility="protected", exist_ok=True),
    ),
    "create_repo, template of another SDK": (
        lambda api: api.create_repo("me/app", repo_type="space", space_template="Chatbot", space_sdk="docker"),
        lambda client: client.create_repo("me/app", space_template="Chatbot", space_sdk="docker"),
    ),
    "create_repo, unknown template": (
        lambda api: api.create_repo("me/app", repo_type="space", space_template="Notebook"),
        lambda client: client.create_repo("me/app", space_template="Notebook"),
    ),
}
