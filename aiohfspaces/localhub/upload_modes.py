"""Which files travel as LFS objects, and which a .gitignore leaves out.

Source: huggingface_hub 2.4.0, ``preupload_lfs_files``; the patterns are those that new repositories begin with.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from dulwich.attrs import GitAttributes, Pattern, parse_git_attributes
from dulwich.ignore import IgnoreFilter, read_ignore_patterns

LFS_SIZE = 10 * 1024 * 1024
"""From this many bytes on, a file is never a regular one."""

_LFS_ATTRIBUTES = "filter=lfs diff=lfs merge=lfs -text"
_LFS_PATTERNS = (
    "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack *.npy "
    "*.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* "
    "*.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents*"
)


def default_gitattributes() -> bytes:
    """Write the .gitattributes of a new repository."""
    return "".join(f"{pattern} {_LFS_ATTRIBUTES}\n" for pattern in _LFS_PATTERNS.split()).encode()


def read_attributes(gitattributes: bytes) -> GitAttributes:
    """Read a .gitattributes file."""
    parsed = parse_git_attributes(io.BytesIO(gitattributes))
    return GitAttributes([(Pattern(pattern), attributes) for pattern, attributes in parsed])


def is_lfs_path(attributes: GitAttributes, path: str) -> bool:
    """Tell whether the attributes make an LFS object of a path."""
    return attributes.match_path(path.encode()).get(b"filter") == b"lfs"


def add_lfs_paths(gitattributes: bytes, paths: Iterable[str]) -> bytes:
    """Add the LFS paths that no pattern covers, so that git treats them as what they are."""
    attributes = read_attributes(gitattributes)
    lines = [f"{_as_pattern(path)} {_LFS_ATTRIBUTES}\n" for path in paths if not is_lfs_path(attributes, path)]
    separator = b"" if not gitattributes or gitattributes.endswith(b"\n") else b"\n"
    return gitattributes + separator + "".join(lines).encode() if lines else gitattributes


def _as_pattern(path: str) -> str:
    return "".join("[[:space:]]" if character.isspace() else character for character in path)


def choose_mode(attributes: GitAttributes, path: str, size: int, sample: bytes) -> str:
    """Choose how a file travels: ``lfs`` or ``regular``.

    Args:
        attributes: The repository's.
        path: Where the file goes.
        size: Its bytes.
        sample: The first of them; a NUL among them makes it binary, as git has it.
    """
    if size == 0:
        return "regular"
    binary = size >= LFS_SIZE or b"\0" in sample or is_lfs_path(attributes, path)
    return "lfs" if binary else "regular"


class IgnoreRules:
    """The rules of one .gitignore file."""

    def __init__(self, gitignore: bytes) -> None:
        """Read the rules."""
        self._filter = IgnoreFilter(read_ignore_patterns(io.BytesIO(gitignore)))

    def leave_out(self, path: str) -> bool:
        """Tell whether they leave out a file, itself or by one of its folders."""
        parts = path.split("/")
        folders = ("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))
        return any(self._filter.is_ignored(candidate) for candidate in (*folders, path))
