"""The Hub's errors as replies."""

import json

from aiohfspaces.localhub.refusals import Refusal, entry_not_found, repository_not_found


def test_a_refusal_says_it_in_headers_and_body() -> None:
    """With the code where there is one."""
    reply = repository_not_found().response()
    assert (404, {"error": "Repository not found"}) == (reply.status_code, json.loads(bytes(reply.body)))
    assert (
        "RepoNotFound",
        "Repository not found",
    ) == (reply.headers["X-Error-Code"], reply.headers["X-Error-Message"])


def test_a_missing_entry_tells_the_commit() -> None:
    """Clients cache that it is missing there."""
    assert "c" * 40 == entry_not_found("a", "c" * 40).response().headers["X-Repo-Commit"]


def test_headers_stay_ascii_and_bodies_do_not() -> None:
    """A name may be anything."""
    reply = Refusal(409, "no \u00fc\nhere", extra={"url": "x"}).response()
    assert "\n" not in reply.headers["X-Error-Message"]
    assert {"error": "no \u00fc\nhere", "url": "x"} == json.loads(bytes(reply.body))
