"""What repositories are called."""

import pytest

from aiohfspaces.localhub.refusals import Refusal
from aiohfspaces.localhub.repositories import check_repo_id


@pytest.mark.parametrize("repo_id", ["me/app", "me/my_app.v1-2", "org-1/A"])
def test_good_names_are_taken(repo_id: str) -> None:
    """As they are spelt."""
    assert check_repo_id(repo_id) == repo_id


@pytest.mark.parametrize(
    "repo_id", ["", "app", "me/", "me/a/b", "../x", "me/..", "me/.a", "me/a--b", "me/a.git", "me/a b"]
)
def test_others_are_refused(repo_id: str) -> None:
    """No path is ever made of them."""
    with pytest.raises(Refusal, match="Invalid repository name"):
        check_repo_id(repo_id)
