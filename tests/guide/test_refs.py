"""Branches, tags, moves and settings on a living Hub."""

from __future__ import annotations

import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    ConflictError,
    PermissionDeniedError,
    RepositoryNotFoundError,
    RetryPolicy,
    RevisionNotFoundError,
    UsageError,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio


async def test_a_branch_is_begun_filled_and_removed(client: AsyncSpacesClient, space: str) -> None:
    """Commits to a branch leave the default one as it is."""
    await client.create_branch(space, branch="dev/ü")
    with pytest.raises(ConflictError):
        await client.create_branch(space, branch="dev/ü")
    await client.create_branch(space, branch="dev/ü", exist_ok=True)
    report = await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space, revision="dev/ü")
    refs = await client.list_repo_refs(space)
    assert {"main", "dev/ü"} == {branch.name for branch in refs.branches}
    assert report.oid in {branch.target_commit for branch in refs.branches}
    assert None is refs.pull_requests
    assert (True, False) == (
        await client.file_exists(space, "x.txt", revision="dev/ü"),
        await client.file_exists(space, "x.txt"),
    )
    await client.delete_branch(space, branch="dev/ü")
    assert not await client.revision_exists(space, "dev/ü")
    with pytest.raises(RevisionNotFoundError):
        await client.delete_branch(space, branch="dev/ü")


async def test_a_removal_whose_reply_was_lost_is_one(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """Repeated, it finds nothing to remove, and that is what was wanted."""
    at_once = client.with_options(retry=RetryPolicy(initial=0, jitter=0))
    await client.create_branch(space, branch="dev")
    hub.inject_fault("DELETE", "/api/spaces/*/branch/dev", status=502, after=True)
    await at_once.delete_branch(space, branch="dev")
    assert not await client.revision_exists(space, "dev")


async def test_a_tag_stays_where_it_was_put(client: AsyncSpacesClient, space: str) -> None:
    """Also when the branch goes on."""
    tagged = (await client.list_repo_commits(space))[0].commit_id
    await client.create_tag(space, tag="v1", tag_message="first")
    with pytest.raises(ConflictError):
        await client.create_tag(space, tag="v1")
    await client.create_tag(space, tag="v1", exist_ok=True)
    await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space)
    assert [("v1", tagged)] == [(tag.name, tag.target_commit) for tag in (await client.list_repo_refs(space)).tags]
    assert "x.txt" not in await client.list_repo_files(space, revision="v1")
    await client.delete_tag(space, tag="v1")
    assert () == (await client.list_repo_refs(space)).tags


async def test_a_history_is_squashed(client: AsyncSpacesClient, space: str) -> None:
    """One commit is left, with all files."""
    await client.super_squash_history(space, commit_message="All of it")
    assert ["All of it"] == [commit.title for commit in await client.list_repo_commits(space)]
    assert "app.py" in await client.list_repo_files(space)


async def test_a_space_moves_and_hides(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """Under its new name it is the same; private, others do not see it."""
    other = client.with_options(token=hub.add_user("other"))
    await client.move_repo(space, "me/moved")
    assert "app.py" in await client.list_repo_files("me/moved")
    assert await client.list_repo_files("me/moved") == await client.list_repo_files(space)
    assert "me/moved" == (await client.space_info(space)).id
    await other.auth_check("me/moved")
    with pytest.raises(PermissionDeniedError):
        await other.auth_check("me/moved", write=True)
    await client.update_repo_settings("me/moved", private=True)
    with pytest.raises(RepositoryNotFoundError):
        await other.auth_check("me/moved")
    await client.auth_check("me/moved", write=True)


@pytest.mark.parametrize("branch", [None, "", "a/../b", "a\nb"])
async def test_what_names_no_branch_is_refused(client: AsyncSpacesClient, hub: LocalHub, branch: str) -> None:
    """Nothing is sent; above all, no name does not mean ``main``."""
    with pytest.raises(UsageError, match="branch: expected"):
        await client.delete_branch("me/app", branch=branch)
    with pytest.raises(UsageError, match="gated, private, visibility"):
        await client.update_repo_settings("me/app")
    assert [] == hub.requests
