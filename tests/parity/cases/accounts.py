"""Who somebody is."""

from __future__ import annotations

from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "whoami": (lambda api: api.whoami(), lambda client: client.whoami()),
}
