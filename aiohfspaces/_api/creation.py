"""Making repositories: new ones, and copies of others."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve

from aiohfspaces import models
from aiohfspaces._api.accounts import Accounts
from aiohfspaces._api.discovery import Discovery
from aiohfspaces._api.offers import Offers
from aiohfspaces._api.runtime import SLEEP_TIME_WARNING
from aiohfspaces._wire import lifecycle, offers
from aiohfspaces._wire.names import (
    checked_flags,
    checked_hardware,
    checked_region,
    checked_repo_id,
    checked_repo_type,
    checked_resource_group,
    checked_sdk,
    checked_sleep_time,
    checked_storage,
    checked_visibility,
    checked_volumes,
)
from aiohfspaces.errors import (
    AuthenticationError,
    HubHTTPError,
    PaymentRequiredError,
    PermissionDeniedError,
    RepositoryExistsError,
    UsageError,
)
from aiohfspaces.models import RepoType, RepoVisibility, SpaceHardware, SpaceStorage

KeyValues = Iterable[Mapping[str, str]]


class Creation(Accounts, Discovery, Offers):
    """Creating and duplicating repositories."""

    async def create_repo(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        visibility: RepoVisibility | None = None,
        repo_type: RepoType = "space",
        exist_ok: bool = False,
        resource_group_id: str | None = None,
        region: str | None = None,
        space_sdk: str | None = None,
        space_hardware: SpaceHardware | str | None = None,
        space_storage: SpaceStorage | str | None = None,
        space_sleep_time: int | str | None = None,
        space_secrets: KeyValues | None = None,
        space_variables: KeyValues | None = None,
        space_volumes: Iterable[models.Volume] | None = None,
        space_template: str | None = None,
        space_dev_mode: bool = False,
        short_description: str | None = None,
        license: str | None = None,
        files: Mapping[str, str | bytes] | None = None,
    ) -> models.RepoUrl:
        """Create a repository: a Space, unless said otherwise.

        Args:
            repo_id: ``owner/name``; without an owner it is the token's.
            private: Whether only its owner sees it; not with `visibility`.
            visibility: ``"public"``, ``"private"`` or ``"protected"``.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            exist_ok: Whether one that is there already is as good.
            resource_group_id: The group of the organization that it belongs to: 24 hexadecimal digits.
            region: ``"us"`` or ``"eu"``.
            space_sdk: ``"gradio"``, ``"docker"`` or ``"static"``; a Space has to have one, or a template's.
            space_hardware: The flavor to run on; the Hub's default is ``cpu-basic``.
            space_storage: A tier of persistent storage, which the Hub has retired.
            space_sleep_time: Idle seconds until it sleeps; ``-1`` for never.
            space_secrets: Each ``{"key", "value", "description"?}``.
            space_variables: The same.
            space_volumes: What to mount.
            space_template: A template's name, in whatever case, or its repo id, as `list_space_templates` tells
                them. It says the SDK, and where it is meant for private Spaces and nothing else is said, the
                Space is private.
            space_dev_mode: Whether a Space begins in dev mode.
            short_description: What a Space's card says of it, in 60 characters at the most.
            license: What the card says of that, e.g. ``"mit"``.
            files: Paths in the repository and what is in them, text or bytes. They travel in the call itself:
                `create_commit` and `upload_folder` are for many and for large ones.

        Returns:
            Its address, which also knows ``repo_id``, ``repo_type`` and ``app_url``.

        Raises:
            UsageError: An argument is wrong, or one for Spaces was given for another repository; or there is no such
                template, or it has another SDK: then the catalogue was asked for, and nothing created.
            RepositoryExistsError: There is one already, and `exist_ok` is not set.
            BadRequestError: The Hub accepts something of it not.
            AuthenticationError: There is no token, or it is wrong.
            PaymentRequiredError: The account's plan does not allow it.
            PermissionDeniedError: The token may not create in this namespace.

        Wire:
            ``POST /api/repos/create``; with `exist_ok` safe to repeat. One at a time for an account; where
            another program creates for it too, the Hub's "another conflicting operation" is repeated. For a
            template, ``GET /api/spaces/templates`` before.

        Source:
            huggingface_hub 2.4.0, ``HfApi.create_repo``; ``space_storage``: 0.36.2; dev mode, description, license
            and files: the Hub's OpenAPI document of 2026-08-22.
        """
        checked_flags(exist_ok=exist_ok, space_dev_mode=space_dev_mode)
        kind = checked_repo_type(repo_type)
        start = _space_start(
            kind,
            hardware=space_hardware,
            storage=space_storage,
            sleep_time=space_sleep_time,
            secrets=space_secrets,
            variables=space_variables,
            volumes=space_volumes,
            of_spaces={
                "space_sdk": space_sdk,
                "space_template": space_template,
                "space_dev_mode": space_dev_mode or None,
                "short_description": short_description,
            },
            prefix="space_",
        )
        beginning = lifecycle.checked_beginning(
            template=space_template, short_description=short_description, license=license, files=files
        )
        checked_repo_id(repo_id)
        place, group = checked_region(region), checked_resource_group(resource_group_id)
        seen_by = checked_visibility(private, visibility)
        is_said = kind == "space" and (space_template is None or space_sdk is not None)
        sdk = checked_sdk(space_sdk) if is_said else None
        _warn_of_sleep_time(start, repo_id)
        if beginning.template is not None:
            template = offers.chosen_template(await self.list_space_templates(), beginning.template, sdk)
            sdk, beginning = template.sdk, evolve(beginning, template=template.repo_id)
            seen_by = seen_by or ("private" if template.preferred_private else None)
        call = lifecycle.create(
            repo_id,
            kind,
            visibility=seen_by,
            resource_group_id=group,
            region=place,
            sdk=sdk,
            start=evolve(start, dev_mode=space_dev_mode),
            beginning=beginning,
            exist_ok=exist_ok,
        )
        try:
            return await self._send(call)
        except (RepositoryExistsError, AuthenticationError, PaymentRequiredError, PermissionDeniedError) as refusal:
            if not exist_ok:
                raise
            return await self._existing(repo_id, kind, refusal)

    async def duplicate_repo(
        self,
        from_id: str,
        to_id: str | None = None,
        *,
        repo_type: RepoType = "space",
        private: bool | None = None,
        visibility: RepoVisibility | None = None,
        exist_ok: bool = False,
        resource_group_id: str | None = None,
        space_hardware: SpaceHardware | str | None = None,
        space_storage: SpaceStorage | str | None = None,
        space_sleep_time: int | str | None = None,
        space_secrets: KeyValues | None = None,
        space_variables: KeyValues | None = None,
        space_volumes: Iterable[models.Volume] | None = None,
    ) -> models.DuplicatedRepoUrl:
        """Copy a repository on the Hub, history and large files included.

        Args:
            from_id: ``owner/name`` of the original.
            to_id: ``owner/name`` of the copy; without an owner it is the token's, ``None`` keeps the name too.
            repo_type: ``"space"``, ``"dataset"`` or ``"model"``.
            private: Whether only its owner sees the copy; not with `visibility`.
            visibility: ``"public"``, ``"private"`` or ``"protected"``; ``None`` for the original's.
            exist_ok: Whether a repository of that name that is there already is as good.
            resource_group_id: The group of the organization that it belongs to: 24 hexadecimal digits.
            space_hardware: The flavor to run on.
            space_storage: A tier of persistent storage, which the Hub has retired.
            space_sleep_time: Idle seconds until it sleeps; ``-1`` for never.
            space_secrets: Each ``{"key", "value", "description"?}``; secrets are not copied.
            space_variables: The same.
            space_volumes: What to mount.

        Returns:
            The copy's address; ``files_copy_pending`` tells whether large files are still on their way.

        Raises:
            UsageError: An argument is wrong, or one for Spaces was given for another repository.
            RepositoryNotFoundError: There is no original, or the token may not see it.
            RepositoryExistsError: The copy's name is taken, and `exist_ok` is not set.
            PaymentRequiredError: The account's plan does not allow it.
            PermissionDeniedError: The token may not create in this namespace.

        Wire:
            ``POST /api/{repo_type}s/{from_id}/duplicate``; with `exist_ok` safe to repeat. For an owner that
            is not given, ``GET /api/whoami-v2``.

        Source:
            huggingface_hub 2.4.0, ``HfApi.duplicate_repo``; ``space_storage``: 0.36.2.
        """
        checked_flags(exist_ok=exist_ok)
        kind = checked_repo_type(repo_type)
        start = _space_start(
            kind,
            hardware=space_hardware,
            storage=space_storage,
            sleep_time=space_sleep_time,
            secrets=space_secrets,
            variables=space_variables,
            volumes=space_volumes,
            of_spaces={},
            prefix="space_",
        )
        _warn_of_sleep_time(start, to_id or from_id)
        return await self._duplicate(
            from_id,
            to_id,
            kind,
            start,
            visibility=checked_visibility(private, visibility),
            resource_group_id=checked_resource_group(resource_group_id),
            exist_ok=exist_ok,
        )

    async def duplicate_space(
        self,
        from_id: str,
        to_id: str | None = None,
        *,
        private: bool | None = None,
        exist_ok: bool = False,
        hardware: SpaceHardware | str | None = None,
        storage: SpaceStorage | str | None = None,
        sleep_time: int | str | None = None,
        secrets: KeyValues | None = None,
        variables: KeyValues | None = None,
    ) -> models.DuplicatedRepoUrl:
        """Copy a Space on the Hub: `duplicate_repo` under the name and with the words of the guides.

        Args:
            from_id: ``owner/name`` of the original.
            to_id: ``owner/name`` of the copy; without an owner it is the token's, ``None`` keeps the name too.
            private: Whether only its owner sees the copy; ``None`` for as the original.
            exist_ok: Whether a Space of that name that is there already is as good.
            hardware: The flavor to run on.
            storage: A tier of persistent storage, which the Hub has retired.
            sleep_time: Idle seconds until it sleeps; ``-1`` for never.
            secrets: Each ``{"key", "value", "description"?}``; secrets are not copied.
            variables: The same.

        Returns:
            The copy's address, which also knows ``repo_id`` and ``app_url``.

        Raises:
            UsageError: An argument is wrong.
            RepositoryNotFoundError: There is no original, or the token may not see it.
            RepositoryExistsError: The copy's name is taken, and `exist_ok` is not set.
            PaymentRequiredError: The account's plan does not allow it.
            PermissionDeniedError: The token may not create in this namespace.

        Wire:
            ``POST /api/spaces/{from_id}/duplicate``; with `exist_ok` safe to repeat. For an owner that
            is not given, ``GET /api/whoami-v2``.

        Source:
            huggingface_hub 0.36.2, ``HfApi.duplicate_space``; the body as ``duplicate_repo`` of 2.4.0 sends it.
        """
        checked_flags(exist_ok=exist_ok)
        start = _space_start(
            "space",
            hardware=hardware,
            storage=storage,
            sleep_time=sleep_time,
            secrets=secrets,
            variables=variables,
            volumes=None,
            of_spaces={},
            prefix="",
        )
        _warn_of_sleep_time(start, to_id or from_id)
        return await self._duplicate(
            from_id,
            to_id,
            "space",
            start,
            visibility=checked_visibility(private, None),
            resource_group_id=None,
            exist_ok=exist_ok,
        )

    async def _duplicate(
        self,
        from_id: str,
        to_id: str | None,
        kind: RepoType,
        start: lifecycle.SpaceStart,
        *,
        visibility: RepoVisibility | None,
        resource_group_id: str | None,
        exist_ok: bool,
    ) -> models.DuplicatedRepoUrl:
        checked_repo_id(from_id, argument="from_id")
        wanted = from_id.rpartition("/")[2] if to_id is None else checked_repo_id(to_id, argument="to_id")
        target = await self._with_owner(wanted)
        call = lifecycle.duplicate(
            from_id,
            target,
            kind,
            visibility=visibility,
            resource_group_id=resource_group_id,
            start=start,
            exist_ok=exist_ok,
        )
        try:
            return await self._send(call)
        except RepositoryExistsError:
            if not exist_ok:
                raise
            return models.DuplicatedRepoUrl(self._repo_url(target, kind), endpoint=self._transport.endpoint)

    async def _existing(self, repo_id: str, kind: RepoType, refusal: HubHTTPError) -> models.RepoUrl:
        """Tell where a repository is that could not be created because it is there, or may be.

        A token without the right to create, or an account without the plan for it, may still see one.
        """
        target = await self._with_owner(repo_id)
        if isinstance(refusal, RepositoryExistsError) or await self._sees(target, kind):
            return self._repo_url(target, kind)
        raise refusal

    async def _sees(self, repo_id: str, kind: RepoType) -> bool:
        try:
            return await self.repo_exists(repo_id, repo_type=kind)
        except HubHTTPError:
            return False


def _space_start(
    kind: RepoType,
    *,
    hardware: SpaceHardware | str | None,
    storage: SpaceStorage | str | None,
    sleep_time: int | str | None,
    secrets: KeyValues | None,
    variables: KeyValues | None,
    volumes: Iterable[models.Volume] | None,
    of_spaces: Mapping[str, object],
    prefix: str,
) -> lifecycle.SpaceStart:
    """Check what a Space starts with.

    `of_spaces` are more of the caller's arguments that only Spaces take, ``None`` where not given; `prefix` is
    how the others begin.

    Raises:
        UsageError: One is wrong, or any is given for a repository that is no Space.
    """

    def named(check: Any, name: str, value: Any) -> Any:
        return None if value is None else check(value, argument=f"{prefix}{name}")

    start = lifecycle.SpaceStart(
        hardware=named(checked_hardware, "hardware", hardware),
        storage=named(checked_storage, "storage", storage),
        sleep_time=named(checked_sleep_time, "sleep_time", sleep_time),
        secrets=lifecycle.checked_settings(secrets, argument=f"{prefix}secrets"),
        variables=lifecycle.checked_settings(variables, argument=f"{prefix}variables"),
        volumes=named(checked_volumes, "volumes", volumes),
    )
    given = [*start.given, *(name for name, value in of_spaces.items() if value is not None)]
    if kind != "space" and given:
        raise UsageError(f"space_*: only a Space has them, and repo_type is {kind!r}: {', '.join(given)}")
    return start


def _warn_of_sleep_time(start: lifecycle.SpaceStart, repo_id: str) -> None:
    """Warn the caller of the public method that calls this."""
    if start.sleep_time is not None and start.hardware in (None, SpaceHardware.CPU_BASIC):
        warnings.warn(f"{repo_id}: {SLEEP_TIME_WARNING}", UserWarning, stacklevel=3)
