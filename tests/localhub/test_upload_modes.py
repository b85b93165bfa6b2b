"""How files travel."""

import pytest

from aiohfspaces.localhub.upload_modes import (
    LFS_SIZE,
    IgnoreRules,
    add_lfs_paths,
    choose_mode,
    default_gitattributes,
    is_lfs_path,
    read_attributes,
)

DEFAULT = read_attributes(default_gitattributes())


@pytest.mark.parametrize(
    ("path", "size", "sample", "mode"),
    [
        ("app.py", 10, b"print()", "regular"),
        ("deep/model.bin", 10, b"text", "lfs"),
        ("saved_model/a/b", 10, b"text", "lfs"),
        ("app.py", LFS_SIZE, b"text", "lfs"),
        ("app.py", LFS_SIZE - 1, b"text", "regular"),
        ("cat.png", 10, b"\x89PNG\0", "lfs"),
        ("model.bin", 0, b"", "regular"),
        ("\u00fcml\u00e4ut.py", 3, b"a\n", "regular"),
    ],
)
def test_mode_follows_patterns_size_and_content(path: str, size: int, sample: bytes, mode: str) -> None:
    """Empty files are never LFS."""
    assert choose_mode(DEFAULT, path, size, sample) == mode


def test_attributes_are_added_for_lfs_files_that_no_pattern_covers() -> None:
    """Once, and on a line of their own."""
    assert b"*.bin filter=lfs" == add_lfs_paths(b"*.bin filter=lfs", ["a.bin"])
    added = add_lfs_paths(b"*.bin filter=lfs", ["my cat.png"])
    assert added.startswith(b"*.bin filter=lfs\nmy[[:space:]]cat.png filter=lfs")
    assert is_lfs_path(read_attributes(added), "my cat.png")


def test_ignore_rules_reach_into_folders() -> None:
    """A file goes with its folder; an exception brings it back."""
    rules = IgnoreRules(b"*.log\n!keep.log\nnode_modules/\n/build\n")
    left_out = [
        path
        for path in ("a.log", "b/a.log", "keep.log", "x/node_modules/y.js", "build/a", "src/build.py", "a")
        if rules.leave_out(path)
    ]
    assert ["a.log", "b/a.log", "x/node_modules/y.js", "build/a"] == left_out
