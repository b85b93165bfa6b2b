"""Xet storage: tokens for a folder that hf-xet reaches by itself, and plain bytes for everybody else."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hf_xet
import httpx
import pytest

from aiohfspaces.localhub import LocalHub

from .conftest import STAGE_S, Caller

DATA = os.urandom(300_000)
OID = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub with Xet storage."""
    with LocalHub(stage_seconds=STAGE_S, xet=True) as running:
        yield running


def granted(caller: Caller, repo_id: str, kind: str) -> dict[str, object]:
    """Ask for a token; what hf-xet wants to know of it."""
    reply = caller.get(f"/api/spaces/{repo_id}/xet-{kind}-token/main")
    assert 200 == reply.status_code, reply.text
    told = reply.json()
    assert told["casUrl"] == reply.headers["X-Xet-Cas-Url"]
    assert told["accessToken"] == reply.headers["X-Xet-Access-Token"]
    assert str(told["exp"]) == reply.headers["X-Xet-Token-Expiration"]
    assert time.time() < told["exp"]
    return {"endpoint": told["casUrl"], "token": told["accessToken"], "token_expiry_unix_secs": told["exp"]}


def bring(caller: Caller, repo_id: str, data: bytes = DATA) -> str:
    """Bring a file by hf-xet, commit it, and return what Xet storage calls it."""
    commit = hf_xet.XetSession().new_upload_commit(**granted(caller, repo_id, "write"))
    upload = commit.start_upload_bytes(data, sha256=hf_xet.COMPUTE_SHA256)
    commit.wait_to_finish()
    found = upload.result().xet_info
    value = {"path": "m.bin", "algo": "sha256", "oid": found.sha256, "size": len(data)}
    reply = caller.send_orders(repo_id, [{"key": "lfsFile", "value": value}])
    assert 200 == reply.status_code, reply.text
    return str(found.hash)


def test_a_file_goes_up_by_hf_xet_and_comes_down_by_it(me: Caller, tmp_path: Path) -> None:
    """The reply for the file says what it is called there, and who grants a token."""
    repo_id = me.create()
    name = bring(me, repo_id)
    found = me.head(f"/spaces/{repo_id}/resolve/main/m.bin")
    assert name == found.headers["X-Xet-Hash"]
    refresh = found.links["xet-auth"]["url"]
    assert f"/api/spaces/{repo_id}/xet-read-token/{found.headers['X-Repo-Commit']}" == refresh.removeprefix(
        str(me.base_url).rstrip("/")
    )
    group = hf_xet.XetSession().new_file_download_group(**granted(me, repo_id, "read"))
    group.start_download_file(hf_xet.XetFileInfo(name, len(DATA)), str(tmp_path / "m.bin"))
    group.wait_to_finish()
    assert DATA == (tmp_path / "m.bin").read_bytes()


def test_everybody_else_gets_plain_bytes(hub: LocalHub, me: Caller) -> None:
    """Also while somebody has the storage open, and from a hub that was started again."""
    repo_id = me.create()
    commit = hf_xet.XetSession().new_upload_commit(**granted(me, repo_id, "write"))
    bring(me, repo_id)
    found = me.head(f"/spaces/{repo_id}/resolve/main/m.bin")
    assert (302, str(len(DATA))) == (found.status_code, found.headers["X-Linked-Size"])
    assert DATA == httpx.get(found.headers["Location"]).content
    part = httpx.get(found.headers["Location"], headers={"Range": "bytes=10-19"})
    assert (206, DATA[10:20]) == (part.status_code, part.content)
    commit.abort()


def test_trees_and_lists_say_what_a_file_is_called_there(me: Caller) -> None:
    """And the reply that a client of Xet asks for by its own media type."""
    repo_id = me.create()
    name = bring(me, repo_id)
    tree = {entry["path"]: entry for entry in me.get(f"/api/spaces/{repo_id}/tree/main").json()}
    assert name == tree["m.bin"]["xetHash"]
    assert all("xetHash" not in entry for path, entry in tree.items() if path != "m.bin")
    info = me.post(f"/api/spaces/{repo_id}/paths-info/main", json={"paths": ["m.bin"]}).json()
    assert name == info[0]["xetHash"]
    assert name == me.get(f"/api/spaces/{repo_id}/lfs-files").json()[0]["xetHash"]
    accept = {"Accept": "application/vnd.xet-fileinfo+json"}
    told = me.get(f"/spaces/{repo_id}/resolve/main/m.bin", headers=accept).json()
    assert (name, f'"{OID}"', len(DATA)) == (told["hash"], told["etag"], told["size"])
    assert told["refreshUrl"].endswith(me.head(f"/spaces/{repo_id}/resolve/main/m.bin").headers["X-Repo-Commit"])


def test_the_batch_knows_what_came_by_hf_xet(me: Caller) -> None:
    """And never answers with that transfer."""
    repo_id = me.create()
    bring(me, repo_id)
    body = {"operation": "upload", "transfers": ["basic", "xet"], "objects": [{"oid": OID, "size": len(DATA)}]}
    told = me.post(f"/spaces/{repo_id}.git/info/lfs/objects/batch", json=body).json()
    assert ("basic", False) == (told["transfer"], "actions" in told["objects"][0])


def test_a_file_that_came_by_lfs_is_not_in_xet_storage(me: Caller) -> None:
    """So nobody is told to look for it there."""
    repo_id = me.create()
    body = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": OID, "size": len(DATA)}]}
    told = me.post(f"/spaces/{repo_id}.git/info/lfs/objects/batch", json=body).json()
    assert 200 == httpx.put(told["objects"][0]["actions"]["upload"]["href"], content=DATA).status_code
    value = {"path": "m.bin", "algo": "sha256", "oid": OID, "size": len(DATA)}
    assert 200 == me.send_orders(repo_id, [{"key": "lfsFile", "value": value}]).status_code
    assert "X-Xet-Hash" not in me.head(f"/spaces/{repo_id}/resolve/main/m.bin").headers


def test_what_is_deleted_for_good_is_gone_until_it_comes_again(me: Caller) -> None:
    """Its chunks may stay; nobody finds them."""
    repo_id = me.create()
    bring(me, repo_id)
    assert 200 == me.delete(f"/api/spaces/{repo_id}/lfs-files/{OID}").status_code
    value = {"path": "m.bin", "algo": "sha256", "oid": OID, "size": len(DATA)}
    assert 400 <= me.send_orders(repo_id, [{"key": "lfsFile", "value": value}]).status_code
    bring(me, repo_id)
    assert DATA == me.get(f"/spaces/{repo_id}/resolve/main/m.bin", follow_redirects=True).content


def test_a_token_is_for_those_who_may(me: Caller, other: Caller, nobody: Caller) -> None:
    """Writing takes the right to write, a proposal only an account."""
    repo_id = me.create()
    path = f"/api/spaces/{repo_id}/xet-write-token/main"
    assert 403 == other.get(path).status_code
    assert 200 == other.get(f"{path}?create_pr=1").status_code
    assert 401 == nobody.get(f"{path}?create_pr=1").status_code
    assert 200 == nobody.get(f"/api/spaces/{repo_id}/xet-read-token/main").status_code


def test_what_came_is_found_by_the_next_hub(tmp_path: Path) -> None:
    """Where the data is kept."""
    for number in range(2):
        with LocalHub(data_dir=tmp_path, xet=True) as hub, Caller(base_url=hub.url) as me:
            me.headers["Authorization"] = f"Bearer {hub.token}"
            if number == 0:
                bring(me, me.create())
            assert DATA == me.get("/spaces/me/app/resolve/main/m.bin", follow_redirects=True).content


def test_it_takes_hf_xet(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says how to come by it."""
    monkeypatch.setitem(sys.modules, "hf_xet", None)
    with pytest.raises(ValueError, match=r"aiohfspaces\[xet\]"), LocalHub(xet=True):
        pass
