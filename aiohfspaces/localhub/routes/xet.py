"""Xet storage: who may reach it, and what it calls a file.

Source: https://huggingface.co/docs/xet/auth; huggingface_hub 2.4.0, ``utils/_xet``; the Hub's OpenAPI document of
2026-08-22, ``xet-read-token``, ``xet-write-token`` and ``resolve``.
"""

from __future__ import annotations

import secrets
import time

from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aiohfspaces.localhub.git_objects import Entry
from aiohfspaces.localhub.refusals import Refusal
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.routes.reading import API, downloadable, is_set, proposable, world_of, writable
from aiohfspaces.localhub.world import World

FILE_INFO = "application/vnd.xet-fileinfo+json"

_LIFE_S = 3600
"""Of a token, by the clock of the machine: hf-xet does not know the hub's."""


async def read_token(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/xet-read-token/{rev}``; 404 where there is no Xet storage."""
    downloadable(request)
    return _grant(world_of(request))


async def write_token(request: Request) -> JSONResponse:
    """``GET /api/{kind}/{id}/xet-write-token/{rev}``; for a pull request it takes no right to write."""
    proposable(request) if is_set(request, "create_pr") else writable(request)
    return _grant(world_of(request))


def _grant(world: World) -> JSONResponse:
    """Name the folder. Who can reach that has all rights there, so nothing ever looks at the token."""
    if world.chunks is None:
        raise Refusal(404, "Xet is not enabled for this repository")
    token, expires = f"xet_{secrets.token_hex(16)}", int(time.time()) + _LIFE_S
    headers = {
        "X-Xet-Cas-Url": world.chunks.url,
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(expires),
    }
    return JSONResponse({"casUrl": world.chunks.url, "accessToken": token, "exp": expires}, headers=headers)


@frozen
class XetLinks:
    """What Xet storage calls a file, and where it is asked for.

    Attributes:
        hash: Its name there.
        refresh_url: Who grants a token.
        reconstruction_url: What would tell of its chunks, if the storage were a server.
    """

    hash: str
    refresh_url: str
    reconstruction_url: str

    @property
    def headers(self) -> dict[str, str]:
        """The same as headers."""
        links = {"xet-auth": self.refresh_url, "xet-reconstruction-info": self.reconstruction_url}
        return {"X-Xet-Hash": self.hash, "Link": ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())}


def xet_links(world: World, repository: Repository, commit: str, entry: Entry) -> XetLinks | None:
    """Look up a file of a commit; ``None`` if Xet storage does not have it."""
    name = None if entry.lfs_oid is None else world.objects.xet_hash(entry.lfs_oid)
    if name is None or world.chunks is None:
        return None
    refresh = f"{world.url}/api/{repository.type}s/{repository.repo_id}/xet-read-token/{commit}"
    return XetLinks(name, refresh, f"{world.chunks.url}/v1/reconstructions/{name}")


ROUTES = [
    Route(f"{API}/xet-read-token/{{revision}}", read_token),
    Route(f"{API}/xet-write-token/{{revision}}", write_token),
]
