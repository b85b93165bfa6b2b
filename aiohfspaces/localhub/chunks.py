"""Xet storage in a folder, which hf-xet reads and writes by itself under a ``local://`` address.

Here it is only looked up what is there, and put together again for those who want plain bytes.

Source: hf-xet 1.8.0, by what it leaves in such a folder.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from aiohfspaces.localhub.shards import XetFile, files_of

_SHARDS = Path("xet", "xorbs", "shards")
_XORBS = Path("xet", "xorbs", "xorbs")
_INDEX = Path("xet", "xorbs", "global_dedup_lookup.redb")


class ChunkStore:
    """The files that came by way of hf-xet, found by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        """Keep them in ``folder``.

        Raises:
            ValueError: hf-xet is not installed.
        """
        try:
            import hf_xet
        except ImportError:
            raise ValueError("xet: expected hf-xet, which the extra brings: pip install 'aiohfspaces[xet]'") from None
        self._hf_xet: Any = hf_xet
        self._folder = folder.resolve()
        self._files: dict[str, XetFile] = {}
        self._seen: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """The address by which hf-xet finds it, on this machine."""
        return f"local://{self._folder}"

    def find(self, sha256: str) -> XetFile | None:
        """Find a file by its content; ``None`` if it did not come this way."""
        with self._lock:
            if sha256 not in self._files:
                self._look()
            return self._files.get(sha256)

    def forget(self, sha256: str) -> None:
        """Find a file no more, unless it comes again, or until the next start."""
        with self._lock:
            self._look()
            self._files.pop(sha256, None)

    def _look(self) -> None:
        """Read the shards that have come since; hf-xet writes each under another name first."""
        for path in (self._folder / _SHARDS).glob("*.mdb"):
            mark = (path.name, path.stat().st_mtime_ns)
            if mark not in self._seen:
                self._files |= {file.sha256: file for file in files_of(path.read_bytes()) if file.sha256 is not None}
                self._seen.add(mark)

    def write(self, file: XetFile, target: Path) -> None:
        """Put a file together.

        Only one process at a time can have hf-xet's index open, and whoever uploads may hold it for long. So it is
        read through a folder of links with a copy of the index.

        Raises:
            OSError: The disk refused.
            RuntimeError: hf-xet could not do it.
        """
        with tempfile.TemporaryDirectory(prefix="view-", dir=self._folder) as name:
            view = Path(name)
            (view / _INDEX).parent.mkdir(parents=True)
            for folder in (_SHARDS, _XORBS):
                (view / folder).symlink_to(self._folder / folder, target_is_directory=True)
            shutil.copyfile(self._folder / _INDEX, view / _INDEX)
            config = self._hf_xet.XetConfig().with_config("telemetry.enabled", value=False)
            group = self._hf_xet.XetSession(config).new_file_download_group(endpoint=f"local://{view}")
            group.start_download_file(self._hf_xet.XetFileInfo(file.hash, file.size), str(target))
            group.wait_to_finish()
