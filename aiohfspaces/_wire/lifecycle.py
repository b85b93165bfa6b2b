"""Repositories as a whole: create, delete, move, duplicate, and who sees them.

Source: huggingface_hub 2.4.0, ``create_repo``, ``delete_repo``, ``move_repo``, ``update_repo_settings``,
``duplicate_repo``; the Hub's OpenAPI document of 2026-08-22 for the fields that it lacks; ``storageTier``:
huggingface_hub 0.36.2.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping

from attrs import asdict, field, frozen

from aiohfspaces._wire.calls import Call, JsonValue, delete, post, put
from aiohfspaces._wire.names import api_path, checked_key, checked_new_path, checked_value, checked_words
from aiohfspaces._wire.replies import Field, Reply, nothing
from aiohfspaces._wire.runtime import STORAGE_ADVICE, volume_body
from aiohfspaces.errors import MalformedReplyError, UsageError
from aiohfspaces.models import (
    DuplicatedRepoUrl,
    RepoType,
    RepoUrl,
    RepoVisibility,
    SpaceHardware,
    SpaceStorage,
    Volume,
)

Settings = tuple[Mapping[str, str], ...]

_LONGEST = 60
"""Characters of a short description."""


@frozen(kw_only=True)
class SpaceStart:
    """What a Space can be given when it is created or duplicated.

    Attributes:
        hardware: The flavor to run on.
        storage: The tier of persistent storage.
        sleep_time: Idle seconds until it sleeps, ``-1`` for never.
        secrets: Each ``{"key", "value", "description"?}``.
        variables: The same.
        volumes: What to mount.
        dev_mode: Whether it is begun in dev mode; a duplicate never is.
    """

    hardware: SpaceHardware | None = None
    storage: SpaceStorage | None = None
    sleep_time: int | None = None
    secrets: Settings | None = field(default=None, repr=False)
    variables: Settings | None = None
    volumes: tuple[Volume, ...] | None = None
    dev_mode: bool = False

    @property
    def given(self) -> dict[str, JsonValue]:
        """The fields that were given, in the Hub's spelling."""
        fields: dict[str, JsonValue] = {
            "hardware": self.hardware,
            "storageTier": self.storage,
            "sleepTimeSeconds": self.sleep_time,
            "secrets": self.secrets,
            "variables": self.variables,
            "volumes": tuple(map(volume_body, self.volumes)) if self.volumes else None,
            "devModeEnabled": True if self.dev_mode else None,
        }
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What no error may show."""
        return tuple(secret["value"] for secret in self.secrets or ())


@frozen(kw_only=True)
class Beginning:
    """What a repository is given to begin with, besides what a Space runs on.

    Attributes:
        template: The Space whose files it begins with.
        short_description: A few words for its card.
        license: Its license, for its card.
        files: Each ``{"path", "content", "encoding"?}``.
    """

    template: str | None = None
    short_description: str | None = None
    license: str | None = None
    files: tuple[Mapping[str, str], ...] | None = field(default=None, repr=False)

    @property
    def given(self) -> dict[str, JsonValue]:
        """The fields that were given, in the Hub's spelling."""
        return {name: value for name, value in asdict(self, recurse=False).items() if value is not None}


def checked_beginning(
    *,
    template: str | None,
    short_description: str | None,
    license: str | None,
    files: Mapping[str, str | bytes] | None,
) -> Beginning:
    """Accept what a repository is to begin with.

    Raises:
        UsageError: One is wrong.
    """
    if short_description is not None and len(checked_words(short_description, argument="short_description")) > _LONGEST:
        raise UsageError(f"short_description: expected {_LONGEST} characters at the most, got {len(short_description)}")
    return Beginning(
        template=None if template is None else checked_words(template, argument="space_template"),
        short_description=short_description,
        license=None if license is None else checked_words(license, argument="license"),
        files=None if files is None else _checked_files(files),
    )


def _checked_files(files: Mapping[str, str | bytes]) -> tuple[Mapping[str, str], ...]:
    if not isinstance(files, Mapping):
        raise UsageError(f"files: expected paths and what is in them, got {type(files).__name__}")
    contents: dict[str, Mapping[str, str]] = {}
    for path, content in files.items():
        checked = checked_new_path(path, argument="files")
        if checked in contents:
            raise UsageError(f"files: expected each path once, got {checked!r} twice")
        contents[checked] = {"path": checked, **_checked_content(path, content)}
    return tuple(contents.values())


def _checked_content(path: str, content: str | bytes) -> Mapping[str, str]:
    if isinstance(content, bytes):
        return {"content": base64.b64encode(content).decode(), "encoding": "base64"}
    return {"content": checked_value(content, argument=f"files[{path!r}]")}


def checked_settings(settings: Iterable[Mapping[str, str]] | None, *, argument: str) -> Settings | None:
    """Accept secrets or variables as ``[{"key", "value", "description"?}, ...]``.

    Raises:
        UsageError: One is no such mapping, its key is no name, or another's, or its value or description no string.
            The error does not show the key, since it may be the value in the wrong place.
    """
    if settings is None:
        return None
    if not isinstance(settings, Iterable):
        raise UsageError(f"{argument}: expected a list of {{'key', 'value', 'description'?}}")
    known = {"key", "value", "description"}
    checked = []
    first: dict[str, int] = {}
    for index, setting in enumerate(settings):
        if not isinstance(setting, Mapping) or not known - {"description"} <= setting.keys() <= known:
            raise UsageError(f"{argument}[{index}]: expected {{'key', 'value', 'description'?}}")
        try:
            checked_key(setting["key"])
        except UsageError as exc:
            raise UsageError(f"{argument}[{index}].{exc}") from None
        checked_value(setting["value"], argument=f"{argument}[{index}].value")
        if setting.get("description") is not None:
            checked_value(setting["description"], argument=f"{argument}[{index}].description")
        if (before := first.setdefault(setting["key"], index)) != index:
            raise UsageError(f"{argument}[{index}].key: expected each key once, got that of {argument}[{before}]")
        checked.append({name: text for name, text in setting.items() if text is not None})
    return tuple(checked)


def create(
    repo_id: str,
    repo_type: RepoType,
    *,
    visibility: RepoVisibility | None,
    resource_group_id: str | None,
    region: str | None,
    sdk: str | None,
    start: SpaceStart,
    beginning: Beginning,
    exist_ok: bool,
) -> Call[RepoUrl]:
    """``POST /api/repos/create``; safe to repeat where an existing one is fine."""
    optional: dict[str, JsonValue] = {
        "visibility": visibility,
        "resourceGroupId": resource_group_id,
        "region": region,
        "sdk": sdk,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    body = {**_named(repo_id), "type": repo_type, **given, **start.given, **beginning.given}
    return post(
        "/api/repos/create",
        created_reply,
        body,
        repeatable=exist_ok,
        exclusive=True,
        secrets=start.secret_values,
        advice=STORAGE_ADVICE if start.storage else None,
    )


def delete_repository(repo_id: str, repo_type: RepoType) -> Call[None]:
    """``DELETE /api/repos/delete``; answers the text ``OK``."""
    return delete("/api/repos/delete", nothing, {**_named(repo_id), "type": repo_type})


def move(from_id: str, to_id: str, repo_type: RepoType) -> Call[None]:
    """``POST /api/repos/move``; a second time there is nothing to move."""
    body = {"fromRepo": from_id, "toRepo": to_id, "type": repo_type}
    return post("/api/repos/move", nothing, body, repeatable=False)


def update_settings(
    repo_id: str, repo_type: RepoType, *, gated: str | bool | None, visibility: RepoVisibility | None
) -> Call[None]:
    """``PUT /api/{repo_type}s/{repo_id}/settings``: only what is given changes."""
    given: dict[str, JsonValue] = {"gated": gated, "visibility": visibility}
    body = {name: value for name, value in given.items() if value is not None}
    return put(f"{api_path(repo_id, repo_type)}/settings", nothing, body)


def duplicate(
    from_id: str,
    to_id: str,
    repo_type: RepoType,
    *,
    visibility: RepoVisibility | None,
    resource_group_id: str | None,
    start: SpaceStart,
    exist_ok: bool,
) -> Call[DuplicatedRepoUrl]:
    """``POST /api/{repo_type}s/{from_id}/duplicate``; safe to repeat where an existing one is fine."""
    body: dict[str, JsonValue] = {"repository": to_id, **start.given}
    if visibility is not None:
        body["visibility"] = visibility
    if resource_group_id is not None:
        body["resourceGroupId"] = resource_group_id
    return post(
        f"{api_path(from_id, repo_type)}/duplicate",
        duplicated_reply,
        body,
        repeatable=exist_ok,
        exclusive=True,
        secrets=start.secret_values,
        advice=STORAGE_ADVICE if start.storage else None,
    )


def _named(repo_id: str) -> dict[str, JsonValue]:
    organization, _, name = repo_id.rpartition("/")
    return {"name": name, "organization": organization or None}


def created_reply(reply: Reply) -> RepoUrl:
    """Read where the new repository is."""
    url = reply.json().at("url")
    try:
        return RepoUrl(reply.hub_url(url.text()), endpoint=reply.endpoint)
    except ValueError as exc:
        raise MalformedReplyError(str(exc), field=url.path) from None


def duplicated_reply(reply: Reply) -> DuplicatedRepoUrl:
    """Read where the duplicate is."""
    duplicated = DuplicatedRepoUrl(created_reply(reply), endpoint=reply.endpoint)
    duplicated.files_copy_pending = reply.json().maybe("filesCopyPending", Field.flag) or False
    return duplicated
