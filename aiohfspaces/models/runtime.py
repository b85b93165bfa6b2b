"""What a Space runs on, and what it is given to run with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import frozen

from aiohfspaces.models.words import SpaceHardware, SpaceStage, SpaceStorage


@frozen(kw_only=True)
class Volume:
    """A bucket or a repository mounted into a Space.

    Attributes:
        type: What is mounted.
        source: Its id, ``owner/name``.
        mount_path: Where in the container; absolute.
        revision: Branch, tag or commit; repositories only.
        read_only: Repositories always are.
        path: The folder of the source to mount; ``None`` for all of it.
    """

    type: Literal["bucket", "model", "dataset", "space"]
    source: str
    mount_path: str
    revision: str | None = None
    read_only: bool | None = None
    path: str | None = None


@frozen(kw_only=True)
class Replicas:
    """How many copies of a Space run.

    Attributes:
        current: Copies that run; ``None`` while none is known of.
        requested: Copies asked for, or ``"auto"``.
    """

    current: int | None
    requested: int | str | None


@frozen(kw_only=True)
class SpaceDomain:
    """An address under which a Space's app is served.

    Attributes:
        domain: The host name.
        stage: ``READY``, ``PENDING``, ``MISCONFIGURED`` and the like.
        is_custom: Whether it is the owner's own.
    """

    domain: str
    stage: str
    is_custom: bool


@frozen(kw_only=True)
class SpaceHotReloading:
    """The state of a reload without a rebuild.

    Attributes:
        status: ``created`` or ``canceled``.
        replica_statuses: For each replica its hash and its status.
    """

    status: str
    replica_statuses: tuple[tuple[str, str | None], ...]


@frozen(kw_only=True)
class SpaceRuntime:
    """What a Space runs on, and how far it has come.

    Attributes:
        stage: Where it is in its life.
        hardware: The flavor it runs on; ``None`` before its first start and for a static Space.
        requested_hardware: The flavor that was asked for last; ``None`` for a static Space.
        sleep_time: Idle seconds until it sleeps; ``None`` for never.
        storage: Tier of its persistent storage; ``None`` without.
        dev_mode: Whether it is open for development.
        error_message: Why it failed, in the Hub's words.
        sha: The commit that runs; ``None`` where the Hub does not say.
        replicas: Copies that run and that were asked for.
        domains: Where the app is served; empty where the Hub does not say.
        volumes: What is mounted; ``None`` without.
        hot_reloading: The state of a reload without a rebuild; ``None`` without.
    """

    stage: SpaceStage
    hardware: SpaceHardware | None = None
    requested_hardware: SpaceHardware | None = None
    sleep_time: int | None = None
    storage: SpaceStorage | None = None
    dev_mode: bool = False
    error_message: str | None = None
    sha: str | None = None
    replicas: Replicas | None = None
    domains: tuple[SpaceDomain, ...] = ()
    volumes: tuple[Volume, ...] | None = None
    hot_reloading: SpaceHotReloading | None = None


@frozen(kw_only=True)
class SpaceSecret:
    """A secret of a Space; its value cannot be read back.

    Attributes:
        key: Its name in the app's environment.
        description: What it is for.
        updated_at: When it was set last.
    """

    key: str
    description: str | None = None
    updated_at: datetime | None = None


@frozen(kw_only=True)
class SpaceVariable:
    """A public variable of a Space.

    Attributes:
        key: Its name in the app's environment.
        value: Its value.
        description: What it is for.
        updated_at: When it was set last.
    """

    key: str
    value: str
    description: str | None = None
    updated_at: datetime | None = None
