"""Methods have the names and the parameters that they have in ``HfApi``."""

from __future__ import annotations

import pytest
from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient
from tests.parity.signatures import changed, parameters, public_names

BEYOND = {
    "aclose": "the end of the client",
    "compare_revisions": "documented by the Hub, lacking upstream",
    "delete_space_storage": "dropped by the 2.x client, kept since guides use it",
    "duplicate_space": "dropped by the 2.x client, kept since guides use it",
    "endpoint": "an attribute there",
    "get_repo_size": "documented by the Hub, lacking upstream",
    "request": "what has no method yet",
    "request_space_storage": "dropped by the 2.x client, kept since guides use it",
    "set_space_replicas": "documented by the Hub, lacking upstream",
    "stream_space_events": "documented by the Hub, lacking upstream",
    "stream_space_metrics": "documented by the Hub, lacking upstream",
    "resume_wait": "going on with a wait in another process",
    "wait_for_hardware": "the wait that `HfApi` has not",
    "with_options": "siblings for other accounts",
}
"""Public names that ``HfApi`` does not have, and why."""

DIFFERENT: dict[tuple[str, str], str] = {
    ("create_commit", "hot_reload"): "private there",
    ("create_repo", "space_storage"): "guides use it, also on duplication",
    ("create_repo", "space_dev_mode"): "the Hub offers it on creation",
    ("create_repo", "short_description"): "the Hub offers it on creation",
    ("create_repo", "license"): "the Hub offers it on creation",
    ("create_repo", "files"): "the Hub offers them on creation",
    ("duplicate_repo", "space_storage"): "guides use it, also on creation",
    ("list_user_repos", "search"): "a filter of the Hub's",
    ("list_user_repos", "repo_type"): "a filter of the Hub's",
    ("list_user_repos", "sort"): "the Hub sorts as one likes",
    ("list_user_repos", "direction"): "the Hub sorts as one likes",
    ("list_user_repos", "limit"): "as for every other listing",
    ("upload_file", "hot_reload"): "private there",
    ("fetch_space_logs", "tail"): "documented by the Hub, lacking upstream",
    ("wait_for_space", "timeout"): "waits end",
    ("wait_for_space", "poll_interval"): "poll= says more",
    ("wait_for_space", "poll"): "poll_interval= says less",
    ("wait_for_space", "check"): "a failure raises, unless it is not to",
    ("wait_for_space", "revision"): "a RUNNING left over from before does not count",
    ("wait_for_space", "on_change"): "a first build is what people watch",
}
"""Parameters that are other on purpose, and why."""

SHARED = sorted(set(public_names(AsyncSpacesClient)) & set(dir(HfApi)))


def test_every_name_beyond_has_its_reason() -> None:
    """What the official client does not know is listed, and nothing is listed that it knows, or that is not there."""
    own = set(public_names(AsyncSpacesClient))
    assert set(BEYOND) == own - set(dir(HfApi)) | {"endpoint"}


@pytest.mark.parametrize("name", SHARED)
def test_a_method_takes_what_the_official_one_takes(name: str) -> None:
    """Same names, order, kinds and defaults, but for what is listed with its reason."""
    theirs, ours = parameters(getattr(HfApi, name)), parameters(getattr(AsyncSpacesClient, name))
    different = {other for method, other in DIFFERENT if method == name}
    assert [key for key in theirs if key not in different] == [key for key in ours if key not in different]
    assert different == changed(theirs, ours)
