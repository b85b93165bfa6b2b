"""What the tests of the local Hub share: a hub whose time only moves when told, and callers of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from aiohfspaces.localhub import LocalHub

STAGE_S = 1000.0


class Caller(httpx.Client):
    """Somebody who talks to a hub, with the calls that most tests need."""

    def create(self, name: str = "app", **wanted: Any) -> str:
        """Create a Space (or another repository) and return its id."""
        body = {"name": name, "type": "space", "sdk": "gradio", **wanted}
        reply = self.post("/api/repos/create", json=body)
        assert 200 == reply.status_code, reply.text
        return str(reply.json()["name"])

    def commit(self, repo_id: str, files: dict[str, bytes], *, kind: str = "spaces", **header: Any) -> httpx.Response:
        """Commit regular files to ``main``."""
        orders = [
            {
                "key": "file",
                "value": {"path": path, "content": base64.b64encode(data).decode(), "encoding": "base64"},
            }
            for path, data in files.items()
        ]
        return self.send_orders(repo_id, orders, kind=kind, **header)

    def send_orders(
        self, repo_id: str, orders: list[dict[str, Any]], *, kind: str = "spaces", **header: Any
    ) -> httpx.Response:
        """Commit operations to ``main``."""
        lines = [{"key": "header", "value": {"summary": "a commit", **header}}, *orders]
        body = "".join(json.dumps(line) + "\n" for line in lines)
        return self.post(f"/api/{kind}/{repo_id}/commit/main", content=body)

    def runtime(self, repo_id: str) -> Any:
        """Read the runtime of a Space."""
        return self.get(f"/api/spaces/{repo_id}/runtime").json()

    def running_space(self, hub: LocalHub, name: str = "app", **wanted: Any) -> str:
        """Create a Space with an app, and let it come up."""
        repo_id = self.create(name, **wanted)
        assert 200 == self.commit(repo_id, {"app.py": b"print()\n", "Dockerfile": b"FROM scratch\n"}).status_code
        hub.clock.advance(2 * STAGE_S)
        return repo_id


def caller_of(hub: LocalHub, token: str | None) -> Caller:
    """Make a caller with a token, or without."""
    return Caller(base_url=hub.url, headers={"Authorization": f"Bearer {token}"} if token else {})


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub whose Spaces stay in a stage until the clock is advanced."""
    with LocalHub(stage_seconds=STAGE_S) as running:
        yield running


@pytest.fixture
def me(hub: LocalHub) -> Iterator[Caller]:
    """The hub's first user."""
    with caller_of(hub, hub.token) as caller:
        yield caller


@pytest.fixture
def other(hub: LocalHub) -> Iterator[Caller]:
    """Another user."""
    with caller_of(hub, hub.add_user("other")) as caller:
        yield caller


@pytest.fixture
def nobody(hub: LocalHub) -> Iterator[Caller]:
    """Somebody without a token."""
    with caller_of(hub, None) as caller:
        yield caller
