"""Addresses of places in repositories."""

from __future__ import annotations

from typing import Any

import pytest
from huggingface_hub import parse_hf_uri

from aiohfspaces._wire.uris import HfUri, checked_uri
from aiohfspaces.errors import UsageError

GOOD = [
    "hf://me/net",
    "hf://models/me/net",
    "hf://spaces/me/app",
    "hf://spaces/me/app/",
    "hf://datasets/me/data/train.csv",
    "hf://datasets/me/data@v1/a/b c.csv",
    "hf://spaces/me/app@refs/pr/12/app.py",
    "hf://datasets/me/data@refs/convert/parquet/a",
    "hf://spaces/me/app@feature%2Fx/app.py",
    "hf://spaces/me/app@main",
    "hf://spaces/me/app/a@b/c",
]
BAD = [
    "spaces/me/app",
    "https://huggingface.co/spaces/me/app",
    "hf://",
    "hf://spaces",
    "hf://spaces/me",
    "hf://spaces/me/app@/x",
    "hf://spaces/me/app/../x",
    "hf://spaces/me/app//x",
    "hf://spaces/me/a b/x",
    "hf://buckets/me/b/x",
    "hf://kernels/me/k",
]


@pytest.mark.parametrize("uri", GOOD)
def test_an_address_is_read_as_the_official_client_reads_it(uri: str) -> None:
    """Kind, repository, revision and path; a slash at the end is told apart."""
    theirs = parse_hf_uri(uri)
    assert HfUri(
        repo_type=theirs.type,  # type: ignore[arg-type]
        repo_id=theirs.id,
        revision=theirs.revision,
        path=theirs.path_in_repo.rstrip("/"),
        is_folder=uri.endswith("/"),
    ) == checked_uri(uri, argument="source")


@pytest.mark.parametrize("uri", [*BAD, None, 5])
def test_what_is_no_such_address_is_refused(uri: Any) -> None:
    """The error names the argument."""
    with pytest.raises(UsageError, match=r"^source: "):
        checked_uri(uri, argument="source")
