"""Which paths a caller's patterns mean.

Source: huggingface_hub 2.4.0, ``filter_repo_objects``: ``fnmatch`` rules, where ``*`` also matches
``/``, and a pattern that ends in ``/`` means all that is below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TypeAlias

from aiohfspaces._wire.names import checked_items
from aiohfspaces.errors import UsageError

Patterns: TypeAlias = str | Iterable[str] | None

NEVER_UPLOADED = (
    ".git",
    ".git/*",
    "*/.git",
    "**/.git/**",
    ".cache/huggingface",
    ".cache/huggingface/*",
    "*/.cache/huggingface",
    "**/.cache/huggingface/**",
)
"""Source: huggingface_hub 2.4.0, ``DEFAULT_IGNORE_PATTERNS``."""


def checked_patterns(patterns: Patterns, *, argument: str) -> tuple[str, ...] | None:
    """Accept one pattern, or several.

    Raises:
        UsageError: They are something else.
    """
    if patterns is None:
        return None
    several = (patterns,) if isinstance(patterns, str) else tuple(checked_items(patterns, argument=argument))
    for index, pattern in enumerate(several):
        if not isinstance(pattern, str):
            raise UsageError(f"{argument}[{index}]: expected a pattern such as '*.py', got {pattern!r}")
    return several


def matching(paths: Iterable[str], *, allow: Patterns = None, ignore: Patterns = None) -> list[str]:
    """Keep the paths that match one of `allow` (all, if it is ``None``) and none of `ignore`."""
    allowed, ignored = _normalized(allow), _normalized(ignore)
    return [
        path
        for path in paths
        if (allowed is None or _matches(path, allowed)) and (ignored is None or not _matches(path, ignored))
    ]


def may_hold(folder: str, *, allow: Patterns = None, ignore: Patterns = None) -> bool:
    """Tell whether `matching` could keep something below a folder of which nothing else is known.

    Args:
        folder: Its path, with a slash at the end.
        allow: As for `matching`.
        ignore: As for `matching`; the folder's own name leaves it out as well.
    """
    allowed, ignored = _normalized(allow), _normalized(ignore)
    if ignored is not None and (_matches(folder, ignored) or _matches(folder.rstrip("/"), ignored)):
        return False
    if allowed is None:
        return True
    beginnings = [re.split(r"[*?\[]", pattern, maxsplit=1)[0] for pattern in allowed]
    return any(folder.startswith(beginning) or beginning.startswith(folder) for beginning in beginnings)


def _normalized(patterns: Patterns) -> tuple[str, ...] | None:
    if patterns is None:
        return None
    single = [patterns] if isinstance(patterns, str) else patterns
    slashed = (pattern.replace("\\", "/") for pattern in single)
    return tuple(f"{pattern}*" if pattern.endswith("/") else pattern for pattern in slashed)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    normalized = path.replace("\\", "/")
    return any(fnmatchcase(normalized, pattern) for pattern in patterns)
