"""Limits: how much one commit takes, and how what is more is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.limits import BatchSize, cut, raise_if_crowded, raise_if_too_large, too_large_for_the_hub
from aiohfspaces._plan.orders import Copy, LocalFile, Order, Removal
from aiohfspaces.errors import CommitTooLargeError

MIB = 1 << 20
SURELY_LARGE = 10 * MIB


def sized(size: int, path: str = "a") -> LocalFile:
    """Build a file of so many bytes."""
    return LocalFile(path=path, source=b"", size=size, sample=b"")


def filled(folder: str, count: int) -> list[Order]:
    """Order so many files for one folder."""
    return [sized(0, f"{folder}{number}") for number in range(count)]


def test_a_folder_takes_ten_thousand_entries() -> None:
    """Each folder by itself."""
    raise_if_crowded([*filled("one/", 10_000), *filled("two/", 9_999), sized(0, "two/sub/a"), sized(0, "two/sub/b")])


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (filled("data/", 10_001), {"data": "10001 entries, where the Hub takes 10000"}),
        ([*filled("", 10_000), sized(0, "sub/a")], {".": "10001 entries, where the Hub takes 10000"}),
        (
            [sized(0, f"{top}/{number}/x") for top in "ab" for number in range(10_002)],
            dict.fromkeys("ab", "10002 entries, where the Hub takes 10000"),
        ),
    ],
    ids=["files", "the root, a folder among them", "folders"],
)
def test_all_crowded_folders_are_named(orders: list[Order], expected: dict[str, str]) -> None:
    """Files count, and so do the folders that come with them."""
    with pytest.raises(CommitTooLargeError) as caught:
        raise_if_crowded(iter(orders))
    assert expected == caught.value.failures


def test_files_that_would_fit_are_told() -> None:
    """The first ones of a crowded folder, and all of the others."""
    with pytest.raises(CommitTooLargeError) as caught:
        raise_if_crowded([*filled("data/", 10_002), sized(0, "app.py")])
    assert 10_001 == len(caught.value.fits)
    assert {"data/10000", "data/10001"}.isdisjoint(caught.value.fits)


def test_what_is_ignored_crowds_no_folder() -> None:
    """The commit leaves it out."""
    raise_if_crowded(filled("data/", 10_001), {"data/0"})


def test_only_different_files_crowd_a_folder() -> None:
    """The same path twice is one entry; what is removed or copied is for the Hub to count."""
    others: list[Order] = [Removal(path="old"), Copy(path="copy", origin=None, source_path="0")]
    raise_if_crowded([*filled("", 10_000), *filled("", 10_000), *others])


def test_regular_files_may_be_as_many_as_the_commit_holds() -> None:
    """To the byte."""
    raise_if_too_large([sized(5, "a"), sized(4, "b")], 9)
    raise_if_too_large([], 0)


def test_of_too_many_regular_files_those_that_fit_are_named() -> None:
    """And those that do not, with their sizes; a small one may fit after one that does not."""
    files = [sized(5, "a"), sized(6, "b"), sized(3, "c"), sized(2, "d")]
    with pytest.raises(
        CommitTooLargeError, match=r"4 regular files have 16 bytes.* holds 9 \(max_commit_bytes\); 2 of them would fit"
    ) as caught:
        raise_if_too_large(files, 9)
    assert ("a", "c") == caught.value.fits
    assert {"b": "6 bytes", "d": "2 bytes"} == caught.value.failures


@pytest.mark.parametrize(
    ("sizes", "fits"),
    [([5, 5], "a"), ([5, 90, 5], "ac"), ([1, 2, 3], "ab"), ([9], ""), ([0, 9], "a"), ([0, 0], "a"), ([], "")],
    ids=["half", "small ones", "in order", "a single file", "an empty one", "nothing but empty ones", "none"],
)
def test_of_what_the_hub_does_not_take_half_may_fit(sizes: list[int], fits: str) -> None:
    """It does not say how much it would take; what does not fit is named with its size."""
    error = too_large_for_the_hub([sized(size, path) for size, path in zip(sizes, "abc", strict=False)], [])
    others = {path: f"{size} bytes" for size, path in zip(sizes, "abc", strict=False) if path not in fits}
    assert (tuple(fits), others) == (error.fits, error.failures)


def test_of_large_files_that_are_too_many_half_may_fit() -> None:
    """The commit only names them, so it is not their bytes."""
    error = too_large_for_the_hub([], [sized(10**9, path) for path in "abc"])
    assert ("a",) == error.fits
    assert dict.fromkeys("bc", f"{10**9} bytes") == error.failures


@pytest.mark.parametrize(
    ("sizes", "count", "expected"),
    [
        ([], 5, 0),
        ([1, 1, 1], 2, 2),
        ([1, 1], 5, 2),
        ([4, 5, 1], 5, 2),
        ([4, 6, 1], 5, 1),
        ([20, 1], 5, 1),
        ([SURELY_LARGE, 9, SURELY_LARGE, 1], 5, 3),
        ([9, SURELY_LARGE - 1], 5, 1),
    ],
    ids=["none", "so many", "no more", "to the byte", "a byte more", "one at least", "large ones", "maybe regular"],
)
def test_a_commit_takes_so_many_files_and_so_many_bytes(sizes: list[int], count: int, expected: int) -> None:
    """Nine bytes, of files small enough to be regular; a single file that is too much is for the Hub to refuse."""
    assert expected == cut([sized(size) for size in sizes], count, 9)


@given(st.lists(st.integers(0, 12 * MIB)), st.integers(1, 6), st.integers(0, 20 * MIB))
def test_cutting_goes_on_to_the_last_file(sizes: list[int], count: int, most_bytes: int) -> None:
    """Each cut takes one file at least, and never more than was said."""
    left = [sized(size) for size in sizes]
    while left:
        taken = cut(left, count, most_bytes)
        assert 1 <= taken <= count
        regular = [file.size for file in left[:taken] if file.size < SURELY_LARGE]
        assert 1 == taken or sum(regular) <= most_bytes
        left = left[taken:]


def test_commits_grow_as_long_as_it_goes_well() -> None:
    """Twice as many files each time, up to a bound."""
    size, sizes = BatchSize(), []
    for _ in range(6):
        sizes.append(size.files)
        size = size.grown()
    assert [128, 256, 512, 1024, 1024, 1024] == sizes


def test_after_a_cut_commits_grow_with_care() -> None:
    """Half of what was too much, then a quarter more each time, and one file at least."""
    size = BatchSize(512).cut(512)
    assert [256, 321, 402] == [size.files, size.grown().files, size.grown().grown().files]
    assert 1 == BatchSize().cut(1).files
