"""What is to be uploaded: files and folders as they are found, looked at and not read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from anyio.lowlevel import checkpoint

from aiohfspaces._io.files import READ_ONLY, in_stoppable_thread, in_thread
from aiohfspaces._io.walking import walk
from aiohfspaces._plan.filtering import Patterns, uploadable
from aiohfspaces._plan.orders import Branch, LocalFile, Order, ordered
from aiohfspaces._wire.names import checked_new_path, kind_of
from aiohfspaces._wire.uploads import SAMPLE_BYTES
from aiohfspaces.errors import FileChangedError, UploadError, UsageError
from aiohfspaces.models import CommitOperation, CommitOperationAdd

_AT_ONCE = 256
"""Operations that are looked at before others get their turn."""


async def orders_of(operations: Iterable[CommitOperation], to: Branch, *, argument: str = "operations") -> list[Order]:
    """Look at everything that a commit is asked to do, in the order given.

    Raises:
        UsageError: One is no operation, or asks for what cannot be; it is named by its place.
        UploadError: A file cannot be read.
    """
    if not isinstance(operations, Iterable):
        raise UsageError(f"{argument}: expected a list of operations, got {type(operations).__name__}")
    orders: list[Order] = []
    for index, operation in enumerate(operations):
        if index % _AT_ONCE == 0:
            await checkpoint()
        if not isinstance(operation, CommitOperation):
            raise UsageError(f"{argument}[{index}]: expected a commit operation, got {kind_of(operation)}")
        try:
            orders.append(
                await _addition(operation) if isinstance(operation, CommitOperationAdd) else ordered(operation, to)
            )
        except UsageError as exc:
            raise UsageError(f"{argument}[{index}].{exc}") from None
    return orders


async def _addition(operation: CommitOperationAdd) -> LocalFile:
    path, content = checked_new_path(operation.path_in_repo), operation.path_or_fileobj
    if operation.lfs is None:
        return await local_file(content, path)
    stored = operation.lfs
    if content == b"":
        return LocalFile(path=path, source=b"", size=stored.size, sample=b"", stored=stored.sha256)
    return await local_file(content, path)  # still here, so it is looked at again: it may be another by now


async def local_file(
    content: str | Path | bytes | BinaryIO, path_in_repo: str, *, argument: str = "path_or_fileobj"
) -> LocalFile:
    """Look at one thing to upload.

    Raises:
        UsageError: It is no file, no bytes, and nothing that can be read and sought.
    """
    if isinstance(content, bytes):
        return LocalFile(path=path_in_repo, source=content, size=len(content), sample=content[:SAMPLE_BYTES])
    if isinstance(content, str | os.PathLike):
        return await in_thread(_named_file, user_path(content, argument), path_in_repo, argument)
    if not hasattr(content, "read") or not hasattr(content, "seek"):
        raise UsageError(f"{argument}: expected a path, bytes or a binary file, got {type(content).__name__}")
    return await in_thread(_file_object, content, path_in_repo, argument)


def _named_file(path: Path, path_in_repo: str, argument: str) -> LocalFile:
    if path.is_dir():
        raise UsageError(f"{argument}: expected a file, got the folder {str(path)!r}; upload_folder takes those")
    if not path.is_file():
        raise UsageError(f"{argument}: expected an existing file (or bytes), got {str(path)!r}")
    try:
        return _look(str(path), path_in_repo)
    except OSError as exc:
        raise UploadError("A file cannot be read:", failures={path_in_repo: exc.strerror or str(exc)}) from None


def _file_object(content: BinaryIO, path_in_repo: str, argument: str) -> LocalFile:
    try:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        sample = content.read(SAMPLE_BYTES)
    except (OSError, ValueError) as exc:  # ValueError: it was closed
        raise UsageError(f"{argument}: expected a file that is open and can be sought: {exc}") from None
    if not isinstance(sample, bytes):
        raise UsageError(f"{argument}: expected a file opened in binary mode")
    return LocalFile(path=path_in_repo, source=content, size=size, sample=sample)


def user_path(path: str | Path, argument: str) -> Path:
    """Accept a path that a caller gives; ``~`` is a home folder.

    Raises:
        UsageError: It is no path, or there is no such home.
    """
    try:
        return Path(path).expanduser()
    except (TypeError, RuntimeError) as exc:
        raise UsageError(f"{argument}: expected a path, got {path!r}: {exc}") from None


async def user_folder(path: str | Path, argument: str) -> Path:
    """Accept the path of a folder, be it one that is yet to be made, and make it absolute.

    Raises:
        UsageError: It is no path, or a file is in its way.
    """
    return await in_thread(_named_folder, user_path(path, argument), argument)


def _named_folder(path: Path, argument: str) -> Path:
    folder = path.absolute()
    for above in (folder, *folder.parents):
        if above.is_dir():
            break
        if above.exists():
            raise UsageError(f"{argument}: expected a folder, got {str(folder)!r}, where {str(above)!r} is a file")
    return folder


async def find_files(folder: str | Path, path_in_repo: str, *, allow: Patterns, ignore: Patterns) -> list[LocalFile]:
    """Find what a folder's upload consists of, in the order of the paths, without reading it.

    Links inside the folder are followed, in linked folders too; links out of it, and what is no file, are refused.

    Raises:
        UsageError: The folder does not exist or is a file.
        UploadError: Some files cannot be uploaded; it names all of them. Or links lead to more than
            `MAX_LINKED_PATHS` paths; it names one of the links.
    """
    return await in_stoppable_thread(_find_files, user_path(folder, "folder_path"), path_in_repo, allow, ignore)


def _find_files(
    is_given_up: Callable[[], bool], folder: Path, path_in_repo: str, allow: Patterns, ignore: Patterns
) -> list[LocalFile]:
    if not folder.is_dir():
        what = "a file" if folder.exists() else "nothing"
        raise UsageError(f"folder_path: expected a folder, found {what} at {str(folder)!r}")
    found = sorted(walk(os.path.realpath(folder), uploadable(allow=allow, ignore=ignore), is_given_up))
    prefix = f"{path_in_repo}/" if path_in_repo else ""
    files, problems = [], {}
    for path, place, refusal in takewhile(lambda _: not is_given_up(), found):
        if refusal is not None:
            problems[path] = refusal
            continue
        try:
            files.append(_look(place, checked_new_path(prefix + path)))
        except OSError as exc:
            problems[path] = exc.strerror or str(exc)
        except UsageError as exc:
            problems[path] = str(exc)
    if problems:
        raise UploadError(f"{len(problems)} of {len(found)} files cannot be uploaded:", failures=problems)
    return files


def _look(path: str, path_in_repo: str) -> LocalFile:
    descriptor = os.open(path, READ_ONLY)  # of many small files: a file object takes half as long again
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "not a regular file")
        sample = os.read(descriptor, SAMPLE_BYTES)
    finally:
        os.close(descriptor)
    return LocalFile(path=path_in_repo, source=path, size=found.st_size, sample=sample, modified_ns=found.st_mtime_ns)


async def raise_if_changed(files: list[LocalFile]) -> None:
    """Compare sizes and times of change with those found at first.

    Raises:
        FileChangedError: Some differ; it names all of them.
    """
    if files and (changed := await in_thread(_changed, files)):
        raise FileChangedError("Files changed during their upload:", failures=changed)


def _changed(files: list[LocalFile]) -> dict[str, str]:
    changed = {}
    for file in files:
        if isinstance(file.source, str | Path):
            try:
                found = Path(file.source).stat()
            except OSError as exc:
                changed[file.path] = exc.strerror or str(exc)
                continue
            if (found.st_size, found.st_mtime_ns) != (file.size, file.modified_ns):
                changed[file.path] = "its size or time of change is another"
    return changed
