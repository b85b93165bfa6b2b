"""Recorded traffic of the real Hub, sent again to the local one: its replies have the same shape."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from aiohfspaces.localhub import LocalHub

TAPES = Path(os.environ.get("AIOHFSPACES_SHARED", Path(__file__).parents[3] / "shared")) / "tapes"
REQUEST_ID = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};(.+)")


def shape(value: Any) -> Any:
    """What a JSON value consists of: keys and types, no contents."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(entry) for entry in value]
    return type(value).__name__


def without_inner_keys(value: Any) -> Any:
    """A map of variables as it was in 2025, before each told its key."""
    return {name: {key: entry for key, entry in setting.items() if key != "key"} for name, setting in value.items()}


def interactions(tape: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The requests and replies of a tape."""
    for interaction in yaml.safe_load(tape.read_text())["interactions"]:
        yield interaction["request"], interaction["response"]


@pytest.mark.parametrize("tape", sorted(TAPES.glob("*.yaml")), ids=lambda tape: tape.stem)
def test_replies_have_the_recorded_shape(tape: Path) -> None:
    """Status, content type, request id and the keys of the body."""
    with LocalHub(user="user", stage_seconds=1000) as hub, httpx.Client(base_url=hub.url) as client:
        client.headers["Authorization"] = f"Bearer {hub.token}"
        for sent, recorded in interactions(tape):
            url = urlsplit(sent["uri"])
            headers = {
                key: values[0] for key, values in sent["headers"].items() if key.startswith(("Content-Type", "X-"))
            }
            reply = client.request(sent["method"], f"{url.path}?{url.query}", content=sent["body"], headers=headers)
            expected = recorded["headers"]
            assert reply.status_code == recorded["status"]["code"], (sent["uri"], reply.text)
            found = REQUEST_ID.fullmatch(reply.headers["X-Request-Id"])
            assert found is not None
            assert found[1] == sent["headers"]["X-Amzn-Trace-Id"][0]
            if not expected["Content-Type"][0].startswith("application/json"):
                assert reply.text == recorded["body"]["string"]
                continue
            body = reply.json()
            if sent["method"] == "GET" and url.path.endswith("/variables"):
                body = without_inner_keys(body)
            assert shape(body) == shape(yaml.safe_load(recorded["body"]["string"].replace("\n", " "))), sent["uri"]
