"""What there is."""

from __future__ import annotations

from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "repo_exists": (
        lambda api: api.repo_exists("me/app", repo_type="space"),
        lambda client: client.repo_exists("me/app"),
    ),
    "revision_exists": (
        lambda api: api.revision_exists("me/app", "refs/pr/1", repo_type="space"),
        lambda client: client.revision_exists("me/app", "refs/pr/1"),
    ),
    "file_exists": (
        lambda api: api.file_exists("me/app", "a b/ü.txt", repo_type="space", revision="a/b"),
        lambda client: client.file_exists("me/app", "a b/ü.txt", revision="a/b"),
    ),
    "auth_check": (
        lambda api: api.auth_check("me/app", repo_type="space"),
        lambda client: client.auth_check("me/app"),
    ),
    "auth_check, write": (
        lambda api: api.auth_check("me/data", repo_type="dataset", write=True),
        lambda client: client.auth_check("me/data", repo_type="dataset", write=True),
    ),
    "space_info": (lambda api: api.space_info("me/app"), lambda client: client.space_info("me/app")),
    "space_info, files_metadata": (
        lambda api: api.space_info("me/app", revision="refs/pr/1", files_metadata=True),
        lambda client: client.space_info("me/app", revision="refs/pr/1", files_metadata=True),
    ),
    "space_info, expand": (
        lambda api: api.space_info("me/app", expand=["runtime", "sha"]),
        lambda client: client.space_info("me/app", expand=["runtime", "sha"]),
    ),
    "list_spaces": (lambda api: api.list_spaces(), lambda client: client.list_spaces()),
    "list_spaces, everything": (
        lambda api: api.list_spaces(
            filter=["a", "b"],
            author="me",
            search="ü x",
            datasets="d",
            models=["m", "n"],
            linked=True,
            sort="last_modified",
            limit=5,
            full=True,
        ),
        lambda client: client.list_spaces(
            filter=["a", "b"],
            author="me",
            search="ü x",
            datasets="d",
            models=["m", "n"],
            linked=True,
            sort="last_modified",
            limit=5,
            full=True,
        ),
    ),
    "list_spaces, expand": (
        lambda api: api.list_spaces(expand=["runtime"], sort="likes"),
        lambda client: client.list_spaces(expand=["runtime"], sort="likes"),
    ),
}
