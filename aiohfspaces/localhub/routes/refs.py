"""Branches and tags, and the squashing of a branch.

Source: huggingface_hub 2.4.0, ``create_branch``, ``create_tag`` and their counterparts.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.git_reading import MAIN
from aiohfspaces.localhub.refusals import Refusal, not_yours, revision_not_found
from aiohfspaces.localhub.routes.committing import advance_tip
from aiohfspaces.localhub.routes.reading import (
    API,
    json_object,
    known_caller,
    optional_text,
    required_text,
    segment,
    world_of,
    writable,
)


async def create_branch(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/branch/{branch}``; ``emptyBranch`` makes one without files or history."""
    caller, git, body = known_caller(request), writable(request).git, await json_object(request)
    branch, start, now = (
        segment(request, "revision"),
        optional_text(body, "startingPoint"),
        world_of(request).clock.now(),
    )
    is_empty = body.get("emptyBranch") is True

    def work() -> None:
        with git.lock:
            if branch in git.refs("refs/heads/"):
                if body.get("overwrite") is not True:
                    raise Refusal(409, f"Reference refs/heads/{branch} already exists")
                if start is None and not is_empty:
                    return  # nothing was said of what it should become
            if is_empty:
                commit = git.commit(None, {}, author=caller.name, message="initial commit", at=now)
            else:
                commit = git.resolve(start or MAIN)
            git.set_ref(f"refs/heads/{branch}", commit)

    await run_in_threadpool(work)
    return JSONResponse({})


async def delete_branch(request: Request) -> JSONResponse:
    """``DELETE /api/{kind}/{id}/branch/{branch}``."""
    git, branch = writable(request).git, segment(request, "revision")
    if branch == MAIN:
        raise not_yours(f"delete the branch {MAIN}")

    def work() -> None:
        with git.lock:
            if branch not in git.refs("refs/heads/"):
                raise revision_not_found(branch)
            git.delete_ref(f"refs/heads/{branch}")

    await run_in_threadpool(work)
    return JSONResponse({})


async def create_tag(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/tag/{rev}``: the path names what is tagged."""
    caller, git, body = known_caller(request), writable(request).git, await json_object(request)
    tag, message, now = (
        required_text(body, "tag"),
        optional_text(body, "message"),
        world_of(request).clock.now(),
    )

    def work() -> None:
        with git.lock:
            if tag in git.refs("refs/tags/"):
                raise Refusal(409, f"Reference refs/tags/{tag} already exists")
            commit = git.resolve(segment(request, "revision"))
            git.set_ref(f"refs/tags/{tag}", commit)
            if message:
                git.tag(tag, commit, message=message, author=caller.name, at=now)

    await run_in_threadpool(work)
    return JSONResponse({})


async def delete_tag(request: Request) -> JSONResponse:
    """``DELETE /api/{kind}/{id}/tag/{tag}``: the path names the tag."""
    git, tag = writable(request).git, segment(request, "revision")

    def work() -> None:
        with git.lock:
            if tag not in git.refs("refs/tags/"):
                raise revision_not_found(tag)
            git.delete_ref(f"refs/tags/{tag}")

    await run_in_threadpool(work)
    return JSONResponse({})


async def squash(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/super-squash/{branch}``."""
    caller, repository, body = known_caller(request), writable(request), await json_object(request)
    branch, message, now = (
        segment(request, "revision"),
        optional_text(body, "message"),
        world_of(request).clock.now(),
    )

    def work() -> str:
        git = repository.git
        with git.lock:
            ref = git.branch_ref(branch)
            title = message or f"Super-squash branch '{branch}'"
            oid = git.squash(git.resolve(ref), author=caller.name, message=title, at=now)
            git.set_ref(ref, oid)
            if ref == f"refs/heads/{MAIN}":
                advance_tip(repository, now)
            return oid

    return JSONResponse({"commitId": await run_in_threadpool(work)})


ROUTES = [
    Route(f"{API}/branch/{{revision}}", create_branch, methods=["POST"]),
    Route(f"{API}/branch/{{revision}}", delete_branch, methods=["DELETE"]),
    Route(f"{API}/tag/{{revision}}", create_tag, methods=["POST"]),
    Route(f"{API}/tag/{{revision}}", delete_tag, methods=["DELETE"]),
    Route(f"{API}/super-squash/{{revision}}", squash, methods=["POST"]),
]
