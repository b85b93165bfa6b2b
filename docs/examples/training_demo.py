"""The story of ``training_space.py``, on a Hub on loopback (what ``nox -s demo -- training`` runs).

The Space's program is a real process: started each time the Space comes to ``RUNNING``, from the files of its commit,
and killed each time it starts anew. Gradio is stood in for, everything else is as on the Hub.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import aclosing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from anyio.abc import Process, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from aiohfspaces import AsyncSpacesClient, DatasetTaskQueue, PollPolicy
from aiohfspaces.localhub import LocalHub, RunningApp

HERE = Path(__file__).parent
STAND_IN = HERE / "stand_in"
STORY_S = 50.0
LONGEST_LINE = 1 << 16

SPACE, TASKS, RESULTS = "me/trainer", "me/tasks", "me/models"
FOR_EVER, ENOUGH = "1000000000", "2000"
IDLE = "* Running on local URL"
SETUP = {
    "README.md": b"---\nsdk: gradio\napp_file: app.py\nstartup_duration_timeout: 12h\n---\n",
    "requirements.txt": b"aiohfspaces\n",
}


class Console:
    """Shows what programs print, and wakes who waits for it."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.lines: list[str] = []
        self.seen = 0
        self.news = anyio.Condition()

    def show(self, who: str, text: str) -> None:
        """Print a line, with the time."""
        print(f"{time.perf_counter() - self.began:6.2f}  {who:11} {text}", flush=True)

    async def hear(self, who: str, text: str) -> None:
        """Take a line of a program."""
        self.show(who, text)
        async with self.news:
            self.lines.append(text)
            self.news.notify_all()

    async def until(self, *beginnings: str) -> None:
        """Wait for lines that begin so, in this order, after those that were waited for before."""
        for beginning in beginnings:
            async with self.news:
                while not any(line.startswith(beginning) for line in self.lines[self.seen :]):
                    await self.news.wait()
                self.seen += 1 + [line.startswith(beginning) for line in self.lines[self.seen :]].index(True)


class Machine:
    """Runs the app of a Space as a process."""

    def __init__(self, hub: LocalHub, client: AsyncSpacesClient, console: Console, folder: Path) -> None:
        self.hub, self.client, self.console, self.folder = hub, client, console, folder
        self.process: Process | None = None
        self.ended: list[tuple[str, str]] = []

    async def run(self) -> None:
        """Keep a process for the app that is up, for as long as the Space is there."""
        async with anyio.create_task_group() as readers, aclosing(self.hub.watch_app(SPACE)) as apps:
            hardware = ""
            try:
                async for app in apps:
                    await self.stop(hardware)
                    if app is not None:
                        hardware = app.hardware
                        await self.start(app, readers)
            finally:
                with anyio.CancelScope(shield=True):
                    await self.stop(hardware)

    async def start(self, app: RunningApp, readers: TaskGroup) -> None:
        """Start the program of the Space's commit, with what a Space finds around it."""
        name = f"app {len(self.ended) + 1}"
        folder = self.folder / name
        await self.client.snapshot_download(SPACE, revision=app.sha, local_dir=folder)
        path = os.pathsep.join([str(STAND_IN), *filter(None, [os.environ.get("PYTHONPATH")])])
        outside = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        around = {**outside, **app.environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        self.process = await anyio.open_process(
            [sys.executable, "app.py"], cwd=folder, env=around, stderr=subprocess.STDOUT
        )
        self.console.show(name, f"--- started on {app.hardware}, process {self.process.pid}")
        if self.process.stdout is not None:
            readers.start_soon(self.read, name, self.process, BufferedByteReceiveStream(self.process.stdout))

    async def read(self, name: str, process: Process, lines: BufferedByteReceiveStream) -> None:
        """Pass on what a program prints, to its Space's log, too; one that crashes ends the story."""
        with suppress(anyio.IncompleteRead):
            while True:
                line = (await lines.receive_until(b"\n", LONGEST_LINE)).decode()
                self.hub.write_log(SPACE, line)
                await self.console.hear(name, line)
        if await process.wait() > 0:
            raise RuntimeError(f"{name} has crashed")

    async def stop(self, hardware: str) -> None:
        """Kill the program, unless it has ended."""
        process, self.process = self.process, None
        if process is None:
            return
        is_over = process.returncode is not None
        if not is_over:
            process.kill()
        code = await process.wait()
        self.ended.append((hardware, f"ended by itself, with {code}" if is_over else "killed"))
        self.console.show(f"app {len(self.ended)}", f"--- {self.ended[-1][1]}")

    async def visit(self, *entered: str) -> None:
        """Enter something in the app's form."""
        if self.process is None or self.process.stdin is None:
            raise RuntimeError("there is nothing to visit")
        self.console.show("visitor", f"enters {', '.join(entered)}")
        await self.process.stdin.send(json.dumps(entered).encode() + b"\n")


async def set_up(hub: LocalHub, client: AsyncSpacesClient, console: Console) -> None:
    """Make the Space; the dataset of its tasks and the model of its results it makes itself."""
    await client.create_repo(
        SPACE,
        space_sdk="gradio",
        private=True,
        space_secrets=[{"key": "HF_TOKEN", "value": hub.token}],
        space_variables=[
            {"key": "TASKS", "value": TASKS},
            {"key": "RESULTS", "value": RESULTS},
            {"key": "EPOCHS", "value": FOR_EVER},
        ],
    )
    files = {**SETUP, "app.py": await anyio.Path(HERE / "training_space.py").read_bytes()}
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            await (anyio.Path(folder) / name).write_bytes(content)
        await client.upload_folder(repo_id=SPACE, folder_path=folder)
    console.show("owner", f"{SPACE} is uploaded")


async def tell(hub: LocalHub, client: AsyncSpacesClient, console: Console, machine: Machine) -> None:
    """Live through it all."""
    queue = DatasetTaskQueue(client, TASKS)
    await console.until(IDLE)
    await machine.visit("base-model", "concept-1")
    await console.until("training: base-model, concept-1")
    console.show("owner", "that trains for ever: fewer epochs. A variable restarts the Space, amid the training")
    await queue.add("base-model", "concept-2")
    await client.add_space_variable(SPACE, "EPOCHS", ENOUGH)
    await console.until(
        "training: base-model, concept-1",  # its own again
        "done: base-model, concept-1",
        "training: base-model, concept-2",
        "done: base-model, concept-2",
        "going back to cpu-basic",
        IDLE,
    )
    runtime = await client.wait_for_space(SPACE, poll=PollPolicy(initial=0.05, maximum=0.05, jitter=0))
    console.show("owner", f"the Space is {runtime.stage} on {runtime.hardware}, and idle")


async def account(client: AsyncSpacesClient, machine: Machine) -> None:
    """Sum it up: the file of tasks, the results, the processes."""
    with TemporaryDirectory() as folder:
        path = await client.hf_hub_download(TASKS, "tasks.csv", repo_type="dataset", local_dir=folder)
        print(f"\ntasks.csv\n{await anyio.Path(path).read_text()}")
        for name in sorted(await client.list_repo_files(RESULTS, repo_type="model")):
            if name.endswith(".json"):
                path = await client.hf_hub_download(RESULTS, name, repo_type="model", local_dir=folder)
                found = json.loads(await anyio.Path(path).read_text())
                print(f"{name}: y = {found['weight']:.2f} x + {found['bias']:.2f}, loss {found['loss']:.5f}")
    print(f"\n{'process':10}{'hardware':14}end")
    for number, (hardware, end) in enumerate(machine.ended, 1):
        print(f"{f'app {number}':10}{hardware:14}{end}")


async def main() -> None:
    """Serve a Hub, and let the story take place on it."""
    console = Console()
    with TemporaryDirectory() as folder, anyio.fail_after(STORY_S):
        async with LocalHub(stage_seconds=0.3) as hub, AsyncSpacesClient(hub.token, endpoint=hub.url) as client:
            print(f"A Hub on loopback: {hub.url}\n")
            await set_up(hub, client, console)
            machine = Machine(hub, client, console, Path(folder))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(machine.run)
                await tell(hub, client, console, machine)
                tasks.cancel_scope.cancel()
            await account(client, machine)


if __name__ == "__main__":
    asyncio.run(main())
