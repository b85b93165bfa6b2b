"""Filtering: which paths a caller's patterns mean."""

from __future__ import annotations

import pytest
from huggingface_hub.utils._paths import DEFAULT_IGNORE_PATTERNS, filter_repo_objects
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.filtering import NEVER_UPLOADED, Patterns, Selection, matching, uploadable

PATHS = ["app.py", "src/a.py", "src/b.txt", "src/deep/c.py", "data/", "Data.PY", "src\\d.py"]


@pytest.mark.parametrize(
    ("allow", "ignore", "expected"),
    [
        (None, None, PATHS),
        ("*.py", None, ["app.py", "src/a.py", "src/deep/c.py", "src\\d.py"]),
        (["*.py", "*.txt"], "src/*", ["app.py"]),
        ("src/", None, ["src/a.py", "src/b.txt", "src/deep/c.py", "src\\d.py"]),
        ("src\\", "*.py", ["src/b.txt"]),
        ("src/?.py", None, ["src/a.py", "src\\d.py"]),
        ("[ad]*", None, ["app.py", "data/"]),
        (iter(["app.py"]), None, ["app.py"]),
        ([], None, []),
        (None, [], PATHS),
        ("", None, []),
    ],
)
def test_a_path_is_kept_if_it_is_allowed_and_not_ignored(
    allow: Patterns, ignore: Patterns, expected: list[str]
) -> None:
    """A ``*`` matches slashes, a pattern that ends in one all below, and case counts."""
    assert expected == matching(PATHS, allow=allow, ignore=ignore)


@pytest.mark.parametrize(
    "path", [".git", ".git/config", "a/.git", "a/.git/config", ".cache/huggingface/x", "a/.cache/huggingface/b/c"]
)
def test_some_paths_are_never_uploaded(path: str) -> None:
    """Git's own folder and the client's, wherever they are."""
    assert ["a/.gitignore"] == matching([path, "a/.gitignore"], ignore=NEVER_UPLOADED)


def test_what_is_never_uploaded_is_what_the_official_client_leaves_out() -> None:
    """Neither more nor less."""
    assert DEFAULT_IGNORE_PATTERNS == list(NEVER_UPLOADED)


WORDS = st.lists(st.sampled_from(["a", "b", "/", "*", "?", ".py", "[a]", "[!a]"]), min_size=1, max_size=4).map("".join)


@given(
    paths=st.lists(st.text(alphabet="ab/.py", min_size=1, max_size=6)),
    allow=st.none() | WORDS | st.lists(WORDS, max_size=2),
    ignore=st.none() | WORDS | st.lists(WORDS, max_size=2),
)
def test_patterns_mean_what_they_mean_to_the_official_client(
    paths: list[str], allow: str | list[str] | None, ignore: str | list[str] | None
) -> None:
    """Who comes from there uploads the same files."""
    theirs = filter_repo_objects(paths, allow_patterns=allow, ignore_patterns=ignore)
    assert list(theirs) == matching(paths, allow=allow, ignore=ignore)


@pytest.mark.parametrize(
    ("folder", "allow", "ignore", "expected"),
    [
        ("a/", None, None, True),
        ("a/", None, "a/", False),
        ("a/", None, "a/*", False),
        ("a/b/", None, "a/*", False),
        ("a/b/c/", None, ["x", "*/b/*"], False),
        ("a/", None, "*", False),
        ("a\\b/", None, "a/*", False),
        ("a/", None, "a", True),
        ("a/", None, "a/?*", True),
        ("a/", None, "a/*.py", True),
        ("a/", None, "a/[*]", True),
        ("a/", None, "a?", True),
        ("a/", None, "a[/]", True),
        ("a/", "a/b/*.py", None, True),
        ("a/b/c/", "a/b/*.py", None, True),
        ("a/c/", "a/b/*.py", None, False),
        ("ab/", "a/", None, False),
        ("a\\b/", "a/b/", None, True),
        ("a/", ["b/", "*.py"], None, True),
        ("a/", ["b/", "app.py"], None, False),
        ("a/", [], None, False),
        ("a/", "*.py", "a/", False),
    ],
)
def test_a_folder_is_ruled_out_where_nothing_below_it_can_be_meant(
    folder: str, allow: Patterns, ignore: Patterns, expected: bool
) -> None:
    """By a pattern that takes all below it, or by the beginnings of those that are allowed."""
    assert expected is Selection(allow=allow, ignore=ignore).may_include_below(folder)


@given(
    folder=st.text(alphabet="ab/.\\", min_size=1, max_size=4).map("{}/".format),
    below=st.lists(st.text(alphabet="ab/.py\n", min_size=1, max_size=5), min_size=1),
    allow=st.none() | WORDS | st.lists(WORDS, max_size=2),
    ignore=st.none() | WORDS | st.lists(WORDS, max_size=2),
)
def test_a_folder_that_is_ruled_out_holds_nothing_that_the_official_client_keeps(
    folder: str, below: list[str], allow: str | list[str] | None, ignore: str | list[str] | None
) -> None:
    """So nobody misses a file because the folder was not looked into."""
    kept = list(filter_repo_objects([folder + path for path in below], allow_patterns=allow, ignore_patterns=ignore))
    assert Selection(allow=allow, ignore=ignore).may_include_below(folder) or [] == kept


@pytest.mark.parametrize(
    "folder", [".git/", "a/.git/", ".git/objects/", ".cache/huggingface/", "a/.cache/huggingface/"]
)
def test_what_is_never_uploaded_is_ruled_out_whatever_is_allowed(folder: str) -> None:
    """A repository's history may be larger than all that is uploaded."""
    assert not uploadable(allow="*").may_include_below(folder)
    assert uploadable(ignore=iter(["x/"])).may_include_below("a/.cache/")
