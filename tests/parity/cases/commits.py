"""Changing what a repository holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import huggingface_hub as hub
from huggingface_hub import HfApi

import aiohfspaces as own
from aiohfspaces import AsyncSpacesClient
from tests.parity.cases.values import HEAD, PATHS, file
from tests.parity.wire import Case, Official, Ours

CONTENT = b"x\n"
LARGE = ["x.bin", "weights/ü.bin"]
KINDS = ("space", "dataset", "model")
SOURCES = {
    "/api/spaces/her/app/paths-info/main": [
        file("a.txt", "/spaces/her/app/resolve/main/a.txt"),
        {
            "type": "file",
            "path": "b.bin",
            "oid": "2" * 40,
            "size": 9,
            "lfs": {"oid": "3" * 64, "size": 9, "pointerSize": 130},
            "xetHash": "4" * 64,
        },
    ],
    "/api/spaces/me/app/paths-info/v1": [file("old.txt", "/spaces/me/app/resolve/v1/old.txt")],
    "/api/spaces/me/app/paths-info/main": [file("old.txt", "/spaces/me/app/resolve/main/old.txt")],
}


def answer(method: str, path: str) -> Any:
    """Say how files are wanted, where large ones go, and what is there."""
    if "/preupload/" in path:
        regular = [
            {"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in ["x.txt", "README.md", *PATHS]
        ]
        large = [{"path": name, "uploadMode": "lfs", "shouldIgnore": False} for name in LARGE]
        return {"files": [*regular, *large], "commitOid": HEAD}
    if path.endswith("/objects/batch"):
        upload = {"href": "https://storage.test/objects/x?signature=1"}
        verify = {"href": "https://hub.test/verify"}
        oid = sha256(CONTENT).hexdigest()
        return {"objects": [{"oid": oid, "size": len(CONTENT), "actions": {"upload": upload, "verify": verify}}]}
    if "/tree/" in path:
        names = ["old.txt", "sub/old.txt", ".gitattributes"]
        return [{"type": "file", "path": name, "oid": "0" * 40, "size": 1} for name in names]
    if "/resolve/" in path:
        return path
    return SOURCES.get(path, [] if "/commits/" in path else None)


def upload_file(repo_type: Any, **options: Any) -> tuple[Official, Ours]:
    """Put a file there."""
    said = {"path_or_fileobj": CONTENT, "path_in_repo": "x.txt", "repo_id": "me/app", "commit_message": "Add x"}
    return (
        lambda api: api.upload_file(**{**said, "repo_type": repo_type, **options}),
        lambda client: client.upload_file(**{**said, "repo_type": repo_type, **options}),
    )


def upload_folder(**options: Any) -> tuple[Official, Ours]:
    """Put a folder there."""

    @contextmanager
    def folder() -> Iterator[Path]:
        with TemporaryDirectory() as name:
            for path in PATHS:
                Path(name, path).parent.mkdir(parents=True, exist_ok=True)
                Path(name, path).write_text(path)
            yield Path(name)

    said = {"repo_id": "me/app", "repo_type": "space", **options}

    def theirs(api: HfApi) -> Any:
        with folder() as path:
            return api.upload_folder(folder_path=path, **said)

    async def ours(client: AsyncSpacesClient) -> Any:
        with folder() as path:
            return await client.upload_folder(folder_path=path, **said)

    return theirs, ours


def create_commit(made: Callable[[Any], list[Any]], **options: Any) -> tuple[Official, Ours]:
    """Commit operations that are made anew of each library: the official client remembers which ones it has done."""
    words = {"commit_message": "Change it", "repo_type": "space", **options}
    return (
        lambda api: api.create_commit("me/app", made(hub), **words),
        lambda client: client.create_commit("me/app", made(own), **words),
    )


def add(library: Any, path: str, content: bytes = CONTENT) -> Any:
    """Order a file of either library."""
    return library.CommitOperationAdd(path_in_repo=path, path_or_fileobj=content)


def orders(library: Any) -> list[Any]:
    """Order some of everything that needs no look-up."""
    return [
        add(library, "x.txt"),
        library.CommitOperationDelete("old/ünï c.txt"),
        library.CommitOperationDelete("logs", is_folder=True),
        library.CommitOperationDelete("a.dir", is_folder=True),
        add(library, PATHS[1]),
    ]


def copies(library: Any) -> list[Any]:
    """Order copies from another Space, from another revision, and within the branch."""
    far = {"src_repo_id": "her/app", "src_repo_type": "space"}
    return [
        library.CommitOperationCopy("old.txt", "new.txt"),
        library.CommitOperationCopy("old.txt", "v1.txt", src_revision="v1"),
        library.CommitOperationCopy("a.txt", "copies/a.txt", **far),
        library.CommitOperationCopy("b.bin", "copies/b.bin", **far),
    ]


def removal(name: str, what: Any, **options: Any) -> tuple[Official, Ours]:
    """Remove something from a Space."""
    words = {"commit_message": "Remove it", "commit_description": "ü", "repo_type": "space", **options}
    first = ("me/app", what) if name == "delete_files" else (what, "me/app")
    return (
        lambda api: getattr(api, name)(*first, **words),
        lambda client: getattr(client, name)(*first, **words),
    )


def preupload(**options: Any) -> tuple[Official, Ours]:
    """Put a large file into the storage."""
    paths, said = ["x.bin", "x.txt"], {"repo_type": "space", **options}
    return (
        lambda api: api.preupload_lfs_files("me/app", [add(hub, path) for path in paths], **said),
        lambda client: client.preupload_lfs_files("me/app", [add(own, path) for path in paths], **said),
    )


def upload_attachment(name: str) -> tuple[Official, Ours]:
    """Upload a picture."""

    def theirs(api: HfApi) -> Any:
        with TemporaryDirectory() as folder:
            Path(folder, name).write_bytes(b"picture")
            return api.upload_attachment(Path(folder, name))

    async def ours(client: AsyncSpacesClient) -> Any:
        with TemporaryDirectory() as folder:
            Path(folder, name).write_bytes(b"picture")
            return await client.upload_attachment(Path(folder, name))

    return theirs, ours


CASES: dict[str, Case] = {
    **{f"upload_file, {kind}": (*upload_file(kind), "parentCommit") for kind in KINDS},
    "upload_file, words and branch": (
        *upload_file("space", commit_message="ü", commit_description="more", revision="dev/x"),
        "parentCommit",
    ),
    "upload_file, default message": (*upload_file("space", commit_message=None), "parentCommit", "default message"),
    "upload_folder, default message": (*upload_folder(), "parentCommit", "default message"),
    "delete_file, default message": (
        *removal("delete_file", "a.txt", commit_message=None),
        "parentCommit",
        "default message",
    ),
    "delete_folder, default message": (
        *removal("delete_folder", "logs", commit_message=None),
        "parentCommit",
        "default message",
    ),
    "upload_file, create_pr": (*upload_file("space", create_pr=True), "parentCommit"),
    "upload_file, parent_commit": upload_file("space", parent_commit=HEAD),
    "upload_file, README.md": (*upload_file("space", path_in_repo="README.md"), "parentCommit"),
    "upload_file, large": (*upload_file("space", path_in_repo="weights/ü.bin"), "parentCommit"),
    "upload_folder": (*upload_folder(commit_message="Fill it"), "parentCommit"),
    "upload_folder, patterns": (
        *upload_folder(commit_message="Fill it", ignore_patterns=["plus*"], delete_patterns="*.txt"),
        "false query",
        "listed at the parent",
        "parentCommit",
    ),
    "create_commit": (*create_commit(orders), "parentCommit"),
    "create_commit, everything": (
        *create_commit(
            orders,
            commit_message="ü",
            commit_description="more",
            revision="a/b",
            parent_commit=HEAD,
        ),
    ),
    "create_commit, create_pr": (*create_commit(orders, create_pr=True), "parentCommit"),
    "create_commit, hot_reload": (
        lambda api: api.create_commit(
            "me/app", [add(hub, "app.py")], repo_type="space", commit_message="Reload", _hot_reload=True
        ),
        lambda client: client.create_commit("me/app", [add(own, "app.py")], commit_message="Reload", hot_reload=True),
        "parentCommit",
    ),
    "create_commit, folder with a slash": (
        *create_commit(lambda library: [library.CommitOperationDelete("logs/")]),
        "parentCommit",
        "folder's slash",
    ),
    "create_commit, added twice": (
        *create_commit(lambda library: [add(library, "x.txt"), add(library, "x.txt", b"y")]),
        "parentCommit",
        "added twice",
    ),
    "create_commit, copies": (*create_commit(copies), "parentCommit", "form"),
    "preupload_lfs_files": preupload(),
    "preupload_lfs_files, everything": preupload(revision="a/b", gitignore_content="*.log", free_memory=False),
    "preupload_lfs_files, create_pr": preupload(create_pr=True),
    "delete_file": (*removal("delete_file", "a/ünï c.txt"), "parentCommit"),
    "delete_file, revision": removal("delete_file", "a.txt", revision="a/b", parent_commit=HEAD),
    "delete_folder": (*removal("delete_folder", "logs"), "parentCommit"),
    "delete_files": (*removal("delete_files", ["*.txt", "sub/"]), "parentCommit", "false query"),
    "preupload_lfs_files, other kind": preupload(repo_type="dataset"),
    "create_commit, other kind": (*create_commit(orders, repo_type="dataset"), "parentCommit"),
    "upload_folder, other kind": (*upload_folder(commit_message="Fill it", repo_type="model"), "parentCommit"),
    "delete_file, other kind": (*removal("delete_file", "a.txt", repo_type="model"), "parentCommit"),
    "delete_folder, other kind": (*removal("delete_folder", "logs", repo_type="dataset"), "parentCommit"),
    "delete_files, other kind": (
        *removal("delete_files", ["*.txt"], repo_type="dataset"),
        "parentCommit",
        "false query",
    ),
    "upload_attachment": upload_attachment("a.PNG"),
    "upload_attachment, sound": upload_attachment("ü.wav"),
}
