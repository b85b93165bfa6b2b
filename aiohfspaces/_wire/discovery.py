"""Which Spaces are there, and what is known of a repository.

Source: huggingface_hub 2.4.0, ``repo_info``, ``space_info``, ``list_spaces``, ``search_spaces`` and what they
return; the Hub's OpenAPI document of 2026-08-22, ``/api/trending``, for the fields that those lack.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohfspaces._wire.calls import Call, Query, get
from aiohfspaces._wire.names import api_path, quoted_revision
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces._wire.runtime import space_runtime
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import (
    BlobLfsInfo,
    RepoInfo,
    RepoSibling,
    RepoType,
    SpaceInfo,
    SpaceRuntime,
    SpaceSearchResult,
)

SORT_KEYS = {
    "created_at": "createdAt",
    "last_modified": "lastModified",
    "likes": "likes",
    "trending_score": "trendingScore",
}
"""The names that callers use, and the ones that travel; the Hub refuses the former."""

LISTED_AT_ONCE = 500
"""How many Spaces a page of runtimes is asked to hold; the Hub gives as many as it likes.

Source: @huggingface/hub 2.17.5, ``listSpaces``, which asks so with ``expand``, too.
"""


def look_at_repository(repo_id: str, repo_type: RepoType, revision: str | None = None) -> Call[None]:
    """``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``, just for whether it is there."""
    return get(_info_path(repo_id, repo_type, revision), nothing)


def check_access(repo_id: str, repo_type: RepoType, *, write: bool) -> Call[None]:
    """``GET /api/{repo_type}s/{repo_id}/auth-check[/write]``: no content, or a refusal."""
    return get(f"{api_path(repo_id, repo_type)}/auth-check{'/write' if write else ''}", nothing)


def space_info(
    repo_id: str, revision: str | None, *, files_metadata: bool, expand: str | Iterable[str] | None
) -> Call[SpaceInfo]:
    """``GET /api/spaces/{repo_id}[/revision/{revision}]``."""
    query = _info_query(files_metadata=files_metadata, expand=expand)
    return get(_info_path(repo_id, "space", revision), space_info_reply, query)


def repo_info(
    repo_id: str,
    repo_type: RepoType,
    revision: str | None,
    *,
    files_metadata: bool,
    expand: str | Iterable[str] | None,
) -> Call[RepoInfo]:
    """``GET /api/{repo_type}s/{repo_id}[/revision/{revision}]``, for models and datasets."""
    query = _info_query(files_metadata=files_metadata, expand=expand)
    return get(_info_path(repo_id, repo_type, revision), repo_info_reply, query)


def _info_path(repo_id: str, repo_type: RepoType, revision: str | None) -> str:
    return api_path(repo_id, repo_type) + ("" if revision is None else f"/revision/{quoted_revision(revision)}")


def _info_query(*, files_metadata: bool, expand: str | Iterable[str] | None) -> Query:
    return ((("blobs", "true"),) if files_metadata else ()) + repeated("expand", expand)


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


def list_runtimes(author: str) -> Call[tuple[tuple[str, SpaceRuntime | None], ...]]:
    """``GET /api/spaces``, what the Spaces of one owner run on, its first page.

    By the time of their creation: in any other order they might change places between two pages.
    """
    query = (("author", author), ("sort", "createdAt"), ("limit", str(LISTED_AT_ONCE)), ("expand", "runtime"))
    return get("/api/spaces", runtimes_reply, query)


def search_spaces(
    query: str,
    *,
    filter: str | Iterable[str] | None,
    sdk: str | Iterable[str] | None,
    include_non_running: bool,
) -> Call[tuple[SpaceSearchResult, ...]]:
    """``GET /api/spaces/semantic-search``; it has one page."""
    pairs: Query = (("q", query), *repeated("filter", filter), *repeated("sdk", sdk))
    if include_non_running:
        pairs += (("includeNonRunning", "true"),)
    return get("/api/spaces/semantic-search", search_reply, pairs)


def repeated(name: str, values: str | Iterable[str] | None) -> Query:
    """Write a list into a query: its key again for each value; one string is a list of one."""
    if values is None:
        return ()
    return tuple((name, value) for value in ([values] if isinstance(values, str) else values))


def repo_info_reply(reply: Reply) -> RepoInfo:
    """Read one model or dataset."""
    return RepoInfo(**_of_any_kind(reply.json()))


def space_info_reply(reply: Reply) -> SpaceInfo:
    """Read one Space."""
    return space(reply.json())


def spaces_reply(reply: Reply) -> tuple[SpaceInfo, ...]:
    """Read a page of Spaces, in the Hub's order."""
    return reply.json().items(space)


def runtimes_reply(reply: Reply) -> tuple[tuple[str, SpaceRuntime | None], ...]:
    """Read a page of runtimes by the ids of their Spaces; ``None`` for one that is not told, or not so that it parses.

    One Space that is odd does not hide the others.
    """
    return reply.json().items(_told)


def _told(info: Field) -> tuple[str, SpaceRuntime | None]:
    repo_id = info.at("id").text()
    try:
        return repo_id, info.maybe("runtime", space_runtime)
    except MalformedReplyError:
        return repo_id, None


def search_reply(reply: Reply) -> tuple[SpaceSearchResult, ...]:
    """Read what was found, the best first."""
    return reply.json().items(_found)


def space(info: Field) -> SpaceInfo:
    """Read a Space; only its id is sure to be there."""
    return SpaceInfo(**_of_any_kind(info), **_of_a_space(info))


def _found(info: Field) -> SpaceSearchResult:
    score = info.maybe("semanticRelevancyScore", Field.number)
    return SpaceSearchResult(**_of_any_kind(info), **_of_a_space(info), semantic_relevancy_score=score)


def _of_any_kind(info: Field) -> dict[str, Any]:
    return {
        "id": info.at("id").text(),
        "author": info.maybe("author", Field.text),
        "sha": info.maybe("sha", Field.text),
        "private": info.maybe("private", Field.flag),
        "visibility": info.maybe("visibility", Field.text),
        "gated": info.maybe("gated", lambda gated: gated.value if isinstance(gated.value, bool) else gated.text()),
        "disabled": info.maybe("disabled", Field.flag),
        "likes": info.maybe("likes", Field.integer),
        "downloads": info.maybe("downloads", Field.integer),
        "downloads_all_time": info.maybe("downloadsAllTime", Field.integer),
        "tags": info.maybe("tags", _texts),
        "trending_score": info.maybe("trendingScore", Field.number),
        "created_at": info.maybe("createdAt", Field.moment),
        "last_modified": info.maybe("lastModified", Field.moment),
        "card_data": info.maybe("cardData", Field.object),
        "siblings": info.maybe("siblings", lambda siblings: siblings.items(_sibling)),
        "resource_group": info.maybe("resourceGroup", Field.object),
        "used_storage": info.maybe("usedStorage", Field.integer),
    }


def _of_a_space(info: Field) -> dict[str, Any]:
    return {
        "sdk": info.maybe("sdk", Field.text),
        "host": info.maybe("host", Field.text),
        "subdomain": info.maybe("subdomain", Field.text),
        "runtime": info.maybe("runtime", space_runtime),
        "models": info.maybe("models", _texts),
        "datasets": info.maybe("datasets", _texts),
        "region": info.maybe("region", Field.text),
        "title": info.maybe("title", Field.text),
        "emoji": info.maybe("emoji", Field.text),
        "color_from": info.maybe("colorFrom", Field.text),
        "color_to": info.maybe("colorTo", Field.text),
        "pinned": info.maybe("pinned", Field.flag),
        "featured": info.maybe("featured", Field.flag),
        "short_description": info.maybe("shortDescription", Field.text),
        "ai_short_description": info.maybe("ai_short_description", Field.text),
        "ai_category": info.maybe("ai_category", Field.text),
        "origin": info.maybe("originRepo", _name) or info.maybe("originSpace", _name),
        "author_data": info.maybe("authorData", Field.object),
        "is_liked_by_user": info.maybe("isLikedByUser", Field.flag),
        "discussions_disabled": info.maybe("discussionsDisabled", Field.flag),
        "duplication_disabled": info.maybe("duplicationDisabled", Field.flag),
    }


def lfs_info(lfs: Field) -> BlobLfsInfo:
    """Read the LFS object behind a file: infos call its hash ``sha256``, trees call it ``oid``."""
    return BlobLfsInfo(
        size=lfs.at("size").integer(),
        sha256=lfs.maybe("sha256", Field.text) or lfs.at("oid").text(),
        pointer_size=lfs.maybe("pointerSize", Field.integer),
    )


def _texts(values: Field) -> tuple[str, ...]:
    return values.items(Field.text)


def _name(origin: Field) -> str | None:
    return origin.maybe("name", Field.text)


def _sibling(sibling: Field) -> RepoSibling:
    return RepoSibling(
        rfilename=sibling.at("rfilename").text(),
        size=sibling.maybe("size", Field.integer),
        blob_id=sibling.maybe("blobId", Field.text),
        lfs=sibling.maybe("lfs", lfs_info),
    )
