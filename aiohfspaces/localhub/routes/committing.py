"""Changing what a repository holds: asking how files should travel, and committing them.

Source: huggingface_hub 2.4.0, ``create_commit`` and ``super_squash_history``.
"""

from __future__ import annotations

import base64
import binascii

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub import life
from aiohfspaces.localhub.accounts import Account
from aiohfspaces.localhub.commits import CommitRequest, parse_commit, plan_changes
from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.git_reading import MAIN
from aiohfspaces.localhub.pull_requests import begin_pull_request, note_commit, voice_of
from aiohfspaces.localhub.refusals import Refusal, bad_request
from aiohfspaces.localhub.repositories import Repository, read_tip, sdk_of
from aiohfspaces.localhub.routes.reading import (
    API,
    Body,
    is_set,
    json_object,
    known_caller,
    objects,
    optional_number,
    optional_text,
    proposable,
    required_text,
    segment,
    world_of,
    writable,
)
from aiohfspaces.localhub.upload_modes import IgnoreRules, choose_mode, read_attributes
from aiohfspaces.localhub.world import World

_MAIN_REF = f"refs/heads/{MAIN}"
_MOST_FILES = 1000
_STALE_PARENT = "A commit has happened since. Please refresh and try again."


async def preupload(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/preupload/{rev}``; ``?create_pr=1`` for a pull request."""
    git, body = _changeable(request).git, await json_object(request)
    files = objects(body, "files")
    if len(files) > _MOST_FILES:
        raise Refusal(422, f"At most {_MOST_FILES} files at a time")

    def tell() -> JSONResponse:
        commit = git.resolve(segment(request, "revision"))
        return JSONResponse({"files": _judge_files(git, commit, files, body), "commitOid": commit})

    return await run_in_threadpool(tell)


def _changeable(request: Request) -> Repository:
    return proposable(request) if is_set(request, "create_pr") else writable(request)


def _judge_files(git: GitRepository, commit: str, files: list[Body], body: Body) -> list[dict[str, object]]:
    attributes = read_attributes(_sent_or_stored(git, commit, body, "gitAttributes", ".gitattributes"))
    ignored = IgnoreRules(_sent_or_stored(git, commit, body, "gitIgnore", ".gitignore"))
    judged = []
    for file in files:
        path, size = required_text(file, "path"), optional_number(file, "size") or 0
        verdict: dict[str, object] = {
            "path": path,
            "uploadMode": choose_mode(attributes, path, size, _sample(file)),
            "shouldIgnore": ignored.leave_out(path),
        }
        existing = git.entry(commit, path)
        if existing is not None and not existing.is_folder:
            verdict["oid"] = existing.lfs_oid or existing.oid
        judged.append(verdict)
    return judged


def _sent_or_stored(git: GitRepository, commit: str, body: Body, key: str, path: str) -> bytes:
    sent = optional_text(body, key)
    return git.read_path(commit, path) if sent is None else sent.encode()


def _sample(file: Body) -> bytes:
    try:
        return base64.b64decode(optional_text(file, "sample") or "")
    except binascii.Error as exc:
        raise bad_request("A sample is not base64") from exc


async def commit(request: Request) -> JSONResponse:
    """``POST /api/{kind}/{id}/commit/{rev}``; ``?create_pr=1`` makes a pull request of it."""
    caller, repository, world = known_caller(request), _changeable(request), world_of(request)
    body, revision = await request.body(), segment(request, "revision")

    def work() -> dict[str, object]:
        wanted = parse_commit(body)
        with repository.git.lock:
            if is_set(request, "create_pr"):
                return _open_pull_request(world, caller, repository, revision, wanted)
            ref = repository.git.branch_ref(revision)
            is_hot = is_set(request, "hot_reload") and _takes_hot(repository, wanted, world.clock.now())
            oid = _write(world, caller, repository, ref, wanted, is_hot=is_hot)
            note_commit(repository, ref, oid, voice_of(world, caller, repository))
            return _tell_commit(world, repository, oid)

    return JSONResponse(await run_in_threadpool(work))


def _tell_commit(world: World, repository: Repository, oid: str) -> dict[str, object]:
    url = f"{world.url}/{repository.url_path}/commit/{oid}"
    return {"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""}


def _open_pull_request(
    world: World, caller: Account, repository: Repository, revision: str, wanted: CommitRequest
) -> dict[str, object]:
    git = repository.git
    branch = git.refs("refs/heads/").get(revision)
    begun = begin_pull_request(
        repository,
        wanted.summary,
        wanted.description,
        voice_of(world, caller, repository),
        base=_MAIN_REF if branch is None else f"refs/heads/{revision}",
        start=git.resolve(wanted.parent_commit or branch or revision),
        commit=lambda ref: _write(world, caller, repository, ref, wanted),
    )
    url = f"{world.url}/{repository.url_path}/discussions/{begun.num}"
    return {**_tell_commit(world, repository, begun.commits[-1].data["oid"]), "pullRequestUrl": url}


def _takes_hot(repository: Repository, wanted: CommitRequest, now: float) -> bool:
    """Tell whether a running app can take a change as it is: Gradio, and one Python file."""
    space = repository.space
    if space is None or space.life.sdk != "gradio" or not life.look(space.life, now).is_up:
        return False
    return [(order.key, order.path.endswith(".py")) for order in wanted.orders] == [("file", True)]


def _write(
    world: World, caller: Account, repository: Repository, ref: str, wanted: CommitRequest, *, is_hot: bool = False
) -> str:
    git, now = repository.git, world.clock.now()
    parent = git.resolve(ref)
    if wanted.parent_commit and not parent.startswith(wanted.parent_commit):
        raise Refusal(412, _STALE_PARENT)
    changes = plan_changes(
        wanted.orders,
        {entry.path: entry for entry in git.entries(parent, recursive=True) or () if not entry.is_folder},
        parent=parent,
        stored_size=world.objects.size,
        gitattributes=git.read_path(parent, ".gitattributes"),
    )
    oid = git.commit(parent, changes, author=caller.name, message=wanted.message, at=now)
    git.set_ref(ref, oid)
    if ref == _MAIN_REF:
        advance_tip(repository, now, is_hot=is_hot)
    return oid


def advance_tip(repository: Repository, now: float, *, is_hot: bool = False) -> None:
    """Note that ``main`` has moved; a Space is restarted by that, unless its app takes the change as it is."""
    space = repository.space
    tip = read_tip(repository.git, space.life.sdk if space else None)
    with repository.lock:
        repository.tip = tip
        if space is not None:
            sdk = sdk_of(tip.card, space.life.sdk)
            space.reloaded_sha = tip.sha if is_hot else None
            if is_hot:
                space.life = life.reload(space.life, sha=tip.sha)
            else:
                space.life = life.commit(space.life, now, sha=tip.sha, sdk=sdk, has_app=tip.has_app)


ROUTES = [
    Route(f"{API}/preupload/{{revision}}", preupload, methods=["POST"]),
    Route(f"{API}/commit/{{revision}}", commit, methods=["POST"]),
]
