"""What the Hub offers to Spaces: hardware, templates, and time on shared graphics cards.

Source: huggingface_hub 2.4.0, ``list_spaces_hardware``, ``list_space_templates``, ``get_zero_gpu_quota``; the Hub's
OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.replies import Field, Reply
from aiohfspaces.errors import UsageError
from aiohfspaces.models import (
    SpaceAccelerator,
    SpaceHardware,
    SpaceHardwareInfo,
    SpaceTemplate,
    ZeroGpuQuota,
    ZeroGpuRuns,
)


def list_hardware() -> Call[list[SpaceHardwareInfo]]:
    """``GET /api/spaces/hardware``."""
    return get("/api/spaces/hardware", hardware_reply)


def list_templates() -> Call[list[SpaceTemplate]]:
    """``GET /api/spaces/templates``."""
    return get("/api/spaces/templates", templates_reply)


def zero_gpu_quota() -> Call[ZeroGpuQuota]:
    """``GET /api/spaces/zero-gpu/quota``."""
    return get("/api/spaces/zero-gpu/quota", quota_reply)


def chosen_template(templates: Iterable[SpaceTemplate], wanted: str, sdk: str | None) -> SpaceTemplate:
    """Find a template by its id, or by its name in whatever case.

    Args:
        templates: What the Hub has.
        wanted: The id or the name.
        sdk: What the caller said it has; ``None`` for nothing.

    Raises:
        UsageError: There is none, or it has another SDK.
    """
    known = tuple(templates)
    found = [each for each in known if each.repo_id == wanted]
    found += [each for each in known if each.name.casefold() == wanted.casefold()]
    if not found:
        names = ", ".join(sorted(each.name for each in known))
        raise UsageError(f"space_template: expected one of {names}, or its repo id, got {wanted!r}")
    if sdk not in (None, found[0].sdk):
        raise UsageError(f"space_sdk: expected {found[0].sdk!r}, which {found[0].name} has, or none, got {sdk!r}")
    return found[0]


def hardware_reply(reply: Reply) -> list[SpaceHardwareInfo]:
    """Read the flavors that can be had, in the Hub's order."""
    return list(reply.json().items(_flavor))


def templates_reply(reply: Reply) -> list[SpaceTemplate]:
    """Read the catalogue, in the Hub's order."""
    return list(reply.json().at("templates").items(_template))


def quota_reply(reply: Reply) -> ZeroGpuQuota:
    """Read a quota: what is called ``current`` is what remains."""
    quota = reply.json()
    return ZeroGpuQuota(
        base=quota.at("base").number(),
        remaining=quota.at("current").number(),
        resets_at=quota.maybe("resetsAt", Field.moment),
        overquota_used=quota.maybe("overquotaUsed", Field.number),
        runs=quota.maybe("runs", _runs),
    )


def _flavor(flavor: Field) -> SpaceHardwareInfo:
    return SpaceHardwareInfo(
        name=SpaceHardware(flavor.at("name").text()),
        pretty_name=flavor.at("prettyName").text(),
        cpu=flavor.at("cpu").text(),
        ram=flavor.at("ram").text(),
        accelerator=flavor.maybe("accelerator", _accelerator),
        unit_cost_micro_usd=flavor.at("unitCostMicroUSD").number(),
        unit_cost_usd=flavor.at("unitCostUSD").number(),
        unit_label=flavor.at("unitLabel").text(),
    )


def _accelerator(chips: Field) -> SpaceAccelerator:
    return SpaceAccelerator(
        type=chips.at("type").text(),
        model=chips.at("model").text(),
        quantity=chips.at("quantity").text(),
        vram=chips.at("vram").text(),
        manufacturer=chips.at("manufacturer").text(),
    )


def _template(template: Field) -> SpaceTemplate:
    return SpaceTemplate(
        name=template.at("name").text(),
        repo_id=template.at("repoId").text(),
        sdk=template.at("sdk").text(),
        preferred_private=template.at("preferredPrivate").flag(),
    )


def _runs(runs: Field) -> ZeroGpuRuns:
    return ZeroGpuRuns(
        used=runs.at("used").number(),
        limit=runs.at("limit").number(),
        remaining=runs.at("remaining").number(),
        resets_at=runs.maybe("resetsAt", Field.moment),
    )
