"""Recorded replies of the real Hub, read by the parsers that will meet them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from aiohfspaces._wire import commits, lifecycle, runtime, settings, uploads
from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.replies import Reply, body_value
from aiohfspaces.models import (
    Replicas,
    RepoUrl,
    SpaceDomain,
    SpaceHardware,
    SpaceRuntime,
    SpaceStage,
    SpaceVariable,
)

HUB = "https://huggingface.co"
SPACE = "user/tmp_test_space"


def shared_folder() -> Path:
    """Find what stands beside the repository, or where ``AIOHFSPACES_SHARED`` says."""
    given = os.environ.get("AIOHFSPACES_SHARED")
    return Path(given) if given else Path(__file__).parents[2].parent / "shared"


TAPES = sorted((shared_folder() / "tapes").glob("*.yaml"))
pytestmark = pytest.mark.skipif(not TAPES, reason=f"no recorded replies in {shared_folder() / 'tapes'}")

Exchange = tuple[str, str, Any, Reply]
"""Method, path, JSON that was sent, and the reply."""


def exchanges(tape: Path) -> list[Exchange]:
    """Read a tape."""
    interactions = yaml.safe_load(tape.read_text(encoding="utf-8"))["interactions"]
    return [exchange(interaction["request"], interaction["response"]) for interaction in interactions]


def exchange(request: Any, response: Any) -> Exchange:
    """Read one request and its reply."""
    url = urlsplit(request["uri"])
    reply = Reply(
        status=response["status"]["code"],
        headers={name.lower(): ", ".join(values) for name, values in response["headers"].items()},
        content=response["body"]["string"].encode(),
        url=request["uri"],
        endpoint=HUB,
    )
    sent = request["body"]
    is_json = request["headers"].get("Content-Type") == ["application/json"]
    return request["method"], url.path, yaml.safe_load(sent) if is_json else sent, reply


def parser(method: str, path: str) -> Callable[[Reply], object]:
    """Choose the parser that the library's own call would bring along."""
    kind = path.removeprefix(f"/api/spaces/{SPACE}/").partition("/")[0]
    parsers: dict[tuple[str, str], Callable[[Reply], object]] = {
        ("POST", "preupload"): uploads.preupload_reply,
        ("POST", "commit"): commits.commit_reply,
        ("GET", "runtime"): runtime.get_runtime(SPACE).parse,
        ("GET", "variables"): settings.get_variables(SPACE).parse,
        ("POST", "variables"): settings.changed_variables_reply,
        ("DELETE", "variables"): settings.changed_variables_reply,
        ("GET", "revision"): body_value,
    }
    whole: dict[str, Callable[[Reply], object]] = {
        "/api/repos/create": lifecycle.created_reply,
        "/api/repos/delete": body_value,
    }
    return whole.get(path) or parsers[method, kind]


@pytest.mark.parametrize("tape", TAPES, ids=lambda tape: tape.stem)
def test_every_recorded_reply_is_read(tape: Path) -> None:
    """No parser of ours refuses what the Hub really said."""
    recorded = exchanges(tape)
    assert recorded
    assert all(parser(method, path)(reply) for method, path, _, reply in recorded if reply.content != b"{}")


def recorded(tape: str, method: str, path: str) -> list[tuple[Any, Any]]:
    """Find what was sent and what its reply means, for each exchange of a kind."""
    found = exchanges(next(each for each in TAPES if each.stem == tape))
    return [
        (sent, parser(method, path)(reply)) for verb, where, sent, reply in found if (verb, where) == (method, path)
    ]


def test_a_new_space_builds_on_hardware_that_is_only_requested() -> None:
    """The runtime right after the creation, in full."""
    [(_, seen)] = recorded("space_runtime", "GET", f"/api/spaces/{SPACE}/runtime")
    assert (
        SpaceRuntime(
            stage=SpaceStage.BUILDING,
            hardware=None,
            requested_hardware=SpaceHardware.CPU_BASIC,
            sleep_time=172800,
            replicas=Replicas(current=None, requested=1),
            domains=(SpaceDomain(domain="user-tmp-test-space.hf.space", stage="READY", is_custom=False),),
        )
        == seen
    )


def test_a_created_space_knows_where_its_app_is() -> None:
    """The rule by which the app's address is built gives the one that the Hub has given it."""
    [(sent, url)] = recorded("space_runtime", "POST", "/api/repos/create")
    [(_, seen)] = recorded("space_runtime", "GET", f"/api/spaces/{SPACE}/runtime")
    assert isinstance(url, RepoUrl)
    assert (SPACE, f"https://{seen.domains[0].domain}") == (url.repo_id, url.app_url)
    call = lifecycle.create(
        SPACE,
        "space",
        visibility="private",
        resource_group_id=None,
        region=None,
        sdk="gradio",
        start=lifecycle.SpaceStart(),
        beginning=lifecycle.Beginning(),
        exist_ok=False,
    )
    of_today = body(call)
    assert "private" == of_today.pop("visibility")
    assert of_today | {"private": True} == sent


def test_a_changed_variable_answers_with_all_of_them() -> None:
    """Its entry has no key of its own, and what was sent is what our call sends."""
    path = f"/api/spaces/{SPACE}/variables"
    changes = recorded("manage_variables", "POST", path)
    first = settings.add_variable(SPACE, "foo", "123", None)
    assert (body(first), {"foo": variable("foo", "123", "2025-03-07T12:24:18.657Z")}) == changes[0]
    described = settings.add_variable(SPACE, "MODEL_PAPER", "arXiv", "found it there")
    assert body(described) == changes[2][0]
    assert ["foo", "MODEL_REPO_ID", "MODEL_PAPER"] == list(changes[-1][1])
    assert (
        None is recorded("manage_variables", "GET", path)[0][1] or {} == recorded("manage_variables", "GET", path)[0][1]
    )


def body(call: Call[Any]) -> Any:
    """Take the JSON out of a call."""
    assert isinstance(call.body, JsonBody)
    return call.body.value


def variable(key: str, value: str, updated_at: str) -> SpaceVariable:
    """Build a variable."""
    return SpaceVariable(key=key, value=value, updated_at=datetime.fromisoformat(updated_at).astimezone(UTC))
