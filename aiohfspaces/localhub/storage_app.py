"""The second origin: the object storage behind the hub, which knows links and no tokens.

It is as strict as S3: a link permits one method on one path for an hour, a request with a token beside it is
refused, and so is an upload that does not say how long it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from urllib.parse import unquote

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from aiohfspaces.localhub.guard import Guard
from aiohfspaces.localhub.objects import Arrival
from aiohfspaces.localhub.world import World

_WRITE_BYTES = 1024 * 1024


class StorageRefusal(Exception):
    """An error of the storage: a status, and the code and sentence of an XML body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Refuse with a status, a code of S3's, and a sentence."""
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self) -> Response:
        """Build the reply that says so."""
        said = f"<Error><Code>{self.code}</Code><Message>{self}</Message></Error>"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n{said}'
        return Response(body, self.status, media_type="application/xml")


def build_storage_app(world: World) -> Starlette:
    """Build the application of the second origin."""

    async def put_object(request: Request) -> Response:
        _check_link(world, request, "PUT")
        size = _announced_size(request)
        if str(size) != request.query_params.get("size"):
            raise StorageRefusal(400, "EntityTooLarge", "The object does not have the size that was announced")
        arrival = await _receive(request, world.objects.receive, size)
        # Whether it is the object that was announced, `verify` tells, on the hub's own origin.
        await run_in_threadpool(world.objects.keep, arrival, request.path_params["oid"])
        return Response(headers={"ETag": f'"{arrival.digest}"'})

    async def put_part(request: Request) -> Response:
        _check_link(world, request, "PUT")
        arrival = await _receive(request, world.objects.receive_part, _announced_size(request))
        number = int(request.path_params["number"])
        await run_in_threadpool(world.objects.keep_part, arrival, request.path_params["upload_id"], number)
        return Response(headers={"ETag": f'"{arrival.digest}"'})

    async def get_object(request: Request) -> Response:
        _check_link(world, request, "GET")
        oid = request.path_params["oid"]
        if await run_in_threadpool(world.objects.size, oid) is None:
            raise StorageRefusal(404, "NoSuchKey", "The specified key does not exist.")
        filename = unquote(request.query_params.get("filename", oid))
        return FileResponse(
            await run_in_threadpool(world.objects.open_path, oid),
            headers={"ETag": f'"{oid}"'},
            media_type="application/octet-stream",
            filename=filename,
        )

    return Starlette(
        routes=[
            Route("/objects/{oid}", put_object, methods=["PUT"]),
            Route("/parts/{upload_id}/{number:int}", put_part, methods=["PUT"]),
            Route("/objects/{oid}", get_object),
        ],
        exception_handlers={StorageRefusal: _refuse},
        middleware=[Middleware(Guard, respond=_broken)],
    )


def _broken() -> Response:
    return StorageRefusal(500, "InternalError", "We encountered an internal error. Please try again.").response()


async def _refuse(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, StorageRefusal)
    return exc.response()


def _check_link(world: World, request: Request, method: str) -> None:
    if "authorization" in request.headers:
        raise StorageRefusal(400, "InvalidArgument", "Only one auth mechanism allowed: this link has a signature")
    if not world.signer.permits(method, request.url.path, request.query_params, world.clock.now()):
        raise StorageRefusal(403, "SignatureDoesNotMatch", "The signature of this link is wrong, or has expired")


def _announced_size(request: Request) -> int:
    if "transfer-encoding" in request.headers:
        raise StorageRefusal(501, "NotImplemented", "A header you provided implies functionality not implemented")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise StorageRefusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    return int(length)


async def _receive(request: Request, begin: Callable[[], Arrival], size: int) -> Arrival:
    arrival = await run_in_threadpool(begin)
    try:
        async for piece in _in_big_pieces(request.stream()):
            await run_in_threadpool(arrival.write, piece)
    except BaseException as exc:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(arrival.drop)
        if isinstance(exc, ClientDisconnect):
            raise StorageRefusal(400, "RequestTimeout", f"The connection broke before {size} bytes came") from exc
        raise
    return arrival


async def _in_big_pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for data in stream:
        waiting += data
        if len(waiting) >= _WRITE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
