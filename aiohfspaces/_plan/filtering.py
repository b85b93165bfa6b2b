"""Which paths a caller's patterns mean.

Source: huggingface_hub 2.4.0, ``filter_repo_objects``: ``fnmatch`` rules, where ``*`` also matches
``/``, and a pattern that ends in ``/`` means all that is below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
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
    is_allowed, is_ignored = _matcher(allow, or_else=True), _matcher(ignore, or_else=False)
    return [path for path in paths if is_allowed(path) and not is_ignored(path)]


def may_hold(folder: str, *, allow: Patterns = None, ignore: Patterns = None) -> bool:
    """Tell whether `matching` could keep something below a folder of which nothing else is known.

    Args:
        folder: Its path, with a slash at the end.
        allow: As for `matching`.
        ignore: As for `matching`; the folder's own name leaves it out as well.
    """
    is_ignored = _matcher(ignore, or_else=False)
    if is_ignored(folder) or is_ignored(folder.rstrip("/")):
        return False
    if allow is None:
        return True
    beginnings = [re.split(r"[*?\[]", pattern, maxsplit=1)[0] for pattern in _normalized(allow)]
    return any(folder.startswith(beginning) or beginning.startswith(folder) for beginning in beginnings)


def _matcher(patterns: Patterns, *, or_else: bool) -> Callable[[str], bool]:
    """Make one test of all patterns; where they are ``None``, each path passes it, or none."""
    if patterns is None:
        return lambda path: or_else
    match = re.compile("|".join(map(translate, _normalized(patterns))) or r"(?!)").match
    return lambda path: match(path.replace("\\", "/")) is not None


def _normalized(patterns: str | Iterable[str]) -> list[str]:
    single = [patterns] if isinstance(patterns, str) else patterns
    slashed = (pattern.replace("\\", "/") for pattern in single)
    return [f"{pattern}*" if pattern.endswith("/") else pattern for pattern in slashed]
