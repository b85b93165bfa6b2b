"""Discussions and pull requests.

Source: huggingface_hub 2.4.0, ``get_repo_discussions`` and the methods that change a discussion, whose pages of 50 its
pull request 1962 tells; the Hub's OpenAPI document of 2026-08-22.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces._wire.discussions import NEW_STATUSES, STATUS_FILTERS, TYPE_FILTERS
from aiohfspaces.localhub import discussions, pull_requests
from aiohfspaces.localhub.accounts import Account
from aiohfspaces.localhub.discussion_descriptions import describe_event, describe_in_list, describe_on_its_own
from aiohfspaces.localhub.discussions import MAIN_REF, Discussion, Voice
from aiohfspaces.localhub.refusals import Refusal, bad_request
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.committing import advance_tip
from aiohfspaces.localhub.routes.reading import (
    API,
    Body,
    downloadable,
    is_set,
    json_object,
    known_caller,
    optional_text,
    readable,
    required_text,
    segment,
    whole_number,
    world_of,
    writable,
)
from aiohfspaces.localhub.world import World

_PAGE = 50
_ORDERS = ("recently-created", "trending", "reactions")
_OPEN = ("open", "draft")
_AUTHOR_LENGTHS = range(2, 43)


async def list_all(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/discussions``: newest first, in numbered pages; here nobody reacts to any."""
    world, repository = world_of(request), readable(request)
    start = whole_number(request.query_params.get("p", "0"), "p") * _PAGE
    _choice(request, "sort", _ORDERS)
    known = sorted(repository.discussions.values(), key=lambda one: one.num, reverse=True)
    wanted = _filter(request)
    found = [discussion for discussion in known if wanted(discussion)]
    return JSONResponse(
        {
            "discussions": [
                describe_in_list(discussion, repository, world.accounts) for discussion in found[start:][:_PAGE]
            ],
            "count": len(found),
            "start": start,
            "numClosedDiscussions": sum(discussion.status not in _OPEN for discussion in known),
        }
    )


def _filter(request: Request) -> Callable[[Discussion], bool]:
    kind, status = _choice(request, "type", TYPE_FILTERS), _choice(request, "status", STATUS_FILTERS)
    author, search = request.query_params.get("author"), request.query_params.get("search", "").casefold()
    if author is not None and len(author) not in _AUTHOR_LENGTHS:
        raise bad_request(f"Invalid author: {author}")

    def is_wanted(discussion: Discussion) -> bool:
        return (
            (kind == "all" or discussion.is_pull_request == (kind == "pull_request"))
            and (status == "all" or (discussion.status in _OPEN) == (status == "open"))
            and (author is None or discussion.author == author)
            and search in discussion.title.casefold()
        )

    return is_wanted


def _choice(request: Request, name: str, known: tuple[str, ...]) -> str:
    asked = request.query_params.get(name, known[0])
    if asked not in known:
        raise bad_request(f'"{name}" must be one of [{", ".join(known)}]')
    return asked


async def show(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/discussions/{num}``; ``?diff=1`` also tells what a pull request would change."""
    world, repository, number = world_of(request), readable(request), _number(request)
    has_diff = is_set(request, "diff") and _may_download(request)

    def tell() -> dict[str, object]:
        with repository.git.lock:  # a pull request that is being begun has its ref then
            found = pull_requests.find(repository, number)
            return describe_on_its_own(found, repository, world.accounts, has_diff=has_diff)

    return JSONResponse(await run_in_threadpool(tell))


def _may_download(request: Request) -> bool:
    try:
        downloadable(request)
    except Refusal:
        return False
    return True


def _number(request: Request) -> int:
    asked = segment(request, "num")
    if not asked.isdecimal():
        raise Refusal(404, "Discussion not found")
    return whole_number(asked, "num")


async def create(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/discussions``: by anybody with a token who may read."""
    caller, repository, world = known_caller(request), readable(request), world_of(request)
    body = await json_object(request)
    title = discussions.check_title(required_text(body, "title"))
    text, is_pull_request = _text(body, "description"), body.get("pullRequest") is True
    by = pull_requests.voice_of(world, caller, repository)

    def work() -> Discussion:
        if not is_pull_request:
            return pull_requests.begin_discussion(repository, title, text, by)
        with repository.git.lock:
            start = repository.git.resolve(MAIN_REF)
            return pull_requests.begin_pull_request(repository, title, text, by, base=MAIN_REF, start=start)

    begun = await run_in_threadpool(work)
    told: dict[str, object] = {
        "url": f"{world.url}/{repository.url_path}/discussions/{begun.num}",
        "num": begun.num,
        "pullRequest": begun.is_pull_request,
    }
    return JSONResponse({**told, **({"references": {"base": begun.base}} if begun.base else {})})


def _text(body: Body, key: str) -> str:
    return discussions.check_text(optional_text(body, key) or "", key)


def _required_text(body: Body, key: str) -> str:
    return discussions.check_text(required_text(body, key), key)


async def _change(request: Request, step: Callable[[Discussion, Voice], Discussion]) -> Discussion:
    caller, repository, number = known_caller(request), readable(request), _number(request)
    by = pull_requests.voice_of(world_of(request), caller, repository)
    # not on the loop: a merge that is under way holds the lock
    return await run_in_threadpool(pull_requests.change, repository, number, lambda found: step(found, by))


def _told(request: Request, key: str, event: discussions.Event, status: int = 200) -> JSONResponse:
    return JSONResponse({key: describe_event(event, world_of(request).accounts)}, status)


async def comment(request: Request) -> JSONResponse:
    """``POST …/discussions/{num}/comment``: 201."""
    text = _required_text(await json_object(request), "comment")
    changed = await _change(request, lambda found, by: discussions.comment(found, text, by))
    return _told(request, "newMessage", changed.events[-1], 201)


async def edit_comment(request: Request) -> JSONResponse:
    """``POST …/discussions/{num}/comment/{comment_id}/edit``."""
    comment_id, text = segment(request, "comment_id"), _required_text(await json_object(request), "content")
    changed = await _change(request, lambda found, by: discussions.edit(found, comment_id, text, by))
    return _told(request, "updatedComment", discussions.find_comment(changed, comment_id))


async def hide_comment(request: Request) -> JSONResponse:
    """``POST …/discussions/{num}/comment/{comment_id}/hide``."""
    comment_id = segment(request, "comment_id")
    changed = await _change(request, lambda found, by: discussions.hide(found, comment_id, by))
    return _told(request, "updatedComment", discussions.find_comment(changed, comment_id))


async def rename(request: Request) -> JSONResponse:
    """``POST …/discussions/{num}/title``."""
    title = discussions.check_title(required_text(await json_object(request), "title"))
    changed = await _change(request, lambda found, by: discussions.rename(found, title, by))
    return _told(request, "newTitle", changed.events[-1])


async def change_status(request: Request) -> JSONResponse:
    """``POST …/discussions/{num}/status``."""
    body = await json_object(request)
    status, remark = required_text(body, "status"), _text(body, "comment")
    if status not in NEW_STATUSES:
        raise bad_request(f'"status" must be one of [{", ".join(NEW_STATUSES)}]')
    changed = await _change(request, lambda found, by: discussions.change_status(found, status, remark, by))
    return _told(request, "newStatus", changed.events[-1])


async def merge(request: Request) -> JSONResponse:
    """``POST …/discussions/{num}/merge``: by who may write; one commit on the base has all changes."""
    caller, repository, number = known_caller(request), writable(request), _number(request)
    remark = _text(await json_object(request), "comment")
    await run_in_threadpool(_merge, world_of(request), caller, repository, number, remark)
    return JSONResponse({})


def _merge(world: World, caller: Account, repository: Repository, number: int, remark: str) -> None:
    git, by = repository.git, pull_requests.voice_of(world, caller, repository)
    with git.lock, repository.lock:
        found = pull_requests.find(repository, number)
        discussions.check_mergeable(found)
        base = git.branch_ref(str(found.base))
        onto = git.resolve(base)
        merged = git.merge(onto, git.resolve(found.ref))
        if merged.conflicts:
            raise Refusal(409, f"This pull request has conflicts in {', '.join(merged.conflicts)}")
        message = discussions.merge_message(found)
        oid = git.commit_merge(merged, onto, author=by.name, message=message, at=by.at)
        git.set_ref(base, oid)
        if base == MAIN_REF:
            advance_tip(repository, by.at)
        repository.discussions[number] = discussions.merge(found, oid, remark, by)


_ALL = f"{API}/discussions"
_ONE = f"{_ALL}/{{num}}"

ROUTES = [
    Route(_ALL, list_all),
    Route(_ALL, create, methods=["POST"]),
    Route(_ONE, show),
    Route(f"{_ONE}/comment", comment, methods=["POST"]),
    Route(f"{_ONE}/comment/{{comment_id}}/edit", edit_comment, methods=["POST"]),
    Route(f"{_ONE}/comment/{{comment_id}}/hide", hide_comment, methods=["POST"]),
    Route(f"{_ONE}/title", rename, methods=["POST"]),
    Route(f"{_ONE}/status", change_status, methods=["POST"]),
    Route(f"{_ONE}/merge", merge, methods=["POST"]),
]
