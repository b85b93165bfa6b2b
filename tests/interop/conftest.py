"""What the tests with clients of others share: a hub that sends large files in parts, and who talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import huggingface_hub
import pytest
from huggingface_hub import HfApi

from aiohfspaces.localhub import LocalHub

PARTS_FROM = 100_000


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub; files of `PARTS_FROM` bytes and more travel in parts, and Spaces stay in a stage for long."""
    with LocalHub(stage_seconds=1000, multipart_threshold=PARTS_FROM, part_size=40_000) as running:
        yield running


@pytest.fixture
def api(hub: LocalHub) -> Iterator[HfApi]:
    """The official Python client of the hub's first user."""
    yield HfApi(endpoint=hub.url, token=hub.token)
    huggingface_hub.close_session()
