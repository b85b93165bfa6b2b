"""What is deliberately other than in ``HfApi``, and why."""

from __future__ import annotations

import re

BEYOND = {
    "aclose": "the end of the client",
    "bulk": "one action on many Spaces, and a report",
    "compare_revisions": "documented by the Hub, lacking upstream",
    "delete_space_storage": "dropped by the 2.x client, kept since guides use it",
    "duplicate_space": "dropped by the 2.x client, kept since guides use it",
    "end_lease": "cleaning up after a process that died with borrowed hardware",
    "endpoint": "an attribute there",
    "get_repo_size": "documented by the Hub, lacking upstream",
    "map_spaces": "one action on many Spaces, outcome by outcome",
    "rate_limit": "calls are the scarce thing, so it says how many are left",
    "request": "what has no method yet",
    "request_space_storage": "dropped by the 2.x client, kept since guides use it",
    "set_space_replicas": "documented by the Hub, lacking upstream",
    "start_hardware_upgrade": "a request and its wait, apart in time or in process",
    "stream_space_events": "documented by the Hub, lacking upstream",
    "stream_space_metrics": "documented by the Hub, lacking upstream",
    "resume_wait": "going on with a wait in another process",
    "temporary_hardware": "hardware for a block of code",
    "wait_for_all": "many upgrades at once, with a report",
    "wait_for_hardware": "the wait that `HfApi` has not",
    "watch_space": "each change, without a loop around `get_space_runtime`",
    "watch_spaces": "many Spaces for the price of a listing",
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
    ("create_commit", "strict"): "what a .gitignore keeps out can be an error",
    ("create_commit", "max_workers"): "as for `snapshot_download`",
    ("create_commit", "max_commit_bytes"): "how much one commit holds is said before it is sent",
    ("create_commit", "on_progress"): "who waits is told how far it is",
    ("create_commit", "progress"): "bars are asked for, and shown nowhere else",
    ("upload_file", "strict"): "what a .gitignore keeps out can be an error",
    ("upload_file", "max_workers"): "as for `snapshot_download`",
    ("upload_file", "max_commit_bytes"): "how much one commit holds is said before it is sent",
    ("upload_file", "on_progress"): "who waits is told how far it is",
    ("upload_file", "progress"): "bars are asked for, and shown nowhere else",
    ("upload_folder", "strict"): "what a .gitignore keeps out can be an error",
    ("upload_folder", "max_workers"): "as for `snapshot_download`",
    ("upload_folder", "max_commit_bytes"): "how much one commit holds is said before it is sent",
    ("upload_folder", "on_progress"): "who waits is told how far it is",
    ("upload_folder", "progress"): "bars are asked for, and shown nowhere else",
    ("upload_folder", "atomic"): "one commit, unless it is not asked for",
    ("snapshot_download", "max_workers"): "16 instead of 8: a file that is under way takes no thread",
    ("fetch_space_logs", "tail"): "documented by the Hub, lacking upstream",
    ("wait_for_space", "timeout"): "waits end",
    ("wait_for_space", "poll_interval"): "poll= says more",
    ("wait_for_space", "poll"): "poll_interval= says less",
    ("wait_for_space", "check"): "a failure raises, unless it is not to",
    ("wait_for_space", "revision"): "a RUNNING left over from before does not count",
    ("wait_for_space", "on_change"): "a first build is what people watch",
}
"""Parameters that are other on purpose, and why."""

UNSAID = {
    ("get_full_repo_name", "organization"): "nothing is asked then",
    ("hf_hub_download", "local_files_only"): "nothing is asked then",
    ("resolve_revision", "local_files_only"): "nothing is asked then",
    ("snapshot_download", "local_files_only"): "nothing is asked then",
    ("verify_repo_checksums", "cache_dir"): "files of a cache have to be there before; what is asked is the same",
}
"""Parameters of both clients that no case gives a value, and why."""

ABSENT = {
    r".*access_request|.*access_requests|grant_access": "the Hub has them for models and datasets only",
    r"(model|dataset|kernel)_info|list_(models|datasets)|list_dataset_\w+": "about other kinds of repositories only",
    r"get_(model|dataset)_\w+|\w*safetensors\w*": "about other kinds of repositories only",
    r"\w*bucket\w*": "buckets are storage beside repositories; `set_space_volumes` mounts them",
    r"\w*job|\w*jobs|\w*job_\w+|\w*jobs_\w+|\w*scheduled\w*|run_uv_job": "jobs are no Spaces",
    r"\w*inference\w*": "inference endpoints are no Spaces",
    r"\w*collection\w*": "a collection is a list, of Spaces among others",
    r"\w*paper\w*": "papers are no Spaces",
    r"list_(user|organization)_(followers|following|members)": "people and whom they know",
    r"run_as_future": "`await` does it",
}
"""Patterns of names that are not here, and why; `AsyncSpacesClient.request` reaches them all."""


def reason_for_absence(name: str) -> str | None:
    """Say why a name of ``HfApi`` is not here; ``None`` if nobody has said it yet."""
    return next((reason for pattern, reason in ABSENT.items() if re.fullmatch(pattern, name)), None)
