"""Who there is."""

import pytest

from aiohfspaces.localhub.accounts import Accounts, describe


def test_a_token_finds_its_holder() -> None:
    """And nobody else's does."""
    accounts = Accounts()
    me = accounts.add_user("me", 0)
    assert me.token is not None
    assert me.token.startswith("hf_")
    assert accounts.holder(me.token) is me
    assert accounts.holder("hf_other") is None
    assert accounts.find("me") is me


def test_members_write_to_what_their_organization_owns() -> None:
    """Others do not, and an organization has no token."""
    accounts = Accounts()
    me, other = accounts.add_user("me", 0), accounts.add_user("other", 0)
    org = accounts.add_organization("org", 0, ["me"])
    assert org.is_organization
    assert [True, False] == [accounts.may_write(account, "org") for account in (me, other)]
    assert [
        True,
        False,
        False,
    ] == [accounts.may_write(me, namespace) for namespace in ("me", "other", "nobody")]
    assert accounts.organizations_of(me) == [org]


def test_names_are_given_once() -> None:
    """To users and organizations alike."""
    accounts = Accounts()
    accounts.add_user("me", 0)
    with pytest.raises(ValueError, match="already"):
        accounts.add_organization("me", 0, [])


def test_a_user_creates_one_thing_at_a_time() -> None:
    """Each user for themselves."""
    accounts = Accounts()
    me, other = accounts.add_user("me", 0), accounts.add_user("other", 0)
    assert [True, False, True] == [accounts.begin_creating(account) for account in (me, me, other)]
    accounts.end_creating(me)
    assert accounts.begin_creating(me)


def test_a_description_has_what_the_document_of_the_hub_requires() -> None:
    """And never the token."""
    accounts = Accounts()
    me = accounts.add_user("me", 0, can_pay=False)
    said = describe(me, [accounts.add_organization("org", 0, ["me"])])
    assert {"auth", "type", "id", "name", "fullname", "avatarUrl", "isPro", "orgs"} <= said.keys()
    assert said["canPay"] is False
    assert str(me.token) not in str(said)
