"""Events and metrics as streams."""

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from aiohfspaces.localhub import LocalHub
from aiohfspaces.localhub.routes.streams import changes, measurements

from .conftest import STAGE_S, Caller


def told(lines: Iterator[str], count: int) -> list[tuple[str, str]]:
    """Take so many events off a stream: name and data."""
    taken: list[tuple[str, str]] = []
    while len(taken) < count:
        if (line := next(lines)).startswith("event: "):
            taken.append((line.removeprefix("event: "), next(lines).removeprefix("data: ")))
    return taken


def status(data: str) -> Any:
    """Read the status of a Space off its description."""
    return json.loads(data)["compute"]["current"]["status"]


def stages(events: list[tuple[str, str]]) -> list[str]:
    """Say which stages were told, both ways."""
    return [data if name == "stage" else status(data)["stage"] for name, data in events]


def test_changes_are_told_as_they_happen(hub: LocalHub, me: Caller) -> None:
    """What is comes first; each change is told once."""
    repo_id = me.create()
    with me.stream("GET", f"/api/spaces/{repo_id}/events?session_uuid=0") as stream:
        lines = stream.iter_lines()
        assert ["NO_APP_FILE"] * 2 == stages(told(lines, 2))
        me.commit(repo_id, {"app.py": b""})
        assert ["BUILDING"] * 2 == stages(told(lines, 2))
        hub.clock.advance(2 * STAGE_S)
        events = told(lines, 2)
        assert ["RUNNING"] * 2 == stages(events)
        me.post(f"/api/spaces/{repo_id}/pause")
        assert ["PAUSED"] * 2 == stages(told(lines, 2))
    space: Any = json.loads(events[1][1])
    assert ("gradio", "cpu-basic") == (space["compute"]["spec"]["sdk"], space["compute"]["spec"]["hardwareFlavor"])
    assert (1, 1) == tuple(status(events[1][1])[key] for key in ("readyReplicas", "targetReplicas"))
    assert "me-app.hf.space" == space["service"]["status"]["domains"][0]["domain"]


def test_a_zero_gpu_space_tells_how_many_it_uses(hub: LocalHub, me: Caller) -> None:
    """None, here."""
    repo_id = me.running_space(hub)
    me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "zero-a10g"}).raise_for_status()
    with me.stream("GET", f"/api/spaces/{repo_id}/events") as stream:
        assert ("zero-gpu-count", "0") in told(stream.iter_lines(), 3)


def test_a_static_space_is_told_as_the_hub_tells_it(me: Caller) -> None:
    """As if it were in error, although it runs."""
    repo_id = me.create("site", sdk="static")
    with me.stream("GET", f"/api/spaces/{repo_id}/events") as stream:
        events = told(stream.iter_lines(), 2)
    assert ("stage", "CONFIG_ERROR") == events[0]
    assert "Static SDK is not supported" == json.loads(events[1][1])["compute"]["status"]["message"]


def test_each_replica_is_measured_every_second(hub: LocalHub, me: Caller) -> None:
    """By the hub's clock, with its GPUs; when the Space pauses, it is over."""
    repo_id = me.running_space(hub)
    me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "l4x4"}).raise_for_status()
    me.post(f"/api/spaces/{repo_id}/replicas", json={"replicas": 2}).raise_for_status()
    hub.clock.advance(2 * STAGE_S)
    with me.stream("GET", f"/api/spaces/{repo_id}/metrics") as stream:
        lines = stream.iter_lines()
        first = [json.loads(data) for _, data in told(lines, 2)]
        hub.clock.advance(1)
        again = [json.loads(data) for _, data in told(lines, 2)]
        me.post(f"/api/spaces/{repo_id}/pause")
        list(lines)
    assert first == again
    assert 2 == len({metric["replica"] for metric in first})
    assert (48_000, 186 << 30, 4) == (first[0]["cpu_millicores"], first[0]["memory_total_bytes"], len(first[0]["gpus"]))
    assert {24 << 30} == {gpu["memory_total_bytes"] for gpu in first[0]["gpus"].values()}


def test_however_often_it_is_looked_nothing_is_told_twice(hub: LocalHub, me: Caller) -> None:
    """A change is told once, a measurement once a second."""
    found = hub._world.repositories.find("space", me.running_space(hub))
    assert found is not None
    now = hub.clock.now()
    change, measure = changes(found, found.required_space), measurements(found, found.required_space)
    assert [2, 0] == [len(change(now + passed).events) for passed in (0, 1)]
    assert [1, 0, 1, 0] == [len(measure(now + passed).events) for passed in (0, 0.9, 1, 1.9)]


def test_what_does_not_run_has_no_metrics(hub: LocalHub, me: Caller) -> None:
    """406, and why."""
    replies = [
        me.get(f"/api/spaces/{me.create(name, sdk=sdk)}/metrics") for name, sdk in (("a", "gradio"), ("b", "static"))
    ]
    assert [406, 406] == [reply.status_code for reply in replies]
    assert ["Space is not running", "Space is stale"] == [reply.json()["error"] for reply in replies]
    repo_id = me.running_space(hub)
    me.post(f"/api/spaces/{repo_id}/pause")
    assert 406 == me.get(f"/api/spaces/{repo_id}/metrics").status_code


@pytest.mark.parametrize(
    ("path", "private", "expected"),
    [("events", False, [200, 200]), ("events", True, [404, 401]), ("metrics", False, [403, 401])],
)
def test_who_may_listen(
    hub: LocalHub, me: Caller, other: Caller, nobody: Caller, path: str, private: bool, expected: list[int]
) -> None:
    """To events whoever may see the Space; to metrics its owner."""
    repo_id = me.running_space(hub, private=private)
    statuses = []
    for caller in (other, nobody):
        with caller.stream("GET", f"/api/spaces/{repo_id}/{path}") as stream:
            statuses.append(stream.status_code)
    assert expected == statuses


def test_only_spaces_tell_anything(me: Caller) -> None:
    """A dataset does not live."""
    me.post("/api/repos/create", json={"name": "data", "type": "dataset"}).raise_for_status()
    assert [400, 400] == [me.get(f"/api/datasets/me/data/{path}").status_code for path in ("events", "metrics")]


@pytest.mark.parametrize("kind", ["events", "metrics", "logs/run", "logs/build"])
@pytest.mark.parametrize("size", [0, 1, 17, 60])
def test_each_stream_can_be_cut_at_any_byte(hub: LocalHub, me: Caller, kind: str, size: int) -> None:
    """So many bytes come, and no end."""
    repo_id = me.running_space(hub)
    hub.inject_fault("GET", f"/api/spaces/{repo_id}/{kind}", cut_after=size)
    come: list[int] = []
    with me.stream("GET", f"/api/spaces/{repo_id}/{kind}") as stream, pytest.raises(httpx.TransportError):
        deque(map(come.extend, stream.iter_bytes()))
    assert size == len(come)
