"""Large files: links from the hub, bytes by the storage."""

import hashlib
import os
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import Caller

DATA = os.urandom(3_000_000)
OID = hashlib.sha256(DATA).hexdigest()


def ask(caller: Caller, repo_id: str, operation: str = "upload", **more: Any) -> Any:
    """Ask for links for the test's object."""
    body = {
        "operation": operation,
        "transfers": ["basic"],
        "objects": [{"oid": OID, "size": len(DATA)}],
        **more,
    }
    reply = caller.post(f"/spaces/{repo_id}.git/info/lfs/objects/batch", json=body)
    assert 200 == reply.status_code, reply.text
    return reply.json()["objects"][0]


def upload(caller: Caller, repo_id: str) -> None:
    """Upload the test's object."""
    actions = ask(caller, repo_id)["actions"]
    assert 200 == httpx.put(actions["upload"]["href"], content=DATA).status_code
    assert 200 == caller.post(actions["verify"]["href"], json={"oid": OID, "size": len(DATA)}).status_code


def test_an_object_goes_up_and_comes_down(hub: LocalHub, me: Caller) -> None:
    """By links to the other origin; once there, it is not asked for again."""
    repo_id = me.create()
    upload(me, repo_id)
    assert "actions" not in ask(me, repo_id)
    pointer = {"key": "lfsFile", "value": {"path": "m.bin", "algo": "sha256", "oid": OID, "size": len(DATA)}}
    commit = me.send_orders(repo_id, [pointer]).json()["commitOid"]
    found = me.head(f"/spaces/{repo_id}/resolve/main/m.bin")
    assert 302 == found.status_code
    assert found.headers["Location"].startswith(hub.storage_url)
    assert found.headers["X-Linked-Etag"] == f'"{OID}"'
    assert (found.headers["X-Linked-Size"], found.headers["X-Repo-Commit"]) == (str(len(DATA)), commit)
    assert DATA == httpx.get(found.headers["Location"]).content
    part = httpx.get(found.headers["Location"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, DATA[10:20])
    assert DATA == httpx.get(ask(me, repo_id, "download")["actions"]["download"]["href"]).content


def test_the_storage_takes_links_and_no_tokens(hub: LocalHub, me: Caller) -> None:
    """As S3 does."""
    link = ask(me, me.create())["actions"]["upload"]["href"]
    assert 400 == httpx.put(link, content=DATA, headers={"Authorization": f"Bearer {hub.token}"}).status_code
    assert 501 == httpx.put(link, content=iter([DATA])).status_code
    assert 403 == httpx.put(link.replace("signature=", "signature=0"), content=DATA).status_code
    assert 403 == httpx.get(link).status_code
    assert 400 == httpx.put(link, content=DATA[:-1]).status_code
    path = urlsplit(link).path
    assert 403 == httpx.get(hub.storage_url + path).status_code
    hub.clock.advance(3600)
    expired = httpx.put(link, content=DATA)
    assert (403, True) == (expired.status_code, "<Code>SignatureDoesNotMatch</Code>" in expired.text)


def test_wrong_bytes_are_found_out(me: Caller) -> None:
    """By verify, and by a commit that goes without it."""
    repo_id = me.create()
    actions = ask(me, repo_id)["actions"]
    assert 200 == httpx.put(actions["upload"]["href"], content=bytes(len(DATA))).status_code
    assert 404 == me.post(actions["verify"]["href"], json={"oid": OID, "size": len(DATA)}).status_code
    value = {"path": "m.bin", "algo": "sha256", "oid": OID, "size": len(DATA)}
    assert 400 == me.send_orders(repo_id, [{"key": "lfsFile", "value": value}]).status_code
    upload(me, repo_id)
    assert 400 == me.post(actions["verify"]["href"], json={"oid": OID, "size": 1}).status_code


def test_a_big_object_goes_up_in_parts(me: Caller) -> None:
    """If the caller offers to, and in any order."""
    with LocalHub(multipart_threshold=1_000_000, part_size=1_000_000) as hub:
        me = Caller(base_url=hub.url, headers={"Authorization": f"Bearer {hub.token}"})
        with me:
            repo_id = me.create()
            assert "header" not in ask(me, repo_id)["actions"]["upload"]
            action = ask(me, repo_id, transfers=["basic", "multipart"])["actions"]["upload"]
            links = {int(key): link for key, link in action["header"].items() if key.isdigit()}
            assert ([1, 2, 3], "1000000") == (sorted(links), action["header"]["chunk_size"])
            parts = []
            for number in (3, 1, 2):
                data = DATA[(number - 1) * 1_000_000 : number * 1_000_000]
                etag = httpx.put(links[number], content=data).headers["ETag"]
                parts.append({"partNumber": number, "etag": etag})
            wrong = [{**part, "etag": '"00"'} for part in parts]
            assert 400 == httpx.post(action["href"], json={"oid": OID, "parts": wrong}).status_code
            assert 403 == httpx.post(action["href"] + "0", json={"oid": OID, "parts": parts}).status_code
            assert 200 == httpx.post(action["href"], json={"oid": OID, "parts": parts}).status_code
            assert "actions" not in ask(me, repo_id)


@pytest.mark.parametrize(("operation", "code"), [("upload", 422), ("download", 422)])
def test_a_bad_oid_is_an_error_of_its_object(me: Caller, operation: str, code: int) -> None:
    """The others go on."""
    told = ask(me, me.create(), operation, objects=[{"oid": "../etc", "size": 1}])
    assert told["error"]["code"] == code


def test_a_missing_object_cannot_be_downloaded(me: Caller) -> None:
    """404, for that object."""
    assert 404 == ask(me, me.create(), "download")["error"]["code"]


def test_there_is_no_xet(me: Caller, other: Caller) -> None:
    """Nor a token for it."""
    me.create()
    for kind in ("read", "write"):
        assert 404 == me.get(f"/api/spaces/me/app/xet-{kind}-token/main").status_code
    assert 403 == other.get("/api/spaces/me/app/xet-write-token/main").status_code


def test_only_the_owner_uploads(me: Caller, other: Caller, nobody: Caller) -> None:
    """Whoever may read downloads, and uploads for a pull request, for which clients name no ref."""
    me.create()
    body: dict[str, Any] = {"operation": "upload", "objects": [{"oid": OID, "size": 1}], "ref": {"name": "main"}}
    for caller, status in ((other, 403), (nobody, 401)):
        assert caller.post("/spaces/me/app.git/info/lfs/objects/batch", json=body).status_code == status
        read = caller.post("/spaces/me/app.git/info/lfs/objects/batch", json={**body, "operation": "download"})
        assert 200 == read.status_code
    del body["ref"]
    for caller, status in ((other, 200), (nobody, 401)):
        assert caller.post("/spaces/me/app.git/info/lfs/objects/batch", json=body).status_code == status


def test_git_lfs_is_asked_for_a_token_and_verifies_without(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """It sends none with the actions of an object that is called authenticated, and takes Basic to be asked."""
    repo_id = me.create()
    path, body = f"/spaces/{repo_id}.git/info/lfs/objects/batch", {"operation": "upload", "objects": []}
    refused = nobody.post(path, json=body)
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert "Invalid username or password." == refused.json()["message"]
    assert 200 == nobody.post(path, json=body, auth=("anybody", hub.token)).status_code
    actions = ask(me, repo_id)["actions"]
    assert 200 == httpx.put(actions["upload"]["href"], content=DATA).status_code
    known = {"oid": OID, "size": len(DATA)}
    assert 200 == httpx.post(actions["verify"]["href"], json=known).status_code
    assert 401 == httpx.post(actions["verify"]["href"].partition("?")[0], json=known).status_code
