"""What a Space runs on."""

from __future__ import annotations

from typing import Any

from huggingface_hub import Volume

import aiohfspaces
from tests.parity.cases.values import T4, VOLUME
from tests.parity.wire import Case


def answer(method: str, path: str) -> Any:
    """Tell of a Space that runs."""
    return {"stage": "RUNNING", "hardware": {"current": "cpu-basic", "requested": "cpu-basic"}}


CASES: dict[str, Case] = {
    "get_space_runtime": (
        lambda api: api.get_space_runtime("me/app"),
        lambda client: client.get_space_runtime("me/app"),
    ),
    "request_space_hardware": (
        lambda api: api.request_space_hardware("me/app", T4),
        lambda client: client.request_space_hardware("me/app", "t4-medium"),
    ),
    "request_space_hardware, sleep_time": (
        lambda api: api.request_space_hardware("me/app", T4, sleep_time=7200),
        lambda client: client.request_space_hardware("me/app", "t4-medium", sleep_time="7200"),
    ),
    "set_space_sleep_time": (
        lambda api: api.set_space_sleep_time("me/app", -1),
        lambda client: client.set_space_sleep_time("me/app", -1),
    ),
    "pause_space": (lambda api: api.pause_space("me/app"), lambda client: client.pause_space("me/app")),
    "restart_space": (lambda api: api.restart_space("me/app"), lambda client: client.restart_space("me/app")),
    "restart_space, factory_reboot": (
        lambda api: api.restart_space("me/app", factory_reboot=True),
        lambda client: client.restart_space("me/app", factory_reboot=True),
    ),
    "enable_space_dev_mode": (
        lambda api: api.enable_space_dev_mode("me/app"),
        lambda client: client.enable_space_dev_mode("me/app"),
    ),
    "disable_space_dev_mode": (
        lambda api: api.disable_space_dev_mode("me/app"),
        lambda client: client.disable_space_dev_mode("me/app"),
    ),
    "set_space_volumes": (
        lambda api: api.set_space_volumes(
            "me/app", [Volume(**VOLUME), Volume(type="model", source="a/b", mount_path="/m")]
        ),
        lambda client: client.set_space_volumes(
            "me/app",
            [
                aiohfspaces.Volume(**VOLUME),  # type: ignore[arg-type]
                aiohfspaces.Volume(type="model", source="a/b", mount_path="/m"),
            ],
        ),
    ),
    "delete_space_volumes": (
        lambda api: api.delete_space_volumes("me/app"),
        lambda client: client.delete_space_volumes("me/app"),
    ),
    "wait_for_space": (
        lambda api: api.wait_for_space("me/app", timeout=5),
        lambda client: client.wait_for_space("me/app", timeout=5),
    ),
}
