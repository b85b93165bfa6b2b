"""Who somebody is, what they like, and what they have."""

from __future__ import annotations

from tests.parity.wire import Case

CASES: dict[str, Case] = {
    "whoami, cache": (lambda api: api.whoami(cache=True), lambda client: client.whoami(cache=True)),
    "whoami": (lambda api: api.whoami(), lambda client: client.whoami()),
    "get_full_repo_name": (
        lambda api: api.get_full_repo_name("app"),
        lambda client: client.get_full_repo_name("app"),
    ),
    "get_user_overview": (
        lambda api: api.get_user_overview("me"),
        lambda client: client.get_user_overview("me"),
    ),
    "get_organization_overview": (
        lambda api: api.get_organization_overview("us-2.0_b"),
        lambda client: client.get_organization_overview("us-2.0_b"),
    ),
    "list_user_repos": (lambda api: list(api.list_user_repos()), lambda client: client.list_user_repos()),
    "list_user_repos, organization": (
        lambda api: list(api.list_user_repos("us")),
        lambda client: client.list_user_repos("us"),
    ),
    "list_liked_repos": (lambda api: api.list_liked_repos(), lambda client: client.list_liked_repos()),
    "list_liked_repos, of somebody": (
        lambda api: api.list_liked_repos("her"),
        lambda client: client.list_liked_repos("her"),
    ),
    "list_repo_likers": (
        lambda api: list(api.list_repo_likers("me/app", repo_type="space")),
        lambda client: client.list_repo_likers("me/app"),
    ),
    "list_repo_likers, model": (
        lambda api: list(api.list_repo_likers("gpt2", repo_type="model")),
        lambda client: client.list_repo_likers("gpt2", repo_type="model"),
    ),
    "unlike": (lambda api: api.unlike("me/app", repo_type="space"), lambda client: client.unlike("me/app")),
    "unlike, dataset": (
        lambda api: api.unlike("me/rows", repo_type="dataset"),
        lambda client: client.unlike("me/rows", repo_type="dataset"),
    ),
}
