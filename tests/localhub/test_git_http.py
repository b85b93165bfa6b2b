"""Git over HTTP, as the bytes go: `tests/interop` has git itself."""

from __future__ import annotations

import gzip
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.protocol import pkt_line

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S, Caller, caller_of
from .pushing import ABSENT, HEADERS, new_commit, push_body

MAIN = "refs/heads/main"


@pytest.fixture
def repo_id(me: Caller) -> str:
    """A Space."""
    return me.create()


def tip(caller: Caller, repo_id: str) -> str:
    """The newest commit of ``main``."""
    return str(caller.get(f"/api/spaces/{repo_id}").json()["sha"])


def push(caller: Caller, repo_id: str, body: bytes, **headers: str) -> bytes:
    """Push, and return the report."""
    reply = caller.post(f"/spaces/{repo_id}/git-receive-pack", content=body, headers={**HEADERS, **headers})
    assert 200 == reply.status_code, reply.text
    assert "application/x-git-receive-pack-result" == reply.headers["content-type"]
    return reply.content


def test_what_there_is_is_advertised(nobody: Caller, me: Caller, repo_id: str) -> None:
    """Refs by name, and nothing is to be cached."""
    reply = nobody.get(f"/spaces/{repo_id}.git/info/refs", params={"service": "git-upload-pack"})
    assert "application/x-git-upload-pack-advertisement" == reply.headers["content-type"]
    assert "no-cache" in reply.headers["cache-control"]
    assert f"{tip(me, repo_id)} {MAIN}".encode() in reply.content
    assert b"symref=HEAD:refs/heads/main" in reply.content


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_push_moves_the_branch(hub: LocalHub, me: Caller, repo_id: str, encoding: str) -> None:
    """Compressed or not; and it restarts the Space."""
    before = tip(me, repo_id)
    commit, objects = new_commit({"app.py": b"print()\n"}, before)
    body = push_body(MAIN, before, commit.id.decode(), objects)
    sent = gzip.compress(body) if encoding == "gzip" else body
    report = push(me, repo_id, sent, **{"Content-Encoding": encoding})
    assert b"unpack ok" in report
    assert b"ok refs/heads/main" in report
    assert commit.id.decode() == tip(me, repo_id)
    assert "BUILDING" == me.runtime(repo_id)["stage"]
    assert b"print()\n" == me.get(f"/spaces/{repo_id}/resolve/main/app.py").content


def test_a_push_in_chunks(me: Caller, repo_id: str) -> None:
    """Git sends what is large without saying how large."""
    before = tip(me, repo_id)
    commit, objects = new_commit({"a.txt": os.urandom(2_000_000)}, before)
    body = push_body(MAIN, before, commit.id.decode(), objects)

    def pieces() -> Iterator[bytes]:
        for begin in range(0, len(body), 50_000):
            yield body[begin : begin + 50_000]

    reply = me.post(f"/spaces/{repo_id}/git-receive-pack", content=pieces(), headers=HEADERS)
    assert b"ok refs/heads/main" in reply.content
    assert 2_000_000 == me.get(f"/api/spaces/{repo_id}/treesize/main").json()["size"]


def test_who_comes_too_late_is_told(me: Caller, repo_id: str) -> None:
    """The branch has moved since the pusher looked: dulwich alone would say that all is well."""
    before = tip(me, repo_id)
    assert 200 == me.commit(repo_id, {"other.txt": b"other"}).status_code
    after = tip(me, repo_id)
    commit, objects = new_commit({"a.txt": b"a"}, before)
    report = push(me, repo_id, push_body(MAIN, before, commit.id.decode(), objects))
    assert b"ng refs/heads/main failed to update ref" in report
    assert after == tip(me, repo_id)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"big.txt": bytes(10 * 1024 * 1024 + 1)}, b"larger than 10 MiB"),
        ({"p": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"5" * 64 + b"\nsize 1\n"}, b"LFS pointer"),
    ],
)
def test_what_is_refused_leaves_no_trace(tmp_path: Path, files: dict[str, bytes], reason: bytes) -> None:
    """No object, no file, no ref; also for a client that takes no remarks."""
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as caller:
        repo_id = caller.create()
        before = tip(caller, repo_id)
        there = {path for path in (tmp_path / "repos").rglob("*") if path.is_file()}
        commit, objects = new_commit(files, before)
        body = push_body(MAIN, before, commit.id.decode(), objects)
        report = push(caller, repo_id, body)
        assert reason in report
        assert b"ng refs/heads/main pre-receive hook declined" in report
        silent = push(caller, repo_id, push_body(MAIN, before, commit.id.decode(), objects, b"report-status"))
        assert reason not in silent
        assert before == tip(caller, repo_id)
        assert 404 == caller.get(f"/api/spaces/{repo_id}/revision/{commit.id.decode()}").status_code
        assert there == {path for path in (tmp_path / "repos").rglob("*") if path.is_file()}


def test_a_push_with_a_hole(me: Caller, repo_id: str) -> None:
    """Objects that are left out are missed."""
    before = tip(me, repo_id)
    commit, objects = new_commit({"a.txt": b"a"}, before)
    report = push(me, repo_id, push_body(MAIN, before, commit.id.decode(), objects[1:]))
    assert b"ng refs/heads/main missing necessary objects" in report


def test_a_broken_pack(me: Caller, repo_id: str) -> None:
    """It is said to be broken, and the branch stays."""
    before = tip(me, repo_id)
    commit, objects = new_commit({"a.txt": b"a"}, before)
    body = push_body(MAIN, before, commit.id.decode(), objects)
    for broken in (body[:-30], body[:-1] + bytes([body[-1] ^ 1])):
        assert b"unpack ok" not in push(me, repo_id, broken)
    assert before == tip(me, repo_id)


def test_a_branch_that_cannot_be(me: Caller, repo_id: str) -> None:
    """It would be a folder among the files that git keeps refs in."""
    before = tip(me, repo_id)
    report = push(me, repo_id, push_body(f"{MAIN}/x", ABSENT, before, []))
    assert b"ng refs/heads/main/x failed to update ref" in report


def test_others_go_on_while_a_push_arrives(hub: LocalHub, me: Caller, repo_id: str) -> None:
    """Nobody waits for somebody who is slow: reading, committing and pushing go on."""
    before = tip(me, repo_id)
    commit, objects = new_commit({"a.txt": os.urandom(100_000)}, before)
    body = push_body("refs/heads/slow", ABSENT, commit.id.decode(), objects)
    host, _, port = hub.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(
            f"POST /spaces/{repo_id}/git-receive-pack HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            f"Authorization: Bearer {hub.token}\r\nContent-Type: {HEADERS['Content-Type']}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body[:50_000]
        )
        assert 200 == me.commit(repo_id, {"b.txt": b"b"}).status_code
        quick, rest = new_commit({"c.txt": b"c"}, tip(me, repo_id))
        quick_body = push_body(MAIN, tip(me, repo_id), quick.id.decode(), rest)
        assert b"ok refs/heads/main" in push(me, repo_id, quick_body)
        slow.sendall(body[50_000:])
        report = b""
        while data := slow.recv(65_536):
            report += data
    assert b"ok refs/heads/slow" in report
    assert {"main", "slow"} == {branch["name"] for branch in me.get(f"/api/spaces/{repo_id}/refs").json()["branches"]}


def test_who_hangs_up_leaves_nothing(tmp_path: Path) -> None:
    """Half a push is dropped, and the hub stops all the same: no folder stays, and no thread."""
    with LocalHub(data_dir=tmp_path) as hub, caller_of(hub, hub.token) as caller:
        repo_id = caller.create()
        host, _, port = hub.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as slow:
            slow.sendall(
                f"POST /spaces/{repo_id}/git-receive-pack HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n"
                f"Authorization: Bearer {hub.token}\r\nContent-Type: {HEADERS['Content-Type']}\r\n\r\n".encode()
                + pkt_line(f"{ABSENT} {'1' * 40} refs/heads/x\0 report-status".encode())
                + b"0000PACK"
            )
            assert 200 == caller.get(f"/api/spaces/{repo_id}").status_code
            hub.stop()
    for thread in threading.enumerate():
        if thread.name.startswith("WSGI"):
            thread.join(timeout=10)
            assert not thread.is_alive()
    assert [] == list((tmp_path / "repos").rglob("*incoming*"))


def test_a_push_is_kept_before_it_is_reported(tmp_path: Path) -> None:
    """Who has the report finds the restarted Space in the file, whatever happens to the hub then."""
    with LocalHub(data_dir=tmp_path, stage_seconds=STAGE_S) as hub, caller_of(hub, hub.token) as caller:
        repo_id = caller.create()
        before = tip(caller, repo_id)
        commit, objects = new_commit({"app.py": b""}, before)
        push(caller, repo_id, push_body(MAIN, before, commit.id.decode(), objects))
        [kept] = json.loads((tmp_path / "hub.json").read_text())["repositories"]
        assert commit.id.decode() == kept["space"]["life"]["start"]["sha"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"zzzz", HEADERS["Content-Type"], 400),
        (pkt_line(b"what is this"), HEADERS["Content-Type"], 400),
        (b"0000", HEADERS["Content-Type"], 200),
        (b"0000", "text/plain", 403),
    ],
)
def test_what_git_would_not_send(me: Caller, repo_id: str, body: bytes, content_type: str, status: int) -> None:
    """It is refused as the caller's mistake; an empty push is how git asks whether it may."""
    reply = me.post(f"/spaces/{repo_id}/git-receive-pack", content=body, headers={"Content-Type": content_type})
    assert status == reply.status_code


def test_services_that_there_are_not(me: Caller, repo_id: str) -> None:
    """Neither the dumb protocol nor archives."""
    for query in ("", "?service=git-upload-archive"):
        assert 400 == me.get(f"/spaces/{repo_id}/info/refs{query}").status_code
    assert 404 == me.get(f"/buckets/{repo_id}/info/refs?service=git-upload-pack").status_code


def test_refusals_that_git_understands(hub: LocalHub, nobody: Caller, me: Caller, other: Caller) -> None:
    """Plain text to be shown, and a challenge so that it asks for a token."""
    repo_id = me.create(private=True)
    path = f"/spaces/{repo_id}/info/refs?service=git-upload-pack"
    asked = nobody.get(path)
    assert (401, "Invalid username or password.") == (asked.status_code, asked.text)
    assert 'Basic realm="Authentication required", charset="UTF-8"' == asked.headers["WWW-Authenticate"]
    assert "text/plain" in asked.headers["content-type"]
    hidden = other.get(path)
    assert (404, "Repository not found") == (hidden.status_code, hidden.text)
    for user, password, status in (("any", hub.token, 200), ("any", "hf_wrong", 401), (hub.token, "", 401)):
        assert status == nobody.get(path, auth=(user, password)).status_code
    assert 401 == nobody.get("/api/whoami-v2", auth=("any", hub.token)).status_code
    assert "WWW-Authenticate" not in nobody.get(f"/api/spaces/{repo_id}").headers


def test_names_and_messages_in_any_encoding(me: Caller, repo_id: str) -> None:
    """What was written elsewhere can still be shown."""
    before = tip(me, repo_id)
    commit, objects = new_commit({"a.txt": b"a"}, before)
    commit.author, commit.message = b"J\xf6rg <j@example.org>", b"gr\xfc\xdfe"
    report = push(me, repo_id, push_body(MAIN, before, commit.id.decode(), objects))
    assert b"ok refs/heads/main" in report
    [newest, _] = me.get(f"/api/spaces/{repo_id}/commits/main").json()
    assert ("gr\ufffd\ufffde", "J\ufffdrg") == (newest["title"], newest["authors"][0]["user"])
