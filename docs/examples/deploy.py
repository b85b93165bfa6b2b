"""The whole life of a Space, step by step: created, filled, configured, upgraded, copied, deleted.

Against a Hub on loopback, with no account (what ``nox -s demo`` runs)::

    python docs/examples/deploy.py

Against huggingface.co, with ``HF_TOKEN`` set; paid hardware and storage only with ``--spend``::

    python docs/examples/deploy.py --real [--spend]
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from aiohfspaces import (
    AsyncSpacesClient,
    HubHTTPError,
    PollPolicy,
    SpaceHardware,
    SpaceRuntime,
    SpacesError,
    SpaceStorage,
)

T = TypeVar("T")

APP = Path(__file__).parent / "app"


class Account:
    """Tells what happens while it happens, and sums it up at the end."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, float]] = []

    async def step(self, title: str, call: str, doing: Awaitable[T]) -> T:
        """Say what begins, do it, and note how long it took."""
        print(f"\n{len(self.steps) + 1:2}. {title}\n    await client.{call}")
        began = time.perf_counter()
        result = await doing
        self.steps.append((title, call.partition("(")[0], time.perf_counter() - began))
        return result

    def changed(self, runtime: SpaceRuntime) -> None:
        """Show a stage that a Space has come to."""
        wanted = runtime.requested_hardware
        upgrade = f" ({wanted} requested)" if wanted not in (None, runtime.hardware) else ""
        print(f"      {runtime.stage}{f' on {runtime.hardware}' if runtime.hardware else ''}{upgrade}")

    def close(self) -> None:
        """Print the table."""
        print(f"\n{'step':44}{'call':26}{'seconds':>8}")
        for title, call, taken in self.steps:
            print(f"{title:44}{call:26}{taken:8.2f}")
        print(f"{'':70}{sum(taken for _, _, taken in self.steps):8.2f}")


async def live(client: AsyncSpacesClient, poll: PollPolicy, *, spend: bool) -> None:
    """Lead a Space through its life; whatever happens, nothing of it is left."""
    told = Account()
    me = await told.step("Who am I", "whoami()", client.whoami())
    print(f"      {me['name']}")
    app = f"{me['name']}/demo-{secrets.token_hex(4)}"
    copy = f"{app}-copy"
    async with AsyncExitStack() as cleaning_up:
        for title, repo_id in (("Delete it", app), ("Delete the copy", copy)):
            cleaning_up.push_async_callback(delete, client, told, title, repo_id)
        await build(client, poll, told, app)
        if spend:
            await upgrade(client, poll, told, app)
        await rest(client, poll, told, app)
        if spend:
            await keep(client, told, app)
        else:
            print("\n    (no paid hardware and no storage: --spend asks for them)")
        await told.step(
            "Duplicate it",
            f"duplicate_space({app!r}, {copy!r}, private=True)",
            client.duplicate_space(app, copy, private=True),
        )
        print(f"      {', '.join(await client.list_repo_files(copy))}")
    told.close()


async def build(client: AsyncSpacesClient, poll: PollPolicy, told: Account, app: str) -> None:
    """Create the Space, fill it, configure it, and wait until it runs."""
    url = await told.step(
        "Create a Space",
        f"create_repo({app!r}, space_sdk='gradio', private=True)",
        client.create_repo(app, space_sdk="gradio", private=True),
    )
    print(f"      {url}")
    report = await told.step(
        "Fill it from a folder",
        f"upload_folder(repo_id={app!r}, folder_path='app')",
        client.upload_folder(repo_id=app, folder_path=APP),
    )
    print(f"      {', '.join(report.uploaded)} in commit {report.oid[:8]}")
    await told.step(
        "Give it a secret",
        f"add_space_secret({app!r}, 'API_KEY', …)",
        client.add_space_secret(app, "API_KEY", secrets.token_hex(16), description="what the app signs with"),
    )
    variables = await told.step(
        "Give it a variable",
        f"add_space_variable({app!r}, 'GREETING', 'Hi')",
        client.add_space_variable(app, "GREETING", "Hi"),
    )
    print(f"      {', '.join(f'{key}={variable.value}' for key, variable in variables.items())}")
    await told.step(
        "Wait until this commit is built and runs",
        f"wait_for_space({app!r}, revision={report.oid[:8]!r})",
        client.wait_for_space(app, revision=report.oid, poll=poll, on_change=told.changed),
    )


async def delete(client: AsyncSpacesClient, told: Account, title: str, repo_id: str) -> None:
    """Delete what is there of a Space."""
    call = f"delete_repo({repo_id!r}, missing_ok=True)"
    await told.step(title, call, client.delete_repo(repo_id, missing_ok=True))


async def upgrade(client: AsyncSpacesClient, poll: PollPolicy, told: Account, app: str) -> None:
    """Move the Space to a T4, and let it sleep when it is idle."""
    await told.step(
        "Ask for a T4",
        f"request_space_hardware({app!r}, SpaceHardware.T4_MEDIUM)",
        client.request_space_hardware(app, SpaceHardware.T4_MEDIUM),
    )
    await told.step(
        "Wait until it has landed on it",
        f"wait_for_hardware({app!r}, SpaceHardware.T4_MEDIUM)",
        client.wait_for_hardware(app, SpaceHardware.T4_MEDIUM, poll=poll, on_change=told.changed),
    )
    runtime = await told.step(
        "Let it sleep after an hour without visitors",
        f"set_space_sleep_time({app!r}, 3600)",
        client.set_space_sleep_time(app, 3600),
    )
    print(f"      sleeps after {runtime.sleep_time} s")


async def rest(client: AsyncSpacesClient, poll: PollPolicy, told: Account, app: str) -> None:
    """Pause the Space and start it again."""
    told.changed(await told.step("Pause it", f"pause_space({app!r})", client.pause_space(app)))
    told.changed(await told.step("Restart it", f"restart_space({app!r})", client.restart_space(app)))
    await told.step(
        "Wait until it runs again",
        f"wait_for_space({app!r})",
        client.wait_for_space(app, poll=poll, on_change=told.changed),
    )


async def keep(client: AsyncSpacesClient, told: Account, app: str) -> None:
    """Give the Space storage, where the Hub still has any to give."""
    call = f"request_space_storage({app!r}, SpaceStorage.SMALL)"
    try:
        runtime = await told.step("Give it storage", call, client.request_space_storage(app, SpaceStorage.SMALL))
        print(f"      storage: {runtime.storage}")
    except HubHTTPError as refusal:
        print(f"      the Hub gives none, and that is fine here: {refusal}")


async def main(*, real: bool, spend: bool) -> None:
    """Find a Hub, and begin."""
    async with AsyncExitStack() as stack:
        if real:
            client = await stack.enter_async_context(AsyncSpacesClient())
            await live(client, PollPolicy(), spend=spend)
            return
        from aiohfspaces.localhub import LocalHub  # an extra, which the real Hub does not need

        hub = await stack.enter_async_context(LocalHub(stage_seconds=0.4))
        client = await stack.enter_async_context(AsyncSpacesClient(hub.token, endpoint=hub.url))
        print(f"A Hub on loopback: {hub.url}")
        await live(client, PollPolicy(initial=0.1, maximum=0.1, jitter=0), spend=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The whole life of a Space, step by step.")
    parser.add_argument("--real", action="store_true", help="against huggingface.co, with HF_TOKEN set")
    parser.add_argument("--spend", action="store_true", help="also ask for paid hardware and storage there")
    options = parser.parse_args()
    try:
        asyncio.run(main(real=options.real, spend=options.spend))
    except SpacesError as exc:
        sys.exit(f"\n{type(exc).__name__}: {exc}")
