"""What every request passes on its way in, and every reply on its way out."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import NamedTuple
from urllib.parse import unquote

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiohfspaces.localhub.accounts import Account, Accounts
from aiohfspaces.localhub.clock import Clock
from aiohfspaces.localhub.faults import Fault, Faults
from aiohfspaces.localhub.quotas import Allowance, Quotas
from aiohfspaces.localhub.refusals import Refusal, is_for_git, unknown_token

_READING = frozenset({"GET", "HEAD"})

Cut = Callable[[tuple[str, int]], None]
"""Breaks the connection with a peer."""

Note = Callable[["Served"], None]
"""Remembers what was served."""


class Served(NamedTuple):
    """One request as it was served; ``status`` is ``None`` where the connection was cut."""

    method: str
    path: str
    status: int | None
    has_authorization: bool


class Gate:
    """The outermost layer of both origins: latency, faults on order, dates, request ids, and what was served."""

    def __init__(self, app: ASGIApp, *, clock: Clock, latency: float, faults: Faults, note: Note, cut: Cut) -> None:
        """Let requests through to ``app``, each after ``latency`` seconds."""
        self._app = app
        self._clock = clock
        self._latency = latency
        self._faults = faults
        self._remember = note
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # Routes match the path as it was sent, so that an escaped slash stays part of a revision.
        scope["path"] = scope["raw_path"].decode("ascii")
        if self._latency:
            await anyio.sleep(self._latency)
        send = self._watch(scope, send)
        fault = self._faults.take(scope["method"], unquote(scope["path"]))
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._fail(fault, scope, receive, send)

    def _watch(self, scope: Scope, send: Send) -> Send:
        request_id = _request_id(Headers(scope=scope).get("X-Amzn-Trace-Id"))

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.setdefault("Date", formatdate(self._clock.now(), usegmt=True))
                self._note(scope, message["status"])
            await send(message)

        return send_on

    def _note(self, scope: Scope, status: int | None) -> None:
        query = scope["query_string"].decode("ascii")
        path = f"{scope['path']}?{query}" if query else scope["path"]
        self._remember(Served(scope["method"], path, status, "authorization" in Headers(scope=scope)))

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.cut_after is not None:
            await self._app(scope, receive, self._cutting(fault.cut_after, scope["client"], send))
            return
        if fault.after:
            await self._app(scope, receive, _forget)
        if fault.status is not None:
            await fault.response()(scope, receive, send)
            return
        self._note(scope, None)
        self._cut(scope["client"])
        while (await receive())["type"] != "http.disconnect":
            pass

    def _cutting(self, left: int, peer: tuple[str, int], send: Send) -> Send:
        async def send_on(message: Message) -> None:
            nonlocal left
            body = message.get("body", b"")
            if len(body) < left or message["type"] != "http.response.body":
                left -= len(body)
                await send(message)
            elif left >= 0:
                await send({**message, "body": body[:left], "more_body": True})
                left = -1
                self._cut(peer)

        return send_on


async def _forget(message: Message) -> None:
    """Take a reply that nobody is going to see."""


def _request_id(trace_id: str | None) -> str:
    root = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"{root};{trace_id}" if trace_id else root


class Doorman:
    """Finds out who asks, and counts how often."""

    def __init__(self, app: ASGIApp, *, accounts: Accounts, quotas: Quotas, clock: Clock) -> None:
        """Let those through to ``app`` who have a right token, or none."""
        self._app = app
        self._accounts = accounts
        self._quotas = quotas
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        caller, app = None, self._app
        try:
            caller = scope["caller"] = self._identify(scope["path"], Headers(scope=scope).get("authorization"))
        except Refusal as refusal:
            app = refusal.response_in(scope)
        bucket = _bucket(scope["path"])
        if bucket is not None:
            allowance = self._quotas.count(bucket, caller.name if caller else None, self._clock.now())
            send = _with_headers(send, allowance.headers())
            app = _too_many(allowance).response() if allowance.is_exceeded else app
        await app(scope, receive, send)

    def _identify(self, path: str, authorization: str | None) -> Account | None:
        if authorization is None:
            return None
        scheme, _, credentials = authorization.partition(" ")
        token = None
        if scheme.lower() == "bearer":
            token = credentials.strip()
        elif scheme.lower() == "basic" and is_for_git(path):
            token = _password(credentials)
        holder = None if token is None else self._accounts.holder(token)
        if holder is None:
            raise unknown_token()
        return holder


def _password(credentials: str) -> str | None:
    """Return what git sends as the password, whatever the user's name: that is the token."""
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except ValueError:
        return None


def _bucket(path: str) -> str | None:
    if path.startswith("/api/"):
        return "api"
    return "resolvers" if "/resolve/" in path else None


def _too_many(allowance: Allowance) -> Refusal:
    minutes = allowance.window_s / 60
    return Refusal(
        429,
        f"We had to rate limit you, you hit the quota of {allowance.quota} {allowance.bucket} requests "
        f"per {minutes:g} minutes period.",
    )


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_on


class Durable:
    """Keeps what a request has changed before the reply to it leaves."""

    def __init__(self, app: ASGIApp, keep: Callable[[], None]) -> None:
        """Call ``keep``, in a worker thread, after whatever may have changed something."""
        self._app = app
        self._keep = keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] in _READING:
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                await run_in_threadpool(self._keep)
            await send(message)

        await self._app(scope, receive, send_on)
