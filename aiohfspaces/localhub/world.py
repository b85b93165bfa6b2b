"""Everything one hub knows, in one place: what the routes work on."""

from __future__ import annotations

from attrs import define, field

from aiohfspaces.localhub.accounts import Accounts
from aiohfspaces.localhub.chunks import ChunkStore
from aiohfspaces.localhub.clock import Clock
from aiohfspaces.localhub.faults import Faults
from aiohfspaces.localhub.objects import ObjectStore
from aiohfspaces.localhub.presigning import Signer
from aiohfspaces.localhub.quotas import Quotas
from aiohfspaces.localhub.repositories import Repositories
from aiohfspaces.localhub.webhooks import Webhooks


@define(eq=False)
class World:
    """One hub's knowledge.

    Attributes:
        url: The hub's origin.
        storage_url: The origin of the object storage.
        stage_seconds: How long each passing stage of a Space lasts.
        has_persistent_storage: Whether Spaces may still be given storage.
        multipart_bytes: From this size on, an LFS object is uploaded in parts.
        part_bytes: How large such a part is.
        chunks: Xet storage; ``None`` if there is none.
        is_closing: Whether streams have to end.
        open_streams: How many are being told; only the server's loop counts.
    """

    url: str
    storage_url: str
    clock: Clock
    accounts: Accounts
    repositories: Repositories
    objects: ObjectStore
    stage_seconds: float
    has_persistent_storage: bool
    multipart_bytes: int
    part_bytes: int
    quotas: Quotas
    chunks: ChunkStore | None = None
    is_closing: bool = False
    open_streams: int = 0
    faults: Faults = field(factory=Faults)
    signer: Signer = field(factory=Signer)
    webhooks: Webhooks = field(factory=Webhooks)
