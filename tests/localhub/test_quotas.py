"""How many calls an account may make."""

from aiohfspaces.localhub.quotas import Quotas


def test_without_a_limit_calls_are_reported_and_never_refused() -> None:
    """A window of which half is used is followed by a new one at once."""
    quotas = Quotas()
    first = quotas.count("api", "me", 0)
    assert {
        "RateLimit": '"api";r=999;t=300',
        "RateLimit-Policy": '"fixed window";"api";q=1000;w=300',
    } == first.headers()
    assert not any(quotas.count("api", "me", 1).is_exceeded for _ in range(3000))


def test_a_limit_refuses_until_the_window_turns() -> None:
    """The time to its turn is told in whole seconds, rounded up."""
    quotas = Quotas((2, 10))
    allowances = [quotas.count("api", "me", 0.5) for _ in range(3)]
    assert [1, 0, 0] == [allowance.left for allowance in allowances]
    assert [False, False, True] == [allowance.is_exceeded for allowance in allowances]
    assert '"api";r=0;t=8' == quotas.count("api", "me", 3.2).headers()["RateLimit"]
    assert not quotas.count("api", "me", 10.5).is_exceeded


def test_each_account_and_bucket_has_its_own_window() -> None:
    """Anonymous callers share one."""
    quotas = Quotas(1)
    assert not quotas.count("api", "me", 0).is_exceeded
    assert not quotas.count("api", "other", 0).is_exceeded
    assert not quotas.count("resolvers", "me", 0).is_exceeded
    assert not quotas.count("api", None, 0).is_exceeded
    assert quotas.count("api", None, 0).is_exceeded


def test_files_are_counted_more_generously() -> None:
    """As the Hub has it: another bucket, with more in it."""
    quotas = Quotas()
    assert 5000 == quotas.count("resolvers", "me", 0).quota
    assert [500, 3000] == [quotas.count(bucket, None, 0).quota for bucket in ("api", "resolvers")]
