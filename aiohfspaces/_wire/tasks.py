"""A dataset as a place for tasks: where its branch is, and what time it is there.

Source: huggingface_hub 2.4.0, ``list_repo_commits``; RFC 9110, 6.6.1, for ``Date``.
"""

from __future__ import annotations

from attrs import frozen

from aiohfspaces._wire.calls import Call, get
from aiohfspaces._wire.content import commits_reply
from aiohfspaces._wire.limits import epoch_of
from aiohfspaces._wire.names import DEFAULT_REVISION, api_path
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError


@frozen
class Head:
    """A branch as it is now.

    Attributes:
        commit: Its newest commit.
        epoch_s: What time it is, by the Hub's clock; ``None`` if it does not say.
    """

    commit: str
    epoch_s: float | None


def dataset_head(repo_id: str) -> Call[Head]:
    """``GET /api/datasets/{repo_id}/commits/main``, its first page."""
    return get(f"{api_path(repo_id, 'dataset')}/commits/{DEFAULT_REVISION}", head_reply)


def head_reply(reply: Reply) -> Head:
    """Read the newest commit of a history, and the time of the reply."""
    history = commits_reply(reply)
    if not history:
        raise MalformedReplyError("expected a commit at least", field="body")
    return Head(history[0].commit_id, epoch_of(reply.headers.get("date", "")))
