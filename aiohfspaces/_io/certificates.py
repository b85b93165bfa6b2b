"""The certificates that servers are checked with."""

from __future__ import annotations

import os
import ssl
import threading
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import httpx

from aiohfspaces.errors import UsageError

Verify: TypeAlias = bool | str | Path | ssl.SSLContext

_READING = threading.Lock()


def checked_verify(verify: Verify) -> Verify:
    """Accept what TLS certificates can be checked with.

    Raises:
        UsageError: It is something else.
    """
    if isinstance(verify, bool | ssl.SSLContext):
        return verify
    if isinstance(verify, str | Path):
        return Path(verify)
    raise UsageError(f"verify: expected True, False, a CA file or folder, or an SSLContext, got {verify!r}")


def ssl_context(verify: Verify) -> ssl.SSLContext:
    """Make a context, or take the one made before for the same certificates: each costs some 50 ms.

    ``True`` means the certificates of ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``, else certifi's.

    Raises:
        UsageError: There are no certificates at that path.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")) if verify is True else (verify or None,)
    path = next((Path(name) for name in named if isinstance(name, str | Path) and name), None)
    source = "verify" if isinstance(verify, Path) else "SSL_CERT_FILE, SSL_CERT_DIR"
    try:
        with _READING:
            return _ssl_context(path, path.stat().st_mtime_ns if path else 0, checked=verify is not False)
    except (OSError, ssl.SSLError) as exc:
        raise UsageError(f"{source}: no certificates can be read from {str(path)!r}: {exc}") from None


@lru_cache(maxsize=8)
def _ssl_context(path: Path | None, modified_ns: int, *, checked: bool) -> ssl.SSLContext:
    if path is None:
        return httpx.create_ssl_context(verify=checked, trust_env=False)
    folder = path.is_dir()
    return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
