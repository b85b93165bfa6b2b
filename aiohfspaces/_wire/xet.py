"""Xet storage: who grants a token for it, and what a reply says of a file there.

Source: huggingface_hub 2.4.0, ``utils/_xet`` and ``HfApi.preupload_lfs_files``; the Hub's OpenAPI document of
2026-08-22, ``xet-read-token`` and ``xet-write-token``; https://huggingface.co/docs/xet/auth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from attrs import field, frozen

from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.names import api_path, quoted_revision
from aiohfspaces._wire.origins import at_endpoint
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError
from aiohfspaces.models import RepoType, XetFileData

SPARE_S = 60.0
"""A token that ends sooner is not begun with."""

_HASH = re.compile(r"[0-9a-f]{64}")
_LINKS = re.compile(r",\s*(?=<)")
_AUTH_LINK = re.compile(r'\s*<([^<>]*)>\s*;[^,]*\brel="?xet-auth"?')
_ADDRESS = re.compile(r"(https?://[^\s?]*)\?[^\s)\"']*")
_NO_REVISION = "None"
"""A pull request's branch is not known yet; the official client says this instead."""


@frozen(kw_only=True)
class XetGrant:
    """What a client may do in Xet storage, for a while.

    Attributes:
        cas_url: The storage's address.
        token: To show there, and nowhere else.
        expires_s: Until when, as Unix time.
        refresh_path: Where the next one is asked for, below the endpoint.
    """

    cas_url: str
    token: str = field(repr=False)
    expires_s: int
    refresh_path: str


def write_grant(repo_id: str, repo_type: RepoType, revision: str, *, create_pr: bool) -> Call[XetGrant]:
    """``GET /api/{repo_type}s/{repo_id}/xet-write-token/{revision}``; 404 where files go by LFS."""
    at = _NO_REVISION if create_pr else quoted_revision(revision)
    return grant_at(f"{api_path(repo_id, repo_type)}/xet-write-token/{at}{'?create_pr=1' if create_pr else ''}")


def grant_at(path: str) -> Call[XetGrant]:
    """``GET {path}``, where a reply for a file has said so."""
    return get(path, lambda reply: grant_reply(reply, path))


def grant_reply(reply: Reply, path: str) -> XetGrant:
    """Read what was granted.

    Raises:
        MalformedReplyError: A field is missing, or the storage is where no token should go.
    """
    told = reply.json()
    cas_url = told.at("casUrl").text()
    if not _is_fit(cas_url, reply.endpoint):
        raise MalformedReplyError("expected an address of a storage that a token may be sent to", field="casUrl")
    return XetGrant(
        cas_url=cas_url,
        token=told.at("accessToken").text(),
        expires_s=int(told.at("exp").number()),
        refresh_path=path,
    )


def _is_fit(cas_url: str, endpoint: str) -> bool:
    """Tell whether files may go there: over TLS, unless the Hub itself is without; a folder only if it is here."""
    if cas_url.startswith("https://"):
        return True
    if cas_url.startswith("http://"):
        return endpoint.startswith("http://")
    return cas_url.startswith("local://") and _is_here(urlsplit(endpoint).hostname or "")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def xet_file_data(headers: Mapping[str, str], endpoint: str) -> XetFileData | None:
    """Read what a file is called in Xet storage, and where a token for it is granted.

    Args:
        headers: Names in lower case.
        endpoint: The Hub, the only one that may be asked for a token.

    Returns:
        ``None`` if it is not there, or nobody at the endpoint grants one.
    """
    name = headers.get("x-xet-hash", "")
    links = filter(None, map(_AUTH_LINK.match, _LINKS.split(headers.get("link", ""))))
    route = at_endpoint(next((link[1] for link in links), headers.get("x-xet-refresh-route", "")), endpoint)
    path = route.removeprefix(endpoint)
    if not _HASH.fullmatch(name) or not path.startswith("/") or not (path.isascii() and path.isprintable()):
        return None
    return XetFileData(file_hash=name, refresh_route=endpoint + path)


def without_signatures(text: str) -> str:
    """Drop the queries of addresses in what hf-xet says: those of the storage are as good as passwords."""
    return _ADDRESS.sub(r"\1", text)
