from __future__ import annotations

import pickle

import pytest

from aiohfspaces import FileReplacedError, HfFileMetadata, MalformedReplyError
from aiohfspaces._plan.arriving import raise_if_another, raise_if_replaced, reach

FOUND = HfFileMetadata(commit_hash="a" * 40, etag="one", location="http://hub/x", size=10)


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [(206, "bytes 2-5/10", 6), (206, "bytes 2-3/10", 4), (206, "bytes 2-5/*", 6), (200, "", None)],
    ids=["all", "fewer", "of unknown size", "the whole file"],
)
def test_a_part_that_fits_tells_how_far_it_goes(status: int, told: str, expected: int | None) -> None:
    """A server may send fewer bytes than asked for, or not know parts at all."""
    assert expected == reach(status, {"content-range": told}, start=2, end=6, size=10)


def test_the_whole_file_is_as_good_where_all_of_it_was_asked_for() -> None:
    """Some servers answer so."""
    assert 10 == reach(200, {}, start=0, end=10, size=10)


@pytest.mark.parametrize(
    "told",
    ["bytes 3-5/10", "bytes 1-5/10", "bytes 2-6/10", "bytes 2-5/11", "bytes 2-1/10", "bytes */10", "items 2-5/10", ""],
)
def test_another_part_is_refused(told: str) -> None:
    """Written where the one that was asked for belongs, it would spoil the file."""
    with pytest.raises(MalformedReplyError) as caught:
        reach(206, {"content-range": told}, start=2, end=6, size=10)
    assert "Content-Range" == caught.value.field


@pytest.mark.parametrize(
    "headers",
    [
        {"etag": '"one"', "x-repo-commit": "b" * 40},
        {"etag": 'W/"one"', "x-repo-commit": "a" * 40},
        {"etag": '"of the storage"'},
        {"x-repo-commit": "a" * 40},
    ],
)
def test_the_same_file_may_be_in_another_commit(headers: dict[str, str]) -> None:
    """And the storage has etags of its own."""
    raise_if_replaced("a.txt", FOUND, headers)


@pytest.mark.parametrize("headers", [{"etag": '"two"'}, {"etag": '"one"', "x-linked-etag": '"two"'}])
def test_the_hub_says_if_it_has_another_file_now(headers: dict[str, str]) -> None:
    """By its etag; the error names the file, and pickles."""
    with pytest.raises(FileReplacedError) as caught:
        raise_if_replaced("a.txt", FOUND, {**headers, "x-repo-commit": "a" * 40})
    error = pickle.loads(pickle.dumps(caught.value))
    assert ("a.txt", "one", "two", "not done") == (error.path, error.expected, error.actual, error.outcome)
    assert str(caught.value) == str(error)


def test_etags_are_compared_where_there_are_two() -> None:
    """The first reply has none before it."""
    raise_if_another("a.txt", None, "x")
    raise_if_another("a.txt", "x", None)
    raise_if_another("a.txt", "x", "x")
    raise_if_another("a.txt", '"x"', 'W/"x"')
    with pytest.raises(FileReplacedError, match=r"a\.txt"):
        raise_if_another("a.txt", "x", "y")
