"""What every test finds around it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme
from blockbuster import blockbuster_ctx

from aiohfspaces._io.certificates import ssl_context
from aiohfspaces._io.pacing import PACER

# the official client reads these once, when it is imported
os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

# hf-xet begins a log as soon as it is imported
_XET_FILES = TemporaryDirectory(prefix="xet-")
os.environ["HF_XET_CACHE"] = _XET_FILES.name

_OUTSIDE = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_TOKEN_PATH",
    "HF_ENDPOINT",
    "HF_HUB_OFFLINE",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "XDG_CACHE_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    *(name for scheme in ("http", "https", "all", "no") for name in (f"{scheme}_proxy", f"{scheme}_PROXY".upper())),
)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own login, cache, endpoint, proxies and certificates out of the tests."""
    for name in _OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))
    ssl_context(True)  # read once, so that no test with a time limit pays for it


@pytest.fixture(autouse=True)
def full_budgets() -> None:
    """Forget what other tests have used up: a server of theirs may have had the same port."""
    PACER.forget()


@pytest.fixture(autouse=True, scope="session")
def no_blocking() -> Iterator[None]:
    """Fail a test in which this library, or what it calls, blocks the event loop."""
    with blockbuster_ctx("aiohfspaces"):
        yield


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, unless a module says otherwise."""
    return "asyncio"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Make a certificate authority that nobody trusts yet."""
    return trustme.CA()
