"""Whose token it is."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class _Organization(TypedDict):
    name: str
    roleInOrg: NotRequired[str]
    plan: NotRequired[str | None]


class WhoAmI(TypedDict):
    """The account behind a token, in the Hub's own spelling (a ``dict``, as in ``HfApi.whoami``)."""

    type: str
    name: str
    id: NotRequired[str]
    fullname: NotRequired[str]
    email: NotRequired[str | None]
    isPro: NotRequired[bool]
    canPay: NotRequired[bool]
    orgs: NotRequired[list[_Organization]]
    auth: NotRequired[dict[str, Any]]
