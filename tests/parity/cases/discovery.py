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
    "repo_info": (
        lambda api: api.repo_info("me/app", repo_type="space"),
        lambda client: client.repo_info("me/app"),
    ),
    "repo_info, dataset": (
        lambda api: api.repo_info("me/rows", repo_type="dataset", revision="refs/pr/1", files_metadata=True),
        lambda client: client.repo_info("me/rows", repo_type="dataset", revision="refs/pr/1", files_metadata=True),
    ),
    "repo_info, model, expand": (
        lambda api: api.repo_info("gpt2", repo_type="model", expand=["downloads", "sha"]),
        lambda client: client.repo_info("gpt2", repo_type="model", expand=["downloads", "sha"]),
    ),
    "repo_info, timeout": (
        lambda api: api.repo_info("me/app", repo_type="space", timeout=9, expand=["runtime"]),
        lambda client: client.repo_info("me/app", timeout=9, expand=["runtime"]),
    ),
    "search_spaces": (
        lambda api: list(api.search_spaces("ü & b")),
        lambda client: client.search_spaces("ü & b"),
    ),
    "search_spaces, everything": (
        lambda api: list(api.search_spaces("a", filter=["x", "y"], sdk=["gradio", "docker"], include_non_running=True)),
        lambda client: client.search_spaces("a", filter=["x", "y"], sdk=["gradio", "docker"], include_non_running=True),
    ),
    "search_spaces, one of each": (
        lambda api: list(api.search_spaces("a", filter="x", sdk="static")),
        lambda client: client.search_spaces("a", filter="x", sdk="static"),
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
