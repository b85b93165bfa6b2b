"""Creating, deleting, duplicating: what is asked for, and what a reply means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiohfspaces._wire.calls import Call, JsonBody
from aiohfspaces._wire.lifecycle import (
    Beginning,
    SpaceStart,
    checked_beginning,
    checked_settings,
    create,
    created_reply,
    delete_repository,
    duplicate,
    duplicated_reply,
)
from aiohfspaces._wire.replies import Reply, nothing
from aiohfspaces._wire.runtime import STORAGE_ADVICE
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import RepoUrl, SpaceHardware, SpaceStorage, Volume

MIRROR = "https://mirror.test"
FULL_START = SpaceStart(
    hardware=SpaceHardware.T4_MEDIUM,
    storage=SpaceStorage.SMALL,
    sleep_time=-1,
    secrets=({"key": "S", "value": "s3cr3t"},),
    variables=({"key": "V", "value": "v", "description": "d"},),
    volumes=(Volume(type="bucket", source="me/b", mount_path="/data"),),
)
NO_START = SpaceStart()
NO_BEGINNING = Beginning()
FULL_BODY = {
    "hardware": "t4-medium",
    "storageTier": "small",
    "sleepTimeSeconds": -1,
    "secrets": ({"key": "S", "value": "s3cr3t"},),
    "variables": ({"key": "V", "value": "v", "description": "d"},),
    "volumes": ({"type": "bucket", "source": "me/b", "mountPath": "/data"},),
}


def creation(
    repo_id: str = "me/app", *, start: SpaceStart = NO_START, beginning: Beginning = NO_BEGINNING, **given: Any
) -> Call[RepoUrl]:
    """Build the creation of a Space."""
    facts = {"visibility": None, "resource_group_id": None, "region": None, "sdk": "gradio", "exist_ok": False} | given
    return create(repo_id, "space", start=start, beginning=beginning, **facts)


def duplication(*, start: SpaceStart = NO_START, **given: Any) -> Call[Any]:
    """Build the duplication of a Space."""
    facts = {"visibility": None, "resource_group_id": None, "exist_ok": False} | given
    return duplicate("you/app", "me/app", "space", start=start, **facts)


def reply(value: object) -> Reply:
    """Build a mirror's reply."""
    content = json.dumps(value).encode()
    return Reply(status=200, headers={}, content=content, url=f"{MIRROR}/api", endpoint=MIRROR)


def body(call: Call[Any]) -> Any:
    """Take the JSON out of a call."""
    assert isinstance(call.body, JsonBody)
    return call.body.value


def test_a_creation_says_what_was_given_and_no_more() -> None:
    """The owner stands apart from the name; without one it is the token's."""
    assert ("POST", "/api/repos/create", created_reply) == (creation().method, creation().path, creation().parse)
    assert {"name": "app", "organization": "me", "type": "space", "sdk": "gradio"} == body(creation())
    assert {"name": "app", "organization": None, "type": "space"} == body(creation("app", sdk=None))
    assert {"visibility": "protected", "resourceGroupId": "7", "region": "eu"}.items() <= body(
        creation(visibility="protected", resource_group_id="7", region="eu")
    ).items()


def begun(**given: Any) -> Beginning:
    """Check what a repository begins with."""
    nothing_given: dict[str, Any] = dict.fromkeys(["template", "short_description", "license", "files"])
    return checked_beginning(**nothing_given | given)


def test_a_repository_begins_with_what_it_is_given() -> None:
    """Text travels as it is, bytes in base64, paths from the root on; no file is not nothing."""
    beginning = begun(
        template="a/b", short_description="ü" * 60, license="mit", files={"./a b.txt": "ü\n", "d/e": b"\x00\xff"}
    )
    assert {
        "template": "a/b",
        "short_description": "ü" * 60,
        "license": "mit",
        "files": (
            {"path": "a b.txt", "content": "ü\n"},
            {"path": "d/e", "content": "AP8=", "encoding": "base64"},
        ),
    }.items() <= body(creation(beginning=beginning)).items()
    assert ({}, {"files": ()}) == (begun().given, begun(files={}).given)
    assert True is body(creation(start=SpaceStart(dev_mode=True)))["devModeEnabled"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"short_description": "x" * 61}, "short_description: expected 60 characters at the most, got 61"),
        ({"short_description": " "}, "short_description: expected words, got ' '"),
        ({"template": ""}, "space_template: expected words, got ''"),
        ({"license": 5}, "license: expected words, got 5"),
        ({"files": [("a", "b")]}, "files: expected paths and what is in them, got list"),
        ({"files": {"../a": ""}}, "files: expected a path from the repository's root, without '..', got '../a'"),
        ({"files": {".git/config": ""}}, "files: nothing can be put into '.git', got '.git/config'"),
        ({"files": {"a": "", "./a": ""}}, "files: expected each path once, got 'a' twice"),
        ({"files": {"a": None}}, "files['a']: expected a string, got NoneType"),
        ({"files": {"a": "\ud800"}}, "files['a']: expected a string of Unicode, got one with lone surrogates"),
    ],
)
def test_what_nothing_can_begin_with_is_named(given: dict[str, Any], words: str) -> None:
    """Before anything is sent."""
    with pytest.raises(UsageError) as caught:
        begun(**given)
    assert words == str(caught.value)


def test_a_duplication_says_what_was_given_and_no_more() -> None:
    """The copy's name goes as a whole."""
    call = duplication()
    assert ("POST", "/api/spaces/you/app/duplicate", duplicated_reply) == (call.method, call.path, call.parse)
    assert {"repository": "me/app"} == body(call)
    assert {"repository": "me/app", "visibility": "private", "resourceGroupId": "7"} == body(
        duplication(visibility="private", resource_group_id="7")
    )


@pytest.mark.parametrize("build", [creation, duplication])
def test_a_space_starts_with_what_it_is_given(build: Any) -> None:
    """All of it travels, the secrets are marked, and where storage was asked for the error says what replaced it."""
    call = build(start=FULL_START)
    assert FULL_BODY.items() <= body(call).items()
    assert (("s3cr3t",), STORAGE_ADVICE) == (call.secrets, call.advice)
    assert ((), None) == (build().secrets, build().advice)


@pytest.mark.parametrize("build", [creation, duplication])
def test_only_where_an_existing_one_is_fine_it_is_safe_to_repeat(build: Any) -> None:
    """After a lost reply the second attempt would find the first one's work."""
    assert (False, True) == (build(exist_ok=False).repeatable, build(exist_ok=True).repeatable)


def test_a_deletion_names_the_repository() -> None:
    """It is safe to repeat, and its reply says nothing."""
    assert Call(
        method="DELETE",
        path="/api/repos/delete",
        parse=nothing,
        body=JsonBody({"name": "app", "organization": "me", "type": "space"}),
        repeatable=True,
    ) == delete_repository("me/app", "space")


def test_nothing_is_started_with_nothing() -> None:
    """What is not given does not travel, an empty list of volumes neither."""
    assert {} == SpaceStart(volumes=()).given
    assert {"secrets": ()} == SpaceStart(secrets=()).given
    assert "s3cr3t" not in repr(FULL_START)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (None, None),
        ([], ()),
        (({"key": "A", "value": ""},), ({"key": "A", "value": ""},)),
        (iter([{"key": "A", "value": "v", "description": None}]), ({"key": "A", "value": "v"},)),
        ([{"key": "A", "value": "v", "description": "d"}], ({"key": "A", "value": "v", "description": "d"},)),
    ],
)
def test_settings_are_mappings(settings: Any, expected: object) -> None:
    """A description that is ``None`` is none."""
    assert expected == checked_settings(settings, argument="secrets")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"key": "A"}, "secrets[1]: expected {'key', 'value', 'description'?}"),
        ({"value": "s3cr3t"}, "secrets[1]: expected {'key', 'value', 'description'?}"),
        ({"key": "A", "value": "s3cr3t", "extra": ""}, "secrets[1]: expected {'key', 'value', 'description'?}"),
        (("A", "s3cr3t"), "secrets[1]: expected {'key', 'value', 'description'?}"),
        (
            {"key": "2A", "value": "s3cr3t"},
            "secrets[1].key: expected letters, digits and '_' after a letter, got 2 characters not so made",
        ),
        ({"key": "A", "value": b"s3cr3t"}, "secrets[1].value: expected a string, got bytes"),
        ({"key": "A", "value": "s3cr3t"}, "secrets[1].key: expected each key once, got that of secrets[0]"),
        ({"key": "A", "value": "", "description": 5}, "secrets[1].description: expected a string, got int"),
    ],
)
def test_what_is_no_setting_is_named(setting: Any, words: str) -> None:
    """By its place, and without its value."""
    with pytest.raises(UsageError) as caught:
        checked_settings([{"key": "A", "value": "v"}, setting], argument="secrets")
    assert words == str(caught.value)


def test_the_reply_is_where_it_is() -> None:
    """The address is moved to the mirror that was asked and knows its parts."""
    url = created_reply(reply({"url": "https://huggingface.co/spaces/me/app", "name": "me/app"}))
    assert (f"{MIRROR}/spaces/me/app", "me/app", "space") == (url, url.repo_id, url.repo_type)


@pytest.mark.parametrize(("value", "expected"), [({}, False), ({"filesCopyPending": True}, True)])
def test_a_duplicate_may_still_be_copied(value: dict[str, Any], expected: bool) -> None:
    """The reply says whether its large files are there."""
    url = duplicated_reply(reply({"url": "https://huggingface.co/spaces/me/app"} | value))
    assert (f"{MIRROR}/spaces/me/app", expected) == (url, url.files_copy_pending)


@pytest.mark.parametrize("value", [{}, {"url": None}, {"url": "https://other.test/spaces/me/app"}, {"url": MIRROR}])
@pytest.mark.parametrize("parse", [created_reply, duplicated_reply])
def test_a_reply_without_an_address_of_ours_is_malformed(parse: Any, value: object) -> None:
    """Missing, null, another Hub's, or no repository's."""
    with pytest.raises(MalformedReplyError) as caught:
        parse(reply(value))
    assert "url" == caught.value.field
