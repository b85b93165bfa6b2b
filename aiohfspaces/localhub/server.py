"""A thread with an event loop of its own, in which applications are served on loopback ports."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Mapping

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_STOP_WITHIN_S = 1
_LOOK_EVERY_S = 0.005
_TICK_S = 1
_TICKS_OF_UVICORN = 10
_START_WITHIN_S = 10
_BACKLOG = 512


def open_port(port: int) -> socket.socket:
    """Open a port on loopback, 0 for any that is free.

    Raises:
        OSError: The port is taken, or not ours to take.
    """
    # asyncio sets TCP_NODELAY only where the protocol is named: without it, each reply waits 40 ms
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((HOST, port))
        opened.listen(_BACKLOG)
    except OSError as exc:
        opened.close()
        raise OSError(exc.errno, f"cannot serve on {HOST}:{port}: {exc.strerror}") from exc
    return opened


def url_of(port: socket.socket) -> str:
    """Say which origin is served on an open port."""
    return f"http://{HOST}:{port.getsockname()[1]}"


class _Server(uvicorn.Server):
    """A server that stops when it is told to: uvicorn's own looks ten times a second whether it was."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(_configure(app))
        self._nudged = asyncio.Event()

    def look_up(self) -> None:
        """Look at once whether it was told to stop. Only to be called in the loop."""
        self._nudged.set()

    async def main_loop(self) -> None:
        """Serve until ``should_exit`` is set."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += _TICKS_OF_UVICORN
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._nudged.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is idle at once, and cut what is still open after a while."""
        loop = asyncio.get_running_loop()
        # asyncio loses connections that it is still accepting when their listener closes: those end first.
        with contextlib.suppress(NotImplementedError):  # Windows
            for port in sockets or ():
                loop.remove_reader(port)
        await asyncio.sleep(_LOOK_EVERY_S)
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._let_end()
        for connection in list(self.server_state.connections):
            if isinstance(connection, H11Protocol):
                connection.transport.abort()
        await self._let_end()
        for task in self.server_state.tasks:
            task.cancel()
        for listener in self.servers:
            await listener.wait_closed()

    async def _let_end(self) -> None:
        for _ in range(int(_STOP_WITHIN_S / _LOOK_EVERY_S)):
            if not self.server_state.connections and not self.server_state.tasks:
                return
            await asyncio.sleep(_LOOK_EVERY_S)


class ServerThread:
    """Serves each application on its port, all in one loop in one thread."""

    def __init__(self, apps: Mapping[socket.socket, ASGIApp]) -> None:
        """Prepare to serve; nothing is answered before `start`."""
        self._servers = {port: _Server(app) for port, app in apps.items()}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="localhub", daemon=True)
        self._started = threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Start the thread, and return when it serves.

        Raises:
            RuntimeError: It did not start.
        """
        self._thread.start()
        if not self._started.wait(_START_WITHIN_S) or self._failure is not None:
            raise RuntimeError("the local hub did not start") from self._failure

    def stop(self) -> None:
        """Stop serving, cut what is still open a second later, and return when the thread has ended.

        Raises:
            RuntimeError: It had ended by itself before.
        """
        for server in self._servers.values():
            server.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._nudge)
        self._thread.join()
        if self._failure is not None:
            raise RuntimeError("the local hub broke down") from self._failure

    def cut(self, peer: tuple[str, int]) -> None:
        """Break the connection with a peer, what was sent already being delivered. Only to be called in the loop."""
        for server in self._servers.values():
            for connection in list(server.server_state.connections):
                if isinstance(connection, H11Protocol) and connection.client == tuple(peer):
                    connection.transport.close()

    def _nudge(self) -> None:
        for server in self._servers.values():
            server.look_up()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as exc:
            self._failure = exc
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            for port, server in self._servers.items():
                tasks.create_task(server.serve(sockets=[port]))
            # The ports listen already: who calls before a server is up is answered a moment later.
            self._started.set()


def _configure(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
    )
