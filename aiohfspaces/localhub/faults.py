"""Faults on order: what a test wants the hub to answer instead of doing its work."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from fnmatch import fnmatchcase
from http.client import responses

from attrs import field, frozen
from starlette.responses import HTMLResponse, Response


@frozen
class Fault:
    """One kind of failure, for requests of one method on matching paths.

    Attributes:
        method: The HTTP method; ``*`` for any.
        path_pattern: As `fnmatch` reads it, matched with the decoded path, without the query.
        status: What is answered; ``None`` cuts the connection without a reply.
        body: The reply's; ``None`` is a page of HTML, as a proxy before the Hub would send.
        headers: More headers of the reply.
        after: Whether the work is done first, so that only the reply is lost.
        cut_after: How many bytes of the body of the hub's own reply leave before the connection is cut;
            ``None`` for a fault of another kind.
    """

    method: str
    path_pattern: str
    status: int | None = 503
    body: bytes | None = None
    headers: Mapping[str, str] = field(factory=dict)
    after: bool = False
    cut_after: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request gets this fault."""
        return self.method in ("*", method) and fnmatchcase(path, self.path_pattern)

    def response(self) -> Response:
        """Build the reply; one with a ``status`` only."""
        status = self.status or 500
        if self.body is not None:
            return Response(self.body, status, dict(self.headers))
        words = responses.get(status, "Error")
        title = f"{status} {words}"
        page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        return HTMLResponse(page, status, dict(self.headers))


class Faults:
    """The faults that are still to come, in the order they were asked for."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = threading.Lock()
        self._pending: list[tuple[Fault, int]] = []

    def add(self, fault: Fault, times: int) -> None:
        """Answer the next ``times`` matching requests with a fault."""
        with self._lock:
            self._pending.append((fault, times))

    def take(self, method: str, path: str) -> Fault | None:
        """Use up one fault that matches a request, if there is any."""
        with self._lock:
            for place, (fault, times) in enumerate(self._pending):
                if fault.matches(method, path):
                    self._pending[place : place + 1] = [(fault, times - 1)] if times > 1 else []
                    return fault
        return None
