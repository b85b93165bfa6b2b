"""A commit whose reply was lost has landed, or has not, or does so later: the report tells which."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from aiohfspaces import (
    AsyncSpacesClient,
    CommitConflictError,
    CommitOperation,
    CommitOperationAdd,
    CommitOperationDelete,
    HubServerError,
)
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio

COMMIT = "/api/spaces/*/commit/main"
COMMITS = "/api/spaces/*/commits/main"


@pytest.fixture
def silent(space: str, hub: LocalHub) -> str:
    """Have a Space whose next commit lands without a reply."""
    hub.inject_fault("POST", COMMIT, status=504, after=True)
    return space


class Late(httpx.AsyncBaseTransport):
    """Keeps the first commit back until the second one comes, and says that it has timed out."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self._kept: list[httpx.Request] = []
        self._is_first = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on, but for the first commit."""
        if "/commit/" in request.url.path:
            await request.aread()
            if self._is_first:
                self._is_first = False
                self._kept.append(request)
                raise httpx.ReadTimeout("nothing came", request=request)
            while self._kept:
                response = await self._inner.handle_async_request(self._kept.pop())
                await response.aread()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@pytest.fixture
async def late(hub: LocalHub) -> AsyncIterator[AsyncSpacesClient]:
    """Give a client whose first commit lands late."""
    async with httpx.AsyncClient(transport=Late()) as http:
        yield AsyncSpacesClient(hub.token, endpoint=hub.url, http_client=http)


async def test_a_commit_that_lands_late_is_found_by_the_attempt_after_it(late: AsyncSpacesClient, space: str) -> None:
    """The second attempt meets a head that is its own first one; it is not somebody else's, and no conflict."""
    before = len(await late.list_repo_commits(space))
    report = await late.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space)
    commits = await late.list_repo_commits(space)
    assert (True, True, commits[0].commit_id) == (report.committed, report.reconciled, report.oid)
    assert before + 1 == len(commits)


async def test_a_removal_that_lands_late_is_found_as_well(late: AsyncSpacesClient, space: str) -> None:
    """The second attempt finds nothing to remove any more: it was removed by the first."""
    report = await late.delete_file("README.md", space)
    assert (True, True) == (report.committed, report.reconciled)
    assert "README.md" not in await late.list_repo_files(space)


async def test_a_loss_that_cannot_be_looked_into_is_raised(
    client: AsyncSpacesClient, silent: str, hub: LocalHub
) -> None:
    """Whether it has landed is not known, and that is what the error says."""
    hub.inject_fault("GET", COMMITS, status=403)
    with pytest.raises(HubServerError) as caught:
        await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=silent)
    assert (504, "unknown") == (caught.value.status, caught.value.outcome)


async def test_a_commit_on_a_parent_of_a_few_digits_is_found(client: AsyncSpacesClient, silent: str) -> None:
    """They name the same commit as all of them."""
    head = (await client.list_repo_commits(silent))[0].commit_id
    report = await client.upload_file(
        path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=silent, parent_commit=head[:8]
    )
    assert (True, True) == (report.committed, report.reconciled)


async def test_a_commit_is_found_though_the_hub_has_added_to_it(client: AsyncSpacesClient, silent: str) -> None:
    """To ``.gitattributes`` it adds what large files need."""
    operations: list[CommitOperation] = [
        CommitOperationAdd(".gitattributes", b"*.zip filter=lfs diff=lfs merge=lfs -text\n"),
        CommitOperationAdd("model.safetensors", b"\0" * 4096),
        CommitOperationDelete("README.md"),
    ]
    report = await client.create_commit(silent, operations, commit_message="Change it")
    assert (True, True) == (report.committed, report.reconciled)


@pytest.mark.parametrize("parent", ["0" * 40, "0123abc"])
async def test_a_parent_that_does_not_exist_is_a_conflict(client: AsyncSpacesClient, space: str, parent: str) -> None:
    """It is not the head; which one is, the error tells."""
    head = (await client.list_repo_commits(space))[0].commit_id
    with pytest.raises(CommitConflictError) as caught:
        await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space, parent_commit=parent)
    assert (parent, head) == (caught.value.expected, caught.value.actual)
