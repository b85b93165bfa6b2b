"""Caching: the layout that every Hugging Face library shares, and paths that stay inside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from attrs import evolve
from huggingface_hub._local_folder import get_local_download_paths
from huggingface_hub.file_download import repo_folder_name
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces._plan.caching import (
    CachedRepo,
    Listed,
    cache_folder,
    checked_filename,
    hugging_face_folder,
    is_commit,
    listed,
    local_arrival,
    local_lock,
    local_metadata,
    noted_files,
    token_file,
    written_tree,
)
from aiohfspaces.errors import UsageError
from aiohfspaces.models import BlobLfsInfo, RepoFile, RepoType

OID = "0123456789abcdef0123456789abcdef01234567"
HOME = Path("/home/me")
CACHE = Path("/cache")


@pytest.mark.parametrize("repo_type", ["space", "dataset", "model"])
@pytest.mark.parametrize("repo_id", ["me/app", "gpt2"])
def test_a_repository_has_the_folder_that_the_official_client_uses(repo_id: str, repo_type: RepoType) -> None:
    """Both share their downloads."""
    theirs = repo_folder_name(repo_id=repo_id, repo_type=repo_type)
    assert CACHE / theirs == CachedRepo.of(CACHE, repo_id, repo_type).folder


def test_content_commits_and_revisions_have_their_places() -> None:
    """Names with slashes become folders."""
    repo = CachedRepo(CACHE / "spaces--me--app")
    assert [
        Path("/cache/spaces--me--app/blobs/abc"),
        Path(f"/cache/spaces--me--app/snapshots/{OID}/src/app.py"),
        Path("/cache/spaces--me--app/refs/refs/pr/1"),
        Path(f"/cache/spaces--me--app/.no_exist/{OID}/src/app.py"),
    ] == [
        repo.blob("abc"),
        repo.snapshot(OID, "src/app.py"),
        repo.ref("refs/pr/1"),
        repo.absence(OID, "src/app.py"),
    ]
    assert Path("/d/.cache/huggingface/download/src/app.py.metadata") == local_metadata(Path("/d"), "src/app.py")


@pytest.mark.parametrize(
    ("revision", "expected"),
    [(OID, True), (OID.upper(), False), (OID[:-1], False), (f"{OID}0", False), (f"{OID}\n", False), ("main", False)],
)
def test_a_whole_commit_id_never_moves(revision: str, expected: bool) -> None:
    """A short one, a branch or a tag may."""
    assert expected is is_commit(revision)


@pytest.mark.parametrize(
    ("environ", "folder", "cache", "token"),
    [
        ({}, "/home/me/.cache/huggingface", "{folder}/hub", "{folder}/token"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/huggingface", "{folder}/hub", "{folder}/token"),
        ({"HF_HOME": "/hf", "XDG_CACHE_HOME": "/xdg"}, "/hf", "/hf/hub", "/hf/token"),
        ({"HF_HOME": "~/hf"}, "/home/me/hf", "/home/me/hf/hub", "/home/me/hf/token"),
        ({"HF_HOME": "~"}, "/home/me", "/home/me/hub", "/home/me/token"),
        ({"HF_HOME": "$ROOT/hf", "ROOT": "/root"}, "/root/hf", "/root/hf/hub", "/root/hf/token"),
        ({"HF_HOME": "~you"}, "~you", "~you/hub", "~you/token"),
        (
            {"HF_HOME": "", "HF_HUB_CACHE": "", "HF_TOKEN_PATH": ""},
            "/home/me/.cache/huggingface",
            "{folder}/hub",
            "{folder}/token",
        ),
        ({"HF_HOME": "/hf", "HF_HUB_CACHE": "~/c"}, "/hf", "/home/me/c", "/hf/token"),
        ({"HF_HOME": "/hf", "HUGGINGFACE_HUB_CACHE": "/old"}, "/hf", "/old", "/hf/token"),
        ({"HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/hf"}, "/hf", "/new", "/hf/token"),
        ({"HF_HOME": "/hf", "HF_TOKEN_PATH": "~/t"}, "/hf", "/hf/hub", "/home/me/t"),
    ],
)
def test_the_environment_says_where_things_are(environ: dict[str, str], folder: str, cache: str, token: str) -> None:
    """The more special variable wins, an empty one is none, ``~`` is the user's home, and ``$`` another variable."""
    assert Path(folder) == hugging_face_folder(environ, HOME)
    assert Path(cache.format(folder=folder)) == cache_folder(environ, HOME)
    assert Path(token.format(folder=folder)) == token_file(environ, HOME)


@pytest.mark.parametrize("filename", ["app.py", "src/a b.py", "..a/b..", ".gitignore", "é😀", "ab:c"])
def test_a_file_of_a_repository_has_a_place(filename: str) -> None:
    """Its name comes back as it was."""
    assert filename == checked_filename(filename)


@pytest.mark.parametrize(
    "filename",
    [
        *("", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a", "a/./b", "a//b", "a/", "a\0b"),
        *("a\\..\\b", "..\\a", "\\a", "a\\", "C:\\a", "C:a", "a/C:b", "\\\\host\\share\\a"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(filename: str) -> None:
    """By the rules of POSIX and of Windows, wherever the code runs."""
    with pytest.raises(UsageError, match=r"^subfolder: expected a path inside the repository"):
        checked_filename(filename, argument="subfolder")


@given(st.text(alphabet="a./\\:C~\0é") | st.text())
def test_an_accepted_name_stays_in_the_folder(filename: str) -> None:
    """Whatever is accepted lies below the snapshot that it is put into."""
    try:
        checked = checked_filename(filename)
    except UsageError:
        return
    snapshot = CachedRepo(CACHE).snapshot(OID, "x").parent
    place = os.path.normpath(CachedRepo(CACHE).snapshot(OID, checked))
    assert snapshot in Path(place).parents


def test_what_stands_beside_files_is_where_the_official_client_has_it(tmp_path: Path) -> None:
    """So that both hold the same locks, and each knows the other's unfinished files for what they are."""
    theirs = get_local_download_paths(tmp_path, "a/b.txt")
    assert theirs.lock_path == local_lock(tmp_path, "a/b.txt")
    assert theirs.incomplete_path("abc") == Path(f"{local_arrival(tmp_path, 'a/b.txt', 'abc')}.incomplete")
    repo = CachedRepo.of(tmp_path, "me/app", "space")
    assert tmp_path / ".locks" / "spaces--me--app" / "abc.lock" == repo.lock("abc")


def test_a_note_of_a_tree_tells_what_a_download_needs() -> None:
    """Of a large file git has but a pointer, whose id says nothing of the content."""
    large = RepoFile(path="b", size=9, blob_id="b" * 40, lfs=BlobLfsInfo(size=9, sha256="c" * 64, pointer_size=1))
    files = [RepoFile(path="a", size=5, blob_id="a" * 40), large, evolve(large, path="c", lfs=None, xet_hash="d")]
    expected = [Listed("a", 5, "a" * 40), Listed("b", 9), Listed("c", 9)]
    assert expected == listed(files) == noted_files(written_tree(files))


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"format_version": 2, "files": {}}', '{"format_version": 1}'])
def test_a_note_of_something_else_tells_nothing(text: str | None) -> None:
    """Then the Hub is asked."""
    assert None is noted_files(text)
