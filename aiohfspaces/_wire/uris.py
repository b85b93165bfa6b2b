"""Addresses of the form ``hf://[<type>s/]<owner>/<name>[@<revision>][/<path>]``.

Source: huggingface_hub 2.4.0, ``parse_hf_uri``: without a type it is a model; a revision that holds a slash is written
with ``%2F``, but for ``refs/pr/N`` and ``refs/convert/…``.
"""

from __future__ import annotations

import re
from typing import get_args
from urllib.parse import unquote

from attrs import frozen

from aiohfspaces._wire.names import checked_folder_in_repo, checked_full_id, checked_ref
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoType

_SCHEME = "hf://"
_TYPES: dict[str, RepoType] = {f"{kind}s": kind for kind in get_args(RepoType)}
_ELSEWHERE = ("buckets", "kernels")
_PARTS = re.compile(r"([^/@]+/[^/@]+)(?:@(refs/convert/[\w.-]+|refs/pr/[0-9]+|[^/]+))?(?:/((?!/).*))?", re.DOTALL)


@frozen(kw_only=True)
class HfUri:
    """A place in a repository.

    Attributes:
        repo_type: The kind of repository.
        repo_id: ``owner/name``.
        revision: Branch, tag or commit; ``None`` for the default branch.
        path: From the root, without a slash at its end; ``""`` for all of it.
        is_folder: Whether there was a slash at the end.
    """

    repo_type: RepoType
    repo_id: str
    revision: str | None
    path: str
    is_folder: bool


def checked_uri(uri: str, *, argument: str) -> HfUri:
    """Accept an address in a repository.

    Raises:
        UsageError: It is none, or leads into a bucket or a kernel.
    """
    expected = f"{argument}: expected an address such as 'hf://spaces/me/app/data', got {uri!r}"
    if not isinstance(uri, str) or not uri.startswith(_SCHEME):
        raise UsageError(expected)
    prefix, _, rest = uri.removeprefix(_SCHEME).partition("/")
    if prefix in _ELSEWHERE:
        raise UsageError(f"{argument}: {prefix} are beyond this library, got {uri!r}")
    found = _PARTS.fullmatch(rest if prefix in _TYPES else uri.removeprefix(_SCHEME))
    if found is None:
        raise UsageError(expected)
    repo_id, revision, path = found.groups()
    return HfUri(
        repo_type=_TYPES.get(prefix, "model"),
        repo_id=checked_full_id(repo_id, argument=argument),
        revision=None if revision is None else checked_ref(unquote(revision), argument=argument),
        path=checked_folder_in_repo(path, argument=argument),
        is_folder=uri.endswith("/"),
    )
