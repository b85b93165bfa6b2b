"""Checks of what a caller names, before anything is sent, and how names go into a path."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import quote

from aiohfspaces import models
from aiohfspaces.errors import UsageError
from aiohfspaces.models import RepoType, RepoVisibility, SpaceHardware, SpaceStorage

T = TypeVar("T")

SPACE_SDKS = ("gradio", "docker", "static", "streamlit")
"""Source: huggingface_hub 2.4.0, ``SPACES_SDK_TYPES``."""

DEFAULT_REVISION = "main"
NEVER_SLEEPS = -1

REGIONS = ("eu", "us")
"""Source: the Hub's OpenAPI document of 2026-08-22, ``POST /api/repos/create``."""

VOLUME_TYPES = ("bucket", "model", "dataset", "space")
"""Source: the Hub's OpenAPI document of 2026-08-22, ``PUT /api/spaces/{id}/volumes``."""

_SHOWN_IDS = 100
_SHOWN_CHARACTERS = 100
_NAME = r"[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?"
_ACCOUNT = re.compile(_NAME, re.ASCII)
_REPO_ID = re.compile(f"(?:{_NAME}/)?{_NAME}", re.ASCII)
_KEY = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*", re.ASCII)
_TOKEN = re.compile(r"hf_[a-zA-Z0-9]{20,}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_COMMIT = re.compile(r"[0-9a-fA-F]{5,40}", re.ASCII)
_RESOURCE_GROUP = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)


def checked_repo_id(repo_id: str, *, argument: str = "repo_id") -> str:
    """Accept ``owner/name`` or ``name``.

    Source: huggingface_hub 2.4.0, ``validate_repo_id``.

    Raises:
        UsageError: It is something else.
    """
    expected = "expected 'owner/name' of letters, digits, '-', '_' and '.'"
    if not isinstance(repo_id, str) or not _REPO_ID.fullmatch(repo_id):
        raise UsageError(f"{argument}: {expected}, got {repo_id!r}")
    if "--" in repo_id or ".." in repo_id or repo_id.endswith(".git"):
        raise UsageError(f"{argument}: {expected}, without '--' or '..' and not ending in '.git', got {repo_id!r}")
    return repo_id


def checked_full_id(repo_id: str, *, argument: str = "repo_id") -> str:
    """Accept ``owner/name`` only, where an owner left out would not be the token's.

    Raises:
        UsageError: It is something else.
    """
    if "/" not in checked_repo_id(repo_id, argument=argument):
        raise UsageError(f"{argument}: expected 'owner/name', the owner included, got {repo_id!r}")
    return repo_id


def checked_full_ids(repo_ids: Iterable[str], *, argument: str = "repo_ids") -> tuple[str, ...]:
    """Accept several ``owner/name``, each once from here on, in the order in which they came first.

    Raises:
        UsageError: Some are something else; all of those are named. Or there are none.
    """
    wanted = list(checked_items(repo_ids, argument=argument))
    raise_unless_full_ids(wanted, argument=argument)
    if not wanted:
        raise UsageError(f"{argument}: expected one Space or more, got none")
    return tuple(dict.fromkeys(wanted))


def raise_unless_full_ids(repo_ids: Iterable[object], *, argument: str = "repo_ids") -> None:
    """Look at several ids.

    Raises:
        UsageError: Some are no ``owner/name``; it names them, a hundred at the most.
    """
    wrong = list(dict.fromkeys(shown_item(repo_id) for repo_id in repo_ids if not is_full_id(repo_id)))
    if wrong:
        shown = ", ".join(wrong[:_SHOWN_IDS])
        more = f" and {len(wrong) - _SHOWN_IDS} more" if len(wrong) > _SHOWN_IDS else ""
        raise UsageError(f"{argument}: expected 'owner/name' everywhere, got {shown}{more}")


def shown_item(item: object) -> str:
    """Show what was given in place of an id; of a record, which tells a page of things, only what it is."""
    said = repr(item)
    if isinstance(item, str) or len(said) <= _SHOWN_CHARACTERS:
        return said
    meant = " (its .id is meant)" if is_full_id(getattr(item, "id", None)) else ""
    return f"a {type(item).__name__}{meant}"


def is_full_id(repo_id: object) -> bool:
    """Tell whether something is an ``owner/name``."""
    try:
        checked_full_id(repo_id)  # type: ignore[arg-type]
    except UsageError:
        return False
    return True


def checked_landings(
    requests: Iterable[str | tuple[str, SpaceHardware | str | None]] | Mapping[str, SpaceHardware | str | None],
) -> list[tuple[str, SpaceHardware | None]]:
    """Accept what is to land on what: ids, alone or each with a flavor; ``None`` for whatever is requested.

    Returns:
        Each id with its flavor, as often as it was named.

    Raises:
        UsageError: Some are something else, or a Space is to land on two flavors; all of those are named. Or there
            are none.
    """
    wanted: dict[str, SpaceHardware | None] = {}
    asked: list[tuple[str, SpaceHardware | None]] = []
    wrong: list[str] = []
    for request in requests.items() if isinstance(requests, Mapping) else checked_items(requests, argument="requests"):
        try:
            repo_id, flavor = _landing(request)
            if wanted.setdefault(repo_id, flavor) != flavor:
                raise UsageError(f"{repo_id!r} to land on {wanted[repo_id]} and on {flavor}")
            asked.append((repo_id, flavor))
        except UsageError as exc:
            wrong.append(str(exc))
    if wrong:
        raise UsageError(f"requests: expected each Space with its flavor, got {'; '.join(wrong)}")
    if not asked:
        raise UsageError("requests: expected one Space or more, got none")
    return asked


def _landing(request: object) -> tuple[str, SpaceHardware | None]:
    repo_id, flavor = request if isinstance(request, tuple | list) and len(request) == 2 else (request, None)
    if not isinstance(repo_id, str) or not is_full_id(repo_id):
        raise UsageError(f"{shown_item(request)}, where 'owner/name' was expected")
    return repo_id, None if flavor is None else checked_hardware(flavor, argument=repo_id)


def checked_account(name: str, *, argument: str) -> str:
    """Accept what a user or an organization can be called.

    Raises:
        UsageError: It is something else.
    """
    if not isinstance(name, str) or not _ACCOUNT.fullmatch(name):
        raise UsageError(f"{argument}: expected a name of letters, digits, '-', '_' and '.', got {name!r}")
    return name


def checked_repo_type(repo_type: str) -> RepoType:
    """Accept ``"space"``, ``"dataset"`` or ``"model"``.

    Raises:
        UsageError: It is something else.
    """
    return cast(RepoType, checked_choice(repo_type, get_args(RepoType), argument="repo_type"))


def checked_words(words: str, *, argument: str) -> str:
    """Accept words that can be sent, one at least.

    Raises:
        UsageError: It is something else.
    """
    if not isinstance(words, str) or not words.strip() or not _is_unicode(words):
        raise UsageError(f"{argument}: expected words, got {words!r}")
    return words


def checked_items(items: Iterable[T], *, argument: str) -> Iterable[T]:
    """Accept what can be gone through, but for a string.

    Raises:
        UsageError: It is something else.
    """
    if not isinstance(items, Iterable) or isinstance(items, str | bytes):
        raise UsageError(f"{argument}: expected a list, got {type(items).__name__}")
    return items


def checked_texts(texts: str | Iterable[str] | None, *, argument: str) -> tuple[str, ...] | None:
    """Accept one string, or several, or none at all.

    Raises:
        UsageError: They are something else.
    """
    if texts is None:
        return None
    several = (texts,) if isinstance(texts, str) else tuple(checked_items(texts, argument=argument))
    for index, text in enumerate(several):
        checked_value(text, argument=argument if isinstance(texts, str) else f"{argument}[{index}]")
    return several


def checked_flags(**flags: bool | None) -> None:
    """Accept ``True``, ``False``, or ``None`` for what was not said, under the names of the arguments.

    Raises:
        UsageError: One is something else, and be it ``"no"``, which counts as true elsewhere.
    """
    for argument, flag in flags.items():
        if flag is not None and not isinstance(flag, bool):
            raise UsageError(f"{argument}: expected True or False, got {flag!r}")


def kind_of(value: object) -> str:
    """Name what was given in the place of something of ours; of the official client's of the same name, say so."""
    name, home = type(value).__name__, type(value).__module__.partition(".")[0]
    return f"{name} of {home}: import it from aiohfspaces" if home == "huggingface_hub" else name


def checked_key(key: str) -> str:
    """Accept the name of a secret or a variable.

    Source: the Hub's OpenAPI document of 2026-08-22, ``POST /api/spaces/{id}/secrets``.

    Raises:
        UsageError: It is no name of letters, digits and underscores that begins with a letter, or it is a token.
            The error does not show it, since it may be the value in the wrong place.
    """
    if not isinstance(key, str):
        raise UsageError(f"key: expected letters, digits and '_' after a letter, got {type(key).__name__}")
    if not _KEY.fullmatch(key):
        raise UsageError(f"key: expected letters, digits and '_' after a letter, got {len(key)} characters not so made")
    if _TOKEN.fullmatch(key):
        raise UsageError("key: expected a name, got a token; the value comes after it")
    return key


def checked_value(value: str, *, argument: str = "value") -> str:
    """Accept the value of a secret or a variable; it is not shown.

    Raises:
        UsageError: It is no string, or none that can be sent.
    """
    if not isinstance(value, str):
        raise UsageError(f"{argument}: expected a string, got {type(value).__name__}")
    if not _is_unicode(value):
        raise UsageError(f"{argument}: expected a string of Unicode, got one with lone surrogates")
    return value


def checked_sdk(space_sdk: str | None) -> str:
    """Accept an SDK that Spaces can have.

    Raises:
        UsageError: It is none, or missing.
    """
    return checked_choice(space_sdk, SPACE_SDKS, argument="space_sdk")


_ALIASES: dict[str, SpaceHardware] = {"zerogpu": SpaceHardware.ZERO_A10G}


def checked_hardware(hardware: SpaceHardware | str, *, argument: str = "hardware") -> SpaceHardware:
    """Accept any flavor, the Hub being the authority, but not the guide's ``cpu-classic``.

    Raises:
        UsageError: It is empty, no string, or ``cpu-classic``.
    """
    if not isinstance(hardware, str) or not hardware:
        raise UsageError(f"{argument}: expected a flavor such as 't4-medium', got {hardware!r}")
    if hardware == "cpu-classic":
        raise UsageError(f"{argument}: the Hub knows no 'cpu-classic'; its free flavor is 'cpu-basic'")
    return SpaceHardware(hardware)


def checked_flavor(hardware: SpaceHardware | str, *, argument: str = "hardware") -> SpaceHardware:
    """Accept any flavor, under the name that runtimes tell it by.

    The alias ``zerogpu`` is known only where a Space is made. Source: the Hub's OpenAPI document of 2026-08-22.

    Raises:
        UsageError: It is empty, no string, or ``cpu-classic``.
    """
    flavor = checked_hardware(hardware, argument=argument)
    return _ALIASES.get(flavor, flavor)


def checked_storage(storage: SpaceStorage | str, *, argument: str = "storage") -> SpaceStorage:
    """Accept any tier, the Hub being the authority.

    Raises:
        UsageError: It is empty or no string.
    """
    if not isinstance(storage, str) or not storage:
        raise UsageError(f"{argument}: expected a tier such as 'small', got {storage!r}")
    return SpaceStorage(storage)


def checked_sleep_time(sleep_time: int | str | timedelta, *, argument: str = "sleep_time") -> int:
    """Accept idle seconds above zero, ``-1`` for never, or either as a string.

    Raises:
        UsageError: It is something else.
    """
    number: object = sleep_time
    if isinstance(sleep_time, timedelta):
        number = sleep_time.total_seconds()
    elif isinstance(sleep_time, str):
        number = int(sleep_time) if re.fullmatch(r"\s*-?[0-9]{1,18}\s*", sleep_time) else None
    whole = isinstance(number, int | float) and not isinstance(number, bool) and number == number // 1
    if not whole or not (number > 0 or number == NEVER_SLEEPS):  # type: ignore[operator]
        raise UsageError(f"{argument}: expected whole seconds above zero, or -1 for never, got {sleep_time!r}")
    return int(number)  # type: ignore[call-overload, no-any-return]


def checked_visibility(private: bool | None, visibility: RepoVisibility | None) -> RepoVisibility | None:
    """Make one of the two ways to say it.

    Raises:
        UsageError: Both are given, or it is no visibility.
    """
    if private is not None and visibility is not None:
        raise UsageError("private, visibility: expected one of them, got both")
    if visibility is not None:
        return cast(RepoVisibility, checked_choice(visibility, get_args(RepoVisibility), argument="visibility"))
    checked_flags(private=private)
    if private is None:
        return None
    return "private" if private else "public"


def checked_region(region: str | None) -> str | None:
    """Accept where a repository can be kept, or not said.

    Raises:
        UsageError: It is elsewhere.
    """
    return None if region is None else checked_choice(region, REGIONS, argument="region")


def checked_resource_group(resource_group_id: str | None) -> str | None:
    """Accept the id of a resource group, or none.

    Source: the Hub's OpenAPI document of 2026-08-22, ``POST /api/repos/create``.

    Raises:
        UsageError: It is something else, such as the group's name.
    """
    if resource_group_id is None:
        return None
    if not isinstance(resource_group_id, str) or not _RESOURCE_GROUP.fullmatch(resource_group_id):
        raise UsageError(f"resource_group_id: expected 24 hexadecimal digits, got {resource_group_id!r}")
    return resource_group_id


def checked_gated(gated: Literal["auto", "manual", False] | None) -> Literal["auto", "manual", False] | None:
    """Accept how access is asked for, or not at all.

    Raises:
        UsageError: It is something else, and be it a zero.
    """
    if gated is not None and gated is not False and gated not in ("auto", "manual"):
        raise UsageError(f"gated: expected 'auto', 'manual' or False, got {gated!r}")
    return gated


def checked_commit(oid: str, *, argument: str = "parent_commit") -> str:
    """Accept a commit id of 5 to 40 hexadecimal digits, in lower case from here on.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(oid, str) or not _COMMIT.fullmatch(oid):
        raise UsageError(f"{argument}: expected 5 to 40 hexadecimal digits, got {oid!r}")
    return oid.lower()


def checked_revision(revision: str | None) -> str:
    """Accept a branch, a tag, a commit or a ref; ``None`` is the default branch.

    Raises:
        UsageError: It is empty, holds control characters, or has a part that is no name: '', '.' or '..'.
    """
    return DEFAULT_REVISION if revision is None else checked_ref(revision, argument="revision")


def checked_ref(ref: str, *, argument: str) -> str:
    """Accept what can name a branch or a tag.

    Raises:
        UsageError: It is empty, holds control characters, or has a part that is no name: '', '.' or '..'.
    """
    if not isinstance(ref, str) or not ref.isprintable() or {"", ".", ".."} & set(ref.split("/")):
        raise UsageError(f"{argument}: expected a branch, tag or commit, got {ref!r}")
    return ref


def checked_path_in_repo(path: str, *, argument: str = "path_in_repo") -> str:
    """Accept a path from the root of a repository, ``/`` between its parts.

    Source: huggingface_hub 2.4.0, ``CommitOperationAdd``: no ``..``, not absolute, not in ``.git``.

    Raises:
        UsageError: It leaves the repository, points into ``.git``, or is empty.
    """
    if not isinstance(path, str) or not path or set("\0\r\n") & set(path) or not _is_unicode(path):
        raise UsageError(f"{argument}: expected a path in the repository, got {path!r}")
    below = path.removeprefix("./")
    parts = below.split("/")
    if {"", ".", ".."} & set(parts):
        raise UsageError(f"{argument}: expected a path from the repository's root, without '..', got {path!r}")
    if ".git" in parts:
        raise UsageError(f"{argument}: nothing can be put into '.git', got {path!r}")
    return below


def checked_new_path(path: str, *, argument: str = "path_in_repo") -> str:
    """Accept a path where a file is put.

    Source: huggingface_hub 2.4.0, ``CommitOperationAdd``: nothing goes into ``.cache``, whoever's cache it is.

    Raises:
        UsageError: As `checked_path_in_repo`, and for what points into ``.cache``.
    """
    below = checked_path_in_repo(path, argument=argument)
    if ".cache" in below.split("/"):
        raise UsageError(f"{argument}: nothing can be put into '.cache', got {path!r}")
    return below


def checked_folder_in_repo(path: str | None, *, argument: str = "path_in_repo") -> str:
    """Accept a folder of a repository; a slash at its end counts for nothing, and ``"."`` and ``"/"`` are the root.

    Raises:
        UsageError: It begins with a slash, as a file's may not either, leaves the repository, or points into ``.git``.
    """
    if path is None or path == "/":
        return ""
    if not isinstance(path, str) or path.startswith("/"):
        return checked_path_in_repo(path, argument=argument)
    below = path.rstrip("/")
    return "" if below in ("", ".") else checked_path_in_repo(below, argument=argument)


def checked_volumes(volumes: Iterable[models.Volume], *, argument: str = "volumes") -> tuple[models.Volume, ...]:
    """Accept what can be mounted, one or more.

    Source: the Hub's OpenAPI document of 2026-08-22, ``PUT /api/spaces/{id}/volumes``.

    Raises:
        UsageError: There is none, one is no `Volume`, or has a field that is wrong, or two are mounted at one path.
    """
    checked = tuple(volumes) if isinstance(volumes, Iterable) else ()
    if not checked:
        raise UsageError(f"{argument}: expected one Volume or more, got {volumes!r}")
    taken = set()
    for index, volume in enumerate(checked):
        _check_volume(volume, argument=f"{argument}[{index}]")
        place = volume.mount_path.rstrip("/")
        if place in taken:
            raise UsageError(
                f"{argument}[{index}].mount_path: expected each path once, got {volume.mount_path!r} a second time"
            )
        taken.add(place)
    return checked


def _check_volume(volume: models.Volume, *, argument: str) -> None:
    if not isinstance(volume, models.Volume):
        raise UsageError(f"{argument}: expected a Volume, got {kind_of(volume)}")
    checked_choice(volume.type, VOLUME_TYPES, argument=f"{argument}.type")
    checked_words(volume.source, argument=f"{argument}.source")
    path = volume.mount_path
    if not isinstance(path, str) or not path.startswith("/") or not _is_unicode(path):
        raise UsageError(f"{argument}.mount_path: expected an absolute path, got {path!r}")
    checked_flags(**{f"{argument}.read_only": volume.read_only})
    if volume.revision is not None:
        checked_ref(volume.revision, argument=f"{argument}.revision")
    if volume.path is not None:
        checked_value(volume.path, argument=f"{argument}.path")


def checked_choice(value: object, known: Collection[str], *, argument: str) -> str:
    """Accept one of a few words.

    Raises:
        UsageError: It is another.
    """
    if not isinstance(value, str) or value not in known:
        raise UsageError(f"{argument}: expected one of {', '.join(sorted(known))}, got {value!r}")
    return value


def _is_unicode(text: str) -> bool:
    """Tell whether a text can be sent: a file's name of other bytes, or half an emoji, cannot."""
    return _SURROGATE.search(text) is None


def api_path(repo_id: str, repo_type: RepoType = "space") -> str:
    """Build the path below which the API of a repository lies."""
    return f"/api/{repo_type}s/{repo_id}"


def git_path(repo_id: str, repo_type: RepoType) -> str:
    """Build the path of the repository itself."""
    return f"/{repo_id}" if repo_type == "model" else f"/{repo_type}s/{repo_id}"


def quoted_revision(revision: str) -> str:
    """Encode a revision for a path: ``refs/pr/1`` is one part of it."""
    return quote(revision, safe="")


def quoted_path(path: str) -> str:
    """Encode a path in a repository; its slashes stay."""
    return quote(path)
