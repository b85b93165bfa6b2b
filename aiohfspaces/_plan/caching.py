"""Where a file lies in the cache that every Hugging Face library shares.

Source: huggingface_hub 2.4.0, ``file_download`` and ``_local_folder``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from string import Template

from attrs import frozen

from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoFile, RepoType

_TREE_FORMAT = 1
_CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# https://bford.info/cachedir/\n"
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)


@frozen
class CachedRepo:
    """The folder of one repository in the cache."""

    folder: Path

    @classmethod
    def of(cls, cache_dir: Path, repo_id: str, repo_type: RepoType) -> CachedRepo:
        """Name it as the official client does: ``spaces--owner--name``."""
        return cls(cache_dir / "--".join([f"{repo_type}s", *repo_id.split("/")]))

    @property
    def blobs(self) -> Path:
        """Where all content lies; what is not whole as well, which the official client finds and prunes here alone."""
        return self.folder / "blobs"

    def blob(self, etag: str) -> Path:
        """Where content lies, by its etag."""
        return self.blobs / etag

    def lock(self, etag: str) -> Path:
        """Which lock is held while a content is fetched; beside the repositories, not in one."""
        return self.folder.parent / ".locks" / self.folder.name / f"{etag}.lock"

    def snapshot(self, commit: str, filename: str) -> Path:
        """Where a file of a commit points at its content."""
        return self.folder / "snapshots" / commit / Path(*filename.split("/"))

    def ref(self, revision: str) -> Path:
        """Where it is noted which commit a branch or tag was at."""
        return self.folder / "refs" / Path(*revision.split("/"))

    def absence(self, commit: str, filename: str) -> Path:
        """Where it is noted that a commit has no such file."""
        return self.folder / ".no_exist" / commit / Path(*filename.split("/"))

    def tree(self, commit: str) -> Path:
        """Where it is noted which files a commit has."""
        return self.folder / "trees" / f"{commit}.json"

    def snapshot_folder(self, commit: str) -> Path:
        """Where the files of a commit are."""
        return self.folder / "snapshots" / commit


@frozen
class Listed:
    """A file of a commit.

    Attributes:
        path: In the repository.
        size: In bytes.
        blob_id: What git calls its content; ``None`` of a large file, of which git has but a pointer.
    """

    path: str
    size: int | None = None
    blob_id: str | None = None


def listed(files: Iterable[RepoFile]) -> list[Listed]:
    """Take from a tree what a download needs to know."""
    return [Listed(file.path, file.size, _blob_id(_told(file))) for file in files]


def written_tree(files: Iterable[RepoFile]) -> str:
    """Write which files a commit has, as the official client notes it.

    Source: huggingface_hub 2.4.0, ``_tree_cache``, format 1.
    """
    told = {file.path: _told(file) for file in files}
    return json.dumps({"format_version": _TREE_FORMAT, "files": dict(sorted(told.items()))}, indent=1)


def _told(file: RepoFile) -> dict[str, str | int]:
    told: dict[str, str | int] = {"size": file.size, "blob_id": file.blob_id}
    if file.lfs is not None:
        told |= {"lfs_sha256": file.lfs.sha256, "lfs_size": file.lfs.size}
    if file.xet_hash is not None:
        told["xet_hash"] = file.xet_hash
    return told


def noted_files(text: str | None) -> list[Listed] | None:
    """Read such a note; ``None`` if there is none, or none of this format."""
    try:
        noted = json.loads(text or "")
        if noted["format_version"] != _TREE_FORMAT:
            return None
        return [Listed(path, told["size"], _blob_id(told)) for path, told in noted["files"].items()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _blob_id(told: Mapping[str, str | int]) -> str | None:
    """Read a blob id where it names the content, and can name a file."""
    blob_id = told.get("blob_id")
    if "lfs_sha256" in told or "xet_hash" in told or not isinstance(blob_id, str) or not is_commit(blob_id):
        return None
    return blob_id


def is_commit(revision: str) -> bool:
    """Tell whether a revision is a whole commit id, which never moves."""
    return _COMMIT.fullmatch(revision) is not None


def local_notes(local_dir: Path) -> Path:
    """Where it is noted what the files in a ``local_dir`` were downloaded from."""
    return local_dir / ".cache" / "huggingface" / "download"


def local_marks(local_dir: Path) -> dict[Path, str]:
    """Files, the first of which keeps all notes out of git, and what is in them; the other keeps them out of backups.

    Source: huggingface_hub 2.4.0, ``_local_folder._huggingface_dir``; https://bford.info/cachedir/.
    """
    notes = local_dir / ".cache" / "huggingface"
    return {notes / ".gitignore": "*", notes / "CACHEDIR.TAG": _CACHE_TAG}


def local_metadata(local_dir: Path, filename: str) -> Path:
    """Where it is noted what a file in a ``local_dir`` was downloaded from."""
    return local_notes(local_dir) / f"{filename}.metadata"


def local_lock(local_dir: Path, filename: str) -> Path:
    """Which lock is held while a file of a ``local_dir`` is fetched or noted."""
    return local_notes(local_dir) / f"{filename}.lock"


def local_arrival(local_dir: Path, filename: str, etag: str) -> Path:
    """Where a file of a ``local_dir`` stands before it is moved to its place."""
    note = local_metadata(local_dir, filename)
    short = base64.urlsafe_b64encode(hashlib.sha1(note.name.encode(), usedforsecurity=False).digest()).decode()
    return note.with_name(f"{short}.{etag}")


def local_tree(local_dir: Path, commit: str) -> Path:
    """Where it is noted which files a commit has that was downloaded into a ``local_dir``."""
    return local_dir / ".cache" / "huggingface" / "trees" / f"{commit}.json"


def cache_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Find the cache: ``HF_HUB_CACHE``, else ``hub`` in the folder of Hugging Face."""
    given = environ.get("HF_HUB_CACHE") or environ.get("HUGGINGFACE_HUB_CACHE")
    return _expanded(given, environ, home) if given else hugging_face_folder(environ, home) / "hub"


def token_file(environ: Mapping[str, str], home: Path) -> Path:
    """Find what ``hf auth login`` wrote: ``HF_TOKEN_PATH``, else ``token`` in the folder of Hugging Face."""
    given = environ.get("HF_TOKEN_PATH")
    return _expanded(given, environ, home) if given else hugging_face_folder(environ, home) / "token"


def hugging_face_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Find ``HF_HOME``, else ``huggingface`` in the user's cache folder."""
    if given := environ.get("HF_HOME"):
        return _expanded(given, environ, home)
    caches = environ.get("XDG_CACHE_HOME")
    return (_expanded(caches, environ, home) if caches else home / ".cache") / "huggingface"


def checked_filename(filename: str, *, argument: str = "filename") -> str:
    """Accept a path in a repository that stays inside whatever folder it is put into.

    Raises:
        UsageError: It is no string, absolute, leaves the folder, or names a drive, by the rules of POSIX or Windows.
    """
    if not isinstance(filename, str):
        raise UsageError(f"{argument}: expected a path inside the repository, got {filename!r}")
    parts = filename.replace("\\", "/").split("/")
    anchored = PurePosixPath(filename).is_absolute() or any(
        PureWindowsPath(part).drive or PureWindowsPath(part).root for part in filename.split("/")
    )
    if not filename or "\0" in filename or anchored or {"..", ".", ""} & set(parts):
        raise UsageError(f"{argument}: expected a path inside the repository, got {filename!r}")
    return filename


def _expanded(path: str, environ: Mapping[str, str], home: Path) -> Path:
    path = Template(path).safe_substitute(environ)
    if path == "~" or path.startswith("~/"):
        return home / path[2:]
    return Path(path)
