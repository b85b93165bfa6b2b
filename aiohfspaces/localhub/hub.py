"""A Hub on loopback: what tests and demos start, look at and disturb."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
from starlette.types import ASGIApp

from aiohfspaces.localhub import life
from aiohfspaces.localhub.app import build_app
from aiohfspaces.localhub.apps import RunningApp, app_now
from aiohfspaces.localhub.chunks import ChunkStore
from aiohfspaces.localhub.clock import Clock
from aiohfspaces.localhub.faults import Fault
from aiohfspaces.localhub.gate import Doorman, Durable, Gate, Served
from aiohfspaces.localhub.hardware import find_flavor
from aiohfspaces.localhub.logbook import Line
from aiohfspaces.localhub.objects import ObjectStore
from aiohfspaces.localhub.patience import see_through
from aiohfspaces.localhub.quotas import Quotas
from aiohfspaces.localhub.repositories import Repositories, Repository
from aiohfspaces.localhub.scripts import Scene
from aiohfspaces.localhub.server import ServerThread, open_port, url_of
from aiohfspaces.localhub.state import Keeper, load_accounts, load_repositories, load_webhooks, lock_folder, read_state
from aiohfspaces.localhub.storage_app import build_storage_app
from aiohfspaces.localhub.world import World

_REMEMBERED_REQUESTS = 10_000
_MIB = 1024 * 1024
_LOOK_EVERY_S = 0.02


class LocalHub:
    """A server that speaks the Hub's wire protocol for Spaces.

    It runs in a thread of its own, so it serves callers of any kind and blocks none of them::

        async with LocalHub() as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client: ...

    ``with LocalHub() as hub:`` does the same where nothing is awaited.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        user: str = "me",
        stage_seconds: float = 0.05,
        latency: float = 0.0,
        rate_limit: int | tuple[int, float] | None = None,
        data_dir: str | Path | None = None,
        persistent_storage: bool = True,
        multipart_threshold: int = 64 * _MIB,
        part_size: int = 16 * _MIB,
        xet: bool = False,
    ) -> None:
        """Prepare a hub; it serves from ``with`` (or `start`) on.

        Args:
            port: The port on loopback; 0 for any that is free.
            user: The user whom `token` belongs to.
            stage_seconds: How long each passing stage of a Space lasts.
            latency: Seconds that every request waits before it is looked at.
            rate_limit: How many calls an account may make in 300 s, or in the seconds that stand beside it;
                ``None`` refuses none.
            data_dir: Where everything is kept, to be found again by the next hub; ``None`` for nowhere. One hub at
                a time keeps its data there.
            persistent_storage: Whether Spaces may be given storage tiers, as the real Hub once allowed.
            multipart_threshold: From how many bytes on an LFS file is uploaded in parts.
            part_size: How many bytes such a part has.
            xet: Whether it has Xet storage (extra ``xet``): a folder that clients of this machine reach by hf-xet, one
                process at a time. All others get such files as plain bytes.

        Raises:
            ValueError: The port is none, or a time is negative.
        """
        if not 0 <= port <= 65_535:
            raise ValueError(f"port: expected 0 to 65535, got {port!r}")
        if stage_seconds < 0 or latency < 0:
            raise ValueError("stage_seconds, latency: expected seconds, zero or more")
        self._port = port
        self._user = user
        self._stage_seconds = stage_seconds
        self._latency = latency
        self._quotas = Quotas(rate_limit)
        self._data_dir = None if data_dir is None else Path(data_dir)
        self._persistent_storage = persistent_storage
        self._multipart_bytes = multipart_threshold
        self._part_bytes = part_size
        self._has_xet = xet
        self._served: deque[Served] = deque(maxlen=_REMEMBERED_REQUESTS)
        self._served_lock = threading.Lock()
        self._running: _Running | None = None

    # Its life

    def start(self) -> None:
        """Start serving.

        Raises:
            OSError: The port is taken, or another hub keeps its data in the same folder.
            RuntimeError: It serves already.
            ValueError: The user's name is none that an account can have, or hf-xet is missing.
        """
        if self._running is not None:
            raise RuntimeError("this local hub is running already")
        with ExitStack() as undo:
            own = undo.enter_context(closing(open_port(self._port)))
            storage = undo.enter_context(closing(open_port(0)))
            if self._data_dir is None:
                folder = Path(tempfile.mkdtemp(prefix="localhub-"))
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
            else:
                folder = self._data_dir
                folder.mkdir(parents=True, exist_ok=True)
            lock = lock_folder(folder)
            undo.callback(os.close, lock)
            world = self._build_world(folder, url_of(own), url_of(storage))
            keeper = Keeper(world, folder) if self._data_dir else None
            thread = ServerThread({own: self._build_hub(world, keeper), storage: self._build_storage(world)})
            undo.pop_all()
        self._running = _Running(world, keeper, thread, folder, lock)
        try:
            thread.start()
            self._keep()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop serving: open streams end, the thread is joined, temporary files go."""
        running, self._running = self._running, None
        if running is None:
            return
        running.world.is_closing = True
        running.thread.stop()
        running.world.repositories.close()
        if running.keeper is not None:
            running.keeper.keep()
        os.close(running.lock)
        if running.keeper is None:
            shutil.rmtree(running.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start serving."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start serving, without blocking the caller's loop; what is cancelled meanwhile is stopped again."""
        is_started = False

        def start() -> None:
            nonlocal is_started
            self.start()
            is_started = True

        try:
            await see_through(start)
        except BaseException:
            if is_started:
                await see_through(self.stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving, without blocking the caller's loop, even where that is being cancelled."""
        await see_through(self.stop)

    # What it says of itself

    @property
    def _world(self) -> World:
        if self._running is None:
            raise RuntimeError("this local hub is not running")
        return self._running.world

    @property
    def url(self) -> str:
        """The hub's origin: what ``HF_ENDPOINT`` has to be."""
        return self._world.url

    @property
    def storage_url(self) -> str:
        """The origin of the object storage behind it, which has to see no token."""
        return self._world.storage_url

    @property
    def token(self) -> str:
        """The token of the hub's first user."""
        account = self._world.accounts.find(self._user)
        assert account is not None
        assert account.token is not None
        return account.token

    @property
    def users(self) -> list[str]:
        """The names of all users, oldest first: those that ``data_dir`` had kept, too."""
        return [account.name for account in self._world.accounts if not account.is_organization]

    @property
    def clock(self) -> Clock:
        """The hub's time, which a test may advance."""
        return self._world.clock

    @property
    def open_streams(self) -> int:
        """How many logs, events and metrics somebody is listening to."""
        return self._world.open_streams

    @property
    def requests(self) -> list[Served]:
        """What was served so far, newest last: the last 10,000 requests, whether it runs still or not."""
        with self._served_lock:
            return list(self._served)

    async def watch_app(self, repo_id: str) -> AsyncGenerator[RunningApp | None, None]:
        """Tell which app of a Space is up, for whoever runs it as a process.

        Args:
            repo_id: ``owner/name``.

        Yields:
            What is up at first, then whatever is after each change: an app until it is down or the next one
            is up, ``None`` while there is none. It ends with the Space, or the hub.

        Raises:
            KeyError: There is no such Space.
            RuntimeError: The hub is not running.
        """
        world, repository = self._world, self._find_space(repo_id)
        told, app = False, None
        while not world.is_closing and world.repositories.find("space", repo_id) is repository:
            before, app = app, app_now(app, repository, world.clock.now(), world.url)
            if not told or app != before:
                told = True
                yield app
            await anyio.sleep(_LOOK_EVERY_S)

    # What a test may do to it

    def add_user(self, name: str, *, can_pay: bool = True) -> str:
        """Add a user and return the token; without ``can_pay``, paid hardware is answered with 402.

        Raises:
            RuntimeError: The hub is not running.
            ValueError: The name is taken, or none that an account can have.
        """
        account = self._world.accounts.add_user(name, self.clock.now(), can_pay=can_pay)
        self._keep()
        assert account.token is not None
        return account.token

    def add_organization(self, name: str, *, members: Iterable[str] = (), can_pay: bool = True) -> None:
        """Add an organization whose members may do with its repositories as with their own.

        It pays for the hardware of its Spaces, whichever member asks; without ``can_pay`` that is answered with 402.

        Raises:
            RuntimeError: The hub is not running.
            ValueError: The name is taken or none that an account can have, or a member is not a user.
        """
        self._world.accounts.add_organization(name, self.clock.now(), members, can_pay=can_pay)
        self._keep()

    def like(self, repo_id: str, user: str | None = None, *, repo_type: str = "space") -> None:
        """Let a user like a repository, as people do on its page: the Hub has no call for that.

        Args:
            repo_id: ``owner/name``.
            user: Who; ``None`` for the hub's first user.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.

        Raises:
            KeyError: There is no such repository, or no such user.
            RuntimeError: The hub is not running.
        """
        name = user or self._user
        if name not in self.users:
            raise KeyError(f"there is no user {name!r}")
        repository = self._world.repositories.find(repo_type, repo_id)
        if repository is None:
            raise KeyError(f"there is no {repo_type} {repo_id!r}")
        with repository.lock:
            repository.likes.setdefault(name, self.clock.now())
        self._keep()

    def visit(self, repo_id: str) -> None:
        """Open a Space's page: wakes a sleeper, and its idle time begins anew.

        Raises:
            KeyError: There is no such Space.
            RuntimeError: The hub is not running.
        """
        repository = self._find_space(repo_id)
        with repository.lock:
            space = repository.required_space
            space.life = life.visit(space.life, self.clock.now())
        self._keep()

    def write_log(self, repo_id: str, text: str) -> None:
        r"""Let the app of a Space print something now: a line for each ``\n`` between.

        It is in the log of the app until that starts anew.

        Raises:
            KeyError: There is no such Space.
            RuntimeError: The hub is not running.
        """
        repository, now = self._find_space(repo_id), self.clock.now()
        with repository.lock:
            repository.required_space.output.extend(Line(now, line) for line in text.split("\n"))
        self._keep()

    def fail_start(
        self, repo_id: str, stage: str = "BUILD_ERROR", message: str = "Build failed with exit code: 1"
    ) -> None:
        """Let the next start of a Space end in a failing stage, with ``message`` as its error and in its log.

        Raises:
            KeyError: There is no such Space.
            RuntimeError: The hub is not running.
            ValueError: That is not a failing stage.
        """
        if stage not in life.FAILING_STAGES:
            raise ValueError(f"{stage!r} is none of {', '.join(sorted(life.FAILING_STAGES))}")
        repository = self._find_space(repo_id)
        with repository.lock:
            space = repository.required_space
            space.life = life.doom(space.life, life.Failure(str(stage), message))
        self._keep()

    def script(self, repo_id: str, scenes: Iterable[Scene | str]) -> None:
        """Tell a Space what to show from now on, scene by scene, whatever it would do of itself.

        Its runtime, its events and its logs tell of it alike. What is asked of the Space meanwhile takes effect all the
        same, and shows when the script is over: after a last scene that has a length, or with ``script(repo_id, [])``.
        A script is not kept in ``data_dir``.

        Args:
            repo_id: ``owner/name``.
            scenes: What to show; a string is a stage that lasts one look, and stays if it is the last.

        Raises:
            KeyError: There is no such Space, or a scene requests, or shows, hardware that is none.
            RuntimeError: The hub is not running.
        """
        staged = [Scene(scene) if isinstance(scene, str) else scene for scene in scenes]
        for scene in staged:
            for flavor in (scene.requests, scene.hardware):
                if flavor is not None and find_flavor(flavor) is None:
                    raise KeyError(f"there is no hardware {flavor!r}")
        repository = self._find_space(repo_id)
        with repository.lock:
            space = repository.required_space
            space.life = life.direct(space.life, self.clock.now(), staged)

    def inject_fault(
        self,
        method: str,
        path_pattern: str,
        *,
        status: int | None = 503,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after: bool = False,
        cut_after: int | None = None,
    ) -> None:
        """Answer the next matching requests, to either origin, with a fault.

        Args:
            method: The HTTP method, ``*`` for any.
            path_pattern: As `fnmatch` reads it; matched with the decoded path, without the query.
            status: What to answer; ``None`` cuts the connection without a reply.
            body: The body; ``None`` is a page of HTML, as a proxy before the Hub would send.
            headers: More headers of that answer.
            times: How many requests get it.
            after: Do the work first: a lost reply.
            cut_after: Do the work and let its own reply go, but cut the connection after so many bytes of the body
                (a longer number than there are bytes cuts nothing); then nothing but ``times`` counts of the rest.

        Raises:
            RuntimeError: The hub is not running.
            ValueError: ``status`` is none that a last reply can have, ``times`` is less than one, or ``cut_after``
                less than zero.
        """
        if cut_after is not None and cut_after < 0:
            raise ValueError(f"cut_after: expected a number of bytes, zero or more, not {cut_after}")
        if times < 1 or (status is not None and not 200 <= status <= 599):
            raise ValueError(f"a fault has a status from 200 to 599 and happens at least once, not {status}, {times}")
        sent = body.encode() if isinstance(body, str) else body
        self._world.faults.add(Fault(method, path_pattern, status, sent, dict(headers or {}), after, cut_after), times)

    def _find_space(self, repo_id: str) -> Repository:
        found = self._world.repositories.find("space", repo_id)
        if found is None:
            raise KeyError(f"there is no Space {repo_id!r}")
        return found

    # How it is put together

    def _keep(self) -> None:
        if self._running is not None and self._running.keeper is not None:
            self._running.keeper.keep()

    def _build_world(self, folder: Path, url: str, storage_url: str) -> World:
        state = read_state(folder)
        clock, accounts = Clock(state.get("now", 0.0)), load_accounts(state)
        repositories = Repositories(folder / "repos", accounts)
        load_repositories(state, repositories, self._stage_seconds)
        if accounts.find(self._user) is None:
            accounts.add_user(self._user, clock.now())
        chunks = ChunkStore(folder / "xet") if self._has_xet else None
        return World(
            url,
            storage_url,
            clock,
            accounts,
            repositories,
            ObjectStore(folder / "lfs", chunks),
            self._stage_seconds,
            self._persistent_storage,
            self._multipart_bytes,
            self._part_bytes,
            self._quotas,
            chunks=chunks,
            webhooks=load_webhooks(state),
        )

    def _build_hub(self, world: World, keeper: Keeper | None) -> ASGIApp:
        app: ASGIApp = build_app(world)
        if keeper is not None:
            app = Durable(app, keeper.keep)
        return self._gate(Doorman(app, accounts=world.accounts, quotas=world.quotas, clock=world.clock), world)

    def _build_storage(self, world: World) -> ASGIApp:
        return self._gate(build_storage_app(world), world)

    def _gate(self, app: ASGIApp, world: World) -> Gate:
        return Gate(app, clock=world.clock, latency=self._latency, faults=world.faults, note=self._note, cut=self._cut)

    def _note(self, served: Served) -> None:
        with self._served_lock:
            self._served.append(served)

    def _cut(self, peer: tuple[str, int]) -> None:
        if self._running is not None:
            self._running.thread.cut(peer)


class _Running:
    """What a hub has while it serves."""

    def __init__(self, world: World, keeper: Keeper | None, thread: ServerThread, folder: Path, lock: int) -> None:
        self.world = world
        self.keeper = keeper
        self.thread = thread
        self.folder = folder
        self.lock = lock
