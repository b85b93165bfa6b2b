"""Calls: a request is a value."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire.calls import (
    Base64File,
    Call,
    FileRange,
    JsonBody,
    StreamBody,
    base64_length,
    delete,
    get,
    post,
)
from aiohfspaces._wire.replies import body_value, nothing

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def call(**facts: Any) -> Call[None]:
    """Build a call."""
    known: dict[str, Any] = {"method": "GET", "path": "/api", "parse": nothing, "repeatable": True}
    return Call(**known | facts)


def sent(part: bytes | FileRange | Base64File) -> bytes:
    """Make the bytes of a part as they travel, the simplest way there is."""
    if isinstance(part, bytes):
        return part
    assert isinstance(part.source, BytesIO)
    content = part.source.getvalue()
    return base64.b64encode(content) if isinstance(part, Base64File) else content[part.start :][: part.size]


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (get("/api", nothing), call()),
        (get("/api", nothing, (("a", "b"),)), call(query=(("a", "b"),))),
        (post("/api", nothing, repeatable=False), call(method="POST", repeatable=False)),
        (
            post("/api", nothing, {"a": 1}, repeatable=True, query=(("b", "c"),), secrets=("s",), advice="Do."),
            call(method="POST", body=JsonBody({"a": 1}), query=(("b", "c"),), secrets=("s",), advice="Do."),
        ),
        (post("/api", nothing, {}, repeatable=True), call(method="POST", body=JsonBody({}))),
        (delete("/api", nothing), call(method="DELETE")),
        (delete("/api", nothing, {"a": 1}, advice="Do."), call(method="DELETE", body=JsonBody({"a": 1}), advice="Do.")),
    ],
)
def test_two_calls_that_would_send_the_same_are_equal(built: Call[None], expected: Call[None]) -> None:
    """Reads and removals are safe to repeat; of a change its author says so."""
    assert expected == built


@pytest.mark.parametrize(
    "other",
    [
        call(path="/other"),
        call(method="POST"),
        call(parse=body_value),
        call(query=(("a", "b"),)),
        call(headers=(("a", "b"),)),
        call(body=JsonBody({})),
        call(repeatable=False),
        call(stops_at_origin=True),
    ],
)
def test_calls_that_differ_are_not_equal(other: Call[None]) -> None:
    """Each fact counts."""
    assert call() != other


def test_a_call_does_not_show_its_secrets() -> None:
    """Neither those named as such nor those in a body are in what a log or a debugger prints."""
    shown = repr(call(secrets=("s3cr3t",), body=JsonBody({"value": "s3cr3t"})))
    assert "s3cr3t" not in shown + repr(call(body=StreamBody((b"s3cr3t",))))


@given(JSON)
def test_a_json_body_travels_as_it_is(value: Any) -> None:
    """What is read is what was written, in ASCII, and no text can fail, not even half an emoji."""
    encoded = JsonBody(value).encode()
    assert value == json.loads(encoded)
    assert encoded.isascii()


def test_a_json_body_holds_no_blanks() -> None:
    """Nothing travels that says nothing."""
    assert b'{"a":[1,null]}' == JsonBody({"a": [1, None]}).encode()


@given(st.binary(max_size=100))
def test_the_length_in_base64_is_known_beforehand(content: bytes) -> None:
    """By the size alone."""
    assert len(base64.b64encode(content)) == base64_length(len(content))


PARTS = st.binary() | st.binary().flatmap(
    lambda content: (
        st.just(Base64File(BytesIO(content), len(content)))
        | st.tuples(st.integers(0, len(content)), st.integers(0, len(content))).map(
            lambda ends: FileRange(BytesIO(content), min(ends), max(ends) - min(ends))
        )
    )
)


@given(st.lists(PARTS))
def test_the_length_of_a_stream_is_that_of_its_bytes(parts: list[bytes | FileRange | Base64File]) -> None:
    """Content-Length is true for any mix of parts."""
    assert len(b"".join(map(sent, parts))) == StreamBody(tuple(parts)).length
