"""Where the objects of a push wait until it is accepted; what is not accepted leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID, ShaFile

Receive = Callable[[int], bytes]
"""Reads bytes off the wire: at most as many as asked for."""


class Incoming:
    """The objects of one push, beside those that the repository has already."""

    def __init__(self, arriving: DiskObjectStore, stored: DiskObjectStore) -> None:
        """Keep what comes in ``arriving``; what is in ``stored`` is old."""
        self._arriving = arriving
        self._stored = stored

    def receive(self, read: Receive, read_some: Receive) -> None:
        """Take a pack off the wire, which may lean on what is stored."""
        self._arriving.add_thin_pack(read, read_some)

    def read(self, oid: ObjectID) -> ShaFile:
        """Read an object, new or old.

        Raises:
            KeyError: There is none.
        """
        return self._arriving[oid]

    def is_old(self, oid: ObjectID) -> bool:
        """Tell whether the repository had an object before."""
        return oid in self._stored

    def move_into(self, objects: Path) -> None:
        """Move what came to a repository's folder of objects."""
        arrived, packs = Path(self._arriving.pack_dir), objects / "pack"
        names = [f"pack-{pack.name().decode()}" for pack in self._arriving.packs if len(pack)]
        self._arriving.close()
        packs.mkdir(exist_ok=True)
        # The index last: a pack is looked for where there is an index.
        for file in (f"{name}{suffix}" for name in names for suffix in (".pack", ".idx")):
            (arrived / file).replace(packs / file)


@contextmanager
def open_incoming(repository: Path) -> Iterator[Incoming]:
    """Make room for the objects of a push to a repository, beside it on the same disk."""
    objects = repository / "objects"
    with (
        TemporaryDirectory(dir=repository.parent, prefix=f"{repository.name}.incoming-") as folder,
        closing(DiskObjectStore.init(folder)) as arriving,
        closing(DiskObjectStore(str(objects))) as stored,
    ):
        arriving.add_alternate_path(str(objects))
        yield Incoming(arriving, stored)
