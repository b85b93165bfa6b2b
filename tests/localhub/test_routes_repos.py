"""Making, copying, moving and deleting repositories over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from aiohfspaces.localhub import LocalHub
from aiohfspaces.localhub.creation import Wish, create
from aiohfspaces.localhub.refusals import Refusal
from aiohfspaces.localhub.templates import TEMPLATES

from .conftest import STAGE_S, Caller

SPACE = {"type": "space", "sdk": "gradio"}


def test_a_repository_begins_with_a_commit(hub: LocalHub, me: Caller) -> None:
    """The reply names it, and so does a second try."""
    reply = me.post("/api/repos/create", json={"name": "app", **SPACE})
    made = reply.json()
    assert made == {"url": f"{hub.url}/spaces/me/app", "name": "me/app", "id": made["id"]}
    assert [
        ".gitattributes",
        "README.md",
    ] == [entry["path"] for entry in me.get("/api/spaces/me/app/tree/main").json()]
    again = me.post("/api/repos/create", json={"name": "app", **SPACE})
    assert 409 == again.status_code
    assert again.json() == {"error": "You already created this space repo", "url": f"{hub.url}/spaces/me/app"}


def test_a_space_begins_as_it_was_wished(hub: LocalHub, me: Caller) -> None:
    """Hardware, settings, card and files."""
    me.create(
        "app",
        hardware="t4-small",
        storageTier="small",
        sleepTimeSeconds=600,
        devModeEnabled=True,
        private=True,
        secrets=[{"key": "S", "value": "s"}],
        variables=[{"key": "V", "value": "v"}],
        short_description="Nice",
        license="mit",
        files=[{"path": "app.py", "content": "print()"}],
    )
    info = me.get("/api/spaces/me/app").json()
    assert (True, "mit") == (info["private"], info["cardData"]["license"])
    assert "Nice" == info["cardData"]["short_description"]
    runtime = info["runtime"]
    assert (
        "BUILDING",
        "t4-small",
        "small",
    ) == (runtime["stage"], runtime["hardware"]["requested"], runtime["storage"])
    assert (600, True) == (runtime["gcTimeout"], runtime["devMode"])
    assert ["S"] == list(me.get("/api/spaces/me/app/secrets").json())
    assert ["V"] == list(me.get("/api/spaces/me/app/variables").json())


def test_a_space_begins_as_a_template(hub: LocalHub, me: Caller) -> None:
    """With its files, under its own name; a file that was sent along counts for more."""
    files = [{"path": "requirements.txt", "content": "gradio==6\n"}]
    me.create("app", template="templates/greeter", files=files, short_description="Says hello")
    assert TEMPLATES["templates/greeter"].files["app.py"] == me.get("/spaces/me/app/resolve/main/app.py").content
    assert "gradio==6\n" == me.get("/spaces/me/app/resolve/main/requirements.txt").text
    card = me.get("/api/spaces/me/app").json()["cardData"]
    assert ("App", "Says hello") == (card["title"], card["short_description"])
    hub.clock.advance(2 * STAGE_S)
    assert "RUNNING" == me.runtime("me/app")["stage"]


@pytest.mark.parametrize("sdk", ["gradio", "streamlit", "docker", "static"])
def test_a_space_begins_with_any_sdk_and_any_license_of_the_list(me: Caller, sdk: str) -> None:
    """Streamlit too, which the official client sends although the Hub no longer lists it."""
    me.create("app", sdk=sdk, license="other", license_name="my-own")
    info = me.get("/api/spaces/me/app").json()
    assert (sdk, "other", "my-own") == (info["sdk"], info["cardData"]["license"], info["cardData"]["license_name"])


def test_a_repository_stays_where_it_was_wished(me: Caller) -> None:
    """Its region and its group are told when asked for; a copy stays in the region, and is put into a group anew."""
    group, others = "a" * 24, "B" * 24
    me.create("app", region="eu", resourceGroupId=group)
    me.create("plain", resourceGroupId=None)
    copy = {"repository": "me/copy", "resourceGroupId": others}
    assert 200 == me.post("/api/spaces/me/app/duplicate", json=copy).status_code
    told = {
        name: me.get(f"/api/spaces/me/{name}?expand=region&expand=resourceGroup&expand=tags").json()
        for name in ("app", "plain", "copy")
    }
    assert {"app": "eu", "plain": "us", "copy": "eu"} == {name: info["region"] for name, info in told.items()}
    groups = {name: info["resourceGroup"] and info["resourceGroup"]["id"] for name, info in told.items()}
    assert {"app": group, "plain": None, "copy": others} == groups
    assert ("region:eu", "region:us") == (told["app"]["tags"][-1], told["plain"]["tags"][-1])
    wrong = {"repository": "me/wrong", "resourceGroupId": "none"}
    assert 400 == me.post("/api/spaces/me/app/duplicate", json=wrong).status_code


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a/b"},
        {"name": ""},
        {"name": "a--b"},
        {"name": "a.git"},
        {"sdk": None},
        {"sdk": "cobol"},
        {"type": "bucket"},
        {"hardware": "cpu-classic"},
        {"visibility": "secret"},
        {"visibility": "public", "private": True},
        {"secrets": [{"key": "1"}]},
        {"files": [{"path": "../a", "content": ""}]},
        {"files": [{"path": "a", "content": ""}, {"path": "a/b", "content": ""}]},
        {"files": [{"path": "a", "content": ""}, {"path": "a", "content": "b"}]},
        {"files": [{"path": "README.md/b", "content": ""}]},
        {"storageTier": "huge"},
        {"short_description": "x" * 61},
        {"template": "templates/nothing"},
        {"template": "templates/page"},
        {"license": "MIT"},
        {"license": ""},
        {"region": "mars"},
        {"region": 1},
        {"resourceGroupId": "abc"},
        {"resourceGroupId": "g" * 24},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(me: Caller, wrong: dict[str, object]) -> None:
    """And leaves nothing behind."""
    assert 400 == me.post("/api/repos/create", json={"name": "app", **SPACE, **wrong}).status_code
    assert 200 == me.post("/api/repos/create", json={"name": "app", **SPACE}).status_code


def test_namespaces_are_their_owners(hub: LocalHub, me: Caller, other: Caller, nobody: Caller) -> None:
    """Members own what their organization owns."""
    hub.add_organization("org", members=["me"])
    wish = {"name": "app", "organization": "org", **SPACE}
    assert 403 == other.post("/api/repos/create", json=wish).status_code
    assert 401 == nobody.post("/api/repos/create", json=wish).status_code
    assert "org/app" == me.post("/api/repos/create", json=wish).json()["name"]
    assert 403 == other.request("DELETE", "/api/repos/delete", json=wish).status_code


def test_creations_of_one_user_do_not_overlap(hub: LocalHub, me: Caller) -> None:
    """The second of two at once is told so."""
    world = hub._world
    account = world.accounts.find("me")
    assert account is not None
    assert world.accounts.begin_creating(account)
    with pytest.raises(Refusal, match="another conflicting operation is in progress") as refused:
        create(world, account, Wish("model", "me/model"))
    assert 409 == refused.value.status
    world.accounts.end_creating(account)
    create(world, account, Wish("model", "me/model"))


def test_many_creations_at_once_end_well(me: Caller) -> None:
    """Each is made once or refused, whatever the timing."""
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(lambda n: me.post("/api/repos/create", json={"name": f"m{n}", "type": "model"}), range(8))
        )
    made = sum(reply.status_code == 200 for reply in replies)
    assert {reply.status_code for reply in replies} <= {200, 409}
    assert len(me.get("/api/models").json()) == made >= 1


def test_deleting_answers_ok_and_then_404(me: Caller) -> None:
    """The name is free again."""
    me.create("app")
    gone = me.request("DELETE", "/api/repos/delete", json={"name": "app", "type": "space"})
    assert (200, "OK") == (gone.status_code, gone.text)
    assert 404 == me.get("/api/spaces/me/app").status_code
    assert 404 == me.request("DELETE", "/api/repos/delete", json={"name": "app", "type": "space"}).status_code
    me.create("app")


def test_a_copy_has_all_but_the_secrets(hub: LocalHub, me: Caller, other: Caller) -> None:
    """And what the request adds."""
    source = me.running_space(hub)
    me.post(f"/api/spaces/{source}/secrets", json={"key": "S", "value": "s"})
    me.post(f"/api/spaces/{source}/variables", json={"key": "V", "value": "v"})
    wish = {
        "repository": "other/copy",
        "hardware": "l4x1",
        "private": True,
        "variables": [{"key": "W", "value": "w"}],
    }
    copied = other.post(f"/api/spaces/{source}/duplicate", json=wish)
    assert copied.json()["url"] == f"{hub.url}/spaces/other/copy"
    info = other.get("/api/spaces/other/copy").json()
    assert info["sha"] == me.get(f"/api/spaces/{source}").json()["sha"]
    assert (info["private"], info["originSpace"]["name"]) == (True, source)
    assert ("BUILDING", "l4x1") == (info["runtime"]["stage"], info["runtime"]["hardware"]["requested"])
    assert {} == other.get("/api/spaces/other/copy/secrets").json()
    assert {"V", "W"} == set(other.get("/api/spaces/other/copy/variables").json())
    again = other.post(f"/api/spaces/{source}/duplicate", json=wish)
    assert (again.status_code, again.json()["url"]) == (409, f"{hub.url}/spaces/other/copy")


def test_moving_renames(hub: LocalHub, me: Caller) -> None:
    """The new name has the files."""
    me.running_space(hub)
    me.create("taken")
    move = {"fromRepo": "me/app", "type": "space"}
    assert 409 == me.post("/api/repos/move", json={**move, "toRepo": "me/taken"}).status_code
    assert 403 == me.post("/api/repos/move", json={**move, "toRepo": "other/app"}).status_code
    assert 200 == me.post("/api/repos/move", json={**move, "toRepo": "me/new"}).status_code
    assert "print()\n" == me.get("/spaces/me/new/resolve/main/app.py").text


@pytest.mark.parametrize(
    ("method", "old", "new"),
    [
        ("GET", "/api/spaces/me/app?expand=sha", "/api/spaces/me/new?expand=sha"),
        ("GET", "/api/spaces/me/app/tree/refs%2Fpr%2F1/me/app", "/api/spaces/me/new/tree/refs%2Fpr%2F1/me/app"),
        ("HEAD", "/spaces/me/app/resolve/main/app.py", "/spaces/me/new/resolve/main/app.py"),
        ("POST", "/api/spaces/me/app/pause", "/api/spaces/me/new/pause"),
        ("GET", "/spaces/me/app/info/refs?service=git-upload-pack", "/spaces/me/new/info/refs?service=git-upload-pack"),
    ],
)
def test_an_old_name_leads_on(hub: LocalHub, me: Caller, method: str, old: str, new: str) -> None:
    """As the Hub, with a 307 and a relative address; over several moves at once."""
    me.running_space(hub)
    for source, target in ("app", "between"), ("between", "new"):
        move = {"fromRepo": f"me/{source}", "toRepo": f"me/{target}", "type": "space"}
        assert 200 == me.post("/api/repos/move", json=move).status_code
    led = me.request(method, old, follow_redirects=False)
    assert (307, new) == (led.status_code, led.headers["Location"])


def test_an_old_name_leads_nowhere_in_the_end(hub: LocalHub, me: Caller, other: Caller) -> None:
    """Not those who may not see it, not where the name is another's by now, and not once it is deleted."""
    me.running_space(hub)
    for source, target in ("app", "between"), ("between", "new"):
        me.post("/api/repos/move", json={"fromRepo": f"me/{source}", "toRepo": f"me/{target}", "type": "space"})
    me.put("/api/spaces/me/new/settings", json={"private": True})
    assert 404 == other.get("/api/spaces/me/app").status_code
    assert 307 == me.get("/api/spaces/me/app").status_code
    me.create("app")
    assert "me/app" == me.get("/api/spaces/me/app").json()["id"]
    me.request("DELETE", "/api/repos/delete", json={"name": "new", "type": "space"})
    assert 404 == me.get("/api/spaces/me/between").status_code


def test_settings_and_access(me: Caller, other: Caller) -> None:
    """Visibility decides who may read."""
    me.create("app")
    changed = me.put("/api/spaces/me/app/settings", json={"private": True, "gated": "auto"}).json()
    assert ("private", "auto") == (changed["visibility"], changed["gated"])
    assert 404 == other.get("/api/spaces/me/app/auth-check").status_code
    assert 200 == me.get("/api/spaces/me/app/auth-check/write").status_code
    assert 400 == me.put("/api/spaces/me/app/settings", json={"gated": "maybe"}).status_code
    assert 200 == me.put("/api/spaces/me/app/settings", json={"visibility": "public", "gated": False}).status_code
    assert 200 == other.get("/api/spaces/me/app/auth-check").status_code
    assert 403 == other.get("/api/spaces/me/app/auth-check/write").status_code


def test_settings_are_kept_and_all_told(me: Caller) -> None:
    """What is not sent stays as it was; the Space tells that its discussions are closed."""
    me.create("app")
    url, before = "/api/spaces/me/app/settings", {"private": False, "visibility": "public", "gated": False}
    untouched = {
        **before,
        "discussionsDisabled": False,
        "discussionsSorting": "recently-created",
        "orgMembersGated": False,
        "gatedNotificationsMode": "bulk",
    }
    assert untouched == me.put(url, json={}).json()
    wanted = {
        "discussionsDisabled": True,
        "discussionsSorting": "reactions",
        "orgMembersGated": True,
        "gatedNotificationsEmail": "me@example.org",
        "gatedNotificationsMode": "real-time",
    }
    assert {**before, **wanted} == me.put(url, json=wanted).json() == me.put(url, json={"gated": False}).json()
    assert me.get("/api/spaces/me/app").json()["discussionsDisabled"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"discussionsDisabled": "yes"},
        {"discussionsSorting": "oldest"},
        {"discussionsSorting": 1},
        {"orgMembersGated": 1},
        {"gatedNotificationsEmail": "nobody"},
        {"gatedNotificationsMode": "never"},
        {"visibility": "secret"},
    ],
)
def test_settings_that_make_no_sense_change_nothing(me: Caller, wrong: dict[str, object]) -> None:
    """Not even what makes sense beside them."""
    me.create("app")
    before = me.put("/api/spaces/me/app/settings", json={}).json()
    wish = {"gated": "auto", "private": None, "discussionsDisabled": True, **wrong}
    assert 400 == me.put("/api/spaces/me/app/settings", json=wish).status_code
    assert before == me.put("/api/spaces/me/app/settings", json={}).json()


def test_who_is_late_for_a_deleted_repository_finds_none(hub: LocalHub, me: Caller, nobody: Caller) -> None:
    """Whatever is asked, until it is forgotten as well; lists pass over it."""
    me.create("kept")
    me.running_space(hub)
    found = hub._world.repositories.find("space", "me/app")
    assert found is not None
    found.git.delete()
    replies = [
        me.get("/api/spaces/me/app/tree/main"),
        me.get("/api/spaces/me/app"),
        me.get("/spaces/me/app/resolve/main/app.py"),
        me.get("/api/spaces/me/app/commits/main"),
        me.commit("me/app", {"a": b""}),
        me.post("/api/spaces/me/app/duplicate", json={"repository": "me/copy"}),
        me.post("/api/repos/move", json={"fromRepo": "me/app", "toRepo": "me/new", "type": "space"}),
        me.request("DELETE", "/api/repos/delete", json={"name": "app", "type": "space"}),
    ]
    assert [(404, "RepoNotFound")] * 8 == [(reply.status_code, reply.headers["X-Error-Code"]) for reply in replies]
    assert 401 == nobody.get("/api/spaces/me/app").status_code
    assert ["me/kept"] == [listed["id"] for listed in me.get("/api/spaces?full=true").json()]


def test_a_creation_that_fails_leaves_the_name_free(hub: LocalHub) -> None:
    """Nothing of it is on the disk."""
    world = hub._world
    account = world.accounts.find("me")
    assert account is not None
    with pytest.raises(UnicodeEncodeError):
        create(world, account, Wish("model", "me/model", files={"\ud800": b""}))
    create(world, account, Wish("model", "me/model"))


def test_two_members_do_not_make_the_same_repository(hub: LocalHub, me: Caller) -> None:
    """While one is at it, the other is told so."""
    hub.add_organization("org", members=["me"])
    hub._world.repositories.path("model", "org/model").mkdir(parents=True)
    late = me.post("/api/repos/create", json={"name": "model", "organization": "org"})
    assert (409, True) == (late.status_code, "conflicting operation" in late.json()["error"])


def test_what_is_missing_has_its_code_without_a_token_too(me: Caller, nobody: Caller) -> None:
    """Unlike what only needs one."""
    me.create("app")
    missing, needed = nobody.get("/api/spaces/me/nothing"), nobody.post("/api/spaces/me/app/pause")
    assert [401, 401] == [missing.status_code, needed.status_code]
    assert ["RepoNotFound", None] == [reply.headers.get("X-Error-Code") for reply in (missing, needed)]


def test_a_gated_repository_is_seen_but_its_files_are_not(me: Caller, other: Caller, nobody: Caller) -> None:
    """The code says why."""
    me.create("data", type="dataset")
    me.put("/api/datasets/me/data/settings", json={"gated": "manual"})
    files = ("/datasets/me/data/resolve/main/.gitattributes", "/api/datasets/me/data/auth-check")
    for path in files:
        replies = [caller.get(path) for caller in (other, nobody)]
        assert [403, 401] == [reply.status_code for reply in replies]
        assert ["GatedRepo"] * 2 == [reply.headers["X-Error-Code"] for reply in replies]
        assert 200 == me.get(path).status_code
    assert "manual" == other.get("/api/datasets/me/data").json()["gated"]
