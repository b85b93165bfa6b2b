"""The runtime: what is asked for, and what a reply means."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire import runtime
from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.replies import Field, Reply
from aiohfspaces._wire.runtime import STORAGE_ADVICE, runtime_reply, space_runtime, volume_body
from aiohfspaces.errors import MalformedReplyError
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

SPACE = "/api/spaces/me/app"
VOLUME = Volume(type="model", source="me/n", mount_path="/n", revision="v1", read_only=False, path="x")


def call(method: str, path: str, body: Any = None, *, repeatable: bool = True, **facts: Any) -> Call[SpaceRuntime]:
    """Build a call whose reply is a runtime."""
    content = None if body is None else JsonBody(body)
    return Call(method=method, path=path, parse=runtime_reply, body=content, repeatable=repeatable, **facts)


def read(**fields: Any) -> SpaceRuntime:
    """Read a runtime that runs, with some fields more."""
    return space_runtime(Field({"stage": "RUNNING"} | fields, ""))


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (runtime.get_runtime("me/app"), call("GET", f"{SPACE}/runtime")),
        (
            runtime.request_hardware("me/app", SpaceHardware.T4_MEDIUM, None),
            call("POST", f"{SPACE}/hardware", {"flavor": "t4-medium"}),
        ),
        (
            runtime.request_hardware("me/app", SpaceHardware.T4_MEDIUM, -1),
            call("POST", f"{SPACE}/hardware", {"flavor": "t4-medium", "sleepTimeSeconds": -1}),
        ),
        (runtime.set_sleep_time("me/app", 7200), call("POST", f"{SPACE}/sleeptime", {"seconds": 7200})),
        (runtime.pause("me/app"), call("POST", f"{SPACE}/pause")),
        (runtime.restart("me/app", factory_reboot=False), call("POST", f"{SPACE}/restart", repeatable=False)),
        (
            runtime.restart("me/app", factory_reboot=True),
            call("POST", f"{SPACE}/restart", repeatable=False, query=(("factory", "true"),)),
        ),
        (
            runtime.request_storage("me/app", SpaceStorage.SMALL),
            call("POST", f"{SPACE}/storage", {"tier": "small"}, repeatable=False, advice=STORAGE_ADVICE),
        ),
        (runtime.delete_storage("me/app"), call("DELETE", f"{SPACE}/storage", advice=STORAGE_ADVICE)),
    ],
)
def test_each_operation_is_one_call(built: Call[SpaceRuntime], expected: Call[SpaceRuntime]) -> None:
    """All but a restart and a new storage are safe to repeat."""
    assert expected == built


def test_only_the_stage_is_sure_to_be_there() -> None:
    """What is not told, or null, is not known; extra fields are ignored."""
    assert SpaceRuntime(stage=SpaceStage.RUNNING) == read()
    unknown = dict.fromkeys(
        ["hardware", "gcTimeout", "storage", "devMode", "errorMessage", "sha", "replicas", "domains", "volumes"]
    )
    assert read() == read(**unknown, hotReloading=None, brandNew=[1, 2])
    with pytest.raises(MalformedReplyError, match=r"missing .*\(field: stage\)"):
        space_runtime(Field({}, ""))


def test_a_runtime_holds_everything_that_the_hub_says() -> None:
    """Each field of the reply under the name that callers know."""
    assert SpaceRuntime(
        stage=SpaceStage("BRAND_NEW"),
        hardware=SpaceHardware.CPU_BASIC,
        requested_hardware=SpaceHardware("h900"),
        sleep_time=172800,
        storage=SpaceStorage.LARGE,
        dev_mode=True,
        error_message="Scheduling failure",
        sha="c0ffee",
        replicas=Replicas(current=1, requested="auto"),
        domains=(
            SpaceDomain(domain="me-app.hf.space", stage="READY", is_custom=False),
            SpaceDomain(domain="app.test", stage="PENDING", is_custom=True),
        ),
        volumes=(VOLUME,),
        hot_reloading=SpaceHotReloading(status="created", replica_statuses=(("a1", "ok"), ("b2", None), ("", None))),
    ) == read(
        stage="BRAND_NEW",
        hardware={"current": "cpu-basic", "requested": "h900"},
        gcTimeout=172800,
        storage="large",
        devMode=True,
        errorMessage="Scheduling failure",
        sha="c0ffee",
        replicas={"current": 1, "requested": "auto"},
        domains=[{"domain": "me-app.hf.space"}, {"domain": "app.test", "stage": "PENDING", "isCustom": True}],
        volumes=[volume_body(VOLUME)],
        hotReloading={"status": "created", "replicaStatuses": [["a1", "ok"], ["b2", None], []]},
    )


@pytest.mark.parametrize(("seconds", "expected"), [(-1, None), (0, 0), (3600, 3600), (3600.0, 3600)])
def test_never_to_sleep_is_none(seconds: float, expected: int | None) -> None:
    """The Hub says it as a negative number."""
    assert expected == read(gcTimeout=seconds).sleep_time


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"stage": None}, "stage"),
        ({"hardware": "cpu-basic"}, "hardware"),
        ({"hardware": {"current": 5}}, "hardware.current"),
        ({"gcTimeout": "3600"}, "gcTimeout"),
        ({"gcTimeout": float("inf")}, "gcTimeout"),
        ({"devMode": "yes"}, "devMode"),
        ({"replicas": {"requested": True}}, "replicas.requested"),
        ({"replicas": {"requested": []}}, "replicas.requested"),
        ({"replicas": {"current": 1.5}}, "replicas.current"),
        ({"domains": [{"domain": "a"}, {}]}, "domains[1].domain"),
        ({"volumes": [{"type": "bucket", "source": "me/b"}]}, "volumes[0].mountPath"),
        ({"hotReloading": {"status": "created", "replicaStatuses": [[5]]}}, "hotReloading.replicaStatuses[0][0]"),
    ],
)
def test_a_field_of_another_shape_is_named(fields: dict[str, Any], path: str) -> None:
    """Strict about shape: nothing passes in silence."""
    with pytest.raises(MalformedReplyError) as caught:
        read(**fields)
    assert path == caught.value.field


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3))
NAMES = ["stage", "hardware", "gcTimeout", "storage", "devMode", "replicas", "domains", "volumes", "hotReloading"]
INNER = ["current", "requested", "domain", "type", "source", "mountPath", "status", "replicaStatuses"]


@given(st.dictionaries(st.sampled_from(NAMES), VALUES | st.dictionaries(st.sampled_from(INNER), VALUES)))
def test_any_json_is_a_runtime_or_a_malformed_reply(fields: dict[str, Any]) -> None:
    """No reply ends in another exception."""
    with suppress(MalformedReplyError):
        assert isinstance(read(**fields).stage, SpaceStage)


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (
            Volume(type="bucket", source="me/b", mount_path="/data"),
            {"type": "bucket", "source": "me/b", "mountPath": "/data"},
        ),
        (
            VOLUME,
            {"type": "model", "source": "me/n", "mountPath": "/n", "revision": "v1", "readOnly": False, "path": "x"},
        ),
    ],
)
def test_a_volume_is_written_as_the_hub_reads_it(volume: Volume, expected: dict[str, Any]) -> None:
    """What is not set is not sent; what is sent reads back."""
    assert expected == volume_body(volume)
    assert (volume,) == read(volumes=[volume_body(volume)]).volumes


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", None), (b"OK", None), (b"{}", None), (b'{"stage": "RUNNING"}', SpaceRuntime(stage=SpaceStage.RUNNING))],
)
def test_a_reply_that_nobody_has_documented_may_be_a_runtime(content: bytes, expected: Any) -> None:
    """It is one if it has a stage."""
    reply = Reply(status=200, headers={}, content=content, url="https://hub.test/x", endpoint="https://hub.test")
    assert expected == runtime.maybe_runtime_reply(reply)
