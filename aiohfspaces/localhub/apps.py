"""The app of a Space as something that runs: what it finds around it, and from which start to which.

The hub itself runs nothing. Whoever wants the app of a Space to be a real process starts one for each
`RunningApp`, and kills it when another comes.

Source: hub-docs, "Spaces Overview", "Helper environment variables".
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from aiohfspaces.localhub.hardware import find_flavor
from aiohfspaces.localhub.life import look
from aiohfspaces.localhub.repositories import Repository
from aiohfspaces.localhub.spaces import Space
from aiohfspaces.models import SpaceStage


@frozen
class RunningApp:
    """An app that is up, since one start of its Space; of another start it is another.

    Attributes:
        repo_id: The Space, ``owner/name``.
        started_at: When its start began, by the hub's clock, in seconds since the epoch.
        sha: The commit that it was built from.
        hardware: What it runs on.
        environment: The environment variables that a Space has of the Hub: its own variables and secrets, and
            what tells it who and where it is.
    """

    repo_id: str
    started_at: float
    sha: str
    hardware: str
    environment: Mapping[str, str] = field(eq=False, repr=False)


def app_now(before: RunningApp | None, repository: Repository, now: float, endpoint: str) -> RunningApp | None:
    """Tell which app is up.

    Args:
        before: Which was up a moment ago: it goes on while the next one is built and started.
        repository: The Space.
        now: The time.
        endpoint: The hub's origin.
    """
    space = repository.required_space
    life, view = space.life, look(space.life, now)
    if view.stage in (SpaceStage.RUNNING_BUILDING, SpaceStage.RUNNING_APP_STARTING):
        return before
    if view.stage != SpaceStage.RUNNING or life.start is None or view.sha is None or view.current is None:
        return None
    if before is not None and before.started_at == life.start.at:
        return before
    around = _environment(repository, space, view.current, endpoint)
    return RunningApp(repository.repo_id, life.start.at, view.sha, view.current, around)


def _environment(repository: Repository, space: Space, hardware: str, endpoint: str) -> dict[str, str]:
    flavor = find_flavor(hardware)
    assert flavor is not None
    return {
        "CPU_CORES": str(flavor.cpu),
        "MEMORY": f"{flavor.ram_gb}Gi",
        "SPACE_AUTHOR_NAME": repository.namespace,
        "SPACE_REPO_NAME": repository.name,
        "SPACE_ID": repository.repo_id,
        "SPACE_HOST": f"{repository.subdomain}.hf.space",
        "HF_ENDPOINT": endpoint,  # on the Hub it is the default
        **{key: setting.value for key, setting in [*space.variables.items(), *space.secrets.items()]},
    }
