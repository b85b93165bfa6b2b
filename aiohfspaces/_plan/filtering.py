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

GITS_OWN = (".git", ".git/*", "*/.git", "**/.git/**")
"""What git would obey, were it downloaded."""

NOTES = (".cache/huggingface", ".cache/huggingface/*")
"""Where it is noted in a ``local_dir`` what its files are."""

NEVER_UPLOADED = (
    *GITS_OWN,
    *NOTES,
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


class Selection:
    """Which paths a caller means: compiled once, for a folder of any size."""

    def __init__(self, *, allow: Patterns = None, ignore: Patterns = None) -> None:
        """Select the paths that match one of `allow` (all, if it is ``None``) and none of `ignore`."""
        allowed, ignored = _normalized("*" if allow is None else allow), _normalized(ignore)
        self._is_allowed, self._is_ignored = _matcher(allowed), _matcher(ignored)
        self._leaves_out_all_below = _matcher(pattern for pattern in ignored if pattern.endswith("*"))
        self._beginnings = tuple(re.split(r"[*?\[]", pattern, maxsplit=1)[0] for pattern in allowed)

    def includes(self, path: str) -> bool:
        """Tell whether a path is meant."""
        return self._is_allowed(path) and not self._is_ignored(path)

    def ignores(self, path: str) -> bool:
        """Tell whether a path is left out by name, whatever else is allowed."""
        return self._is_ignored(path)

    def may_include_below(self, folder: str) -> bool:
        """Tell whether a path below a folder can be meant; ``False`` only if it is certain that none is.

        A pattern that ends in ``*`` and matches the folder's path matches whatever follows it; and what an
        allowed path begins with, up to the first wildcard, has to agree with the folder's path.

        Args:
            folder: Its path, with a slash at the end.
        """
        if self._leaves_out_all_below(folder):
            return False
        slashed = _slashed(folder)
        return slashed.startswith(self._beginnings) or any(one.startswith(slashed) for one in self._beginnings)


def matching(paths: Iterable[str], *, allow: Patterns = None, ignore: Patterns = None) -> list[str]:
    """Keep the paths that match one of `allow` (all, if it is ``None``) and none of `ignore`."""
    selection = Selection(allow=allow, ignore=ignore)
    return [path for path in paths if selection.includes(path)]


def uploadable(*, allow: Patterns = None, ignore: Patterns = None) -> Selection:
    """Select what is uploaded of a folder: what a caller means, without what never is."""
    return Selection(allow=allow, ignore=[*_normalized(ignore), *NEVER_UPLOADED])


def _matcher(normalized: Iterable[str]) -> Callable[[str], bool]:
    """Make one test of all patterns; where there are none, no path passes it."""
    match = re.compile("|".join(map(translate, normalized)) or r"(?!)").match
    return lambda path: match(_slashed(path)) is not None


def _normalized(patterns: Patterns) -> list[str]:
    several = [patterns] if isinstance(patterns, str) else patterns or ()
    return [f"{pattern}*" if pattern.endswith("/") else pattern for pattern in map(_slashed, several)]


def _slashed(path: str) -> str:
    return path.replace("\\", "/")
