"""What the Hub offers to Spaces."""

from __future__ import annotations

from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "list_spaces_hardware": (
        lambda api: api.list_spaces_hardware(),
        lambda client: client.list_spaces_hardware(),
    ),
    "list_space_templates": (
        lambda api: api.list_space_templates(),
        lambda client: client.list_space_templates(),
    ),
    "get_zero_gpu_quota": (lambda api: api.get_zero_gpu_quota(), lambda client: client.get_zero_gpu_quota()),
}
