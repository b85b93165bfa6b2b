"""What transfers leave of a client's connections."""

from __future__ import annotations

import pytest

from aiohfspaces._plan.allowances import most_transfers


@pytest.mark.parametrize(("connections", "transfers"), [(1, 1), (2, 1), (3, 2), (12, 9), (64, 48)])
def test_transfers_leave_connections_free(connections: int, transfers: int) -> None:
    """Unless there is but one."""
    assert transfers == most_transfers(connections)
