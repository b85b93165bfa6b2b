"""Discussions and pull requests over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S, Caller, caller_of

README = "one\ntwo\nthree\n"


def begin(caller: Caller, repo_id: str, title: str = "A title", **wanted: Any) -> str:
    """Begin a discussion, and return the path of its endpoints."""
    reply = caller.post(f"/api/spaces/{repo_id}/discussions", json={"title": title, "description": "Hi", **wanted})
    assert 200 == reply.status_code, reply.text
    return f"/api/spaces/{repo_id}/discussions/{reply.json()['num']}"


def propose(caller: Caller, repo_id: str, files: dict[str, bytes], revision: str = "main") -> str:
    """Commit files to a pull request of their own, and return the path of its endpoints."""
    reply = commit_to(caller, repo_id, f"{revision}?create_pr=1", files)
    assert 200 == reply.status_code, reply.text
    number = reply.json()["pullRequestUrl"].rpartition("/")[2]
    return f"/api/spaces/{repo_id}/discussions/{number}"


def commit_to(caller: Caller, repo_id: str, revision: str, files: dict[str, bytes]) -> Any:
    """Commit files to a revision."""
    lines: list[dict[str, Any]] = [
        {"key": "header", "value": {"summary": "Propose", "description": "Because"}},
        *({"key": "file", "value": {"path": path, "content": data.decode()}} for path, data in files.items()),
    ]
    return caller.post(f"/api/spaces/{repo_id}/commit/{revision}", content="\n".join(map(json.dumps, lines)))


def details(caller: Caller, path: str) -> Any:
    """Read a discussion with its diff."""
    reply = caller.get(f"{path}?diff=1")
    assert 200 == reply.status_code, reply.text
    return reply.json()


def kinds(discussion: Any) -> list[str]:
    """Tell what has happened."""
    return [event["type"] for event in discussion["events"]]


def test_a_discussion_is_begun_and_talked_in(me: Caller, other: Caller) -> None:
    """By anybody with a token; each step answers with its event."""
    repo_id = me.create()
    path = begin(other, repo_id, "Hällo ☃")
    said = me.post(f"{path}/comment", json={"comment": "Who <b>?"})
    assert (201, "Who <b>?", "me") == (
        said.status_code,
        said.json()["newMessage"]["data"]["latest"]["raw"],
        said.json()["newMessage"]["author"]["name"],
    )
    assert "Who &lt;b&gt;?" in said.json()["newMessage"]["data"]["latest"]["html"]
    renamed = me.post(f"{path}/title", json={"title": "Hello"}).json()["newTitle"]
    assert {"from": "Hällo ☃", "to": "Hello"} == renamed["data"]
    closed = other.post(f"{path}/status", json={"status": "closed", "comment": "Done"}).json()["newStatus"]
    assert ("status-change", {"status": "closed"}) == (closed["type"], closed["data"])
    found = details(other, path)
    assert ["comment", "comment", "title-change", "comment", "status-change"] == kinds(found)
    assert ("Hello", "closed", "other", False) == (
        found["title"],
        found["status"],
        found["author"]["name"],
        found["isPullRequest"],
    )
    assert {"name": repo_id, "type": "space"} == found["repo"]
    assert not {"changes", "filesWithConflicts", "diff"} & found.keys()


def test_comments_are_edited_and_hidden(me: Caller) -> None:
    """What is hidden cannot be read or changed any more."""
    path = begin(me, me.create())
    comment = details(me, path)["events"][0]["id"]
    edited = me.post(f"{path}/comment/{comment}/edit", json={"content": "Hello"}).json()["updatedComment"]["data"]
    assert (True, 1, "Hello", ["me"]) == (
        edited["edited"],
        edited["numEdits"],
        edited["latest"]["raw"],
        edited["editors"],
    )
    hidden = me.post(f"{path}/comment/{comment}/hide").json()["updatedComment"]["data"]
    assert (True, "me") == (hidden["hidden"], hidden["hiddenBy"])
    assert "Hello" not in me.get(path).text
    again = [me.post(f"{path}/comment/{comment}/{step}", json={"content": "Back"}) for step in ("edit", "hide")]
    assert [400, 400] == [reply.status_code for reply in again]
    assert 404 == me.post(f"{path}/comment/{'0' * 24}/hide").status_code


def test_who_may_what(me: Caller, other: Caller, nobody: Caller) -> None:
    """Everybody may read what is public, with a token talk; its author and who may write may change it."""
    repo_id = me.create()
    path = begin(me, repo_id)
    comment = details(me, path)["events"][0]["id"]
    steps: dict[str, Any] = {
        "title": {"title": "Other"},
        "status": {"status": "closed"},
        f"comment/{comment}/edit": {"content": "x"},
        f"comment/{comment}/hide": {},
        "merge": {},
    }
    assert {403} == {other.post(f"{path}/{step}", json=body).status_code for step, body in steps.items()}
    assert {401} == {nobody.post(f"{path}/{step}", json=body).status_code for step, body in steps.items()}
    assert [200, 401, 401] == [
        nobody.get(path).status_code,
        nobody.post(f"{path}/comment", json={"comment": "x"}).status_code,
        nobody.post(f"/api/spaces/{repo_id}/discussions", json={"title": "Hello"}).status_code,
    ]
    me.put(f"/api/spaces/{repo_id}/settings", json={"private": True})
    refused = [other.get(path), other.post(f"{path}/comment", json={"comment": "x"}), nobody.get(path)]
    assert [404, 404, 401] == [reply.status_code for reply in refused]


@pytest.mark.parametrize(
    ("below", "body"),
    [
        ("", {"title": "ab"}),
        ("", {"title": "x" * 201}),
        ("", {"title": 5}),
        ("", {"title": "Hello", "description": "x" * 65_537}),
        ("/1/title", {"title": "ab"}),
        ("/1/comment", {"comment": ""}),
        ("/1/comment", {}),
        ("/1/status", {"status": "draft"}),
        ("/1/status", {"status": "open"}),
        ("/1/merge", {}),
    ],
)
def test_what_makes_no_sense_is_refused(me: Caller, below: str, body: dict[str, Any]) -> None:
    """With 400, and nothing happens."""
    repo_id = me.create()
    path = begin(me, repo_id)
    before = details(me, path)
    assert 400 == me.post(f"/api/spaces/{repo_id}/discussions{below}", json=body).status_code
    assert before == details(me, path)
    assert 1 == me.get(f"/api/spaces/{repo_id}/discussions").json()["count"]


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "1.5"])
def test_what_is_not_there_is_not_found(me: Caller, number: str) -> None:
    """Nor can anybody talk there."""
    repo_id = me.create()
    begin(me, repo_id)
    path = f"/api/spaces/{repo_id}/discussions/{number}"
    assert [404, 404] == [me.get(path).status_code, me.post(f"{path}/comment", json={"comment": "x"}).status_code]


def test_lists_are_filtered(me: Caller, other: Caller) -> None:
    """Open counts drafts in, closed what was merged; the newest is the first."""
    repo_id = me.create()
    begin(me, repo_id, "First words")
    begin(other, repo_id, "Draft", pullRequest=True)
    me.post(f"{begin(me, repo_id, 'Done')}/status", json={"status": "closed"})
    me.post(f"{propose(me, repo_id, {'a.txt': b'a'})}/merge")

    def numbers(**query: str) -> list[int]:
        listed = me.get(f"/api/spaces/{repo_id}/discussions", params=query).json()
        assert listed["count"] == len(listed["discussions"])
        return [found["num"] for found in listed["discussions"]]

    assert [4, 3, 2, 1] == numbers() == numbers(type="all", status="all", sort="trending")
    assert ([4, 2], [3, 1]) == (numbers(type="pull_request"), numbers(type="discussion"))
    assert ([2, 1], [4, 3]) == (numbers(status="open"), numbers(status="closed"))
    assert ([2], [], [1]) == (numbers(author="other"), numbers(author="nobody"), numbers(search="WORDS"))
    assert 2 == me.get(f"/api/spaces/{repo_id}/discussions").json()["numClosedDiscussions"]
    for wrong in ("type=x", "status=draft", "sort=x", "p=-1", "p=x", "author=x"):
        assert 400 == me.get(f"/api/spaces/{repo_id}/discussions?{wrong}").status_code


def test_lists_come_in_numbered_pages(me: Caller) -> None:
    """Of fifty."""
    repo_id = me.create()
    for number in range(51):
        begin(me, repo_id, f"Number {number}")
    pages = [me.get(f"/api/spaces/{repo_id}/discussions?p={page}").json() for page in range(3)]
    assert [(0, 50), (50, 1), (100, 0)] == [(page["start"], len(page["discussions"])) for page in pages]
    assert [51, 51, 51] == [page["count"] for page in pages]


def test_discussions_and_pull_requests_share_their_numbers(me: Caller) -> None:
    """And only the latter have refs."""
    repo_id = me.create()
    paths = [
        begin(me, repo_id),
        begin(me, repo_id, pullRequest=True),
        propose(me, repo_id, {"a.txt": b"a"}),
        begin(me, repo_id),
    ]
    assert ["1", "2", "3", "4"] == [path.rpartition("/")[2] for path in paths]
    refs = me.get(f"/api/spaces/{repo_id}/refs?include_prs=1").json()["pullRequests"]
    assert ["refs/pr/2", "refs/pr/3"] == [ref["ref"] for ref in refs]


def test_a_draft_is_filled_opened_and_merged(hub: LocalHub, me: Caller) -> None:
    """One commit on main has all of it, and the app is built anew."""
    repo_id = me.running_space(hub)
    path = begin(me, repo_id, pullRequest=True)
    assert ("draft", [], "") == (
        (draft := details(me, path))["status"],
        draft["filesWithConflicts"],
        draft["diff"],
    )
    oid = commit_to(me, repo_id, "refs%2Fpr%2F1", {"a.txt": b"hello\n"}).json()["commitOid"]
    assert 404 == me.get(f"/spaces/{repo_id}/resolve/main/a.txt").status_code
    assert 400 == me.post(f"{path}/merge").status_code
    me.post(f"{path}/status", json={"status": "open"})
    found = details(me, path)
    assert {"subject": "Propose", "oid": oid} == found["events"][1]["data"]
    assert {"base": "refs/heads/main", "headCommitId": oid, "refDeleted": False} == found["changes"]
    assert "+++ b/a.txt" in found["diff"]
    assert "+hello" in found["diff"]
    assert "RUNNING" == me.runtime(repo_id)["stage"]
    assert 200 == me.post(f"{path}/merge", json={"comment": "Thanks"}).status_code
    assert "RUNNING_BUILDING" == me.runtime(repo_id)["stage"]
    merged = details(me, path)
    assert ["comment", "commit", "status-change", "comment", "status-change"] == kinds(merged)
    [commit, *_] = me.get(f"/api/spaces/{repo_id}/commits/main").json()
    assert (commit["id"], "merged", found["diff"]) == (
        merged["changes"]["mergeCommitId"],
        merged["status"],
        merged["diff"],
    )
    assert ("A title (#1)", f"- Propose ({oid})") == (commit["title"], commit["message"])
    assert "hello\n" == me.get(f"/spaces/{repo_id}/resolve/main/a.txt").text
    assert commit["id"] == me.get(f"/api/spaces/{repo_id}").json()["sha"]
    hub.clock.advance(2 * STAGE_S)
    assert commit["id"] == me.runtime(repo_id)["sha"]
    again = [me.post(f"{path}/merge"), me.post(f"{path}/status", json={"status": "open"})]
    assert [400, 400] == [reply.status_code for reply in again]


def test_a_commit_may_be_a_pull_request(me: Caller) -> None:
    """It is open from the start, and its description the first comment."""
    repo_id = me.create()
    found = details(me, propose(me, repo_id, {"a.txt": b"a"}))
    assert ("open", "Propose", ["comment", "commit"]) == (found["status"], found["title"], kinds(found))
    assert "Because" == found["events"][0]["data"]["latest"]["raw"]
    assert 404 == commit_to(me, repo_id, "nowhere?create_pr=1", {"a.txt": b"a"}).status_code
    assert 400 == commit_to(me, repo_id, "main?create_pr=1", {"../a.txt": b"a"}).status_code
    refs = me.get(f"/api/spaces/{repo_id}/refs?include_prs=1").json()["pullRequests"]
    assert (1, 1) == (len(refs), me.get(f"/api/spaces/{repo_id}/discussions").json()["count"])


def test_lines_of_both_are_merged(me: Caller) -> None:
    """Where they do not touch."""
    repo_id = me.create()
    me.commit(repo_id, {"a.txt": README.encode()})
    path = propose(me, repo_id, {"a.txt": README.replace("one", "1").encode()})
    me.commit(repo_id, {"a.txt": README.replace("three", "3").encode(), "b.txt": b"b"})
    assert [] == details(me, path)["filesWithConflicts"]
    assert 200 == me.post(f"{path}/merge").status_code
    assert "1\ntwo\n3\n" == me.get(f"/spaces/{repo_id}/resolve/main/a.txt").text
    assert "b" == me.get(f"/spaces/{repo_id}/resolve/main/b.txt").text


def test_a_conflict_is_told_and_refused(me: Caller) -> None:
    """Until a commit to the pull request has solved it."""
    repo_id = me.create()
    me.commit(repo_id, {"a.txt": README.encode()})
    path = propose(me, repo_id, {"a.txt": b"mine\n", "new.txt": b"n"})
    head = me.commit(repo_id, {"a.txt": b"yours\n"}).json()["commitOid"]
    assert ["a.txt"] == details(me, path)["filesWithConflicts"]
    refused = me.post(f"{path}/merge")
    assert (409, True) == (refused.status_code, "a.txt" in refused.json()["error"])
    assert (head, "open") == (me.get(f"/api/spaces/{repo_id}").json()["sha"], details(me, path)["status"])
    commit_to(me, repo_id, "refs%2Fpr%2F1", {"a.txt": b"yours\n"})
    assert 200 == me.post(f"{path}/merge").status_code


def test_a_pull_request_may_be_for_another_branch(me: Caller) -> None:
    """Then main stays as it is; and the branch may go before it is merged."""
    repo_id = me.create()
    me.post(f"/api/spaces/{repo_id}/branch/dev", json={})
    merged, left = (propose(me, repo_id, {f"{name}.txt": b"x"}, "dev") for name in ("a", "b"))
    assert 200 == me.post(f"{merged}/merge").status_code
    assert [200, 404] == [me.get(f"/spaces/{repo_id}/resolve/{branch}/a.txt").status_code for branch in ("dev", "main")]
    me.delete(f"/api/spaces/{repo_id}/branch/dev")
    found = details(me, left)
    assert ("refs/heads/dev", True) == (found["changes"]["base"], found["filesWithConflicts"])
    assert 404 == me.post(f"{left}/merge").status_code


def test_the_diff_of_a_gated_repository_is_its_owners(me: Caller, other: Caller) -> None:
    """What others may not download, they are not shown either."""
    repo_id = me.create()
    path = propose(me, repo_id, {"a.txt": b"a"})
    me.put(f"/api/spaces/{repo_id}/settings", json={"gated": "manual"})
    assert (True, False) == ("diff" in details(me, path), "diff" in details(other, path))


def test_discussions_move_and_go_with_their_repository(me: Caller) -> None:
    """A duplicate has none, and who takes the name again begins at one."""
    repo_id = me.create()
    propose(me, repo_id, {"a.txt": b"a"})
    me.post(f"/api/spaces/{repo_id}/duplicate", json={"repository": "me/copy"})
    assert 0 == me.get("/api/spaces/me/copy/discussions").json()["count"]
    assert [] == me.get("/api/spaces/me/copy/refs?include_prs=1").json()["pullRequests"]
    me.post("/api/repos/move", json={"fromRepo": repo_id, "toRepo": "me/moved", "type": "space"})
    assert "me/moved" == details(me, "/api/spaces/me/moved/discussions/1")["repo"]["name"]
    me.request("DELETE", "/api/repos/delete", json={"name": "moved", "type": "space"})
    me.create("moved")
    assert 404 == me.get("/api/spaces/me/moved/discussions/1").status_code
    assert "/1" == begin(me, "me/moved")[-2:]


def test_discussions_survive_a_restart(tmp_path: Path) -> None:
    """To the last event."""
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as me:
        path = propose(me, me.create(), {"a.txt": b"a"})
        comment = details(me, path)["events"][0]["id"]
        me.post(f"{path}/comment/{comment}/edit", json={"content": "Other"})
        before = details(me, path)
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as me:
        assert before == details(me, path)
        assert 200 == me.post(f"{path}/merge").status_code
