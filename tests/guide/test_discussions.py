"""Discussions and pull requests on a living Hub, by both clients."""

from __future__ import annotations

import pytest
from anyio import to_thread
from huggingface_hub import DiscussionComment as TheirComment
from huggingface_hub import DiscussionStatusChange as TheirStatusChange
from huggingface_hub import HfApi

from aiohfspaces import (
    AsyncSpacesClient,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    DiscussionComment,
    DiscussionCommit,
    DiscussionStatusChange,
    DiscussionTitleChange,
    NotFoundError,
    PermissionDeniedError,
    RepositoryNotFoundError,
)
from aiohfspaces.localhub import LocalHub

from .conftest import AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio


async def test_people_talk(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """Whoever may read may talk; each sees what the other has said."""
    other = client.with_options(token=hub.add_user("other"))
    begun = await other.create_discussion(space, " Hällo ☃ ", description="Does it *run*?")
    assert ("Hällo ☃", "open", 1, "other", False) == (
        begun.title,
        begun.status,
        begun.num,
        begun.author,
        begun.is_pull_request,
    )
    assert (f"{hub.url}/spaces/{space}/discussions/1", None, None) == (begun.url, begun.git_reference, begun.diff)
    said = await client.comment_discussion(space, 1, "It does. ")
    edited = await client.edit_discussion_comment(space, 1, said.id.upper(), "It did.")
    assert ("It does. ", "It did.", True, 1, "me") == (
        said.content,
        edited.content,
        edited.edited,
        edited.number_of_edits,
        edited.last_edited_by,
    )
    renamed = await client.rename_discussion(space, 1, "Does it run?")
    assert ("Hällo ☃", "Does it run?") == (renamed.old_title, renamed.new_title)
    assert "closed" == (await other.change_discussion_status(space, 1, "closed", comment="Thanks")).new_status
    hidden = await client.hide_discussion_comment(space, 1, said.id)
    assert (True, False) == (hidden.hidden, "did" in hidden.content)
    found = await other.get_discussion_details(space, 1)
    kinds = [DiscussionComment, DiscussionComment, DiscussionTitleChange, DiscussionComment, DiscussionStatusChange]
    assert kinds == [type(event) for event in found.events]
    assert [("Does it run?", "closed")] == [(one.title, one.status) for one in await other.get_repo_discussions(space)]


async def test_a_pull_request_goes_from_draft_to_merged(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """The Space runs the merged commit."""
    begun = await client.create_pull_request(running, "Add a file")
    assert ("draft", "refs/pr/1", (), "refs/heads/main") == (
        begun.status,
        begun.git_reference,
        begun.conflicting_files,
        begun.target_branch,
    )
    report = await client.upload_file(
        path_or_fileobj=b"hello\n", path_in_repo="a.txt", repo_id=running, revision=begun.git_reference
    )
    with pytest.raises(BadRequestError, match="draft"):
        await client.merge_pull_request(running, 1)
    await client.change_discussion_status(running, 1, "open")
    await client.merge_pull_request(running, 1, comment="Thanks")
    merged = await client.get_discussion_details(running, 1)
    assert [report.oid] == [event.oid for event in merged.events if isinstance(event, DiscussionCommit)]
    assert "+hello" in (merged.diff or "")
    assert "merged" == merged.status
    assert merged.merge_commit_oid == (await client.list_repo_commits(running))[0].commit_id
    await client.wait_for_space(
        running,
        revision=merged.merge_commit_oid,
        poll=AT_ONCE,
        on_change=lambda _: hub.clock.advance(STAGE_S),
    )


async def test_an_upload_may_be_a_pull_request_that_conflicts(client: AsyncSpacesClient, space: str) -> None:
    """The refusal says so, and the details which files."""
    report = await client.upload_file(
        path_or_fileobj=b"mine", path_in_repo="app.py", repo_id=space, create_pr=True, commit_message="Mine"
    )
    await client.upload_file(path_or_fileobj=b"yours", path_in_repo="app.py", repo_id=space)
    assert report.pr_num is not None
    with pytest.raises(ConflictError, match=r"app\.py"):
        await client.merge_pull_request(space, report.pr_num)
    found = await client.get_discussion_details(space, report.pr_num)
    assert ("Mine", "open", ("app.py",), None) == (
        found.title,
        found.status,
        found.conflicting_files,
        found.merge_commit_oid,
    )


async def test_many_discussions_come_page_by_page(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """Filters hold on every page."""
    for number in range(52):
        await client.create_discussion(space, f"Number {number}")
    await client.create_pull_request(space, "A change")
    before = len(hub.requests)
    found = await client.get_repo_discussions(space, discussion_type="discussion", author="me")
    assert list(range(52, 0, -1)) == [one.num for one in found]
    assert 2 == len(hub.requests) - before
    assert [53] == [one.num async for one in client.get_repo_discussions(space, discussion_type="pull_request")]
    assert [] == await client.get_repo_discussions(space, discussion_status="closed")


async def test_refusals_have_their_classes(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """What is missing, another's, or makes no sense."""
    other, nobody = client.with_options(token=hub.add_user("other")), client.with_options(token=False)
    await client.create_discussion(space, "Hello")
    with pytest.raises(NotFoundError):
        await client.get_discussion_details(space, 2)
    with pytest.raises(RepositoryNotFoundError):
        await client.create_discussion("me/other", "Hello")
    with pytest.raises(PermissionDeniedError):
        await other.rename_discussion(space, 1, "Mine")
    with pytest.raises(PermissionDeniedError):
        await other.merge_pull_request(space, 1)
    with pytest.raises((AuthenticationError, RepositoryNotFoundError)):
        await nobody.comment_discussion(space, 1, "Hi")
    with pytest.raises(BadRequestError):
        await client.change_discussion_status(space, 1, "open")


@pytest.mark.filterwarnings("ignore:Hidden comments:UserWarning")
async def test_the_official_client_talks_with_ours(official: HfApi, client: AsyncSpacesClient, space: str) -> None:
    """Each reads what the other has written."""
    await client.create_discussion(space, "Ours", description="Hällo")

    def talk() -> None:
        begun = official.create_pull_request(space, "Theirs", description="x", repo_type="space")
        assert ("draft", "refs/pr/2", [], "") == (
            begun.status,
            begun.git_reference,
            begun.conflicting_files,
            begun.diff,
        )
        assert ["Theirs", "Ours"] == [one.title for one in official.get_repo_discussions(space, repo_type="space")]
        said = official.comment_discussion(space, 1, "Hi", repo_type="space")
        edited = official.edit_discussion_comment(space, 1, said.id, "Hi!", repo_type="space")
        assert isinstance(edited, TheirComment)
        assert (True, "Hi!") == (edited.edited, edited.content)
        assert official.hide_discussion_comment(space, 1, said.id, repo_type="space").hidden
        assert "Our" == official.rename_discussion(space, 1, "Our", repo_type="space").new_title
        closed = official.change_discussion_status(space, 1, "closed", comment="x", repo_type="space")
        assert isinstance(closed, TheirStatusChange)
        official.change_discussion_status(space, 2, "open", repo_type="space")
        official.create_commit(space, [], commit_message="Nothing", revision="refs/pr/2", repo_type="space")
        official.upload_file(
            path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space, repo_type="space", revision="refs/pr/2"
        )
        official.merge_pull_request(space, 2, comment="x", repo_type="space")
        merged = official.get_discussion_details(space, 2, repo_type="space")
        assert "merged" == merged.status
        assert official.repo_info(space, repo_type="space").sha == merged.merge_commit_oid

    await to_thread.run_sync(talk)
    found = await client.get_discussion_details(space, 1)
    assert ("Our", "closed") == (found.title, found.status)
    assert "x.txt" in await client.list_repo_files(space)
