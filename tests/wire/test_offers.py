"""Offers: hardware, templates and quotas as the Hub tells them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import offers
from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.offers import chosen_template, hardware_reply, quota_reply, templates_reply
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import (
    SpaceAccelerator,
    SpaceHardware,
    SpaceHardwareInfo,
    SpaceTemplate,
    ZeroGpuQuota,
    ZeroGpuRuns,
)

FLAVOR = {
    "name": "t4-small",
    "prettyName": "Nvidia T4 - small",
    "cpu": "4 vCPU",
    "ram": "15 GB",
    "accelerator": {
        "type": "gpu",
        "model": "Nvidia T4",
        "quantity": "1",
        "vram": "16 GB",
        "manufacturer": "Nvidia",
    },
    "unitCostMicroUSD": 6667,
    "unitCostUSD": 0.006667,
    "unitLabel": "minute",
}
LAB = SpaceTemplate(name="JupyterLab", repo_id="SpacesExamples/jupyterlab", sdk="docker", preferred_private=True)
SHOP = SpaceTemplate(name="shop", repo_id="a/Shop", sdk="gradio", preferred_private=False)
ODD = SpaceTemplate(name="a/Shop", repo_id="b/odd", sdk="static", preferred_private=False)


def reply(value: object) -> Reply:
    """Build a reply of JSON."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url="https://hub.test/api", endpoint="https://hub.test")


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (offers.list_hardware(), get("/api/spaces/hardware", hardware_reply)),
        (offers.list_templates(), get("/api/spaces/templates", templates_reply)),
        (offers.zero_gpu_quota(), get("/api/spaces/zero-gpu/quota", quota_reply)),
    ],
)
def test_each_question_is_one_call(built: Call[Any], expected: Call[Any]) -> None:
    """Without a query."""
    assert expected == built


def test_a_flavor_is_told_with_its_chips() -> None:
    """A flavor that the Hub has added is kept as it is spelt; without chips there are none."""
    chipped, plain = hardware_reply(reply([FLAVOR, FLAVOR | {"name": "warp-drive", "accelerator": None}]))
    assert (
        SpaceHardwareInfo(
            name=SpaceHardware.T4_SMALL,
            pretty_name="Nvidia T4 - small",
            cpu="4 vCPU",
            ram="15 GB",
            accelerator=SpaceAccelerator(
                type="gpu", model="Nvidia T4", quantity="1", vram="16 GB", manufacturer="Nvidia"
            ),
            unit_cost_micro_usd=6667,
            unit_cost_usd=0.006667,
            unit_label="minute",
        )
        == chipped
    )
    assert ("warp-drive", None) == (plain.name, plain.accelerator)


def test_templates_keep_the_order_of_the_hub() -> None:
    """The catalogue may be empty."""
    told = {
        "name": "JupyterLab",
        "repoId": "SpacesExamples/jupyterlab",
        "sdk": "docker",
        "preferredPrivate": True,
    }
    assert [LAB] == templates_reply(reply({"templates": [told]}))
    assert [] == templates_reply(reply({"templates": []}))


def test_what_a_quota_calls_current_is_what_remains() -> None:
    """Runs are told where they are limited, each with its own time."""
    told = {
        "base": 1500,
        "current": 30.5,
        "resetsAt": "2026-01-02T03:04:05.000Z",
        "overquotaUsed": 7,
        "runs": {"used": 1, "limit": 4, "remaining": 3, "resetsAt": None},
    }
    assert ZeroGpuQuota(
        base=1500,
        remaining=30.5,
        resets_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        overquota_used=7,
        runs=ZeroGpuRuns(used=1, limit=4, remaining=3, resets_at=None),
    ) == quota_reply(reply(told))
    assert ZeroGpuQuota(base=0, remaining=0) == quota_reply(reply({"base": 0, "current": 0, "resetsAt": None}))


@pytest.mark.parametrize(
    ("wanted", "sdk", "expected"),
    [
        ("SpacesExamples/jupyterlab", None, LAB),
        ("jupyterLAB", "docker", LAB),
        ("SHOP", None, SHOP),
        ("a/Shop", None, SHOP),
        ("a/shop", None, ODD),
    ],
)
def test_a_template_is_found_by_id_or_name(wanted: str, sdk: str | None, expected: SpaceTemplate) -> None:
    """Ids first, as they are; then names in whatever case."""
    assert expected == chosen_template([ODD, LAB, SHOP], wanted, sdk)


@pytest.mark.parametrize(
    ("wanted", "sdk", "words"),
    [
        ("lab", None, "space_template: expected one of JupyterLab, shop, or its repo id, got 'lab'"),
        ("shop", "docker", "space_sdk: expected 'gradio', which shop has, or none, got 'docker'"),
    ],
)
def test_what_is_no_template_is_told_with_those_that_are(wanted: str, sdk: str | None, words: str) -> None:
    """And a template has one SDK."""
    with pytest.raises(UsageError) as caught:
        chosen_template([SHOP, LAB], wanted, sdk)
    assert words == str(caught.value)


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (hardware_reply, [FLAVOR | {"ram": 15}], "[0].ram"),
        (hardware_reply, [FLAVOR | {"accelerator": {}}], "[0].accelerator.type"),
        (templates_reply, [], "body"),
        (templates_reply, {"templates": [{"name": "a", "repoId": "b", "sdk": "c"}]}, "templates[0].preferredPrivate"),
        (quota_reply, {"base": 1}, "current"),
        (quota_reply, {"base": 1, "current": 1, "runs": {"used": 1}}, "runs.limit"),
    ],
)
def test_a_field_of_another_shape_is_named(parse: Any, value: object, path: str) -> None:
    """The error leads to the field."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert path == caught.value.field
