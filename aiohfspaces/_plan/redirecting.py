"""Where a redirect may lead, with what."""

from __future__ import annotations

from aiohfspaces._wire.calls import READS
from aiohfspaces._wire.origins import resolved, same_origin

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 10

_KEEPS_METHOD = frozenset({307, 308})


def next_url(method: str, status: int, url: str, location: str, endpoint: str) -> str | None:
    """Decide where a redirected request goes next; ``None`` for nowhere.

    A read is followed anywhere but from https down to http. Anything else carries a body, which
    may hold a secret: it stays at the endpoint's origin, and only where its method is kept.
    """
    try:
        target = resolved(location, url, endpoint)
    except ValueError:
        return None
    if method in READS:
        return target
    stays = status in _KEEPS_METHOD and same_origin(target, endpoint)
    return target if stays else None
