"""Reading and changing files over HTTP."""

import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from aiohfspaces.localhub import LocalHub, descriptions

from .conftest import Caller

FOLDER = "d \u00fc"
ODD = f"{FOLDER}/a%2Fb #?.txt"


def test_odd_paths_and_revisions_survive(me: Caller) -> None:
    """Escapes are undone once, segment by segment."""
    repo_id = me.create()
    oid = me.commit(repo_id, {ODD: b"odd"}).json()["commitOid"]
    assert 200 == me.post(f"/api/spaces/{repo_id}/branch/feature%2Fx", json={}).status_code
    for revision in ("main", "feature%2Fx", "refs%2Fheads%2Ffeature%2Fx", oid, oid[:10]):
        reply = me.get(f"/spaces/{repo_id}/resolve/{revision}/{quote(ODD)}")
        assert (reply.text, reply.headers["X-Repo-Commit"]) == ("odd", oid)
        [entry] = me.get(f"/api/spaces/{repo_id}/tree/{revision}/{quote(FOLDER, safe='')}").json()
        assert ODD == entry["path"]


def test_trees_come_in_pages(me: Caller) -> None:
    """The next one is named by the Link header, with the same query."""
    repo_id = me.create()
    me.commit(repo_id, {f"{n:02}.txt": b"x" for n in range(7)})
    url, seen = f"/api/spaces/{repo_id}/tree/main?recursive=true&limit=4", []
    while url:
        reply = me.get(url)
        seen.append([entry["path"] for entry in reply.json()])
        url = reply.links.get("next", {}).get("url", "")
    assert [4, 4, 1] == [len(page) for page in seen]
    assert 9 == len({path for page in seen for path in page})
    assert 400 == me.get(f"/api/spaces/{repo_id}/tree/main?cursor=nonsense").status_code
    assert 400 == me.get(f"/api/spaces/{repo_id}/tree/main?limit=0").status_code


def test_a_tree_tells_the_last_change_when_asked(me: Caller) -> None:
    """Commit by commit."""
    repo_id = me.create()
    first = me.commit(repo_id, {"a/x": b"1", "b": b"1"}, summary="one").json()["commitOid"]
    second = me.commit(repo_id, {"b": b"2"}, summary="two").json()["commitOid"]
    entries = me.get(f"/api/spaces/{repo_id}/tree/main?expand=true").json()
    told = {entry["path"]: entry["lastCommit"] for entry in entries}
    assert (told["a"]["id"], told["b"]["id"], told["b"]["title"]) == (first, second, "two")


def test_files_tell_when_asked_that_nobody_scanned_them(me: Caller) -> None:
    """In trees and by path; folders tell nothing of it."""
    repo_id = me.create()
    me.commit(repo_id, {"a/x": b"1", "b": b"1"})
    url = f"/api/spaces/{repo_id}"
    tree = {entry["path"]: entry for entry in me.get(f"{url}/tree/main?recursive=true&expand=true").json()}
    [info] = me.post(f"{url}/paths-info/main", json={"paths": ["b"], "expand": True}).json()
    unscanned = {"status": "unscanned"}
    expected = {**unscanned, "avScan": unscanned, "pickleImportScan": unscanned}
    assert [expected] * 3 == [entry["securityFileStatus"] for entry in (tree["a/x"], tree["b"], info)]
    assert "securityFileStatus" not in tree["a"]
    [plain] = me.post(f"{url}/paths-info/main", json={"paths": ["b"]}).json()
    assert "securityFileStatus" not in plain


def test_missing_entries_and_revisions(me: Caller) -> None:
    """Each has its code; an entry also tells the commit."""
    repo_id = me.create()
    entry = me.get(f"/spaces/{repo_id}/resolve/main/nothing")
    assert (404, "EntryNotFound") == (entry.status_code, entry.headers["X-Error-Code"])
    assert 40 == len(entry.headers["X-Repo-Commit"])
    revision = me.get(f"/spaces/{repo_id}/resolve/nowhere/README.md")
    assert (404, "RevisionNotFound") == (revision.status_code, revision.headers["X-Error-Code"])
    assert "EntryNotFound" == me.get(f"/api/spaces/{repo_id}/tree/main/nothing").headers["X-Error-Code"]


def test_small_files_come_directly_and_in_ranges(me: Caller) -> None:
    """The ETag is the id of the git blob."""
    repo_id = me.create()
    me.commit(repo_id, {"a.txt": b"0123456789"})
    url = f"/spaces/{repo_id}/resolve/main/a.txt"
    [info] = me.post(f"/api/spaces/{repo_id}/paths-info/main", json={"paths": ["a.txt", "nothing"]}).json()
    head = me.head(url)
    assert (200, b"", "10") == (head.status_code, head.content, head.headers["Content-Length"])
    assert head.headers["ETag"] == f'"{info["oid"]}"'
    ranges = {"bytes=2-4": b"234", "bytes=7-": b"789", "bytes=-3": b"789", "bytes=8-99": b"89"}
    for asked, data in ranges.items():
        reply = me.get(url, headers={"Range": asked})
        assert (reply.status_code, reply.content) == (206, data)
    assert "bytes 8-9/10" == reply.headers["Content-Range"]
    assert 416 == me.get(url, headers={"Range": "bytes=10-"}).status_code
    assert [206, 200] == [
        me.get(url, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code
        for etag in (head.headers["ETag"], '"another"')
    ]
    assert 304 == me.get(url, headers={"If-None-Match": head.headers["ETag"]}).status_code


def test_paths_info_takes_a_form_too(me: Caller) -> None:
    """As the official client sends it."""
    repo_id = me.create()
    reply = me.post(f"/api/spaces/{repo_id}/paths-info/main", data={"paths": ["README.md", "x"], "expand": "True"})
    assert ["README.md"] == [entry["path"] for entry in reply.json()]
    assert "initial commit" == reply.json()[0]["lastCommit"]["title"]


def test_history_comes_in_pages_with_a_total(me: Caller) -> None:
    """Newest first."""
    repo_id = me.create()
    for number in range(4):
        me.commit(repo_id, {"a": str(number).encode()}, summary=f"n{number}", description="why")
    page = me.get(f"/api/spaces/{repo_id}/commits/main?limit=2&p=1")
    assert "5" == page.headers["X-Total-Count"]
    assert ["n1", "n0"] == [commit["title"] for commit in page.json()]
    assert "why" == page.json()[0]["message"]
    assert ["initial commit"] == [commit["title"] for commit in me.get(page.links["next"]["url"]).json()]


def test_preupload_tells_how_each_file_travels(me: Caller) -> None:
    """And what is there already."""
    repo_id = me.create()
    me.commit(repo_id, {"a.txt": b"x", ".gitignore": b"*.log\n"})
    sample = base64.b64encode(b"text").decode()
    files = [{"path": path, "size": 4, "sample": sample} for path in ("a.txt", "b.log", "c.bin")]
    told = me.post(f"/api/spaces/{repo_id}/preupload/main", json={"files": files}).json()
    assert [
        ("regular", False),
        ("regular", True),
        ("lfs", False),
    ] == [(file["uploadMode"], file["shouldIgnore"]) for file in told["files"]]
    assert [True, False, False] == ["oid" in file for file in told["files"]]
    assert told["commitOid"] == me.get(f"/api/spaces/{repo_id}").json()["sha"]
    sent = me.post(f"/api/spaces/{repo_id}/preupload/main", json={"files": files, "gitIgnore": "a.*"}).json()
    assert [True, False, False] == [file["shouldIgnore"] for file in sent["files"]]
    assert 422 == me.post(f"/api/spaces/{repo_id}/preupload/main", json={"files": files * 400}).status_code


def test_a_stale_parent_is_412(me: Caller) -> None:
    """A short one may be right."""
    repo_id = me.create()
    head = me.get(f"/api/spaces/{repo_id}").json()["sha"]
    assert 200 == me.commit(repo_id, {"a": b"1"}, parentCommit=head[:7]).status_code
    late = me.commit(repo_id, {"a": b"2"}, parentCommit=head)
    assert (
        412,
        "A commit has happened since. Please refresh and try again.",
    ) == (late.status_code, late.json()["error"])


def test_of_many_commits_on_one_parent_exactly_one_lands(me: Caller) -> None:
    """Commits to one repository are serialised."""
    repo_id = me.create()
    head = me.get(f"/api/spaces/{repo_id}").json()["sha"]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: me.commit(repo_id, {"a": b"%d" % n}, parentCommit=head), range(8)))
    assert [200] + [412] * 7 == sorted(reply.status_code for reply in replies)


def test_commits_change_the_sdk_and_restart(hub: LocalHub, me: Caller) -> None:
    """The card decides what an app file is."""
    repo_id = me.running_space(hub)
    me.send_orders(repo_id, [{"key": "deletedFile", "value": {"path": "app.py"}}])
    assert "NO_APP_FILE" == me.runtime(repo_id)["stage"]
    me.commit(repo_id, {"README.md": b"---\nsdk: docker\ntags: [x]\n---\n"})
    assert "BUILDING" == me.runtime(repo_id)["stage"]
    assert ["docker", "x"] == me.get(f"/api/spaces/{repo_id}").json()["tags"][:2]
    assert me.get(f"/api/spaces/{repo_id}/treesize/main").json()["size"] > 0


def test_lists_filter_sort_and_page(hub: LocalHub, me: Caller, other: Caller) -> None:
    """Newest first; private ones are their owner's."""
    for name in ("one", "two", "three"):
        me.create(name, private=name == "two")
    other.create("other-one", sdk="docker")
    ids = [space["id"] for space in me.get("/api/spaces").json()]
    assert ["other/other-one", "me/three", "me/two", "me/one"] == ids
    assert ["me/three", "me/one"] == [space["id"] for space in other.get("/api/spaces?author=me").json()]
    assert ["other/other-one"] == [space["id"] for space in me.get("/api/spaces?search=ONE&filter=docker").json()]
    page = me.get("/api/spaces?author=me&limit=2&expand=runtime&sort=createdAt")
    assert [{"_id", "id", "runtime"}] * 2 == [set(space) for space in page.json()]
    assert ["me/one"] == [space["id"] for space in me.get(page.links["next"]["url"]).json()]
    assert set(me.get("/api/spaces?full=true").json()[0]) > {"siblings", "runtime", "cardData", "sha"}
    assert 400 == me.get("/api/spaces?sort=created_at").status_code


def test_information_is_expanded_as_asked(me: Caller) -> None:
    """By either spelling of the list."""
    me.create()
    assert {
        "_id",
        "id",
        "sdk",
        "private",
    } == me.get("/api/spaces/me/app?expand=sdk&expand[]=private").json().keys()
    assert 400 == me.get("/api/spaces/me/app?expand=nonsense").status_code
    info = me.get("/api/spaces/me/app/revision/main?blobs=true").json()
    assert ("https://me-app.hf.space", "me-app") == (info["host"], info["subdomain"])
    assert {"rfilename", "size", "blobId"} == set(info["siblings"][0])
    everything = [f"expand={name}" for name in descriptions._PROPERTIES["space"]]
    assert 200 == me.get(f"/api/spaces/me/app?{'&'.join(everything)}").status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/api/nothing"), ("GET", "/api/users/me/avatar"), ("POST", "/api/a/b/c/d")],
)
def test_unknown_pages_are_404_in_json(me: Caller, method: str, path: str) -> None:
    """Not a page of HTML."""
    reply = me.request(method, path)
    assert 404 == reply.status_code
    assert "error" in reply.json()
    assert 405 == me.put("/api/whoami-v2").status_code


def test_refs_can_be_made_once(me: Caller) -> None:
    """And deleted once; main stays."""
    repo_id = me.create()
    for family, body in (("branch/x", {}), ("tag/main", {"tag": "x"})):
        statuses = [me.post(f"/api/spaces/{repo_id}/{family}", json=body).status_code for _ in range(2)]
        assert [200, 409] == statuses
    for path in ("branch/x", "tag/x"):
        statuses = [me.delete(f"/api/spaces/{repo_id}/{path}").status_code for _ in range(2)]
        assert [200, 404] == statuses
    assert 403 == me.delete(f"/api/spaces/{repo_id}/branch/main").status_code
    assert 404 == me.post(f"/api/spaces/{repo_id}/branch/y", json={"startingPoint": "nowhere"}).status_code


def test_yaml_is_validated_as_the_client_expects(me: Caller) -> None:
    """Errors are 400, warnings are not."""
    good = me.post("/api/validate-yaml", json={"repoType": "space", "content": "---\nsdk: gradio\n---\n"})
    bad = me.post("/api/validate-yaml", json={"repoType": "space", "content": "---\nsdk: cobol\n---\n"})
    assert (200, {"errors": [], "warnings": []}) == (good.status_code, good.json())
    assert (400, 1) == (bad.status_code, len(bad.json()["errors"]))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("preupload/main", b'{"files": [{"path": "\\ud800", "size": 1, "sample": ""}]}'),
        (
            "commit/main",
            (
                b'{"key": "header", "value": {"summary": "x"}}\n'
                b'{"key": "file", "value": {"path": "\\ud800", "content": ""}}'
            ),
        ),
        (f"branch/{'b' * 300}", b"{}"),
        ("branch/main%2Fbelow", b"{}"),
        ("tag/main", b'{"tag": "' + b"t" * 300 + b'"}'),
        ("paths-info/main", b"paths=%FF"),
        ("paths-info/main", b"\xff"),
    ],
)
def test_what_no_file_and_no_branch_can_be_called_is_refused(me: Caller, path: str, body: bytes) -> None:
    """With a sentence."""
    reply = me.post(f"/api/spaces/{me.create()}/{path}", content=body)
    assert (400, True) == (reply.status_code, bool(reply.json()["error"]))


@pytest.mark.parametrize("query", ["commits/main?p=99999999999999999999", "commits/main?limit=" + "9" * 5000])
def test_numbers_beyond_all_pages_are_refused(me: Caller, query: str) -> None:
    """Rather than counted to."""
    assert 400 == me.get(f"/api/spaces/{me.create()}/{query}").status_code


def test_files_are_read_as_git_has_them(me: Caller) -> None:
    """``raw`` neither redirects nor follows a pointer; the JavaScript client asks it whether a file exists."""
    repo_id = me.create()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"5" * 64 + b"\nsize 12\n"
    me.commit(repo_id, {"m.bin": pointer, "a.txt": b"text"})
    assert 302 == me.get(f"/spaces/{repo_id}/resolve/main/m.bin").status_code
    found = me.get(f"/spaces/{repo_id}/raw/main/m.bin")
    assert (200, pointer) == (found.status_code, found.content)
    assert found.headers["X-Repo-Commit"] == me.get(f"/api/spaces/{repo_id}").json()["sha"]
    assert b"ex" == me.get(f"/spaces/{repo_id}/raw/main/a.txt", headers={"Range": "bytes=1-2"}).content
    missing = me.head(f"/spaces/{repo_id}/raw/main/nowhere")
    assert (404, "EntryNotFound") == (missing.status_code, missing.headers["X-Error-Code"])


def test_branches_begin_anywhere_or_empty(me: Caller) -> None:
    """One that exists is overwritten only by what is named."""
    repo_id = me.create()
    me.commit(repo_id, {"a.txt": b"a"})
    [newest, first] = me.get(f"/api/spaces/{repo_id}/commits/main").json()

    def begin(**wanted: object) -> int:
        return me.post(f"/api/spaces/{repo_id}/branch/x", json=wanted).status_code

    def history() -> list[str]:
        return [commit["id"] for commit in me.get(f"/api/spaces/{repo_id}/commits/x").json()]

    assert (200, [first["id"]]) == (begin(startingPoint=first["id"]), history())
    assert (409, [first["id"]]) == (begin(), history())
    assert (200, [first["id"]]) == (begin(overwrite=True), history())
    assert (200, [newest["id"], first["id"]]) == (begin(overwrite=True, startingPoint="main"), history())
    assert 200 == begin(overwrite=True, emptyBranch=True)
    assert [] == me.get(f"/api/spaces/{repo_id}/tree/x").json()
    assert 1 == len(history())


def test_whoever_may_read_proposes(me: Caller, other: Caller, nobody: Caller) -> None:
    """A pull request takes a token and no right to write; where nothing can be read, nothing can be proposed."""
    repo_id = me.create()
    hidden = me.create("hidden", private=True)
    header = '{"key": "header", "value": {"summary": "a proposal"}}\n'
    addition = '{"key": "file", "value": {"path": "a.txt", "content": "a"}}\n'
    for caller, repo, status in ((other, repo_id, 200), (nobody, repo_id, 401), (other, hidden, 404)):
        reply = caller.post(f"/api/spaces/{repo}/commit/main?create_pr=1", content=header + addition)
        assert status == reply.status_code
        asked = caller.post(f"/api/spaces/{repo}/preupload/main?create_pr=1", json={"files": []})
        assert status == asked.status_code
    assert 403 == other.post(f"/api/spaces/{repo_id}/commit/main", content=header + addition).status_code
    assert 403 == other.post(f"/api/spaces/{repo_id}/preupload/main", json={"files": []}).status_code
    assert b"a" == me.get(f"/spaces/{repo_id}/resolve/refs%2Fpr%2F1/a.txt").content


def test_the_beginning_of_an_empty_file_can_be_asked_for(me: Caller) -> None:
    """There is nothing wrong with it: it is all there is."""
    repo_id = me.create()
    me.commit(repo_id, {"empty.txt": b""})
    found = me.get(f"/spaces/{repo_id}/resolve/main/empty.txt", headers={"Range": "bytes=0-0"})
    assert (200, b"", "bytes */0") == (found.status_code, found.content, found.headers["Content-Range"])
    beyond = me.get(f"/spaces/{repo_id}/resolve/main/empty.txt", headers={"Range": "bytes=1-"})
    assert 416 == beyond.status_code
