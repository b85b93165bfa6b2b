"""What a Space prints."""

from __future__ import annotations

from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "fetch_space_logs": (
        lambda api: api.fetch_space_logs("me/app"),
        lambda client: anext(client.fetch_space_logs("me/app"), None),
    ),
    "fetch_space_logs, build": (
        lambda api: api.fetch_space_logs("me/app", build=True),
        lambda client: anext(client.fetch_space_logs("me/app", build=True), None),
    ),
    "fetch_space_logs, follow": (
        lambda api: api.fetch_space_logs("me/app", follow=True),
        lambda client: anext(client.fetch_space_logs("me/app", follow=True), None),
    ),
    "fetch_space_logs, build and follow": (
        lambda api: api.fetch_space_logs("Some_Org/an.App-2", build=True, follow=True),
        lambda client: anext(client.fetch_space_logs("Some_Org/an.App-2", build=True, follow=True), None),
    ),
}
