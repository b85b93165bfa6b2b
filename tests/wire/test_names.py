"""Names: what a caller may call things, and how names go into a path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils._validators import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._wire.names import (
    api_path,
    checked_account,
    checked_choice,
    checked_commit,
    checked_folder_in_repo,
    checked_full_id,
    checked_gated,
    checked_hardware,
    checked_key,
    checked_path_in_repo,
    checked_region,
    checked_repo_id,
    checked_repo_type,
    checked_resource_group,
    checked_revision,
    checked_sdk,
    checked_sleep_time,
    checked_storage,
    checked_value,
    checked_visibility,
    checked_words,
    git_path,
    quoted_path,
    quoted_revision,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoType, SpaceHardware, SpaceStorage

OID = "0123456789abcdef0123456789abcdef01234567"

checked_user = partial(checked_account, argument="user")
checked_words = partial(checked_words, argument="query")

GOOD: list[tuple[Callable[[Any], object], object, object]] = [
    (checked_repo_id, "me/app", "me/app"),
    (checked_repo_id, "gpt2", "gpt2"),
    (checked_repo_id, "_Me_/my-app.v2_", "_Me_/my-app.v2_"),
    (checked_repo_id, f"{'o' * 96}/{'n' * 96}", f"{'o' * 96}/{'n' * 96}"),
    (checked_full_id, "me/app", "me/app"),
    (checked_user, "me", "me"),
    (checked_user, "_Me-2.0_b", "_Me-2.0_b"),
    (checked_words, " a é😀", " a é😀"),
    (checked_folder_in_repo, None, ""),
    *((checked_folder_in_repo, root, "") for root in ("", ".", "./", "/")),
    *((checked_folder_in_repo, folder, "a/b") for folder in ("a/b", "a/b/", "./a/b", "./a/b/")),
    (checked_gated, None, None),
    (checked_gated, "auto", "auto"),
    (checked_gated, False, False),
    (checked_repo_type, "space", "space"),
    (checked_repo_type, "dataset", "dataset"),
    (checked_repo_type, "model", "model"),
    (checked_key, "API_KEY_2", "API_KEY_2"),
    (checked_key, "k", "k"),
    (checked_value, "", ""),
    (checked_value, "é😀\n", "é😀\n"),
    (checked_sdk, "gradio", "gradio"),
    (checked_sdk, "streamlit", "streamlit"),
    (checked_hardware, "t4-medium", SpaceHardware.T4_MEDIUM),
    (checked_hardware, "h900x64", SpaceHardware("h900x64")),
    (checked_storage, "small", SpaceStorage.SMALL),
    (checked_sleep_time, 7200, 7200),
    (checked_sleep_time, "7200", 7200),
    (checked_sleep_time, " 7200 ", 7200),
    (checked_sleep_time, 7200.0, 7200),
    (checked_sleep_time, timedelta(hours=2), 7200),
    (checked_sleep_time, -1, -1),
    (checked_sleep_time, "-1", -1),
    (checked_region, None, None),
    (checked_region, "eu", "eu"),
    (checked_resource_group, None, None),
    (checked_resource_group, OID[:24], OID[:24]),
    (checked_commit, OID, OID),
    (checked_commit, "C0FFEE", "c0ffee"),
    (checked_revision, None, "main"),
    (checked_revision, "v1.0", "v1.0"),
    (checked_revision, "refs/pr/1", "refs/pr/1"),
    (checked_path_in_repo, "app.py", "app.py"),
    (checked_path_in_repo, "./src/a b.py", "src/a b.py"),
    (checked_path_in_repo, ".gitignore", ".gitignore"),
    (checked_path_in_repo, "a/.gitkeep/..b/é😀", "a/.gitkeep/..b/é😀"),
]
BAD: dict[Callable[[Any], object], tuple[str, list[object]]] = {
    checked_repo_id: (
        "repo_id",
        [
            *("", "/", "me/", "/app", "me/app/x", "me//app", "me/a pp", "me/app\n", "me/app\r", "me/app?x", "me/app#x"),
            *(
                "me/é",
                "me/.app",
                "me/app.",
                "me/-app",
                "me/app-",
                "../app",
                "me/..",
                "me/a..b",
                "me/a--b",
                "me/app.git",
            ),
            *(f"me/{'n' * 97}", f"{'o' * 97}/app", "me%2Fapp", "me\\app", "me/app\0", None, 5, b"me/app"),
        ],
    ),
    checked_full_id: ("repo_id", ["app", "me/app/x"]),
    checked_user: ("user", ["", "me/app", "..", ".", "-me", "a b", "me\n", "é", "n" * 97, None, 5, b"me"]),
    checked_words: ("query", ["", " \n", "bad-\udcff", None, 5, b"a"]),
    checked_repo_type: ("repo_type", ["spaces", "", None, "kernel"]),
    checked_sdk: ("space_sdk", [None, "", "Gradio", "flask"]),
    checked_hardware: ("hardware", ["", None, 5, "cpu-classic"]),
    checked_storage: ("storage", ["", None, 5]),
    checked_sleep_time: (
        "sleep_time",
        [
            *(0, "0", -5, "-5", -2, 1.5, "1.5", True, False, "abc", "", "٣", "1e3", None, float("nan"), float("inf")),
            *(timedelta(0), timedelta(milliseconds=1500), [7200]),
        ],
    ),
    checked_folder_in_repo: (
        "path_in_repo",
        ["/a", "/a/b/", "//", "/.", "..", "../a", "a//b", "a/../b", ".git", "a/.git", "a\0b", 5, b"a"],
    ),
    checked_region: ("region", ["", "EU", "moon", 5, b"eu"]),
    checked_resource_group: ("resource_group_id", ["", OID, OID[:23], "research", f"{OID[:24]}\n", 5, b"a" * 24]),
    checked_gated: ("gated", [0, True, "", "Auto", "false", []]),
    checked_commit: ("parent_commit", ["", "c0ff", OID + "0", "main", "c0ffee\n", "0xc0ffee", None, 5]),
    checked_revision: (
        "revision",
        ["", "\n", "a\0b", "\ud800", "..", ".", "../x", "a/../b", "a//b", "/a", "a/", "a/.", 5, b"main"],
    ),
    checked_path_in_repo: (
        "path_in_repo",
        [
            *("", "/", "/a", "a/", "a//b", ".", "./", "..", "../a", "a/..", "a/../b", "a/./b", ".git", ".git/config"),
            *("a/.git/b", "././a", "a\0b", "a\nb", "a\rb", "bad-\udcff", None, 5, b"a"),
        ],
    ),
}


@pytest.mark.parametrize(("check", "value", "expected"), GOOD)
def test_a_good_value_is_accepted(check: Callable[[object], object], value: object, expected: object) -> None:
    """It comes back in the form that travels."""
    assert expected == check(value)
    assert type(expected) is type(check(value))


@pytest.mark.parametrize(
    ("check", "argument", "value"),
    [(check, argument, value) for check, (argument, values) in BAD.items() for value in values],
)
def test_a_bad_value_is_refused_before_anything_is_sent(
    check: Callable[[object], object], argument: str, value: object
) -> None:
    """The error names the argument and shows the value, control characters escaped."""
    with pytest.raises(UsageError) as caught:
        check(value)
    assert str(caught.value).startswith(f"{argument}: ")
    assert repr(value) in str(caught.value)
    assert str(caught.value).encode().decode().isprintable()


def test_the_argument_is_named_as_the_caller_calls_it() -> None:
    """A second repository is not blamed on the first."""
    with pytest.raises(UsageError, match=r"^to_id: "):
        checked_repo_id("..", argument="to_id")


@given(st.text(alphabet="aZ0_.-/", max_size=12) | st.integers(95, 98).map(lambda size: "me/" + "n" * size))
def test_ids_are_those_that_the_official_client_accepts(repo_id: str) -> None:
    """Who comes from there finds the same rule."""
    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        with pytest.raises(UsageError):
            checked_repo_id(repo_id)
    else:
        assert repo_id == checked_repo_id(repo_id)


def test_the_free_flavor_of_the_guides_is_named_as_the_hub_names_it() -> None:
    """The error for ``cpu-classic`` says what to write instead."""
    with pytest.raises(UsageError, match="its free flavor is 'cpu-basic'"):
        checked_hardware("cpu-classic")


@pytest.mark.parametrize("value", [None, 5, b"s3cr3t", "s3cr3t\ud800"])
def test_the_value_of_a_secret_is_never_shown(value: Any) -> None:
    """Not even to say that it is wrong."""
    with pytest.raises(UsageError, match=r"^value: expected a string") as caught:
        checked_value(value)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("private", "visibility", "expected"),
    [
        (None, None, None),
        (True, None, "private"),
        (False, None, "public"),
        (None, "protected", "protected"),
        (None, "public", "public"),
    ],
)
def test_visibility_is_said_in_one_of_two_ways(private: bool | None, visibility: Any, expected: str | None) -> None:
    """As a flag or as a word."""
    assert expected == checked_visibility(private, visibility)


@pytest.mark.parametrize(("private", "visibility"), [(True, "private"), (False, "public"), (None, "secret")])
def test_visibility_is_not_said_twice_or_in_other_words(private: bool | None, visibility: Any) -> None:
    """Both ways at once, or a word that the Hub does not know."""
    with pytest.raises(UsageError, match="visibility: expected one of"):
        checked_visibility(private, visibility)


def test_a_choice_is_one_of_a_few_words() -> None:
    """The error names them all, in order."""
    assert "likes" == checked_choice("likes", {"likes", "date"}, argument="sort")
    with pytest.raises(UsageError, match="sort: expected one of date, likes, got 'Likes'"):
        checked_choice("Likes", {"likes", "date"}, argument="sort")


@pytest.mark.parametrize(
    ("repo_type", "api", "git"),
    [
        ("space", "/api/spaces/me/app", "/spaces/me/app"),
        ("dataset", "/api/datasets/me/app", "/datasets/me/app"),
        ("model", "/api/models/me/app", "/me/app"),
    ],
)
def test_each_type_has_its_paths(repo_type: RepoType, api: str, git: str) -> None:
    """Models live at the root of the website, but not of the API."""
    assert (api, git) == (api_path("me/app", repo_type), git_path("me/app", repo_type))


@given(st.text(min_size=1))
def test_a_name_in_a_path_reads_back_as_it_was(name: str) -> None:
    """A revision is one part of a path, a path keeps its slashes, and neither begins a query."""
    assert (name, name) == (unquote(quoted_revision(name)), unquote(quoted_path(name)))
    assert not set("/?# ") & set(quoted_revision(name))
    assert name.count("/") == quoted_path(name).count("/")
    assert not set("?# ") & set(quoted_path(name))


@given(st.text(alphabet="a./\\ \n\0é") | st.text())
def test_an_accepted_path_stays_in_the_repository(path: str) -> None:
    """Whatever is accepted has only parts that are names, none of them ``.git``."""
    try:
        checked = checked_path_in_repo(path)
    except UsageError:
        return
    assert not {"", ".", "..", ".git"} & set(checked.split("/"))
    assert checked == checked_path_in_repo(checked)


@pytest.mark.parametrize("key", ["", "2FA", "_KEY", "MY-KEY", "MY KEY", "KEY\n", "É", None, 5, "hf_" + "a1" * 17])
def test_a_bad_key_is_refused_and_not_quoted(key: Any) -> None:
    """It may be the secret itself, given where its name belongs."""
    with pytest.raises(UsageError, match=r"^key: expected") as caught:
        checked_key(key)
    assert not key or str(key) not in str(caught.value)
