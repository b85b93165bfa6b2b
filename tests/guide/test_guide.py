"""The official guide to managing Spaces, step by step, awaited."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from anyio import create_task_group

from aiohfspaces import (
    AsyncSpacesClient,
    BadRequestError,
    CommitConflictError,
    CommitTooLargeError,
    RepositoryExistsError,
    RepositoryNotFoundError,
    SpaceHardware,
    SpaceStorage,
    Volume,
)
from aiohfspaces.localhub import LocalHub

from .conftest import APP, AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio


class TestStep1Create:
    async def test_a_space_is_created_where_its_url_says(self, client: AsyncSpacesClient) -> None:
        """`create_repo` makes a Space and returns its address, which knows its parts."""
        url = await client.create_repo("me/app", space_sdk="gradio")
        assert f"{client.endpoint}/spaces/me/app" == url
        assert ("me/app", "space", "https://me-app.hf.space") == (url.repo_id, url.repo_type, url.app_url)
        assert await client.repo_exists("me/app")

    async def test_without_an_owner_it_is_the_callers(self, client: AsyncSpacesClient) -> None:
        """A bare name is created in the caller's namespace."""
        assert "me/app" == (await client.create_repo("app", space_sdk="gradio")).repo_id

    async def test_an_existing_one_is_a_conflict_unless_it_is_fine(self, client: AsyncSpacesClient) -> None:
        """A second creation is `RepositoryExistsError`; with ``exist_ok`` it is the same address."""
        first = await client.create_repo("me/app", space_sdk="gradio")
        with pytest.raises(RepositoryExistsError, match="already created"):
            await client.create_repo("me/app", space_sdk="gradio")
        assert first == await client.create_repo("me/app", space_sdk="gradio", exist_ok=True)
        assert first == await client.create_repo("app", space_sdk="gradio", exist_ok=True)

    async def test_a_private_one_is_hidden_from_others(self, client: AsyncSpacesClient, hub: LocalHub) -> None:
        """Neither another account nor an anonymous caller sees a private Space."""
        await client.create_repo("me/app", space_sdk="gradio", private=True)
        other = client.with_options(token=hub.add_user("other"))
        anonymous = client.with_options(token=False)
        assert (True, False, False) == tuple(
            [await caller.repo_exists("me/app") for caller in (client, other, anonymous)]
        )

    async def test_many_are_created_at_once(self, client: AsyncSpacesClient, hub: LocalHub) -> None:
        """Creations of one account take turns, since the Hub refuses it two at once."""
        async with create_task_group() as creating:
            for index in range(40):
                creating.start_soon(partial(client.create_repo, f"me/app-{index}", space_sdk="gradio"))
        assert 40 == len(await client.list_spaces(author="me"))
        assert {200} == {request.status for request in hub.requests}

    async def test_deleted_it_is_gone(self, client: AsyncSpacesClient) -> None:
        """`delete_repo` removes it; a second time is an error unless ``missing_ok``."""
        await client.create_repo("me/app", space_sdk="gradio")
        await client.delete_repo("me/app")
        assert not await client.repo_exists("me/app")
        await client.delete_repo("me/app", missing_ok=True)
        with pytest.raises(RepositoryNotFoundError):
            await client.delete_repo("me/app")


class TestStep2Upload:
    async def test_a_file_is_uploaded(self, client: AsyncSpacesClient) -> None:
        """`upload_file` commits one file, from bytes as from a path."""
        await client.create_repo("me/app", space_sdk="gradio")
        report = await client.upload_file(path_or_fileobj=APP.encode(), path_in_repo="app.py", repo_id="me/app")
        assert (("app.py",), True) == (report.uploaded, report.committed)
        assert f"{client.endpoint}/spaces/me/app/commit/{report.oid}" == report.commit_url

    async def test_a_folder_is_uploaded_in_one_commit(self, client: AsyncSpacesClient, folder: Path) -> None:
        """`upload_folder` puts regular, large and empty files into one commit, without ``.git``."""
        await client.create_repo("me/app", space_sdk="gradio")
        report = await client.upload_folder(repo_id="me/app", folder_path=folder, commit_message="Fill it")
        expected = ["app.py", "data/ünï code.txt", "empty.bin", "model.bin"]
        assert expected == sorted(report.uploaded)
        commits = await client.list_repo_commits("me/app")
        assert ["Fill it", "initial commit"] == [commit.title for commit in commits]
        assert report.oid == commits[0].commit_id
        assert {*expected, ".gitattributes", "README.md"} == set(await client.list_repo_files("me/app"))

    async def test_what_has_not_changed_is_not_sent_again(self, client: AsyncSpacesClient, folder: Path) -> None:
        """A second upload of the same folder makes no commit, and says so."""
        await client.create_repo("me/app", space_sdk="gradio")
        first = await client.upload_folder(repo_id="me/app", folder_path=folder)
        (folder / "app.py").write_text("changed")
        second = await client.upload_folder(repo_id="me/app", folder_path=folder)
        third = await client.upload_folder(repo_id="me/app", folder_path=folder)
        assert (("app.py",), 7) == (second.uploaded, second.bytes_sent)
        assert set(first.uploaded) == set(third.unchanged)
        assert (False, second.oid, 0) == (third.committed, third.oid, third.bytes_sent)

    async def test_patterns_choose_files(self, client: AsyncSpacesClient, folder: Path) -> None:
        """Allowed, ignored and deleted paths follow the caller's patterns."""
        await client.create_repo("me/app", space_sdk="gradio")
        await client.upload_folder(repo_id="me/app", folder_path=folder, path_in_repo="sub")
        report = await client.upload_folder(
            repo_id="me/app",
            folder_path=folder,
            path_in_repo="sub",
            allow_patterns=["*.py", "*.bin"],
            ignore_patterns="model*",
            delete_patterns="*",
        )
        assert {"sub/app.py", "sub/empty.bin"} == set(report.unchanged)
        assert {"sub/model.bin", "sub/data/ünï code.txt"} == set(report.deleted)

    async def test_a_gitignore_keeps_files_out_and_the_report_says_so(
        self, client: AsyncSpacesClient, folder: Path
    ) -> None:
        """Files that the folder's ``.gitignore`` names are not uploaded, but reported."""
        await client.create_repo("me/app", space_sdk="gradio")
        (folder / ".gitignore").write_text("*.txt\n")
        report = await client.upload_folder(repo_id="me/app", folder_path=folder)
        assert ("data/ünï code.txt",) == report.ignored

    async def test_what_was_uploaded_comes_back(self, client: AsyncSpacesClient, folder: Path, tmp_path: Path) -> None:
        """`hf_hub_download` gets the very bytes, regular and large, and from the cache afterwards."""
        await client.create_repo("me/app", space_sdk="gradio")
        await client.upload_folder(repo_id="me/app", folder_path=folder)
        for path in ("app.py", "model.bin", "data/ünï code.txt", "empty.bin"):
            local = await client.hf_hub_download("me/app", path, cache_dir=tmp_path / "cache")
            assert sha256((folder / path).read_bytes()).digest() == sha256(Path(local).read_bytes()).digest()
            again = await client.hf_hub_download("me/app", path, cache_dir=tmp_path / "cache", local_files_only=True)
            assert local == again

    async def test_a_stale_parent_is_a_conflict(self, client: AsyncSpacesClient, space: str) -> None:
        """A commit that names a parent which is no longer the head is refused, and nothing changes."""
        initial = (await client.list_repo_commits(space))[-1].commit_id
        with pytest.raises(CommitConflictError, match="Somebody has committed since"):
            await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space, parent_commit=initial)
        assert "x.txt" not in await client.list_repo_files(space)

    async def test_a_commit_of_somebody_else_meanwhile_is_built_upon(
        self, client: AsyncSpacesClient, space: str
    ) -> None:
        """Writers at once all get through, each on the head that the one before has left."""

        async def write(number: int) -> None:
            report = await client.upload_file(
                path_or_fileobj=b"%d" % number, path_in_repo=f"{number}.txt", repo_id=space
            )
            assert (f"{number}.txt",) == report.uploaded

        async with create_task_group() as writing:
            for number in range(20):
                writing.start_soon(write, number)
        assert {f"{number}.txt" for number in range(20)} < set(await client.list_repo_files(space))
        assert 20 + 2 == len(await client.list_repo_commits(space))

    async def test_a_commit_whose_reply_was_lost_is_found(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub, folder: Path
    ) -> None:
        """A reply of 504 although the commit landed is settled by looking; it does not land twice."""
        before = len(await client.list_repo_commits(space))
        hub.inject_fault("POST", "/api/spaces/*/commit/main", status=504, after=True)
        report = await client.upload_folder(repo_id=space, folder_path=folder, delete_patterns="README.md")
        commits = await client.list_repo_commits(space)
        assert (True, True, before + 1) == (report.committed, report.reconciled, len(commits))
        assert report.oid == commits[0].commit_id
        assert ("README.md",) == report.deleted

    async def test_a_commit_that_did_not_land_is_sent_again(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub
    ) -> None:
        """A 500 that did nothing costs an attempt, with the same parent."""
        hub.inject_fault("POST", "/api/spaces/*/commit/main", status=500)
        report = await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space)
        assert (True, False) == (report.committed, report.reconciled)
        assert "x.txt" in await client.list_repo_files(space)

    async def test_what_the_hub_finds_too_large_is_named(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub
    ) -> None:
        """A 413 for a commit is `CommitTooLargeError`, which names its files."""
        hub.inject_fault("POST", "/api/spaces/*/commit/main", status=413)
        with pytest.raises(CommitTooLargeError, match=r"x\.txt: 1 bytes"):
            await client.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=space)


class TestStep3SecretsAndVariables:
    async def test_secrets_are_set_and_removed_but_never_read(self, client: AsyncSpacesClient, space: str) -> None:
        """A secret's key and description can be read, its value cannot."""
        await client.add_space_secret(space, "API_KEY", "hush-hush", description="for the API")
        secrets = await client.get_space_secrets(space)
        assert ["for the API"] == [secret.description for secret in secrets.values()]
        assert "hush-hush" not in repr(secrets)
        await client.delete_space_secret(space, "API_KEY")
        await client.delete_space_secret(space, "NEVER_THERE")
        assert {} == await client.get_space_secrets(space)

    async def test_variables_are_set_changed_and_removed(self, client: AsyncSpacesClient, space: str) -> None:
        """Each change of a variable returns the map after it."""
        await client.add_space_variable(space, "MODEL", "one")
        both = await client.add_space_variable(space, "TOKENS", "2", description="how many")
        changed = await client.add_space_variable(space, "MODEL", "two")
        assert {"MODEL": "one", "TOKENS": "2"} == {key: variable.value for key, variable in both.items()}
        assert ("two", True) == (changed["MODEL"].value, changed["MODEL"].updated_at is not None)
        assert {"TOKENS"} == set(await client.delete_space_variable(space, "MODEL"))
        assert {} == await client.delete_space_variable(space, "TOKENS")

    async def test_a_change_restarts_the_app(self, client: AsyncSpacesClient, running: str) -> None:
        """A running Space is built anew after a secret was set."""
        assert "RUNNING" == (await client.get_space_runtime(running)).stage
        await client.add_space_secret(running, "API_KEY", "hush-hush")
        assert "RUNNING_BUILDING" == (await client.get_space_runtime(running)).stage


class TestStep4Hardware:
    async def test_an_upgrade_is_requested_and_lands(
        self, client: AsyncSpacesClient, running: str, hub: LocalHub
    ) -> None:
        """Right after the request the old hardware runs; waited for, the new one does."""
        asked = await client.request_space_hardware(running, SpaceHardware.T4_MEDIUM)
        assert ("cpu-basic", "t4-medium") == (asked.hardware, asked.requested_hardware)
        seen: list[tuple[str, str | None]] = []

        def watch(runtime: Any) -> None:
            seen.append((runtime.stage, runtime.hardware))
            hub.clock.advance(STAGE_S)

        landed = await client.wait_for_hardware(running, SpaceHardware.T4_MEDIUM, poll=AT_ONCE, on_change=watch)
        assert ("RUNNING", "t4-medium") == (landed.stage, landed.hardware)
        assert [
            ("RUNNING_BUILDING", "cpu-basic"),
            ("RUNNING_APP_STARTING", "cpu-basic"),
            ("RUNNING", "t4-medium"),
        ] == seen

    async def test_the_way_back_is_waited_for_alike(
        self, client: AsyncSpacesClient, running: str, hub: LocalHub
    ) -> None:
        """A downgrade lands by the same rule, and the requested flavor need not be named."""
        for flavor in ("t4-medium", "cpu-basic"):
            await client.request_space_hardware(running, flavor)
            landed = await client.wait_for_hardware(
                running, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S)
            )
            assert ("RUNNING", flavor) == (landed.stage, landed.hardware)


class TestStep5PauseRestartSleep:
    async def test_paused_it_stays_until_it_is_restarted(
        self, client: AsyncSpacesClient, running: str, hub: LocalHub
    ) -> None:
        """Pause answers ``PAUSED`` at once, restart ``BUILDING``, and then it runs again."""
        assert "PAUSED" == (await client.pause_space(running)).stage
        hub.clock.advance(10 * STAGE_S)
        assert "PAUSED" == (await client.get_space_runtime(running)).stage
        assert "BUILDING" == (await client.restart_space(running)).stage
        again = await client.wait_for_space(running, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S))
        assert "RUNNING" == again.stage

    @pytest.mark.parametrize("sleep_time", [7200, "7200"])
    async def test_an_idle_space_sleeps_and_a_visitor_wakes_it(
        self, client: AsyncSpacesClient, running: str, hub: LocalHub, sleep_time: int | str
    ) -> None:
        """With a sleep time, also in the guide's strings, it sleeps after so many idle seconds."""
        await client.request_space_hardware(running, "t4-small", sleep_time=sleep_time)
        await client.wait_for_hardware(running, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S))
        assert 7200 == (await client.get_space_runtime(running)).sleep_time
        hub.clock.advance(7300)
        assert "SLEEPING" == (await client.get_space_runtime(running)).stage
        hub.visit(running)
        assert (await client.get_space_runtime(running)).stage != "SLEEPING"

    async def test_the_free_flavor_sleeps_when_the_hub_says(
        self, client: AsyncSpacesClient, running: str, hub: LocalHub
    ) -> None:
        """On ``cpu-basic`` a sleep time warns and changes nothing: it sleeps after 48 hours."""
        with pytest.warns(UserWarning, match="48 hours"):
            runtime = await client.set_space_sleep_time(running, 60)
        assert 172800 == runtime.sleep_time
        hub.clock.advance(47 * 3600)
        assert "RUNNING" == (await client.get_space_runtime(running)).stage
        hub.clock.advance(2 * 3600)
        assert "SLEEPING" == (await client.get_space_runtime(running)).stage


class TestBeyondTheGuide:
    async def test_dev_mode_is_switched_on_and_off(self, client: AsyncSpacesClient, running: str) -> None:
        """Each answers with the runtime after it."""
        assert (await client.enable_space_dev_mode(running)).dev_mode
        assert not (await client.disable_space_dev_mode(running)).dev_mode

    async def test_volumes_are_mounted_and_unmounted(self, client: AsyncSpacesClient, running: str) -> None:
        """All at once; without any there is nothing to unmount."""
        volumes = (
            Volume(type="bucket", source="me/bucket", mount_path="/data", read_only=False),
            Volume(type="model", source="me/model", mount_path="/model", revision="v1", path="weights"),
        )
        await client.set_space_volumes(running, volumes)
        assert volumes == (await client.get_space_runtime(running)).volumes
        await client.delete_space_volumes(running)
        assert not (await client.get_space_runtime(running)).volumes
        with pytest.raises(BadRequestError):
            await client.delete_space_volumes(running)

    async def test_replicas_are_asked_for(self, client: AsyncSpacesClient, running: str) -> None:
        """The runtime tells how many."""
        runtime = await client.set_space_replicas(running, 3)
        assert runtime.replicas is not None
        assert 3 == runtime.replicas.requested


class TestStep6Storage:
    async def test_storage_grows_and_is_deleted(self, client: AsyncSpacesClient, space: str) -> None:
        """Tiers only go up; to go down, the storage is deleted first."""
        assert SpaceStorage.SMALL == (await client.request_space_storage(space, SpaceStorage.SMALL)).storage
        assert SpaceStorage.LARGE == (await client.request_space_storage(space, "large")).storage
        with pytest.raises(BadRequestError):
            await client.request_space_storage(space, "small")
        assert (await client.delete_space_storage(space)).storage is None

    async def test_where_the_hub_has_none_the_error_names_volumes(self) -> None:
        """A Hub without storage refuses, and the error says what has replaced it."""
        async with (
            LocalHub(persistent_storage=False) as hub,
            AsyncSpacesClient(hub.token, endpoint=hub.url) as client,
        ):
            await client.create_repo("me/app", space_sdk="gradio")
            with pytest.raises(BadRequestError, match="volumes replace it"):
                await client.request_space_storage("me/app", "small")


GIVEN_SECRETS = [{"key": "API_KEY", "value": "hush-hush", "description": "for the API"}]
GIVEN_VARIABLES = [{"key": "MODEL", "value": "one"}]


class TestBonusEverythingAtOnce:
    async def test_a_space_is_created_with_everything(self, client: AsyncSpacesClient) -> None:
        """Hardware, storage, sleep time, secrets and variables can be given on creation."""
        await client.create_repo(
            "me/app",
            space_sdk="gradio",
            space_hardware=SpaceHardware.T4_MEDIUM,
            space_storage=SpaceStorage.SMALL,
            space_sleep_time="7200",
            space_secrets=GIVEN_SECRETS,
            space_variables=GIVEN_VARIABLES,
        )
        await self.check(client, "me/app")

    async def test_a_space_is_duplicated_with_everything(self, client: AsyncSpacesClient, space: str) -> None:
        """The same can be given on duplication; the code comes along, the original's secrets do not."""
        await client.add_space_secret(space, "OTHER", "not for the copy")
        url = await client.duplicate_space(
            space,
            "me/copy",
            private=True,
            hardware="t4-medium",
            storage="small",
            sleep_time=7200,
            secrets=GIVEN_SECRETS,
            variables=GIVEN_VARIABLES,
        )
        assert "me/copy" == url.repo_id
        assert "app.py" in await client.list_repo_files("me/copy")
        assert (await client.space_info("me/copy")).private
        await self.check(client, "me/copy")

    async def test_a_duplicate_keeps_the_name_unless_told(
        self, client: AsyncSpacesClient, space: str, hub: LocalHub
    ) -> None:
        """Without a target the copy has the same name in the caller's namespace."""
        other = client.with_options(token=hub.add_user("other"))
        assert "other/app" == (await other.duplicate_space(space)).repo_id
        assert "other/b" == (await other.duplicate_repo(space, "b")).repo_id
        with pytest.raises(RepositoryExistsError):
            await other.duplicate_space(space)
        assert "other/app" == (await other.duplicate_space(space, exist_ok=True)).repo_id

    @staticmethod
    async def check(client: AsyncSpacesClient, repo_id: str) -> None:
        """See that everything arrived."""
        runtime = await client.get_space_runtime(repo_id)
        secrets = await client.get_space_secrets(repo_id)
        variables = await client.get_space_variables(repo_id)
        assert ("t4-medium", "small", 7200) == (runtime.requested_hardware, runtime.storage, runtime.sleep_time)
        assert {"API_KEY": "for the API"} == {key: secret.description for key, secret in secrets.items()}
        assert {"MODEL": "one"} == {key: variable.value for key, variable in variables.items()}


async def test_spaces_are_found(client: AsyncSpacesClient, hub: LocalHub) -> None:
    """`list_spaces` pages through an owner's Spaces, and stops at a limit."""
    for index in range(3):
        await client.create_repo(f"me/app-{index}", space_sdk="gradio")
    await client.with_options(token=hub.add_user("other")).create_repo("other/app", space_sdk="static")
    assert {f"me/app-{index}" for index in range(3)} == {space.id for space in await client.list_spaces(author="me")}
    assert 2 == len([space async for space in client.list_spaces(limit=2)])
    assert ["other/app"] == [space.id for space in await client.list_spaces(author="other")]


async def test_whoami_names_the_account(client: AsyncSpacesClient) -> None:
    """`whoami` tells whose token it is."""
    assert ("me", "user") == ((await client.whoami())["name"], (await client.whoami(cache=True))["type"])
