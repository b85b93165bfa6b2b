"""Replies: JSON read field by field, each error naming the field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire.replies import Field, Reply, body_value, nothing
from aiohfspaces.errors import MalformedReplyError

MIRROR = "https://mirror.test"


def reply(content: bytes = b"{}", url: str = f"{MIRROR}/api", **headers: str) -> Reply:
    """Build a reply of a mirror."""
    return Reply(status=200, headers=headers, content=content, url=url, endpoint=MIRROR)


def field(value: object, path: str = "a.b") -> Field:
    """Build a field somewhere below the root."""
    return Field(value, path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"<html>", b"[" * 100_000, b"1" * 5000], ids=lambda c: repr(c)[:20]
)
def test_a_body_that_is_no_json_is_named(content: bytes) -> None:
    """The error says from where, how much and how it begins."""
    with pytest.raises(
        MalformedReplyError, match=rf"expected JSON from {MIRROR}/api, got {len(content)} bytes"
    ) as caught:
        reply(content).json()
    assert "body" == caught.value.field
    assert len(str(caught.value)) < 300


def test_a_header_that_has_to_be_there_is_named() -> None:
    """In any case of its letters, and in the case that it is missing."""
    assert "7" == reply(etag="7").header("ETag")
    with pytest.raises(MalformedReplyError, match="no header X-Repo-Commit") as caught:
        reply().header("X-Repo-Commit")
    assert "X-Repo-Commit" == caught.value.field


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (Field.text, "a", "a"),
        (Field.text, "", ""),
        (Field.integer, 7, 7),
        (Field.integer, 10**30, 10**30),
        (Field.number, 7, 7),
        (Field.number, 7.5, 7.5),
        (Field.flag, False, False),
        (Field.object, {"a": 1}, {"a": 1}),
        (Field.moment, "2025-03-07T12:24:18.657Z", datetime(2025, 3, 7, 12, 24, 18, 657000, UTC)),
        (Field.moment, "2025-03-07T12:24:18", datetime(2025, 3, 7, 12, 24, 18, tzinfo=UTC)),
        (
            Field.moment,
            "2025-03-07T12:24:18+02:00",
            datetime(2025, 3, 7, 12, 24, 18, tzinfo=timezone(timedelta(hours=2))),
        ),
        (lambda items: items.items(Field.text), [], ()),
        (lambda items: items.items(Field.text), ["a", "b"], ("a", "b")),
        (lambda some: [(name, value.value) for name, value in some.entries()], {"a": 1, "b": 2}, [("a", 1), ("b", 2)]),
        (lambda some: some.at("c").at("d").text(), {"c": {"d": "x"}}, "x"),
        (lambda some: some.maybe("c", Field.text), {"c": "x"}, "x"),
        (lambda some: some.maybe("c", Field.text), {"c": None}, None),
        (lambda some: some.maybe("c", Field.text), {}, None),
        (lambda some: some.maybe("c", Field.integer), {"c": 0}, 0),
    ],
)
def test_a_field_is_read(read: Callable[[Field], object], value: object, expected: object) -> None:
    """Each kind as its Python value; times are aware."""
    assert expected == read(field(value))
    assert type(expected) is type(read(field(value)))


@pytest.mark.parametrize(
    ("read", "value", "path", "words"),
    [
        (Field.text, None, "a.b", "expected a string in the Hub's reply, got null"),
        (Field.text, 5, "a.b", "expected a string in the Hub's reply, got int"),
        (Field.integer, True, "a.b", "expected a whole number in the Hub's reply, got bool"),
        (Field.integer, 7.0, "a.b", "expected a whole number in the Hub's reply, got float"),
        (Field.number, True, "a.b", "expected a number in the Hub's reply, got bool"),
        (Field.number, "7", "a.b", "expected a number in the Hub's reply, got str"),
        (Field.number, float("inf"), "a.b", "expected a number in the Hub's reply, got float"),
        (Field.number, float("nan"), "a.b", "expected a number in the Hub's reply, got float"),
        (Field.flag, 0, "a.b", "expected true or false in the Hub's reply, got int"),
        (Field.object, [], "a.b", "expected an object in the Hub's reply, got list"),
        (Field.entries, "a", "a.b", "expected an object in the Hub's reply, got str"),
        (Field.moment, 5, "a.b", "expected a string in the Hub's reply, got int"),
        (Field.moment, "yesterday", "a.b", "expected an ISO 8601 time in the Hub's reply, got str"),
        (lambda some: some.items(Field.text), {}, "a.b", "expected a list in the Hub's reply, got dict"),
        (lambda some: some.items(Field.text), ["x", 5], "a.b[1]", "expected a string in the Hub's reply, got int"),
        (lambda some: some.at("c"), {}, "a.b.c", "missing in the Hub's reply"),
        (lambda some: some.at("c").at("d"), {"c": {}}, "a.b.c.d", "missing in the Hub's reply"),
        (lambda some: some.at("c"), [], "a.b", "expected an object in the Hub's reply, got list"),
        (lambda some: some.maybe("c", Field.text), {"c": 5}, "a.b.c", "expected a string in the Hub's reply, got int"),
        (lambda some: some.maybe("c", Field.text), [], "a.b", "expected an object in the Hub's reply, got list"),
    ],
)
def test_a_field_of_another_kind_is_named(
    read: Callable[[Field], object], value: object, path: str, words: str
) -> None:
    """The error says where, what was expected and what was there."""
    with pytest.raises(MalformedReplyError) as caught:
        read(field(value))
    assert (path, f"{words} (field: {path})") == (caught.value.field, str(caught.value))


@pytest.mark.parametrize(("read", "path"), [(Field.text, "body"), (lambda root: root.at("id"), "id")])
def test_the_root_has_a_path_too(read: Callable[[Field], object], path: str) -> None:
    """A body of the wrong kind is named as such, a field of it by its name alone."""
    with pytest.raises(MalformedReplyError) as caught:
        read(reply().json())
    assert path == caught.value.field


@given(st.lists(st.text(min_size=1) | st.integers(0, 3)))
def test_the_path_of_an_error_leads_to_the_value(steps: list[str | int]) -> None:
    """However deep: names after dots, places in brackets."""
    value: object = None
    for step in reversed(steps):
        value = {step: value} if isinstance(step, str) else [*range(step), value]

    def descend(here: Field, below: list[str | int]) -> None:
        if not below:
            here.text()
        elif isinstance(below[0], str):
            descend(here.at(below[0]), below[1:])
        else:
            here.items(lambda item: None if isinstance(item.value, int) else descend(item, below[1:]))

    expected = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps).removeprefix(".")
    with pytest.raises(MalformedReplyError) as caught:
        descend(Field(value, ""), steps)
    assert (expected or "body") == caught.value.field


def test_a_value_that_nobody_knows_is_named_but_not_shown() -> None:
    """Where it decides what comes next, going on would be guessing; it may be anything, a token too."""
    error = field("hf_secret").unknown()
    assert "a.b" == error.field
    assert "hf_secret" not in str(error)


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"", "application/json", None),
        (b'{"a": 1}', "application/json; charset=utf-8", {"a": 1}),
        (b'{"a": 1}', "application/problem+json", {"a": 1}),
        (b"OK", "text/plain", "OK"),
        (b"\xff", "", "\ufffd"),
    ],
)
def test_a_body_is_whatever_there_is(content: bytes, kind: str, expected: object) -> None:
    """JSON where it says so, else text, and nothing for nothing."""
    assert expected == body_value(reply(content, **{"content-type": kind}))


def test_some_replies_say_nothing() -> None:
    """Whatever is in them."""
    assert None is nothing(reply(b"{broken"))  # type: ignore[func-returns-value]


def test_addresses_of_the_default_endpoint_are_moved_to_the_one_that_was_asked() -> None:
    """A mirror's replies name the Hub that it mirrors."""
    assert f"{MIRROR}/x" == reply().hub_url("https://huggingface.co/x")
    assert f"{MIRROR}/x" == reply().target("https://huggingface.co/x", field="href")
    assert f"{MIRROR}/x" == reply().target("/x", field="href")


@pytest.mark.parametrize("location", ["local://x", "http://mirror.test/x", "https://hub.test:x", "http://["])
def test_an_address_that_no_request_can_go_to_is_named(location: str) -> None:
    """The error names the field, and does not show what may be a signature."""
    with pytest.raises(MalformedReplyError, match=r"expected an address to go to") as caught:
        reply().target(location, field="upload.href")
    assert "upload.href" == caught.value.field
    assert location not in str(caught.value)
