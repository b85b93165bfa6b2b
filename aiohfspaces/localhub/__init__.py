"""A Hub on loopback: a server that speaks the Hugging Face Hub's wire protocol for Spaces.

For demos and tests, as moto is for AWS: `LocalHub` is what to start.
"""

try:
    from aiohfspaces.localhub.apps import RunningApp
    from aiohfspaces.localhub.clock import Clock
    from aiohfspaces.localhub.gate import Served
    from aiohfspaces.localhub.hub import LocalHub
    from aiohfspaces.localhub.scripts import Scene
except ModuleNotFoundError as exc:
    raise ModuleNotFoundError(f"{exc}: pip install 'aiohfspaces[localhub]' brings it", name=exc.name) from exc

__all__ = ["Clock", "LocalHub", "RunningApp", "Scene", "Served"]
