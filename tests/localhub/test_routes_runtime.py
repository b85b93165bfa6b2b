"""A Space's runtime over HTTP."""

from typing import Any

import pytest
from attrs import asdict

from aiohfspaces.localhub import LocalHub
from aiohfspaces.localhub.spaces import Space

from .conftest import STAGE_S, Caller, caller_of


def test_a_space_before_and_after_its_first_app(hub: LocalHub, me: Caller) -> None:
    """Empty, building, running."""
    repo_id = me.create()
    assert "NO_APP_FILE" == me.runtime(repo_id)["stage"]
    oid = me.commit(repo_id, {"app.py": b""}).json()["commitOid"]
    assert {
        "stage": "BUILDING",
        "hardware": {"current": None, "requested": "cpu-basic"},
        "storage": None,
        "gcTimeout": 172800,
        "replicas": {"requested": 1},
        "devMode": False,
        "domains": [{"domain": "me-app.hf.space", "stage": "READY"}],
    } == me.runtime(repo_id)
    hub.clock.advance(2 * STAGE_S)
    running = me.runtime(repo_id)
    assert {"current": "cpu-basic", "requested": "cpu-basic"} == running["hardware"]
    assert (running["stage"], running["replicas"], running["sha"]) == (
        "RUNNING",
        {"requested": 1, "current": 1},
        oid,
    )


def test_a_static_space_has_no_machine(hub: LocalHub, me: Caller) -> None:
    """It runs at once, and nothing can be asked of its hardware."""
    repo_id = me.create(sdk="static")
    assert {
        "stage": "RUNNING",
        "hardware": {"current": None, "requested": None},
        "storage": None,
        "replicas": {"requested": 1, "current": 1},
    } == me.runtime(repo_id)
    asked = {
        "flavor": "t4-small",
        "seconds": 60,
        "enabled": True,
        "replicas": 2,
        "tier": "small",
        "volumes": [],
    }
    for what in ("pause", "restart", "hardware", "sleeptime", "dev-mode", "replicas", "storage"):
        reply = me.post(f"/api/spaces/{repo_id}/{what}", json=asked)
        assert (400, True) == (reply.status_code, "static Space" in reply.json()["error"])


@pytest.mark.parametrize(
    "asked",
    [
        {"hardware": "t4-small"},
        {"sleepTimeSeconds": 60},
        {"devModeEnabled": True},
        {"storageTier": "small"},
        {"volumes": [{"type": "dataset", "source": "me/data", "mountPath": "/data"}]},
    ],
)
def test_a_static_space_does_not_begin_with_a_machine_either(me: Caller, asked: dict[str, object]) -> None:
    """New or a copy, it is refused as it would be later; the free hardware is what nobody has to ask for."""
    site = me.create("site", sdk="static", hardware="cpu-basic", devModeEnabled=False, volumes=[])
    replies = [
        me.post("/api/repos/create", json={"name": "new", "type": "space", "sdk": "static", **asked}),
        me.post(f"/api/spaces/{site}/duplicate", json={"repository": "me/copy", **asked}),
    ]
    assert [(400, True)] * 2 == [(reply.status_code, "static Space" in reply.json()["error"]) for reply in replies]
    assert [site] == [space["id"] for space in me.get("/api/spaces").json()]


def test_an_upgrade_goes_through_its_stages(hub: LocalHub, me: Caller) -> None:
    """The reply to the request shows the old hardware and the new wish."""
    repo_id = me.running_space(hub)
    asked = me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "t4-medium", "sleepTimeSeconds": 900}).json()
    assert "RUNNING_BUILDING" == asked["stage"]
    assert {"current": "cpu-basic", "requested": "t4-medium"} == asked["hardware"]
    assert 900 == asked["gcTimeout"]
    hub.clock.advance(STAGE_S)
    assert "RUNNING_APP_STARTING" == me.runtime(repo_id)["stage"]
    hub.clock.advance(STAGE_S)
    assert {"current": "t4-medium", "requested": "t4-medium"} == me.runtime(repo_id)["hardware"]
    assert me.post(f"/api/spaces/{repo_id}/sleeptime", json={"seconds": -1}).json()["gcTimeout"] is None


@pytest.mark.parametrize(
    ("flavor", "sdk", "status"),
    [
        ("cpu-classic", "gradio", 400),
        ("zero-a10g", "docker", 400),
        ("zero-a10g", "gradio", 200),
        ("", "gradio", 400),
    ],
)
def test_only_what_exists_can_be_asked_for(hub: LocalHub, me: Caller, flavor: str, sdk: str, status: int) -> None:
    """The sentence names the flavor."""
    repo_id = me.running_space(hub, sdk=sdk)
    reply = me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": flavor})
    assert reply.status_code == status
    assert status == 200 or flavor in reply.json()["error"]


def test_who_cannot_pay_gets_402(hub: LocalHub) -> None:
    """For paid hardware only."""
    with caller_of(hub, hub.add_user("poor", can_pay=False)) as poor:
        repo_id = poor.running_space(hub)
        assert 402 == poor.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "t4-small"}).status_code
        assert 200 == poor.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "cpu-basic"}).status_code
        reply = poor.post("/api/repos/create", json={"name": "b", "type": "space", "sdk": "gradio", "hardware": "l4x1"})
        assert 402 == reply.status_code


def test_the_owner_of_a_space_pays_whoever_asks(hub: LocalHub) -> None:
    """On creation, for a copy and for other hardware alike."""
    hub_token = hub.add_user("poor", can_pay=False)
    hub.add_organization("rich", members=["poor", "me"])
    hub.add_organization("broke", members=["poor", "me"], can_pay=False)
    for token, org, status in ((hub_token, "rich", 200), (hub.token, "broke", 402)):
        with caller_of(hub, token) as member:
            free = member.create("free", organization=org)
            wish = {"name": "paid", "organization": org, "type": "space", "sdk": "gradio", "hardware": "l4x1"}
            replies = [
                member.post("/api/repos/create", json=wish),
                member.post(f"/api/spaces/{free}/duplicate", json={"repository": f"{org}/copy", "hardware": "l4x1"}),
                member.post(f"/api/spaces/{free}/hardware", json={"flavor": "l4x1"}),
            ]
            assert [status] * 3 == [reply.status_code for reply in replies]


@pytest.mark.parametrize("seconds", [0, -7])
def test_a_sleep_time_is_a_time_or_never(hub: LocalHub, me: Caller, seconds: int) -> None:
    """Wherever it is given."""
    repo_id = me.create(hardware="t4-small", sleepTimeSeconds=-1)
    copy = {"repository": "me/copy", "sleepTimeSeconds": seconds}
    replies = [
        me.post("/api/repos/create", json={"name": "b", "type": "space", "sdk": "gradio", "sleepTimeSeconds": seconds}),
        me.post(f"/api/spaces/{repo_id}/duplicate", json=copy),
        me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "t4-small", "sleepTimeSeconds": seconds}),
        me.post(f"/api/spaces/{repo_id}/sleeptime", json={"seconds": seconds}),
    ]
    assert [(400, f"Invalid sleep time {seconds}")] * 4 == [
        (reply.status_code, reply.json()["error"].partition(":")[0]) for reply in replies
    ]
    assert me.runtime(repo_id)["gcTimeout"] is None


def test_pause_restart_and_dev_mode(hub: LocalHub, me: Caller) -> None:
    """Each answers the runtime right after it."""
    repo_id = me.running_space(hub)
    assert "PAUSED" == me.post(f"/api/spaces/{repo_id}/pause").json()["stage"]
    assert "BUILDING" == me.post(f"/api/spaces/{repo_id}/restart?factory=true").json()["stage"]
    assert me.post(f"/api/spaces/{repo_id}/dev-mode", json={"enabled": True}).json()["devMode"] is True
    assert 2 == me.post(f"/api/spaces/{repo_id}/replicas", json={"replicas": 2}).json()["replicas"]["requested"]


def test_a_sleeper_is_woken_by_a_visit(hub: LocalHub, me: Caller) -> None:
    """Two idle days on free hardware."""
    repo_id = me.running_space(hub)
    hub.clock.advance(172_800)
    assert "SLEEPING" == me.runtime(repo_id)["stage"]
    hub.visit(repo_id)
    assert "BUILDING" == me.runtime(repo_id)["stage"]


def test_a_failure_carries_its_message(hub: LocalHub, me: Caller) -> None:
    """The hardware is still asked for, and there is none."""
    repo_id = me.running_space(hub)
    hub.fail_start(repo_id, "RUNTIME_ERROR", "Scheduling failure: not enough hardware capacity")
    me.post(f"/api/spaces/{repo_id}/hardware", json={"flavor": "a100-large"})
    hub.clock.advance(2 * STAGE_S)
    runtime = me.runtime(repo_id)
    assert "RUNTIME_ERROR" == runtime["stage"]
    assert runtime["errorMessage"].startswith("Scheduling failure")
    assert {"current": None, "requested": "a100-large"} == runtime["hardware"]


def test_storage_only_goes_up(hub: LocalHub, me: Caller) -> None:
    """And is deleted to go down."""
    storage = f"/api/spaces/{me.running_space(hub)}/storage"
    assert "medium" == me.post(storage, json={"tier": "medium"}).json()["storage"]
    assert "only goes up" in me.post(storage, json={"tier": "small"}).json()["error"]
    assert 400 == me.post(storage, json={"tier": "huge"}).status_code
    assert me.delete(storage).json()["storage"] is None
    assert 400 == me.delete(storage).status_code


def test_storage_may_be_gone_as_it_is_today() -> None:
    """The sentence says what came instead."""
    with LocalHub(persistent_storage=False) as hub, caller_of(hub, hub.token) as me:
        repo_id = me.create()
        wishes = [
            me.post(f"/api/spaces/{repo_id}/storage", json={"tier": "small"}),
            me.post(
                "/api/repos/create",
                json={"name": "b", "type": "space", "sdk": "gradio", "storageTier": "small"},
            ),
            me.post(f"/api/spaces/{repo_id}/duplicate", json={"repository": "me/c", "storageTier": "small"}),
        ]
        assert [400] * 3 == [wish.status_code for wish in wishes]
        assert all("no longer available" in wish.json()["error"] for wish in wishes)


def test_volumes_replace_each_other(hub: LocalHub, me: Caller) -> None:
    """The runtime tells them."""
    repo_id, volume = me.running_space(hub), {"type": "dataset", "source": "me/data", "mountPath": "/data"}
    assert 200 == me.put(f"/api/spaces/{repo_id}/volumes", json={"volumes": [volume]}).status_code
    assert me.runtime(repo_id)["volumes"] == [volume]
    assert 400 == me.put(f"/api/spaces/{repo_id}/volumes", json={"volumes": [{"type": "dataset"}]}).status_code
    assert "volumes" not in me.delete(f"/api/spaces/{repo_id}/volumes").json()
    assert 400 == me.delete(f"/api/spaces/{repo_id}/volumes").status_code


VOLUME = {"type": "dataset", "source": "me/data", "mountPath": "/data"}


@pytest.mark.parametrize(
    "volumes",
    [
        [{"foo": 1}],
        ["/data"],
        [{**VOLUME, "type": "disk"}],
        [{**VOLUME, "source": ""}],
        [{**VOLUME, "mountPath": "data"}],
        [{**VOLUME, "revision": 1}],
        [{**VOLUME, "path": 1}],
        [{**VOLUME, "readOnly": "yes"}],
        [VOLUME, {**VOLUME, "source": "me/more"}],
        [VOLUME, {**VOLUME, "mountPath": "/data/"}],
    ],
)
def test_what_is_no_volume_is_refused_whenever_it_is_attached(me: Caller, volumes: list[object]) -> None:
    """To a Space that is there, to a new one and to a copy; none of them comes into being."""
    repo_id, new = me.create(), {"name": "new", "type": "space", "sdk": "gradio"}
    replies = [
        me.put(f"/api/spaces/{repo_id}/volumes", json={"volumes": volumes}),
        me.post("/api/repos/create", json={**new, "volumes": volumes}),
        me.post(f"/api/spaces/{repo_id}/duplicate", json={"repository": "me/copy", "volumes": volumes}),
    ]
    assert [400] * 3 == [reply.status_code for reply in replies]
    assert "volumes" not in me.runtime(repo_id)
    assert [repo_id] == [space["id"] for space in me.get("/api/spaces").json()]


class Witness:
    """A lock that notes how a Space is when it is taken, and how when it is given back."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self.seen: list[Any] = []

    def __enter__(self) -> None:
        self.seen.append(asdict(self._space))

    def __exit__(self, *_: object) -> None:
        self.seen.append(asdict(self._space))


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("POST", "dev-mode", {"enabled": True}),
        ("POST", "replicas", {"replicas": 2}),
        ("POST", "storage", {"tier": "medium"}),
        ("DELETE", "storage", None),
        ("PUT", "volumes", {"volumes": [{"type": "model", "source": "me/m", "mountPath": "/m"}]}),
        ("DELETE", "volumes", None),
        ("POST", "hardware", {"flavor": "t4-small"}),
        ("POST", "sleeptime", {"seconds": 60}),
    ],
)
def test_a_change_is_whole_to_whoever_holds_the_lock(
    hub: LocalHub, me: Caller, method: str, what: str, body: dict[str, object] | None
) -> None:
    """Nothing of it is there before the lock is taken, and all of it when it is given back."""
    volume = {"type": "dataset", "source": "me/data", "mountPath": "/data"}
    repo_id = me.running_space(hub, hardware="l4x1", storageTier="small", volumes=[volume])
    repository = hub._world.repositories.find("space", repo_id)
    assert repository is not None
    space = repository.required_space
    before = asdict(space)
    repository.lock = witness = Witness(space)
    assert 200 == me.request(method, f"/api/spaces/{repo_id}/{what}", json=body).status_code
    assert before == witness.seen[0] != witness.seen[-1] == asdict(space)


def test_who_may_look_and_who_may_touch(hub: LocalHub, me: Caller, other: Caller, nobody: Caller) -> None:
    """Public Spaces are seen by all; private ones do not exist for others."""
    public, private = me.running_space(hub), me.create("secret", private=True)
    assert [
        200,
        200,
    ] == [caller.get(f"/api/spaces/{public}/runtime").status_code for caller in (other, nobody)]
    assert [
        404,
        401,
    ] == [caller.get(f"/api/spaces/{private}/runtime").status_code for caller in (other, nobody)]
    assert [
        403,
        401,
    ] == [caller.post(f"/api/spaces/{public}/pause").status_code for caller in (other, nobody)]
    missing = other.get(f"/api/spaces/{private}/runtime")
    assert {"error": "Repository not found"} == missing.json()
    assert "RepoNotFound" == missing.headers["X-Error-Code"]
    assert {"error": "Invalid username or password."} == nobody.get("/api/spaces/me/nothing").json()


def test_a_model_has_no_runtime(me: Caller) -> None:
    """400, not an error of the server."""
    me.create("model", type="model")
    assert 400 == me.get("/api/models/me/model/runtime").status_code
