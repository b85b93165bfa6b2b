"""Who am I, and which Spaces are there.

Source: huggingface_hub 2.4.0, ``whoami``, ``space_info``, ``list_spaces`` and ``SpaceInfo``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from aiohfspaces._wire.calls import Call, Query, get
from aiohfspaces._wire.names import api_path, quoted_revision
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces._wire.runtime import space_runtime
from aiohfspaces.models import BlobLfsInfo, RepoSibling, RepoType, SpaceInfo, WhoAmI

SORT_KEYS = {
    "created_at": "createdAt",
    "last_modified": "lastModified",
    "likes": "likes",
    "trending_score": "trendingScore",
}
"""The names that callers use, and the ones that travel; the Hub refuses the former."""


def whoami() -> Call[WhoAmI]:
    """``GET /api/whoami-v2``."""
    return get("/api/whoami-v2", account_reply)


def look_at_repository(repo_id: str, repo_type: RepoType, revision: str | None = None) -> Call[None]:
    """``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``, just for whether it is there."""
    at = "" if revision is None else f"/revision/{quoted_revision(revision)}"
    return get(api_path(repo_id, repo_type) + at, nothing)


def check_access(repo_id: str, repo_type: RepoType, *, write: bool) -> Call[None]:
    """``GET /api/{repo_type}s/{repo_id}/auth-check[/write]``: no content, or a refusal."""
    return get(f"{api_path(repo_id, repo_type)}/auth-check{'/write' if write else ''}", nothing)


def space_info(
    repo_id: str, revision: str | None, *, files_metadata: bool, expand: Iterable[str] | None
) -> Call[SpaceInfo]:
    """``GET /api/spaces/{repo_id}[/revision/{revision}]``."""
    path = api_path(repo_id)
    if revision is not None:
        path += f"/revision/{quoted_revision(revision)}"
    blobs: Query = (("blobs", "true"),) if files_metadata else ()
    return get(path, space_info_reply, blobs + repeated("expand", expand))


def list_spaces(
    *,
    filter: Iterable[str] | None,
    author: str | None,
    search: str | None,
    datasets: Iterable[str] | None,
    models: Iterable[str] | None,
    linked: bool,
    sort: str | None,
    limit: int | None,
    expand: Iterable[str] | None,
    full: bool,
) -> Call[tuple[SpaceInfo, ...]]:
    """``GET /api/spaces``, its first page."""
    single = (
        ("author", author),
        ("search", search),
        ("linked", "true" if linked else None),
        ("sort", None if sort is None else SORT_KEYS[sort]),
        ("limit", None if limit is None else str(limit)),
        ("full", "true" if full else None),
    )
    query = (
        repeated("filter", filter)
        + repeated("datasets", datasets)
        + repeated("models", models)
        + tuple((name, value) for name, value in single if value is not None)
        + repeated("expand", expand)
    )
    return get("/api/spaces", spaces_reply, query)


def repeated(name: str, values: str | Iterable[str] | None) -> Query:
    """Write a list into a query: its key again for each value; one string is a list of one."""
    if values is None:
        return ()
    return tuple((name, value) for value in ([values] if isinstance(values, str) else values))


def account_reply(reply: Reply) -> WhoAmI:
    """Read an account; its name and its kind are sure to be there."""
    account = reply.json()
    account.at("name").text()
    account.at("type").text()
    return cast(WhoAmI, account.object())


def space_info_reply(reply: Reply) -> SpaceInfo:
    """Read one Space."""
    return space(reply.json())


def spaces_reply(reply: Reply) -> tuple[SpaceInfo, ...]:
    """Read a page of Spaces, in the Hub's order."""
    return reply.json().items(space)


def space(info: Field) -> SpaceInfo:
    """Read a Space; only its id is sure to be there."""
    return SpaceInfo(
        id=info.at("id").text(),
        author=info.maybe("author", Field.text),
        sha=info.maybe("sha", Field.text),
        sdk=info.maybe("sdk", Field.text),
        private=info.maybe("private", Field.flag),
        gated=info.maybe("gated", lambda gated: gated.value if isinstance(gated.value, bool) else gated.text()),
        disabled=info.maybe("disabled", Field.flag),
        host=info.maybe("host", Field.text),
        subdomain=info.maybe("subdomain", Field.text),
        likes=info.maybe("likes", Field.integer),
        tags=info.maybe("tags", _texts),
        trending_score=info.maybe("trendingScore", Field.number),
        created_at=info.maybe("createdAt", Field.moment),
        last_modified=info.maybe("lastModified", Field.moment),
        card_data=info.maybe("cardData", Field.object),
        siblings=info.maybe("siblings", lambda siblings: siblings.items(_sibling)),
        runtime=info.maybe("runtime", space_runtime),
        models=info.maybe("models", _texts),
        datasets=info.maybe("datasets", _texts),
        region=info.maybe("region", Field.text),
        resource_group=info.maybe("resourceGroup", Field.object),
        used_storage=info.maybe("usedStorage", Field.integer),
    )


def lfs_info(lfs: Field) -> BlobLfsInfo:
    """Read the LFS object behind a file: infos call its hash ``sha256``, trees call it ``oid``."""
    return BlobLfsInfo(
        size=lfs.at("size").integer(),
        sha256=lfs.maybe("sha256", Field.text) or lfs.at("oid").text(),
        pointer_size=lfs.maybe("pointerSize", Field.integer),
    )


def _texts(values: Field) -> tuple[str, ...]:
    return values.items(Field.text)


def _sibling(sibling: Field) -> RepoSibling:
    return RepoSibling(
        rfilename=sibling.at("rfilename").text(),
        size=sibling.maybe("size", Field.integer),
        blob_id=sibling.maybe("blobId", Field.text),
        lfs=sibling.maybe("lfs", lfs_info),
    )
