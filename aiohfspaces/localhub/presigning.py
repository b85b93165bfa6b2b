"""Links that carry their own permission: signed, expiring, made for one method and one path."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlencode

LIFETIME_S = 3600.0
"""How long a link lasts."""


class Signer:
    """Signs links and checks them; only this hub's own pass."""

    def __init__(self) -> None:
        """Draw a key that dies with this hub."""
        self._key = secrets.token_bytes(32)

    def sign(self, method: str, path: str, now: float, **query: str | int) -> str:
        """Return ``path`` with a query that permits ``method`` on it for `LIFETIME_S` seconds."""
        named = {**{key: str(value) for key, value in query.items()}, "expires": str(int(now + LIFETIME_S))}
        return f"{quote(path)}?{urlencode({**named, 'signature': self._signature(method, path, named)})}"

    def permits(self, method: str, path: str, query: Mapping[str, str], now: float) -> bool:
        """Tell whether a link's signature is ours and has not run out."""
        named = {key: value for key, value in query.items() if key != "signature"}
        genuine = hmac.compare_digest(self._signature(method, path, named), query.get("signature", ""))
        return genuine and now < float(named.get("expires", "0"))

    def _signature(self, method: str, path: str, query: Mapping[str, str]) -> str:
        said = "\n".join((method, path, *(f"{key}={query[key]}" for key in sorted(query))))
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()
