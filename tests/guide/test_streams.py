"""Listening to a Space that lives, with our client and with the official one."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial

import anyio
import pytest
from anyio import to_thread
from huggingface_hub import HfApi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiohfspaces import (
    AsyncSpacesClient,
    ConflictError,
    PermissionDeniedError,
    RepositoryNotFoundError,
    RetryPolicy,
    SpaceStage,
)
from aiohfspaces.localhub import LocalHub

from .conftest import APP, AT_ONCE, STAGE_S

pytestmark = pytest.mark.anyio


async def test_a_build_is_followed_to_its_end(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """Lines come as they are printed, with their ends; the end of the build is that of the log."""
    lines = []
    async with aclosing(client.fetch_space_logs(space, build=True, follow=True)) as log:
        async for line in log:
            lines.append(line)
            if "Building" in line:
                hub.clock.advance(STAGE_S)
    assert (["--> Pushing image\n", "DONE\n"], 4) == (lines[-2:], len(lines))
    assert lines == [line async for line in client.fetch_space_logs(space, build=True)]
    assert ["DONE\n"] == [line async for line in client.fetch_space_logs(space, build=True, tail=1)]
    assert [] == [line async for line in client.fetch_space_logs(space, build=True, tail=0)]


async def test_an_app_is_followed_until_it_is_over(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """What it prints meanwhile arrives; what is in a line stays in it."""
    lines = []
    async with aclosing(client.fetch_space_logs(running, follow=True, tail=1)) as log:
        async for line in log:
            lines.append(line)
            if len(lines) == 1:
                hub.write_log(running, "  one\u2028two\r\n")
            elif line == "\n":
                await client.pause_space(running)
    assert ["  one\u2028two\r\n", "\n"] == lines[1:]


async def test_both_clients_read_the_same(
    client: AsyncSpacesClient, official: HfApi, running: str, hub: LocalHub
) -> None:
    """With and without following, of the build and of the app; the official one breaks on U+2028."""
    hub.write_log(running, "one\n\ntwo ü")
    await client.pause_space(running)  # so that the log of the app ends as well
    for build in (False, True):
        for follow in (False, True):
            fetch = partial(official.fetch_space_logs, running, build=build, follow=follow)
            theirs = await to_thread.run_sync(lambda fetch=fetch: list(fetch()))  # type: ignore[misc]
            assert [] != theirs
            assert theirs == [line async for line in client.fetch_space_logs(running, build=build, follow=follow)]


async def test_the_official_client_follows_what_is_printed(official: HfApi, running: str, hub: LocalHub) -> None:
    """Over a stream that is cut on the way, too, as that client reconnects."""
    hub.inject_fault("GET", "*/logs/run", cut_after=100)

    def follow() -> list[str]:
        lines = []
        for line in official.fetch_space_logs(running, follow=True):
            lines.append(line)
            if "Running on" in line:
                hub.write_log(running, "one")
            elif line == "one\n":
                official.pause_space(running)
        return lines

    lines = await to_thread.run_sync(follow)
    assert (3, "one\n") == (len(lines), lines[-1])


async def test_what_an_app_goes_on_printing_does_not_hold_up_what_is_not_followed(
    client: AsyncSpacesClient, official: HfApi, running: str, hub: LocalHub
) -> None:
    """What is printed after the reply began ends it, for either client."""
    hub.write_log(running, "before")

    def drain() -> list[str]:
        lines = []
        for line in official.fetch_space_logs(running):
            lines.append(line)
            if line == "before\n":
                hub.clock.advance(5)
                hub.write_log(running, "after")
        return lines

    assert "before\n" == (await to_thread.run_sync(drain))[-1]
    lines = []
    async for line in client.fetch_space_logs(running):
        lines.append(line)
        if line == "after\n":
            hub.clock.advance(5)
            hub.write_log(running, "later")
    assert "after\n" == lines[-1]


async def test_each_line_comes_once_however_the_connection_is_cut(
    client: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """With a tail and without: the log is told anew after each cut, and all of it has one time."""
    hub.write_log(running, "\n".join(f"ünï {number}" for number in range(20)))
    await client.pause_space(running)
    hasty = client.with_options(retry=RetryPolicy(initial=0, jitter=0))
    whole = [line async for line in client.fetch_space_logs(running)]
    assert 22 == len(whole)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(cuts=st.lists(st.integers(0, 2000), max_size=3), tail=st.none() | st.integers(0, 30))
    def check(cuts: list[int], tail: int | None) -> None:
        for size in cuts:
            hub.inject_fault("GET", "*/logs/run", cut_after=size)
        expected = whole if tail is None else whole[len(whole) - min(tail, len(whole)) :]
        read: list[str] = anyio.from_thread.run(lines_of, tail)
        hub._world.faults._pending.clear()  # cuts beyond the end of the log
        assert expected == read

    async def lines_of(tail: int | None) -> list[str]:
        return [line async for line in hasty.fetch_space_logs(running, tail=tail)]

    await to_thread.run_sync(check)


async def test_changes_are_told_as_they_happen(client: AsyncSpacesClient, space: str, hub: LocalHub) -> None:
    """The stage above all."""
    stages: list[SpaceStage] = []
    async with aclosing(client.stream_space_events(space)) as events:
        async for event in events:
            if event.stage is not None:
                stages.append(event.stage)
                hub.clock.advance(STAGE_S)
            elif event.space is not None and stages[-1] == SpaceStage.RUNNING:
                assert "gradio" == event.space["compute"]["spec"]["sdk"]
                break
    assert ["BUILDING", "APP_STARTING", "RUNNING"] == stages


async def test_a_space_that_runs_is_measured(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """On the hardware that it has; one that does not run is not."""
    await client.request_space_hardware(running, "t4-medium")
    await client.wait_for_hardware(running, poll=AT_ONCE, on_change=lambda _: hub.clock.advance(STAGE_S))
    measured = []
    async with aclosing(client.stream_space_metrics(running)) as metrics:
        async for metric in metrics:
            measured.append(metric)
            if len(measured) == 2:
                await client.pause_space(running)
            hub.clock.advance(1)
    assert 8000 == measured[0].cpu_millicores
    assert [16 << 30] == [gpu.memory_total_bytes for gpu in measured[0].gpus.values()]
    assert 2 == len(measured)
    with pytest.raises(ConflictError, match="Space is not running"):
        await anext(client.stream_space_metrics(running))


async def test_who_may_not_listen_is_told_why(client: AsyncSpacesClient, running: str, hub: LocalHub) -> None:
    """With the first line that is asked for; the events of a public Space are everybody's."""
    other, nobody = client.with_options(token=hub.add_user("other")), client.with_options(token=False)
    with pytest.raises(PermissionDeniedError):
        await anext(other.fetch_space_logs(running))
    with pytest.raises(PermissionDeniedError):
        await anext(other.stream_space_metrics(running))
    with pytest.raises(RepositoryNotFoundError):
        await anext(client.stream_space_events("me/nothing"))
    async with aclosing(nobody.stream_space_events(running)) as events:
        assert "RUNNING" == (await anext(events)).stage


async def test_following_goes_on_while_the_app_is_changed(
    client: AsyncSpacesClient, running: str, hub: LocalHub
) -> None:
    """The log of the app that was ends with it, as the Hub ends it; the next one is another."""
    async with aclosing(client.fetch_space_logs(running, follow=True)) as log:
        assert "Startup" in await anext(log)
        await client.upload_file(path_or_fileobj=f"{APP}#".encode(), path_in_repo="app.py", repo_id=running)
        assert 1 == len([line async for line in log])
