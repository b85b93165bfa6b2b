"""Secrets and variables: what is asked for, and what a reply means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiohfspaces._wire import settings
from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces._wire.settings import changed_variables_reply, secrets_reply, variables_reply
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import SpaceSecret, SpaceVariable

SECRETS = "/api/spaces/me/app/secrets"
VARIABLES = "/api/spaces/me/app/variables"
MARCH = datetime(2025, 3, 7, 12, 24, 18, 657000, UTC)


def call(method: str, path: str, parse: Any, body: Any = None, **facts: Any) -> Call[Any]:
    """Build a call that is safe to repeat."""
    content = None if body is None else JsonBody(body)
    return Call(method=method, path=path, parse=parse, body=content, repeatable=True, **facts)


def reply(value: object) -> Reply:
    """Build a reply of JSON."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url="https://hub.test/api", endpoint="https://hub.test")


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (settings.get_secrets("me/app"), call("GET", SECRETS, secrets_reply)),
        (
            settings.add_secret("me/app", "KEY", "s3cr3t", None),
            call("POST", SECRETS, nothing, {"key": "KEY", "value": "s3cr3t"}, secrets=("s3cr3t",)),
        ),
        (
            settings.add_secret("me/app", "KEY", "", ""),
            call("POST", SECRETS, nothing, {"key": "KEY", "value": "", "description": ""}, secrets=("",)),
        ),
        (settings.delete_secret("me/app", "KEY"), call("DELETE", SECRETS, nothing, {"key": "KEY"})),
        (settings.get_variables("me/app"), call("GET", VARIABLES, variables_reply)),
        (
            settings.add_variable("me/app", "KEY", "v", "for tests"),
            call("POST", VARIABLES, changed_variables_reply, {"key": "KEY", "value": "v", "description": "for tests"}),
        ),
        (settings.delete_variable("me/app", "KEY"), call("DELETE", VARIABLES, changed_variables_reply, {"key": "KEY"})),
    ],
)
def test_each_operation_is_one_call_that_is_safe_to_repeat(built: Call[Any], expected: Call[Any]) -> None:
    """The value of a secret is marked as one; a description that is not given is not sent."""
    assert expected == built


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, {}),
        ({"A": {}}, {"A": SpaceSecret(key="A")}),
        (
            {"A": {"key": "A", "description": "d", "updatedAt": "2025-03-07T12:24:18.657Z"}, "B": {"updatedAt": None}},
            {"A": SpaceSecret(key="A", description="d", updated_at=MARCH), "B": SpaceSecret(key="B")},
        ),
    ],
)
def test_secrets_are_a_map_without_values(value: object, expected: dict[str, SpaceSecret]) -> None:
    """Name to what may be known of it."""
    assert expected == secrets_reply(reply(value))


@pytest.mark.parametrize("parse", [variables_reply, changed_variables_reply])
def test_variables_are_a_map(parse: Any) -> None:
    """Name to value, in the Hub's order."""
    value = {"B": {"value": "1", "updatedAt": "2025-03-07T12:24:18.657Z"}, "A": {"value": "", "description": "d"}}
    variables = parse(reply(value))
    assert {
        "B": SpaceVariable(key="B", value="1", updated_at=MARCH),
        "A": SpaceVariable(key="A", value="", description="d"),
    } == variables
    assert ["B", "A"] == list(variables)


@pytest.mark.parametrize(
    ("parse", "value", "path"),
    [
        (secrets_reply, [], "body"),
        (secrets_reply, {"A": 5}, "A"),
        (secrets_reply, {"A": {"updatedAt": "soon"}}, "A.updatedAt"),
        (variables_reply, {"A": {}}, "A.value"),
        (variables_reply, {"A": {"value": 5}}, "A.value"),
        (variables_reply, b"OK", "body"),
        (changed_variables_reply, {"A": {}}, "A.value"),
        (changed_variables_reply, b'{"A":', "body"),
    ],
)
def test_a_map_of_another_shape_is_named(parse: Any, value: object, path: str) -> None:
    """The error leads to the field."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert path == caught.value.field


@pytest.mark.parametrize("content", [b"", b"OK", b"null", b"{}", b" {} "])
def test_after_a_change_there_may_be_no_map(content: bytes) -> None:
    """An empty object may mean none as well, so it is no answer."""
    assert None is changed_variables_reply(reply(content))
