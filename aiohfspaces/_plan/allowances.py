"""What an upload may use, unless the caller says otherwise, and what transfers leave of a client's connections."""

from __future__ import annotations

MAX_COMMIT_BYTES = 100_000_000
"""Bytes of regular files that a commit holds."""

TRANSFER_TASKS = 16
"""Requests to the storage under way at once."""


def most_transfers(connections: int) -> int:
    """Tell how many of a client's connections may carry files: three in four, so that a question has not to wait.

    Otherwise a Hub that could be asked within milliseconds would look as if it were silent.
    """
    return max(1, connections * 3 // 4)
