"""What a commit request asks for."""

import base64
import json
from typing import Any

import pytest

from aiohfspaces.localhub.commits import MAX_FOLDER_ENTRIES, Changes, Order, parse_commit, plan_changes
from aiohfspaces.localhub.git_objects import Entry
from aiohfspaces.localhub.refusals import Refusal

STORED = {"a" * 64: 5}
FILES = {path: Entry(path, "0" * 40) for path in ("app.py", "data/a.csv", "data/deep/b.csv", "database.db")}


def plan(*orders: tuple[str, dict[str, Any]], files: dict[str, Entry] | None = None) -> Changes:
    """The changes that some operations make."""
    return plan_changes(
        [Order(key, value) for key, value in orders],
        FILES if files is None else files,
        parent="f" * 40,
        stored_size=STORED.get,
        gitattributes=b"*.bin filter=lfs\n",
    )


def file(path: str, content: str = "x") -> tuple[str, dict[str, Any]]:
    """An operation that adds a file."""
    return "file", {"path": path, "content": content}


def test_a_request_is_a_header_and_operations() -> None:
    """One JSON object a line."""
    lines = [
        {"key": "header", "value": {"summary": "title", "description": "rest", "parentCommit": "abc"}},
        {"key": "deletedFile", "value": {"path": "a"}},
    ]
    request = parse_commit(b"\n".join(json.dumps(line).encode() for line in lines) + b"\n\n")
    assert ("title\n\nrest", "abc") == (request.message, request.parent_commit)
    assert request.orders == [Order("deletedFile", {"path": "a"})]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"key": "file"}',
        b'{"key": "header", "value": {}}',
        b'{"key": "header", "value": 1}',
        b'{"key": "header", "value": {"summary": " "}}',
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    """With 400."""
    with pytest.raises(Refusal) as refused:
        parse_commit(body)
    assert 400 == refused.value.status


def test_files_come_as_text_or_base64() -> None:
    """Both become bytes."""
    encoded = base64.b64encode(b"\0\1").decode()
    assert plan(file("a", "\u00fc"), ("file", {"path": "b", "content": encoded, "encoding": "base64"})) == {
        "a": "\u00fc".encode(),
        "b": b"\0\1",
    }
    with pytest.raises(Refusal, match="not base64"):
        plan(("file", {"path": "b", "content": "?", "encoding": "base64"}))


def test_an_lfs_file_becomes_a_pointer() -> None:
    """And is given attributes, if no pattern covers it."""
    changes = plan(("lfsFile", {"path": "m.bin", "oid": "a" * 64, "size": 5}))
    assert ["m.bin"] == list(changes)
    assert b"size 5" in (changes["m.bin"] or b"")
    changes = plan(("lfsFile", {"path": "m.png", "oid": "a" * 64}))
    assert (changes[".gitattributes"] or b"").startswith(b"*.bin filter=lfs\nm.png filter=lfs")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"oid": "b" * 64}, "not stored"),
        ({"oid": "a" * 64, "size": 6}, "has 5 bytes, not 6"),
    ],
)
def test_an_lfs_file_has_to_have_arrived(value: dict[str, Any], sentence: str) -> None:
    """Whole."""
    with pytest.raises(Refusal, match=sentence):
        plan(("lfsFile", {"path": "m.bin", **value}))


@pytest.mark.parametrize("key", ["deletedFolder", "deletedEntry"])
@pytest.mark.parametrize("path", ["data", "data/"])
def test_deleting_a_folder_deletes_what_it_holds(key: str, path: str) -> None:
    """And nothing that only begins like it."""
    assert {"data/a.csv": None, "data/deep/b.csv": None} == plan((key, {"path": path}))


def test_what_is_not_there_cannot_be_deleted() -> None:
    """404, with the commit it is missing from."""
    with pytest.raises(Refusal) as refused:
        plan(("deletedFile", {"path": "nowhere"}))
    assert (404, "EntryNotFound") == (refused.value.status, refused.value.code)


def test_later_operations_win() -> None:
    """Delete, then add again; add, then delete."""
    assert {
        "data/a.csv": b"new",
        "data/deep/b.csv": None,
    } == plan(("deletedFolder", {"path": "data"}), file("data/a.csv", "new"))
    assert {} == plan(file("new"), ("deletedFile", {"path": "new"}))


@pytest.mark.parametrize("path", ["", "/", "../a", "a//b", "./a", ".git/config", "a/.git/b", "a\0b"])
def test_paths_that_git_would_not_take_are_refused(path: str) -> None:
    """Before anything is written."""
    with pytest.raises(Refusal, match="Invalid path"):
        plan(file(path))


def test_a_file_cannot_be_a_folder_too() -> None:
    """Neither of before nor of the same commit."""
    with pytest.raises(Refusal, match=r"app\.py is a file"):
        plan(file("app.py/x"))
    with pytest.raises(Refusal, match="new is a file"):
        plan(file("new"), file("new/x"))


def test_a_folder_holds_only_so_many_entries() -> None:
    """10,000, counting folders."""
    full = {f"full/{number}": Entry(f"full/{number}", "0" * 40) for number in range(MAX_FOLDER_ENTRIES)}
    assert plan(file("full/0"), files=full)
    with pytest.raises(Refusal, match=r"up to 10000 files.*/full"):
        plan(file("full/more/x"), files=full)


def test_unknown_operations_are_refused() -> None:
    """Rather than passed over."""
    with pytest.raises(Refusal, match="Unknown operation: rename"):
        plan(("rename", {"path": "a"}))


def test_large_files_have_to_be_lfs_objects() -> None:
    """More than ten MiB are refused, as in a push."""
    limit = 10 * 1024 * 1024
    assert {"a": b"x" * limit} == plan(file("a", "x" * limit))
    with pytest.raises(Refusal, match=r"larger than 10 MiB.*Offending file: a") as refused:
        plan(file("a", "x" * (limit + 1)))
    assert 400 == refused.value.status
