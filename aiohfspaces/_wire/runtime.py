"""The runtime of a Space: hardware, sleep time, pause, restart, dev mode, replicas, volumes, storage.

Source: huggingface_hub 2.4.0, ``SpaceRuntime`` and the methods of the same names; the fields that
it keeps raw are typed after the Hub's OpenAPI document of 2026-08-22 (``/api/trending``). Storage:
huggingface_hub 0.36.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from aiohfspaces._wire.calls import Call, JsonValue, delete, get, post, put
from aiohfspaces._wire.names import api_path
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces.models import (
    Replicas,
    SpaceDomain,
    SpaceHardware,
    SpaceHotReloading,
    SpaceRuntime,
    SpaceStage,
    SpaceStorage,
    Volume,
)

STORAGE_ADVICE = (
    "Where the Hub offers no persistent storage any more, volumes replace it: mount a bucket with "
    "set_space_volumes(repo_id, [Volume(type='bucket', source='owner/bucket', mount_path='/data')])."
)


def get_runtime(repo_id: str) -> Call[SpaceRuntime]:
    """``GET /api/spaces/{repo_id}/runtime``."""
    return get(f"{api_path(repo_id)}/runtime", runtime_reply)


def request_hardware(repo_id: str, flavor: SpaceHardware, sleep_time: int | None) -> Call[SpaceRuntime]:
    """``POST /api/spaces/{repo_id}/hardware``."""
    body: dict[str, JsonValue] = {"flavor": flavor}
    if sleep_time is not None:
        body["sleepTimeSeconds"] = sleep_time
    return post(f"{api_path(repo_id)}/hardware", runtime_reply, body, repeatable=True)


def set_sleep_time(repo_id: str, sleep_time: int) -> Call[SpaceRuntime]:
    """``POST /api/spaces/{repo_id}/sleeptime``."""
    return post(f"{api_path(repo_id)}/sleeptime", runtime_reply, {"seconds": sleep_time}, repeatable=True)


def pause(repo_id: str) -> Call[SpaceRuntime]:
    """``POST /api/spaces/{repo_id}/pause``."""
    return post(f"{api_path(repo_id)}/pause", runtime_reply, repeatable=True)


def restart(repo_id: str, *, factory_reboot: bool) -> Call[SpaceRuntime]:
    """``POST /api/spaces/{repo_id}/restart``; twice would restart twice."""
    query = (("factory", "true"),) if factory_reboot else ()
    return post(f"{api_path(repo_id)}/restart", runtime_reply, repeatable=False, query=query)


def set_dev_mode(repo_id: str, *, enabled: bool) -> Call[SpaceRuntime]:
    """``POST /api/spaces/{repo_id}/dev-mode``."""
    return post(f"{api_path(repo_id)}/dev-mode", runtime_reply, {"enabled": enabled}, repeatable=True)


def set_replicas(repo_id: str, replicas: int) -> Call[SpaceRuntime | None]:
    """``POST /api/spaces/{repo_id}/replicas``; what it answers is documented nowhere."""
    return post(f"{api_path(repo_id)}/replicas", maybe_runtime_reply, {"replicas": replicas}, repeatable=True)


def set_volumes(repo_id: str, volumes: Iterable[Volume]) -> Call[None]:
    """``PUT /api/spaces/{repo_id}/volumes``: all of them at once."""
    return put(f"{api_path(repo_id)}/volumes", nothing, {"volumes": [volume_body(volume) for volume in volumes]})


def delete_volumes(repo_id: str) -> Call[None]:
    """``DELETE /api/spaces/{repo_id}/volumes``: all of them at once."""
    return delete(f"{api_path(repo_id)}/volumes", nothing)


def request_storage(repo_id: str, tier: SpaceStorage) -> Call[SpaceRuntime]:
    """``POST /api/spaces/{repo_id}/storage``."""
    path = f"{api_path(repo_id)}/storage"
    return post(path, runtime_reply, {"tier": tier}, repeatable=False, advice=STORAGE_ADVICE)


def delete_storage(repo_id: str) -> Call[SpaceRuntime]:
    """``DELETE /api/spaces/{repo_id}/storage``."""
    return delete(f"{api_path(repo_id)}/storage", runtime_reply, advice=STORAGE_ADVICE)


def runtime_reply(reply: Reply) -> SpaceRuntime:
    """Read a reply that is a runtime."""
    return space_runtime(reply.json())


def maybe_runtime_reply(reply: Reply) -> SpaceRuntime | None:
    """Read a reply that may be a runtime; ``None`` if it is something else."""
    body = reply.json() if reply.content.lstrip().startswith(b"{") else None
    return space_runtime(body) if body is not None and "stage" in body.object() else None


def space_runtime(runtime: Field) -> SpaceRuntime:
    """Read a runtime; only ``stage`` is sure to be there."""
    hardware = runtime.maybe("hardware", _hardware) or (None, None)
    return SpaceRuntime(
        stage=SpaceStage(runtime.at("stage").text()),
        hardware=hardware[0],
        requested_hardware=hardware[1],
        sleep_time=runtime.maybe("gcTimeout", _whole_seconds),
        storage=runtime.maybe("storage", lambda tier: SpaceStorage(tier.text())),
        dev_mode=runtime.maybe("devMode", Field.flag) or False,
        error_message=runtime.maybe("errorMessage", Field.text),
        sha=runtime.maybe("sha", Field.text),
        replicas=runtime.maybe("replicas", _replicas),
        domains=runtime.maybe("domains", lambda domains: domains.items(_domain)) or (),
        volumes=runtime.maybe("volumes", lambda volumes: volumes.items(_volume)),
        hot_reloading=runtime.maybe("hotReloading", _hot_reloading),
    )


def _hardware(hardware: Field) -> tuple[SpaceHardware | None, SpaceHardware | None]:
    return hardware.maybe("current", _flavor), hardware.maybe("requested", _flavor)


def _flavor(flavor: Field) -> SpaceHardware:
    return SpaceHardware(flavor.text())


def _whole_seconds(duration: Field) -> int | None:
    sleep_time = int(duration.number())
    return None if sleep_time < 0 else sleep_time


def _replicas(replicas: Field) -> Replicas:
    return Replicas(
        current=replicas.maybe("current", Field.integer),
        requested=replicas.maybe("requested", _count),
    )


def _count(count: Field) -> int | str:
    return count.text() if isinstance(count.value, str) else count.integer()


def _domain(domain: Field) -> SpaceDomain:
    return SpaceDomain(
        domain=domain.at("domain").text(),
        stage=domain.maybe("stage", Field.text) or "READY",
        is_custom=domain.maybe("isCustom", Field.flag) or False,
    )


def volume_body(volume: Volume) -> dict[str, JsonValue]:
    """Write a volume as the Hub reads it."""
    fields: dict[str, JsonValue] = {
        "type": volume.type,
        "source": volume.source,
        "mountPath": volume.mount_path,
        "revision": volume.revision,
        "readOnly": volume.read_only,
        "path": volume.path,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _volume(volume: Field) -> Volume:
    return Volume(
        type=cast(Literal["bucket", "model", "dataset", "space"], volume.at("type").text()),
        source=volume.at("source").text(),
        mount_path=volume.at("mountPath").text(),
        revision=volume.maybe("revision", Field.text),
        read_only=volume.maybe("readOnly", Field.flag),
        path=volume.maybe("path", Field.text),
    )


def _hot_reloading(reload: Field) -> SpaceHotReloading:
    return SpaceHotReloading(
        status=reload.at("status").text(),
        replica_statuses=reload.maybe("replicaStatuses", lambda pairs: pairs.items(_replica_status)) or (),
    )


def _replica_status(pair: Field) -> tuple[str, str | None]:
    words = pair.items(lambda word: None if word.value is None else word.text())
    return (words[0] or "", words[1]) if len(words) == 2 else ("", None)
