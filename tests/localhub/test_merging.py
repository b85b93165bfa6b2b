"""Merging of files and lines, without a disk."""

from __future__ import annotations

import pytest
from dulwich.objects import Blob, ObjectID

from aiohfspaces.localhub.merging import Files, Merge, merge_files, merge_lines

FILE, SCRIPT, LINK = 0o100644, 0o100755, 0o120000
BLOBS: dict[ObjectID, bytes] = {}


def files(mode: int = FILE, **contents: str) -> Files:
    """Build a revision; two underscores stand for a slash."""
    found = {}
    for name, text in contents.items():
        blob = Blob.from_string(text.encode())
        BLOBS[blob.id] = blob.data
        found[name.replace("__", "/").encode()] = mode, blob.id
    return found


def merged(base: Files, ours: Files, theirs: Files) -> tuple[dict[str, tuple[int, bytes]], list[str]]:
    """Merge, and tell modes, contents and conflicts."""
    merge: Merge = merge_files(base, ours, theirs, BLOBS.__getitem__)
    contents = {**BLOBS, **{blob.id: blob.data for blob in merge.blobs}}
    return {path.decode(): (mode, contents[oid]) for path, (mode, oid) in merge.files.items()}, merge.conflicts


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ("abc", "abc", "abc", "abc"),
        ("abc", "xbc", "abc", "xbc"),
        ("abc", "abc", "abx", "abx"),
        ("abc", "xbc", "aby", "xby"),
        ("abcde", "xabcde", "abcdey", "xabcdey"),
        ("abcde", "cde", "abcx", "cx"),
        ("abc", "axc", "axc", "axc"),
        ("", "a", "a", "a"),
        ("", "a", "b", None),
        ("abc", "xbc", "ybc", None),
        ("abc", "xbc", "ayc", None),
        ("abc", "ac", "axc", None),
        ("abc", "abcx", "abcy", None),
    ],
)
def test_lines_of_both_sides_are_merged(base: str, ours: str, theirs: str, expected: str | None) -> None:
    """Changes that touch each other are a conflict, unless they are the same; whose is whose does not matter."""
    lines = [[character.encode() for character in text] for text in (base, ours, theirs)]
    wanted = None if expected is None else [character.encode() for character in expected]
    assert wanted == merge_lines(*lines)
    assert wanted == merge_lines(lines[0], lines[2], lines[1])


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        (files(a="1"), files(a="1", b="2"), files(a="1", c="3"), {"a": b"1", "b": b"2", "c": b"3"}),
        (files(a="1", b="2"), files(a="1"), files(b="2"), {}),
        (files(a="1"), files(a="2"), files(a="2"), {"a": b"2"}),
        (files(), files(a="1"), files(a="1"), {"a": b"1"}),
        (files(a="1\n2\n3\n"), files(a="x\n2\n3\n"), files(a="1\n2\ny\n"), {"a": b"x\n2\ny\n"}),
        (files(a="1"), files(a="1", b="2"), files(a__x="1"), {"a/x": b"1", "b": b"2"}),
    ],
)
def test_each_file_is_taken_from_the_side_that_changed_it(
    base: Files, ours: Files, theirs: Files, expected: dict[str, bytes]
) -> None:
    """New, changed and gone; a folder may take the place of a file."""
    found, conflicts = merged(base, ours, theirs)
    assert ({path: (FILE, data) for path, data in expected.items()}, []) == (found, conflicts)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        (files(), files(a="1"), files(a="2"), ["a"]),
        (files(a="1"), files(a="2"), files(), ["a"]),
        (files(a="1"), files(), files(a="2"), ["a"]),
        (files(a="1", b="1"), files(a="2", b="2"), files(a="3", b="3"), ["a", "b"]),
        (files(a="\0 1\n2\n3\n"), files(a="\0 x\n2\n3\n"), files(a="\0 1\n2\ny\n"), ["a"]),
        (files(LINK, a="1\n2\n3\n"), files(LINK, a="x\n2\n3\n"), files(LINK, a="1\n2\ny\n"), ["a"]),
        (files(), files(a="1"), files(a__x="2"), ["a/x"]),
    ],
)
def test_what_somebody_has_to_merge_by_hand_is_a_conflict(
    base: Files, ours: Files, theirs: Files, expected: list[str]
) -> None:
    """Also changed here and gone there, bytes that are no text, links, and a folder where a file is."""
    assert expected == merged(base, ours, theirs)[1]


def test_a_mode_is_taken_from_the_side_that_changed_it() -> None:
    """With the lines of both."""
    base, ours, theirs = (
        files(a="1\n2\n3\n"),
        files(a="x\n2\n3\n"),
        files(SCRIPT, a="1\n2\ny\n"),
    )
    expected = {"a": (SCRIPT, b"x\n2\ny\n")}
    assert (expected, []) == merged(base, ours, theirs)
    assert (expected, []) == merged(base, theirs, ours)
