"""Who there is: users with a token each, and the organizations they belong to."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from aiohfspaces.localhub.clock import iso

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9])?", re.ASCII)


@frozen
class Account:
    """A user, or an organization: that is one without a token."""

    id: str
    name: str
    created_at: float
    token: str | None = None
    can_pay: bool = True
    members: tuple[str, ...] = ()

    @property
    def is_organization(self) -> bool:
        """Whether users act for it, rather than it for itself."""
        return self.token is None


class Accounts:
    """All accounts of one hub, found by name or by token."""

    def __init__(self, known: Iterable[Account] = ()) -> None:
        """Begin with the accounts of an earlier run."""
        self._lock = threading.Lock()
        self._by_name: dict[str, Account] = {}
        self._by_token: dict[str, Account] = {}
        self._creating: set[str] = set()
        for account in known:
            self._remember(account)

    def __iter__(self) -> Iterator[Account]:
        """Iterate over all accounts, oldest first."""
        return iter(list(self._by_name.values()))

    def _remember(self, account: Account) -> Account:
        if not _NAME.fullmatch(account.name):
            raise ValueError(f"{account.name!r} is no name that an account can have")
        if account.name in self._by_name:
            raise ValueError(f"there is an account named {account.name!r} already")
        self._by_name[account.name] = account
        if account.token is not None:
            self._by_token[account.token] = account
        return account

    def add_user(self, name: str, now: float, *, can_pay: bool = True) -> Account:
        """Add a user with a fresh token.

        Raises:
            ValueError: The name is taken, or none that an account can have.
        """
        token = "hf_" + secrets.token_hex(17)
        return self._remember(Account(new_id(), name, now, token=token, can_pay=can_pay))

    def add_organization(self, name: str, now: float, members: Iterable[str], *, can_pay: bool = True) -> Account:
        """Add an organization whose members may write to its repositories.

        Raises:
            ValueError: The name is taken or none that an account can have, or a member is not a user.
        """
        names = tuple(members)
        unknown = [member for member in names if member not in self._by_name]
        if unknown:
            raise ValueError(f"no such users: {', '.join(unknown)}")
        return self._remember(Account(new_id(), name, now, can_pay=can_pay, members=names))

    def find(self, name: str) -> Account | None:
        """Find an account by its name."""
        return self._by_name.get(name)

    def holder(self, token: str) -> Account | None:
        """Find the user who holds a token."""
        return self._by_token.get(token)

    def may_write(self, account: Account, namespace: str) -> bool:
        """Tell whether a user owns a namespace, or is a member of it."""
        owner = self._by_name.get(namespace)
        return owner is not None and (owner is account or account.name in owner.members)

    def organizations_of(self, account: Account) -> list[Account]:
        """List the organizations a user belongs to."""
        return [other for other in self._by_name.values() if account.name in other.members]

    def begin_creating(self, account: Account) -> bool:
        """Take the one turn to create that a user has; false while it is taken."""
        with self._lock:
            if account.name in self._creating:
                return False
            self._creating.add(account.name)
            return True

    def end_creating(self, account: Account) -> None:
        """Give the turn back."""
        with self._lock:
            self._creating.discard(account.name)


def new_id() -> str:
    """Make an id as the Hub's database does: 24 hex digits."""
    return secrets.token_hex(12)


def describe(account: Account, organizations: Iterable[Account]) -> dict[str, object]:
    """Say who somebody is, as ``GET /api/whoami-v2`` does.

    Source: the Hub's OpenAPI document of 2026-08-22, ``/api/whoami-v2``.
    """
    return {
        "type": "user",
        "id": account.id,
        "name": account.name,
        "fullname": account.name,
        "email": f"{account.name}@localhost",
        "emailVerified": True,
        "canPay": account.can_pay,
        "periodEnd": None,
        "isPro": False,
        "avatarUrl": _avatar(account),
        "orgs": [_membership(organization) for organization in organizations],
        "auth": {
            "type": "access_token",
            "accessToken": {"displayName": "localhub", "role": "write", "createdAt": iso(account.created_at)},
        },
    }


def describe_user(account: Account) -> dict[str, object]:
    """Say who a user is in a few words, as lists of users do.

    Source: huggingface_hub 2.4.0, ``HfApi.list_repo_likers``.
    """
    return {
        "_id": account.id,
        "user": account.name,
        "fullname": account.name,
        "avatarUrl": _avatar(account),
        "type": "user",
        "isPro": False,
    }


def user_overview(account: Account, organizations: Iterable[Account], counts: Mapping[str, int]) -> dict[str, object]:
    """Say what there is of a user, as ``GET /api/users/{username}/overview`` does.

    Source: the Hub's OpenAPI document of 2026-08-22.
    """
    return {
        **describe_user(account),
        "createdAt": iso(account.created_at),
        "isFollowing": False,
        "orgs": [_named(organization) for organization in organizations],
        **counts,
        **dict.fromkeys(("numDiscussions", "numPapers", "numUpvotes", "numFollowers", "numFollowing"), 0),
    }


def organization_overview(account: Account, counts: Mapping[str, int]) -> dict[str, object]:
    """Say what there is of an organization, as ``GET /api/organizations/{organization}/overview`` does.

    Source: huggingface_hub 2.4.0, ``Organization``.
    """
    return {
        "_id": account.id,
        **_named(account),
        "type": "org",
        "isVerified": False,
        "isFollowing": False,
        "numUsers": len(account.members),
        **counts,
        **dict.fromkeys(("numFollowers", "numPapers"), 0),
    }


def _named(organization: Account) -> dict[str, object]:
    return {
        "id": organization.id,
        "name": organization.name,
        "fullname": organization.name,
        "avatarUrl": _avatar(organization),
    }


def _avatar(account: Account) -> str:
    return f"/avatars/{account.id}.svg"


def _membership(organization: Account) -> dict[str, object]:
    return {
        "type": "org",
        **_named(organization),
        "email": None,
        "canPay": organization.can_pay,
        "periodEnd": None,
        "roleInOrg": "admin",
    }
