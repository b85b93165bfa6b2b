"""What names commits."""

from __future__ import annotations

from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "list_repo_refs": (
        lambda api: api.list_repo_refs("me/app", repo_type="space"),
        lambda client: client.list_repo_refs("me/app"),
    ),
    "list_repo_refs, include_pull_requests": (
        lambda api: api.list_repo_refs("me/app", repo_type="space", include_pull_requests=True),
        lambda client: client.list_repo_refs("me/app", include_pull_requests=True),
    ),
    "create_branch": (
        lambda api: api.create_branch("me/app", branch="dev/ü x", repo_type="space"),
        lambda client: client.create_branch("me/app", branch="dev/ü x"),
    ),
    "create_branch, revision": (
        lambda api: api.create_branch("me/app", branch="dev", revision="refs/pr/1", repo_type="space", exist_ok=True),
        lambda client: client.create_branch("me/app", branch="dev", revision="refs/pr/1", exist_ok=True),
    ),
    "delete_branch": (
        lambda api: api.delete_branch("me/app", branch="dev/x", repo_type="space"),
        lambda client: client.delete_branch("me/app", branch="dev/x"),
    ),
    "create_tag": (
        lambda api: api.create_tag("me/app", tag="v1", repo_type="space"),
        lambda client: client.create_tag("me/app", tag="v1"),
    ),
    "create_tag, everything": (
        lambda api: api.create_tag("me/app", tag="v/1", tag_message="ü", revision="a/b", repo_type="space"),
        lambda client: client.create_tag("me/app", tag="v/1", tag_message="ü", revision="a/b"),
    ),
    "delete_tag": (
        lambda api: api.delete_tag("me/app", tag="v/1", repo_type="space"),
        lambda client: client.delete_tag("me/app", tag="v/1"),
    ),
    "super_squash_history, default message": (
        lambda api: api.super_squash_history("me/app", repo_type="space"),
        lambda client: client.super_squash_history("me/app"),
        "default message",
    ),
    "super_squash_history": (
        lambda api: api.super_squash_history("me/app", branch="a/b", commit_message="One", repo_type="space"),
        lambda client: client.super_squash_history("me/app", branch="a/b", commit_message="One"),
    ),
}
