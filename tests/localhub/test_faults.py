"""Faults on order."""

from aiohfspaces.localhub.faults import Fault, Faults


def test_a_fault_is_used_up_after_its_times() -> None:
    """By requests that match, only."""
    faults = Faults()
    faults.add(Fault("POST", "/api/*/commit/*"), times=2)
    assert faults.take("GET", "/api/spaces/me/app/commit/main") is None
    assert faults.take("POST", "/api/spaces/me/app/runtime") is None
    taken = [faults.take("POST", "/api/spaces/me/app/commit/main") for _ in range(3)]
    assert [True, True, False] == [fault is not None for fault in taken]


def test_faults_come_in_the_order_they_were_asked_for() -> None:
    """The first that matches is taken."""
    faults = Faults()
    faults.add(Fault("*", "*", 500), times=1)
    faults.add(Fault("*", "*", 504), times=1)
    assert [
        500,
        504,
    ] == [fault.status for fault in (faults.take("GET", "/"), faults.take("GET", "/")) if fault]


def test_a_fault_without_a_body_is_a_page_of_html() -> None:
    """As a proxy before the Hub would send."""
    page = Fault("*", "*", 503).response()
    assert 503 == page.status_code
    assert page.headers["content-type"].startswith("text/html")
    assert b"503 Service Unavailable" in page.body
    assert b"{}" == Fault("*", "*", 500, b"{}", {"Content-Type": "application/json"}).response().body
